package stripe

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// params are the checked parameters of a request, or an object inside them.
type params struct {
	m    map[string]any
	path string // where in the request it is: items[0]
}

// name is a parameter's full name.
func (p params) name(k string) string { return within(p.path, k) }

// has reports whether a parameter was given, if only as "".
func (p params) has(k string) bool { _, ok := p.m[k]; return ok }

// cleared reports whether a parameter was given as "", which unsets it.
func (p params) cleared(k string) bool { return p.m[k] == "" }

// str returns a value; "" if there is none.
func (p params) str(k string) string { s, _ := p.m[k].(string); return s }

// or returns a value, or another if there is none.
func (p params) or(k, otherwise string) string {
	if s := p.str(k); s != "" {
		return s
	}
	return otherwise
}

// int returns a whole number; 0 if there is none.
func (p params) int(k string) int64 { n, _ := strconv.ParseInt(p.str(k), 10, 64); return n }

// flag reports whether a parameter is true.
func (p params) flag(k string) bool { return p.str(k) == "true" }

// sub returns an object inside; an empty one if there is none.
func (p params) sub(k string) params {
	m, _ := p.m[k].(map[string]any)
	return params{m: m, path: p.name(k)}
}

// isObject reports whether a parameter was given as an object.
func (p params) isObject(k string) bool { _, ok := p.m[k].(map[string]any); return ok }

// list returns the objects in a list.
func (p params) list(k string) []params {
	items, _ := p.m[k].([]any)
	out := make([]params, len(items))
	for i, item := range items {
		m, _ := item.(map[string]any)
		out[i] = params{m: m, path: fmt.Sprintf("%s[%d]", p.name(k), i)}
	}
	return out
}

// strs returns the values in a list.
func (p params) strs(k string) []string {
	items, _ := p.m[k].([]any)
	out := make([]string, 0, len(items))
	for _, item := range items {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// set gives a field a parameter's value, if there is one; "" unsets it.
func (p params) set(k string, field *string) {
	if p.has(k) {
		*field = p.str(k)
	}
}

// setFlag gives a field a parameter's value, if there is one.
func (p params) setFlag(k string, field *bool) {
	if p.has(k) {
		*field = p.flag(k)
	}
}

// setInt gives a field a parameter's value, if there is one; "" unsets it.
func (p params) setInt(k string, field *int64) {
	if p.has(k) {
		*field = p.int(k)
	}
}

// Limits of metadata.
const (
	maxMetadata      = 50
	maxMetadataKey   = 40
	maxMetadataValue = 500
)

// metadata merges the parameter of that name into a field: a value "" removes its
// key, and "" in place of the whole removes all.
func (p params) metadata(field *labels) *apiError {
	if p.cleared("metadata") {
		*field = nil
		return nil
	}
	merged := labels{}
	for k, v := range *field {
		merged[k] = v
	}
	for k, v := range p.sub("metadata").m {
		s, _ := v.(string)
		switch {
		case len(k) > maxMetadataKey:
			return bad(p.name("metadata"), "", "Metadata keys can have up to %d characters; you passed a key with %d characters: %s", maxMetadataKey, len(k), k)
		case len(s) > maxMetadataValue:
			return bad(within(p.name("metadata"), k), "", "Metadata values can have up to %d characters, but you passed in a value that is %d characters. Invalid value: %s", maxMetadataValue, len(s), s)
		case s == "":
			delete(merged, k)
		default:
			merged[k] = s
		}
	}
	if len(merged) > maxMetadata {
		return bad(p.name("metadata"), "", "Metadata can have up to %d keys; you would have %d", maxMetadata, len(merged))
	}
	*field = merged
	return nil
}

func marshalLabels(l labels) ([]byte, error) {
	if l == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(map[string]string(l))
}
