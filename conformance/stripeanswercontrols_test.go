package conformance_test

import (
	"net/http"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
)

// answered returns a request and stripe-mock's answer, without what nobody asked
// to see in it.
func answered(t *testing.T, q conformance.Request) exchange {
	t.Helper()
	a, err := stub(t).Answer(q)
	if err != nil {
		t.Fatal(err)
	}
	a.Body = edited(t, a.Body, func(m map[string]any) { tidy(m) })
	return exchange{Request: q, Answer: a}
}

func TestTheCheckOfStripesAnswersBites(t *testing.T) {
	b := book(t)
	subscription, invoice := answered(t, stripeGet("/v1/subscriptions/sub_1")), answered(t, stripeGet("/v1/invoices/in_1"))
	prices := answered(t, stripeGet("/v1/prices", "expand[0]", "data.product"))
	checkout, gone := answered(t, stripeGet("/v1/checkout/sessions/cs_1")), stripeGet("/v1/webhook_endpoints/we_1")
	gone.Method = http.MethodDelete
	removed := answered(t, gone)
	all := []exchange{subscription, invoice, prices, checkout, removed}
	for _, x := range all {
		clean(t, b.CheckAnswer(x.Request, x.Answer))
	}
	for _, c := range []struct {
		name        string
		of          exchange
		change      func(map[string]any)
		field, rule string
	}{
		{"a key of our own", subscription, func(m map[string]any) { m["xswarm"] = 1 }, "xswarm", "undeclared"},
		{"a key of our own in a list", prices, func(m map[string]any) { inner(m, "data")["xswarm"] = 1 }, "data.0.xswarm", "undeclared"},
		{"a key of our own, far down", subscription, func(m map[string]any) { inner(m, "items", "data", "price", "recurring")["xswarm"] = 1 }, "items.data.0.price.recurring.xswarm", "undeclared"},
		{"a key of our own in one of several shapes", subscription, func(m map[string]any) { inner(m, "automatic_tax", "liability")["xswarm"] = 1 }, "automatic_tax.liability.xswarm", "undeclared"},
		{"a key in an object that has none", invoice, func(m map[string]any) {
			inner(m, "payment_settings")["payment_method_options"] = map[string]any{"sepa_debit": map[string]any{"xswarm": 1}}
		}, "payment_settings.payment_method_options.sepa_debit.xswarm", "undeclared"},
		{"a key of the past", subscription, func(m map[string]any) { m["current_period_end"] = 1 }, "current_period_end", "undeclared"},
		{"no identifier", subscription, func(m map[string]any) { delete(m, "id") }, "id", "required"},
		{"no period", subscription, func(m map[string]any) { delete(inner(m, "items", "data"), "current_period_end") }, "items.data.0.current_period_end", "required"},
		{"no end of a list", prices, func(m map[string]any) { delete(m, "has_more") }, "has_more", "required"},
		{"no kind of what is gone", removed, func(m map[string]any) { delete(m, "deleted") }, "deleted", "required"},
		{"a key that may be null is missing", subscription, func(m map[string]any) { delete(m, "canceled_at") }, "canceled_at", "example"},
		{"a key that may be null is missing in a list", subscription, func(m map[string]any) { delete(inner(m, "items", "data", "price"), "lookup_key") }, "items.data.0.price.lookup_key", "example"},
		{"a number for a text", subscription, func(m map[string]any) { m["description"] = 1 }, "description", "type"},
		{"a text for a number", invoice, func(m map[string]any) { m["total"] = "4000" }, "total", "type"},
		{"a fraction of a cent", invoice, func(m map[string]any) { m["total"] = 1.5 }, "total", "type"},
		{"a time in words", subscription, func(m map[string]any) { m["created"] = "2026-11-22T09:00:00Z" }, "created", "type"},
		{"a note that is no text", subscription, func(m map[string]any) { m["metadata"] = map[string]any{"n": 1} }, "metadata.n", "type"},
		{"a note that is too long", subscription, func(m map[string]any) { m["metadata"] = map[string]any{"n": strings.Repeat("x", 501)} }, "metadata.n", "maxLength"},
		{"null where there is always something", subscription, func(m map[string]any) { m["items"] = nil }, "items", "nullable"},
		{"a state that there is not", subscription, func(m map[string]any) { m["status"] = "lapsed" }, "status", "enum"},
		{"a state that there is not in a choice", checkout, func(m map[string]any) { m["payment_status"] = "free" }, "payment_status", "enum"},
		{"another kind of object", subscription, func(m map[string]any) { m["object"] = "plan" }, "object", "enum"},
		{"a list for an object", subscription, func(m map[string]any) { m["items"] = []any{} }, "items", "type"},
		{"a link to another list", prices, func(m map[string]any) { m["url"] = "/v1/prices/search" }, "url", "link"},
		{"a link that is none", prices, func(m map[string]any) { m["url"] = "/v1/products" }, "url", "pattern"},
		{"whole, and nobody asked", subscription, func(m map[string]any) { m["customer"] = stubbedObject(t, "/v1/customers/cus_1") }, "customer", "expand"},
		{"whole in a list, and nobody asked", subscription, func(m map[string]any) {
			inner(m, "items", "data", "price")["product"] = stubbedObject(t, "/v1/products/prod_1")
		}, "items.data.0.price.product", "expand"},
		{"not whole, and somebody asked", prices, func(m map[string]any) { inner(m, "data")["product"] = "prod_1" }, "data.0.product", "expand"},
		{"there, and nobody asked", prices, func(m map[string]any) { inner(m, "data")["tiers"] = []any{} }, "data.0.tiers", "expand"},
	} {
		x := c.of
		x.Answer.Body = edited(t, x.Answer.Body, c.change)
		bites(t, c.name, b.CheckAnswer(x.Request, x.Answer), c.field, c.rule)
	}
	broken := func(change func(*conformance.Answer)) []conformance.Finding {
		x := subscription
		x.Answer.Header = x.Answer.Header.Clone()
		change(&x.Answer)
		return b.CheckAnswer(x.Request, x.Answer)
	}
	bites(t, "another status", broken(func(a *conformance.Answer) { a.Status = 201 }), "", "status")
	bites(t, "a page", broken(func(a *conformance.Answer) { a.Header.Set("Content-Type", "text/html") }), "", "form")
	bites(t, "half a document", broken(func(a *conformance.Answer) { a.Body = a.Body[:10] }), "", "form")
}

