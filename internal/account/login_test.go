package account_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

func TestSignInStartsASession(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	s, err := w.Login(w.ctx, account.Credentials{Email: " ADA@example.com", Password: password, Client: client})
	must(t, err)
	if want := w.clock.Now().Add(7 * 24 * time.Hour); !s.ExpiresAt.Equal(want) {
		t.Errorf("got expiry %v, want %v", s.ExpiresAt, want)
	}
	w.work.reset()
	got, err := w.Authenticate(w.ctx, s.Token)
	must(t, err)
	if got.User != u || got.ID != s.ID {
		t.Errorf("got %+v, want the session of %+v", got, u)
	}
	if n := len(w.work.statements); n != 1 {
		t.Errorf("got %d statements, want one: %q", n, w.work.statements)
	}
}

func TestSignInRefusals(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	disabled := w.member("disabled@example.com")
	w.exec("UPDATE users SET disabled_at = 1 WHERE id = ?", disabled.ID)
	w.signUp("unconfirmed@example.com", password)
	w.signUp("both@example.com", password)
	w.exec("UPDATE users SET disabled_at = 1 WHERE email = 'both@example.com'")

	for name, tc := range map[string]struct {
		email, password string
		want            error
	}{
		"wrong password":                     {ada, "not the password", account.ErrInvalidCredentials},
		"unknown address":                    {"nobody@example.com", password, account.ErrInvalidCredentials},
		"disabled":                           {"disabled@example.com", password, account.ErrInvalidCredentials},
		"unconfirmed":                        {"unconfirmed@example.com", password, account.ErrEmailNotVerified},
		"disabled and unconfirmed":           {"both@example.com", password, account.ErrInvalidCredentials},
		"unconfirmed and the wrong password": {"unconfirmed@example.com", "not the password", account.ErrInvalidCredentials},
		"the password with a space behind":   {ada, password + " ", account.ErrInvalidCredentials},
	} {
		s, err := w.login(tc.email, tc.password)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
		if s.Token != "" {
			t.Errorf("%s: a token was given", name)
		}
	}
	_, err := w.login("nonsense", "")
	wantFields(t, err, "email password")
	_, err = w.login(ada, strings.Repeat("x", 1025))
	wantFields(t, err, "password")
}

// wait is how long somebody is told to wait, or zero.
func wait(err error) time.Duration {
	if !errors.Is(err, account.ErrTooMany) {
		return 0
	}
	return fault.From(err).RetryAfter
}

func TestEveryFailureAfterTheThirdMakesTheNextTryWaitLonger(t *testing.T) {
	for _, email := range []string{ada, "nobody@example.com"} { // an unknown address is no different
		w := newWorld(t)
		w.member(ada)
		wrong := func() error {
			_, err := w.login(email, "not the password")
			return err
		}
		for range 3 {
			wantError(t, wrong(), account.ErrInvalidCredentials)
		}
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
			want *= time.Second
			w.work.reset()
			_, err := w.login(email, password) // answered at once, and makes nothing worse
			if got := wait(err); got != want {
				t.Fatalf("%s: got %v, a wait of %v, want %v", email, err, got, want)
			}
			if w.work.hashes != 0 || len(w.work.statements) != 1 {
				t.Errorf("a refused try cost %d hashes and %d statements, want none and one", w.work.hashes, len(w.work.statements))
			}
			w.clock.Advance(want - time.Millisecond)
			if want > 16*time.Second { // more tries would reach the client's own limit
				if got := wait(wrong()); got != time.Millisecond {
					t.Errorf("%s: a moment too early the wait is %v, want what is left", email, got)
				}
			}
			w.clock.Advance(time.Millisecond)
			wantError(t, wrong(), account.ErrInvalidCredentials)
		}
	}
}

func TestTheOwnerIsNotLockedOutByAStranger(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	for range 600 { // for an hour and more, as fast as a stranger is let
		w.Login(w.ctx, account.Credentials{Email: ada, Password: "not the password", Client: "198.51.100.1"})
		w.clock.Advance(10 * time.Second)
	}
	w.session(ada)
	_, err := w.Login(w.ctx, account.Credentials{Email: ada, Password: password, Client: "198.51.100.1"})
	if wait(err) == 0 {
		t.Errorf("got %v: the owner's sign-in gave the stranger's tries back", err)
	}
}

func TestAFailureIsForgottenAfterADay(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	for range 3 {
		w.login(ada, "not the password")
	}
	w.clock.Advance(24 * time.Hour)
	for range 3 {
		_, err := w.login(ada, "not the password")
		wantError(t, err, account.ErrInvalidCredentials)
	}
	_, err := w.login(ada, password)
	wantError(t, err, account.ErrTooMany)
}

func TestOneClientCannotTryManyAccountsNorUseUpTheirTries(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	for i := range 30 {
		_, err := w.login(fmt.Sprintf("nobody%d@example.com", i), password)
		wantError(t, err, account.ErrInvalidCredentials)
	}
	for range 60 {
		_, err := w.login(ada, "not the password")
		wantError(t, err, account.ErrTooMany)
	}
	_, err := w.Login(w.ctx, account.Credentials{Email: ada, Password: password, Client: "198.51.100.1"})
	must(t, err)
}

