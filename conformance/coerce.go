package conformance

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"xswarm.ai/server/conformance/bracket"
)

// A form holds texts only. These are those that Stripe's own libraries write for
// what is no text.
var (
	formInteger = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	formNumber  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
)

// coerce returns what a form says, in the types that its schema has. What cannot be
// had in them stays as it is, for the schema to refuse.
func coerce(f *bracket.Form, part, field string, schema *openapi3.Schema) (any, []Finding) {
	if alternatives := slices.Concat(schema.AnyOf, schema.OneOf); len(alternatives) > 0 {
		return coerceToOne(f, part, field, alternatives)
	}
	switch {
	case f.Inner == nil && len(f.Values) > 0:
		return coerceText(f, part, field, schema)
	case schema.Type.Is(openapi3.TypeArray):
		return coerceList(f, part, field, itemsOf(schema))
	}
	out, found := map[string]any{}, []Finding(nil)
	for key, inner := range f.Inner {
		value, more := coerce(inner, part, join(field, key), keyOf(schema, key))
		out[key], found = value, append(found, more...)
	}
	return out, found
}

// reading is a form as one of several alternatives.
type reading struct {
	value    any
	found    []Finding
	strange  int // 1 if the alternative is of another kind
	distance int
}

// coerceToOne takes the alternative that is differed from in the fewest ways.
func coerceToOne(f *bracket.Form, part, field string, alternatives openapi3.SchemaRefs) (any, []Finding) {
	var readings []reading
	for _, ref := range alternatives {
		value, found := coerce(f, part, field, ref.Value)
		r := reading{value: value, found: found, distance: len(found) + len(differences(part, field, value, ref.Value))}
		if !ofKind(ref.Value, value) {
			r.strange = 1
		}
		readings = append(readings, r)
	}
	best := slices.MinFunc(readings, func(x, y reading) int {
		return cmp.Or(x.strange-y.strange, x.distance-y.distance)
	})
	return best.value, best.found
}

func coerceText(f *bracket.Form, part, field string, schema *openapi3.Schema) (any, []Finding) {
	var found []Finding
	if len(f.Values) > 1 {
		found = append(found, Finding{Part: part, Field: field, Rule: ruleRepeated, Says: "is there more than once"})
	}
	text := f.Values[0]
	switch {
	case schema.Type.Is(openapi3.TypeInteger) && formInteger.MatchString(text),
		schema.Type.Is(openapi3.TypeNumber) && formNumber.MatchString(text):
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n, found
		}
	case schema.Type.Is(openapi3.TypeBoolean) && (text == "true" || text == "false"):
		return text == "true", found
	}
	return text, found
}

// coerceList takes the names of a list's items for their places, which begin with 0
// and leave none out.
func coerceList(f *bracket.Form, part, field string, items *openapi3.Schema) (any, []Finding) {
	out, found := []any{}, []Finding(nil)
	if all := f.Inner[""]; all != nil && len(f.Inner) == 1 {
		for i, text := range all.Values {
			value, more := coerce(&bracket.Form{Values: []string{text}}, part, at(field, i), items)
			out, found = append(out, value), append(found, more...)
		}
		return out, found
	}
	for i := range len(f.Inner) {
		inner := f.Inner[strconv.Itoa(i)]
		if inner == nil {
			return out, append(found, Finding{Part: part, Field: at(field, i), Rule: ruleForm, Says: "is missing in the list"})
		}
		value, more := coerce(inner, part, at(field, i), items)
		out, found = append(out, value), append(found, more...)
	}
	return out, found
}

// keyOf returns the schema of one key of an object; of an unknown one that of
// anything.
func keyOf(schema *openapi3.Schema, key string) *openapi3.Schema {
	if known := properties(schema)[key]; known != nil {
		return known.Value
	}
	if others := schema.AdditionalProperties.Schema; others != nil {
		return others.Value
	}
	return &openapi3.Schema{}
}
