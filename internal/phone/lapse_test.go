package phone_test

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/plan"
)

// days lets days go by, with what is due on each of them done.
func (w *world) days(n int) {
	w.t.Helper()
	for range n {
		w.clock.Advance(24 * time.Hour)
		w.run()
	}
}

// stops takes somebody's plan away, with what follows.
func (w *world) stops(u account.User) account.User {
	w.t.Helper()
	u.Grant = plan.Grant{}
	w.grant(u)
	u = w.withPlan(u, plan.Buddy)
	if err := w.store.EnqueueJobs(w.t.Context(), w.PlanJobs(u)...); err != nil {
		w.t.Fatal(err)
	}
	w.run()
	return u
}

func (w *world) holds(u account.User) int {
	w.t.Helper()
	list, err := w.Numbers(w.t.Context(), u.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

func TestNumbersAreKeptForTwoWeeksAfterThePlanHasStopped(t *testing.T) {
	w := newWorld(t)
	n := w.bought()
	w.ada = w.stops(w.ada)
	w.days(plan.NumberDays - 1)
	if got := w.holds(w.ada); got != 2 || len(w.carrier.released) != 0 {
		t.Fatalf("a day too early there are %d, released %v", got, w.carrier.released)
	}
	w.days(1)
	if got := w.holds(w.ada); got != 0 || len(w.carrier.released) != 1 || w.carrier.released[0] != n.ProviderSID {
		t.Errorf("there are %d, released %v, want the one that was bought", got, w.carrier.released)
	}
	w.days(plan.NumberDays)
	if len(w.carrier.released) != 1 {
		t.Errorf("released %v", w.carrier.released)
	}
}

func TestNumbersStayWhenAPlanIsBackInTime(t *testing.T) {
	w := newWorld(t)
	w.bought()
	w.ada = w.stops(w.ada)
	w.days(plan.NumberDays - 2)
	w.ada = w.withPlan(w.ada, plan.Secretary)
	w.days(1)
	w.ada = w.stops(w.ada) // and ends again: the days are counted anew
	w.days(plan.NumberDays - 1)
	if got := w.holds(w.ada); got != 2 || len(w.carrier.released) != 0 {
		t.Errorf("there are %d, released %v", got, w.carrier.released)
	}
	w.ada = w.withPlan(w.ada, plan.Manager)
	w.days(2 * plan.NumberDays)
	if got := w.holds(w.ada); got != 2 {
		t.Errorf("there are %d", got)
	}
}
