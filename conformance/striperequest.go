package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"

	"github.com/getkin/kin-openapi/openapi3"

	"xswarm.ai/server/conformance/bracket"
)

// checkStripe returns how a request to Stripe differs from the description of its
// operation. Stripe's forms have objects and lists in them, which kin-openapi does
// not read, so they are read here.
func (b *Book) checkStripe(o Operation, params map[string]string, q Request) []Finding {
	out := stripeHeaders(q)
	for name, value := range params {
		if p := o.parameter(openapi3.ParameterInPath, name); p != nil {
			out = append(out, findings("path", name, p.Schema.Value.VisitJSON(value, openapi3.MultiErrors()))...)
		}
	}
	out = append(out, checkForm("query", q.Query.Encode(), o.querySchema())...)
	out = append(out, o.checkStripeBody(q)...)
	return append(out, o.unexpandable(q)...)
}

func (o Operation) checkStripeBody(q Request) []Finding {
	if q.Method != http.MethodPost && len(q.Body) == 0 {
		return nil
	}
	kind, schema := o.body(q)
	if schema == nil {
		return []Finding{{Part: "body", Rule: ruleUndeclared, Says: "no body of the type " + kind + " is described"}}
	}
	if kind == formType {
		return checkForm("body", string(q.Body), schema)
	}
	var value any
	if err := json.Unmarshal(q.Body, &value); err != nil {
		return []Finding{{Part: "body", Rule: ruleForm, Says: err.Error()}}
	}
	return differences("body", "", value, schema)
}

// checkForm compares a form with its schema.
func checkForm(part, encoded string, schema *openapi3.Schema) []Finding {
	form, problems := bracket.Read(encoded)
	value, out := coerce(form, part, "", schema)
	for _, p := range problems {
		out = append(out, Finding{Part: part, Field: p.Field, Rule: ruleForm, Says: p.Says})
	}
	return append(out, differences(part, "", value, schema)...)
}

// parameter returns a parameter of the operation or of its path.
func (o Operation) parameter(in, name string) *openapi3.Parameter {
	if p := o.route.Operation.Parameters.GetByInAndName(in, name); p != nil {
		return p
	}
	return o.route.PathItem.Parameters.GetByInAndName(in, name)
}

// querySchema is what the query of a request may be, as one object. Of a DELETE it
// is what is described as the form: the vendor's library sends it there, and Stripe
// makes no difference.
func (o Operation) querySchema() *openapi3.Schema {
	if form := o.route.Operation.RequestBody; o.Method == http.MethodDelete && form != nil {
		return form.Value.Content.Get(formType).Schema.Value
	}
	s := &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeObject}, Properties: openapi3.Schemas{}}
	for _, ref := range o.route.Operation.Parameters {
		if p := ref.Value; p.In == openapi3.ParameterInQuery {
			s.Properties[p.Name] = p.Schema
			if p.Required {
				s.Required = append(s.Required, p.Name)
			}
		}
	}
	return s
}

var stripeKey = regexp.MustCompile(`^Bearer (sk|rk)_(test|live)_[A-Za-z0-9]+$`)

// idempotencyKeyLength is how long an Idempotency-Key may be, as documented.
const idempotencyKeyLength = 255

// stripeHeaders checks what is documented of the headers. A request without a
// version gets the account's own, which may be any.
func stripeHeaders(q Request) []Finding {
	var out []Finding
	bad := func(name, rule, format string, args ...any) {
		out = append(out, Finding{Part: "header", Field: name, Rule: rule, Says: fmt.Sprintf(format, args...)})
	}
	if !stripeKey.MatchString(q.Header.Get("Authorization")) {
		bad("Authorization", ruleRequired, "is no secret key")
	}
	if got := q.Header.Get("Stripe-Version"); got != StripeVersion {
		bad("Stripe-Version", "const", "is %q, want %s", got, StripeVersion)
	}
	if n := len(q.Header.Get("Idempotency-Key")); n > idempotencyKeyLength {
		bad("Idempotency-Key", "maxLength", "has %d characters", n)
	}
	return out
}

// asked returns what a request of Stripe wants to be whole in the answer.
func (q Request) asked() []string {
	encoded := q.Query.Encode()
	if q.Method == http.MethodPost {
		encoded += "&" + string(q.Body)
	}
	form, _ := bracket.Read(encoded) // what is wrong in it is a finding elsewhere
	return form.List("expand")
}
