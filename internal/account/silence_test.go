package account_test

import (
	"fmt"
	"slices"
	"testing"

	"xswarm.ai/server/internal/account"
)

// cost is what somebody with a stop-watch, or a look at the load, could see of a
// request: its hashing, its statements and the jobs that it leaves.
type cost struct {
	err            string
	hashes, rounds int
	statements     []string
	jobs           []string
}

func (w *world) costOf(f func() error) cost {
	w.t.Helper()
	w.runJobs()
	w.work.reset()
	err := f()
	c := cost{err: fmt.Sprint(err), hashes: w.work.hashes, rounds: w.work.rounds, statements: slices.Clone(w.work.statements)}
	for _, j := range w.pendingJobs() {
		c.jobs = append(c.jobs, fmt.Sprintf("%s %d bytes key=%t lane=%t", j.Kind, len(j.Payload), j.Key != "", j.Lane != ""))
	}
	return c
}

func TestNothingTellsWhetherAnAccountExists(t *testing.T) {
	const unknown, unconfirmed, confirmed = "unknown@example.com", "unconfirmed@example.com", "confirmed@example.com"
	for name, tc := range map[string]struct {
		f      func(w *world, email string) error
		hashes int
	}{
		"sign-up": {func(w *world, email string) error {
			return w.SignUp(w.ctx, account.SignUp{Email: email, Password: "some other password", Name: "X", Client: client})
		}, 1},
		"sign-in": {func(w *world, email string) error {
			_, err := w.login(email, "not the password")
			return err
		}, 1},
		"forgot": {func(w *world, email string) error { return w.ForgotPassword(w.ctx, email, client) }, 0},
		"resend": {func(w *world, email string) error { return w.ResendVerification(w.ctx, email, client) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.member(confirmed)
			w.signUp(unconfirmed, password)
			want := w.costOf(func() error { return tc.f(w, unknown) })
			if want.hashes != tc.hashes || want.rounds != tc.hashes*rounds || len(want.statements) < 2 {
				t.Errorf("got %d hashes of %d rounds and %d statements", want.hashes, want.rounds, len(want.statements))
			}
			for _, email := range []string{unconfirmed, confirmed} {
				if got := w.costOf(func() error { return tc.f(w, email) }); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s:\n got %+v\nwant %+v", email, got, want)
				}
			}
		})
	}
}
