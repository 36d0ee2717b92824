package account_test

import (
	"strings"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
)

func TestADisabledAccountIsClosedEverywhere(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	s := w.session(ada)
	before := w.resetToken(ada)
	fromOld, _, _ := w.move(s, moved)

	u, err := w.Disable(w.ctx, ada, " sends advertisements ", account.ActorOperator)
	must(t, err)
	if u.DisabledAt.IsZero() || u.DisabledReason != "sends advertisements" {
		t.Errorf("got %+v", u)
	}
	_, err = w.Authenticate(w.ctx, s.Token)
	wantError(t, err, account.ErrUnauthenticated)
	_, disabled := w.login(ada, password)
	_, wrong := w.login(ada, "not the password")
	wantError(t, disabled, wrong) // the same is said
	_, err = w.ResetPassword(w.ctx, before, newPassword, client)
	wantError(t, err, account.ErrInvalidToken)
	_, _, err = w.ConfirmEmailChange(w.ctx, fromOld, client)
	wantError(t, err, account.ErrInvalidToken)
	_, err = w.ChangePassword(w.ctx, s, account.PasswordChange{Current: password, New: newPassword, Client: "192.0.2.1"})
	wantError(t, err, account.ErrUnauthenticated)
	// Nothing new is mailed either.
	kinds := w.mailbox.kinds(ada)
	must(t, w.ForgotPassword(w.ctx, ada, client))
	w.runJobs()
	if got := w.mailbox.kinds(ada); got != kinds {
		t.Errorf("got letters %q, want no more than %q", got, kinds)
	}
	if all, err := w.Sessions(w.ctx, u.ID); err != nil || len(all) != 0 {
		t.Errorf("got sessions %v, %v", all, err)
	}

	again, err := w.Disable(w.ctx, u.ID, "another reason", account.ActorOperator)
	must(t, err)
	if again != u {
		t.Errorf("disabled twice it is %+v, want %+v", again, u)
	}
	if got := w.actions(u.ID); strings.Count(got, " disabled") != 1 {
		t.Errorf("got events %q", got)
	}
}

func TestAnEnabledAccountIsWhatItWas(t *testing.T) {
	enabled := ""
	w := newWorld(t, func(o *account.Options) {
		o.OnEnable = func(u account.User) []jobs.Job {
			enabled += u.Email
			return nil
		}
	})
	u := w.member(ada)
	s := w.session(ada)
	_, err := w.Disable(w.ctx, ada, "test", account.ActorOperator)
	must(t, err)
	got, err := w.Enable(w.ctx, ada, account.ActorOperator)
	must(t, err)
	u.JWTVersion++
	if got != u || enabled != ada {
		t.Errorf("got %+v and made up for %q, want %+v", got, enabled, u)
	}
	_, err = w.Authenticate(w.ctx, s.Token)
	wantError(t, err, account.ErrUnauthenticated) // sessions do not come back
	w.session(ada)
	_, err = w.Enable(w.ctx, ada, account.ActorOperator)
	must(t, err)
	if got := w.actions(u.ID); strings.Count(got, " enabled") != 1 {
		t.Errorf("got events %q", got)
	}
}

func TestAnAccountIsNotDisabledWithoutAReason(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	for _, reason := range []string{"", "  ", strings.Repeat("x", 501)} {
		_, err := w.Disable(w.ctx, ada, reason, account.ActorOperator)
		wantFields(t, err, "reason")
	}
	_, err := w.Disable(w.ctx, "nobody@example.com", "test", account.ActorOperator)
	wantError(t, err, account.ErrNoUser)
	_, err = w.Enable(w.ctx, "nobody@example.com", account.ActorOperator)
	wantError(t, err, account.ErrNoUser)
}

func TestOperatorsAreMadeAndUnmade(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	for _, on := range []bool{true, true, false} {
		got, err := w.SetOperator(w.ctx, ada, on, account.ActorOperator)
		must(t, err)
		if got.Operator != on {
			t.Errorf("got %t, want %t", got.Operator, on)
		}
	}
	if got := w.actions(u.ID); strings.Count(got, "operator_set") != 2 {
		t.Errorf("got events %q, want those of the two changes", got)
	}
	_, err := w.SetOperator(w.ctx, "nobody@example.com", true, account.ActorOperator)
	wantError(t, err, account.ErrNoUser)
}
