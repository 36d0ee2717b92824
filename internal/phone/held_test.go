package phone_test

import (
	"slices"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/task"
)

// disable closes somebody's account; enable opens it again as package account
// does, with the job that gives what was held back.
func (w *world) disable(u account.User) {
	w.t.Helper()
	if err := w.store.Disable(w.t.Context(), u.ID, "test", w.event(u, "disabled")); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) enable(u account.User) {
	w.t.Helper()
	if err := w.store.Enable(w.t.Context(), u.ID, w.event(u, "enabled"), w.HeldJobs(u)...); err != nil {
		w.t.Fatal(err)
	}
	w.run()
}

func (w *world) event(u account.User, action string) account.Event {
	now := w.clock.Now()
	return account.Event{ID: id.New(id.Audit, now), UserID: u.ID, Actor: account.ActorOperator, Action: action, At: now}
}

func TestRemindersOfADisabledAccountAreHeldAndGivenWithinADay(t *testing.T) {
	w := newWorld(t)
	at := func(title string, in time.Duration) {
		w.promise(w.ada, func(x *task.Task) {
			x.Title = title
			x.Due = w.clock.Now().Add(in)
			x.RemindAt = x.Due
		})
	}
	at("too long ago", time.Hour)
	at("held", 20*time.Hour)
	at("not yet due", 30*time.Hour)
	w.disable(w.ada)
	w.later(26 * time.Hour)
	if got := w.carrier.bodies(adaCell); len(got) != 0 || len(w.letters.sent) != 0 {
		t.Fatalf("texted %q and mailed %q to a disabled account", got, w.letters.sent)
	}
	w.enable(w.ada)
	w.enable(w.ada) // a second time gives nothing twice
	if got, want := w.carrier.bodies(adaCell), []string{"Reminder: held (today, 12:00 AM)"}; !slices.Equal(got, want) {
		t.Errorf("texted %q, want %q", got, want)
	}
	w.later(4 * time.Hour)
	if got := w.carrier.bodies(adaCell); len(got) != 2 {
		t.Errorf("texted %q, want the one that came due too", got)
	}
}

func TestADisabledAccountsTextsAreNeitherTakenInNorAnswered(t *testing.T) {
	w := newWorld(t)
	before := incoming(adaCell, adas, "before") // waits for its answer
	if err := w.Receive(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	w.disable(w.ada)
	w.receive(incoming(adaCell, adas, "add buy milk"))
	w.receive(incoming(adaCell, shared, "add buy milk"))
	w.run()
	if got := w.carrier.bodies(adaCell); len(got) != 0 {
		t.Errorf("answered %q", got)
	}
	for _, x := range w.texts(w.ada) {
		if x.Body == "add buy milk" && x.Quarantine == "" {
			t.Errorf("taken in: %+v", x)
		}
	}
	w.enable(w.ada)
	if got := w.carrier.bodies(adaCell); len(got) != 0 {
		t.Errorf("answered %q when it was enabled", got)
	}
}
