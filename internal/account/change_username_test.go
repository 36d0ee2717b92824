package account_test

import (
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
)

func TestAUsernameChanges(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	got, err := w.ChangeUsername(w.ctx, w.session(ada), " Countess.L-1815 ", client)
	must(t, err)
	if got.Username != "countess.l-1815" || got.ID != u.ID {
		t.Errorf("got %+v", got)
	}
	if got := w.actions(u.ID); !strings.HasSuffix(got, "username_changed") {
		t.Errorf("got events %q", got)
	}
}

func TestUsernamesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	w.member("bob@example.com")
	s := w.session(ada)
	for _, name := range []string{
		"", "ab", strings.Repeat("a", 31), "ada", "bob", "BOB", "a b", "a@b", "ada.", ".ada", "ada..l", "ada_-l", "ädä", "аdа",
		"admin", "supp0rt", "adm1n-2", "rnoderator", "xswarm-team", "no.reply", "post_master", "ada/../bob",
	} {
		_, err := w.ChangeUsername(w.ctx, s, name, "")
		wantFields(t, err, "username")
	}
}

func TestAFormerUsernameStaysItsOwnersForAYear(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	bob := w.member("bob@example.com")
	s := w.session(ada)
	u, err := w.ChangeUsername(w.ctx, s, "countess", client)
	must(t, err)
	_, err = w.ChangeUsername(w.ctx, w.session("bob@example.com"), "ada", client)
	wantFields(t, err, "username")
	if other := w.member("ada@example.org"); other.Username == "ada" {
		t.Error("a new account got a name that is kept for somebody")
	}
	// Also when the account is gone.
	w.exec("DELETE FROM users WHERE id = ?", u.ID)
	w.clock.Advance(365*24*time.Hour - time.Hour)
	bobs := w.session("bob@example.com")
	_, err = w.ChangeUsername(w.ctx, bobs, "ada", client)
	wantFields(t, err, "username")
	w.clock.Advance(time.Hour)
	got, err := w.ChangeUsername(w.ctx, bobs, "ada", client)
	must(t, err)
	if got.ID != bob.ID || got.Username != "ada" {
		t.Errorf("got %+v", got)
	}
}

func TestTheOwnerMayGoBackToAFormerUsername(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	for _, name := range []string{"countess", "ada"} {
		u, err := w.ChangeUsername(w.ctx, w.session(ada), name, client)
		must(t, err)
		if u.Username != name {
			t.Errorf("got %q, want %q", u.Username, name)
		}
	}
	var kept string
	must(t, w.engine.Reader().QueryRowContext(w.ctx, "SELECT group_concat(username) FROM former_usernames").Scan(&kept))
	if kept != "countess" {
		t.Errorf("kept are %q, want the other one only", kept)
	}
}

func TestAUsernameChangesThreeTimesInThirtyDays(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	w.member("bob@example.com")
	change := func(name string) error {
		_, err := w.ChangeUsername(w.ctx, w.session(ada), name, client)
		return err
	}
	for _, name := range []string{"one-name", "two-name", "three-name"} {
		wantFields(t, change("bob"), "username") // what does not happen does not count
		must(t, change(name))
	}
	wantError(t, change("four-name"), account.ErrTooMany)
	w.clock.Advance(30 * 24 * time.Hour)
	must(t, change("four-name"))
}

func TestUsernamesAreNotTriedOutInNumbers(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	w.member("bob@example.com")
	s := w.session(ada)
	for range 30 {
		_, err := w.ChangeUsername(w.ctx, s, "bob", client)
		wantFields(t, err, "username")
	}
	_, err := w.ChangeUsername(w.ctx, s, "bob", client)
	wantError(t, err, account.ErrTooMany)
}

// Whoever comes second finds the name taken, although it was free when they
// looked.
func TestANameTakenAtTheSameMomentIsTaken(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	w.member("bob@example.com")
	event := account.Event{ID: "aud_x", UserID: u.ID, Actor: "user", Action: "x"}
	wantError(t, w.store.ChangeUsername(w.ctx, u, "bob", w.clock.Now().Add(time.Hour), event), account.ErrUsernameTaken)
	_, err := w.ChangeUsername(w.ctx, w.session("bob@example.com"), "robert", client)
	must(t, err)
	wantError(t, w.store.ChangeUsername(w.ctx, u, "bob", w.clock.Now().Add(time.Hour), event), account.ErrUsernameTaken)
	stale := u
	stale.Username = "somebody"
	wantError(t, w.store.ChangeUsername(w.ctx, stale, "free-name", w.clock.Now().Add(time.Hour), event), account.ErrUnauthenticated)
}
