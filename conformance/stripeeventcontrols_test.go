package conformance_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v85/webhook"

	"xswarm.ai/server/conformance"
)

// eventAbout makes an event of an object as stripe-mock shows it.
func eventAbout(t *testing.T, kind, path string) map[string]any {
	t.Helper()
	return map[string]any{
		"id": "evt_1", "object": "event", "api_version": conformance.StripeVersion, "created": midnight, "livemode": false,
		"pending_webhooks": 1, "request": map[string]any{"id": nil, "idempotency_key": nil}, "type": kind,
		"data": map[string]any{"object": stubbedObject(t, path)},
	}
}

func marshalled(t *testing.T, value any) []byte {
	t.Helper()
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// subjects are the objects of the events that the product listens to, by how the
// events' types begin.
var subjects = []struct{ prefix, path string }{
	{"charge.dispute.", "/v1/disputes/du_1"}, {"charge.", "/v1/charges/ch_1"}, {"checkout.session.", "/v1/checkout/sessions/cs_1"},
	{"customer.subscription.", "/v1/subscriptions/sub_1"}, {"customer.", "/v1/customers/cus_1"}, {"invoice.", "/v1/invoices/in_1"},
	{"subscription_schedule.", "/v1/subscription_schedules/sub_sched_1"},
}

func subjectOf(t *testing.T, kind string) string {
	t.Helper()
	for _, s := range subjects {
		if strings.HasPrefix(kind, s.prefix) {
			return s.path
		}
	}
	t.Fatalf("what is %s about?", kind)
	return ""
}

func TestEveryEventThatIsListenedToIsAboutWhatIsDescribed(t *testing.T) {
	b, known := book(t), conformance.NewExemptions(eventDefects()...)
	for _, kind := range listened {
		if found := known.Without("stripe", b.CheckEvent(marshalled(t, eventAbout(t, kind, subjectOf(t, kind))))); len(found) > 0 {
			t.Errorf("%s:%s", kind, conformance.List(found))
		}
	}
	needed(t, known)
}

func TestTheCheckOfStripesEventsBites(t *testing.T) {
	b := book(t)
	event := func(change func(map[string]any)) []byte {
		e := eventAbout(t, "customer.subscription.updated", "/v1/subscriptions/sub_1")
		inner(e, "data")["previous_attributes"] = map[string]any{"status": "incomplete", "items": map[string]any{"data": []any{map[string]any{"quantity": 1}}}}
		change(e)
		return marshalled(t, e)
	}
	clean(t, b.CheckEvent(event(func(map[string]any) {})))
	for _, c := range []struct {
		name        string
		change      func(map[string]any)
		field, rule string
	}{
		{"an event that there is not", func(m map[string]any) { m["type"] = "subscription.updated" }, "type", "enum"},
		{"an event about something else", func(m map[string]any) { m["type"] = "customer.updated" }, "data.object.object", "const"},
		{"an object that there is not", func(m map[string]any) { inner(m, "data", "object")["object"] = "membership" }, "data.object.object", "enum"},
		{"another version", func(m map[string]any) { m["api_version"] = "2026-08-26.dahlia" }, "api_version", "const"},
		{"no version", func(m map[string]any) { m["api_version"] = nil }, "api_version", "const"},
		{"a key of our own beside it", func(m map[string]any) { m["xswarm"] = 1 }, "xswarm", "undeclared"},
		{"a key of our own beside the object", func(m map[string]any) { inner(m, "data")["xswarm"] = 1 }, "data.xswarm", "undeclared"},
		{"a key of our own in the object", func(m map[string]any) { inner(m, "data", "object")["xswarm"] = 1 }, "data.object.xswarm", "undeclared"},
		{"no request", func(m map[string]any) { delete(m, "request") }, "request", "example"},
		{"no object", func(m map[string]any) { delete(inner(m, "data"), "object") }, "data.object", "required"},
		{"a required key is missing in the object", func(m map[string]any) { delete(inner(m, "data", "object"), "status") }, "data.object.status", "required"},
		{"a key that may be null is missing in the object", func(m map[string]any) { delete(inner(m, "data", "object"), "ended_at") }, "data.object.ended_at", "example"},
		{"a text for a number in the object", func(m map[string]any) { inner(m, "data", "object")["created"] = "now" }, "data.object.created", "type"},
		{"whole in the object", func(m map[string]any) {
			inner(m, "data", "object")["customer"] = stubbedObject(t, "/v1/customers/cus_1")
		}, "data.object.customer", "expand"},
		{"a key of our own in what was", func(m map[string]any) { inner(m, "data", "previous_attributes")["xswarm"] = 1 }, "data.previous_attributes.xswarm", "undeclared"},
		{"a key of our own far down in what was", func(m map[string]any) { inner(m, "data", "previous_attributes", "items", "data")["xswarm"] = 1 }, "data.previous_attributes.items.data.0.xswarm", "undeclared"},
		{"what was before there was anything", func(m map[string]any) { m["type"] = "customer.subscription.created" }, "data.previous_attributes", "undeclared"},
		{"no kind of event", func(m map[string]any) { m["object"] = "webhook" }, "object", "enum"},
	} {
		bites(t, c.name, b.CheckEvent(event(c.change)), c.field, c.rule)
	}
	bites(t, "half a document", b.CheckEvent([]byte(`{"id":`)), "", "form")
	nameless := func(kind string) []conformance.Finding {
		e := eventAbout(t, kind, "/v1/invoices/in_1")
		delete(inner(e, "data", "object"), "id")
		return b.CheckEvent(marshalled(t, e))
	}
	clean(t, nameless("invoice.upcoming"))
	bites(t, "an invoice without an identifier", nameless("invoice.paid"), "data.object.id", "required")

	thin := func(change func(map[string]any)) []conformance.Finding {
		return b.CheckEvent(edited(t, []byte(thinEvent), func(m map[string]any) {
			delete(m, "data")
			change(m)
		}))
	}
	clean(t, thin(func(map[string]any) {}))
	bites(t, "a thin event that is not", thin(func(m map[string]any) { m["data"] = map[string]any{} }), "data", "undeclared")
	bites(t, "a thin event of another kind", thin(func(m map[string]any) { m["type"] = "v2.core.account.closed" }), "type", "enum")
	bites(t, "a thin event about nothing", thin(func(m map[string]any) { delete(m, "related_object") }), "related_object", "required")
}

func TestTheCheckOfStripesWebhooksBites(t *testing.T) {
	b := book(t)
	const secret = "whsec_0123456789abcdef"
	body := marshalled(t, eventAbout(t, "invoice.paid", "/v1/invoices/in_1"))
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret})
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Stripe-Signature": {signed.Header}}
	clean(t, b.CheckStripeHook(secret, header, body))
	bites(t, "another secret", b.CheckStripeHook("whsec_1", header, body), "Stripe-Signature", "signature")
	bites(t, "another body", b.CheckStripeHook(secret, header, append(body, ' ')), "Stripe-Signature", "signature")
	form := header.Clone()
	form.Set("Content-Type", "application/x-www-form-urlencoded")
	bites(t, "a form", b.CheckStripeHook(secret, form, body), "", "form")
	bites(t, "a webhook without an event", b.CheckStripeHook(secret, header, []byte(`{}`)), "object", "enum")
}
