package billing

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/plan"
)

// Store is the usage ledger.
type Store interface {
	// RecordUsage adds records. One whose source key is taken is left out.
	RecordUsage(ctx context.Context, records ...Record) error
	// UsageTotals adds up a user's usage in a period.
	UsageTotals(ctx context.Context, userID string, p Period) (Totals, error)
}

// Totals is what a user has used in a period.
type Totals struct {
	Used map[plan.Feature]int64 // numbers: those held now
	// Pending are texts that are on their way: they will be counted when the carrier
	// has them, and what is promised already cannot be promised again.
	PendingTexts    int64
	PendingSegments int64
}

// BySegment is the way of counting texts by the parts that the network cuts them
// into.
const BySegment = "segment"

// Options is what a Service needs.
type Options struct {
	Store Store
	Now   func() time.Time
	// SMSBilling says what of a text is counted: BySegment its parts, all else the
	// text.
	SMSBilling string
}

// Service answers what was used, what is left and what it costs.
type Service struct {
	store     Store
	now       func() time.Time
	bySegment bool
}

// New returns a Service.
func New(o Options) *Service {
	return &Service{store: o.Store, now: o.Now, bySegment: o.SMSBilling == BySegment}
}

// Month returns the UTC calendar month that t is in: the period of everybody who
// has no subscription.
func Month(t time.Time) Period {
	y, m, _ := t.UTC().Date()
	start := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	return Period{Start: start, End: start.AddDate(0, 1, 0)}
}

// Usage reports what a user has used in the current period, and what that costs.
func (s *Service) Usage(ctx context.Context, u account.User) (Usage, error) {
	now := s.now()
	p := Month(now)
	t, err := s.store.UsageTotals(ctx, u.ID, p)
	if err != nil {
		return Usage{}, fmt.Errorf("add up usage: %w", err)
	}
	return Usage{Period: p, Features: Lines(u.Entitlement(now), t.Used)}, nil
}

// Lines is the report on what was used under an entitlement. Costs are exact:
// whole units at a price in micro-dollars. Only who can be billed has overage:
// what somebody used on a plan that has ended since costs them nothing.
func Lines(e plan.Entitlement, used map[plan.Feature]int64) []FeatureUsage {
	p, _ := plan.Of(e.Tier)
	lines := make([]FeatureUsage, 0, len(plan.Features))
	for _, f := range plan.Features {
		l := FeatureUsage{Feature: f, Used: max(used[f], 0), Included: p.Included[f]}
		if l.Included == plan.Unlimited {
			l.Remaining = plan.Unlimited
			lines = append(lines, l)
			continue
		}
		l.Remaining = max(l.Included-l.Used, 0)
		if p.Overage && e.Billable {
			l.Overage = max(l.Used-l.Included, 0)
			l.Cost = plan.MicroDollars(l.Overage) * plan.UnitPrices[f]
		}
		lines = append(lines, l)
	}
	return lines
}

// Subscription returns the plan that a user is on, and why.
func (s *Service) Subscription(u account.User) Subscription {
	now := s.now()
	tier := u.Entitlement(now).Tier
	p, _ := plan.Of(tier)
	sub := Subscription{Plan: p, Source: "free", Wished: u.WishedPlan}
	if tier != plan.Buddy || u.Grant.Tier == tier && (u.Grant.Until.IsZero() || now.Before(u.Grant.Until)) {
		sub.Source, sub.Until, sub.Reason = "grant", u.Grant.Until, u.Grant.Reason
	}
	return sub
}

// Check says whether a user may use one more, with what is on its way taken for
// used.
func (s *Service) Check(ctx context.Context, u account.User, f plan.Feature) (plan.Limit, error) {
	now := s.now()
	t, err := s.store.UsageTotals(ctx, u.ID, Month(now))
	if err != nil {
		return plan.Limit{}, fmt.Errorf("add up usage: %w", err)
	}
	used := max(t.Used[f], 0)
	if f == plan.SMSMessages {
		used += s.pending(t)
	}
	return u.Entitlement(now).Check(f, used), nil
}

func (s *Service) pending(t Totals) int64 {
	if s.bySegment {
		return t.PendingSegments
	}
	return t.PendingTexts
}
