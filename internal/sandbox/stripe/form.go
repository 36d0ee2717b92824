package stripe

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits of a form, far beyond what any request of use has.
const (
	maxFormKeys  = 2000
	maxFormDepth = 10
)

// readForm turns a form in bracket notation (items[0][price]=…, expand[]=…) into
// a tree of strings and maps. Lists are still maps by their indexes: only the
// description tells the two apart.
func readForm(raw string) (map[string]any, *apiError) {
	tree := map[string]any{}
	if raw == "" {
		return tree, nil
	}
	pairs := strings.Split(raw, "&")
	if len(pairs) > maxFormKeys {
		return nil, bad("", "", "Too many parameters: %d", len(pairs))
	}
	for _, pair := range pairs {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err != nil || err2 != nil {
			return nil, bad("", "", "Invalid request: the parameters could not be decoded")
		}
		path, ok := keyPath(key)
		if !ok {
			return nil, bad(key, "parameter_unknown", "Received unknown parameter: %s", key)
		}
		if err := place(tree, path, key, value); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// keyPath splits a[b][] into its parts.
func keyPath(key string) ([]string, bool) {
	head, rest, nested := strings.Cut(key, "[")
	if head == "" || strings.Contains(head, "]") {
		return nil, false
	}
	path := []string{head}
	if !nested {
		return path, true
	}
	if !strings.HasSuffix(rest, "]") {
		return nil, false
	}
	for _, part := range strings.Split(strings.TrimSuffix(rest, "]"), "][") {
		if strings.ContainsAny(part, "[]") {
			return nil, false
		}
		path = append(path, part)
	}
	return path, len(path) <= maxFormDepth
}

// place puts a value at its path. An empty part is the next index of a list.
func place(tree map[string]any, path []string, key, value string) *apiError {
	for i, part := range path {
		if part == "" {
			part = strconv.Itoa(len(tree))
			// items[][price]=…&items[][quantity]=… continue one item until a key
			// comes again.
			if last, ok := tree[strconv.Itoa(len(tree)-1)].(map[string]any); ok && i+1 < len(path) && last[path[i+1]] == nil {
				part = strconv.Itoa(len(tree) - 1)
			}
		}
		if i == len(path)-1 {
			if _, ok := tree[part].(map[string]any); ok {
				return bad(key, "", "Invalid request: %s is given both as a value and as an object", key)
			}
			tree[part] = value
			return nil
		}
		switch next := tree[part].(type) {
		case nil:
			m := map[string]any{}
			tree[part] = m
			tree = m
		case map[string]any:
			tree = next
		default:
			return bad(key, "", "Invalid request: %s is given both as a value and as an object", key)
		}
	}
	return nil
}

// listed turns a map by indexes into a list; false if it is none.
func listed(m map[string]any) ([]any, bool) {
	type entry struct {
		at int
		v  any
	}
	entries := make([]entry, 0, len(m))
	for k, v := range m {
		n, err := strconv.Atoi(k)
		if err != nil || n < 0 {
			return nil, false
		}
		entries = append(entries, entry{n, v})
	}
	slices.SortFunc(entries, func(a, b entry) int { return a.at - b.at })
	out := make([]any, len(entries))
	for i, e := range entries {
		out[i] = e.v
	}
	return out, true
}

// within names a nested key as it is written in a form.
func within(path string, key any) string {
	if path == "" {
		return fmt.Sprint(key)
	}
	return fmt.Sprintf("%s[%v]", path, key)
}
