package stripe

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// shape is what Stripe's description says of an object's keys.
type shape struct {
	// Defaults are the keys that every answer has, with what they hold when there
	// is nothing to say.
	Defaults map[string]any `json:"d"`
	// Required are those for which there is no such value, Optional the others.
	Required []string `json:"r"`
	Optional []string `json:"o"`
	// Expandable are the keys over which an expansion may lead.
	Expandable []string `json:"x"`
	// Nested are the shapes of keys that hold an object or a list of them.
	Nested map[string]*shape `json:"n"`
}

// hidden is the key under which an object of the state holds what the emulator
// remembers beside what Stripe shows.
const hidden = "_"

// render writes an object, or a list of them, as Stripe does: with every key of
// its description and without what is hidden.
func (e *Engine) render(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic("stripe: " + err.Error()) // the state's types can be written
	}
	var out any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		panic("stripe: " + err.Error())
	}
	e.complete(out)
	return out
}

// rendered writes one object.
func (e *Engine) rendered(v any) map[string]any {
	m, _ := e.render(v).(map[string]any)
	return m
}

// complete adds what is missing, in an object and everything inside it.
func (e *Engine) complete(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			e.complete(item)
		}
	case map[string]any:
		delete(v, hidden)
		kind, _ := v["object"].(string)
		if kind == "list" {
			cutLines(v)
		}
		if s := e.shapes[kind]; s != nil && v["deleted"] == nil {
			s.fill(v)
		}
		for _, inner := range v {
			e.complete(inner)
		}
	}
}

// fill adds the keys of a shape that an object does not have.
func (s *shape) fill(m map[string]any) {
	for k, v := range s.Defaults {
		if _, ok := m[k]; !ok {
			m[k] = copied(v)
		}
	}
	for k, n := range s.Nested {
		switch v := m[k].(type) {
		case map[string]any:
			if v["object"] == nil {
				n.fill(v)
			}
		case []any:
			for _, item := range v {
				if inner, ok := item.(map[string]any); ok && inner["object"] == nil {
					n.fill(inner)
				}
			}
		}
	}
}

// copied copies a default, which belongs to the table.
func copied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := maps.Clone(v)
		for k := range m {
			m[k] = copied(m[k])
		}
		return m
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = copied(v[i])
		}
		return out
	}
	return v
}

// inlined is how many lines an invoice shows; the others are listed apart.
const inlined = 10

func cutLines(list map[string]any) {
	url, _ := list["url"].(string)
	data, _ := list["data"].([]any)
	if strings.HasPrefix(url, "/v1/invoices/") && len(data) > inlined && list["inline"] == true {
		list["data"], list["has_more"] = data[:inlined], true
	}
	delete(list, "inline")
}

// maxExpand is how deep a path of expansion may go.
const maxExpand = 4

// expand puts objects in place of their identifiers, as far as a path like
// data.latest_invoice.payments leads.
func (e *Engine) expand(v any, path string) *apiError {
	parts := strings.Split(path, ".")
	if len(parts) > maxExpand {
		return bad("expand", "", "You cannot expand more than %d levels of a property. Property: %s", maxExpand, path)
	}
	return e.expandParts(nil, v, parts, path)
}

// expandParts goes on with what lies in an object of a shape, which may be nil: an
// object that says its kind has that kind's.
func (e *Engine) expandParts(s *shape, v any, parts []string, path string) *apiError {
	if list, ok := v.([]any); ok {
		for _, item := range list {
			if refused := e.expandParts(s, item, parts, path); refused != nil {
				return refused
			}
		}
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok || len(parts) == 0 {
		return nil // null, or the end of the path
	}
	key := parts[0]
	included, ok := e.include(m, key)
	switch {
	case ok && included == nil:
		return nil // it has none of these
	case ok:
		m[key] = included
	}
	if kind, _ := m["object"].(string); kind != "" {
		s = e.shapes[kind]
	}
	inner, ok := m[key]
	if !ok && s == nil && m["deleted"] == nil || s != nil && !slices.Contains(s.Expandable, key) {
		return bad("expand", "", "This property cannot be expanded (%s). You may want to try expanding a different property. Visit https://stripe.com/docs/api/expanding_objects for details.", path)
	}
	if !ok {
		return nil // not every object of the kind has it
	}
	m[key] = e.resolved(inner)
	var within *shape
	if s != nil {
		within = s.Nested[key]
	}
	return e.expandParts(within, m[key], parts[1:], path)
}

// resolved replaces identifiers by their objects.
func (e *Engine) resolved(v any) any {
	switch v := v.(type) {
	case string:
		if o, ok := e.find(v); ok {
			return e.render(o)
		}
	case []any:
		for i := range v {
			v[i] = e.resolved(v[i])
		}
	}
	return v
}
