package phone_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

const (
	shared  = "+18335550100" // the service's number
	adas    = "+18335550111" // the number of Ada's assistant
	adaCell = "+14155550123"
	bobCell = "+14155550177"
)

// world is the package with a real store and everything else recorded.
type world struct {
	*phone.Service
	t         *testing.T
	store     *store.Store
	clock     *storetest.Clock
	carrier   *carrier
	assistant *echo
	letters   *letters
	usage     *billing.Service
	runner    *jobs.Runner
	failed    []string // what jobs failed with

	ada, bob account.User
}

// newWorld has Ada, on AI Secretary with a proven phone and a number of her own,
// and Bob, on AI Buddy with neither.
func newWorld(t *testing.T) *world { return newWorldWith(t, nil) }

// newWorldWith lets a test change the options first.
func newWorldWith(t *testing.T, change func(*phone.Options)) *world {
	t.Helper()
	clock := storetest.NewClock()
	s := storetest.Embedded(t, clock)
	w := &world{t: t, store: s, clock: clock, carrier: &carrier{now: clock.Now}, assistant: &echo{}, letters: &letters{}}
	w.usage = billing.New(billing.Options{Store: s, Users: s, Now: clock.Now})
	o := phone.Options{
		Store: s, Carrier: w.carrier, Assistant: w.assistant, Users: s, Letters: w.letters,
		Usage: w.usage, Shared: shared, Secrets: [][]byte{[]byte("a secret of at least 32 bytes, for tests")},
		BaseURL: "https://xswarm.example", Now: clock.Now,
	}
	if change != nil {
		change(&o)
	}
	w.Service = phone.New(o)
	w.runner = &jobs.Runner{Store: s, Log: slog.New(&failures{w: w}), Now: clock.Now, Parallel: 4}
	w.Register(w.runner)
	w.usage.Register(w.runner)
	w.ada, w.bob = w.user("ada", plan.Secretary), w.user("bob", "")
	w.prove(w.ada, adaCell)
	if _, err := w.AssignNumber(t.Context(), w.ada.ID, adas, phone.SMSVerified); err != nil {
		t.Fatal(err)
	}
	w.carrier.forget()
	return w
}

// user makes somebody, on a tier that the operator has given; "" for none.
func (w *world) user(name string, tier plan.Tier) account.User {
	w.t.Helper()
	now := w.clock.Now()
	u := account.User{
		ID: id.New(id.User, now), Email: name + "@example.com", EmailVerified: true, Name: name, Username: name,
		TimeZone: "America/New_York", CreatedAt: now,
	}
	event := account.Event{ID: id.New(id.Audit, now), UserID: u.ID, Actor: account.ActorOperator, Action: "test", At: now}
	if err := w.store.CreateUser(w.t.Context(), u, account.Token{}, event); err != nil {
		w.t.Fatal(err)
	}
	if tier != "" {
		u.Grant = plan.Grant{Tier: tier, Reason: "test"}
		w.grant(u)
	}
	return u
}

// grant stores the tier that the operator has given somebody; "" takes it away.
func (w *world) grant(u account.User) {
	w.t.Helper()
	now := w.clock.Now()
	event := account.Event{ID: id.New(id.Audit, now), UserID: u.ID, Actor: account.ActorOperator, Action: "test", At: now}
	if err := w.store.SetGrant(w.t.Context(), u, u.Standing(now), event); err != nil {
		w.t.Fatal(err)
	}
}

