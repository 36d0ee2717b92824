package conformance_test

import (
	"strconv"
	"time"
)

func (s *sights) bills() {
	s.t.Helper()
	customer := s.customer("pm_card_visa")
	id := s.subscribe(customer, "items[1][price]", s.metered, "discounts[0][coupon]", s.coupon)
	for i := range 12 {
		s.payment("POST /v1/invoiceitems", "customer", customer, "subscription", id, "currency", "usd", "amount", strconv.Itoa(100+i), "description", "More", "metadata[a]", "b",
			"discountable", "false", "period[start]", seconds(s.now), "period[end]", seconds(s.now.Add(time.Hour)))
	}
	item := s.make("POST /v1/invoiceitems", "customer", customer, "pricing[price]", s.once, "quantity", "2")
	s.look("/v1/invoiceitems/"+item, "customer", "discounts")
	s.payment("GET /v1/invoiceitems", "customer", customer, "pending", "true", "limit", "1")
	s.payment("DELETE /v1/invoiceitems/" + item)
	end := int64(inner(s.payment("GET /v1/subscriptions/"+id), "items", "data")["current_period_end"].(float64))
	s.pass(time.Unix(end, 0).Sub(s.now) + time.Minute)
	in := s.bill(id)
	s.payment("POST /v1/invoices/"+in, "description", "d", "footer", "f", "metadata[a]", "b", "auto_advance", "false")
	s.look("/v1/invoices/"+in, "customer", "discounts", "payments", "default_payment_method", "lines.data.discounts")
	s.payment("GET /v1/invoices/"+in+"/lines", "limit", "100")
	s.payment("POST /v1/invoices/"+in+"/finalize", "auto_advance", "false", "expand[]", "payments")
	s.look("/v1/invoices/"+in, "payments.data.payment.payment_intent")
	s.payment("POST /v1/invoices/" + in + "/mark_uncollectible")
	s.payment("POST /v1/invoices/" + in + "/void")
	posted := s.bill(s.subscribe(s.customer(""), "collection_method", "send_invoice", "days_until_due", "7"))
	s.pass(2 * time.Hour)
	s.payment("POST /v1/invoices/"+posted+"/pay", "paid_out_of_band", "true")
	posted = s.bill(s.subscribe(s.customer(""), "collection_method", "send_invoice", "days_until_due", "7"))
	s.pass(2 * time.Hour)
	s.payment("POST /v1/invoices/" + posted + "/mark_uncollectible")
	s.payment("GET /v1/invoices", "customer", customer, "collection_method", "charge_automatically", "created[gte]", "1", "expand[]", "data.payments", "expand[]", "data.customer")
	s.payment("GET /v1/invoice_payments", "invoice", in, "limit", "1")
}

func (s *sights) refunds() {
	s.t.Helper()
	paid := func(card string) (intent, charge string) {
		of := s.look("/v1/invoices/"+s.bill(s.subscribe(s.customer(card))), "payments.data.payment.payment_intent")
		payment := inner(of, "payments", "data")
		s.look("/v1/invoice_payments/"+text(payment, "id"), "invoice", "payment.payment_intent")
		return text(payment, "payment", "payment_intent", "id"), text(payment, "payment", "payment_intent", "latest_charge")
	}
	intent, charge := paid("pm_card_visa")
	s.payment("POST /v1/refunds", "charge", charge, "amount", "150", "reason", "requested_by_customer", "metadata[a]", "b", "expand[]", "charge")
	back := s.make("POST /v1/refunds", "payment_intent", intent)
	s.look("/v1/refunds/"+back, "charge.balance_transaction", "payment_intent", "balance_transaction")
	s.payment("GET /v1/refunds", "charge", charge, "limit", "1")
	s.look("/v1/charges/"+charge, "customer", "payment_intent", "balance_transaction", "refunds")
	s.look("/v1/payment_intents/"+intent, "customer", "latest_charge", "payment_method")
	for _, end := range []string{"win", "lose", ""} {
		_, charge := paid("pm_card_createDispute")
		s.look("/v1/charges/"+charge, "refunds")
		dispute := text(inner(s.payment("GET /v1/disputes", "charge", charge, "expand[]", "data.charge"), "data"), "id")
		s.look("/v1/disputes/"+dispute, "charge", "payment_intent")
		if end != "" {
			s.person("disputes/"+dispute+"/"+end, `{}`)
			s.look("/v1/disputes/"+dispute, "charge")
		}
	}
	_, charge = paid("pm_card_mastercard")
	dispute := text(s.person("charges/"+charge+"/dispute", `{}`), "id")
	s.payment("POST /v1/disputes/"+dispute+"/close", "expand[]", "charge")
}

