package billing

import (
	"context"
	"errors"
	"time"

	"xswarm.ai/server/internal/plan"
)

// Payments is who takes the money.
//
// About asks nobody. The others ask once, and repeat nothing: the jobs do that. Each
// that changes something may be called again with the same key, however the call
// before ended: it is done once. An error is one of:
//
//   - a *Refusal (in the chain): a definite no, which another attempt will not
//     change;
//   - ErrNoSuch (in the chain): there is no such thing there;
//   - anything else: worth another attempt, with the same key. When the provider
//     says when, it is made with jobs.RetryAfter.
type Payments interface {
	// About says what an event of a kind, in the provider's words, is about.
	About(kind string) Subject
	// CreateCustomer makes somebody known and returns what they are called there; who
	// is known with that address and id is not made again.
	CreateCustomer(ctx context.Context, c NewCustomer) (id string, err error)
	// UpdateCustomer corrects the address and the name.
	UpdateCustomer(ctx context.Context, id, email, name string) error
	// Read reads all that is known of a customer: whether there is one, every
	// subscription, and what is owed.
	Read(ctx context.Context, customerID string) (Reading, error)
	// CustomerOf reads whose an object is that an event was about: a charge, a
	// dispute, an invoice, a checkout; "" if it is nobody's.
	CustomerOf(ctx context.Context, e Event) (string, error)

	// OpenCheckout returns where somebody can pay for a plan.
	OpenCheckout(ctx context.Context, o Order) (Checkout, error)
	// Checkout reads what became of one.
	Checkout(ctx context.Context, sessionID string) (Checkout, error)
	// ExpireCheckout ends one that is open; of one that is over it does nothing.
	ExpireCheckout(ctx context.Context, sessionID string) error
	// OpenPortal returns where somebody can change how they pay, see invoices and
	// cancel; when they are done they are led back.
	OpenPortal(ctx context.Context, customerID, returnURL string) (url string, err error)

	// Preview says what moving a subscription to a tier at a moment would cost.
	Preview(ctx context.Context, c Change) (Quote, error)
	// Upgrade moves a subscription to a tier now. What was used until then is billed
	// by the old plan, the rest of the period by the new one. One that was to end goes on.
	// It is done as a whole, or not at all.
	Upgrade(ctx context.Context, c Change) error
	// Schedule moves it at the end of its period.
	Schedule(ctx context.Context, c Change) error
	// Unschedule takes a move back that is to come.
	Unschedule(ctx context.Context, c Change) error
	// CancelAtEnd lets a subscription end with its period, or takes that back.
	CancelAtEnd(ctx context.Context, c Change, cancel bool) error
	// SetNumbers sets how many numbers beyond the included ones are paid for.
	SetNumbers(ctx context.Context, subscriptionID string, quantity int64, key string) error

	// Invoice reads one bill.
	Invoice(ctx context.Context, id string) (Invoice, error)
	// Invoices reads those of a customer since a moment, newest first.
	Invoices(ctx context.Context, customerID string, since time.Time) ([]Invoice, error)
	// Dispute reads what somebody has against a payment.
	Dispute(ctx context.Context, id string) (Dispute, error)

	// Report tells how much was used. Telling it again does nothing.
	Report(ctx context.Context, m MeterEvent) error
	// Reported returns what was told of a feature, by day from a midnight (UTC) to
	// another.
	Reported(ctx context.Context, customerID string, f plan.Feature, p Period) (map[time.Time]int64, error)
	// MeterErrors reads what could not be counted of what was told, from the event that
	// says so.
	MeterErrors(ctx context.Context, eventID string) ([]MeterError, error)
	// Events returns what happened since a moment, of the kinds that we act on,
	// oldest first: for what was told and did not arrive.
	Events(ctx context.Context, since time.Time) ([]Event, error)
}

