// Package bracket reads Stripe's way of writing objects and lists in a form, as in
// items[0][price]=price_1. It knows nothing of what a form is about.
package bracket

import (
	"net/url"
	"slices"
	"strings"
)

// Form is what a form says of one name: values, or more names below it. A whole
// form has names only.
type Form struct {
	Values []string
	Inner  map[string]*Form
}

// Problem is a part of a form that cannot be read.
type Problem struct {
	Field string // as far as it can be read, its names joined by dots
	Says  string
}

// Read takes a form apart, and leaves out what it cannot read.
func Read(encoded string) (*Form, []Problem) {
	root, out := &Form{}, []Problem(nil)
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		before, after, _ := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(before)
		value, valueErr := url.QueryUnescape(after)
		path, ok := split(name)
		switch {
		case nameErr != nil || valueErr != nil:
			out = append(out, Problem{before, "is escaped in no known way"})
		case !ok:
			out = append(out, Problem{name, "is no name with brackets"})
		case !root.put(path, value):
			out = append(out, Problem{strings.Join(path, "."), "has a value and names below it"})
		}
	}
	return root, out
}

// split takes a name like a[b][0] apart. Only the last pair of brackets may be
// empty, which adds to a list.
func split(name string) (path []string, ok bool) {
	head, rest, more := strings.Cut(name, "[")
	if head == "" || strings.Contains(head, "]") {
		return nil, false
	}
	path = []string{head}
	for more {
		key, after, closed := strings.Cut(rest, "]")
		if !closed || strings.Contains(key, "[") || (key == "" && after != "") {
			return nil, false
		}
		path = append(path, key)
		if rest, more = strings.CutPrefix(after, "["); !more && after != "" {
			return nil, false
		}
	}
	return path, true
}

// put adds a value, unless it contradicts what is there.
func (f *Form) put(path []string, value string) bool {
	for _, key := range path {
		if len(f.Values) > 0 {
			return false
		}
		if f.Inner == nil {
			f.Inner = map[string]*Form{}
		}
		if f.Inner[key] == nil {
			f.Inner[key] = &Form{}
		}
		f = f.Inner[key]
	}
	if len(f.Inner) > 0 {
		return false
	}
	f.Values = append(f.Values, value)
	return true
}

// List returns the values of a list of texts, whether it is written with places or
// without, in the order of the alphabet.
func (f *Form) List(name string) []string {
	one := f.Inner[name]
	if one == nil {
		return nil
	}
	out := slices.Clone(one.Values)
	for _, inner := range one.Inner {
		out = append(out, inner.Values...)
	}
	slices.Sort(out)
	return out
}
