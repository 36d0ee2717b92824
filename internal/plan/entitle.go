package plan

import (
	"cmp"
	"slices"
	"time"
)

// Source says why somebody is entitled to what they are.
type Source string

// The sources.
const (
	Free    Source = "free"
	Granted Source = "grant"
	Paid    Source = "subscription"
)

// Entitlement is what somebody may use, and why.
type Entitlement struct {
	Tier Tier
	// Billable: there is a subscription to put overage on. A tier granted by the
	// operator has none, so it stops at its allowance; and so does one whose payment
	// is owed, on trial, or whose collection is paused.
	Billable bool
	Source   Source
	Until    time.Time // when it ends as things stand; zero: it has no end
	Overdue  bool      // a payment is owed, and Until ends the grace
}

// Entitle says what somebody may use at a moment: a function of what they pay for,
// of what the operator gave them, and of the clock, and of nothing else. Of a
// subscription and a grant that both hold, the higher tier counts, and the
// subscription if they are the same.
func Entitle(s Subscription, g Grant, now time.Time) Entitlement {
	e := Entitlement{Tier: Buddy, Source: Free}
	if until, ok := s.holds(now); ok {
		e = Entitlement{
			Tier: s.Tier, Source: Paid, Until: until, Overdue: s.Status == PastDue,
			Billable: s.Status == Active && !s.Waived,
		}
	}
	if g.holds(now) && (e.Source == Free || rank(g.Tier) > rank(e.Tier)) {
		e = Entitlement{Tier: g.Tier, Source: Granted, Until: g.Until}
	}
	return e
}

// Overage reports whether what goes beyond an allowance is billed.
func (e Entitlement) Overage() bool {
	p, _ := Of(e.Tier)
	return p.Overage && e.Billable
}

// Better returns the subscription of two that counts more at a moment: one that
// holds, of a higher tier, that can be billed, and then the newer one.
func Better(a, b Subscription, now time.Time) Subscription {
	ea, eb := Entitle(a, Grant{}, now), Entitle(b, Grant{}, now)
	order := cmp.Or(
		falseFirst(ea.Source == Paid, eb.Source == Paid),
		cmp.Compare(rank(ea.Tier), rank(eb.Tier)),
		falseFirst(ea.Billable, eb.Billable),
		a.Anchor.Compare(b.Anchor),
		cmp.Compare(a.ID, b.ID), // whichever: but always the same
	)
	if order > 0 {
		return a
	}
	return b
}

// falseFirst compares two answers: no comes before yes.
func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// rank orders the tiers; an unknown one is the lowest.
func rank(t Tier) int {
	return slices.IndexFunc(table, func(p Plan) bool { return p.Tier == t })
}

// Above reports whether t is a higher tier than o.
func (t Tier) Above(o Tier) bool { return rank(t) > rank(o) }

// Metered returns the subscription that usage is reported to at a moment: the one
// that counts, where it has overage; "" for none. Under a grant of a higher tier
// nothing is anybody's bill.
func Metered(s Subscription, g Grant, now time.Time) string {
	e := Entitle(s, g, now)
	if p, _ := Of(e.Tier); e.Source == Paid && p.Overage {
		return s.ID
	}
	return ""
}
