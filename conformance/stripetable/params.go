package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"xswarm.ai/server/internal/sandbox/stripe"
)

// spec is one parameter's rule. Equal ones are one entry of the table, which
// others name by its index.
type spec struct {
	Type     string         `json:"t,omitempty"`
	Enum     []string       `json:"e,omitempty"`
	Max      int            `json:"m,omitempty"`
	Props    map[string]int `json:"p,omitempty"`
	Required []string       `json:"r,omitempty"`
	Items    *int           `json:"i,omitempty"`
	Extra    *int           `json:"x,omitempty"` // of an object's other keys
	Any      []int          `json:"a,omitempty"`
	Open     bool           `json:"o,omitempty"` // an object that is not looked into
}

type params struct {
	Specs      []spec         `json:"specs"`
	Operations map[string]int `json:"operations"`
	index      map[string]int
}

// paramTable collects the parameters of the emulated operations.
func paramTable(d description, routes []stripe.Route) (params, error) {
	t := params{Operations: map[string]int{}, index: map[string]int{}}
	for _, r := range routes {
		if !strings.HasPrefix(r.Path, "/v1/") || strings.HasPrefix(r.Path, "/v1/test_helpers/") {
			continue
		}
		op, ok := d.Paths[r.Path][strings.ToLower(r.Method)]
		if !ok {
			return t, fmt.Errorf("the description has no %s %s", r.Method, r.Path)
		}
		all := schema{Type: "object", Properties: map[string]*schema{}}
		for _, p := range op.Parameters {
			if p.In == "query" {
				all.Properties[p.Name] = p.Schema
				if p.Required {
					all.Required = append(all.Required, p.Name)
				}
			}
		}
		for _, body := range op.RequestBody.Content {
			maps.Copy(all.Properties, body.Schema.Properties)
			all.Required = append(all.Required, body.Schema.Required...)
		}
		t.Operations[r.Name] = t.add("", &all)
	}
	return t, nil
}

// add puts a schema into the table.
func (t *params) add(name string, s *schema) int {
	var out spec
	switch {
	case slices.Contains([]string{"payment_method_options", "payment_method_data", "mandate_data"}, name):
		out = spec{Type: "object", Open: true}
	case len(s.AnyOf) > 0:
		for _, a := range s.AnyOf {
			out.Any = append(out.Any, t.add("", a))
		}
	default:
		out = spec{Type: s.Type, Max: s.MaxLength, Required: slices.Sorted(slices.Values(s.Required))}
		for _, v := range s.Enum {
			out.Enum = append(out.Enum, fmt.Sprint(v))
		}
		for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
			if name == "" && slices.Contains(otherMethods, key) {
				continue
			}
			if out.Props == nil {
				out.Props = map[string]int{}
			}
			out.Props[key] = t.add(key, s.Properties[key])
		}
		if s.Items != nil {
			i := t.add("", s.Items)
			out.Items = &i
		}
		if x := s.extra(); x != nil {
			i := t.add("", x)
			out.Extra = &i
		}
	}
	b, _ := json.Marshal(out)
	i, ok := t.index[string(b)]
	if !ok {
		i = len(t.Specs)
		t.index[string(b)] = i
		t.Specs = append(t.Specs, out)
	}
	return i
}
