package conformance

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stripe/stripe-go/v85/webhook"
)

// Stripe's events come in two forms: "snapshots", which bring the object that they
// are about, and "thin" ones of the second API, which only name it.

const (
	snapshotEvent = "event"
	thinEvent     = "v2.core.event"
)

// CheckStripeHook returns how a webhook of Stripe's differs from what is described.
// The signature is verified by the vendor's own library, which leaves the age to
// the clock of whoever is told.
func (b *Book) CheckStripeHook(secret string, header http.Header, body []byte) []Finding {
	var out []Finding
	bad := func(field, rule, format string, args ...any) {
		out = append(out, Finding{Part: "webhook", Field: field, Rule: rule, Says: fmt.Sprintf(format, args...)})
	}
	if kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")); kind != "application/json" {
		bad("", ruleForm, "its type is %q", kind)
	}
	if err := webhook.ValidatePayloadIgnoringTolerance(body, header.Get("Stripe-Signature"), secret); err != nil {
		bad("Stripe-Signature", ruleSignature, "%v", err)
	}
	return append(out, b.CheckEvent(body)...)
}

// IsEvent reports whether there is an event of a type, in either form.
func (b *Book) IsEvent(kind string) bool {
	_, known := b.stripe.subjects[kind]
	return known || strings.HasPrefix(kind, "v1.billing.meter.")
}

// CheckEvent returns how an event differs from what is described, whether a webhook
// brings it or the API tells it.
func (b *Book) CheckEvent(body []byte) []Finding {
	var event map[string]any
	if err := json.Unmarshal(body, &event); err != nil {
		return []Finding{{Part: "event", Rule: ruleForm, Says: err.Error()}}
	}
	switch event["object"] {
	case snapshotEvent:
		return b.stripe.snapshot("", event)
	case thinEvent:
		return b.stripe.thin(event)
	}
	return []Finding{{Part: "event", Field: "object", Rule: "enum", Says: "is no kind of event", Value: event["object"]}}
}

// thin checks an event as a webhook brings it: whatever it is about has to be asked
// for.
func (s stripeTerms) thin(event map[string]any) []Finding {
	return differences("event", "", event, &openapi3.Schema{AnyOf: openapi3.SchemaRefs{
		s.objects["meter_error_notification"].NewRef(), s.objects["no_meter_notification"].NewRef(),
	}})
}

// snapshot checks an event and the object that it brings.
func (s stripeTerms) snapshot(field string, event map[string]any) []Finding {
	out := differences("event", field, event, s.objects[snapshotEvent])
	out = append(out, s.lacking("event", field, event)...)
	bad := func(key, rule string, value any, format string, args ...any) {
		out = append(out, Finding{Part: "event", Field: join(field, key), Rule: rule, Says: fmt.Sprintf(format, args...), Value: value})
	}
	if v := event["api_version"]; v != StripeVersion {
		bad("api_version", "const", v, "is not %s", StripeVersion)
	}
	kind, _ := event["type"].(string)
	subject, known := s.subjects[kind]
	if !known {
		bad("type", "enum", kind, "is no event that there is")
	}
	data, _ := event["data"].(map[string]any)
	object, _ := data["object"].(map[string]any)
	if object == nil {
		return out // which the description says
	}
	name := objectName(object)
	if known && subject != "" && name != subject {
		bad("data.object.object", "const", name, "is not %s, which %s is about", subject, kind)
	}
	schema := s.objects[name]
	if schema == nil {
		bad("data.object.object", "enum", name, "is no object that there is")
		return out
	}
	out = append(out, s.subject(join(field, "data.object"), kind, object, schema)...)
	before, _ := data["previous_attributes"].(map[string]any)
	if before != nil && !strings.HasSuffix(kind, ".updated") {
		bad("data.previous_attributes", ruleUndeclared, nil, "is not there in a %s", kind)
	}
	return append(out, undeclared("event", join(field, "data.previous_attributes"), before, schema)...)
}

// subject checks the object that an event brings. Nothing in it is expanded, and an
// invoice that is still to come has no identifier.
func (s stripeTerms) subject(field, kind string, object map[string]any, schema *openapi3.Schema) []Finding {
	out := differences("event", field, object, schema)
	if kind == "invoice.upcoming" {
		out = slices.DeleteFunc(out, func(f Finding) bool { return f.Field == join(field, "id") && f.Rule == ruleRequired })
	}
	for _, f := range strayExpansions(object, schema, nil) {
		f.Part, f.Field = "event", join(field, f.Field)
		out = append(out, f)
	}
	return out
}

// told checks the events that an answer tells, alone or in a list.
func (s stripeTerms) told(answer any) []Finding {
	body, _ := answer.(map[string]any)
	if body["object"] == snapshotEvent {
		return s.snapshot("", body)
	}
	var out []Finding
	list, _ := body["data"].([]any)
	for i, item := range list {
		if event, ok := item.(map[string]any); ok && event["object"] == snapshotEvent {
			out = append(out, s.snapshot(at("data", i), event)...)
		}
	}
	return out
}
