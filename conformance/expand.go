package conformance

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// An answer of Stripe's names most other objects by their identifiers. They are
// whole where the request asks for it by a path like data.customer. A client that
// forgets to ask finds nothing there, so an emulator must not be kinder than Stripe.

// expandDepth is how many objects deep Stripe expands.
const expandDepth = 4

// onDemand are the keys that an object has only if they are asked for. The
// description says it in words, if at all.
var onDemand = map[string][]string{
	"account":          {"external_accounts"}, // of other accounts only, and not to be had of one's own
	"charge":           {"refunds"},
	"checkout.session": {"line_items"},
	"coupon":           {"applies_to", "currency_options"},
	"customer":         {"cash_balance", "invoice_credit_balance", "sources", "subscriptions", "tax", "tax_ids"},
	"invoice":          {"confirmation_secret", "payments"},
	"price":            {"currency_options", "tiers"},
}

// answerSchema returns what is answered when a request is carried out.
func (o Operation) answerSchema() *openapi3.Schema {
	ref := o.route.Operation.Responses.Status(http.StatusOK)
	if ref == nil || ref.Value.Content.Get("application/json") == nil {
		return nil
	}
	return ref.Value.Content.Get("application/json").Schema.Value
}

// unexpandable returns the paths that a request asks to expand and that lead
// nowhere, or too far.
func (o Operation) unexpandable(q Request) []Finding {
	var out []Finding
	for i, path := range q.asked() {
		keys := strings.Split(path, ".")
		depth := len(keys)
		if keys[0] == "data" {
			depth-- // a list's own
		}
		if depth > expandDepth || !leads(keys, o.answerSchema()) {
			out = append(out, Finding{Part: "expand", Field: strconv.Itoa(i), Rule: ruleExpand, Says: path + " cannot be expanded", Value: path})
		}
	}
	return out
}

// leads reports whether a path can be expanded in one of a schema's shapes.
func leads(keys []string, schema *openapi3.Schema) bool {
	if schema == nil {
		return false
	}
	if items := schema.Items; items != nil {
		return leads(keys, items.Value)
	}
	for _, ref := range slices.Concat(schema.AnyOf, schema.OneOf) {
		if leads(keys, ref.Value) {
			return true
		}
	}
	known := schema.Properties[keys[0]]
	expandable, _ := schema.Extensions["x-expandableFields"].([]any)
	if known == nil || !slices.Contains(expandable, any(keys[0])) {
		return false
	}
	return len(keys) == 1 || leads(keys[1:], known.Value)
}

// expansions compares an answer with what was asked to be whole in it.
type expansions struct {
	asked []string
	out   []Finding
}

// strayExpansions returns where an answer is whole though nobody asked, and where
// it is not though somebody did.
func strayExpansions(value any, schema *openapi3.Schema, asked []string) []Finding {
	x := &expansions{asked: asked}
	x.walk("", "", value, schema)
	return x.out
}

// wants reports whether a path, or one that leads over it, was asked for.
func (x *expansions) wants(path string) bool {
	return slices.ContainsFunc(x.asked, func(a string) bool { return a == path || strings.HasPrefix(a, path+".") })
}

func (x *expansions) bad(field, says string) {
	x.out = append(x.out, Finding{Part: "answer", Field: field, Rule: ruleExpand, Says: says})
}

// walk looks at what lies at a field, and below. The path has no places in lists.
func (x *expansions) walk(field, path string, value any, schema *openapi3.Schema) {
	if either(schema) {
		switch value.(type) {
		case map[string]any:
			if !x.wants(path) {
				x.bad(field, "is whole, and nobody asked to expand "+path)
			}
		case string:
			if x.wants(path) {
				x.bad(field, "is an identifier, and was asked to be expanded")
			}
		}
	}
	schema = closest(schema, value)
	switch v := value.(type) {
	case map[string]any:
		x.walkObject(field, path, v, properties(schema))
	case []any:
		if items := itemsOf(schema); items != nil {
			for i, inner := range v {
				x.walk(at(field, i), path, inner, items)
			}
		}
	}
}

func (x *expansions) walkObject(field, path string, object map[string]any, known openapi3.Schemas) {
	late := onDemand[objectName(object)]
	for key, inner := range object {
		below := join(path, key)
		if slices.Contains(late, key) && !x.wants(below) {
			x.bad(join(field, key), "is there, and nobody asked to expand "+below)
		}
		if schema := known[key]; schema != nil {
			x.walk(join(field, key), below, inner, schema.Value)
		}
	}
}

// either reports whether a schema is for an identifier or the object that it names.
func either(schema *openapi3.Schema) bool {
	var named, whole bool
	for _, ref := range schema.AnyOf {
		named = named || ref.Value.Type.Is(openapi3.TypeString) && len(ref.Value.Enum) == 0
		whole = whole || ref.Value.Type.Is(openapi3.TypeObject)
	}
	return named && whole
}
