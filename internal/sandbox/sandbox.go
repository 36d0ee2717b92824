// Package sandbox is the world outside, small enough to run beside the product:
// emulators of SendGrid, Twilio and Stripe that the official libraries talk to over
// HTTP, people's phones, mailboxes and cards, a clock that can be moved, and an
// inspector, pages on which all of it is seen and used.
//
// An emulator is as honest as the vendor: it checks what that checks, refuses
// what that refuses, in its own words, and its callbacks are signed. It knows
// nothing of the product beyond what the vendor would, and the product does not
// know that it talks to one.
//
// The life of a sandbox: New reads the state file; Clock, Handler and Vendor are
// handed around; SetProduct tells it whom the inspector asks about users and
// jobs; Run delivers callbacks until its context ends; Close writes the state.
//
// It is a tool of one person on one machine: everything answers only to a
// loopback peer that calls it by a loopback name.
package sandbox

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/operator"
	"xswarm.ai/server/internal/sandbox/stripe"
)

// Options is what a sandbox needs to know.
type Options struct {
	// Dir is the data directory; the state is kept in sandbox.json inside.
	Dir string
	// ProductURL is the product's public address: where the shared number's texts
	// are announced.
	ProductURL string
	// AccountSID and AuthToken are the Twilio account's, SendGridKey the mail
	// account's. Requests with others are refused.
	AccountSID, AuthToken, SendGridKey string
	// StripeKey is the secret key of the Stripe account. Without one Stripe is
	// there, but lets nobody in.
	StripeKey string
	// StripeWebhookSecret signs the events that the product is told of at
	// /webhooks/stripe, StripeEventsSecret those of the /v2 API at
	// /webhooks/stripe/events. Without a secret the product is told only what it
	// subscribes to by itself.
	StripeWebhookSecret, StripeEventsSecret string
	// URL is where people reach the sandbox itself, for links to the pages on which
	// they pay; empty: ProductURL, of which it is a part.
	URL string
	// SharedNumber is a toll-free number that the account owns from the start.
	SharedNumber string
	// MailDomains are the authenticated sender domains; empty: any.
	MailDomains []string
	// Phone, when set, is a person's phone that the inspector offers before
	// anybody has texted.
	Phone string
	// Carriers are the vendors of the product beside the sandbox, for what the
	// inspector says about them. Without any it does not know: the sandbox is a
	// process of its own.
	Carriers []Carrier
	Log      *slog.Logger
	// Now is the real clock, on which the sandbox's own runs ahead.
	Now func() time.Time
	// Product may be nil: a sandbox in a process of its own has no inspector
	// pages for users and jobs.
	Product Product
}

// Product is what the inspector asks the product, and does in the operator's
// name.
type Product interface {
	// Users returns the newest accounts.
	Users(ctx context.Context) ([]UserRow, error)
	// Grant puts a user on a tier, for so many days (0: without an end). The tier
	// "" takes the grant away.
	Grant(ctx context.Context, userID, tier string, days int) error
	// Jobs returns the newest jobs in a state, "" for every one, explained.
	Jobs(ctx context.Context, state jobs.State) ([]operator.Job, error)
	// RetryJob makes a dead job due again, RetryJobs all of them.
	RetryJob(ctx context.Context, id string) error
	RetryJobs(ctx context.Context) error
	// DiscardJob deletes a dead job.
	DiscardJob(ctx context.Context, id string) error
}

// UserRow is what the inspector shows of a user.
type UserRow struct {
	ID, Email, Name, Tier string
	Verified              bool
	Numbers               []string // the assistant's, E.164
	Phones                []string // their own, E.164
}

// Sandbox is a running sandbox.
type Sandbox struct {
	opt     Options
	file    string
	client  *http.Client // delivers webhooks
	root    http.Handler
	vendors map[string]http.Handler
	// payments is Stripe. It has a lock of its own, which comes first: it is never
	// called while mu is held, and may take mu in what it calls.
	payments *stripe.Engine
	feed     *feed
	wakeups  chan struct{}
	offset   atomic.Int64 // how far the sandbox's clock is ahead, in nanoseconds

	saving sync.Mutex // comes before all others

	mu      sync.Mutex // guards what follows
	st      state
	dirty   bool
	savedAt time.Time
	savedIn time.Duration   // how long the last save took
	running map[string]bool // deliveries under way
	product Product
	onClock []func()
}

