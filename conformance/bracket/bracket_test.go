package bracket

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// written is a form as Stripe's libraries write it, in the order of the names.
func (f *Form) written(name string) []string {
	var out []string
	for _, value := range f.Values {
		out = append(out, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	for _, key := range slices.Sorted(maps.Keys(f.Inner)) {
		below := key
		if name != "" {
			below = name + "[" + key + "]"
		}
		out = append(out, f.Inner[key].written(below)...)
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
		f, found := Read(c.encoded)
		if got := strings.Join(f.written(""), "&"); got != c.want || len(found) > 0 {
			t.Errorf("%q is read as %q, want %q, with %v", c.encoded, got, c.want, found)
		}
	}
}

func TestWhatCannotBeReadIsAProblem(t *testing.T) {
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
		_, found := Read(c.encoded)
		if len(found) != 1 || found[0].Field != c.field {
			t.Errorf("%q has the problems %v, want one at %q", c.encoded, found, c.field)
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
		read, found := Read(encoded)
		again, more := Read(strings.Join(read.written(""), "&"))
		if len(found) == 0 && (len(more) > 0 || !reflect.DeepEqual(read, again)) {
			t.Errorf("%q is read as %q, which reads otherwise: %v", encoded, read.written(""), more)
		}
	})
}

func TestAListIsReadInEitherWayOfWritingIt(t *testing.T) {
	for _, encoded := range []string{"expand[0]=a&expand[1]=b", "expand[]=b&expand[]=a"} {
		if f, _ := Read(encoded); !slices.Equal(f.List("expand"), []string{"a", "b"}) || f.List("expan") != nil {
			t.Errorf("%q is the list %v", encoded, f.List("expand"))
		}
	}
}
