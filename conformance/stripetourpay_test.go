package conformance_test

import (
	"strconv"
	"time"
)

// pay lets somebody enter a card on a page: of a checkout, or of an invoice.
func (s *sights) pay(session, card string) {
	s.t.Helper()
	s.person("checkout/"+session, `{"outcome": "complete", "card": "`+card+`"}`)
}

func (s *sights) checkouts() {
	s.t.Helper()
	open := func(more ...string) string {
		return s.make("POST /v1/checkout/sessions", append([]string{
			"mode", "subscription", "success_url", billingURL, "cancel_url", billingURL, "line_items[0][price]", s.monthly, "line_items[0][quantity]", "1",
			"line_items[1][price]", s.metered, "subscription_data[billing_mode][type]", "flexible", "metadata[user_id]", userID,
			"subscription_data[metadata][user_id]", userID, "client_reference_id", "ord_1",
		}, more...)...)
	}
	look := func(id string) {
		s.look("/v1/checkout/sessions/"+id, "subscription", "customer", "invoice", "line_items.data.price", "total_details.breakdown")
	}
	located := s.customer("", "address[country]", "US", "address[postal_code]", "90001")
	for _, sale := range []struct {
		card string // with which it is paid; "": it is not
		form []string
	}{
		{"4242424242424242", []string{"customer", located, "automatic_tax[enabled]", "true", "locale", "auto", "expires_at", seconds(s.now.Add(time.Hour))}},
		{"4242424242424242", []string{"customer_email", "new@example.com", "allow_promotion_codes", "true", "billing_address_collection", "required", "phone_number_collection[enabled]", "true"}},
		{"4242424242424242", []string{"customer", s.customer(""), "discounts[0][coupon]", s.coupon, "customer_update[address]", "auto", "customer_update[name]", "auto", "automatic_tax[enabled]", "true"}},
		{"4242424242424242", []string{"customer", s.customer(""), "discounts[0][promotion_code]", s.promo}},
		{"4242424242424242", []string{"customer", s.customer(""), "payment_method_collection", "if_required", "subscription_data[trial_period_days]", "14",
			"subscription_data[trial_settings][end_behavior][missing_payment_method]", "cancel"}},
		{"bank_settles", []string{"customer", s.customer(""), "payment_method_types[0]", "card", "payment_method_types[1]", "us_bank_account"}},
		{"bank_bounces", []string{"customer", s.customer(""), "payment_method_types[0]", "us_bank_account", "submit_type", "subscribe"}},
		{"4000002500003155", []string{"customer", s.customer("")}},
		{"4000000000000341", []string{"customer", s.customer("")}},
		{"", []string{"customer", s.customer(""), "expand[]", "line_items"}},
	} {
		id := open(sale.form...)
		look(id)
		s.payment("GET /v1/checkout/sessions/"+id+"/line_items", "limit", "1", "expand[]", "data.price.product")
		if sale.card != "" {
			s.pay(id, sale.card)
			look(id)
		}
	}
	over := open("customer", s.customer(""))
	s.payment("POST /v1/checkout/sessions/"+over, "metadata[a]", "b")
	s.payment("POST /v1/checkout/sessions/"+over+"/expire", "expand[]", "customer")
	look(over)
	s.payment("GET /v1/checkout/sessions", "customer", located, "status", "complete")
	s.payment("GET /v1/checkout/sessions", "limit", "100", "expand[]", "data.subscription", "expand[]", "data.customer")
	s.payment("GET /v1/payment_intents", "limit", "100", "expand[]", "data.latest_charge") // processing
	s.payment("GET /v1/charges", "limit", "100")                                           // pending
	s.pass(25 * time.Hour)
}

