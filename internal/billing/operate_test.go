package billing_test

import (
	"context"
	"fmt"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// operatorTold is how often the operator was mailed an alert.
func (w *world) operatorTold() int {
	w.letters.mu.Lock()
	defer w.letters.mu.Unlock()
	return count(w.letters.sent, func(s string) bool { return s == "alert operator@xswarm.example" })
}

// audited are the actions in the audit trail that begin with "billing.", in order.
func (w *world) audited() []string {
	w.Helper()
	rows, err := w.engine.Reader().QueryContext(w.Context(), "SELECT actor || ' ' || action FROM audit_events WHERE action LIKE 'billing.%' ORDER BY rowid")
	w.must(err)
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		w.must(rows.Scan(&s))
		list = append(list, s)
	}
	w.must(rows.Err())
	return list
}

func TestTheOperatorIsToldOfAMatterOnceWhileItLasts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customerOf("")
	sub := w.sell(customer, "1000")
	w.settle()
	w.must(w.box.PauseCollection(sub, "void"))
	w.settle()
	w.must(w.box.PauseCollection(sub, ""))
	w.settle()
	list, err := w.billing.Alerts(t.Context(), false)
	if err != nil || len(list) != 1 || list[0].Count < 3 {
		t.Errorf("got %+v, %v", list, err)
	}
	if n := w.operatorTold(); n != 1 {
		t.Errorf("the operator was told %d times", n)
	}
	w.must(w.billing.ResolveAlert(t.Context(), list[0].Key))
	w.alerted()
	if all, err := w.billing.Alerts(t.Context(), true); err != nil || len(all) != 1 || all[0].ResolvedAt.IsZero() {
		t.Errorf("got %+v, %v", all, err)
	}
	w.pass(hour)
	w.must(w.box.CancelNow(sub))
	w.settle()
	w.alerted("unknown_customer") // it begins anew
	if n := w.operatorTold(); n != 2 {
		t.Errorf("the operator was told %d times", n)
	}
}

func TestWhatIsDoneByHandIsInTheAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	customer := w.customerOf("")
	_, err := w.billing.Link(t.Context(), u, customer)
	w.must(err)
	w.sell(customer, "1000")
	w.settle()
	w.must(w.billing.Replay(t.Context(), w.events()[0].ID))
	w.repair()
	_, err = w.billing.SetCap(t.Context(), w.subscriber("bob", plan.Secretary), plan.Cap{Limit: plan.Dollar, Chosen: true})
	w.must(err)
	want := "[operator billing.customer_linked system billing.subscription_changed operator billing.event_replayed operator billing.usage_repaired " +
		"system billing.customer_linked system billing.subscription_changed user billing.cap_set]"
	if got := fmt.Sprint(w.audited()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err := w.billing.Replay(t.Context(), "evt_none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if n := len(w.audited()); n != 7 {
		t.Errorf("what was not done is in the audit: %d", n)
	}
}

func TestWhoseAccountIsClosedIsNotWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	_, err := w.accounts.Disable(t.Context(), u.ID, "dispute", account.ActorOperator)
	w.must(err)
	w.failCards(u, true)
	w.until(due.Add(5 * day))
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestWhatElseFollowsAChangeIsStoredWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var tiers []plan.Tier
	w.as(func(o *billing.Options) {
		o.OnChange = func(u account.User) []jobs.Job {
			return []jobs.Job{jobs.New("test.changed", u.Entitlement(w.clock.Now()).Tier, w.clock.Now(), jobs.Lane("changed"))}
		}
	})
	w.jobs.Handle("test.changed", func(_ context.Context, j jobs.Job) error {
		tier, err := jobs.Decode[plan.Tier](j)
		tiers = append(tiers, tier)
		return err
	})
	u := w.subscriber("ada", plan.Secretary)
	w.change(u, plan.Manager)
	w.failCards(u, true)
	w.until(due)
	w.pass(4 * day)
	w.settleDebt(u)
	w.must(w.box.CancelNow(u.Subscription.ID))
	w.settle()
	if want := "[ai_secretary ai_project_manager ai_buddy ai_project_manager ai_buddy]"; fmt.Sprint(tiers) != want {
		t.Errorf("got %v, want %s", tiers, want)
	}
	w.sound()
}

func TestEventsAreListedByStateAndPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscriber("ada", plan.Secretary)
	all := w.events()
	var paged []billing.Event
	before := ""
	for {
		page, err := w.billing.Events(t.Context(), before, "", 3)
		w.must(err)
		if len(page) == 0 {
			break
		}
		paged = append(paged, page...)
		before = page[len(page)-1].ID
	}
	if len(paged) != len(all) || len(all) == 0 {
		t.Fatalf("%d events page by page, %d at once", len(paged), len(all))
	}
	for i := range all {
		if paged[i].ID != all[i].ID {
			t.Errorf("at %d is %s, want %s", i, paged[i].ID, all[i].ID)
		}
	}
	applied, err := w.billing.Events(t.Context(), "", billing.EventApplied, 500)
	w.must(err)
	ignored, err := w.billing.Events(t.Context(), "", billing.EventIgnored, 500)
	w.must(err)
	if len(applied) == 0 || len(ignored) == 0 || len(applied)+len(ignored) != len(all) {
		t.Errorf("%d are applied and %d ignored of %d", len(applied), len(ignored), len(all))
	}
}
