package api

import (
	"context"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// Plan is one of the four tiers.
type Plan struct {
	Tier     plan.Tier          `json:"tier" enum:"ai_buddy,ai_secretary,ai_project_manager,ai_cto"`
	Name     string             `json:"name"`
	Price    *string            `json:"price" doc:"Dollars a month; null where it is agreed with sales." example:"40.00"`
	Summary  string             `json:"summary"`
	Included []IncludedQuantity `json:"included"`
}

// IncludedQuantity is how much of a feature a tier includes.
type IncludedQuantity struct {
	Feature  plan.Feature `json:"feature" enum:"voice_minutes,sms_messages,phone_numbers"`
	Quantity *int64       `json:"quantity" doc:"A month; null means unlimited."`
	Overage  *string      `json:"overage_price" doc:"Dollars for one more; null where there is no more." example:"0.008"`
}

func planOf(p plan.Plan) Plan {
	out := Plan{Tier: p.Tier, Name: p.Name, Summary: p.Summary}
	if !p.Custom {
		price := p.Price.Dollars()
		out.Price = &price
	}
	for _, f := range plan.Features {
		q := IncludedQuantity{Feature: f, Quantity: limited(p.Included[f])}
		if p.Overage {
			unit := plan.UnitPrices[f].Dollars()
			q.Overage = &unit
		}
		out.Included = append(out.Included, q)
	}
	return out
}

// limited is null for what has no end.
func limited(n int64) *int64 {
	if n == plan.Unlimited {
		return nil
	}
	return &n
}

type plansOutput struct {
	Body struct {
		Data       []Plan  `json:"data"`
		NextCursor *string `json:"next_cursor"`
	}
}

func (a *api) plans(context.Context, *Empty) (*plansOutput, error) {
	out := &plansOutput{}
	for _, p := range plan.All() {
		out.Body.Data = append(out.Body.Data, planOf(p))
	}
	return out, nil
}

// Subscription is the plan in effect, and why.
type Subscription struct {
	Plan              Plan       `json:"plan"`
	Tier              plan.Tier  `json:"tier" enum:"ai_buddy,ai_secretary,ai_project_manager,ai_cto"`
	Source            string     `json:"source" enum:"free,grant,subscription" doc:"Why this plan is in effect."`
	Status            *string    `json:"status" enum:"incomplete,incomplete_expired,trialing,active,past_due,unpaid,canceled,paused" doc:"Of what is paid for; null: nothing is."`
	Period            Span       `json:"period" doc:"In which usage is counted."`
	Until             *time.Time `json:"until" doc:"When the plan ends as things stand; null: no end."`
	CancelAtPeriodEnd bool       `json:"cancel_at_period_end"`
	TrialEnd          *time.Time `json:"trial_end" doc:"While on trial."`
	GraceEnd          *time.Time `json:"grace_end" doc:"While a payment is owed: until when the plan holds."`
	PendingChange     *Pending   `json:"pending_change" doc:"The plan that it moves to."`
	Reason            string     `json:"reason" doc:"The operator's words, for a grant."`
	Wished            *plan.Tier `json:"wished_plan" doc:"Asked for at sign-up."`
}

// Span is a span of time.
type Span struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end" doc:"The first moment that is not part of it."`
}

// Pending is a change of plan that is to come.
type Pending struct {
	Tier plan.Tier `json:"tier" enum:"ai_buddy,ai_secretary,ai_project_manager,ai_cto"`
	At   time.Time `json:"at"`
}

func subscriptionOf(s billing.Subscription) Subscription {
	out := Subscription{
		Plan: planOf(s.Plan), Tier: s.Plan.Tier, Source: string(s.Entitlement.Source), Reason: s.Reason,
		Status: some(string(s.Paid.Status)), Period: Span(s.Period), Until: optional(s.Entitlement.Until),
	}
	switch s.Paid.Status {
	case plan.Trialing:
		out.TrialEnd = optional(s.Paid.TrialEnd)
	case plan.PastDue:
		out.GraceEnd = optional(s.Paid.GraceUntil)
	}
	switch {
	case s.Paid.Status == plan.Canceled: // nothing is to come
	case s.Paid.Next != "":
		out.PendingChange = &Pending{s.Paid.Next, s.Paid.NextAt}
	case !s.Paid.EndsAt.IsZero():
		out.CancelAtPeriodEnd = true
		out.PendingChange = &Pending{plan.Buddy, s.Paid.EndsAt}
	}
	if s.Wished != "" {
		out.Wished = &s.Wished
	}
	return out
}

type subscriptionOutput struct{ Body Subscription }

func (a *api) subscription(ctx context.Context, _ *Empty) (*subscriptionOutput, error) {
	return &subscriptionOutput{subscriptionOf(a.Billing.Subscription(user(ctx)))}, nil
}

// FeatureUsage is one feature's line of the usage report.
type FeatureUsage struct {
	Feature   plan.Feature `json:"feature" enum:"voice_minutes,sms_messages,phone_numbers"`
	Used      int64        `json:"used"`
	Included  *int64       `json:"included" doc:"Null means unlimited."`
	Remaining *int64       `json:"remaining" doc:"Null means unlimited."`
	Overage   int64        `json:"overage" doc:"Used beyond what is included."`
	Cost      string       `json:"cost" doc:"Of the overage so far, in dollars." example:"0.016"`
	Projected string       `json:"projected" doc:"Of the overage at the period's end if it goes on like this, in dollars." example:"1.20"`
}

// UsageDay is what was used on one day.
type UsageDay struct {
	Date         string `json:"date" doc:"UTC." example:"2026-11-22"`
	VoiceMinutes int64  `json:"voice_minutes"`
	SMSMessages  int64  `json:"sms_messages"`
}

type usageOutput struct {
	Body struct {
		Period   Span           `json:"period"`
		Features []FeatureUsage `json:"features"`
		Earlier  string         `json:"earlier_cost" doc:"Overage in this period of the plan that was changed from, in dollars." example:"0.00"`
		Cost     string         `json:"cost" doc:"Of all overage so far, in dollars; numbers are paid for in advance." example:"0.016"`
		Days     []UsageDay     `json:"days" doc:"Those on which something was used."`
	}
}

func (a *api) usage(ctx context.Context, _ *Empty) (*usageOutput, error) {
	u, err := a.Billing.Usage(ctx, user(ctx))
	if err != nil {
		return nil, err
	}
	out := &usageOutput{}
	out.Body.Period, out.Body.Earlier, out.Body.Cost = Span(u.Period), u.Earlier.Dollars(), u.Cost().Dollars()
	for _, f := range u.Features {
		out.Body.Features = append(out.Body.Features, FeatureUsage{
			Feature: f.Feature, Used: f.Used, Included: limited(f.Included), Remaining: limited(f.Remaining),
			Overage: f.Overage, Cost: f.Cost.Dollars(), Projected: f.Projected.Dollars(),
		})
	}
	out.Body.Days = each(u.Days, func(d billing.Day) UsageDay {
		return UsageDay{
			Date: d.Date.UTC().Format(time.DateOnly), VoiceMinutes: d.Used[plan.VoiceMinutes], SMSMessages: d.Used[plan.SMSMessages],
		}
	})
	return out, nil
}
