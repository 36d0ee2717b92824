package account_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

func TestASignUpBecomesAnAccountWhenItsLinkIsConfirmed(t *testing.T) {
	w := newWorld(t)
	must(t, w.SignUp(w.ctx, account.SignUp{
		Email: "  Ada@Example.COM ", Password: password, Name: "Ada  Lovelace", TimeZone: "Europe/London",
		Plan: plan.Secretary, AcceptedTerms: true, Client: client,
	}))
	if _, err := w.login(ada, password); !errors.Is(err, account.ErrEmailNotVerified) {
		t.Errorf("sign-in before confirming: got %v, want %v", err, account.ErrEmailNotVerified)
	}
	w.runJobs()
	l := w.mailbox.last(t, "verify", ada)
	if l.name != "Ada Lovelace" || l.id == "" {
		t.Errorf("got letter %+v, want it to greet Ada Lovelace and to carry its job's id", l)
	}
	u, err := w.VerifyEmail(w.ctx, l.token)
	must(t, err)
	if !u.EmailVerified || u.Email != ada || u.Username != "ada" || u.Name != "Ada Lovelace" || u.TimeZone != "Europe/London" {
		t.Errorf("got user %+v", u)
	}
	if u.WishedPlan != plan.Secretary || u.Entitlement(w.clock.Now()).Tier != plan.Buddy {
		t.Errorf("got wish %q and tier %q, want the wish kept and nothing granted", u.WishedPlan, u.Entitlement(w.clock.Now()).Tier)
	}
	if u.JWTVersion != 1 {
		t.Errorf("got version %d, want 1: there was nothing to end", u.JWTVersion)
	}
	if got, want := w.actions(u.ID), "sign_up_asked verified"; got != want {
		t.Errorf("got events %q, want %q", got, want)
	}
	w.session(ada)
}

func TestSignUpNamesEveryFieldThatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*account.SignUp)
		fields string
	}{
		"no address":             {func(s *account.SignUp) { s.Email = "" }, "email"},
		"no domain":              {func(s *account.SignUp) { s.Email = "ada@localhost" }, "email"},
		"a display name":         {func(s *account.SignUp) { s.Email = "Ada <ada@example.com>" }, "email"},
		"a header":               {func(s *account.SignUp) { s.Email = "ada@example.com\r\nBcc: x@example.com" }, "email"},
		"a short password":       {func(s *account.SignUp) { s.Password = "seven77" }, "password"},
		"a huge password":        {func(s *account.SignUp) { s.Password = strings.Repeat("x", 1025) }, "password"},
		"the address again":      {func(s *account.SignUp) { s.Password = "ADA@example.com" }, "password"},
		"a common password":      {func(s *account.SignUp) { s.Password = "Password123" }, "password"},
		"a link for a name":      {func(s *account.SignUp) { s.Name = "Win at casino.example" }, "name"},
		"a control character":    {func(s *account.SignUp) { s.Name = "Ada\x00" }, "name"},
		"a turned name":          {func(s *account.SignUp) { s.Name = "\u202eadA" }, "name"},
		"a long name":            {func(s *account.SignUp) { s.Name = strings.Repeat("a", 101) }, "name"},
		"no such zone":           {func(s *account.SignUp) { s.TimeZone = "Mars/Olympus" }, "time_zone"},
		"the server's zone":      {func(s *account.SignUp) { s.TimeZone = "Local" }, "time_zone"},
		"a zone that is a path":  {func(s *account.SignUp) { s.TimeZone = "../../etc/passwd" }, "time_zone"},
		"no such plan":           {func(s *account.SignUp) { s.Plan = "enterprise" }, "plan"},
		"several things at once": {func(s *account.SignUp) { s.Email, s.Password, s.Plan = "x", "y", "z" }, "email password plan"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			in := account.SignUp{Email: ada, Password: password, Client: client}
			tc.change(&in)
			err := w.SignUp(w.ctx, in)
			wantFields(t, err, tc.fields)
			if err != nil && in.Password != "" && strings.Contains(err.Error(), in.Password) {
				t.Errorf("the error tells the password: %v", err)
			}
			if n := len(w.work.statements); n != 0 {
				t.Errorf("got %d statements, want none for input that is wrong", n)
			}
		})
	}
}

