package conformance

import (
	"net/url"
	"slices"
	"strings"
)

const formType = "application/x-www-form-urlencoded"

// form is what Stripe's way of writing a form says of one name: values, or more
// names below it, as in items[0][price]=price_1. The root has names only.
type form struct {
	values []string
	inner  map[string]*form
}

// readForm takes a form apart. A name that cannot be read is a finding, and so is
// one that has a value and names below it.
func readForm(part, encoded string) (*form, []Finding) {
	root, out := &form{}, []Finding(nil)
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		before, after, _ := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(before)
		value, valueErr := url.QueryUnescape(after)
		path, ok := brackets(name)
		switch {
		case nameErr != nil || valueErr != nil:
			out = append(out, Finding{Part: part, Field: before, Rule: ruleForm, Says: "is escaped in no known way"})
		case !ok:
			out = append(out, Finding{Part: part, Field: name, Rule: ruleForm, Says: "is no name with brackets"})
		case !root.put(path, value):
			out = append(out, Finding{Part: part, Field: strings.Join(path, "."), Rule: ruleForm, Says: "has a value and names below it"})
		}
	}
	return root, out
}

// brackets takes a name like a[b][0] apart. Only the last pair may be empty, which
// adds to a list.
func brackets(name string) (path []string, ok bool) {
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
func (f *form) put(path []string, value string) bool {
	for _, key := range path {
		if len(f.values) > 0 {
			return false
		}
		if f.inner == nil {
			f.inner = map[string]*form{}
		}
		if f.inner[key] == nil {
			f.inner[key] = &form{}
		}
		f = f.inner[key]
	}
	f.values = append(f.values, value)
	return len(f.inner) == 0
}

// list returns the values of a list of texts, in any way of writing it.
func (f *form) list(name string) []string {
	one := f.inner[name]
	if one == nil {
		return nil
	}
	out := slices.Clone(one.values)
	for _, inner := range one.inner {
		out = append(out, inner.values...)
	}
	slices.Sort(out)
	return out
}
