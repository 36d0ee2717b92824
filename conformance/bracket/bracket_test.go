package conformance

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// written is a form as Stripe's libraries write it, in the order of the names.
func (f *form) written(name string) []string {
	var out []string
	for _, value := range f.values {
		out = append(out, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	for _, key := range slices.Sorted(maps.Keys(f.inner)) {
		below := key
		if name != "" {
			below = name + "[" + key + "]"
		}
		out = append(out, f.inner[key].written(below)...)
	}
	return out
}

func TestAFormIsTakenApart(t *testing.T) {
	for _, c := range []struct{ encoded, want string }{
		{"", ""},
		{"a=1", "a=1"},
		{"a=1&a=2", "a=1&a=2"},
		{"a", "a="},
		{"items[0][price]=p&items[0][id]=i", "items%5B0%5D%5Bid%5D=i&items%5B0%5D%5Bprice%5D=p"},
		{"expand[]=a&expand[]=b", "expand%5B%5D=a&expand%5B%5D=b"},
		{"m%5Ba%20b%5D=%26%3D%5B", "m%5Ba+b%5D=%26%3D%5B"},
		{"&a=1&&", "a=1"},
	} {
		f, found := readForm("body", c.encoded)
		if got := strings.Join(f.written(""), "&"); got != c.want || len(found) > 0 {
			t.Errorf("%q is read as %q, want %q, and found%s", c.encoded, got, c.want, List(found))
		}
	}
}

func TestAFormThatIsNoneIsNotTakenApart(t *testing.T) {
	for _, c := range []struct{ encoded, field string }{
		{"a[b=1", "a[b"},
		{"a]=1", "a]"},
		{"[a]=1", "[a]"},
		{"=1", ""},
		{"a[b]c=1", "a[b]c"},
		{"a[[b]]=1", "a[[b]]"},
		{"a[][b]=1", "a[][b]"},
		{"a=%zz", "a"},
		{"%zz=1", "%zz"},
		{"a=1&a[b]=1", "a.b"},
		{"a[b]=1&a=1", "a"},
		{"a[b]=1&a[b][c]=1", "a.b.c"},
	} {
		_, found := readForm("body", c.encoded)
		if len(found) != 1 || found[0].Field != c.field || found[0].Rule != ruleForm {
			t.Errorf("%q: found%s\nwant one at %q", c.encoded, List(found), c.field)
		}
	}
}

func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"line_items[0][price]=price_1&line_items[0][quantity]=1", "expand[]=a&expand[]=b", "metadata[a%5Bb]=1", "a=1&a[b]=2", "a[b", "=", "&&", "%5b%5D=%",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		read, found := readForm("body", encoded)
		again, more := readForm("body", strings.Join(read.written(""), "&"))
		if len(found) == 0 && (len(more) > 0 || !reflect.DeepEqual(read, again)) {
			t.Errorf("%q is read as %q, which reads otherwise:%s", encoded, read.written(""), List(more))
		}
	})
}
