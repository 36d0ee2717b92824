package conformance_test

import (
	"bytes"
	"strconv"
	"time"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/stripe"
)

// setUp makes the catalogue, and mends all of it that can be mended.
func (w *world) setUp() {
	w.t.Helper()
	ctx := w.t.Context()
	o := stripe.SetupOptions{WebhookURL: w.product + "/again" + stripe.WebhookPath, EventsURL: w.product + "/again" + stripe.EventsPath}
	_, err := w.payer.Drift(ctx, o)
	w.did("Drift", err)
	made, err := w.payer.Setup(ctx, o)
	w.did("Setup", err)
	w.did("Check", w.payer.Check(ctx, o.WebhookURL))
	id := map[string]string{}
	for _, s := range made.Steps {
		id[s.What] = s.ID
	}
	meter, hook, to := "/v1/billing/meters/"+id["meter xswarm_sms_messages"], "/v1/webhook_endpoints/"+id["webhook endpoint "+o.WebhookURL], "/v2/core/event_destinations/"+id["event destination "+o.EventsURL]
	for i, spoil := range []func(){
		func() {
			w.payment("POST "+meter, "display_name", "Texts")
			w.payment("POST /v1/products/xswarm_ai_secretary", "name", "Else", "active", "false")
			w.payment("POST /v1/prices/"+id["price xswarm_ai_secretary_monthly"], "nickname", "Else")
			w.payment("POST /v1/billing_portal/configurations/"+id["portal"], "features[invoice_history][enabled]", "false")
			w.payment("POST "+hook, "disabled", "true")
			w.secondPayment("POST "+to, `{"enabled_events": ["v1.billing.meter.no_meter_found"]}`)
		},
		func() {
			w.payment("POST " + meter + "/deactivate")
			w.secondPayment("POST "+to+"/disable", `{}`)
			w.pretend = ofAnotherVersion
		},
	} {
		spoil()
		o.Force = i > 0
		_, err = w.payer.Setup(ctx, o)
		w.did("Setup", err)
		w.pretend = nil
	}
}

// ofAnotherVersion makes webhooks older than the emulator lets them be.
func ofAnotherVersion(x exchange) []byte {
	return bytes.ReplaceAll(x.Answer.Body, []byte(conformance.StripeVersion), []byte("2025-03-31.basil"))
}

func (w *world) makesCustomer() string {
	w.t.Helper()
	ctx := w.t.Context()
	id, err := w.payer.CreateCustomer(ctx, billing.NewCustomer{
		UserID: userID, Email: "ada+assistant@example.com", Name: "Zoë & 王 = 100%", Key: "customer:" + strconv.Itoa(len(w.exchanges())),
	})
	w.did("CreateCustomer", err)
	w.did("UpdateCustomer", w.payer.UpdateCustomer(ctx, id, "countess@example.org", ""))
	w.did("UpdateCustomer", w.payer.UpdateCustomer(ctx, id, "countess@example.org", "Ada"))
	_, err = w.payer.OpenPortal(ctx, id, billingURL+"?a=1&b=2")
	w.did("OpenPortal", err)
	return id
}

// opens opens a checkout in one of the ways in which plans are sold.
func (w *world) opens(customer string, o stripe.Options) (*stripe.Client, billing.Checkout) {
	w.t.Helper()
	payer := w.payerWith(o)
	opened, err := payer.OpenCheckout(w.t.Context(), billing.Order{
		ID: "ord_" + strconv.Itoa(len(w.exchanges())), UserID: userID, CustomerID: customer, Tier: plan.Secretary,
		SuccessURL: billingURL + "?session={CHECKOUT_SESSION_ID}", CancelURL: billingURL,
	})
	w.did("OpenCheckout", err)
	return payer, opened
}

func (w *world) checksOut(customer string) {
	w.t.Helper()
	ctx := w.t.Context()
	w.payment("POST /v1/coupons", "id", "WELCOME"+strconv.Itoa(len(w.exchanges())), "percent_off", "12.5", "duration", "repeating", "duration_in_months", "3")
	coupons := w.payment("GET /v1/coupons", "limit", "1")
	for _, o := range []stripe.Options{
		{}, {TrialDays: 14}, {PromotionCodes: true}, {AutomaticTax: true}, {Coupon: text(inner(coupons, "data"), "id")},
	} {
		payer, opened := w.opens(customer, o)
		_, err := payer.Checkout(ctx, opened.SessionID)
		w.did("Checkout", err)
		w.did("ExpireCheckout", payer.ExpireCheckout(ctx, opened.SessionID))
		w.did("ExpireCheckout", payer.ExpireCheckout(ctx, opened.SessionID))
		_, err = payer.CustomerOf(ctx, billing.Event{ObjectID: opened.SessionID})
		w.did("CustomerOf", err)
	}
}

// buys lets somebody buy a plan, and returns the subscription.
func (w *world) buys(customer string, o stripe.Options) string {
	w.t.Helper()
	payer, opened := w.opens(customer, o)
	w.person("checkout/"+opened.SessionID, `{"outcome": "complete"}`)
	done, err := payer.Checkout(w.t.Context(), opened.SessionID)
	w.did("Checkout", err)
	return done.Subscription
}

// reads reads a customer.
func (w *world) reads(customer string) {
	w.t.Helper()
	_, err := w.payer.Read(w.t.Context(), customer)
	w.did("Read", err)
}

