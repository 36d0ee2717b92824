package web

import (
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// standing is how somebody stands with their plan, to be said in words.
type standing struct {
	billing.Subscription
	on   bool // plans can be bought
	now  time.Time
	zone *time.Location
}

func (s *site) standing(u account.User) standing {
	return standing{Subscription: s.Billing.Subscription(u), on: s.Billing.On(), now: s.Now(), zone: u.Location()}
}

// situation is which of the words fit.
type situation int

const (
	free      situation = iota
	granted             // the operator gave it
	active              // it is paid
	trial               // it will be
	owing               // its payment failed, and it holds for a while yet
	held                // its payment failed, and it holds no more
	unpayable           // a trial ended without a way to pay
	suspended           // the operator provides nothing just now
)

func (st standing) situation() situation {
	switch {
	case st.Entitlement.Source == plan.Granted:
		return granted
	case !st.subscribed():
		return free
	case st.Paid.Status == plan.Paused:
		return unpayable
	case st.Paid.Suspended:
		return suspended
	case st.Paid.Status == plan.Trialing:
		return trial
	case st.Paid.Status == plan.Active:
		return active
	case st.Paid.Status == plan.PastDue && st.now.Before(st.Paid.GraceUntil):
		return owing
	}
	return held
}

// tag is the situation in two words, and whether they are bad news.
func (st standing) tag() (words string, bad bool) {
	switch st.situation() {
	case granted:
		return "given to you", false
	case active:
		if st.Paid.Ends() {
			return "ending", false
		}
		return "active", false
	case trial:
		return "on trial", false
	case owing:
		return "payment owed", true
	case held, unpayable, suspended:
		return "on hold", true
	}
	return "", false
}

// subscribed reports whether there is a subscription, which is changed rather than
// another one bought.
func (st standing) subscribed() bool { return st.Paid.GoesOn(st.now) }

// named is the plan that is spoken of: what is paid for even while it is on hold,
// unless a grant counts.
func (st standing) named() plan.Plan {
	if p, known := plan.Of(st.Paid.Tier); known && st.subscribed() && st.Entitlement.Source != plan.Granted {
		return p
	}
	return st.Plan
}

// paidFor is the plan of the subscription.
func (st standing) paidFor() plan.Plan {
	p, _ := plan.Of(st.Paid.Tier)
	return p
}

// agreed reports whether the price was agreed with sales: then it is changed by
// agreement too.
func (st standing) agreed() bool { return st.subscribed() && st.paidFor().Custom }

// behind reports whether something is owed that keeps a higher plan away.
func (st standing) behind() bool {
	return st.subscribed() && st.Paid.Status != plan.Active && st.Paid.Status != plan.Trialing
}

// leaving reports whether the subscription changes or ends by itself, which can be
// taken back.
func (st standing) leaving() bool { return !st.Paid.EndsAt.IsZero() || st.Paid.Next != "" }

// wishes reports whether the user would like another plan than they have.
func (st standing) wishes() bool {
	return st.Wished.Valid() && st.Wished != plan.Buddy && st.Wished != st.named().Tier
}

// capped reports whether a spending cap means anything: only who pays has overage.
func (st standing) capped() bool {
	return st.Entitlement.Source == plan.Paid && st.Plan.Overage
}

// at returns a moment, and day a day, as the user's clock shows it.
func (st standing) at(t time.Time) string  { return clock(t, st.now, st.zone) }
func (st standing) day(t time.Time) string { return day(t, st.now, st.zone) }

// counts returns the zone in which the period is told: without a subscription it is
// the UTC calendar month, and anything else would make it begin on another day.
func (st standing) counts() *time.Location {
	if st.Entitlement.Source == plan.Paid {
		return st.zone
	}
	return time.UTC
}
