package account_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
)

const moved = "ada@new.example"

// move asks for another address, and returns the secrets that were mailed: to
// agree from the old one, from the new one, and to refuse.
func (w *world) move(s account.Session, to string) (fromOld, fromNew, cancel string) {
	w.t.Helper()
	must(w.t, w.ChangeEmail(w.ctx, s, account.EmailChange{Email: to, Password: password, Client: client}))
	w.runJobs()
	l := w.mailbox.last(w.t, "email_change_old", s.User.Email)
	if l.about != to {
		w.t.Errorf("the old address is told of %q, want %q", l.about, to)
	}
	return l.token, w.mailbox.last(w.t, "email_change_new", to).token, l.cancel
}

func (w *world) confirm(token string) (account.EmailPending, bool) {
	w.t.Helper()
	p, done, err := w.ConfirmEmailChange(w.ctx, token, client)
	must(w.t, err)
	return p, done
}

func (w *world) address(userID string) string {
	w.t.Helper()
	u, err := w.User(w.ctx, userID)
	must(w.t, err)
	return u.Email
}

func TestAnAddressChangesWhenBothHaveAgreed(t *testing.T) {
	for _, oldFirst := range []bool{true, false} {
		w := newWorld(t)
		u := w.member(ada)
		s := w.session(ada)
		reset := w.resetToken(ada)
		first, second, _ := w.move(s, moved)
		if !oldFirst {
			first, second = second, first
		}
		want := account.EmailPending{Email: moved, ExpiresAt: w.clock.Now().Add(24 * time.Hour)}
		p, err := w.PendingEmail(w.ctx, u.ID)
		must(t, err)
		if p != want {
			t.Errorf("got %+v, want %+v", p, want)
		}
		want.ConfirmedOld, want.ConfirmedNew = oldFirst, !oldFirst
		for range 2 { // twice is once
			if p, done := w.confirm(first); done || p != want {
				t.Errorf("after one side: got %+v, done %t, want %+v", p, done, want)
			}
		}
		if got := w.address(u.ID); got != ada {
			t.Errorf("one side moved the account to %q", got)
		}
		want.ConfirmedOld, want.ConfirmedNew = true, true
		if p, done := w.confirm(second); !done || p != want {
			t.Errorf("after both: got %+v, done %t", p, done)
		}
		if got := w.address(u.ID); got != moved {
			t.Errorf("the address is %q, want %q", got, moved)
		}
		w.runJobs()
		for _, to := range []string{ada, moved} {
			if got := w.mailbox.last(t, "email_changed", to).about; got != moved {
				t.Errorf("%s was told of %q", to, got)
			}
		}
		_, err = w.Authenticate(w.ctx, s.Token)
		must(t, err) // sessions go on
		_, err = w.ResetPassword(w.ctx, reset, newPassword, client)
		wantError(t, err, account.ErrInvalidToken)
		_, err = w.PendingEmail(w.ctx, u.ID)
		wantError(t, err, account.ErrNoMove)
		_, _, err = w.ConfirmEmailChange(w.ctx, second, client)
		wantError(t, err, account.ErrInvalidToken)
		_, err = w.login(ada, password)
		wantError(t, err, account.ErrInvalidCredentials)
		_, err = w.login(moved, password)
		must(t, err)
		if got := w.actions(u.ID); !strings.Contains(got, "email_change_asked email_change_agreed email_change_agreed email_changed") {
			t.Errorf("got events %q", got)
		}
	}
}

func TestAnAddressChangeIsRefusedWithout(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	s := w.session(ada)
	for _, tc := range []struct{ email, password, want string }{
		{"nonsense", password, "email"},
		{ada, password, "email"},
		{moved, "", "password"},
		{moved, "not the password", "password"},
		{"", "", "email password"},
	} {
		err := w.ChangeEmail(w.ctx, s, account.EmailChange{Email: tc.email, Password: tc.password, Client: client})
		wantFields(t, err, tc.want)
	}
	w.runJobs()
	if got := w.mailbox.kinds(moved); got != "" {
		t.Errorf("mailed %q", got)
	}
}

func TestTheSameIsDoneForAnAddressThatHasAnAccount(t *testing.T) {
	work := map[string]string{}
	for _, to := range []string{"bob@example.com", "nobody@example.com"} {
		w := newWorld(t)
		u := w.member(ada)
		w.member("bob@example.com")
		s := w.session(ada)
		w.work.reset()
		must(t, w.ChangeEmail(w.ctx, s, account.EmailChange{Email: " " + strings.ToUpper(to), Password: password, Client: client}))
		work[to] = strings.Join(w.work.statements, "\n")
		p, err := w.PendingEmail(w.ctx, u.ID)
		must(t, err)
		if p.Email != to {
			t.Errorf("got %+v", p)
		}
		w.runJobs()
		if to == "bob@example.com" {
			if got := w.mailbox.kinds(to); got != "verify already_registered" {
				t.Errorf("its owner got %q, want to hear of it and no link", got)
			}
			w.confirm(w.mailbox.last(t, "email_change_old", ada).token)
			if got := w.address(u.ID); got != ada {
				t.Errorf("the account moved to %q", got)
			}
		}
	}
	if work["bob@example.com"] != work["nobody@example.com"] {
		t.Errorf("a known address costs\n%s\nan unknown one\n%s", work["bob@example.com"], work["nobody@example.com"])
	}
}

