// Package billing is what people pay for, what they use, and what that costs:
// plans bought, changed and cancelled, the usage ledger and its report to the
// payment provider, caps, and what a payment that fails means.
//
// Who may use what is not decided here but by plan.Entitle, from what this package
// last read of somebody's subscription. Everything that is known of money comes
// from reading it from the provider: an event from there only says that something
// is to be read again, so that events may come late, twice and in any order.
//
// It knows no vendor's words, no HTTP and no SQL.
package billing

import (
	"time"

	"xswarm.ai/server/internal/plan"
)

// Record is one row of the usage ledger. The ledger is append-only; a correction
// is a negative record.
type Record struct {
	ID             string
	UserID         string
	Feature        plan.Feature
	Quantity       int64     // billable units
	Measured       int64     // what was measured: segments, seconds
	RecordedAt     time.Time // the moment, and so the period, it counts in
	SourceKey      string    // unique, "sms:SM…": a replay stores nothing
	SubscriptionID string    // what it was used under; "" for none: nobody's bill. The store fills it in.
}

// Period is a span of time over which usage is counted: [Start, End).
type Period struct{ Start, End time.Time }

// Contains reports whether a moment lies in the period.
func (p Period) Contains(t time.Time) bool { return !t.Before(p.Start) && t.Before(p.End) }

// Span is a part of a period in which one tier's allowance counts: a change of plan
// begins another.
type Span struct {
	SubscriptionID string
	Tier           plan.Tier
	Start          time.Time
}

// FeatureUsage is one feature's line in a report.
type FeatureUsage struct {
	Feature   plan.Feature
	Used      int64
	Included  int64 // plan.Unlimited for no end
	Remaining int64 // plan.Unlimited for no end
	Overage   int64
	Cost      plan.MicroDollars // of the overage so far
	Projected plan.MicroDollars // of the overage at the period's end, if it goes on like this
}

// Usage is a report over a period: every feature, in plan.Features' order.
type Usage struct {
	Period   Period
	Features []FeatureUsage
	// Earlier is the overage of the plan that was changed from inside the period.
	Earlier plan.MicroDollars
	Days    []Day
	Cap     plan.Cap
}

// Cost is the overage of the period so far.
func (u Usage) Cost() plan.MicroDollars {
	sum := u.Earlier
	for _, f := range u.Features {
		if f.Feature != plan.PhoneNumbers {
			sum += f.Cost
		}
	}
	return sum
}

// Day is what was used on one day of the period, UTC.
type Day struct {
	Date time.Time // its midnight
	Used map[plan.Feature]int64
}

// Subscription is the plan that somebody is on, and why.
type Subscription struct {
	Plan        plan.Plan
	Entitlement plan.Entitlement
	Paid        plan.Subscription // the zero value: they pay for nothing
	Period      Period
	Reason      string    // the operator's words, for a grant
	Wished      plan.Tier // asked for at sign-up; "" for none
	Customer    bool      // they are known to the payment provider
}

// Invoice is one bill, as last read from the payment provider. Amounts are in
// cents.
type Invoice struct {
	ID             string
	CustomerID     string
	SubscriptionID string
	Number         string // "" while it is a draft
	Status         string // draft, open, paid, void, uncollectible
	Currency       string // usd
	Total          int64
	Due            int64
	Paid           int64
	Refunded       int64
	Period         Period
	IssuedAt       time.Time
	URL            string // the provider's page, where it can be paid and printed
	Lines          []InvoiceLine
	Attempted      bool // its payment was tried
}

// InvoiceLine is one line of a bill.
type InvoiceLine struct {
	Description string       `json:"description"`
	Amount      int64        `json:"amount"` // cents
	Quantity    int64        `json:"quantity"`
	Feature     plan.Feature `json:"feature,omitempty"` // of a metered line
	Start       time.Time    `json:"start"`
	End         time.Time    `json:"end"`
}

// Event is something that the payment provider told us.
type Event struct {
	ID         string
	Kind       string // the provider's word
	ObjectID   string
	CustomerID string // "" when it does not say
	HappenedAt time.Time
	Body       string // as it came

	State     EventState
	Note      string // what came of it
	AppliedAt time.Time
	CreatedAt time.Time
}

// EventState is what became of an event.
type EventState string

// The states of events.
const (
	EventReceived EventState = "received" // its job is to come, or fails
	EventApplied  EventState = "applied"
	EventIgnored  EventState = "ignored"  // nothing that we act on
	EventAlarming EventState = "alarming" // it could not be acted on: a person must look
)

// Alert is something that is wrong with the money and needs a person.
type Alert struct {
	Key        string // what it is about: the same matter is one alert
	Kind       string // "unknown_price"
	UserID     string // "" when it is nobody's in particular
	Message    string // what is wrong and what to do
	Count      int
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ResolvedAt time.Time // zero: it lasts
}
