package conformance_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// What the description allows and Stripe refuses all the same, in its codes.
func TestWhatOnlyStripeRefusesIsRefusedInItsWords(t *testing.T) {
	b, w := book(t), newWorld(t)
	s := &sights{world: w}
	s.catalogue()
	customer := s.customer("pm_card_visa")
	sub := s.subscribe(customer)
	paid := s.bill(sub)
	over := s.subscribe(s.customer("pm_card_visa"))
	s.payment("DELETE /v1/subscriptions/" + over)
	bare := s.customer("")
	s.make("POST /v1/coupons", "id", "ONE", "percent_off", "10", "duration", "once")
	charge := text(inner(s.payment("GET /v1/charges", "customer", customer), "data"), "id")
	s.payment("POST /v1/refunds", "charge", charge)
	expired := s.make("POST /v1/checkout/sessions", "mode", "subscription", "success_url", billingURL, "line_items[0][price]", s.monthly, "line_items[0][quantity]", "1")
	s.payment("POST /v1/checkout/sessions/" + expired + "/expire")
	use := []string{"event_name", "voice_sum", "identifier", "voice:CA1", "payload[stripe_customer_id]", customer, "payload[value]", "1"}
	s.payment("POST /v1/billing/meter_events", use...)

	for _, c := range []struct {
		name, operation string
		form            []string
		status          int
		code, param     string
	}{
		{"a customer that there is not", "GET /v1/customers/cus_0", nil, 404, "resource_missing", "id"},
		{"a price that there is not", "POST /v1/subscriptions", []string{"customer", customer, "items[0][price]", "price_0"}, 400, "resource_missing", "items[0][price]"},
		{"an event that there is not", "GET /v1/events/evt_0", nil, 404, "resource_missing", "id"},
		{"an event of the second API that there is not", "GET /v2/core/events/evt_0", nil, 404, "not_found", ""},
		{"a destination that there is not", "GET /v2/core/event_destinations/ed_0", nil, 404, "not_found", ""},
		{"a page after nothing", "GET /v1/customers", []string{"starting_after", "cus_0"}, 400, "resource_missing", "starting_after"},
		{"a longer page than there is", "GET /v1/customers", []string{"limit", "101"}, 400, "", "limit"},
		{"a card that is declined", "POST /v1/payment_methods/pm_card_chargeDeclined/attach", []string{"customer", customer}, 402, "card_declined", ""},
		{"a card without funds", "POST /v1/payment_methods/pm_card_chargeDeclinedInsufficientFunds/attach", []string{"customer", customer}, 402, "card_declined", ""},
		{"a number that is no card's", "POST /v1/payment_methods", []string{"type", "card", "card[number]", "4242424242424241", "card[exp_month]", "1", "card[exp_year]", "2034"}, 402, "incorrect_number", "number"},
		{"nobody's card", "POST /v1/subscriptions", []string{"customer", bare, "items[0][price]", s.monthly, "payment_behavior", "error_if_incomplete"}, 400, "resource_missing", ""},
		{"a subscription that is over", "DELETE /v1/subscriptions/" + over, nil, 404, "resource_missing", "id"},
		{"a change before the period", "POST /v1/subscriptions/" + sub, []string{"proration_date", "60"}, 400, "", "proration_date"},
		{"no item left", "POST /v1/subscriptions/" + sub, []string{"items[0][deleted]", "true", "items[0][id]", text(inner(s.payment("GET /v1/subscriptions/"+sub), "items", "data"), "id")}, 400, "", "items"},
		{"a product twice", "POST /v1/products", []string{"id", "xswarm_else", "name", "Again"}, 400, "resource_already_exists", "id"},
		{"a coupon twice", "POST /v1/coupons", []string{"id", "ONE", "percent_off", "1", "duration", "once"}, 400, "resource_already_exists", ""},
		{"a key that is in use", "POST /v1/prices", []string{"currency", "usd", "product", "xswarm_else", "unit_amount", "1", "lookup_key", "secretary"}, 400, "", "lookup_key"},
		{"metered and no meter", "POST /v1/prices", []string{"currency", "usd", "product", "xswarm_else", "unit_amount", "1", "recurring[interval]", "month", "recurring[usage_type]", "metered"}, 400, "", "recurring[meter]"},
		{"use that is known", "POST /v1/billing/meter_events", use, 400, "", ""},
		{"use of long ago", "POST /v1/billing/meter_events", append([]string{"timestamp", seconds(w.now.AddDate(0, 0, -36))}, use...), 400, "timestamp_too_far_in_past", "timestamp"},
		{"use to come", "POST /v1/billing/meter_events", append([]string{"timestamp", seconds(w.now.Add(time.Hour))}, use...), 400, "timestamp_in_future", "timestamp"},
		{"use of nothing", "POST /v1/billing/meter_events", []string{"event_name", "voice_sum", "payload[stripe_customer_id]", customer, "payload[value]", "much"}, 400, "meter_event_invalid_value", "payload"},
		{"use that was none", "POST /v1/billing/meter_event_adjustments", []string{"event_name", "voice_sum", "type", "cancel", "cancel[identifier]", "voice:CA0"}, 400, "resource_missing", "cancel[identifier]"},
		{"a bill that is paid", "POST /v1/invoices/" + paid + "/pay", nil, 400, "", ""},
		{"a bill that is final", "POST /v1/invoices/" + paid + "/void", nil, 400, "invoice_not_editable", ""},
		{"money that was given back", "POST /v1/refunds", []string{"charge", charge}, 400, "charge_already_refunded", ""},
		{"no bill to come", "POST /v1/invoices/create_preview", []string{"customer", bare}, 404, "invoice_upcoming_none", ""},
		{"a checkout that is over", "POST /v1/checkout/sessions/" + expired + "/expire", nil, 400, "", ""},
		{"a checkout of another kind", "POST /v1/checkout/sessions", []string{"mode", "setup", "success_url", billingURL}, 400, "", "mode"},
		{"a schedule of what is over", "POST /v1/subscription_schedules", []string{"from_subscription", over}, 400, "", "from_subscription"},
		{"a search in no language", "GET /v1/customers/search", []string{"query", "everybody"}, 400, "", "query"},
		{"two filters for one", "GET /v1/events", []string{"type", "invoice.paid", "types[0]", "invoice.paid"}, 400, "", "types"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := w.tryPayment(c.operation, c.form...)
			clean(t, b.CheckRequest(x.Request)) // else the description refuses it
			clean(t, b.CheckRefusal(x.Request, x.Answer))
			refusal := inner(decoded(t, x.Answer.Body), "error")
			code, _ := refusal["code"].(string)
			param, _ := refusal["param"].(string)
			if x.Status != c.status || code != c.code || param != c.param {
				t.Errorf("answers %d %s, want %d, %q about %q", x.Status, x.Answer.Body, c.status, c.code, c.param)
			}
		})
	}
}

