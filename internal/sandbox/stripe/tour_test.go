package stripe

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// tour asks for things one after the other and remembers which operations were
// asked for.
type tour struct {
	*shop
	seen map[string]bool
}

// do asks with a form, or with a query where the method has none, and wants an
// answer.
func (o *tour) do(at string, pairs ...string) map[string]any {
	o.t.Helper()
	return o.want(200, at, pairs...)
}

func (o *tour) want(status int, at string, pairs ...string) map[string]any {
	o.t.Helper()
	method, path, _ := strings.Cut(at, " ")
	body := form(pairs...)
	if method != "POST" && body != "" {
		path, body = path+"?"+body, ""
	}
	got, _, answer := o.raw(method, path, body)
	if got != status {
		o.t.Fatalf("%s %v: got %d %v, want %d", at, pairs, got, answer, status)
	}
	if status == 200 {
		o.seen[nameOf(method, path)] = true
	}
	return answer
}

// nameOf is the operation that a request is for: of several patterns that match
// the one with the fewest wildcards.
func nameOf(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	best, fewest := "", 99
	for _, rt := range Routes() {
		want, got := strings.Split(rt.Path, "/"), strings.Split(path, "/")
		wild := strings.Count(rt.Path, "{")
		if rt.Method != method || len(want) != len(got) || wild >= fewest {
			continue
		}
		same := true
		for i := range want {
			same = same && (strings.HasPrefix(want[i], "{") || want[i] == got[i])
		}
		if same {
			best, fewest = rt.Name, wild
		}
	}
	return best
}

func id(m map[string]any) string { s, _ := m["id"].(string); return s }

// TestEveryOperationAnswersAsItIsDescribed asks for all there is; the world looks
// at the answers.
func TestEveryOperationAnswersAsItIsDescribed(t *testing.T) {
	o := &tour{newShop(t, "2026-01-10"), map[string]bool{}}
	o.catalog()
	cu := o.customers()
	o.payments(cu)
	o.subscriptions(cu)
	o.metering()
	o.hosted()
	o.events()
	for _, rt := range Routes() {
		if !o.seen[rt.Name] && strings.HasPrefix(rt.Path, "/v1/") {
			t.Errorf("the tour does not ask for %s (%s %s)", rt.Name, rt.Method, rt.Path)
		}
	}
	if len(o.wrong) > 0 {
		t.Errorf("the tour's requests are not as described: %v", o.wrong)
	}
}

func (o *tour) catalog() {
	p := o.do("POST /v1/products", "name", "Tea", "default_price_data[currency]", "usd", "default_price_data[unit_amount]", "300", "default_price_data[recurring][interval]", "month")
	o.do("GET /v1/products/"+id(p), "expand[]", "default_price")
	o.do("POST /v1/products/"+id(p), "description", "hot", "metadata[a]", "b", "images[]", "http://a.test/i.png")
	o.do("GET /v1/products", "active", "true", "ids[]", id(p))
	o.do("GET /v1/products/search", "query", `active:"true"`)
	gone := o.do("POST /v1/products", "name", "Gone")
	o.do("DELETE /v1/products/" + id(gone))
	price := o.do("POST /v1/prices", "currency", "eur", "product_data[name]", "Cup", "unit_amount_decimal", "12.5")
	o.do("GET /v1/prices/"+id(price), "expand[]", "product", "expand[]", "currency_options")
	o.do("POST /v1/prices/"+id(price), "nickname", "n", "active", "false", "lookup_key", "cup")
	o.do("GET /v1/prices", "type", "one_time", "recurring[usage_type]", "licensed")
	o.do("GET /v1/prices", "type", "one_time")
	cp := o.do("POST /v1/coupons", "percent_off", "10", "duration", "forever", "applies_to[products][]", id(p), "name", "Ten")
	o.do("GET /v1/coupons/"+id(cp), "expand[]", "applies_to")
	o.do("POST /v1/coupons/"+id(cp), "name", "10 off")
	o.do("GET /v1/coupons")
	pc := o.do("POST /v1/promotion_codes", "promotion[type]", "coupon", "promotion[coupon]", id(cp), "code", "TEN")
	o.do("GET /v1/promotion_codes/"+id(pc), "expand[]", "promotion.coupon")
	o.do("POST /v1/promotion_codes/"+id(pc), "active", "false")
	o.do("GET /v1/promotion_codes", "code", "ten")
	o.do("DELETE /v1/coupons/" + id(cp))
	o.want(404, "GET /v1/coupons/"+id(cp))
}