func TestTheCheckOfTheSecondAPIsAnswersBites(t *testing.T) {
	b := book(t)
	of := func(q conformance.Request, change func(map[string]any)) []conformance.Finding {
		a := secondAPI(q)
		a.Body = edited(t, a.Body, change)
		return b.CheckAnswer(q, a)
	}
	list, event := stripeGet("/v2/core/event_destinations"), stripeGet("/v2/core/events/evt_1")
	clean(t, of(list, func(map[string]any) {}))
	clean(t, of(event, func(map[string]any) {}))
	clean(t, of(event, func(m map[string]any) {
		m["type"] = "v1.billing.meter.no_meter_found"
		delete(m, "related_object")
	}))
	for _, c := range []struct {
		name        string
		q           conformance.Request
		change      func(map[string]any)
		field, rule string
	}{
		{"no next page", list, func(m map[string]any) { delete(m, "next_page_url") }, "next_page_url", "required"},
		{"a page of the first API", list, func(m map[string]any) { m["has_more"] = false }, "has_more", "undeclared"},
		{"a time as a number", list, func(m map[string]any) { inner(m, "data")["created"] = 1795305600 }, "data.0.created", "type"},
		{"a time in another form", list, func(m map[string]any) { inner(m, "data")["created"] = "2026-11-22 09:00" }, "data.0.created", "pattern"},
		{"no state", list, func(m map[string]any) { delete(inner(m, "data"), "status") }, "data.0.status", "required"},
		{"a state that there is not", list, func(m map[string]any) { inner(m, "data")["status"] = "on" }, "data.0.status", "enum"},
		{"a secret of another kind", list, func(m map[string]any) { inner(m, "data", "webhook_endpoint")["signing_secret"] = "x" }, "data.0.webhook_endpoint.signing_secret", "pattern"},
		{"no data", event, func(m map[string]any) { delete(m, "data") }, "data", "required"},
		{"a key of our own, far down", event, func(m map[string]any) { inner(m, "data", "reason", "error_types", "sample_errors")["code"] = "x" }, "data.reason.error_types.0.sample_errors.0.code", "undeclared"},
		{"a reason that there is not", event, func(m map[string]any) { inner(m, "data", "reason", "error_types")["code"] = "bad" }, "data.reason.error_types.0.code", "enum"},
		{"no identifier of what was wrong", event, func(m map[string]any) {
			delete(inner(m, "data", "reason", "error_types", "sample_errors", "request"), "identifier")
		}, "data.reason.error_types.0.sample_errors.0.request.identifier", "required"},
		{"a meter that is none", event, func(m map[string]any) { inner(m, "related_object")["url"] = "/v1/meters/mtr_1" }, "related_object.url", "pattern"},
	} {
		bites(t, c.name, of(c.q, c.change), c.field, c.rule)
	}
}

