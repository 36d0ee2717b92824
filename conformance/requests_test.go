package conformance_test

import (
	"maps"
	"slices"
	"testing"

	"xswarm.ai/server/conformance"
)

// carryAll has the adapters of Twilio and SendGrid make every request that they ever
// make.
func carryAll(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.callAll()
	w.callAll() // there is something to find now
	w.sendLetters()
	if t.Failed() {
		t.FailNow()
	}
	return w
}

func TestTheAdaptersAskAsTheVendorsDescribe(t *testing.T) {
	b := book(t)
	for _, x := range append(carryAll(t).asked(), paid(t).asked()...) {
		if found := b.CheckRequest(x.Request); len(found) > 0 {
			t.Errorf("%s:%s\nin %v %s", x, conformance.List(found), x.Query, x.Request.Body)
		}
	}
}

func TestTheAdaptersCallTheseOperationsAndNoOthers(t *testing.T) {
	b, called := book(t), map[string]bool{}
	for _, x := range append(carryAll(t).asked(), paid(t).asked()...) {
		o, _, ok := b.Find(x.Vendor, x.Method, x.Path)
		if !ok {
			t.Fatalf("%s is not described", x)
		}
		called[o.String()] = true
	}
	want := map[string]bool{}
	for _, o := range emulated {
		if o.called {
			want[o.String()] = true
		}
	}
	differ(t, "called and not in the list", called, want)
	differ(t, "in the list as called, and not called", want, called)
}

// differ reports what one set has and the other has not.
func differ(t *testing.T, what string, has, hasNot map[string]bool) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if !hasNot[name] {
			t.Errorf("%s: %s", what, name)
		}
	}
}
