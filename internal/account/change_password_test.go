package account_test

import (
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"

func TestAChangedPasswordEndsEverythingTheOldOneBegan(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	here, elsewhere := w.session(ada), w.session(ada)
	link := w.resetToken(ada)
	must(t, w.ChangeEmail(w.ctx, here, account.EmailChange{Email: "new@example.com", Password: password, Client: client}))

	fresh, err := w.ChangePassword(w.ctx, here, account.PasswordChange{
		Current: password, New: newPassword, Client: client, Device: account.Device{UserAgent: firefox},
	})
	must(t, err)
	for name, s := range map[string]account.Session{"this one": here, "another one": elsewhere} {
		_, err := w.Authenticate(w.ctx, s.Token)
		if err == nil {
			t.Errorf("%s goes on", name)
		}
	}
	got, err := w.Authenticate(w.ctx, fresh.Token)
	must(t, err)
	if got.User.ID != u.ID || got.Device != "Firefox on Linux" || got.User.JWTVersion != fresh.User.JWTVersion {
		t.Errorf("the fresh session is %+v", got)
	}
	_, err = w.ResetPassword(w.ctx, link, "another fine password", client)
	wantError(t, err, account.ErrInvalidToken)
	_, err = w.PendingEmail(w.ctx, u.ID)
	wantError(t, err, account.ErrNoMove)
	_, err = w.login(ada, password)
	wantError(t, err, account.ErrInvalidCredentials)
	_, err = w.login(ada, newPassword)
	must(t, err)
	w.runJobs()
	if got := w.mailbox.kinds(ada); !strings.HasSuffix(got, "password_changed") {
		t.Errorf("got letters %q", got)
	}
	if got := w.mailbox.kinds("new@example.com"); got != "" {
		t.Errorf("the address that was not confirmed got %q", got)
	}
	if got := w.actions(u.ID); !strings.Contains(got, "password_changed") {
		t.Errorf("got events %q", got)
	}
}

func TestAPasswordIsNotChangedWithout(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	s := w.session(ada)
	for name, tc := range map[string]struct{ current, fresh, want string }{
		"the present one":     {"not the password", newPassword, "current_password"},
		"saying it":           {"", newPassword, "current_password"},
		"another one":         {password, password, "new_password"},
		"a good one":          {password, "password12", "new_password"},
		"one that is no name": {password, ada, "new_password"},
		"both":                {"", "short", "current_password new_password"},
	} {
		_, err := w.ChangePassword(w.ctx, s, account.PasswordChange{Current: tc.current, New: tc.fresh, Client: client})
		wantFields(t, err, tc.want)
		if err == nil {
			t.Errorf("without %s: it was changed", name)
		}
	}
	_, err := w.Authenticate(w.ctx, s.Token)
	must(t, err)
	_, err = w.login(ada, password)
	must(t, err)
}

func TestASessionLeftOpenIsNoPlaceToGuessFrom(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	s := w.session(ada)
	guess := func() error {
		_, err := w.ChangePassword(w.ctx, s, account.PasswordChange{Current: "not the password", New: newPassword, Client: client})
		return err
	}
	for range 2 {
		wantFields(t, guess(), "current_password")
	}
	wantFields(t, w.ChangeEmail(w.ctx, s, account.EmailChange{Email: "new@example.com", Password: "no", Client: client}), "password")
	w.work.reset()
	wantError(t, guess(), account.ErrTooMany)
	_, err := w.login(ada, password)
	if got := fault.From(err).RetryAfter; got != time.Second {
		t.Errorf("got %v and a wait of %v, want one second: signing in counts with it", err, got)
	}
	if w.work.hashes != 0 {
		t.Error("a refused try cost a hash")
	}
	w.clock.Advance(time.Second)
	_, err = w.ChangePassword(w.ctx, s, account.PasswordChange{Current: password, New: newPassword, Client: client})
	must(t, err)
	_, err = w.login(ada, "not the password") // the right one gave the tries back
	wantError(t, err, account.ErrInvalidCredentials)
}

// A change that read the account before another one was stored must not win.
func TestOfTwoPasswordChangesAtOnceOneHappens(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	s := w.session(ada)
	u, err := w.store.User(w.ctx, s.User.ID)
	must(t, err)
	_, err = w.ChangePassword(w.ctx, s, account.PasswordChange{Current: password, New: newPassword, Client: client})
	must(t, err)
	late := u
	late.PasswordHash, late.JWTVersion = "late", u.JWTVersion+1
	err = w.store.ChangePassword(w.ctx, u, account.SignIn{
		Session: account.Session{ID: "ses_late", User: late, ExpiresAt: w.clock.Now().Add(time.Hour)},
		Device:  account.Sighting{ID: "dev_late", Place: "late", Hash: "late"},
		Event:   account.Event{ID: "aud_late", Actor: "user", Action: "late"},
	})
	wantError(t, err, account.ErrUnauthenticated)
	_, err = w.login(ada, newPassword)
	must(t, err)
}
