package billing_test

import (
	"context"
	"fmt"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

// hold gives somebody a number.
func (w *world) hold(u account.User, n int) {
	w.Helper()
	now := w.clock.Now()
	number := phone.Number{
		ID: id.New(id.Number, now), UserID: u.ID, Number: fmt.Sprintf("+1833555%04d", n), Kind: "toll_free", SMS: phone.SMSVerified, CreatedAt: now,
	}
	_, err := w.store.SaveNumber(w.Context(), number, account.ActorOperator, w.billing.NumbersJob(u.ID, number.ID))
	w.must(err)
}

// giveUp takes a number away again.
func (w *world) giveUp(u account.User, n int) {
	w.Helper()
	w.must(w.engine.One(w.Context(), func(tx db.DBTX) error {
		_, err := tx.ExecContext(context.Background(), "DELETE FROM phone_numbers WHERE number = ?", fmt.Sprintf("+1833555%04d", n))
		return err
	}))
	w.must(w.store.EnqueueJobs(w.Context(), w.billing.NumbersJob(u.ID, fmt.Sprintf("given up %d", n))))
}

func TestNumbersBeyondTheIncludedOnesArePaidForInAdvance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.hold(u, 1)
	w.settle()
	if items := w.items(u); items != 3 {
		t.Errorf("the included number is paid for: %d items", items)
	}
	w.until(at("2026-01-10 09:00:00"))
	w.hold(u, 2)
	w.hold(u, 3)
	w.settle()
	first := part(2*number, 26*day, 31*day)
	w.until(at("2026-01-20 09:00:00"))
	w.giveUp(u, 3)
	w.settle()
	second := -part(2*number, 16*day, 31*day) + part(number, 16*day, 31*day)
	w.totals("ada", "paid", secretary) // on the next bill
	w.until(at("2026-02-06 00:00:00"))
	list := w.totals("ada", "paid", secretary, secretary+number+first+second)
	w.adds(list...)
	w.until(at("2026-02-15 09:00:00"))
	w.giveUp(u, 2)
	w.settle()
	back := -part(number, 18*day, 28*day)
	w.until(at("2026-04-06 00:00:00"))
	w.totals("ada", "paid", secretary, list[1].Total, secretary+back, secretary)
	if items := w.items(u); items != 3 {
		t.Errorf("there are still numbers on the bill: %d items", items)
	}
	if l := w.line(u, plan.PhoneNumbers); l.Used != 1 || l.Overage != 0 {
		t.Errorf("got %+v", l)
	}
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestAHigherPlanIncludesMoreNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	for n := range 3 {
		w.hold(u, n)
	}
	w.settle()
	extra := part(2*number, 1, 1)
	w.until(at("2026-01-15 09:00:00"))
	p, err := w.billing.Preview(t.Context(), w.again(u), plan.Manager)
	w.must(err)
	w.change(u, plan.Manager)
	change := upgraded(w.clock.Now()) + extra - part(2*number, 21*day, 31*day)
	list := w.totals("ada", "paid", secretary, change)
	w.adds(list...)
	if p.Quote.Now != change {
		t.Errorf("the quote was %d, and it cost %d", p.Quote.Now, change)
	}
	w.until(at("2026-02-06 00:00:00"))
	w.totals("ada", "paid", secretary, change, manager)
	w.sound()
}

func TestALowerPlanPaysForTheNumbersThatItDoesNotInclude(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Manager)
	for n := range 3 {
		w.hold(u, n)
	}
	w.settle()
	w.change(u, plan.Secretary)
	w.until(at("2026-02-07 00:00:00"))
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", manager, secretary)
	w.until(at("2026-03-06 00:00:00"))
	// The move became known with the period's beginning, so that the numbers of its
	// first month are on the bill after it.
	w.totals("ada", "paid", manager, secretary, secretary+2*number+2*number)
	w.sound()
}

func TestANumberThatIsGivenUpWhileAPaymentIsOwedIsNotPaidForAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.buy(w.somebody("ada"), plan.Secretary, failsLater)
	w.hold(u, 1)
	w.hold(u, 2)
	w.settle()
	if items := w.items(u); items != 4 {
		t.Fatalf("%d items", items)
	}
	w.until(due)
	w.giveUp(u, 2)
	w.settle()
	if items := w.items(u); items != 4 {
		t.Errorf("the bill that is owed was changed: %d items", items)
	}
	w.settleDebt(u)
	if items := w.items(u); items != 3 {
		t.Errorf("it is still paid for: %d items", items)
	}
	w.sound()
}

// items is how many things somebody's subscription is for.
func (w *world) items(u account.User) int {
	w.Helper()
	sub := w.ask("GET", "/v1/subscriptions/"+w.again(u).Subscription.ID, nil)
	return len(sub["items"].(map[string]any)["data"].([]any))
}
