package billing

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/plan"
)

// Month returns the UTC calendar month that t is in: the period of everybody who
// has no subscription.
func Month(t time.Time) Period {
	y, m, _ := t.UTC().Date()
	start := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	return Period{Start: start, End: start.AddDate(0, 1, 0)}
}

// counted is what somebody's usage is counted in at a moment: the period, and the
// scope of it that the present allowance is for.
func counted(u account.User, now time.Time) (plan.Entitlement, Period, Scope) {
	e := u.Entitlement(now)
	sc := Scope{UserID: u.ID, Period: Month(now), Now: now}
	if e.Source != plan.Paid {
		return e, sc.Period, sc
	}
	start, end := u.Subscription.PeriodAt(now)
	sc.SubscriptionID = plan.Metered(u.Subscription, u.Grant, now)
	sc.Period = Period{Start: u.Subscription.CountsFrom(now), End: end}
	return e, Period{Start: start, End: end}, sc
}

// standing is where somebody stands in their period.
type standing struct {
	Entitlement plan.Entitlement
	Period      Period
	Scope       Scope
	Totals      Totals
	Earlier     plan.MicroDollars // overage of other plans in the same period
	Cap         plan.Cap
}

// stand reads where somebody stands.
func (s *Service) stand(ctx context.Context, u account.User) (standing, error) {
	var st standing
	st.Entitlement, st.Period, st.Scope = counted(u, s.now())
	st.Cap = plan.CapFor(st.Entitlement.Tier, u.SpendingCap)
	if !st.Entitlement.Billable {
		st.Cap = plan.Cap{Limit: plan.NoCap}
	}
	var err error
	if st.Totals, err = s.store.UsageTotals(ctx, st.Scope); err != nil {
		return st, fmt.Errorf("add up usage: %w", err)
	}
	if st.Scope.SubscriptionID == "" || st.Scope.Period.Start.Equal(st.Period.Start) {
		return st, nil
	}
	st.Earlier, err = s.earlier(ctx, st)
	return st, err
}

// earlier is the overage of the spans of a period before the present one.
func (s *Service) earlier(ctx context.Context, st standing) (plan.MicroDollars, error) {
	until := st.Scope.Period.Start
	spans, err := s.store.Spans(ctx, st.Scope.SubscriptionID, Period{Start: st.Period.Start, End: until})
	if err != nil {
		return 0, fmt.Errorf("read the plans of the period: %w", err)
	}
	var sum plan.MicroDollars
	for i, span := range spans {
		p := Period{Start: later(span.Start, st.Period.Start), End: until}
		if i+1 < len(spans) {
			p.End = spans[i+1].Start
		}
		t, err := s.store.UsageTotals(ctx, Scope{UserID: st.Scope.UserID, SubscriptionID: span.SubscriptionID, Period: p, Now: st.Scope.Now})
		if err != nil {
			return 0, fmt.Errorf("add up usage: %w", err)
		}
		sum += overage(Lines(plan.Entitlement{Tier: span.Tier, Billable: true}, t.Used))
	}
	return sum, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// overage is the metered cost of a report's lines. Numbers are paid for in advance.
func overage(lines []FeatureUsage) plan.MicroDollars {
	var sum plan.MicroDollars
	for _, l := range lines {
		if l.Feature != plan.PhoneNumbers {
			sum += l.Cost
		}
	}
	return sum
}

// Usage reports what a user has used in the current period, and what that costs.
func (s *Service) Usage(ctx context.Context, u account.User) (Usage, error) {
	st, err := s.stand(ctx, u)
	if err != nil {
		return Usage{}, err
	}
	days, err := s.store.UsageDays(ctx, Scope{
		UserID: u.ID, SubscriptionID: st.Scope.SubscriptionID, Period: st.Period, Now: st.Scope.Now,
	})
	if err != nil {
		return Usage{}, fmt.Errorf("add up the days: %w", err)
	}
	lines := Lines(st.Entitlement, st.Totals.Used)
	for i, l := range lines {
		lines[i].Projected = projected(st, l)
	}
	return Usage{Period: st.Period, Features: lines, Earlier: st.Earlier, Days: days, Cap: st.Cap}, nil
}

// projected is what a feature's overage costs at the end of the period if it goes
// on like this: the daily average since its allowance began to count, of a day at
// least. The hard cap ends it.
func projected(st standing, l FeatureUsage) plan.MicroDollars {
	if l.Feature == plan.PhoneNumbers || l.Included == plan.Unlimited {
		return l.Cost
	}
	elapsed := max(st.Scope.Now.Sub(st.Scope.Period.Start), 24*time.Hour)
	whole := max(st.Scope.Period.End.Sub(st.Scope.Period.Start), elapsed)
	used := int64(float64(l.Used) * (float64(whole) / float64(elapsed)))
	for _, at := range Lines(st.Entitlement, map[plan.Feature]int64{l.Feature: max(used, l.Used)}) {
		if at.Feature != l.Feature {
			continue
		}
		if st.Cap.Hard() {
			return max(min(at.Cost, st.Cap.Limit), l.Cost)
		}
		return at.Cost
	}
	return l.Cost
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
		if e.Overage() {
			l.Overage = max(l.Used-l.Included, 0)
			l.Cost = plan.MicroDollars(l.Overage) * plan.UnitPrices[f]
		}
		lines = append(lines, l)
	}
	return lines
}

// Record adds to the ledger. A record whose source key is there is left out, so
// that the same may be recorded any number of times.
func (s *Service) Record(ctx context.Context, records ...Record) error {
	if err := s.store.RecordUsage(ctx, records...); err != nil {
		return fmt.Errorf("record usage: %w", err)
	}
	return nil
}