func (s *sights) subscriptions() {
	s.t.Helper()
	full := s.subscribe(s.customer("pm_card_visa", "address[country]", "US", "address[postal_code]", "90001"), "items[0][metadata][a]", "b", "items[1][price]", s.metered,
		"items[2][price_data][currency]", "usd", "items[2][price_data][product]", "xswarm_else", "items[2][price_data][unit_amount]", "200", "items[2][price_data][recurring][interval]", "month",
		"items[2][quantity]", "2", "discounts[0][coupon]", s.coupon, "automatic_tax[enabled]", "true", "description", "d", "metadata[user_id]", userID,
		"billing_mode[type]", "flexible", "payment_settings[save_default_payment_method]", "on_subscription", "collection_method", "charge_automatically",
		"expand[]", "latest_invoice.payments", "expand[]", "customer")
	s.look("/v1/subscriptions/"+full, "latest_invoice.payments.data.payment", "default_payment_method", "discounts", "schedule", "items.data.price.product", "customer.invoice_settings.default_payment_method")
	s.payment("POST /v1/subscriptions/"+full, "cancel_at_period_end", "true", "cancellation_details[comment]", "c", "cancellation_details[feedback]", "unused")
	s.payment("POST /v1/subscriptions/"+full, "cancel_at_period_end", "false")
	s.payment("POST /v1/subscriptions/"+full, "cancel_at", seconds(s.now.AddDate(0, 3, 0)))
	s.payment("POST /v1/subscriptions/"+full, "cancel_at", "", "metadata", "", "discounts", "")
	for _, behavior := range []string{"keep_as_draft", "mark_uncollectible", "void"} {
		paused := s.subscribe(s.customer("pm_card_visa"), "billing_cycle_anchor", seconds(s.now.AddDate(0, 0, 9)), "proration_behavior", "none")
		s.payment("POST /v1/subscriptions/"+paused, "pause_collection[behavior]", behavior, "pause_collection[resumes_at]", seconds(s.now.AddDate(0, 0, 20)))
	}
	posted := s.subscribe(s.customer(""), "collection_method", "send_invoice", "days_until_due", "7")
	s.look("/v1/subscriptions/"+posted, "latest_invoice")
	done := s.subscribe(s.customer("pm_card_visa"), "items[1][price]", s.metered)
	s.payment("DELETE /v1/subscriptions/"+done, "invoice_now", "true", "prorate", "true", "cancellation_details[comment]", "account closed")
	s.payment("GET /v1/subscriptions", "status", "canceled", "price", s.monthly, "collection_method", "charge_automatically")
	s.payment("GET /v1/subscriptions", "customer", s.customer(""), "created[lt]", "1")
}

func (s *sights) trials() {
	s.t.Helper()
	tries := s.subscribe(s.customer("pm_card_visa"), "trial_period_days", "7")
	s.payment("POST /v1/subscriptions/"+s.subscribe(s.customer("pm_card_visa"), "trial_end", seconds(s.now.AddDate(0, 0, 5))), "trial_end", "now")
	rests := s.subscribe(s.customer(""), "trial_period_days", "7", "trial_settings[end_behavior][missing_payment_method]", "pause")
	s.subscribe(s.customer(""), "trial_period_days", "7", "trial_settings[end_behavior][missing_payment_method]", "cancel")
	s.look("/v1/subscriptions/"+tries, "latest_invoice")
	s.pass(8 * 24 * time.Hour)
	s.look("/v1/subscriptions/" + rests)
	s.pays(text(s.payment("GET /v1/subscriptions/"+rests), "customer"), "pm_card_visa")
	s.payment("POST /v1/subscriptions/"+rests+"/resume", "billing_cycle_anchor", "now", "expand[]", "latest_invoice")
	s.pass(40 * 24 * time.Hour) // the pauses of the others end, and periods do
}

// trouble is with payments that fail, or whose payer has to be asked.
func (s *sights) trouble() {
	s.t.Helper()
	waits := s.subscribe(s.customer("pm_card_visa"), "payment_behavior", "default_incomplete", "expand[]", "latest_invoice.confirmation_secret")
	s.payment("POST /v1/invoices/"+s.bill(waits)+"/pay", "expand[]", "payments.data.payment.payment_intent")
	asked := s.subscribe(s.customer("pm_card_authenticationRequired"))
	s.look("/v1/invoices/"+s.bill(asked), "payments.data.payment.payment_intent", "confirmation_secret")
	s.subscribe(s.customer("pm_card_chargeCustomerFail"))
	lost := s.customer("pm_card_visa", "address[country]", "US", "address[postal_code]", "90001")
	nowhere := s.subscribe(lost, "automatic_tax[enabled]", "true")
	s.payment("POST /v1/customers/"+lost, "address", "")
	customer := s.customer("pm_card_visa")
	owes := s.subscribe(customer)
	s.pays(customer, "pm_card_chargeCustomerFail")
	s.pass(24 * time.Hour) // the first payment did not come
	s.pass(31 * 24 * time.Hour)
	s.look("/v1/subscriptions/"+owes, "latest_invoice.payments.data.payment", "customer")
	s.look("/v1/subscriptions/"+nowhere, "latest_invoice")
	s.payment("GET /v1/invoices", "subscription", owes, "status", "open", "expand[]", "data.payments")
	s.tryPayment("POST /v1/invoices/" + s.bill(owes) + "/pay")
	s.pays(customer, "pm_card_visa")
	s.payment("POST /v1/invoices/" + s.bill(owes) + "/pay")
	s.pays(customer, "pm_card_chargeCustomerFail")
	s.pass(60 * 24 * time.Hour) // until nobody tries any more
	s.look("/v1/subscriptions/" + owes)
}