func (o *tour) customers() string {
	o.do("GET /v1/account")
	o.do("GET /v1/balance")
	cu := o.do("POST /v1/customers", "email", "eve@example.com", "payment_method", "pm_card_visa", "address[country]", "US", "address[postal_code]", "94103",
		"preferred_locales[]", "en")
	o.do("GET /v1/customers/"+id(cu), "expand[]", "subscriptions", "expand[]", "tax", "expand[]", "sources", "expand[]", "tax_ids")
	o.do("POST /v1/customers/"+id(cu), "name", "Eve", "balance", "0")
	o.do("GET /v1/customers", "email", "eve@example.com", "created[gte]", "1")
	o.do("GET /v1/customers/search", "query", `email~"eve"`)
	other := o.do("POST /v1/customers")
	o.do("DELETE /v1/customers/" + id(other))
	o.do("GET /v1/customers/" + id(other))
	return id(cu)
}

func (o *tour) payments(cu string) {
	pm := o.do("POST /v1/payment_methods", "type", "card", "card[number]", "4242424242424242", "card[exp_month]", "1", "card[exp_year]", "2031", "card[cvc]", "123",
		"billing_details[name]", "Eve")
	o.do("POST /v1/payment_methods/"+id(pm)+"/attach", "customer", cu)
	o.do("POST /v1/payment_methods/"+id(pm), "metadata[a]", "b", "card[exp_year]", "2032")
	o.do("GET /v1/payment_methods/" + id(pm))
	o.do("GET /v1/payment_methods", "customer", cu, "type", "card")
	o.do("GET /v1/customers/" + cu + "/payment_methods")
	o.do("POST /v1/customers/"+cu, "invoice_settings[default_payment_method]", id(pm))
	bank := o.do("POST /v1/payment_methods", "type", "us_bank_account", "us_bank_account[account_number]", "000123456789", "us_bank_account[routing_number]", "110000000",
		"us_bank_account[account_holder_type]", "individual")
	o.do("POST /v1/payment_methods/"+id(bank)+"/attach", "customer", cu)
	o.do("POST /v1/payment_methods/" + id(bank) + "/detach")
	si := o.do("POST /v1/setup_intents", "customer", cu, "payment_method_types[]", "card")
	o.do("GET /v1/setup_intents/" + id(si))
	o.do("POST /v1/setup_intents/"+id(si)+"/confirm", "payment_method", "pm_card_mastercard")
	o.do("GET /v1/setup_intents", "customer", cu)
	si = o.do("POST /v1/setup_intents")
	o.do("POST /v1/setup_intents/" + id(si) + "/cancel")
}

func (o *tour) subscriptions(cu string) {
	sub := o.do("POST /v1/subscriptions", "customer", cu, "items[0][price]", o.small.ID, "items[0][quantity]", "2", "items[1][price]", o.smallVoice.ID,
		"automatic_tax[enabled]", "true", "payment_settings[save_default_payment_method]", "on_subscription", "metadata[user]", "u",
		"expand[]", "latest_invoice.confirmation_secret", "expand[]", "pending_setup_intent")
	o.do("GET /v1/subscriptions/"+id(sub), "expand[]", "customer", "expand[]", "default_payment_method", "expand[]", "latest_invoice.payments")
	o.do("GET /v1/subscriptions", "customer", cu, "status", "all", "price", o.small.ID)
	o.do("POST /v1/subscriptions/"+id(sub), "description", "x", "cancellation_details[comment]", "c")
	it := o.do("POST /v1/subscription_items", "subscription", id(sub), "price", o.number.ID, "quantity", "1", "proration_behavior", "always_invoice")
	o.do("GET /v1/subscription_items/" + id(it))
	o.do("POST /v1/subscription_items/"+id(it), "quantity", "3")
	o.do("GET /v1/subscription_items", "subscription", id(sub))
	o.do("DELETE /v1/subscription_items/"+id(it), "proration_behavior", "none")
	o.do("POST /v1/invoices/create_preview", "subscription", id(sub), "invoice_items[0][amount]", "77", "invoice_items[0][currency]", "usd")
	o.invoices(cu, id(sub))
	sc := o.do("POST /v1/subscription_schedules", "from_subscription", id(sub))
	o.do("GET /v1/subscription_schedules/"+id(sc), "expand[]", "subscription")
	o.do("GET /v1/subscription_schedules", "customer", cu)
	o.do("POST /v1/subscription_schedules/"+id(sc), "end_behavior", "cancel", "metadata[a]", "b")
	o.do("POST /v1/subscription_schedules/" + id(sc) + "/release")
	sc = o.do("POST /v1/subscription_schedules", "customer", cu, "start_date", "now", "phases[0][items][0][price]", o.large.ID, "phases[0][duration][interval]", "month", "phases[0][duration][interval_count]", "2")
	o.do("POST /v1/subscription_schedules/" + id(sc) + "/cancel")
	o.do("DELETE /v1/subscriptions/"+id(sub), "invoice_now", "true", "prorate", "true")
	rest := o.do("POST /v1/subscriptions", "customer", id(o.do("POST /v1/customers")), "items[0][price]", o.small.ID, "trial_period_days", "1",
		"trial_settings[end_behavior][missing_payment_method]", "pause")
	o.pass(26 * time.Hour)
	who := o.do("GET /v1/subscriptions/" + id(rest))["customer"].(string)
	pm := o.do("POST /v1/payment_methods/pm_card_visa/attach", "customer", who)
	o.do("POST /v1/customers/"+who, "invoice_settings[default_payment_method]", id(pm))
	o.do("POST /v1/subscriptions/"+id(rest)+"/resume", "billing_cycle_anchor", "now")
}

