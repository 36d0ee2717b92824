package billing_test

import (
	"net/url"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/stripe"
)

// price is the id of the price that has a lookup key.
func (w *world) price(key string) string {
	w.Helper()
	found := w.ask("GET", "/v1/prices", url.Values{"lookup_keys[]": {key}, "active": {"true"}})
	return found["data"].([]any)[0].(map[string]any)["id"].(string)
}

// second lets somebody pay for a second subscription, made by hand.
func (w *world) second(customer string, tier plan.Tier) string {
	w.Helper()
	card := ""
	for _, c := range w.box.Customers() {
		if c.ID == customer {
			card = c.Cards[0].ID
		}
	}
	s := w.ask("POST", "/v1/subscriptions", url.Values{
		"customer": {customer}, "default_payment_method": {card}, "items[0][price]": {w.price("xswarm_" + string(tier) + "_monthly")},
		"items[1][price]": {w.price("xswarm_" + string(tier) + "_voice_minutes")}, "items[2][price]": {w.price("xswarm_" + string(tier) + "_sms_messages")},
	})
	w.settle()
	return s["id"].(string)
}

func TestOfTwoSubscriptionsTheHigherCountsAndAPersonIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.sound()
	w.pass(day)
	old := u.Subscription.ID
	newer := w.second(u.CustomerID, plan.Manager)
	if u = w.on(u, plan.Manager); u.Subscription.ID != newer {
		t.Errorf("got %+v", u.Subscription)
	}
	w.alerted("two_subscriptions")
	if n := w.letters.count("alert", "operator"); n != 0 { // whose address is another
		t.Errorf("%d alerts", n)
	}
	w.must(w.box.CancelNow(old))
	w.settle()
	if u = w.on(u, plan.Manager); u.Subscription.ID != newer {
		t.Errorf("the newer one does not count any more: %+v", u.Subscription)
	}
	w.sound()
	w.told("ada", "welcome ai_secretary") // what is strange is the operator's to explain
}

func TestOfTwoSubscriptionsTheLowerOneIsLeftWhenTheHigherEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	newer := w.second(u.CustomerID, plan.Manager)
	w.must(w.box.CancelNow(newer))
	w.settle()
	if got := w.on(u, plan.Secretary); got.Subscription.ID != u.Subscription.ID {
		t.Errorf("got %+v", got.Subscription)
	}
	w.sound()
}

func TestAPriceThatIsNoPlanGrantsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	customer := w.customerOf(u.ID)
	p := w.ask("POST", "/v1/prices", url.Values{
		"product_data[name]": {"Something"}, "currency": {"usd"}, "unit_amount": {"100"}, "recurring[interval]": {"month"},
	})["id"].(string)
	w.ask("POST", "/v1/subscriptions", url.Values{
		"customer": {customer}, "items[0][price]": {p}, "collection_method": {"send_invoice"}, "days_until_due": {"30"},
	})
	w.settle()
	w.on(u, plan.Buddy)
	w.alerted("unknown_price")
	w.told("ada")

	w.ask("POST", "/v1/prices/"+p, url.Values{"metadata[tier]": {"ai_cto"}})
	events, err := w.billing.Events(t.Context(), "", billing.EventApplied, 1)
	w.must(err)
	w.must(w.billing.Replay(t.Context(), events[0].ID))
	w.settle()
	w.on(u, plan.CTO)
	w.told("ada", "welcome ai_cto")
	w.sound()
}

func TestACustomerThatIsDeletedIsOnTheFreePlanAndMayBuyAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Manager)
	w.use(u, plan.SMSMessages, 10)
	w.pass(hour)
	w.ask("DELETE", "/v1/customers/"+u.CustomerID, nil)
	w.settle()
	after := w.on(u, plan.Buddy)
	if after.CustomerID != "" || after.Subscription != (plan.Subscription{}) {
		t.Errorf("got %+v", after)
	}
	w.alerted("customer_deleted")
	_, err := w.billing.Portal(t.Context(), after, "")
	w.code(err, "no_customer")

	again := w.buy(after, plan.Secretary, good)
	if again.CustomerID == "" || again.CustomerID == u.CustomerID {
		t.Errorf("they are the customer %q", again.CustomerID)
	}
	w.on(u, plan.Secretary)
	w.alerted("customer_deleted")
	w.told("ada", "welcome ai_project_manager", "welcome ai_secretary")
	w.must(w.billing.ResolveAlert(t.Context(), "customer_deleted:"+u.CustomerID))
	w.until(at("2026-02-06 00:00:00"))
	w.sound()
}