func (s *sights) usage() {
	s.t.Helper()
	customer, gone := s.customer("pm_card_visa"), s.customer("")
	s.payment("DELETE /v1/customers/" + gone)
	use := func(of, identifier, event string) {
		s.payment("POST /v1/billing/meter_events", "event_name", event, "identifier", identifier, "timestamp", seconds(s.now), "payload[stripe_customer_id]", of, "payload[value]", "1.5")
	}
	use(customer, "voice:CA1", "voice_sum")
	use(customer, "voice:CA2", "voice_sum")
	use(customer, "voice:CA3", "voice_count")
	use(customer, "voice:CA4", "voice_last")
	use(gone, "voice:CA5", "voice_sum")
	s.payment("POST /v1/billing/meter_event_adjustments", "event_name", "voice_sum", "type", "cancel", "cancel[identifier]", "voice:CA2")
	s.tryPayment("POST /v1/billing/meter_events", "event_name", "nothing", "identifier", "voice:CA6", "payload[stripe_customer_id]", customer, "payload[value]", "1")
	s.pass(24 * time.Hour)
	day := s.now.Truncate(24 * time.Hour)
	for _, window := range []string{"", "hour", "day"} {
		form := []string{"customer", customer, "start_time", seconds(day.AddDate(0, 0, -2)), "end_time", seconds(day)}
		if window != "" {
			form = append(form, "value_grouping_window", window)
		}
		s.payment("GET /v1/billing/meters/"+s.meter+"/event_summaries", form...)
	}
	s.payment("GET /v1/billing/meters/"+s.meter+"/event_summaries", "customer", customer, "start_time", "60", "end_time", "120")
	told := s.payment("GET /v2/core/events", "limit", "1", "types[0]", "v1.billing.meter.error_report_triggered", "object_id", s.meter)
	s.payment("GET /v2/core/events")
	s.payment("GET /v2/core/events/" + text(inner(told, "data"), "id"))
}

// survey reads everything that there is, with what may be whole in it.
func (s *sights) survey() {
	s.t.Helper()
	for path, expand := range map[string][]string{
		"/v1/customers":              {"data.invoice_settings.default_payment_method", "data.subscriptions"},
		"/v1/subscriptions":          {"data.latest_invoice.payments", "data.discounts", "data.schedule", "data.default_payment_method"},
		"/v1/invoices":               {"data.payments", "data.discounts", "data.customer"},
		"/v1/charges":                {"data.refunds", "data.payment_intent", "data.balance_transaction"},
		"/v1/payment_intents":        {"data.latest_charge", "data.payment_method"},
		"/v1/setup_intents":          nil,
		"/v1/refunds":                {"data.charge"},
		"/v1/disputes":               {"data.payment_intent"},
		"/v1/invoice_payments":       {"data.invoice"},
		"/v1/invoiceitems":           {"data.customer"},
		"/v1/checkout/sessions":      {"data.line_items", "data.subscription"},
		"/v1/events":                 nil,
		"/v1/coupons":                {"data.applies_to"},
		"/v1/promotion_codes":        {"data.promotion.coupon"},
		"/v1/billing/meters":         nil,
		"/v1/payment_methods":        {"data.customer"},
		"/v1/webhook_endpoints":      nil,
		"/v1/products":               nil,
		"/v1/subscription_schedules": {"data.phases.items.price"},
	} {
		pairs := append([]string{"limit", "100"}, expansions(expand)...)
		if path == "/v1/subscriptions" {
			pairs = append(pairs, "status", "all")
		}
		page := s.payment("GET "+path, pairs...)
		for page["has_more"] == true {
			all := page["data"].([]any)
			page = s.payment("GET "+path, append(pairs, "starting_after", text(all[len(all)-1].(object), "id"))...)
		}
	}
	event := text(inner(s.payment("GET /v1/events", "type", "invoice.*", "created[gte]", "1", "limit", "1"), "data"), "id")
	s.payment("GET /v1/events", "types[0]", "invoice.paid", "types[1]", "charge.refunded")
	s.payment("GET /v1/events", "ending_before", event, "limit", "2")
	s.look("/v1/events/" + event)
}
