package conformance_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
)

// The tests here and in stripeanswercontrols_test.go are about the checks of Stripe,
// as those of controls_test.go are about the others.

// formOf writes a form: names and values by turns, each as it is meant.
func formOf(pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, pairs[i]+"="+pairs[i+1])
	}
	return strings.Join(out, "&")
}

// instead returns a form with other values, in which "-" stands for none.
func instead(pairs []string, changes ...string) string {
	out := slices.Clone(pairs)
	for i := 0; i < len(changes); i += 2 {
		at := slices.Index(out, changes[i])
		switch {
		case at < 0:
			out = append(out, changes[i], changes[i+1])
		case changes[i+1] == "-":
			out = slices.Delete(out, at, at+2)
		default:
			out[at+1] = changes[i+1]
		}
	}
	return formOf(out...)
}

// Forms without fault.
var (
	aCheckout = []string{
		"mode", "subscription", "customer", "cus_1", "success_url", "https://xswarm.example", "line_items[0][price]", "price_1",
		"line_items[0][quantity]", "1", "line_items[1][price]", "price_2", "automatic_tax[enabled]", "true",
		"subscription_data[billing_mode][type]", "flexible", "metadata[user_id]", "usr_1", "expand[0]", "subscription",
	}
	aPrice = []string{
		"currency", "usd", "product", "prod_1", "recurring[interval]", "month", "billing_scheme", "tiered", "tiers_mode", "graduated",
		"tiers[0][up_to]", "500", "tiers[0][unit_amount]", "0", "tiers[1][up_to]", "inf", "tiers[1][unit_amount_decimal]", "1.3",
	}
	anUpdate   = []string{"items[0][id]", "si_1", "items[0][price]", "price_1", "proration_date", "1795305600", "cancel_at", "", "discounts", ""}
	anAmount   = []string{"event_name", "voice_minutes", "payload[value]", "1", "payload[stripe_customer_id]", "cus_1", "identifier", "voice:CA1"}
	aWebhook   = []string{"url", "https://xswarm.example", "enabled_events[0]", "invoice.paid"}
	stripePath = map[*[]string]string{
		&aCheckout: "/v1/checkout/sessions", &aPrice: "/v1/prices", &anUpdate: "/v1/subscriptions/sub_1",
		&anAmount: "/v1/billing/meter_events", &aWebhook: "/v1/webhook_endpoints",
	}
)