var sidRule = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)

// New opens the sandbox whose state lies in Options.Dir, or begins a new one.
func New(o Options) (*Sandbox, error) {
	if !sidRule.MatchString(o.AccountSID) {
		return nil, errors.New("sandbox: the account SID must be AC and 32 hexadecimal digits")
	}
	if o.AuthToken == "" || o.SendGridKey == "" {
		return nil, errors.New("sandbox: the auth token and the SendGrid key must not be empty")
	}
	if o.SharedNumber != "" && !isE164(o.SharedNumber) {
		return nil, errors.New("sandbox: the shared number must be in E.164 form, like +18335550199")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.ProductURL = strings.TrimSuffix(o.ProductURL, "/")
	o.URL = strings.TrimSuffix(cmp.Or(o.URL, o.ProductURL), "/")
	s := &Sandbox{
		opt: o, file: filepath.Join(o.Dir, stateFile), product: o.Product,
		feed: newFeed(), wakeups: make(chan struct{}, 1), running: map[string]bool{},
		client: webhookClient(),
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	if err := s.openPayments(); err != nil {
		return nil, err
	}
	s.seed()
	s.vendors = map[string]http.Handler{
		"twilio":   s.twilio(),
		"sendgrid": s.sendgrid(),
		"stripe":   s.payments.Handler(),
	}
	s.root = s.local(s.routes())
	return s, nil
}

// SetProduct tells the inspector whom to ask. The product is made after the
// sandbox, since it runs on the sandbox's clock.
func (s *Sandbox) SetProduct(p Product) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.product = p
}

func (s *Sandbox) theProduct() Product {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.product
}

// Handler answers everything below /sandbox: the inspector's pages, the control
// plane at /sandbox/api and the emulators at /sandbox/vendors/NAME.
func (s *Sandbox) Handler() http.Handler { return s.root }

// Vendor returns one emulator at the vendor's own paths, for a port of its own.
func (s *Sandbox) Vendor(name string) (http.Handler, bool) {
	h, ok := s.vendors[name]
	if !ok {
		return nil, false
	}
	return s.local(h), true
}

// Run delivers webhooks and moves texts along until ctx ends. It returns when
// what was under way has ended; event streams end with it.
func (s *Sandbox) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer func() {
		s.feed.close()
		wg.Wait()
	}()
	for ctx.Err() == nil {
		due := s.claim()
		for _, d := range due {
			wg.Go(func() {
				s.deliver(ctx, d)
				s.wake()
			})
		}
		if err := s.saveIfDirty(); err != nil {
			s.opt.Log.ErrorContext(ctx, "sandbox: write the state", "err", err)
		}
		if len(due) == 0 {
			s.rest(ctx)
		}
	}
}

// Tick does everything that is due now, once, and returns how many webhooks it
// delivered when all of them have been answered or given up.
func (s *Sandbox) Tick(ctx context.Context) int {
	due := s.claim()
	var wg sync.WaitGroup
	for _, d := range due {
		wg.Go(func() { s.deliver(ctx, d) })
	}
	wg.Wait()
	return len(due)
}

// Disconnect ends the event streams of open pages, which would go on for ever:
// for a server that is to stop.
func (s *Sandbox) Disconnect() { s.feed.close() }

// Close writes the state. It may be called while Run still ends.
func (s *Sandbox) Close() error {
	s.feed.close()
	return s.save()
}

// rest waits for the next thing to do, at most as long as the state may stay
// unsaved.
func (s *Sandbox) rest(ctx context.Context) {
	t := time.NewTimer(s.nextDue())
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-s.wakeups:
	case <-t.C:
	}
}

// wake makes Run look again. It never blocks.
func (s *Sandbox) wake() {
	select {
	case s.wakeups <- struct{}{}:
	default:
	}
}

// changed marks the state as unsaved and tells the pages that look at topic. The
// caller holds the lock.
func (s *Sandbox) changed(topic string) {
	s.dirty = true
	s.feed.publish(topic)
	s.wake()
}
