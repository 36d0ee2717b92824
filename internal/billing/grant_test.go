package billing_test

import (
	"net/url"
	"testing"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

func TestWhatIsUsedUnderAHigherGrantIsNobodysBill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.SMSMessages, 510)
	w.pass(day)
	w.grant(u, plan.Manager, "2026-01-20 12:00:00")
	w.on(u, plan.Manager)
	if l := w.line(u, plan.SMSMessages); l.Used != 0 || l.Included != 2000 {
		t.Errorf("got %+v", l)
	}
	w.use(u, plan.SMSMessages, 1999)
	w.may(u, plan.SMSMessages)
	w.use(u, plan.SMSMessages, 1)
	w.refused(u, plan.SMSMessages, billing.CodeUpgrade) // nobody can be billed
	w.until(at("2026-01-20 11:59:59"))
	w.on(u, plan.Manager)
	w.clock.Set(at("2026-01-20 12:00:00")) // by the clock, before any job
	w.on(u, plan.Secretary)
	w.settle()
	if l := w.line(u, plan.SMSMessages); l.Used != 510 || l.Overage != 10 {
		t.Errorf("got %+v", l)
	}
	w.use(u, plan.SMSMessages, 115)
	w.until(at("2026-02-06 00:00:00"))
	w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 625, 500))
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "sms_messages 100%")
	w.sound()
}

func TestAGrantThatIsNoHigherLeavesThePlanThatIsPaidFor(t *testing.T) {
	t.Parallel()
	for _, tier := range []plan.Tier{plan.Buddy, plan.Secretary} {
		w := newWorld(t)
		u := w.subscriber("ada", plan.Secretary)
		u = w.grant(u, tier, "")
		if e := u.Entitlement(w.clock.Now()); e.Tier != plan.Secretary || e.Source != plan.Paid || !e.Billable {
			t.Errorf("%s: got %+v", tier, e)
		}
		w.use(u, plan.SMSMessages, 600)
		w.until(at("2026-02-06 00:00:00"))
		w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 600, 500))
		w.sound()
	}
}

func TestAGrantOutlivesThePlanThatIsPaidFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.grant(u, plan.Secretary, "")
	w.must(w.box.CancelNow(u.Subscription.ID))
	w.settle()
	u = w.on(u, plan.Secretary)
	if e := u.Entitlement(w.clock.Now()); e.Source != plan.Granted || e.Billable {
		t.Errorf("got %+v", e)
	}
	w.use(u, plan.SMSMessages, 500)
	w.refused(u, plan.SMSMessages, billing.CodeUpgrade)
	if sub := w.billing.Subscription(w.again(u)); sub.Reason != "a friend" || sub.Plan.Tier != plan.Secretary {
		t.Errorf("got %+v", sub)
	}
	w.grant(u, "", "")
	w.on(u, plan.Buddy)
	w.sound()
}

func TestAGrantHelpsOverAPaymentThatIsOwed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.owing("ada", plan.Secretary)
	w.pass(4 * day)
	w.on(u, plan.Buddy)
	w.grant(u, plan.Secretary, "")
	w.on(u, plan.Secretary)
	w.may(u, plan.SMSMessages)
	w.use(u, plan.SMSMessages, 500)
	w.refused(u, plan.SMSMessages, billing.CodeUpgrade) // of what was granted, whatever is owed
	w.sound()
}

// sell makes a subscription by hand, as somebody in sales does.
func (w *world) sell(customer string, cents string) string {
	w.Helper()
	p := w.ask("POST", "/v1/prices", url.Values{
		"product": {"xswarm_ai_cto"}, "currency": {"usd"}, "unit_amount": {cents}, "recurring[interval]": {"month"}, "metadata[tier]": {"ai_cto"},
	})
	s := w.ask("POST", "/v1/subscriptions", url.Values{
		"customer": {customer}, "items[0][price]": {p["id"].(string)}, "collection_method": {"send_invoice"}, "days_until_due": {"30"},
	})
	return s["id"].(string)
}

// customerOf makes somebody known to Stripe by hand, with a note of whose they are or
// ("") without one.
func (w *world) customerOf(userID string) string {
	w.Helper()
	form := url.Values{"email": {"somebody@example.com"}}
	if userID != "" {
		form.Set("metadata[user_id]", userID)
	}
	return w.ask("POST", "/v1/customers", form)["id"].(string)
}

func TestAPlanThatWasSoldByHandFindsItsUserByTheNote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	w.sell(w.customerOf(u.ID), "250000")
	w.settle()
	u = w.on(u, plan.CTO)
	if e := u.Entitlement(w.clock.Now()); e.Source != plan.Paid || u.CustomerID == "" {
		t.Errorf("got %+v", e)
	}
	w.use(u, plan.SMSMessages, 100_000)
	w.use(u, plan.VoiceMinutes, 100_000)
	w.may(u, plan.SMSMessages, plan.VoiceMinutes)
	if r := w.usage(u); r.Cost() != 0 || r.Cap.Limit != plan.NoCap {
		t.Errorf("got %+v", r)
	}
	_, err := w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Secretary})
	w.code(err, "contact_sales")
	_, err = w.billing.Checkout(t.Context(), u, billing.CheckoutRequest{Tier: plan.Secretary})
	w.code(err, "already_subscribed")
	w.until(at("2026-02-06 00:00:00"))
	w.totals("ada", "open", 250000, 250000) // paid by transfer
	w.on(u, plan.CTO)
	w.told("ada", "welcome ai_cto")
	w.sound()
}

func TestACustomerOfNobodysGrantsNothingUntilSomebodySaysWhoseItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	customer := w.customerOf("")
	w.sell(customer, "250000")
	w.settle()
	w.on(u, plan.Buddy)
	w.alerted("unknown_customer")
	alarming, err := w.billing.Events(t.Context(), "", billing.EventAlarming, 50)
	if err != nil || len(alarming) == 0 {
		t.Fatalf("got %+v, %v", alarming, err)
	}
	w.told("operator") // whose address is another
	w.must(w.billing.Replay(t.Context(), alarming[0].ID))
	w.settle()
	w.alerted("unknown_customer") // replaying alone changes nothing

	_, err = w.billing.Link(t.Context(), u, "cus_nobody")
	w.code(err, "not_found")
	_, err = w.billing.Link(t.Context(), u, customer)
	w.must(err)
	w.on(u, plan.CTO)
	for _, e := range alarming {
		w.must(w.billing.Replay(t.Context(), e.ID))
	}
	w.settle()
	for _, e := range alarming {
		if e, err := w.billing.Event(t.Context(), e.ID); err != nil || e.State != billing.EventApplied {
			t.Errorf("%s is %s, %v", e.Kind, e.State, err)
		}
	}
	w.totals("ada", "open", 250000)
	w.told("ada", "welcome ai_cto")
	w.sound()
	_, err = w.billing.Link(t.Context(), w.somebody("bob"), customer)
	w.code(err, "linked")
	_, err = w.billing.Link(t.Context(), w.again(u), w.customerOf(""))
	w.code(err, "linked")
}

func TestACustomerThatNamesSomebodyElsesAccountIsNobodys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.sell(w.customerOf(u.ID), "250000") // who is another customer already
	w.sell(w.customerOf("usr_none"), "250000")
	w.settle()
	w.on(u, plan.Secretary)
	w.alerted("unknown_customer", "unknown_customer")
	if got := w.again(u); got.CustomerID != u.CustomerID {
		t.Errorf("it is now the customer %s", got.CustomerID)
	}
}
