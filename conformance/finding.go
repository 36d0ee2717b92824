package conformance

import (
	"errors"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// differences returns how a decoded value differs from its schema, and the keys
// that the schema does not know.
func differences(part, field string, value any, schema *openapi3.Schema) []Finding {
	out := findings(part, field, schema.VisitJSON(value, openapi3.MultiErrors()))
	return append(out, undeclared(part, field, value, schema)...)
}

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
		field = strings.TrimSuffix(join(field, strings.Join(e.JSONPointer(), ".")), ".")
		if e.SchemaField == "anyOf" && e.Schema != nil {
			if nearest := closest(e.Schema, e.Value); nearest != e.Schema {
				return findings(part, field, nearest.VisitJSON(e.Value, openapi3.MultiErrors()))
			}
		}
		value := e.Value
		if e.SchemaField == ruleRequired {
			value = nil // nothing is there; what is around it is not the matter
		}
		return []Finding{{Part: part, Field: field, Rule: e.SchemaField, Says: e.Reason, Value: value}}
	}
	rule := ruleForm
	if errors.Is(err, openapi3filter.ErrInvalidRequired) {
		rule = ruleRequired
	}
	return []Finding{{Part: part, Field: field, Rule: rule, Says: err.Error()}}
}