func (s *sights) changes() {
	s.t.Helper()
	customer := s.customer("pm_card_visa")
	id := s.subscribe(customer, "items[1][price]", s.metered)
	item := text(inner(s.payment("GET /v1/subscriptions/"+id), "items", "data"), "id")
	s.pass(24 * time.Hour)
	details := "subscription_details"
	for _, form := range [][]string{
		{"subscription", id},
		{"customer", customer, "subscription", id, details + "[items][0][id]", item, details + "[items][0][price]", s.large, details + "[items][0][quantity]", "1",
			details + "[proration_behavior]", "always_invoice", details + "[proration_date]", seconds(s.now)},
		{"subscription", id, details + "[cancel_now]", "true"},
		{"subscription", id, details + "[cancel_at_period_end]", "true", "discounts[0][coupon]", s.coupon},
		{"customer", customer, details + "[items][0][price]", s.monthly, "discounts[0][coupon]", s.coupon, "invoice_items[0][amount]", "100", "invoice_items[0][currency]", "usd"},
		{"customer", customer},
		{details + "[items][0][price]", s.monthly, details + "[trial_end]", seconds(s.now.AddDate(0, 0, 5)), "expand[]", "discounts"},
	} {
		s.payment("POST /v1/invoices/create_preview", form...)
	}
	s.payment("POST /v1/subscriptions/"+id, "items[0][id]", item, "items[0][price]", s.large, "proration_behavior", "create_prorations", "proration_date", seconds(s.now))
	number := s.make("POST /v1/subscription_items", "subscription", id, "price", s.monthly, "quantity", "2", "proration_behavior", "always_invoice", "metadata[a]", "b")
	s.payment("POST /v1/subscription_items/"+number, "quantity", "3", "proration_behavior", "none", "metadata[a]", "")
	s.look("/v1/subscription_items/"+number, "price.product")
	s.payment("GET /v1/subscription_items", "subscription", id, "limit", "1", "expand[]", "data.price.tiers")
	s.payment("GET /v1/invoiceitems", "customer", customer, "pending", "true")
	s.payment("DELETE /v1/subscription_items/"+number, "proration_behavior", "create_prorations")
	for _, how := range []string{"applied", "expired"} {
		customer := s.customer("pm_card_visa")
		id := s.subscribe(customer)
		item := text(inner(s.payment("GET /v1/subscriptions/"+id), "items", "data"), "id")
		s.pays(customer, "pm_card_chargeCustomerFail")
		s.payment("POST /v1/subscriptions/"+id, "items[0][id]", item, "items[0][price]", s.large, "payment_behavior", "pending_if_incomplete", "proration_behavior", "always_invoice")
		s.look("/v1/subscriptions/"+id, "latest_invoice")
		if how == "applied" {
			s.pays(customer, "pm_card_visa")
			s.payment("POST /v1/invoices/" + s.bill(id) + "/pay")
		}
	}
	s.pass(24 * time.Hour)
}

func (s *sights) schedules() {
	s.t.Helper()
	from := func() string {
		return s.make("POST /v1/subscription_schedules", "from_subscription", s.subscribe(s.customer("pm_card_visa"), "items[1][price]", s.metered), "expand[]", "subscription")
	}
	phases := func(id string) {
		start := inner(s.payment("GET /v1/subscription_schedules/"+id), "current_phase")
		begins, ends := strconv.FormatInt(int64(start["start_date"].(float64)), 10), strconv.FormatInt(int64(start["end_date"].(float64)), 10)
		s.payment("POST /v1/subscription_schedules/"+id, "end_behavior", "release", "metadata[tier]", "ai_secretary", "proration_behavior", "none",
			"phases[0][start_date]", begins, "phases[0][end_date]", ends, "phases[0][items][0][price]", s.monthly, "phases[0][items][0][quantity]", "1", "phases[0][items][1][price]", s.metered,
			"phases[1][items][0][price]", s.large, "phases[1][duration][interval]", "month", "phases[1][duration][interval_count]", "1", "phases[1][proration_behavior]", "none", "phases[1][metadata][a]", "b")
	}
	moves, released, cancelled := from(), from(), from()
	for _, id := range []string{moves, released, cancelled} {
		phases(id)
	}
	s.payment("POST /v1/subscription_schedules/"+released+"/release", "expand[]", "customer")
	s.payment("POST /v1/subscription_schedules/"+cancelled+"/cancel", "invoice_now", "true", "prorate", "true")
	later := s.make("POST /v1/subscription_schedules", "customer", s.customer("pm_card_visa"), "start_date", seconds(s.now.AddDate(0, 0, 3)), "end_behavior", "cancel", "metadata[a]", "b",
		"phases[0][items][0][price]", s.monthly, "phases[0][duration][interval]", "month")
	s.make("POST /v1/subscription_schedules", "customer", s.customer("pm_card_visa"), "start_date", "now", "phases[0][items][0][price]", s.monthly, "phases[0][trial]", "true",
		"phases[0][end_date]", seconds(s.now.AddDate(0, 0, 9)))
	s.look("/v1/subscription_schedules/"+later, "customer", "subscription", "phases.items.price")
	s.payment("GET /v1/subscription_schedules", "limit", "100", "expand[]", "data.subscription", "expand[]", "data.phases.items.price")
	s.payment("GET /v1/subscriptions", "limit", "3", "expand[]", "data.schedule.phases.items")
	s.pass(70 * 24 * time.Hour)
	s.look("/v1/subscription_schedules/"+moves, "customer", "subscription")
}