func TestWhatIsGivenBackIsShownOnTheBillAndThePlanGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.must(w.box.Refund(w.charge(u), 1234))
	w.settle()
	if i := w.totals("ada", "paid", secretary)[0]; i.Refunded != 1234 || i.Paid != secretary {
		t.Errorf("got %+v", i)
	}
	w.on(u, plan.Secretary)
	w.must(w.box.Refund(w.charge(u), 0)) // all that is left
	w.settle()
	if i := w.totals("ada", "paid", secretary)[0]; i.Refunded != secretary {
		t.Errorf("got %+v", i)
	}
	w.on(u, plan.Secretary)
	w.until(at("2026-02-06 00:00:00"))
	if i := w.totals("ada", "paid", secretary, secretary)[1]; i.Refunded != 0 {
		t.Errorf("got %+v", i)
	}
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestAPaymentThatIsDisputedNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, won := range map[string]bool{"ada": true, "bob": false} {
		u := w.subscriber(name, plan.Secretary)
		w.must(w.box.OpenDispute(w.charge(u)))
		w.settle()
		w.alerted("dispute")
		w.on(u, plan.Secretary) // a person decides
		w.pass(day)
		d := w.dispute(u)
		w.must(w.box.CloseDispute(d, won))
		w.settle()
		if won {
			w.sound()
		} else {
			w.alerted("dispute_lost")
			w.must(w.billing.ResolveAlert(t.Context(), "dispute_lost:"+d))
		}
		w.on(u, plan.Secretary)
		w.told(name, "welcome ai_secretary")
	}
	w.sound()
}

// dispute is the one about somebody's payment.
func (w *world) dispute(u account.User) string {
	w.Helper()
	for _, c := range w.box.Charges() {
		if c.Customer == u.CustomerID && c.Dispute != "" {
			return c.Dispute
		}
	}
	w.Fatalf("%s disputes nothing", u.Name)
	return ""
}

func TestACollectionThatRestsGivesWhatItsKindSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.SMSMessages, 500)
	w.must(w.box.PauseCollection(u.Subscription.ID, "void")) // nothing is provided
	w.settle()
	w.on(u, plan.Buddy)
	w.refused(u, plan.SMSMessages, billing.CodeUpgrade)
	w.must(w.box.PauseCollection(u.Subscription.ID, ""))
	w.settle()
	w.on(u, plan.Secretary)
	w.may(u, plan.SMSMessages) // with its overage

	w.must(w.box.PauseCollection(u.Subscription.ID, "keep_as_draft")) // it is provided, and paid for later
	w.settle()
	w.on(u, plan.Secretary)
	w.refused(u, plan.SMSMessages, billing.CodeUpgrade)
	w.may(u, plan.VoiceMinutes)
	w.until(at("2026-02-06 00:00:00"))
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", secretary) // drafts are not shown
	w.must(w.box.PauseCollection(u.Subscription.ID, ""))
	w.settle()
	w.until(at("2026-03-06 00:00:00"))
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", secretary, secretary)
	w.told("ada", "welcome ai_secretary", "sms_messages 100%")
	w.sound()
}

func TestNewPricesLeaveAloneWhoHasBoughtUnlessTheyAreMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	paidFor := func() string {
		sub := w.ask("GET", "/v1/subscriptions/"+u.Subscription.ID, nil)
		item := sub["items"].(map[string]any)["data"].([]any)[0].(map[string]any)
		return item["price"].(map[string]any)["id"].(string)
	}
	old := paidFor()
	w.use(u, plan.SMSMessages, 640)
	w.until(at("2026-01-10 09:00:00"))
	_, err := w.payments.Setup(t.Context(), stripe.SetupOptions{Force: true})
	w.must(err)
	w.settle()
	if paidFor() != old || w.price("xswarm_ai_secretary_monthly") == old {
		t.Error("who has bought was moved, or there is no new price")
	}
	w.on(u, plan.Secretary)
	w.subscriber("bob", plan.Secretary)

	w.until(at("2026-01-20 09:00:00"))
	_, err = w.payments.Setup(t.Context(), stripe.SetupOptions{Migrate: true})
	w.must(err)
	w.settle()
	if paidFor() != w.price("xswarm_ai_secretary_monthly") {
		t.Error("they were not moved")
	}
	w.on(u, plan.Secretary)
	if l := w.line(u, plan.SMSMessages); l.Used != 0 {
		t.Errorf("the allowance does not begin anew: %+v", l)
	}
	if got := w.usage(u).Earlier; got != 140*8_000 {
		t.Errorf("earlier overage: %d", got)
	}
	w.use(u, plan.SMSMessages, 501)
	w.until(at("2026-02-06 00:00:00"))
	w.adds(w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 640, 500)+over(plan.SMSMessages, 501, 500))...)
	w.told("bob", "welcome ai_secretary")
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "sms_messages 100%")
	w.sound()
}

func TestWhoPaysAnOldPriceMayStillChangeTheirPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	_, err := w.payments.Setup(t.Context(), stripe.SetupOptions{Force: true})
	w.must(err)
	w.pass(day)
	w.change(u, plan.Manager)
	w.on(u, plan.Manager)
	w.totals("ada", "paid", secretary, upgraded(w.clock.Now()))
	w.sound()
}
