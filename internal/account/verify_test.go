package account_test

import (
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
)

func TestATokenThatDoesNotCountIsOneAndTheSameError(t *testing.T) {
	w := newWorld(t)
	used := w.signUp("used@example.com", password)
	_, err := w.VerifyEmail(w.ctx, used)
	must(t, err)
	expired := w.signUp("late@example.com", password)
	w.clock.Advance(24 * time.Hour)
	reset := w.resetToken("used@example.com")
	good := w.signUp(ada, password)

	for name, token := range map[string]string{
		"empty":              "",
		"used":               used,
		"expired":            expired,
		"of another purpose": reset,
		"cut off":            good[:len(good)-1],
		"with more behind":   good + "A",
		"of nobody":          strings.Repeat("A", 43),
		"not base 64":        strings.Repeat("!", 43),
		"very long":          strings.Repeat("A", 1<<20),
		"with a quote":       good[:42] + "'",
	} {
		if _, err := w.VerifyEmail(w.ctx, token); err != account.ErrInvalidToken {
			t.Errorf("%s: got %v, want %v", name, err, account.ErrInvalidToken)
		}
	}
	if _, err := w.ResetPassword(w.ctx, good, "a new password", client); err != account.ErrInvalidToken {
		t.Errorf("a verification's token for a reset: got %v, want %v", err, account.ErrInvalidToken)
	}
	if _, err := w.VerifyEmail(w.ctx, good); err != nil {
		t.Errorf("the good one, after all that: %v", err)
	}
}

func TestATokenCountsUntilItsLastMoment(t *testing.T) {
	w := newWorld(t)
	token := w.signUp(ada, password)
	w.clock.Advance(24*time.Hour - time.Millisecond)
	_, err := w.VerifyEmail(w.ctx, token)
	must(t, err)
}

func TestUsernamesAreUnique(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for _, domain := range []string{"a.example", "b.example", "c.example", "d.example", "e.example", "f.example", "g.example"} {
		u := w.member("ada@" + domain)
		if seen[u.Username] || !strings.HasPrefix(u.Username, "ada") {
			t.Errorf("got username %q after %v", u.Username, seen)
		}
		seen[u.Username] = true
		w.clock.Advance(time.Hour) // past the limit of one client
	}
	for _, want := range []string{"ada", "ada-2", "ada-5"} {
		if !seen[want] {
			t.Errorf("nobody is called %q: %v", want, seen)
		}
	}
}

func TestNobodyIsCalledLikeTheService(t *testing.T) {
	w := newWorld(t)
	u := w.member("postmaster@example.com")
	if !strings.HasPrefix(u.Username, "user-") {
		t.Errorf("got username %q, want a neutral one", u.Username)
	}
}