func TestUnusualNamesAndPasswordsAreTaken(t *testing.T) {
	w := newWorld(t)
	for i, in := range []account.SignUp{
		{Name: "J.R.R. Tolkien"}, {Name: "Zoë Müller-Lüdenscheidt"}, {Name: "李小龍"}, {Name: "O’Connor, Sinéad"}, {Name: ""},
		{Password: "пароль из слов"}, {Password: " leading and trailing "}, {TimeZone: "Asia/Kolkata"}, {Plan: plan.CTO},
	} {
		if in.Password == "" {
			in.Password = password
		}
		in.Email = string(rune('a'+i)) + "@example.com"
		if err := w.SignUp(w.ctx, in); err != nil {
			t.Errorf("%+v: %v", in, err)
		}
	}
}

func TestTheAttemptThatIsConfirmedWins(t *testing.T) {
	w := newWorld(t)
	must(t, w.SignUp(w.ctx, account.SignUp{Email: ada, Password: "the stranger's password", Name: "Mallory", Client: "198.51.100.1"}))
	w.runJobs()
	strangers := w.mailbox.last(t, "verify", ada).token
	before, err := w.Find(w.ctx, ada)
	must(t, err)

	must(t, w.SignUp(w.ctx, account.SignUp{Email: ada, Password: password, Name: "Ada", TimeZone: "Asia/Tokyo", Plan: plan.Manager, Client: client}))
	w.runJobs()
	own := w.mailbox.last(t, "verify", ada).token
	after, err := w.Find(w.ctx, ada)
	must(t, err)
	if before != after {
		t.Errorf("the second attempt changed the account before it was confirmed:\n got %+v\nwant %+v", after, before)
	}

	u, err := w.VerifyEmail(w.ctx, own)
	must(t, err)
	if u.Name != "Ada" || u.TimeZone != "Asia/Tokyo" || u.WishedPlan != plan.Manager {
		t.Errorf("got %+v, want what the confirmed attempt said", u)
	}
	_, err = w.VerifyEmail(w.ctx, strangers)
	wantError(t, err, account.ErrInvalidToken)
	_, err = w.login(ada, "the stranger's password")
	wantError(t, err, account.ErrInvalidCredentials)
	w.session(ada)
}

func TestASignUpWithAKnownAddressTellsItsOwnerAndChangesNothing(t *testing.T) {
	w := newWorld(t)
	before := w.member(ada)
	must(t, w.SignUp(w.ctx, account.SignUp{Email: ada, Password: "the stranger's password", Name: "Buy now", Client: client}))
	w.runJobs()
	l := w.mailbox.last(t, "already_registered", ada)
	if l.name != before.Name {
		t.Errorf("got a letter to %q, want the owner's own name: a stranger's words are not mailed", l.name)
	}
	if got, want := w.mailbox.kinds(ada), "verify already_registered"; got != want {
		t.Errorf("got letters %q, want %q", got, want)
	}
	after, err := w.Find(w.ctx, ada)
	must(t, err)
	if before != after {
		t.Errorf("got %+v, want %+v", after, before)
	}
	w.session(ada)
}

func TestResendMailsTheNewestAttemptAgain(t *testing.T) {
	w := newWorld(t)
	w.signUp(ada, "the first password")
	w.clock.Advance(time.Minute)
	second := w.signUp(ada, password)
	w.clock.Advance(23 * time.Hour)
	must(t, w.ResendVerification(w.ctx, ada, client))
	w.runJobs()
	fresh := w.mailbox.last(t, "verify", ada).token
	if fresh == second {
		t.Fatal("the same token was mailed again")
	}
	w.clock.Advance(2 * time.Hour)
	_, err := w.VerifyEmail(w.ctx, second)
	wantError(t, err, account.ErrInvalidToken)
	_, err = w.VerifyEmail(w.ctx, fresh)
	must(t, err)
	w.session(ada)
}

