// Package billing is what people use and what that costs: the usage ledger, the
// period it is counted in, and the subscription it belongs to.
package billing

import (
	"time"

	"xswarm.ai/server/internal/plan"
)

// Record is one row of the usage ledger. The ledger is append-only; a correction
// is a negative record.
type Record struct {
	ID         string
	UserID     string
	Feature    plan.Feature
	Quantity   int64     // billable units
	Measured   int64     // what was measured: segments, seconds
	RecordedAt time.Time // the moment, and so the period, it counts in
	SourceKey  string    // unique, "sms:SM…": a replay stores nothing
}

// Period is a span of time over which usage is counted: [Start, End).
type Period struct{ Start, End time.Time }

// FeatureUsage is one feature's line in a report.
type FeatureUsage struct {
	Feature   plan.Feature
	Used      int64
	Included  int64 // plan.Unlimited for no end
	Remaining int64 // plan.Unlimited for no end
	Overage   int64
	Cost      plan.MicroDollars // of the overage
}

// Usage is a report over a period: every feature, in plan.Features' order.
type Usage struct {
	Period   Period
	Features []FeatureUsage
}

// Subscription is the plan that somebody is on, and why.
type Subscription struct {
	Plan   plan.Plan
	Source string    // "free" or "grant"
	Until  time.Time // when a grant ends; zero: no end
	Reason string    // the operator's words, for a grant
	Wished plan.Tier // asked for at sign-up; "" for none
}
