package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"
)

// operation is one route as the documentation's page shows it.
type operation struct {
	ID, Method, Path, Summary, Remark string
	SignedIn                          bool
	Params, Body                      []field
	Answers                           []answer
}

// field is one value of a request or an answer.
type field struct {
	Name, Type, Doc string
	Required        bool
}

// answer is one status that a route answers with.
type answer struct {
	Status string
	Fields []field
}

// group is the routes about one subject.
type group struct {
	Name       string
	Operations []operation
}

// Reference is the documentation's page, without the frame around it: every
// route of the description, with what it takes and gives.
func Reference(d *huma.OpenAPI) templ.Component { return reference(d.Info.Description, groups(d)) }

var groupOrder = []string{"Account", "Plan and usage", "Phone", "Assistant", "Operation"}

func groups(d *huma.OpenAPI) []group {
	byName := map[string][]operation{}
	for path, item := range d.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				byName[op.Tags[0]] = append(byName[op.Tags[0]], operationOf(d, path, op))
			}
		}
	}
	var list []group
	for _, name := range groupOrder {
		ops := byName[name]
		slices.SortFunc(ops, func(a, b operation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
		list = append(list, group{name, ops})
	}
	return list
}

func operationOf(d *huma.OpenAPI, path string, op *huma.Operation) operation {
	o := operation{
		ID: op.OperationID, Method: op.Method, Path: path, Summary: op.Summary, Remark: op.Description,
		SignedIn: len(op.Security) > 0,
	}
	for _, p := range op.Parameters {
		o.Params = append(o.Params, fieldOf(d, p.Name, p.Schema, p.Description, p.Required))
	}
	if op.RequestBody != nil {
		o.Body = fields(d, "", op.RequestBody.Content["application/json"])
	}
	for status, r := range op.Responses {
		code, err := strconv.Atoi(status)
		if err != nil || code >= 400 {
			continue // problems are described once
		}
		o.Answers = append(o.Answers, answer{
			Status: status + " " + http.StatusText(code), Fields: fields(d, "", r.Content["application/json"]),
		})
	}
	slices.SortFunc(o.Answers, func(a, b answer) int { return strings.Compare(a.Status, b.Status) })
	return o
}

func fields(d *huma.OpenAPI, prefix string, m *huma.MediaType) []field {
	if m == nil {
		return nil
	}
	return flatten(d, prefix, m.Schema)
}

// flatten lists the fields of an object and of the objects in it: "user.email",
// "data[].id".
func flatten(d *huma.OpenAPI, prefix string, s *huma.Schema) []field {
	s = resolved(d, s)
	if s == nil {
		return nil
	}
	var list []field
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		ra, rb := slices.Contains(s.Required, a), slices.Contains(s.Required, b)
		if ra != rb {
			if ra {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		p := s.Properties[name]
		list = append(list, fieldOf(d, prefix+name, p, p.Description, slices.Contains(s.Required, name)))
		inner := resolved(d, p)
		switch {
		case inner != nil && inner.Type == huma.TypeObject:
			list = append(list, flatten(d, prefix+name+".", inner)...)
		case inner != nil && inner.Type == huma.TypeArray:
			list = append(list, flatten(d, prefix+name+"[].", inner.Items)...)
		}
	}
	return list
}

func resolved(d *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return d.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// fieldOf says what a field may hold, in a few words.
func fieldOf(d *huma.OpenAPI, name string, s *huma.Schema, doc string, required bool) field {
	s = resolved(d, s)
	f := field{Name: name, Doc: doc, Required: required}
	if s == nil {
		return f
	}
	words := []string{s.Type}
	switch {
	case len(s.Enum) > 0:
		words = nil
		for _, v := range s.Enum {
			words = append(words, fmt.Sprint(v))
		}
		words = []string{strings.Join(words, " | ")}
	case s.Format == "date-time":
		words = []string{"time (RFC 3339)"}
	case s.Type == huma.TypeArray:
		words = []string{"list"}
	}
	if s.Nullable {
		words = append(words, "or null")
	}
	if s.MinLength != nil && *s.MinLength > 1 {
		words = append(words, fmt.Sprintf("at least %d characters", *s.MinLength))
	}
	if s.MaxLength != nil {
		words = append(words, fmt.Sprintf("at most %d characters", *s.MaxLength))
	}
	if s.Minimum != nil && s.Maximum != nil {
		words = append(words, fmt.Sprintf("%g to %g", *s.Minimum, *s.Maximum))
	}
	if s.Default != nil {
		words = append(words, fmt.Sprintf("%v by default", s.Default))
	}
	f.Type = strings.Join(words, ", ")
	return f
}