func TestAnAddressThatWasTakenMeanwhileIsAConflict(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	fromOld, fromNew, _ := w.move(w.session(ada), moved)
	w.confirm(fromOld)
	other := w.member(moved)
	_, done, err := w.ConfirmEmailChange(w.ctx, fromNew, client)
	wantError(t, err, account.ErrEmailTaken)
	if done || w.address(u.ID) != ada || w.address(other.ID) != moved {
		t.Errorf("done %t; Ada has %s, the other %s", done, w.address(u.ID), w.address(other.ID))
	}
}

func TestASignUpThatWasNeverConfirmedMakesWay(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	link := w.signUp(moved, "somebody else's password")
	fromOld, fromNew, _ := w.move(w.session(ada), moved)
	w.confirm(fromNew)
	if _, done := w.confirm(fromOld); !done || w.address(u.ID) != moved {
		t.Errorf("done %t, the address is %s", done, w.address(u.ID))
	}
	_, err := w.VerifyEmail(w.ctx, link)
	wantError(t, err, account.ErrInvalidToken)
}

func TestAChangeOfAddressEndsWhen(t *testing.T) {
	for name, end := range map[string]func(w *world, s account.Session, cancel string) error{
		"the old address refuses": func(w *world, _ account.Session, cancel string) error {
			return w.CancelEmailChange(w.ctx, cancel, client)
		},
		"its user drops it": func(w *world, s account.Session, _ string) error { return w.DropEmailChange(w.ctx, s) },
		"a day has passed":  func(w *world, _ account.Session, _ string) error { w.clock.Advance(24 * time.Hour); return nil },
		"a newer one replaces it": func(w *world, s account.Session, _ string) error {
			return w.ChangeEmail(w.ctx, s, account.EmailChange{Email: "third@example.com", Password: password, Client: client})
		},
		"the account is disabled": func(w *world, s account.Session, _ string) error {
			_, err := w.Disable(w.ctx, ada, "test", account.ActorOperator)
			return err
		},
		"the password is reset": func(w *world, s account.Session, _ string) error {
			_, err := w.ResetPassword(w.ctx, w.resetToken(ada), newPassword, client)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			u := w.member(ada)
			s := w.session(ada)
			fromOld, fromNew, cancel := w.move(s, moved)
			w.confirm(fromOld)
			must(t, end(w, s, cancel))
			for _, token := range []string{fromOld, fromNew, cancel, "nonsense", strings.Repeat("A", 43)} {
				_, _, err := w.ConfirmEmailChange(w.ctx, token, client)
				wantError(t, err, account.ErrInvalidToken)
				wantError(t, w.CancelEmailChange(w.ctx, token, client), account.ErrInvalidToken)
			}
			if got := w.address(u.ID); got != ada {
				t.Errorf("the address is %q", got)
			}
		})
	}
}

func TestTheLinkThatRefusesDoesNotAgreeNorTheOtherWayRound(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	s := w.session(ada)
	fromOld, fromNew, cancel := w.move(s, moved)
	_, _, err := w.ConfirmEmailChange(w.ctx, cancel, client)
	wantError(t, err, account.ErrInvalidToken)
	for _, token := range []string{fromOld, fromNew} {
		wantError(t, w.CancelEmailChange(w.ctx, token, client), account.ErrInvalidToken)
	}
	if _, err := w.PendingEmail(w.ctx, u.ID); err != nil {
		t.Errorf("it does not wait any more: %v", err)
	}
	must(t, w.DropEmailChange(w.ctx, s))
	must(t, w.DropEmailChange(w.ctx, s)) // twice is once
}

func TestBothSidesMayAgreeAtTheSameMoment(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	fromOld, fromNew, _ := w.move(w.session(ada), moved)
	var wg sync.WaitGroup
	finished := make([]bool, 2)
	for i, token := range []string{fromOld, fromNew} {
		wg.Go(func() {
			_, done, err := w.ConfirmEmailChange(w.ctx, token, client)
			if err != nil {
				t.Error(err)
			}
			finished[i] = done
		})
	}
	wg.Wait()
	if finished[0] == finished[1] || w.address(u.ID) != moved {
		t.Errorf("done %v, the address is %s: want one of the two to have moved it", finished, w.address(u.ID))
	}
}

func TestNobodyIsFloodedWithMailsAboutAddresses(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	w.member("bob@example.com")
	s, bobs := w.session(ada), w.session("bob@example.com")
	ask := func(s account.Session, to string) error {
		return w.ChangeEmail(w.ctx, s, account.EmailChange{Email: to, Password: password, Client: client})
	}
	for range 5 {
		must(t, ask(s, moved))
	}
	wantError(t, ask(s, "another@example.com"), account.ErrTooMany)
	wantError(t, ask(bobs, moved), account.ErrTooMany)
	must(t, ask(bobs, "bob@new.example"))
	w.clock.Advance(time.Hour)
	must(t, ask(s, moved))
}

func TestSecretsOfAddressChangesAreNotStored(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	fromOld, fromNew, cancel := w.move(w.session(ada), moved)
	var row, queue string
	must(t, w.engine.Reader().QueryRowContext(w.ctx, "SELECT id || old_hash || new_hash || cancel_hash FROM email_changes").Scan(&row))
	must(t, w.engine.Reader().QueryRowContext(w.ctx, "SELECT group_concat(payload) FROM jobs").Scan(&queue))
	for _, secret := range []string{fromOld, fromNew, cancel, ada, moved} {
		if strings.Contains(row+queue, secret) {
			t.Errorf("%q is in %s %s", secret, row, queue)
		}
	}
	if fromOld == fromNew || fromOld == cancel {
		t.Error("two links have the same secret")
	}
}
