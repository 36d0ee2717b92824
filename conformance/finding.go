package conformance

import (
	"errors"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// findings takes the validator's error apart. What it does not know is one
// finding as a whole: nothing is dropped.
func findings(part, field string, err error) []Finding {
	switch e := err.(type) {
	case nil:
		return nil
	case openapi3.MultiError:
		var out []Finding
		for _, inner := range e {
			out = append(out, findings(part, field, inner)...)
		}
		return out
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			part, field = e.Parameter.In, e.Parameter.Name
		}
		if e.Err == nil {
			return []Finding{{Part: part, Field: field, Rule: ruleForm, Says: e.Reason}}
		}
		return findings(part, field, e.Err)
	case *openapi3filter.SecurityRequirementsError:
		return []Finding{{Part: "header", Field: "Authorization", Rule: ruleRequired, Says: errors.Join(e.Errors...).Error()}}
	case *openapi3filter.ParseError:
		for _, key := range e.Path() {
			if s, ok := key.(string); ok {
				field = join(field, s)
			}
		}
		return []Finding{{Part: part, Field: field, Rule: "type", Says: e.Error(), Value: e.Value}}
	case *openapi3.SchemaError:
		field = join(field, strings.Join(e.JSONPointer(), "."))
		return []Finding{{Part: part, Field: strings.TrimSuffix(field, "."), Rule: e.SchemaField, Says: e.Reason, Value: e.Value}}
	}
	rule := ruleForm
	if errors.Is(err, openapi3filter.ErrInvalidRequired) {
		rule = ruleRequired
	}
	return []Finding{{Part: part, Field: field, Rule: rule, Says: err.Error()}}
}