func TestGuessingFromManyPlacesHasACeilingThatPasses(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	guess := func(i int) error {
		_, err := w.Login(w.ctx, account.Credentials{Email: ada, Password: "not the password", Client: fmt.Sprintf("198.51.100.%d", i)})
		return err
	}
	for i := range 50 {
		wantError(t, guess(i), account.ErrInvalidCredentials)
	}
	wantError(t, guess(50), account.ErrTooMany)
	w.clock.Advance(time.Hour)
	w.session(ada)
}

func TestARightPasswordGivesTheTriesBack(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	for i := range 20 { // past the limit of the account
		w.clock.Advance(15 * time.Minute) // past that of one client
		for range 3 {
			_, err := w.login(ada, "not the password")
			wantError(t, err, account.ErrInvalidCredentials)
		}
		w.clock.Advance(time.Second)
		if _, err := w.login(ada, password); err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
	}
}

func TestAnIPv6NetworkIsOneClient(t *testing.T) {
	w := newWorld(t)
	try := func(client string) error {
		_, err := w.Login(w.ctx, account.Credentials{Email: ada, Password: password, Client: client})
		return err
	}
	for i := range 3 {
		wantError(t, try(fmt.Sprintf("2001:db8:1:2::%x", i+1)), account.ErrInvalidCredentials)
	}
	wantError(t, try("2001:db8:1:2:ffff::1"), account.ErrTooMany)
	wantError(t, try("2001:db8:1:3::1"), account.ErrInvalidCredentials)
}

func TestSignUpAndMailsAreLimited(t *testing.T) {
	w := newWorld(t)
	for i := range 10 {
		must(t, w.SignUp(w.ctx, account.SignUp{Email: fmt.Sprintf("p%d@example.com", i), Password: password, Client: client}))
	}
	wantError(t, w.SignUp(w.ctx, account.SignUp{Email: "p10@example.com", Password: password, Client: client}), account.ErrTooMany)
	for name, f := range map[string]func(client string) error{
		"sign-up": func(c string) error {
			return w.SignUp(w.ctx, account.SignUp{Email: ada, Password: password, Client: c})
		},
		"resend": func(c string) error { return w.ResendVerification(w.ctx, ada, c) },
		"forgot": func(c string) error { return w.ForgotPassword(w.ctx, ada, c) },
	} {
		for i := range 5 {
			must(t, f(fmt.Sprintf("198.51.100.%d", i)))
		}
		if err := f("198.51.100.9"); !errors.Is(err, account.ErrTooMany) {
			t.Errorf("%s: got %v for the sixth mail in an hour, want %v", name, err, account.ErrTooMany)
		}
	}
}

func TestSignInBringsAnOldHashUpToDate(t *testing.T) {
	w := newWorld(t)
	before := w.member(ada)
	w.restart(func(o *account.Options) { o.Hasher = w.hasher(3 * rounds) })

	w.work.reset()
	_, err := w.login(ada, "not the password")
	wantError(t, err, account.ErrInvalidCredentials)
	if w.work.rounds != 3*rounds {
		t.Errorf("a wrong guess cost %d rounds, want %d as for anybody", w.work.rounds, 3*rounds)
	}
	w.session(ada)
	after, err := w.Find(w.ctx, ada)
	must(t, err)
	if after.PasswordHash == before.PasswordHash || !strings.HasPrefix(after.PasswordHash, fmt.Sprintf("pbkdf2-sha256$%d$", 3*rounds)) {
		t.Errorf("got hash %s, want a fresh one of %d rounds", after.PasswordHash, 3*rounds)
	}
	w.work.reset()
	w.session(ada)
	if w.work.hashes != 1 {
		t.Errorf("got %d hashes, want one: it was up to date", w.work.hashes)
	}
	// A hash with more rounds than are made here is checked, and kept.
	w.restart(func(o *account.Options) { o.Hasher = w.hasher(rounds) })
	w.session(ada)
	if u, _ := w.Find(w.ctx, ada); u.PasswordHash != after.PasswordHash {
		t.Error("a stronger hash was replaced")
	}
}

func TestACrowdAtTheDoorIsToldToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leave := make(chan struct{})
		h := account.NewHasher(account.HasherOptions{
			Rounds: 1, Parallel: 1, Queue: 1,
			Derive: func(_, _ []byte, _, n int) ([]byte, error) {
				<-leave
				return make([]byte, n), nil
			},
		})
		hash := func(ctx context.Context) chan error {
			done := make(chan error, 1)
			go func() {
				_, err := h.Hash(ctx, password)
				done <- err
			}()
			synctest.Wait()
			return done
		}
		first := hash(t.Context())
		ctx, giveUp := context.WithCancel(t.Context())
		second := hash(ctx)
		third := <-hash(t.Context())
		wantError(t, third, account.ErrBusy)
		if fault.From(third).RetryAfter <= 0 {
			t.Error("nothing says when to come back")
		}
		giveUp()
		wantError(t, <-second, context.Canceled)
		fourth := hash(t.Context()) // in the place of the one who gave up
		close(leave)
		must(t, <-first)
		must(t, <-fourth)
	})
}