// prove makes a phone somebody's own, with the code that it is sent.
func (w *world) prove(u account.User, number string) phone.Phone {
	w.t.Helper()
	p, err := w.AddPhone(w.t.Context(), u, number, "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.run()
	p, err = w.VerifyPhone(w.t.Context(), u, p.ID, w.carrier.lastCode(number))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// run does all jobs that are due.
func (w *world) run() {
	w.t.Helper()
	for {
		n, err := w.runner.Tick(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// later moves the clock on and does what is due then.
func (w *world) later(d time.Duration) {
	w.t.Helper()
	w.clock.Advance(d)
	w.run()
}

// incoming makes a text; each has an id of its own.
func incoming(from, to, body string) phone.Incoming {
	return phone.Incoming{SID: "SM" + rand.Text(), From: from, To: to, Body: body}
}

// receive takes in a text and does what follows.
func (w *world) receive(in phone.Incoming) {
	w.t.Helper()
	if err := w.Receive(w.t.Context(), in); err != nil {
		w.t.Fatal(err)
	}
	w.run()
}

// texts returns a user's texts, newest first.
func (w *world) texts(u account.User) []phone.Text {
	w.t.Helper()
	list, _, err := w.Texts(w.t.Context(), u.ID, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// outbound returns the texts to a user but the codes, oldest first.
func (w *world) outbound(u account.User) []phone.Text {
	var out []phone.Text
	for _, t := range w.texts(u) {
		if t.Direction == phone.Outbound && t.Kind != phone.KindCode {
			out = append([]phone.Text{t}, out...)
		}
	}
	return out
}

// inbound returns the texts from a user, or to their number, oldest first.
func (w *world) inbound(u account.User) []phone.Text {
	var in []phone.Text
	for _, t := range w.texts(u) {
		if t.Direction == phone.Inbound {
			in = append([]phone.Text{t}, in...)
		}
	}
	return in
}

// used returns how many texts are on a user's ledger.
func (w *world) used(u account.User) int64 {
	w.t.Helper()
	records, err := w.store.Usage(w.t.Context(), u.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	var sum int64
	for _, r := range records {
		sum += r.Quantity
	}
	return sum
}

// jobsOf returns the jobs of a kind, newest first.
func (w *world) jobsOf(kind string) []jobs.Job {
	w.t.Helper()
	all, err := w.store.ListJobs(w.t.Context(), jobs.Query{Limit: 500})
	if err != nil {
		w.t.Fatal(err)
	}
	var list []jobs.Job
	for _, j := range all {
		if j.Kind == kind {
			list = append(list, j)
		}
	}
	return list
}

// echo is an assistant that says what it was told.
type echo struct {
	mu    sync.Mutex
	heard []string
	reply string
	out   assistant.Outcome
}

func (e *echo) Handle(_ context.Context, r assistant.Request) (assistant.Outcome, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, r.Text)
	out := e.out
	out.Reply = e.reply
	if out.Reply == "" {
		out.Reply = "You said: " + r.Text
	}
	return out, nil
}

// letters records mails.
type letters struct{ sent []string }

func (l *letters) Reminder(_ context.Context, id, to, name, title, due string) error {
	l.sent = append(l.sent, to+": "+title+" ("+due+")")
	return nil
}

// failures is a log that keeps what jobs failed with.
type failures struct{ w *world }

func (f *failures) Enabled(context.Context, slog.Level) bool { return true }
func (f *failures) WithAttrs([]slog.Attr) slog.Handler       { return f }
func (f *failures) WithGroup(string) slog.Handler            { return f }
func (f *failures) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "err" {
			f.w.failed = append(f.w.failed, a.Value.String())
		}
		return true
	})
	return nil
}

// carrier accepts texts and sells numbers, and does what it is told to do wrong.
type carrier struct {
	mu       sync.Mutex
	now      func() time.Time
	accepted []sent
	next     int // its next id
	asked    int // how often it was asked what it has accepted
	mishaps  []mishap
	finds    error

	onSale []string
	taken  map[string]bool
	owned  []owned
	bought int
	buying error // after the number has been bought
	state  phone.SMSState

	releasing []error  // what goes wrong, once each
	released  []string // the ids of the numbers that were given back
}

type sent struct {
	phone.Outgoing
	phone.Receipt
}

type owned struct {
	phone.Owned
	label string
}

// mishap is something that goes wrong once when a text is sent.
type mishap struct {
	err     error
	accepts bool // it is accepted all the same
}

func (c *carrier) SendText(_ context.Context, o phone.Outgoing) (phone.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var f mishap
	if len(c.mishaps) > 0 {
		f, c.mishaps = c.mishaps[0], c.mishaps[1:]
	}
	if f.err != nil && !f.accepts {
		return phone.Receipt{}, f.err
	}
	segments, _ := phone.Segments(o.Body)
	c.next++
	r := phone.Receipt{SID: fmt.Sprintf("SMout%027d", c.next), State: phone.Accepted, Segments: segments, At: c.now()}
	c.accepted = append(c.accepted, sent{o, r})
	if f.err != nil {
		return phone.Receipt{}, f.err
	}
	return r, nil
}

func (c *carrier) FindTexts(_ context.Context, from, to, body string, since time.Time) ([]phone.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if c.finds != nil {
		return nil, c.finds
	}
	var found []phone.Receipt
	for _, s := range c.accepted {
		if s.From == from && s.To == to && s.Body == body && !s.At.Before(since) {
			found = append(found, s.Receipt)
		}
	}
	return found, nil
}

func (c *carrier) NumbersOnSale(context.Context) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.onSale), func(number string) bool {
		return slices.ContainsFunc(c.owned, func(o owned) bool { return o.Number == number })
	}), nil
}

func (c *carrier) BuyNumber(_ context.Context, number, label string) (phone.Owned, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken[number] {
		return phone.Owned{}, &phone.Refusal{Code: "21422", Taken: true, Cause: errors.New("gone")}
	}
	c.bought++
	o := phone.Owned{SID: "PN" + strings.TrimPrefix(number, "+"), Number: number}
	c.owned = append(c.owned, owned{o, label})
	return o, c.buying
}

func (c *carrier) OwnedNumbers(_ context.Context, label string) ([]phone.Owned, error) {
	var list []phone.Owned
	for _, o := range c.owned {
		if o.label == label {
			list = append(list, o.Owned)
		}
	}
	return list, nil
}

func (c *carrier) ReleaseNumber(_ context.Context, o phone.Owned) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.releasing) > 0 {
		err := c.releasing[0]
		c.releasing = c.releasing[1:]
		return err
	}
	c.owned = slices.DeleteFunc(c.owned, func(have owned) bool { return have.SID == o.SID })
	c.released = append(c.released, o.SID)
	return nil
}

func (c *carrier) SMSState(context.Context, phone.Owned) (phone.SMSState, error) {
	if c.state == "" {
		return phone.SMSVerified, nil
	}
	return c.state, nil
}

// forget starts the record anew.
func (c *carrier) forget() { c.accepted, c.asked = nil, 0 }

// bodies returns what was texted to a number, oldest first.
func (c *carrier) bodies(to string) []string {
	var list []string
	for _, s := range c.accepted {
		if s.To == to {
			list = append(list, s.Body)
		}
	}
	return list
}

// lastCode returns the code that was texted last to a number.
func (c *carrier) lastCode(to string) string {
	list := c.bodies(to)
	if len(list) == 0 || len(list[len(list)-1]) < 6 {
		return ""
	}
	return list[len(list)-1][:6]
}

// tooMany is a carrier that wants to be asked again later.
func tooMany() []mishap {
	return []mishap{{err: jobs.RetryAfter(errors.New("too many requests"), 30*time.Second)}}
}
