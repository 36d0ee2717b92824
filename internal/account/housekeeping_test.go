package account_test

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
)

func (w *world) count(table string) (n int) {
	w.t.Helper()
	must(w.t, w.engine.Reader().QueryRowContext(w.ctx, "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func TestHousekeepingDeletesWhatHasHadItsTime(t *testing.T) {
	w := newWorld(t)
	member := w.member(ada)
	w.session(ada)
	w.signUp("never@example.com", password)
	must(t, w.Start(w.ctx))
	w.runJobs()
	if n := w.count("users"); n != 2 {
		t.Fatalf("got %d users on the first day, want both", n)
	}
	// Somebody who signs up again on the last day keeps their link.
	w.clock.Advance(7*24*time.Hour - time.Hour)
	late := w.signUp("never@example.com", password)
	w.clock.Advance(2 * time.Hour)
	w.runJobs()
	_, err := w.VerifyEmail(w.ctx, late)
	must(t, err)

	w.signUp("gone@example.com", password)
	w.clock.Advance(15 * 24 * time.Hour)
	w.runJobs()
	_, err = w.Find(w.ctx, "gone@example.com")
	wantError(t, err, account.ErrNoUser)
	if _, err := w.User(w.ctx, member.ID); err != nil {
		t.Errorf("a member went missing: %v", err)
	}
	for _, table := range []string{"sessions", "account_tokens", "limits"} {
		if n := w.count(table); n != 0 {
			t.Errorf("got %d rows in %s, want none", n, table)
		}
	}
	if n := w.count("jobs WHERE state = 'done'"); n > 2 {
		t.Errorf("got %d jobs that are done, want the old ones forgotten", n)
	}
	if n := w.count("audit_events"); n == 0 {
		t.Error("the audit is gone")
	}
}

func TestHousekeepingIsOneJobADayHoweverOftenProgramsStart(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		must(t, w.Start(w.ctx))
	}
	if n := w.runJobs(); n != 1 {
		t.Errorf("got %d runs, want 1", n)
	}
	must(t, w.Start(w.ctx))
	for day := range 3 {
		w.clock.Advance(24 * time.Hour)
		if n := w.runJobs(); n != 1 {
			t.Errorf("day %d: got %d runs, want 1", day, n)
		}
	}
}
