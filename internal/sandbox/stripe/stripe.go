// Package stripe is an emulator of Stripe: its API under /v1 and /v2 as of
// version 2026-03-25.dahlia, its hosted pages, its billing clockwork and its
// events. The official libraries talk to it over HTTP.
//
// It is as strict as Stripe. Parameters are checked against Stripe's own
// description (params.json), answers hold every key of it (shapes.json), and
// refusals have Stripe's shape and words. It does not sign or deliver webhooks:
// each event is handed to Options.Send with the endpoint's secret.
//
// Everything happens at a moment of the clock that is injected. CatchUp does what
// has become due, each thing at its own moment, so that a clock which jumps by
// months leaves the same invoices and events behind as one that ticked.
//
// What Stripe leaves to others is made up in the simplest way that can be
// computed by hand: tax is 10 % where the customer's postal code begins with 9,
// else nothing, and it is US dollars unless a price says otherwise.
package stripe

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Version is the version of Stripe's API that answers and events are written in.
const Version = "2026-03-25.dahlia"

// Options is what an engine needs to know.
type Options struct {
	// Key is the secret key, sk_test_…; requests with another are refused.
	Key string
	// Now is the sandbox's clock. It may jump ahead by months at once.
	Now func() time.Time
	// PublicURL is where people reach the emulator: PublicURL + "/c/pay/cs_test_…"
	// is a checkout page.
	PublicURL string
	// Send gets a webhook to sign and deliver. It may be nil.
	Send func(Event)
	// Changed tells that the state is another now. It may be nil, and is never
	// called while the engine's lock is held; nor is Send.
	Changed func()
	// Faulty runs an operation with the fault that was ordered for it. It may be
	// nil, which runs every operation as it is.
	Faulty func(operation string, w http.ResponseWriter, r *http.Request, refuse func(status int), operate func(http.ResponseWriter))
	// Violated is told of a request that differs from the description. It may be
	// nil.
	Violated func(operation, field, problem, request string)
	// Declined reports whether the next payment is declined because that was
	// ordered, whatever it is made with. It may be nil, and is called while the
	// engine's lock is held.
	Declined func() bool
	// Seed chooses the order in which the webhooks of one cause are handed out.
	Seed uint64
}

// Event is a webhook to deliver.
type Event struct {
	ID, Type string
	URL      string // where to
	Secret   string // the endpoint's, which signs
	Body     []byte
	Created  time.Time
	Object   string // the identifier of what the event is about
	Thin     bool   // a /v2 event, which says only that something happened
}

// Engine is one Stripe account with everything in it.
type Engine struct {
	opt     Options
	specs   specTable
	shapes  map[string]*shape
	handler http.Handler
	flights flights

	mu     sync.Mutex // guards what follows
	st     *state
	moment moment
	order  *rand.Rand
	cause  []Event // of what is at work, in the order in which it happened
	out    []Event // to be sent when the lock is released
	dry    bool    // a copy on which a preview is computed
}

// moment is when, and by whose doing, something happens.
type moment struct {
	at        time.Time
	request   string // its identifier; "" when it is the clock's doing
	idemKey   string
	operation string
	reads     bool  // it changes nothing
	declined  *bool // whether its payment is declined by order, once that was asked
}

// New returns an engine with the state that Snapshot returned, or with nothing
// in it.
func New(o Options, saved json.RawMessage) (*Engine, error) {
	e := &Engine{opt: o, order: rand.New(rand.NewPCG(o.Seed, 0)), flights: newFlights()}
	if err := e.readTables(); err != nil {
		return nil, err
	}
	e.st = newState()
	if len(saved) > 0 {
		if err := json.Unmarshal(saved, e.st); err != nil {
			return nil, fmt.Errorf("stripe: read the state: %w", err)
		}
		e.st.relink()
	}
	e.st.follow(o.PublicURL)
	e.handler = e.routes()
	return e, nil
}

// Handler answers Stripe's API and the hosted pages.
func (e *Engine) Handler() http.Handler { return e.handler }

// Snapshot returns the state, for New.
func (e *Engine) Snapshot() (json.RawMessage, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return json.Marshal(e.st)
}

// CatchUp does all that has become due, in the order of time, each thing at its
// own moment.
func (e *Engine) CatchUp() { e.do(moment{reads: true}, func() {}) }

// NextDue is when there is something to do next, if ever.
func (e *Engine) NextDue() (time.Time, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, ok := e.nextDue()
	return time.Unix(d.at, 0).UTC(), ok
}

// do runs one cause after what was due before it, then hands out the events and
// tells of the change, with the lock released.
func (e *Engine) do(m moment, cause func()) {
	e.mu.Lock()
	now := e.opt.Now().UTC()
	worked := e.catchUp(now)
	m.at = now
	e.begin(m)
	cause()
	e.settle()
	out := e.out
	e.out = nil
	e.mu.Unlock()
	if e.opt.Send != nil {
		for _, ev := range out {
			e.opt.Send(ev)
		}
	}
	if e.opt.Changed != nil && (worked || !m.reads) {
		e.opt.Changed()
	}
}

// look runs something that only reads.
func (e *Engine) look(read func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.moment = moment{at: e.opt.Now().UTC()}
	read()
}

// begin makes m the moment in which everything happens until the next one. What
// was sent before belongs to another cause.
func (e *Engine) begin(m moment) {
	e.moment = m
	if !m.reads {
		e.st.Latest = max(e.st.Latest, e.now())
	}
}

// now is the moment in whole seconds, as Stripe counts.
func (e *Engine) now() int64 { return e.moment.at.Unix() }