func TestTheCheckOfStripesFormsBites(t *testing.T) {
	b, s := book(t), stub(t)
	for form, path := range stripePath {
		clean(t, b.CheckRequest(stripePost(path, formOf(*form...))))
	}
	for _, c := range []struct {
		name        string
		form        *[]string
		changes     []string
		field, rule string
		overlooked  bool // by stripe-mock
	}{
		{"a key that there is not", &aCheckout, []string{"colour", "red"}, "colour", "undeclared", false},
		{"a key that there is not in a list", &aCheckout, []string{"line_items[0][qty]", "1"}, "line_items.0.qty", "undeclared", true},
		{"a key that there is not, far down", &aCheckout, []string{"subscription_data[billing_mode][kind]", "x"}, "subscription_data.billing_mode.kind", "undeclared", true},
		{"a key of the other half of a choice", &anUpdate, []string{"discounts", "-", "discounts[0][cupon]", "x"}, "discounts.0.cupon", "undeclared", true},
		{"words for a number", &aCheckout, []string{"line_items[0][quantity]", "many"}, "line_items.0.quantity", "type", false},
		{"a fraction for a whole number", &aCheckout, []string{"line_items[0][quantity]", "1.5"}, "line_items.0.quantity", "type", false},
		{"nothing for a number", &anUpdate, []string{"proration_date", ""}, "proration_date", "type", false},
		{"a number with a plus", &anUpdate, []string{"proration_date", "%2B1"}, "proration_date", "type", true},
		{"no boolean", &aCheckout, []string{"automatic_tax[enabled]", "yes"}, "automatic_tax.enabled", "type", false},
		{"a boolean in capitals", &aCheckout, []string{"automatic_tax[enabled]", "True"}, "automatic_tax.enabled", "type", true},
		{"a value that there is not", &aCheckout, []string{"mode", "forever"}, "mode", "enum", false},
		{"a value that there is not, far down", &aCheckout, []string{"subscription_data[billing_mode][type]", "rigid"}, "subscription_data.billing_mode.type", "enum", false},
		{"a word of a choice that there is not", &anUpdate, []string{"cancel_at", "someday"}, "cancel_at", "enum", false},
		{"a word in place of a list", &anUpdate, []string{"discounts", "none"}, "discounts", "enum", false},
		{"a last tier that does not end", &aPrice, []string{"tiers[1][up_to]", "forever"}, "tiers.1.up_to", "enum", false},
		{"an event that there is not", &aWebhook, []string{"enabled_events[0]", "invoice.payed"}, "enabled_events.0", "enum", false},
		{"an event of the second API", &aWebhook, []string{"enabled_events[1]", "v1.billing.meter.no_meter_found"}, "enabled_events.1", "enum", false},
		{"a version that there is not", &aWebhook, []string{"api_version", "2026-03-26.dahlia"}, "api_version", "enum", false},
		{"no currency", &aPrice, []string{"currency", "-"}, "currency", "required", false},
		{"a required key is missing in an object", &aPrice, []string{"recurring[interval]", "-", "recurring[usage_type]", "metered"}, "recurring.interval", "required", false},
		{"a required key is missing in a list", &aPrice, []string{"tiers[1][up_to]", "-"}, "tiers.1.up_to", "required", false},
		{"no payload", &anAmount, []string{"payload[value]", "-", "payload[stripe_customer_id]", "-"}, "payload", "required", false},
		{"an object where a text is kept", &anAmount, []string{"payload[a][b]", "1"}, "payload.a", "type", false},
		{"a name that is too long", &anAmount, []string{"identifier", strings.Repeat("x", 101)}, "identifier", "maxLength", true},
		{"a reference that is too long", &aCheckout, []string{"client_reference_id", strings.Repeat("x", 201)}, "client_reference_id", "maxLength", true},
		{"a list with a gap", &aCheckout, []string{"line_items[3][price]", "price_3"}, "line_items.2", "form", false},
		{"a list by names", &aCheckout, []string{"expand[0]", "-", "expand[first]", "customer"}, "expand.0", "form", false},
		{"a value for a list", &aCheckout, []string{"expand[0]", "-", "expand", "customer"}, "expand", "type", false},
		{"a value for an object", &aPrice, []string{"recurring[interval]", "-", "recurring", "month"}, "recurring", "type", false},
		{"an object for a value", &aCheckout, []string{"customer", "-", "customer[id]", "cus_1"}, "customer", "type", false},
		{"a value and names below it", &aCheckout, []string{"customer[id]", "cus_1"}, "customer.id", "form", false},
		{"a value given twice", &anAmount, []string{"event_name", "voice_minutes&event_name=sms_messages"}, "event_name", "repeated", true},
		{"a bracket that is not closed", &aCheckout, []string{"line_items[0", "price_1"}, "line_items[0", "form", false},
		{"what cannot be expanded", &aCheckout, []string{"expand[0]", "subscriptions"}, "0", "expand", true},
		{"what cannot be expanded, further down", &aCheckout, []string{"expand[0]", "subscription.card"}, "0", "expand", true},
		{"what is too deep to expand", &aCheckout, []string{"expand[0]", "subscription.latest_invoice.lines.data.pricing"}, "0", "expand", true},
	} {
		q := stripePost(stripePath[c.form], instead(*c.form, c.changes...))
		bites(t, c.name, b.CheckRequest(q), c.field, c.rule)
		a, err := s.Answer(q)
		if err != nil {
			t.Fatal(err)
		}
		if (a.Status < 300) != c.overlooked {
			t.Errorf("%s: stripe-mock answers %d %s, and overlooked is %v", c.name, a.Status, a.Body, c.overlooked)
		}
	}
}

