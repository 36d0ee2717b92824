package conformance_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// paidRequests are the requests of the adapter of Stripe, each kind of them once.
func paidRequests(t *testing.T) []exchange {
	t.Helper()
	w := newWorld(t)
	w.payAll()
	return distinct(t, w.asked())
}

// distinct leaves out of the exchanges with Stripe those that ask for the same in
// other words: with the same parameters, whatever their values.
func distinct(t *testing.T, all []exchange) []exchange {
	t.Helper()
	b, known := book(t), map[string]bool{}
	return slices.DeleteFunc(all, func(x exchange) bool {
		o, _, _ := b.Find(x.Vendor, x.Method, x.Path)
		form, _ := url.ParseQuery(string(x.Request.Body)) // of the second API it is one key
		key := fmt.Sprint(o, slices.Sorted(maps.Keys(x.Query)), slices.Sorted(maps.Keys(form)))
		seen := known[key]
		known[key] = true
		return seen || x.Vendor != "stripe"
	})
}

// The strict check is ours; the stand-in is the vendor's, and reads the same
// description in its own way.
func TestStripesOwnStandInTakesWhatTheAdapterAsks(t *testing.T) {
	for _, x := range paidRequests(t) {
		if !strings.HasPrefix(x.Path, "/v1/") {
			continue // it knows the first API only
		}
		if got := repeated(t, x.Request); got.Status != 200 {
			t.Errorf("%s: stripe-mock answers %d %s\nto %v %s", x, got.Status, got.Answer.Body, x.Query, x.Request.Body)
		}
	}
}
