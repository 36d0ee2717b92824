package conformance

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// CheckAnswer returns how the answer to a request that was carried out differs
// from its description. Refusals have a check of their own: CheckRefusal.
func (b *Book) CheckAnswer(q Request, a Answer) []Finding {
	o, _, ok := b.Find(q.Vendor, q.Method, q.Path)
	if !ok {
		return []Finding{{Part: "path", Rule: ruleUndeclared, Says: q.Method + " " + q.Path + " is not described"}}
	}
	described := o.route.Operation.Responses.Value(strconv.Itoa(a.Status))
	if described == nil {
		return []Finding{{Part: "answer", Rule: ruleStatus, Says: fmt.Sprintf("%d is not described", a.Status), Value: a.Status}}
	}
	if len(described.Value.Content) == 0 {
		if len(a.Body) > 0 {
			return []Finding{{Part: "answer", Rule: ruleUndeclared, Says: "no body is described"}}
		}
		return nil
	}
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	media := described.Value.Content[kind]
	if media == nil {
		return []Finding{{Part: "answer", Rule: ruleForm, Says: fmt.Sprintf("the type %q is not described", kind)}}
	}
	var value any
	if err := json.Unmarshal(a.Body, &value); err != nil {
		return []Finding{{Part: "answer", Rule: ruleForm, Says: err.Error()}}
	}
	out := o.mismatches(value, media.Schema.Value)
	out = append(out, undeclared("answer", "", value, media.Schema.Value)...)
	if q.Method == http.MethodGet {
		out = append(out, strayLinks(q, value)...)
	}
	if q.Vendor == "stripe" {
		out = append(out, strayExpansions(value, media.Schema.Value, q.asked())...)
		out = append(out, b.stripe.lacking("answer", "", value)...)
		out = append(out, b.stripe.told(value)...)
	}
	if outline := outlineOf(media); outline != nil {
		out = append(out, outline.missing("", value)...)
	}
	return out
}

// mismatches compares a decoded answer with its schema.
func (o Operation) mismatches(value any, schema *openapi3.Schema) []Finding {
	opts := []openapi3.SchemaValidationOption{openapi3.MultiErrors(), openapi3.VisitAsResponse()}
	if o.route.Spec.IsOpenAPI31OrLater() {
		opts = append(opts, openapi3.EnableJSONSchema2020())
	}
	return findings("answer", "", schema.VisitJSON(value, opts...))
}
