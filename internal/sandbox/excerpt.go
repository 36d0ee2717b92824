package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// around is the part of a JSON request that a field is in, shortened: enough to
// recognize which code wrote it.
func around(body any, field string) string {
	parts := strings.Split(field, ".")
	at, path := body, parts[:0:0]
	for _, name := range parts[:len(parts)-1] {
		inner, ok := member(at, name)
		if !ok {
			break // a key with a dot in it, or something that is missing
		}
		at, path = inner, append(path, name)
	}
	if len(path) == 0 { // the whole request says less than the value
		value, ok := member(body, field)
		if !ok {
			return ""
		}
		at, path = value, append(path, field)
	}
	raw, err := json.MarshalIndent(brief(at, 4), "", "  ")
	if err != nil {
		return ""
	}
	return strings.Join(path, ".") + ": " + string(raw)
}

// member is a field of an object or an item of an array.
func member(v any, name string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		inner, ok := v[name]
		return inner, ok
	case []any:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(v) {
			return v[i], true
		}
	}
	return nil, false
}

// brief is a JSON value with everything long left out.
func brief(v any, depth int) any {
	switch v := v.(type) {
	case string:
		return shortened(v, 80)
	case map[string]any:
		if depth == 0 {
			return "{…}"
		}
		out := map[string]any{}
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i == 12 {
				out["…"] = "…"
				break
			}
			out[shortened(name, 80)] = brief(v[name], depth-1)
		}
		return out
	case []any:
		if depth == 0 {
			return "[…]"
		}
		out := []any{}
		for i, item := range v {
			if i == 3 {
				out = append(out, "…")
				break
			}
			out = append(out, brief(item, depth-1))
		}
		return out
	}
	return v
}
