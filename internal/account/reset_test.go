package account_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
)

const newPassword = "an entirely new one"

func TestAResetSetsThePasswordAndEndsEverythingElse(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	s := w.session(ada)
	first, second := w.resetToken(ada), w.resetToken(ada)
	got, err := w.ResetPassword(w.ctx, second, newPassword, client)
	must(t, err)
	if got.ID != u.ID || got.JWTVersion != u.JWTVersion+1 || got.Username != u.Username {
		t.Errorf("got %+v, want the same user one version later", got)
	}
	_, err = w.Authenticate(w.ctx, s.Token)
	wantError(t, err, account.ErrUnauthenticated)
	_, err = w.login(ada, password)
	wantError(t, err, account.ErrInvalidCredentials)
	for name, token := range map[string]string{"used": second, "older": first} {
		if _, err := w.ResetPassword(w.ctx, token, "yet another one", client); err != account.ErrInvalidToken {
			t.Errorf("%s token: got %v, want %v", name, err, account.ErrInvalidToken)
		}
	}
	_, err = w.login(ada, newPassword)
	must(t, err)
	w.runJobs()
	if got, want := w.mailbox.kinds(ada), "verify reset reset password_changed"; got != want {
		t.Errorf("got letters %q, want %q", got, want)
	}
	if got, want := w.actions(u.ID), "sign_up_asked verified signed_in reset_asked reset_asked password_reset signed_in"; got != want {
		t.Errorf("got events %q, want %q", got, want)
	}
}

func TestAResetConfirmsTheAddress(t *testing.T) {
	w := newWorld(t)
	verify := w.signUp(ada, password)
	u, err := w.ResetPassword(w.ctx, w.resetToken(ada), newPassword, client)
	must(t, err)
	if !u.EmailVerified || u.Username != "ada" {
		t.Errorf("got %+v, want a confirmed user with a username", u)
	}
	_, err = w.VerifyEmail(w.ctx, verify)
	wantError(t, err, account.ErrInvalidToken)
	_, err = w.login(ada, newPassword)
	must(t, err)
}

func TestAMistypedPasswordDoesNotUseTheTokenUp(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	token := w.resetToken(ada)
	for _, bad := range []string{"short", "password", ada} {
		_, err := w.ResetPassword(w.ctx, token, bad, client)
		wantFields(t, err, "password")
	}
	_, err := w.ResetPassword(w.ctx, token, newPassword, client)
	must(t, err)
}

func TestAResetTokenCountsForOneHour(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	token := w.resetToken(ada)
	w.clock.Advance(time.Hour)
	w.work.reset()
	_, err := w.ResetPassword(w.ctx, token, newPassword, client)
	wantError(t, err, account.ErrInvalidToken)
	if w.work.hashes != 0 {
		t.Error("a token that does not count cost a hash")
	}
}

func TestADisabledUserCannotReset(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	token := w.resetToken(ada)
	w.exec("UPDATE users SET disabled_at = 1 WHERE id = ?", u.ID)
	_, err := w.ResetPassword(w.ctx, token, newPassword, client)
	wantError(t, err, account.ErrInvalidToken)
	must(t, w.ForgotPassword(w.ctx, ada, client))
	w.runJobs()
	if got, want := w.mailbox.kinds(ada), "verify reset"; got != want {
		t.Errorf("got letters %q, want %q: none after disabling", got, want)
	}
}

func TestAResetTokenUsedByManyAtOnceCountsOnce(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	token := w.resetToken(ada)
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			// Each from a client of its own: the limits are not what is tried here.
			_, err := w.ResetPassword(w.ctx, token, newPassword, "")
			switch err {
			case nil:
				won.Add(1)
			case account.ErrInvalidToken:
			default:
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 20 won, want 1", won.Load())
	}
	after, err := w.User(w.ctx, u.ID)
	must(t, err)
	if after.JWTVersion != u.JWTVersion+1 {
		t.Errorf("got version %d, want %d", after.JWTVersion, u.JWTVersion+1)
	}
	w.runJobs()
	if got, want := w.mailbox.kinds(ada), "verify reset password_changed"; got != want {
		t.Errorf("got letters %q, want %q", got, want)
	}
}

func TestAVerificationConfirmedByManyAtOnceCountsOnce(t *testing.T) {
	w := newWorld(t)
	tokens := []string{w.signUp(ada, password), w.signUp(ada, newPassword)}
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			switch _, err := w.VerifyEmail(w.ctx, tokens[i%2]); err {
			case nil:
				won.Add(1)
			case account.ErrInvalidToken:
			default:
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 20 won, want 1", won.Load())
	}
}

// A sign-in that compared the old password while a reset was under way must not
// leave a session behind.
func TestASignInThatAResetOvertookStartsNoSession(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	stale := account.Session{ID: "ses_stale", ExpiresAt: w.clock.Now().Add(time.Hour), User: u}
	_, err := w.ResetPassword(w.ctx, w.resetToken(ada), newPassword, client)
	must(t, err)
	err = w.store.AddSession(w.ctx, account.SignIn{Session: stale, Event: account.Event{ID: "aud_x", Actor: "user", Action: "x"}})
	wantError(t, err, account.ErrInvalidCredentials)
	if _, err := w.store.Session(w.ctx, "ses_stale"); err == nil {
		t.Error("the session was stored")
	}
}