// changesPlan moves a subscription up and down.
func (w *world) changesPlan(subscription string) {
	w.t.Helper()
	ctx := w.t.Context()
	for _, n := range []int64{2, 3, 0, 1} {
		w.did("SetNumbers", w.payer.SetNumbers(ctx, subscription, n, "numbers:"+strconv.Itoa(len(w.exchanges()))))
	}
	w.pass(24 * time.Hour)
	up := w.change(subscription, plan.Manager, 0)
	_, err := w.payer.Preview(ctx, up)
	w.did("Preview", err)
	w.did("Upgrade", w.payer.Upgrade(ctx, up))
	w.did("Upgrade", w.payer.Upgrade(ctx, up))
	w.did("CancelAtEnd", w.payer.CancelAtEnd(ctx, w.change(subscription, plan.Manager, 0), true))
	w.did("CancelAtEnd", w.payer.CancelAtEnd(ctx, w.change(subscription, plan.Manager, 0), false))
	w.payment("POST /v1/subscriptions/"+subscription, "cancel_at", seconds(w.now.Add(72*time.Hour)))
	w.did("CancelAtEnd", w.payer.CancelAtEnd(ctx, w.change(subscription, plan.Manager, 0), false))
	w.did("Schedule", w.payer.Schedule(ctx, w.change(subscription, plan.Secretary, 1)))
	w.did("Schedule", w.payer.Schedule(ctx, w.change(subscription, plan.Secretary, 2)))
	w.reads(text(w.payment("GET /v1/subscriptions/"+subscription), "customer"))
	w.did("Unschedule", w.payer.Unschedule(ctx, w.change(subscription, plan.Manager, 0)))
}

// usesAndPays reports usage and looks at the bills, of which one is given back in
// parts and one is long.
func (w *world) usesAndPays(customer, subscription string) {
	w.t.Helper()
	ctx := w.t.Context()
	used := billing.MeterEvent{ID: "voice:" + strconv.Itoa(len(w.exchanges())), CustomerID: customer, Feature: plan.VoiceMinutes, Quantity: 2100, At: w.now}
	w.did("Report", w.payer.Report(ctx, used))
	w.did("Report", w.payer.Report(ctx, used))
	for i := range 12 {
		w.payment("POST /v1/invoiceitems", "customer", customer, "subscription", subscription, "currency", "usd", "amount", strconv.Itoa(100+i))
	}
	today := w.now.Truncate(24 * time.Hour)
	_, err := w.payer.Reported(ctx, customer, plan.VoiceMinutes, billing.Period{Start: today, End: today.AddDate(0, 0, 1)})
	w.did("Reported", err)
	w.pass(31 * 24 * time.Hour)
	w.pass(2 * time.Hour)
	found, err := w.payer.Invoices(ctx, customer, time.Unix(midnight, 0))
	w.did("Invoices", err)
	for _, in := range found[:2] {
		w.person("invoices/"+in.ID+"/refund", `{"amount": 150}`)
		_, err := w.payer.Invoice(ctx, in.ID)
		w.did("Invoice", err)
		_, err = w.payer.CustomerOf(ctx, billing.Event{ObjectID: in.ID})
		w.did("CustomerOf", err)
	}
	dispute := w.person("invoices/"+found[0].ID+"/dispute", `{}`)
	_, err = w.payer.Dispute(ctx, text(dispute, "id"))
	w.did("Dispute", err)
	for _, id := range []string{text(dispute, "id"), text(dispute, "charge"), customer} {
		_, err = w.payer.CustomerOf(ctx, billing.Event{ObjectID: id})
		w.did("CustomerOf", err)
	}
	_, err = w.payer.CustomerOf(ctx, billing.Event{ObjectID: "re_1", Body: `{"data": {"object": {"charge": "` + text(dispute, "charge") + `"}}}`})
	w.did("CustomerOf", err)
	_, err = w.payer.Events(ctx, time.Unix(midnight, 0))
	w.did("Events", err)
}

// goesWrong is somebody whose card fails, a plan whose price was agreed on, and usage
// of nobody's.
func (w *world) goesWrong() {
	w.t.Helper()
	ctx := w.t.Context()
	customer := w.makesCustomer()
	w.buys(customer, stripe.Options{})
	w.person("customers/"+customer+"/card", `{"card": "4000000000000341"}`)
	w.pass(31 * 24 * time.Hour)
	w.pass(2 * time.Hour)
	w.reads(customer)
	w.payment("POST /v1/products/xswarm_ai_cto", "metadata[tier]", "ai_cto")
	agreed := w.payment("POST /v1/prices", "currency", "usd", "product", "xswarm_ai_cto", "unit_amount", "100000", "recurring[interval]", "month")
	w.payment("POST /v1/subscriptions", "customer", customer, "items[0][price]", text(agreed, "id"), "payment_behavior", "default_incomplete")
	w.reads(customer)
	w.payment("DELETE /v1/customers/" + customer)
	w.reads(customer)
	w.did("Report", w.payer.Report(ctx, billing.MeterEvent{ID: "voice:" + customer, CustomerID: customer, Feature: plan.SMSMessages, Quantity: 1, At: w.now}))
	w.pass(2 * time.Minute)
	for _, h := range w.toldEvents() {
		if h.path == stripe.EventsPath {
			_, err := w.payer.MeterErrors(ctx, text(decoded(w.t, h.body), "id"))
			w.did("MeterErrors", err)
		}
	}
}

// migrates replaces all prices, and moves whoever pays the old ones.
func (w *world) migrates() {
	w.t.Helper()
	w.buys(w.makesCustomer(), stripe.Options{})
	_, err := w.payer.Setup(w.t.Context(), stripe.SetupOptions{Force: true, Migrate: true})
	w.did("Setup", err)
}
