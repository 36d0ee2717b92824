package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// lacking returns the keys that objects in a value do not have and the vendor's
// own example of such an object has. The description requires only those that are
// never null; Stripe sends the others too. What lies deeper in an example depends
// on the state that it was made in, and is no rule.
func (s stripeTerms) lacking(part, field string, value any) []Finding {
	var out []Finding
	switch v := value.(type) {
	case map[string]any:
		name := objectName(v)
		for key := range s.examples[name] {
			if _, there := v[key]; !there && s.always(name, key) {
				out = append(out, Finding{Part: part, Field: join(field, key), Rule: ruleExample, Says: "is in the example of every " + name + ", and missing here"})
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, s.lacking(part, join(field, key), v[key])...)
		}
	case []any:
		for i, inner := range v {
			out = append(out, s.lacking(part, at(field, i), inner)...)
		}
	}
	return out
}

// sometimes are the keys of which the description says in words when an object has
// them: what is metered has no quantity, and only a card has a card.
var sometimes = map[string][]string{
	"payment_method":    {"card"},
	"subscription_item": {"quantity"},
}

// always reports whether an object has a key of its example at all times. What the
// description requires is found missing without this, and examples have some keys
// that are not described any more.
func (s stripeTerms) always(name, key string) bool {
	schema := s.objects[name]
	return schema != nil && schema.Properties[key] != nil &&
		!slices.Contains(schema.Required, key) && !slices.Contains(onDemand[name], key) && !slices.Contains(sometimes[name], key)
}

// refusalStatuses are the statuses that each kind of refusal has, as documented.
var refusalStatuses = map[string][]int{
	"api_error":             {409, 500, 502, 503, 504},
	"card_error":            {402},
	"idempotency_error":     {400, 409},
	"invalid_request_error": {400, 401, 403, 404, 409, 424, 429},
}

func (b *Book) stripeRefusal(q Request, a Answer, body map[string]any) []Finding {
	version, _, _ := strings.Cut(strings.TrimPrefix(q.Path, "/"), "/")
	schema := b.stripe.errors[version]
	if schema == nil {
		return []Finding{{Part: "path", Rule: ruleUndeclared, Says: q.Path + " is in no version of the API"}}
	}
	out := differences("answer", "", body, schema)
	bad := func(field, rule, format string, args ...any) {
		out = append(out, Finding{Part: "answer", Field: field, Rule: rule, Says: fmt.Sprintf(format, args...)})
	}
	if a.Status != 401 && a.Header.Get("Request-Id") == "" {
		bad("Request-Id", ruleRequired, "is missing among the headers")
	}
	problem, _ := body["error"].(map[string]any)
	if version == "v1" && problem != nil {
		if message, _ := problem["message"].(string); message == "" {
			bad("error.message", ruleRequired, "is missing")
		}
		kind, _ := problem["type"].(string)
		if statuses := refusalStatuses[kind]; statuses != nil && !slices.Contains(statuses, a.Status) {
			bad("error.type", ruleStatus, "is %s, which does not go with %d", kind, a.Status)
		}
	}
	return out
}
