package conformance

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// undeclared returns the keys of a value, at any depth, that its schema does not
// name. Where a schema names none, or says what all others hold, they are data.
func undeclared(part, field string, value any, schema *openapi3.Schema) []Finding {
	schema = closest(schema, value)
	var out []Finding
	switch v := value.(type) {
	case map[string]any:
		declared := properties(schema)
		others := schema.AdditionalProperties
		for key, inner := range v {
			switch known, ok := declared[key]; {
			case ok:
				out = append(out, undeclared(part, join(field, key), inner, known.Value)...)
			case others.Schema != nil:
				out = append(out, undeclared(part, join(field, key), inner, others.Schema.Value)...)
			case others.Has != nil && *others.Has:
			case len(declared) > 0 || schema.Properties != nil: // the latter names none, and says so
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

// closest returns the alternative of a schema that a value comes nearest to: of
// those of its kind the one that it differs from in the fewest ways. A schema
// that has no alternatives of the kind, or keys beside them, stands for itself.
func closest(schema *openapi3.Schema, value any) *openapi3.Schema {
	if len(schema.Properties) > 0 {
		return schema
	}
	var fitting []*openapi3.Schema
	for _, ref := range slices.Concat(schema.AnyOf, schema.OneOf) {
		if ofKind(ref.Value, value) {
			fitting = append(fitting, ref.Value)
		}
	}
	switch len(fitting) {
	case 0:
		return schema
	case 1:
		return closest(fitting[0], value)
	}
	distance := func(s *openapi3.Schema) int { return len(differences("", "", value, s)) }
	best, fewest := fitting[0], distance(fitting[0])
	for _, s := range fitting[1:] {
		if n := distance(s); n < fewest {
			best, fewest = s, n
		}
	}
	return closest(best, value)
}

// ofKind reports whether a schema is for objects, texts, numbers and so on as the
// value is one.
func ofKind(schema *openapi3.Schema, value any) bool {
	if alternatives := slices.Concat(schema.AnyOf, schema.OneOf); schema.Type == nil && len(alternatives) > 0 {
		return slices.ContainsFunc(alternatives, func(ref *openapi3.SchemaRef) bool { return ofKind(ref.Value, value) })
	}
	switch value.(type) {
	case map[string]any:
		return schema.Type.Permits(openapi3.TypeObject)
	case []any:
		return schema.Type.Permits(openapi3.TypeArray)
	case string:
		return schema.Type.Permits(openapi3.TypeString)
	case bool:
		return schema.Type.Permits(openapi3.TypeBoolean)
	case float64:
		return schema.Type.Permits(openapi3.TypeNumber) || schema.Type.Permits(openapi3.TypeInteger)
	}
	return schema.Nullable
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