func TestTheCheckOfStripesRefusalsBites(t *testing.T) {
	b, first, second := book(t), stripeGet("/v1/prices"), stripeGet("/v2/core/events/evt_1")
	answer := func(status int, body string) conformance.Answer {
		return conformance.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}, "Request-Id": {"req_1"}}, Body: []byte(body)}
	}
	const (
		no  = `{"error": {"type": "invalid_request_error", "code": "resource_missing", "param": "price", "message": "No such price: 'price_1'", "doc_url": "https://stripe.com/docs"}}`
		no2 = `{"error": {"code": "not_found", "message": "Not found"}}`
	)
	clean(t, b.CheckRefusal(first, answer(404, no)))
	clean(t, b.CheckRefusal(second, answer(404, no2)))
	for _, c := range []struct {
		name        string
		q           conformance.Request
		status      int
		body        string
		change      func(map[string]any)
		field, rule string
	}{
		{"no kind", first, 404, no, func(m map[string]any) { delete(inner(m, "error"), "type") }, "error.type", "required"},
		{"a kind that there is not", first, 404, no, func(m map[string]any) { inner(m, "error")["type"] = "not_found" }, "error.type", "enum"},
		{"a kind that does not go with the status", first, 402, no, func(map[string]any) {}, "error.type", "status"},
		{"no message", first, 404, no, func(m map[string]any) { delete(inner(m, "error"), "message") }, "error.message", "required"},
		{"a code that is a number", first, 404, no, func(m map[string]any) { inner(m, "error")["code"] = 404 }, "error.code", "type"},
		{"a key of our own", first, 404, no, func(m map[string]any) { inner(m, "error")["detail"] = "x" }, "error.detail", "undeclared"},
		{"a key of our own beside it", first, 404, no, func(m map[string]any) { m["status"] = 404 }, "status", "undeclared"},
		{"no error", first, 404, no, func(m map[string]any) { delete(m, "error") }, "error", "required"},
		{"no code in the second API", second, 404, no2, func(m map[string]any) { delete(inner(m, "error"), "code") }, "error.code", "required"},
		{"a word of the first API in the second", second, 404, no2, func(m map[string]any) { inner(m, "error")["param"] = "id" }, "error.param", "undeclared"},
	} {
		a := answer(c.status, string(edited(t, []byte(c.body), c.change)))
		bites(t, c.name, b.CheckRefusal(c.q, a), c.field, c.rule)
	}
	nameless := answer(404, no)
	nameless.Header.Del("Request-Id")
	bites(t, "no identifier of the request", b.CheckRefusal(first, nameless), "Request-Id", "required")
	bites(t, "no refusal", b.CheckRefusal(first, answer(200, no)), "", "status")
}