func (o *tour) invoices(cu, sub string) {
	ii := o.do("POST /v1/invoiceitems", "customer", cu, "amount", "1500", "currency", "usd", "description", "extra", "subscription", sub)
	o.do("GET /v1/invoiceitems/" + id(ii))
	other := o.do("POST /v1/invoiceitems", "customer", cu, "unit_amount_decimal", "10.5", "quantity", "3")
	o.do("GET /v1/invoiceitems", "customer", cu, "pending", "true")
	o.do("DELETE /v1/invoiceitems/" + id(other))
	o.pass(31*24*time.Hour + time.Minute) // a draft lies there now
	in := o.do("GET /v1/invoices", "subscription", sub, "status", "draft")["data"].([]any)[0].(map[string]any)
	o.do("POST /v1/invoices/"+id(in), "description", "d", "auto_advance", "false", "metadata[a]", "b")
	o.do("POST /v1/invoices/" + id(in) + "/finalize")
	o.do("POST /v1/invoices/" + id(in) + "/pay")
	o.do("GET /v1/invoices/"+id(in), "expand[]", "payments", "expand[]", "customer")
	o.do("GET /v1/invoices/"+id(in)+"/lines", "limit", "2")
	ip := o.do("GET /v1/invoice_payments", "invoice", id(in), "payment[type]", "payment_intent")["data"].([]any)[0].(map[string]any)
	o.do("GET /v1/invoice_payments/"+id(ip), "expand[]", "payment.payment_intent")
	pi := ip["payment"].(map[string]any)["payment_intent"].(string)
	ch := o.do("GET /v1/payment_intents/"+pi, "expand[]", "latest_charge")["latest_charge"].(map[string]any)
	o.do("GET /v1/payment_intents", "customer", cu)
	o.do("GET /v1/charges/"+id(ch), "expand[]", "balance_transaction", "expand[]", "refunds")
	o.do("GET /v1/charges", "payment_intent", pi)
	r := o.do("POST /v1/refunds", "payment_intent", pi, "amount", "100", "metadata[a]", "b")
	o.do("GET /v1/refunds/" + id(r))
	o.do("GET /v1/refunds", "charge", id(ch))
	if err := o.engine.OpenDispute(id(ch)); err != nil {
		o.t.Fatal(err)
	}
	d := o.do("GET /v1/disputes", "charge", id(ch))["data"].([]any)[0].(map[string]any)
	o.do("GET /v1/disputes/"+id(d), "expand[]", "charge")
	o.do("POST /v1/disputes/" + id(d) + "/close")
	for _, end := range []string{"void", "mark_uncollectible"} {
		one := o.do("POST /v1/subscriptions", "customer", cu, "items[0][price]", o.small.ID, "payment_behavior", "default_incomplete")
		o.do("POST /v1/invoices/" + one["latest_invoice"].(string) + "/" + end)
	}
}

