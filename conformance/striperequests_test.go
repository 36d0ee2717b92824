package conformance_test

import (
	"testing"

	"xswarm.ai/server/conformance"
)

func TestStripeIsAskedAsItDescribes(t *testing.T) {
	b := book(t)
	for _, x := range callEverything(t) {
		if found := b.CheckRequest(x.Request); len(found) > 0 {
			t.Errorf("%s:%s\nin %v %s", x, conformance.List(found), x.Query, x.Request.Body)
		}
		if x.Status != 200 {
			t.Errorf("%s: stripe-mock answers %d %s", x, x.Status, x.Answer.Body)
		}
	}
}

func TestStripeIsAskedForTheseOperationsAndNoOthers(t *testing.T) {
	b, called, want := book(t), map[string]bool{}, map[string]bool{}
	for _, x := range callEverything(t) {
		o, _, ok := b.Find(x.Vendor, x.Method, x.Path)
		if !ok {
			t.Fatalf("%s is not described", x)
		}
		called[o.String()] = true
	}
	for _, name := range stripeCalls {
		want["stripe "+name] = true
	}
	differ(t, "called and not in the list", called, want)
	differ(t, "in the list and not called", want, called)
}