func TestAKeyThatComesWithAnotherRequestIsRefusedInStripesWords(t *testing.T) {
	b, w := book(t), newWorld(t)
	ask := func(email string) exchange {
		q := paymentOf(http.MethodPost, "/v1/customers", "email", email)
		q.Header.Set("Idempotency-Key", "once")
		return w.ask(q)
	}
	first, again, other := ask("ada@example.com"), ask("ada@example.com"), ask("eve@example.com")
	clean(t, b.CheckAnswer(again.Request, again.Answer))
	if string(again.Answer.Body) != string(first.Answer.Body) || again.Answer.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("answers %s again, want %s", again.Answer.Body, first.Answer.Body)
	}
	clean(t, b.CheckRefusal(other.Request, other.Answer))
	if other.Status != http.StatusBadRequest || !strings.Contains(string(other.Answer.Body), `"idempotency_error"`) {
		t.Errorf("answers %d %s, want the other request refused", other.Status, other.Answer.Body)
	}
}

func TestWhatStripeDoesNotHaveIsRefusedInItsWords(t *testing.T) {
	b, w := book(t), newWorld(t)
	for _, q := range []string{"GET /v1/nothing", "PUT /v1/customers", "GET /v2/core/nothing", "POST /v1/test_helpers/test_clocks"} {
		x := w.tryPayment(q)
		if x.Status < 400 || x.Status >= 500 {
			t.Errorf("%s answers %d", q, x.Status)
		}
		clean(t, b.CheckRefusal(x.Request, x.Answer))
	}
}