func TestTheCheckOfStripesQueriesAndPathsBites(t *testing.T) {
	b := book(t)
	with := func(method, body string, q conformance.Request) conformance.Request {
		q.Method, q.Body = method, []byte(body)
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return q
	}
	gone := func(path string, query ...string) conformance.Request {
		return with(http.MethodDelete, "", stripeGet(path, query...))
	}
	const prices, summaries = "/v1/prices", "/v1/billing/meters/mtr_1/event_summaries"
	for _, q := range []conformance.Request{
		stripeGet(prices, "lookup_keys[]", "a", "lookup_keys[]", "b", "expand[]", "data.tiers", "limit", "100", "created[gte]", "1"),
		stripeGet(prices, "created", "1"),
		gone("/v1/subscriptions/sub_1", "prorate", "true"),
		with(http.MethodDelete, "prorate=true", stripeGet("/v1/subscriptions/sub_1")),
	} {
		clean(t, b.CheckRequest(q))
	}
	for _, c := range []struct {
		name        string
		q           conformance.Request
		field, rule string
	}{
		{"a filter that there is not", stripeGet(prices, "lookup_key", "a"), "lookup_key", "undeclared"},
		{"a bound that there is not", stripeGet(prices, "created[since]", "1"), "created.since", "undeclared"},
		{"a filter given twice", stripeGet(prices, "limit", "1", "limit", "2"), "limit", "repeated"},
		{"words for a number", stripeGet(prices, "limit", "all"), "limit", "type"},
		{"no boolean", stripeGet(prices, "active", "1"), "active", "type"},
		{"a value that there is not", stripeGet("/v1/subscriptions", "status", "gone"), "status", "enum"},
		{"a value for a list", stripeGet(prices, "lookup_keys", "a"), "lookup_keys", "type"},
		{"a required filter is missing", stripeGet(summaries, "start_time", "0", "end_time", "60"), "customer", "required"},
		{"what cannot be expanded", stripeGet(prices, "expand[]", "tiers"), "0", "expand"},
		{"what cannot be expanded in a list", stripeGet(prices, "expand[]", "data.tariff"), "0", "expand"},
		{"a body where there is none", with(http.MethodGet, "limit=1", stripeGet(prices)), "limit", "undeclared"},
		{"a query where there is a form", with(http.MethodPost, formOf(aWebhook...), stripeGet("/v1/webhook_endpoints", "description", "x")), "description", "undeclared"},
		{"a way to end that there is not", gone("/v1/subscriptions/sub_1", "now", "true"), "now", "undeclared"},
		{"a way to settle that there is not", gone("/v1/subscription_items/si_1", "proration_behavior", "later"), "proration_behavior", "enum"},
		{"a path that there is not", stripeGet("/v1/price/price_1"), "", "undeclared"},
		{"a path without its identifier", stripeGet("/v1/customers/"), "", "undeclared"},
		{"a path of the past", stripePost("/v1/subscription_items/si_1/usage_records", "quantity=1"), "", "undeclared"},
		{"a method that there is not", with(http.MethodPut, "", stripeGet(prices)), "", "undeclared"},
		{"an identifier that is too long", stripeGet("/v1/invoices/in_" + strings.Repeat("x", 5000)), "invoice", "maxLength"},
	} {
		bites(t, c.name, b.CheckRequest(c.q), c.field, c.rule)
	}
}

