package billing_test

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// due is when the first renewal of who bought when a world began is collected: an
// hour after it was drawn up.
var due = january.End.Add(hour)

// owing is somebody whose first renewal has just failed.
func (w *world) owing(name string, tier plan.Tier) account.User {
	w.Helper()
	u := w.buy(w.somebody(name), tier, failsLater)
	w.until(due)
	u = w.on(u, tier)
	if sub := u.Subscription; sub.Status != plan.PastDue || !sub.OwedSince.Equal(due) {
		w.Fatalf("%s owes nothing: %+v", name, sub)
	}
	return u
}

// settleDebt pays the oldest open bill with a card that pays again.
func (w *world) settleDebt(u account.User) {
	w.Helper()
	w.failCards(u, false)
	w.must(w.box.PayInvoice(w.unpaid(u).ID))
	w.settle()
}

func TestAPaymentThatFailsIsToldAndHoldsThePlanAfterItsGrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.owing("ada", plan.Secretary)
	w.told("ada", "welcome ai_secretary", "owed")
	if e := u.Entitlement(due); !e.Overdue || e.Billable || !e.Until.Equal(due.Add(3*day)) {
		t.Errorf("got %+v", e)
	}
	w.until(due.Add(day - time.Second))
	w.told("ada", "welcome ai_secretary", "owed")
	w.until(due.Add(day))
	w.told("ada", "welcome ai_secretary", "owed", "owed again")

	w.use(u, plan.SMSMessages, 499)
	w.may(u, plan.SMSMessages, plan.VoiceMinutes)
	w.use(u, plan.SMSMessages, 1)
	if f := w.refused(u, plan.SMSMessages, billing.CodeOwed); len(f.Offer.Plans) == 0 {
		t.Errorf("got %+v", f.Offer)
	}
	w.may(u, plan.VoiceMinutes) // whose allowance is not used up
	w.pass(10 * time.Minute)
	w.clock.Set(due.Add(3*day - time.Second))
	w.may(u, plan.VoiceMinutes)
	w.clock.Set(due.Add(3 * day)) // and nobody tells us
	w.on(u, plan.Buddy)
	w.refused(u, plan.VoiceMinutes, billing.CodeOwed)
	w.settle()
	w.pass(hour)
	w.told("ada", "welcome ai_secretary", "owed", "owed again", "on hold", "sms_messages 100%")

	w.settleDebt(u)
	w.on(u, plan.Secretary)
	w.may(u, plan.SMSMessages, plan.VoiceMinutes)
	w.totals("ada", "paid", secretary, secretary)
	w.told("ada", "welcome ai_secretary", "owed", "owed again", "on hold", "restored", "sms_messages 100%")
	w.use(u, plan.SMSMessages, 50)
	w.until(at("2026-03-06 00:00:00"))
	w.totals("ada", "paid", secretary, secretary, secretary+over(plan.SMSMessages, 550, 500))
	w.sound()
}

func TestAPaymentThatSucceedsInItsGraceHoldsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.owing("ada", plan.Manager)
	w.pass(2 * hour)
	w.settleDebt(u)
	w.may(u, plan.SMSMessages, plan.VoiceMinutes)
	if sub := w.on(u, plan.Manager).Subscription; !sub.OwedSince.IsZero() || !sub.GraceUntil.IsZero() {
		t.Errorf("got %+v", sub)
	}
	w.until(at("2026-03-04 00:00:00"))
	w.totals("ada", "paid", manager, manager)
	w.told("ada", "welcome ai_project_manager", "owed", "restored") // no reminder, and no hold
	w.sound()
}

func TestWhenNoPaymentEverSucceedsThePlanEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.box.SetDunning("cancel"))
	u := w.owing("ada", plan.Secretary)
	w.until(at("2026-03-20 00:00:00"))
	u = w.on(u, plan.Buddy)
	if u.Subscription.Status != plan.Canceled {
		t.Errorf("got %+v", u.Subscription)
	}
	w.refused(u, plan.SMSMessages, billing.CodeUpgrade)
	w.told("ada", "welcome ai_secretary", "owed", "owed again", "on hold", "ended ai_secretary")
	if list := w.invoices(u); len(list) != 2 || list[1].Status != "open" {
		t.Errorf("got %+v", list)
	}
	u = w.buy(u, plan.Secretary, good)
	w.on(u, plan.Secretary)
	w.sound()
}

