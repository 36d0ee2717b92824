package stripe

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// params are the checked parameters of a request, or an object inside them.
type params struct {
	m    map[string]any
	path string   // where in the request it is: items[0]
	read *reading // nil where nobody asks
}

// reading is which parameters an operation looked at. One that nobody looked at
// had no effect, which whoever sent it should know.
type reading struct{ seen map[string]bool }

// mark notes that a parameter was looked at.
func (p params) mark(k string) {
	if p.read != nil {
		p.read.seen[p.name(k)] = true
	}
}

// filters notes that a list looks at these parameters, even when it has nothing in it
// to compare them with.
func (p params) filters(names ...string) {
	for _, k := range names {
		p.mark(k)
	}
}

// markAll notes that all parameters were, in another form.
func (p params) markAll() {
	for k := range p.m {
		p.mark(k)
	}
}

// harmless are parameters that change nothing here by their nature: nobody is on
// a page when the API is asked.
func harmless(name string) bool { return name == "off_session" }

// ignored are the parameters that nobody looked at.
func (p params) ignored() []string {
	if p.read == nil {
		return nil
	}
	var out []string
	var walk func(v any, path string)
	walk = func(v any, path string) {
		if p.read.seen[path] {
			return
		}
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k], within(path, k))
			}
		case []any:
			for i := range v {
				walk(v[i], fmt.Sprintf("%s[%d]", path, i))
			}
		default:
			if !harmless(path) {
				out = append(out, path)
			}
		}
	}
	walk(p.m, "")
	return out
}

// name is a parameter's full name.
func (p params) name(k string) string { return within(p.path, k) }

// has reports whether a parameter was given, if only as "".
func (p params) has(k string) bool { _, ok := p.m[k]; return ok }

// cleared reports whether a parameter was given as "", which unsets it.
func (p params) cleared(k string) bool { p.mark(k); return p.m[k] == "" && p.has(k) }

// str returns a value; "" if there is none.
func (p params) str(k string) string {
	s, ok := p.m[k].(string)
	if ok {
		p.mark(k)
	}
	return s
}

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
	return params{m: m, path: p.name(k), read: p.read}
}

// isObject reports whether a parameter was given as an object.
func (p params) isObject(k string) bool { _, ok := p.m[k].(map[string]any); return ok }

// list returns the objects in a list.
func (p params) list(k string) []params {
	items, _ := p.m[k].([]any)
	out := make([]params, len(items))
	for i, item := range items {
		m, _ := item.(map[string]any)
		out[i] = params{m: m, path: fmt.Sprintf("%s[%d]", p.name(k), i), read: p.read}
	}
	return out
}

// strs returns the values in a list.
func (p params) strs(k string) []string {
	p.mark(k)
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
	p.mark("metadata")
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
