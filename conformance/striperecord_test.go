package conformance_test

import (
	"slices"
	"sync"
	"testing"

	"xswarm.ai/server/internal/sandbox"
)

// record is what was said between the sandbox's Stripe, the adapter and the product.
type record struct {
	exchanges  []exchange
	events     []eventHook
	violations []sandbox.Violation
	called     map[string]bool // the adapter's methods
}

// The records of the two stories are made once for all tests, which look at them from
// different sides: each takes seconds.
var paidOnce, touredOnce recordOnce

type recordOnce struct {
	once sync.Once
	record
}

func (r *recordOnce) of(t *testing.T, story func(*world)) record {
	t.Helper()
	r.once.Do(func() {
		w := newWorld(t)
		story(w)
		r.record = record{w.exchanges(), w.toldEvents(), w.Violations(), w.called}
	})
	if r.exchanges == nil {
		t.Fatal("the story was not told to its end: another test says why")
	}
	out := r.record
	out.exchanges = slices.Clone(out.exchanges)
	return out
}

// paid is the record of all that the adapter asks.
func paid(t *testing.T) record { t.Helper(); return paidOnce.of(t, (*world).payAll) }

// toured is that of the tour.
func toured(t *testing.T) record { t.Helper(); return touredOnce.of(t, (*world).tourStripe) }

// asked are the exchanges that are an adapter's.
func (r record) asked() []exchange {
	return slices.DeleteFunc(r.exchanges, func(x exchange) bool { return x.byHand })
}
