package conformance

import "github.com/getkin/kin-openapi/openapi3"

// outline is what a vendor's examples of an answer have in common: how often
// there was an object in a place, and how often it had a key.
type outline struct {
	objects int
	keys    map[string]*outline
	seen    map[string]int
	items   *outline
}

// outlineOf reads all examples of an answer; nil if there are none.
func outlineOf(media *openapi3.MediaType) *outline {
	var o *outline
	read := func(example any) {
		if o == nil {
			o = &outline{}
		}
		o.add(example, media.Schema.Value)
	}
	if media.Example != nil {
		read(media.Example)
	}
	for _, ref := range media.Examples {
		read(ref.Value.Value)
	}
	return o
}

// add reads one example. Keys of an object whose schema names none are data.
func (o *outline) add(example any, schema *openapi3.Schema) {
	switch v := example.(type) {
	case map[string]any:
		declared := properties(schema)
		if len(declared) == 0 {
			return
		}
		if o.keys == nil {
			o.keys, o.seen = map[string]*outline{}, map[string]int{}
		}
		o.objects++
		for key, inner := range v {
			if o.keys[key] == nil {
				o.keys[key] = &outline{}
			}
			o.seen[key]++
			if known, ok := declared[key]; ok {
				o.keys[key].add(inner, known.Value)
			}
		}
	case []any:
		items := itemsOf(schema)
		if items == nil {
			return
		}
		if o.items == nil {
			o.items = &outline{}
		}
		for _, inner := range v {
			o.items.add(inner, items)
		}
	}
}

// missing returns the keys that all examples have and the value has not.
func (o *outline) missing(field string, value any) []Finding {
	var out []Finding
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range o.keys {
			given, ok := v[key]
			switch {
			case ok:
				out = append(out, inner.missing(join(field, key), given)...)
			case o.seen[key] == o.objects:
				out = append(out, Finding{Part: "answer", Field: join(field, key), Rule: ruleExample, Says: "is in every example, and missing here"})
			}
		}
	case []any:
		if o.items == nil {
			return nil
		}
		for i, inner := range v {
			out = append(out, o.items.missing(at(field, i), inner)...)
		}
	}
	return out
}
