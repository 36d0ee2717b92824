package billing

import (
	"context"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// Store is where all of this is kept. Each method that writes is one statement or
// one transaction, and safe to repeat. What is not there is a fault of kind
// NotFound.
type Store interface {
	ledger
	reservations
	meter
	customers
	checkouts
	inbox
	remarks
	EnqueueJobs(ctx context.Context, js ...jobs.Job) error
}

// ledger is what was used.
type ledger interface {
	// RecordUsage adds records, each under the subscription that its user's usage is
	// reported to at that moment, and to the outbox where there is one. One whose
	// source key is taken is left out. It stores UsageJob with them.
	RecordUsage(ctx context.Context, records ...Record) error
	// UsageTotals adds up what a user has used in a scope.
	UsageTotals(ctx context.Context, s Scope) (Totals, error)
	// UsageDays is the same by feature and day (its midnight in UTC), without what is
	// on its way and without numbers.
	UsageDays(ctx context.Context, s Scope) ([]Day, error)
	// Spans returns those of a subscription that begin in a period, and the one that
	// it begins in, oldest first.
	Spans(ctx context.Context, subscriptionID string, p Period) ([]Span, error)
	// UsersOfUsage returns whose usage was recorded in a span of the clock, by the
	// moment of recording.
	UsersOfUsage(ctx context.Context, recorded Period) ([]string, error)
}

// Scope is a part of a user's usage.
type Scope struct {
	UserID         string
	SubscriptionID string // what it was used under; "" for none
	Period         Period
	Now            time.Time // which reservations have expired
}

// Totals is what a user has used in a scope.
type Totals struct {
	Used map[plan.Feature]int64 // numbers: those held now
	// Reserved is what is held for something under way.
	Reserved map[plan.Feature]int64
	// PendingTexts are texts that are on their way: they will be counted when the
	// carrier has them, and what is promised already cannot be promised again.
	PendingTexts    int64
	PendingSegments int64
}

// reservations hold usage for what is under way.
type reservations interface {
	// Reserve holds usage if it is within the budget, with everything that is used and
	// held already. It reports false, and stores nothing, if it is not. A reservation
	// with a key that is held already is left as it is (true), and so is one whose key
	// was settled.
	Reserve(ctx context.Context, r Reservation, b Budget) (ok bool, err error)
	// Extend raises one to r.Quantity and r.ExpiresAt if that is within the budget; it
	// never lowers it. It reports false if it is not, and NotFound if none is held.
	Extend(ctx context.Context, r Reservation, b Budget) (ok bool, err error)
	// Settle records the usage of r.SourceKey in the place of its reservation, whether or
	// not that still holds: what was used was used. The same again does nothing.
	Settle(ctx context.Context, r Record) error
	// Release lets one go, if it is held.
	Release(ctx context.Context, sourceKey string) error
	// ExpireReservations lets go what has expired, and returns how many.
	ExpireReservations(ctx context.Context, now time.Time) (int, error)
}

// Reservation is usage that is held.
type Reservation struct {
	ID        string
	UserID    string
	Feature   plan.Feature
	Quantity  int64
	SourceKey string // of the usage record that it will become
	ExpiresAt time.Time
}

// Budget is what a reservation must stay within.
type Budget struct {
	Scope Scope
	// Included is each metered feature's allowance; a large number where it has no end.
	Included map[plan.Feature]int64
	// Overage says that usage may go beyond, up to Cap (plan.NoCap: for ever), which
	// what was used in the period under another plan has been taken off.
	Overage bool
	Cap     plan.MicroDollars
}

// meter is the report of usage to the payment provider.
type meter interface {
	// WaitingUsage returns of which subscriptions and features usage waits to be
	// reported, since when the oldest; of everybody ("") or of one user.
	WaitingUsage(ctx context.Context, userID string, limit int) ([]Waiting, error)
	// Allot makes what waits of m's subscription and feature from a period a part of m,
	// and stores m with the sum as its quantity and the latest moment as its time. It
	// reports false if nothing waits there. An event whose sum is 0 is stored as sent:
	// there is nothing to tell. It fails with a Conflict if there is an event with that
	// id.
	Allot(ctx context.Context, m MeterEvent, p Period) (ok bool, err error)
	MeterEvent(ctx context.Context, id string) (MeterEvent, error)
	// MeterEvents returns those in a state, oldest first; of everybody ("") or of one
	// user.
	MeterEvents(ctx context.Context, state MeterState, userID string, limit int) ([]MeterEvent, error)
	// CountMeterEvents returns how many there are whose id begins with a prefix.
	CountMeterEvents(ctx context.Context, prefix string) (int, error)
	// SettleMeterEvent stores what became of one, and when it counts.
	SettleMeterEvent(ctx context.Context, id string, s MeterState, at time.Time, reason string) error
	// RetryMeterEvents makes those pending again that were rejected, each under an id of
	// its own ("…:again"), since the former one may be known; it returns how many.
	RetryMeterEvents(ctx context.Context) (int, error)
	// SentMeterEvents returns those of a customer and a period that were sent since a
	// moment.
	SentMeterEvents(ctx context.Context, customerID string, f plan.Feature, p Period, since time.Time) ([]MeterEvent, error)
	// Told adds up the events of a subscription in a period that were sent: those that
	// wait will count when they are, which may be in another period. Corrections are
	// left out: they make what is counted, and billed, equal to this.
	Told(ctx context.Context, subscriptionID string, f plan.Feature, p Period) (int64, error)
	// AddCorrection stores an event that corrects what was told, unless there is one
	// with its id.
	AddCorrection(ctx context.Context, m MeterEvent) error
	// MeteredDays adds up the events of a customer by day (UTC), except those that were
	// rejected. Corrections are left out: they make what was told equal to this.
	MeteredDays(ctx context.Context, customerID string, f plan.Feature, p Period) (map[time.Time]int64, error)
}

// Waiting is usage that waits to be reported.
type Waiting struct {
	UserID         string
	CustomerID     string
	SubscriptionID string
	Feature        plan.Feature
	Oldest         time.Time
}

// customers are the users as the payment provider knows them.
type customers interface {
	UserByCustomer(ctx context.Context, customerID string) (account.User, error)
	// LinkCustomer stores what a user is called there. It reports false if they are
	// called something else already, or somebody else is called that.
	LinkCustomer(ctx context.Context, userID, customerID string, e account.Event) (ok bool, err error)
	// SaveReading stores what was read of a customer, unless something newer is stored,
	// or the user's grant is another than s.Grant by now. It reports false then.
	SaveReading(ctx context.Context, s Saved) (ok bool, err error)
	// Subscribers returns those who have a subscription that is not over, from after an
	// id (of a user) on, in the order of ids.
	Subscribers(ctx context.Context, after string, limit int) ([]account.User, error)
	// SetCap stores what a user chose; c.Chosen false takes the choice back.
	SetCap(ctx context.Context, userID string, c plan.Cap, e account.Event) error
	// SaveInvoice stores an invoice as it was read at a moment, unless it was read
	// later.
	SaveInvoice(ctx context.Context, userID string, i Invoice, readAt time.Time) error
	// Invoices returns a user's, newest first, from before a place on. Drafts are left
	// out.
	Invoices(ctx context.Context, userID string, before Place, limit int) ([]Invoice, error)
}

// Saved is a reading together with what follows from it.
type Saved struct {
	UserID  string
	Reading Reading
	Grant   plan.Grant // that what follows was reckoned with
	// Current is the subscription that counts, Metered what usage is reported to ("" for
	// nothing), Tier the tier that lists show.
	Current plan.Subscription
	Metered string
	Tier    plan.Tier
	Spans   []Span
	Events  []account.Event
	Jobs    []jobs.Job
}

// checkouts are orders under way.
type checkouts interface {
	// AddCheckout stores an order that is open. It reports false if the user has one
	// that is.
	AddCheckout(ctx context.Context, c Checkout) (ok bool, err error)
	// OpenCheckoutOf returns the user's order that is open.
	OpenCheckoutOf(ctx context.Context, userID string) (Checkout, error)
	CheckoutByID(ctx context.Context, id string) (Checkout, error)
	CheckoutBySession(ctx context.Context, sessionID string) (Checkout, error)
	// PlaceCheckout stores the provider's session of an open order.
	PlaceCheckout(ctx context.Context, id, sessionID, url string, expiresAt time.Time) error
	// EndCheckout stores how an order ended; of one that has ended it does nothing.
	EndCheckout(ctx context.Context, id string, s CheckoutState) error
}

// inbox is what the payment provider told us.
type inbox interface {
	// AddEvent stores an event with the job that acts on it. It reports false, and
	// stores nothing, if it is there.
	AddPaymentEvent(ctx context.Context, e Event, j jobs.Job) (fresh bool, err error)
	PaymentEvent(ctx context.Context, id string) (Event, error)
	// PaymentEvents returns events, newest first, from before an id on ("" from the
	// newest), in a state ("" for every one).
	PaymentEvents(ctx context.Context, before string, state EventState, limit int) ([]Event, error)
	SettlePaymentEvent(ctx context.Context, id string, s EventState, note string) error
	// CleanBilling deletes what was over before a moment: events that were acted on,
	// orders that ended, the outbox of what was reported, and notices of a year before.
	CleanBilling(ctx context.Context, before time.Time) error
}

// remarks are what people are told.
type remarks interface {
	// RaiseAlert stores an alert, or counts it if the same lasts. It stores the jobs
	// only the first time.
	RaiseAlert(ctx context.Context, a Alert, js ...jobs.Job) error
	// ResolveAlerts ends those of them that last.
	ResolveAlerts(ctx context.Context, keys ...string) error
	// Alerts returns those that last, or all, newest first.
	Alerts(ctx context.Context, all bool, limit int) ([]Alert, error)
	// Notice stores that a user is told something, with the jobs that do. It reports
	// false, and stores nothing, if they were.
	Notice(ctx context.Context, userID, key string, js ...jobs.Job) (fresh bool, err error)
	// AddEvent stores an audit event that stands alone.
	AddEvent(ctx context.Context, e account.Event) error
}