func TestWhenNoPaymentEverSucceedsAndThePlanStaysItIsOnHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.box.SetDunning("unpaid"))
	u := w.owing("ada", plan.Secretary)
	w.until(at("2026-02-25 00:00:00"))
	u = w.on(u, plan.Buddy)
	if u.Subscription.Status != plan.Unpaid || !u.Subscription.OwedSince.Equal(due) {
		t.Errorf("got %+v", u.Subscription)
	}
	w.refused(u, plan.SMSMessages, billing.CodeOwed)
	_, err := w.billing.Checkout(t.Context(), u, billing.CheckoutRequest{Tier: plan.Manager})
	w.code(err, "already_subscribed")
	_, err = w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager})
	w.code(err, billing.CodeOwed)
	w.told("ada", "welcome ai_secretary", "owed", "owed again", "on hold")
	w.settleDebt(u)
	w.on(u, plan.Secretary)
	w.told("ada", "welcome ai_secretary", "owed", "owed again", "on hold", "restored")
	w.sound()
}

func TestASecondMonthThatFailsDoesNotBeginTheGraceAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.box.SetDunning("past_due"))
	u := w.owing("ada", plan.Secretary)
	w.until(at("2026-03-05 10:30:00"))
	u = w.on(u, plan.Buddy)
	if sub := u.Subscription; sub.Status != plan.PastDue || !sub.OwedSince.Equal(due) {
		t.Errorf("got %+v", sub)
	}
	w.told("ada", "welcome ai_secretary", "owed", "owed again", "on hold")
	open := 0
	for _, i := range w.invoices(u) {
		if i.Status == "open" {
			open++
		}
	}
	if open != 2 {
		t.Errorf("%d bills are open", open)
	}
	w.settleDebt(u)
	w.pass(hour)
	// What is left to be paid is the second month, and that has just failed.
	if sub := w.on(u, plan.Secretary).Subscription; sub.Status != plan.PastDue || !sub.OwedSince.Equal(at("2026-03-05 10:00:00")) {
		t.Errorf("got %+v", sub)
	}
	w.settleDebt(u)
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", secretary, secretary, secretary)
	w.told("ada", "welcome ai_secretary", "owed", "owed again", "on hold", "owed", "restored")
	w.sound()
}

func TestAnotherMonthThatFailsIsToldAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.owing("ada", plan.Secretary)
	w.pass(day + hour)
	w.settleDebt(u)
	w.failCards(u, true)
	w.until(at("2026-03-05 10:00:00"))
	u = w.on(u, plan.Secretary)
	if sub := u.Subscription; sub.Status != plan.PastDue || !sub.OwedSince.Equal(at("2026-03-05 10:00:00")) {
		t.Errorf("got %+v", sub)
	}
	w.pass(2 * hour)
	w.settleDebt(u)
	w.until(at("2026-03-20 00:00:00"))
	w.on(u, plan.Secretary)
	w.told("ada", "welcome ai_secretary", "owed", "owed again", "restored", "owed", "restored")
	w.sound()
}

func TestWithoutAGraceThePlanIsOnHoldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as(func(o *billing.Options) { o.Grace = 0 })
	u := w.buy(w.somebody("ada"), plan.Secretary, failsLater)
	w.until(due)
	w.on(u, plan.Buddy)
	w.refused(u, plan.SMSMessages, billing.CodeOwed)
	w.told("ada", "welcome ai_secretary", "owed", "on hold")
	w.settleDebt(u)
	w.on(u, plan.Secretary)
	w.told("ada", "welcome ai_secretary", "owed", "on hold", "restored")
	w.sound()
}

func TestABillThatIsForgivenIsNotOwed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.owing("ada", plan.Secretary)
	w.pass(4 * day)
	w.on(u, plan.Buddy)
	w.must(w.box.VoidInvoice(w.unpaid(u).ID))
	w.settle()
	w.on(u, plan.Secretary)
	if list := w.invoices(u); list[1].Status != "void" || list[1].Due != 0 {
		t.Errorf("got %+v", list[1])
	}
	w.sound()
}

func TestABankThatWantsToBeAskedIsAskedByMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.buy(w.somebody("ada"), plan.Secretary, "4000002760003184") // asks every time
	w.until(due)
	w.on(u, plan.Secretary)
	w.told("ada", "welcome ai_secretary", "confirm", "owed")
	w.pass(hour)
	w.page(w.unpaid(u).URL, "agree")
	w.settle()
	w.on(u, plan.Secretary)
	w.until(at("2026-03-01 00:00:00"))
	w.totals("ada", "paid", secretary, secretary)
	w.told("ada", "welcome ai_secretary", "confirm", "owed", "restored")
	w.sound()
}