// Reading is all that the payment provider says about a customer.
type Reading struct {
	At            time.Time // when the reading began
	CustomerID    string
	Gone          bool   // there was one, and was deleted
	UserID        string // whom the customer was made for, as is written there; "" if it is not
	Subscriptions []Held
}

// Held is a subscription of a customer, as it was read.
type Held struct {
	plan.Subscription
	PriceID string // of the plan; for an alert where it is not one of ours
	// Numbers is how many numbers beyond the included ones are paid for.
	Numbers int64
	// Flexible says that usage before a change of plan is billed by the plan that it
	// was used under. Without it, it would be forgiven.
	Flexible bool
	OwedURL  string // where the bill that is owed can be paid
	OwedID   string // the oldest such bill
}

// NewCustomer is somebody to be made known.
type NewCustomer struct {
	UserID string
	Email  string
	Name   string
	Key    string
}

// Order is a plan to be bought.
type Order struct {
	ID         string // ours, and the key
	UserID     string
	CustomerID string
	Tier       plan.Tier
	SuccessURL string
	CancelURL  string
}

// Checkout is an order under way.
type Checkout struct {
	ID           string // ours
	UserID       string
	Tier         plan.Tier
	SuccessPath  string
	CancelPath   string
	SessionID    string // the provider's; "" until it answered
	URL          string
	State        CheckoutState
	CustomerID   string
	Subscription string // what came of it; "" for nothing yet
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

// CheckoutState is how far an order is.
type CheckoutState string

// The states of orders.
const (
	CheckoutOpen     CheckoutState = "open"
	CheckoutComplete CheckoutState = "complete"
	CheckoutExpired  CheckoutState = "expired"
)

// Change is a subscription's move to another tier.
type Change struct {
	SubscriptionID string
	Tier           plan.Tier
	At             time.Time // whole seconds: by which the rest of the period is reckoned
	Since          time.Time // whole seconds: from when on usage is the new plan's
	Numbers        int64     // beyond those that Tier includes
	// Key is an upgrade's: it is paid for. What else is changed is read before and set as
	// a whole: asking for it twice does nothing, and with a key made of it to choose A, B
	// and A again would leave B.
	Key string
}

// Quote is what a change costs.
type Quote struct {
	Tier    plan.Tier
	At      time.Time     // the moment that it was reckoned for: changing with the same one costs the same
	Now     int64         // cents to pay at once; negative: a credit
	Renewal int64         // cents of the plan at the next renewal, without overage
	Lines   []InvoiceLine // of what is to pay at once
}

// Dispute is a payment that somebody's bank takes back.
type Dispute struct {
	ID         string
	CustomerID string
	ChargeID   string
	Amount     int64 // cents
	Reason     string
	Status     string // needs_response, under_review, won, lost, warning_…
}

// MeterEvent is usage, added up, to be told.
type MeterEvent struct {
	ID             string // the identifier: telling it twice does nothing
	UserID         string
	CustomerID     string
	SubscriptionID string
	Feature        plan.Feature
	Quantity       int64
	At             time.Time
	State          MeterState
	Error          string
	SentAt         time.Time
	CreatedAt      time.Time
}

// MeterState is what became of a meter event.
type MeterState string

// The states of meter events.
const (
	MeterPending  MeterState = "pending"
	MeterSent     MeterState = "sent"
	MeterRejected MeterState = "rejected" // for good: money is being lost
)

// MeterError is why meter events were not counted.
type MeterError struct {
	Code    string
	Message string
	Count   int64
	Events  []string // some of them, by their ids
}

// Refusal is a definite no of the payment provider.
type Refusal struct {
	Code     string // the provider's, for the record and for support
	Declined bool   // the card was: the person can do something about it
	Cause    error
}

func (r *Refusal) Error() string { return "refused (" + r.Code + "): " + r.Cause.Error() }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// ErrNoSuch says that there is no such thing at the payment provider.
var ErrNoSuch = errors.New("the payment provider has no such thing")
