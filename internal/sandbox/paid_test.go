package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

// shop is what is sold in the tests: a plan of $40 a month, and minutes at 1.3 ¢
// beyond the first 500.
type shop struct{ plan, minutes *sdk.Price }

// opens makes the prices.
func (w *world) opens() shop {
	w.t.Helper()
	c, ctx := w.stripe(), w.t.Context()
	product, err := c.V1Products.Create(ctx, &sdk.ProductCreateParams{Name: sdk.String("Secretary")})
	if err != nil {
		w.t.Fatal(err)
	}
	meter, err := c.V1BillingMeters.Create(ctx, &sdk.BillingMeterCreateParams{
		DisplayName: sdk.String("Voice minutes"), EventName: sdk.String("voice_minutes"),
		DefaultAggregation: &sdk.BillingMeterCreateDefaultAggregationParams{Formula: sdk.String("sum")},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	monthly := func(usage string) *sdk.PriceCreateRecurringParams {
		p := &sdk.PriceCreateRecurringParams{Interval: sdk.String("month"), UsageType: &usage}
		if usage == "metered" {
			p.Meter = &meter.ID
		}
		return p
	}
	plan, err := c.V1Prices.Create(ctx, &sdk.PriceCreateParams{
		Product: &product.ID, Currency: sdk.String("usd"), UnitAmount: sdk.Int64(4000), LookupKey: sdk.String("secretary_monthly"),
		Recurring: monthly("licensed"),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	minutes, err := c.V1Prices.Create(ctx, &sdk.PriceCreateParams{
		Product: &product.ID, Currency: sdk.String("usd"), LookupKey: sdk.String("voice_secretary"), BillingScheme: sdk.String("tiered"),
		TiersMode: sdk.String("graduated"), Recurring: monthly("metered"),
		Tiers: []*sdk.PriceCreateTierParams{
			{UpTo: sdk.Int64(500), UnitAmountDecimal: sdk.Float64(0)}, {UpToInf: sdk.Bool(true), UnitAmountDecimal: sdk.Float64(1.3)},
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return shop{plan, minutes}
}

// buys lets a new customer begin a checkout of the plan.
func (w *world) buys(s shop, email string) *sdk.CheckoutSession {
	w.t.Helper()
	c := w.customer(email)
	session, err := w.stripe().V1CheckoutSessions.Create(w.t.Context(), &sdk.CheckoutSessionCreateParams{
		Mode: sdk.String("subscription"), Customer: &c.ID,
		SuccessURL: sdk.String(w.product.URL + "/app?session={CHECKOUT_SESSION_ID}"), CancelURL: sdk.String(w.product.URL + "/app"),
		LineItems: []*sdk.CheckoutSessionCreateLineItemParams{{Price: &s.plan.ID, Quantity: sdk.Int64(1)}, {Price: &s.minutes.ID}},
	})
	if err != nil {
		w.t.Fatalf("create a checkout session: %v", err)
	}
	return session
}

// pays lets a person pay on the page of a checkout session, by the control plane.
func (w *world) pays(session, how string) (int, map[string]any) {
	w.t.Helper()
	return w.call("POST", "/sandbox/api/payments/checkout/"+session, how)
}

// subscribed is a customer with a paid subscription.
func (w *world) subscribed(email string) (customer string, b subscription) {
	w.t.Helper()
	session := w.buys(w.opens(), email)
	if status, body := w.pays(session.ID, `{"outcome":"complete"}`); status != 200 {
		w.t.Fatalf("pay: got %d %v, want 200", status, body)
	}
	w.pass(0)
	list, err := w.subscriptions(session.Customer.ID)
	if err != nil || len(list) != 1 || list[0].Status != "active" {
		w.t.Fatalf("got %+v %v, want one active subscription", list, err)
	}
	return session.Customer.ID, list[0]
}

// mustDo does something at Stripe by the control plane.
func (w *world) mustDo(path, body string) map[string]any {
	w.t.Helper()
	status, out := w.call("POST", "/sandbox/api/payments/"+path, body)
	if status != 200 {
		w.t.Fatalf("%s: got %d %v, want 200", path, status, out)
	}
	return out
}

func (w *world) sub(id string) (b subscription) {
	w.t.Helper()
	if err := w.ask("GET /v1/subscriptions/"+id, nil, &b); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// newestInvoice is a customer's latest.
func (w *world) newestInvoice(customer string) invoice {
	w.t.Helper()
	list, err := w.invoices(customer)
	if err != nil || len(list) == 0 {
		w.t.Fatalf("got %v %v, want an invoice", list, err)
	}
	return list[0]
}

func (w *world) clockTo(name string) {
	w.t.Helper()
	if status, body := w.call("POST", "/sandbox/api/clock", `{"to":"`+name+`"}`); status != 200 {
		w.t.Fatalf("to %s: got %d %v, want 200", name, status, body)
	}
}

func TestAPersonPaysWithoutABrowser(t *testing.T) {
	w, m := newPaidWorld(t)
	s := w.opens()
	session := w.buys(s, "ada@example.com")
	status, body := w.pays(session.ID, `{"outcome":"fail"}`)
	if status != 200 || body["redirect"] != "" || body["declined"] != "Your card was declined." || body["session"].(map[string]any)["status"] != "open" {
		t.Errorf("fail: got %d %v, want the page to say why", status, body)
	}
	status, body = w.pays(session.ID, `{"outcome":"cancel"}`)
	if status != 200 || body["redirect"] != w.product.URL+"/app" || body["session"].(map[string]any)["status"] != "open" {
		t.Errorf("cancel: got %d %v, want the way back", status, body)
	}
	m.taken()
	status, body = w.pays(session.ID, `{"outcome":"complete","card":"4242 4242 4242 4242"}`)
	if status != 200 || body["redirect"] != w.product.URL+"/app?session="+session.ID || body["session"].(map[string]any)["payment_status"] != "paid" {
		t.Errorf("complete: got %d %v, want it paid", status, body)
	}
	w.pass(0)
	var types []string
	for _, l := range m.taken() {
		if l.valid != nil {
			t.Errorf("%s: %v", l.event.Type, l.valid)
		}
		types = append(types, string(l.event.Type))
	}
	for _, want := range []string{"checkout.session.completed", "customer.subscription.created", "invoice.paid", "payment_method.attached"} {
		if !strings.Contains(strings.Join(types, " "), want) {
			t.Errorf("got %v, want %s among it", types, want)
		}
	}
	for how, want := range map[string]int{
		`{"outcome":"complete"}`: 422, `{"outcome":"fail"}`: 422, `{"outcome":"smile"}`: 422, `{"outcome":"complete","card":"1"}`: 422, `{"card":7}`: 422, `{}`: 422,
	} {
		if status, body := w.pays(session.ID, how); status != want {
			t.Errorf("%s again: got %d %v, want %d", how, status, body, want)
		}
	}
	if status, _ := w.pays("cs_test_none", `{"outcome":"complete"}`); status != 404 {
		t.Errorf("another session: got %d, want 404", status)
	}
}

func TestWhoeverIsAskedMayDecline(t *testing.T) {
	w, _ := newPaidWorld(t)
	s := w.opens()
	session := w.buys(s, "ada@example.com")
	if status, body := w.pays(session.ID, `{"outcome":"fail","card":"4242424242424242"}`); status != 422 {
		t.Errorf("a card that pays: got %d %v, want 422", status, body)
	}
	if _, body := w.pays(session.ID, `{"outcome":"fail","card":"4000002500003155"}`); !strings.Contains(fmt.Sprint(body["declined"]), "authenticate") {
		t.Errorf("got %v, want authentication to have failed", body)
	}
	if status, body := w.pays(session.ID, `{"outcome":"complete","card":"4000002500003155"}`); status != 200 || body["redirect"] == "" {
		t.Errorf("got %d %v, want it paid", status, body)
	}
}

func TestTheClockGoesToTheNextInvoiceAndEverythingHappensInItsTime(t *testing.T) {
	w, m := newPaidWorld(t)
	customer, b := w.subscribed("ada@example.com")
	w.clockTo("next_invoice")
	if got, want := w.Clock()(), b.Items.Data[0].End.time(); !got.Equal(want) {
		t.Errorf("clock: got %v, want %v", got, want)
	}
	if in := w.newestInvoice(customer); in.Status != "draft" || in.Total != 4000 {
		t.Errorf("got %+v, want a draft of $40", in)
	}
	w.clockTo("next_due")
	for range 50 { // webhooks are due as well
		w.pass(0)
		if w.newestInvoice(customer).Status == "paid" {
			break
		}
		w.clockTo("next_due")
	}
	if in := w.newestInvoice(customer); in.Status != "paid" || !w.Clock()().Equal(b.Items.Data[0].End.time().Add(time.Hour)) {
		t.Errorf("got %+v at %v, want it paid an hour later", in, w.Clock()())
	}
	m.taken()
	if err := w.Advance(95 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	w.pass(0)
	var paid []time.Time
	for _, l := range m.taken() {
		if l.event.Type == "invoice.paid" {
			paid = append(paid, time.Unix(l.event.Created, 0).UTC())
		}
	}
	list, err := w.invoices(customer)
	if err != nil || len(list) != 5 || len(paid) != 3 {
		t.Fatalf("got %d invoices and %v paid, want five in all and three after three months", len(list), paid)
	}
	for i, in := range list[:3] {
		if next := in.Created.time(); next.Day() != b.Created.time().Day() || !w.told(paid, next.Add(time.Hour)) {
			t.Errorf("%d: got %v, want it on its day, and paid an hour later", i, next)
		}
	}
}

// told reports whether a time is among others.
func (w *world) told(list []time.Time, at time.Time) bool {
	for _, t := range list {
		if t.Equal(at) {
			return true
		}
	}
	return false
}

func TestTheClockStaysWhenNothingLiesAhead(t *testing.T) {
	w := newWorld(t)
	before := w.Clock()()
	for _, to := range []string{"next_invoice", "next_due"} {
		if status, body := w.call("POST", "/sandbox/api/clock", `{"to":"`+to+`"}`); status != 409 || body["code"] != "nothing_ahead" {
			t.Errorf("%s: got %d %v, want 409", to, status, body)
		}
	}
	if status, _ := w.call("POST", "/sandbox/api/clock", `{"to":"next_week"}`); status != 422 {
		t.Errorf("got %d, want 422", status)
	}
	if !w.Clock()().Equal(before) {
		t.Error("the clock has moved")
	}
}

func TestACardThatFailsMakesASubscriptionPastDueUntilItIsPaid(t *testing.T) {
	w, _ := newPaidWorld(t)
	customer, b := w.subscribed("ada@example.com")
	w.mustDo("customers/"+customer+"/card", `{"card":"4000000000000341"}`)
	w.clockTo("next_invoice")
	w.pass(time.Hour)
	if got := w.sub(b.ID); got.Status != "past_due" {
		t.Errorf("got %s, want past_due", got.Status)
	}
	in := w.newestInvoice(customer)
	if status, body := w.call("POST", "/sandbox/api/payments/invoices/"+in.ID+"/pay", ""); status != 422 || body["code"] != "stripe_refused" {
		t.Errorf("got %d %v, want Stripe's refusal", status, body)
	}
	w.mustDo("customers/"+customer+"/card", `{}`)
	if out := w.mustDo("invoices/"+in.ID+"/pay", ""); out["status"] != "paid" {
		t.Errorf("got %v, want it paid", out["status"])
	}
	if got := w.sub(b.ID); got.Status != "active" {
		t.Errorf("got %s, want active", got.Status)
	}
	if status, _ := w.call("POST", "/sandbox/api/payments/customers/"+customer+"/card", `{"card":"4000000000000002"}`); status != 422 {
		t.Errorf("a card that cannot be attached: got %d, want 422", status)
	}
}

func TestADeclineThatWasOrderedBefallsOnePayment(t *testing.T) {
	w, _ := newPaidWorld(t)
	session := w.buys(w.opens(), "ada@example.com")
	if status, to, _ := w.post("/sandbox/drills/card_declined", nil); status != 303 || to != "/sandbox/faults?done=ordered" {
		t.Fatalf("got %d to %q, want it ordered", status, to)
	}
	if status, body := w.pays(session.ID, `{"outcome":"complete"}`); status != 422 || !strings.Contains(fmt.Sprint(body["detail"]), "declined") {
		t.Errorf("got %d %v, want the card declined", status, body)
	}
	if len(w.Faults()) != 0 {
		t.Error("the fault is not used up")
	}
	if status, body := w.pays(session.ID, `{"outcome":"complete"}`); status != 200 {
		t.Fatalf("again: got %d %v, want it paid", status, body)
	}
	customer := session.Customer.ID
	w.order(`{"vendor":"stripe","operation":"payment","next":1,"kind":"declined"}`)
	w.clockTo("next_invoice")
	w.pass(time.Hour)
	in := w.newestInvoice(customer)
	if in.Status != "open" || in.Attempts != 1 {
		t.Errorf("got %+v, want one attempt that failed", in)
	}
	if out := w.mustDo("invoices/"+in.ID+"/pay", ""); out["status"] != "paid" {
		t.Errorf("then: got %v, want it paid", out["status"])
	}
}

func TestMoneyIsGivenBackInPartOrWhole(t *testing.T) {
	w, _ := newPaidWorld(t)
	customer, _ := w.subscribed("ada@example.com")
	in := w.newestInvoice(customer)
	if out := w.mustDo("invoices/"+in.ID+"/refund", `{"amount":1500}`); out["amount"] != 1500.0 || out["object"] != "refund" {
		t.Errorf("got %v, want $15 given back", out)
	}
	w.mustDo("invoices/"+in.ID+"/refund", "")
	charges := w.data("/sandbox/api/payments/charges?customer=" + customer)
	if len(charges) != 1 || charges[0]["amount_refunded"] != 4000.0 || charges[0]["refunded"] != true {
		t.Errorf("got %v, want all of it given back", charges)
	}
	if status, body := w.call("POST", "/sandbox/api/payments/invoices/"+in.ID+"/refund", ""); status != 422 || body["code"] != "stripe_refused" {
		t.Errorf("once more: got %d %v, want Stripe's refusal", status, body)
	}
	if status, _ := w.call("POST", "/sandbox/api/payments/invoices/"+in.ID+"/refund", `{"amount":-1}`); status != 422 {
		t.Errorf("less than nothing: got %d, want 422", status)
	}
}

func TestADisputeIsOpenedAndDecided(t *testing.T) {
	for what, want := range map[string]string{"win": "won", "lose": "lost"} {
		w, m := newPaidWorld(t)
		customer, _ := w.subscribed("ada@example.com")
		m.taken()
		d := w.mustDo("invoices/"+w.newestInvoice(customer).ID+"/dispute", "")
		if d["status"] != "needs_response" {
			t.Errorf("got %v, want an open dispute", d["status"])
		}
		if got := w.mustDo("disputes/"+d["id"].(string)+"/"+what, ""); got["status"] != want {
			t.Errorf("got %v, want %s", got["status"], want)
		}
		if status, _ := w.call("POST", "/sandbox/api/payments/disputes/"+d["id"].(string)+"/lose", ""); status != 422 {
			t.Errorf("once more: got %d, want 422", status)
		}
		w.pass(0)
		var types []string
		for _, l := range m.taken() {
			types = append(types, string(l.event.Type))
		}
		if all := strings.Join(types, " "); !strings.Contains(all, "charge.dispute.created") || !strings.Contains(all, "charge.dispute.closed") {
			t.Errorf("got %v, want the product told of both", types)
		}
	}
}

func TestASubscriptionIsPausedResumedAndCancelled(t *testing.T) {
	w, _ := newPaidWorld(t)
	customer, b := w.subscribed("ada@example.com")
	w.mustDo("subscriptions/"+b.ID+"/pause", "")
	w.clockTo("next_invoice")
	w.pass(2 * time.Hour)
	if in := w.newestInvoice(customer); in.Status != "draft" {
		t.Errorf("got %s, want nothing collected", in.Status)
	}
	if w.sub(b.ID).Pause == nil {
		t.Error("the subscription does not say that it is paused")
	}
	w.mustDo("subscriptions/"+b.ID+"/resume", "")
	if w.sub(b.ID).Pause != nil {
		t.Error("the subscription is still paused")
	}
	if out := w.mustDo("subscriptions/"+b.ID+"/cancel", ""); out["status"] != "canceled" {
		t.Errorf("got %v, want it canceled", out["status"])
	}
	if status, _ := w.call("POST", "/sandbox/api/payments/subscriptions/"+b.ID+"/dance", ""); status != 404 {
		t.Errorf("got %d, want 404", status)
	}
	if status, _ := w.call("POST", "/sandbox/api/payments/subscriptions/a%2Fb/cancel", ""); status != 404 {
		t.Errorf("got %d, want 404", status)
	}
}

func TestAnInvoiceIsVoidedOrWrittenOff(t *testing.T) {
	for what, want := range map[string]string{"void": "void", "uncollectible": "uncollectible"} {
		w, _ := newPaidWorld(t)
		customer, _ := w.subscribed("ada@example.com")
		w.mustDo("customers/"+customer+"/card", `{"card":"4000000000000341"}`)
		w.clockTo("next_invoice")
		in := w.newestInvoice(customer)
		w.mustDo("invoices/"+in.ID+"/finalize", "")
		if out := w.mustDo("invoices/"+in.ID+"/"+what, ""); out["status"] != want {
			t.Errorf("got %v, want %s", out["status"], want)
		}
	}
}

func TestWhatIsUsedWronglyIsToldAsAThinEvent(t *testing.T) {
	w, m := newPaidWorld(t)
	w.opens()
	w.pass(0)
	m.taken()
	_, err := w.stripe().V1BillingMeterEvents.Create(t.Context(), &sdk.BillingMeterEventCreateParams{
		EventName: sdk.String("voice_minutes"), Payload: map[string]string{"stripe_customer_id": "cus_nobody", "value": "3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(10 * time.Minute)
	d := hookOf(w, hookThin)
	if d.URL != w.product.URL+"/webhooks/stripe/events" || d.State != hookDelivered || !strings.Contains(d.Event.Body, `"v2.core.event"`) {
		t.Fatalf("got %+v, want a thin event", d)
	}
	base := stripeCourier{w.Sandbox}.base(d, d.Attempts[0])
	if !strings.HasSuffix(d.Attempts[0].Signature, ",v1="+signEvent(thinSecret, base)) {
		t.Error("it is not signed with the destination's secret")
	}
	for _, path := range []string{"/sandbox/payments/events", eventHref(d.Event.ID), hookHref(d.ID)} {
		if status, _, body := w.page(path); status != 200 || !strings.Contains(body, "v1.billing.meter.error_report_triggered") || !strings.Contains(body, d.SID) {
			t.Errorf("%s: got %d, want the event with its meter", path, status)
		}
	}
}