func TestTheCheckOfStripesHeadersBites(t *testing.T) {
	b := book(t)
	for _, c := range []struct{ name, header, value, field, rule string }{
		{"no key", "Authorization", "", "Authorization", "required"},
		{"a key that may be shown", "Authorization", "Bearer pk_test_0123456789abcdef", "Authorization", "required"},
		{"a key of another kind", "Authorization", "Basic c2tfdGVzdF8xOg==", "Authorization", "required"},
		{"no version", "Stripe-Version", "", "Stripe-Version", "const"},
		{"another version", "Stripe-Version", "2026-08-26.dahlia", "Stripe-Version", "const"},
		{"a key of the request that is too long", "Idempotency-Key", strings.Repeat("x", 256), "Idempotency-Key", "maxLength"},
		{"JSON where there is a form", "Content-Type", "application/json", "", "undeclared"},
		{"no type", "Content-Type", "", "", "undeclared"},
	} {
		q := stripePost("/v1/prices", formOf(aPrice...))
		q.Header.Set(c.header, c.value)
		bites(t, c.name, b.CheckRequest(q), c.field, c.rule)
	}
}

func TestTheCheckOfStripesSecondAPIBites(t *testing.T) {
	b := book(t)
	const list, whole = "/v2/core/event_destinations", `{
		"name": "xSwarm", "type": "webhook_endpoint", "event_payload": "thin", "enabled_events": ["v1.billing.meter.no_meter_found"],
		"webhook_endpoint": {"url": "https://xswarm.example"}, "include": ["webhook_endpoint.signing_secret"], "metadata": {"app": "xswarm"}
	}`
	ask := func(path, body string) conformance.Request {
		q := stripePost(path, body)
		q.Header.Set("Content-Type", "application/json")
		return q
	}
	request := func(change func(map[string]any)) conformance.Request {
		return ask(list, string(edited(t, []byte(whole), change)))
	}
	clean(t, b.CheckRequest(request(func(map[string]any) {})))
	clean(t, b.CheckRequest(ask(list+"/ed_1", `{"metadata": {"old": null}}`)))
	clean(t, b.CheckRequest(stripeGet(list, "include[0]", "webhook_endpoint.url", "limit", "20")))
	for _, c := range []struct {
		name        string
		q           conformance.Request
		field, rule string
	}{
		{"no name", request(func(m map[string]any) { delete(m, "name") }), "name", "required"},
		{"no address", request(func(m map[string]any) { delete(inner(m, "webhook_endpoint"), "url") }), "webhook_endpoint.url", "required"},
		{"no events", request(func(m map[string]any) { m["enabled_events"] = []string{} }), "enabled_events", "minItems"},
		{"a kind that there is not", request(func(m map[string]any) { m["event_payload"] = "fat" }), "event_payload", "enum"},
		{"something to include that there is not", request(func(m map[string]any) { m["include"] = []string{"secret"} }), "include.0", "enum"},
		{"a number for a text", request(func(m map[string]any) { m["description"] = 1 }), "description", "type"},
		{"null for a note that is not there yet", request(func(m map[string]any) { m["metadata"] = map[string]any{"a": nil} }), "metadata.a", "nullable"},
		{"a key of the first API", request(func(m map[string]any) { m["url"] = "https://xswarm.example" }), "url", "undeclared"},
		{"a key that there is not, further down", request(func(m map[string]any) { inner(m, "webhook_endpoint")["secret"] = "x" }), "webhook_endpoint.secret", "undeclared"},
		{"what cannot be changed", ask(list+"/ed_1", `{"event_payload": "snapshot"}`), "event_payload", "undeclared"},
		{"half a document", ask(list, `{"name":`), "", "form"},
		{"a form where there is JSON", stripePost(list, "name=xSwarm"), "", "undeclared"},
		{"another's identifier", ask(list+"/we_1", `{}`), "id", "pattern"},
		{"another's identifier of an event", stripeGet("/v2/core/events/ed_1"), "id", "pattern"},
		{"a filter that there is not", stripeGet(list, "status", "enabled"), "status", "undeclared"},
		{"a page that is too large", stripeGet(list, "limit", "101"), "limit", "maximum"},
		{"a path of it that is not described", stripeGet("/v2/billing/meter_events"), "", "undeclared"},
	} {
		bites(t, c.name, b.CheckRequest(c.q), c.field, c.rule)
	}
}