func (o *tour) metering() {
	cu := o.customer("pm_card_visa").ID
	o.do("POST /v1/billing/meter_events", "event_name", "voice_minutes", "payload[stripe_customer_id]", cu, "payload[value]", "3", "identifier", "x1")
	o.pass(2 * time.Second)
	day := o.clock().Truncate(24 * time.Hour).Unix()
	o.do("GET /v1/billing/meters/"+o.meter.ID+"/event_summaries", "customer", cu, "start_time", fmt.Sprint(day), "end_time", fmt.Sprint(day+86400), "value_grouping_window", "hour")
	o.do("POST /v1/billing/meter_event_adjustments", "event_name", "voice_minutes", "type", "cancel", "cancel[identifier]", "x1")
	m := o.do("POST /v1/billing/meters", "display_name", "T", "event_name", "texts", "default_aggregation[formula]", "sum", "customer_mapping[type]", "by_id",
		"customer_mapping[event_payload_key]", "stripe_customer_id", "value_settings[event_payload_key]", "value")
	o.do("GET /v1/billing/meters/" + id(m))
	o.do("POST /v1/billing/meters/"+id(m), "display_name", "Texts")
	o.do("POST /v1/billing/meters/" + id(m) + "/deactivate")
	o.do("POST /v1/billing/meters/" + id(m) + "/reactivate")
	o.do("GET /v1/billing/meters", "status", "active")
}

func (o *tour) hosted() {
	cs := o.session()
	o.do("GET /v1/checkout/sessions/"+cs.ID, "expand[]", "line_items", "expand[]", "customer")
	o.do("POST /v1/checkout/sessions/"+cs.ID, "metadata[a]", "b")
	o.do("GET /v1/checkout/sessions/" + cs.ID + "/line_items")
	o.do("GET /v1/checkout/sessions", "status", "open")
	o.do("POST /v1/checkout/sessions/" + cs.ID + "/expire")
	o.do("POST /v1/checkout/sessions", "mode", "subscription", "success_url", "http://a.test/", "line_items[0][price]", o.small.ID, "line_items[0][quantity]", "1",
		"allow_promotion_codes", "true", "billing_address_collection", "required", "phone_number_collection[enabled]", "true")
	pc := o.do("POST /v1/billing_portal/configurations", "features[invoice_history][enabled]", "true", "business_profile[headline]", "h", "default_return_url", "http://a.test/")
	o.do("GET /v1/billing_portal/configurations/" + id(pc))
	o.do("POST /v1/billing_portal/configurations/"+id(pc), "features[subscription_cancel][enabled]", "true", "features[subscription_cancel][mode]", "at_period_end")
	o.do("GET /v1/billing_portal/configurations", "is_default", "true")
	o.do("POST /v1/billing_portal/sessions", "customer", o.customer("").ID, "return_url", "http://a.test/")
	o.seen["checkout.sessions.create"], o.seen["meters.create"] = true, true
}

func (o *tour) events() {
	we := o.do("POST /v1/webhook_endpoints", "url", "http://a.test/", "enabled_events[]", "*")
	o.do("GET /v1/webhook_endpoints/" + id(we))
	o.do("POST /v1/webhook_endpoints/"+id(we), "description", "d", "enabled_events[]", "invoice.paid")
	o.do("GET /v1/webhook_endpoints")
	o.do("DELETE /v1/webhook_endpoints/" + id(we))
	list := o.do("GET /v1/events", "limit", "100")["data"].([]any)
	o.do("GET /v1/events/" + id(list[0].(map[string]any)))
	for _, ev := range o.engine.Events() {
		for _, problem := range o.engine.problems(ev.Body) {
			if !ev.Thin {
				o.t.Errorf("%s: %s", ev.Type, problem)
			}
		}
	}
}

func TestWhatIsNotThereIsMissingEverywhere(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	asked := 0
	for _, rt := range Routes() {
		if !strings.Contains(rt.Path, "{") {
			continue
		}
		open, close := strings.Index(rt.Path, "{"), strings.Index(rt.Path, "}")
		path := rt.Path[:open] + "nothing_like_it" + rt.Path[close+1:]
		pairs := map[string][]string{"payment_methods.attach": {"customer", "cus_1"}, "meter_event_summaries.list": {"customer", "c", "start_time", "60", "end_time", "120"}}[rt.Name]
		body := form(pairs...)
		if rt.Method == "GET" && body != "" {
			path, body = path+"?"+body, ""
		}
		status, _, answer := w.raw(rt.Method, path, body)
		if code := errorOf(answer)["code"]; status != 404 || code != "resource_missing" && code != "not_found" {
			t.Errorf("%s: got %d %v", rt.Name, status, answer)
		}
		asked++
	}
	if asked < 50 {
		t.Errorf("only %d operations were asked", asked)
	}
}

func TestOperationsHaveNamesOfTheirOwn(t *testing.T) {
	names := Operations()
	unique := map[string]bool{}
	for _, n := range names {
		unique[n] = true
	}
	if len(unique) != len(names) || len(names) != len(Routes()) || !slices.Contains(slices.Collect(maps.Keys(unique)), "checkout.sessions.create") {
		t.Errorf("got %d names for %d operations", len(unique), len(Routes()))
	}
}
