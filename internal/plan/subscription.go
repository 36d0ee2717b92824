package plan

import "time"

// Status is where a subscription is in its life, in the words of the payment
// provider (https://docs.stripe.com/billing/subscriptions/overview).
type Status string

// The statuses. Any other is taken for one that gives nothing.
const (
	Incomplete        Status = "incomplete"         // the first payment has not succeeded yet
	IncompleteExpired Status = "incomplete_expired" // nor did it within 23 hours
	Trialing          Status = "trialing"
	Active            Status = "active"
	PastDue           Status = "past_due" // a renewal's payment failed; it is tried again
	Unpaid            Status = "unpaid"   // it was tried for the last time
	Canceled          Status = "canceled"
	Paused            Status = "paused" // a trial ended without a way to pay
)

// Subscription is what somebody pays for, as it was last read from the payment
// provider. The zero value is none.
type Subscription struct {
	ID     string `json:"id,omitempty"`
	Tier   Tier   `json:"tier,omitempty"` // by its price; "" where the price is not one of ours
	Status Status `json:"status,omitempty"`
	// Suspended says that the operator provides nothing while collection is paused,
	// Waived that they provide the plan and collect nothing.
	Suspended bool `json:"suspended,omitempty"`
	Waived    bool `json:"waived,omitempty"`

	// Start and End are the current period, [Start, End). Anchor is what its months
	// are counted from.
	Start  time.Time `json:"start,omitzero"`
	End    time.Time `json:"end,omitzero"`
	Anchor time.Time `json:"anchor,omitzero"`
	// Since is when the allowance began to count: Start, or a change of plan since.
	Since    time.Time `json:"since,omitzero"`
	TrialEnd time.Time `json:"trial_end,omitzero"`
	EndsAt   time.Time `json:"ends_at,omitzero"` // when it ends for good; zero: it renews itself
	// OwedSince is when a payment failed first that is still owed, GraceUntil how long
	// the plan holds in spite of it.
	OwedSince  time.Time `json:"owed_since,omitzero"`
	GraceUntil time.Time `json:"grace_until,omitzero"`
	// Next is the plan that it moves to at NextAt; "" for none.
	Next   Tier      `json:"next,omitempty"`
	NextAt time.Time `json:"next_at,omitzero"`
}

// PeriodAt returns the period that a moment lies in. One that has begun since the
// subscription was read follows from the anchor: the same day of every month, or
// the month's last day where it has none such.
func (s Subscription) PeriodAt(at time.Time) (start, end time.Time) {
	start, end = s.Start, s.End
	if end.IsZero() || at.Before(end) {
		return start, end
	}
	anchor := s.Anchor
	if anchor.IsZero() {
		anchor = start
	}
	anchor = anchor.UTC()
	n := int(end.Sub(anchor).Hours()/24/31) - 1
	for !monthsAfter(anchor, n).After(at) {
		n++
	}
	return monthsAfter(anchor, n-1), monthsAfter(anchor, n)
}

// CountsFrom returns when the allowance began to count that holds at a moment.
func (s Subscription) CountsFrom(at time.Time) time.Time {
	start, _ := s.PeriodAt(at)
	if s.Since.After(start) {
		return s.Since
	}
	return start
}

// monthsAfter is the same time of the same day n months later, or of that month's
// last day.
func monthsAfter(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// Grant is a tier that the operator gave.
type Grant struct {
	Tier   Tier      // "" when there is none
	Until  time.Time // zero: without an end
	Reason string
}

// holds reports whether the grant counts at a moment.
func (g Grant) holds(now time.Time) bool {
	return g.Tier.Valid() && (g.Until.IsZero() || now.Before(g.Until))
}

// holds reports whether the subscription gives its tier at a moment, and for how
// long as things stand (zero: it has no end).
func (s Subscription) holds(now time.Time) (until time.Time, ok bool) {
	if !s.Tier.Valid() || s.Suspended || !s.EndsAt.IsZero() && !now.Before(s.EndsAt) {
		return time.Time{}, false
	}
	switch s.Status {
	case Active, Trialing:
		return s.EndsAt, true
	case PastDue:
		if !now.Before(s.GraceUntil) {
			return time.Time{}, false
		}
		return s.GraceUntil, true
	}
	return time.Time{}, false
}

// Owes reports whether a payment for it has failed and is still to be made.
func (s Subscription) Owes() bool { return s.Status == PastDue || s.Status == Unpaid }

// Ends reports whether it is to end for good, and does not move to another plan.
func (s Subscription) Ends() bool { return !s.EndsAt.IsZero() && s.Next == "" }

// GoesOn reports whether there is a subscription at a moment, whether or not it
// gives its tier just now: whoever has one changes it, and does not buy another.
func (s Subscription) GoesOn(now time.Time) bool {
	switch s.Status {
	case Active, Trialing, PastDue, Unpaid, Paused:
		return s.EndsAt.IsZero() || now.Before(s.EndsAt)
	}
	return false
}
