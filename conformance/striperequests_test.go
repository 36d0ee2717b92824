package conformance_test

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// paidRequests are the requests of the adapter of Stripe, each kind of them once.
func paidRequests(t *testing.T) []exchange {
	t.Helper()
	return distinct(t, paid(t).asked())
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

var methodInSource = regexp.MustCompile(`\.sdk\.(V[12][A-Za-z]+\.[A-Z][A-Za-z]*)`)

// What the adapter calls is counted in its source, too: a call that the story leaves
// out would be in neither list.
func TestTheStoryLeavesNoCallOfTheAdapterOut(t *testing.T) {
	files, err := filepath.Glob("../internal/stripe/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("the adapter is not where it was: %v", err)
	}
	methods := map[string]bool{"GET /v2/core/events/{id}": true} // which is made without the library's types
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range methodInSource.FindAllSubmatch(source, -1) {
			methods[string(m[1])] = true
		}
	}
	called := 0
	for _, o := range stripeOperations {
		if o.called {
			called++
		}
	}
	if len(methods) != called {
		t.Errorf("the adapter's source has %d calls, and the list %d: %v", len(methods), called, slices.Sorted(maps.Keys(methods)))
	}
}
