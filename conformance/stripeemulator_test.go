package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/sandbox/stripe"
)

// unpaid is an account that leaves its subscriptions unpaid when nobody pays, where
// the sandbox cancels them.
func unpaid(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	engine, err := stripe.New(stripe.Options{Key: stripeKey, Now: func() time.Time { return w.now }}, nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/sandbox/vendors/stripe", engine.Handler()))
	t.Cleanup(server.Close)
	w.vendor = server.URL + "/sandbox/vendors/"
	if err := engine.SetDunning("unpaid"); err != nil {
		t.Fatal(err)
	}
	s := &sights{world: w}
	product := s.make("POST /v1/products", "name", "AI Secretary")
	s.monthly = s.make("POST /v1/prices", "currency", "usd", "product", product, "unit_amount", "4000", "recurring[interval]", "month")
	customer := s.customer("pm_card_visa")
	owes := s.subscribe(customer)
	s.pays(customer, "pm_card_chargeCustomerFail")
	w.now = w.now.Add(60 * 24 * time.Hour)
	engine.CatchUp()
	s.look("/v1/subscriptions/"+owes, "latest_invoice")
	return w
}

func TestTheEmulatorOfStripeAnswersAsItDescribes(t *testing.T) {
	b := book(t)
	seen, answered, want := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range []record{paid(t), toured(t), {exchanges: unpaid(t).exchanges()}} {
		for _, x := range r.exchanges {
			check := b.CheckAnswer
			if x.Status >= 400 {
				check = b.CheckRefusal
			}
			if found := check(x.Request, x.Answer); len(found) > 0 {
				t.Errorf("%s %v %s:%s\nin %.3000s", x, x.Query, x.Request.Body, conformance.List(found), x.Answer.Body)
			}
			if o, _, ok := b.Find(x.Vendor, x.Method, x.Path); ok && x.Status == http.StatusOK {
				answered[o.String()] = true
			}
			noteStates(seen, decoded(t, x.Answer.Body))
		}
		for _, v := range r.violations {
			t.Errorf("the emulator says that the description refuses %s's %s: %s %s", v.Vendor, v.Operation, v.Field, v.Problem)
		}
	}
	for _, o := range stripeOperations {
		want[o.String()] = true
	}
	differ(t, "its answers are checked, and it is not in the list", answered, want)
	differ(t, "none of its answers is checked", want, answered)
	wanted := map[string]bool{}
	for kind, list := range states {
		for _, state := range list {
			wanted[kind+" "+state] = true
		}
	}
	differ(t, "is a state that is not in the list", seen, wanted)
	differ(t, "is a state that no answer shows", wanted, seen)
}

// states are what answers tell apart of each kind of object.
var states = map[string][]string{
	"balance_transaction":            {"available"},
	"billing.meter":                  {"active", "inactive"},
	"billing.meter_event_adjustment": {"pending"},
	"charge":                         {"failed", "pending", "succeeded"},
	"checkout.session":               {"complete", "expired", "open"},
	"coupon":                         {"deleted"},
	"customer":                       {"deleted"},
	"dispute":                        {"lost", "needs_response", "won"},
	"invoice":                        {"draft", "open", "paid", "uncollectible", "void"},
	"invoice_payment":                {"canceled", "open", "paid"},
	"invoiceitem":                    {"deleted"},
	"payment_intent":                 {"canceled", "processing", "requires_action", "requires_payment_method", "succeeded"},
	"product":                        {"deleted"},
	"refund":                         {"succeeded"},
	"setup_intent":                   {"canceled", "requires_action", "requires_confirmation", "requires_payment_method", "succeeded"},
	"subscription":                   {"active", "canceled", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid"},
	"subscription_item":              {"deleted"},
	"subscription_schedule":          {"active", "canceled", "completed", "not_started", "released"},
	"v2.core.event_destination":      {"disabled", "enabled"},
	"webhook_endpoint":               {"deleted", "disabled", "enabled"},
}

// noteStates notes the states of everything in an answer.
func noteStates(seen map[string]bool, value any) {
	switch v := value.(type) {
	case map[string]any:
		kind, _ := v["object"].(string)
		if status, ok := v["status"].(string); ok && kind != "" {
			seen[kind+" "+status] = true
		}
		if v["deleted"] == true {
			seen[kind+" deleted"] = true
		}
		for _, inner := range v {
			noteStates(seen, inner)
		}
	case []any:
		for _, inner := range v {
			noteStates(seen, inner)
		}
	}
}
