package conformance

import (
	"maps"

	"github.com/getkin/kin-openapi/openapi3"
)

// undeclared returns the keys of a value, at any depth, that its schema does not
// name. Where a schema names none the keys are data, and all are allowed.
func undeclared(part, field string, value any, schema *openapi3.Schema) []Finding {
	var out []Finding
	switch v := value.(type) {
	case map[string]any:
		declared := properties(schema)
		for key, inner := range v {
			switch known, ok := declared[key]; {
			case ok:
				out = append(out, undeclared(part, join(field, key), inner, known.Value)...)
			case len(declared) > 0:
				out = append(out, Finding{Part: part, Field: join(field, key), Rule: ruleUndeclared, Says: "is not described"})
			}
		}
	case []any:
		if items := itemsOf(schema); items != nil {
			for i, inner := range v {
				out = append(out, undeclared(part, at(field, i), inner, items)...)
			}
		}
	}
	return out
}

// properties returns every key that a schema names, also in the schemas that it
// is composed of.
func properties(schema *openapi3.Schema) openapi3.Schemas {
	out := maps.Clone(schema.Properties)
	if out == nil {
		out = openapi3.Schemas{}
	}
	for _, refs := range []openapi3.SchemaRefs{schema.AllOf, schema.AnyOf, schema.OneOf} {
		for _, ref := range refs {
			maps.Copy(out, properties(ref.Value))
		}
	}
	return out
}

// itemsOf returns the schema of an array's items, or nil if there is none.
func itemsOf(schema *openapi3.Schema) *openapi3.Schema {
	if schema.Items != nil {
		return schema.Items.Value
	}
	for _, refs := range []openapi3.SchemaRefs{schema.AllOf, schema.AnyOf, schema.OneOf} {
		for _, ref := range refs {
			if items := itemsOf(ref.Value); items != nil {
				return items
			}
		}
	}
	return nil
}
