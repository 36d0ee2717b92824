package account_test

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
)

const strangers = "the stranger's own"

// attempt signs up with Ada's address from somewhere.
func (w *world) attempt(password, client string) {
	w.t.Helper()
	must(w.t, w.SignUp(w.ctx, account.SignUp{Email: ada, Password: password, Client: client}))
	w.runJobs()
	w.clock.Advance(time.Second) // of one moment, no attempt is the newest
}

// resend asks for the mail again, and returns what came.
func (w *world) resend(client string) letter {
	w.t.Helper()
	must(w.t, w.ResendVerification(w.ctx, ada, client))
	w.runJobs()
	return w.mailbox.letters[len(w.mailbox.letters)-1]
}

// The owner signs up, somebody else does with the same address, and the owner,
// whose mail was lost, has it sent again: the stranger's password must not become
// the account's.
func TestAResendNeverConfirmsAStrangersPassword(t *testing.T) {
	for name, attempts := range map[string][]struct{ password, client string }{
		"the stranger came later":            {{password, home}, {strangers, away}},
		"the stranger came first":            {{strangers, away}, {password, home}},
		"the stranger came before and after": {{strangers, away}, {password, home}, {strangers, "192.0.2.9"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, a := range attempts {
				w.attempt(a.password, a.client)
			}
			l := w.resend(home)
			if l.kind != "verify" || l.to != ada {
				t.Fatalf("got %+v, want a link to confirm", l)
			}
			_, err := w.VerifyEmail(w.ctx, l.token)
			must(t, err)
			_, err = w.login(ada, password)
			must(t, err)
			_, err = w.Login(w.ctx, account.Credentials{Email: ada, Password: strangers, Client: away})
			wantError(t, err, account.ErrInvalidCredentials)
		})
	}
}

func TestAResendFromAThirdPlaceLetsTheOwnerChoose(t *testing.T) {
	w := newWorld(t)
	w.attempt(password, home)
	w.attempt(strangers, away)
	l := w.resend("192.0.2.77")
	if l.kind != "reset" || l.to != ada || l.name != "" {
		t.Fatalf("got %+v, want a link to choose a password, in nobody's name", l)
	}
	u, err := w.ResetPassword(w.ctx, l.token, newPassword, client)
	must(t, err)
	if !u.EmailVerified || u.Username == "" {
		t.Errorf("got %+v, want a confirmed account", u)
	}
	for _, p := range []string{password, strangers} {
		_, err := w.Login(w.ctx, account.Credentials{Email: ada, Password: p, Client: away})
		wantError(t, err, account.ErrInvalidCredentials)
	}
	_, err = w.login(ada, newPassword)
	must(t, err)
}

func TestAResendFromElsewhereCarriesOnTheOnlyAttempt(t *testing.T) {
	w := newWorld(t)
	w.attempt("an earlier thought", home)
	w.attempt(password, home)
	l := w.resend(away)
	if l.kind != "verify" {
		t.Fatalf("got %+v", l)
	}
	_, err := w.VerifyEmail(w.ctx, l.token)
	must(t, err)
	_, err = w.login(ada, password)
	must(t, err)
}

func TestAResendThatWasOvertakenMailsNothing(t *testing.T) {
	w := newWorld(t)
	link := w.signUp(ada, password) // at home
	w.attempt(strangers, away)
	must(t, w.ResendVerification(w.ctx, ada, "192.0.2.77"))
	_, err := w.VerifyEmail(w.ctx, link)
	must(t, err)
	kinds := w.mailbox.kinds(ada)
	w.runJobs()
	if got := w.mailbox.kinds(ada); got != kinds {
		t.Errorf("got letters %q, want no more than %q", got, kinds)
	}
}

func TestWhereAnAttemptWasMadeIsNotStored(t *testing.T) {
	w := newWorld(t)
	w.attempt(password, home)
	var network string
	must(t, w.engine.Reader().QueryRowContext(w.ctx, "SELECT network FROM account_tokens").Scan(&network))
	if len(network) != 22 || network == home {
		t.Errorf("stored is %q", network)
	}
}