func TestResendMailsNothingToAConfirmedOrUnknownAddress(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	must(t, w.ResendVerification(w.ctx, ada, client))
	must(t, w.ResendVerification(w.ctx, "nobody@example.com", client))
	if n := w.runJobs(); n != 2 {
		t.Errorf("got %d jobs, want one each", n)
	}
	if got := w.mailbox.kinds(ada) + w.mailbox.kinds("nobody@example.com"); got != "verify" {
		t.Errorf("got letters %q, want only the one of the sign-up", got)
	}
}

func TestALetterThatFailsIsTriedAgainAndOneThatCameTooLateIsNotSent(t *testing.T) {
	w := newWorld(t)
	w.mailbox.err = errors.New("the vendor is away")
	must(t, w.SignUp(w.ctx, account.SignUp{Email: ada, Password: password, Client: client}))
	w.runJobs()
	if q := w.pendingJobs(); len(q) != 1 || q[0].Error == "" {
		t.Fatalf("got %+v, want the job waiting for its retry", q)
	}
	w.mailbox.err = nil
	w.clock.Advance(time.Minute)
	w.runJobs()
	if got := w.mailbox.kinds(ada); got != "verify" {
		t.Errorf("got letters %q, want one", got)
	}

	w.mailbox.err = errors.New("the vendor is away")
	must(t, w.ForgotPassword(w.ctx, ada, client))
	w.runJobs()
	w.mailbox.err = nil
	w.clock.Advance(2 * time.Hour)
	w.runJobs()
	if got := w.mailbox.kinds(ada); got != "verify" {
		t.Errorf("got letters %q, want no link that has expired already", got)
	}
}

func TestAMailedTokenOutlivesTheRotationOfTheSecret(t *testing.T) {
	w := newWorld(t)
	must(t, w.SignUp(w.ctx, account.SignUp{Email: ada, Password: password, Client: client}))
	old := w.options.Secrets[0]
	fresh := []byte("another secret of at least 32 bytes..")

	w.restart(func(o *account.Options) { o.Secrets = [][]byte{fresh, old} })
	w.runJobs()
	_, err := w.VerifyEmail(w.ctx, w.mailbox.last(t, "verify", ada).token)
	must(t, err)

	must(t, w.ForgotPassword(w.ctx, ada, client))
	w.restart(func(o *account.Options) { o.Secrets = [][]byte{old} })
	w.runJobs()
	all, err := w.store.ListJobs(w.ctx, jobs.Query{Limit: 100})
	must(t, err)
	i := slices.IndexFunc(all, func(j jobs.Job) bool { return j.Kind == account.KindReset })
	if i < 0 || all[i].State != jobs.Dead {
		t.Errorf("got jobs %+v, want the reset's dead: its secret is gone for good", all)
	}
}

func TestTheQueueHoldsNoSecretAndNoAddress(t *testing.T) {
	w := newWorld(t)
	must(t, w.SignUp(w.ctx, account.SignUp{Email: ada, Password: password, Client: client}))
	queued := w.pendingJobs()
	w.runJobs()
	token := w.mailbox.last(t, "verify", ada).token
	for _, j := range queued {
		for _, secret := range []string{ada, password, token} {
			if strings.Contains(string(j.Payload)+j.Key, secret) {
				t.Errorf("the job's payload %s contains %q", j.Payload, secret)
			}
		}
	}
	rows, err := w.engine.Reader().QueryContext(w.ctx, "SELECT token_hash, key FROM account_tokens, limits")
	must(t, err)
	defer rows.Close()
	n := 0
	for rows.Next() {
		var hash, key string
		must(t, rows.Scan(&hash, &key))
		if strings.Contains(hash, token) || strings.Contains(key, "ada") || strings.Contains(key, client) {
			t.Errorf("a secret or an address lies in the clear: %s %s", hash, key)
		}
		n++
	}
	must(t, rows.Err())
	if n == 0 {
		t.Error("there was nothing to look at")
	}
}
