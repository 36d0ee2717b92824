package stripe

import (
	_ "embed" // the tables
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// paramsJSON and shapesJSON are what Stripe's description says of parameters and
// of objects. They are made by conformance/stripetable; see tables.md.
var (
	//go:embed params.json
	paramsJSON []byte
	//go:embed shapes.json
	shapesJSON []byte
)

// spec is one parameter's rule. Others are named by their index in the table.
type spec struct {
	Type     string         `json:"t"`
	Enum     []string       `json:"e"`
	Max      int            `json:"m"`
	Props    map[string]int `json:"p"`
	Required []string       `json:"r"`
	Items    *int           `json:"i"`
	Extra    *int           `json:"x"` // of an object's other keys
	Any      []int          `json:"a"`
	Open     bool           `json:"o"` // an object that is not looked into
}

type specTable struct {
	Specs      []spec         `json:"specs"`
	Operations map[string]int `json:"operations"`
}

func (e *Engine) readTables() error {
	if err := json.Unmarshal(paramsJSON, &e.specs); err != nil {
		return fmt.Errorf("stripe: read params.json: %w", err)
	}
	if err := json.Unmarshal(shapesJSON, &e.shapes); err != nil {
		return fmt.Errorf("stripe: read shapes.json: %w", err)
	}
	return nil
}

// check returns a request's parameters as the operation's description types
// them, or the refusal of the first that is wrong.
func (t specTable) check(operation string, tree map[string]any) (params, *apiError) {
	i, ok := t.Operations[operation]
	if !ok {
		return params{m: tree}, nil
	}
	v, err := t.value(t.Specs[i], tree, "")
	if err != nil {
		return params{}, err
	}
	m, _ := v.(map[string]any)
	return params{m: m}, nil
}

// value checks one value. Only lists change: from maps by index into slices.
func (t specTable) value(s spec, v any, path string) (any, *apiError) {
	if len(s.Any) > 0 {
		return t.anyOf(s.Any, v, path)
	}
	switch v := v.(type) {
	case map[string]any:
		switch {
		case s.Open:
			return v, nil
		case s.Type == "array":
			return t.list(s, v, path)
		case s.Type == "object":
			return t.object(s, v, path)
		}
		return nil, bad(path, "", "Invalid %s: %s must not be an object", s.Type, path)
	case string:
		return v, s.scalar(v, path)
	}
	return v, nil
}

// anyOf takes the first alternative that allows the value. The refusal, if none
// does, is that of the alternative which comes nearest in kind.
func (t specTable) anyOf(alternatives []int, v any, path string) (any, *apiError) {
	var nearest *apiError
	for _, i := range alternatives {
		s := t.Specs[i]
		out, err := t.value(s, v, path)
		if err == nil {
			return out, nil
		}
		_, isMap := v.(map[string]any)
		isNested := s.Type == "object" || s.Type == "array"
		if nearest == nil || isMap == isNested {
			nearest = err
		}
	}
	return nil, nearest
}

func (t specTable) list(s spec, m map[string]any, path string) (any, *apiError) {
	items, ok := listed(m)
	if !ok {
		return nil, bad(path, "", "Invalid array")
	}
	if s.Items == nil {
		return items, nil
	}
	for i, item := range items {
		v, err := t.value(t.Specs[*s.Items], item, within(path, i))
		if err != nil {
			return nil, err
		}
		items[i] = v
	}
	return items, nil
}

func (t specTable) object(s spec, m map[string]any, path string) (any, *apiError) {
	out := make(map[string]any, len(m))
	var unknown []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		i, ok := s.Props[k]
		if !ok && s.Extra != nil {
			i, ok = *s.Extra, true
		}
		if !ok {
			unknown = append(unknown, within(path, k))
			continue
		}
		v, err := t.value(t.Specs[i], m[k], within(path, k))
		if err != nil {
			return nil, err
		}
		out[k] = v
	}
	if len(unknown) == 1 {
		return nil, bad(unknown[0], "parameter_unknown", "Received unknown parameter: %s", unknown[0])
	} else if len(unknown) > 1 {
		return nil, bad(unknown[0], "parameter_unknown", "Received unknown parameters: %s", strings.Join(unknown, ", "))
	}
	for _, k := range s.Required {
		if _, ok := m[k]; !ok {
			return nil, required(within(path, k))
		}
	}
	return out, nil
}

var decimalRule = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// scalar checks a value that is no object or list.
func (s spec) scalar(v, path string) *apiError {
	switch s.Type {
	case "integer":
		if _, err := strconv.ParseInt(v, 10, 64); err != nil {
			return bad(path, "parameter_invalid_integer", "Invalid integer: %s", v)
		}
	case "number":
		if !decimalRule.MatchString(v) {
			return bad(path, "", "Invalid decimal: %s", v)
		}
	case "boolean":
		if v != "true" && v != "false" {
			return bad(path, "", "Invalid boolean: %s", v)
		}
	case "array":
		return bad(path, "", "Invalid array")
	case "object":
		return bad(path, "", "Invalid object")
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		return bad(path, "", "Invalid %s: must be %s", path, oneOf(s.Enum))
	}
	if n := utf8.RuneCountInString(v); s.Max > 0 && n > s.Max {
		return bad(path, "", "Invalid string: %s...; must be at most %d characters", firstRunes(v, 10), s.Max)
	}
	return nil
}

// oneOf writes the values that a parameter may have as Stripe does.
func oneOf(values []string) string {
	var named []string
	for _, v := range values {
		if v != "" {
			named = append(named, v)
		}
	}
	switch len(named) {
	case 0:
		return "empty"
	case 1:
		return named[0]
	case 2:
		return "either " + named[0] + " or " + named[1]
	}
	return "one of " + strings.Join(named[:len(named)-1], ", ") + ", or " + named[len(named)-1]
}

func firstRunes(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}
