package api

import (
	"context"
	"time"

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

type subscriptionOutput struct {
	Body struct {
		Plan   Plan       `json:"plan"`
		Source string     `json:"source" enum:"free,grant" doc:"Why this plan is in effect."`
		Until  *time.Time `json:"until" doc:"When it ends; null: no end."`
		Reason string     `json:"reason" doc:"The operator's words, for a grant."`
		Wished *plan.Tier `json:"wished_plan" doc:"Asked for at sign-up."`
	}
}

func (a *api) subscription(ctx context.Context, _ *Empty) (*subscriptionOutput, error) {
	s := a.Billing.Subscription(user(ctx))
	out := &subscriptionOutput{}
	out.Body.Plan, out.Body.Source, out.Body.Reason = planOf(s.Plan), string(s.Entitlement.Source), s.Reason
	if until := s.Entitlement.Until; !until.IsZero() {
		out.Body.Until = &until
	}
	if s.Wished != "" {
		out.Body.Wished = &s.Wished
	}
	return out, nil
}

// FeatureUsage is one feature's line of the usage report.
type FeatureUsage struct {
	Feature   plan.Feature `json:"feature" enum:"voice_minutes,sms_messages,phone_numbers"`
	Used      int64        `json:"used"`
	Included  *int64       `json:"included" doc:"Null means unlimited."`
	Remaining *int64       `json:"remaining" doc:"Null means unlimited."`
	Overage   int64        `json:"overage" doc:"Used beyond what is included."`
	Cost      string       `json:"cost" doc:"Of the overage, in dollars." example:"0.016"`
}

type usageOutput struct {
	Body struct {
		Period struct {
			Start time.Time `json:"start"`
			End   time.Time `json:"end" doc:"The first moment that is not part of it."`
		} `json:"period"`
		Features []FeatureUsage `json:"features"`
	}
}

func (a *api) usage(ctx context.Context, _ *Empty) (*usageOutput, error) {
	u, err := a.Billing.Usage(ctx, user(ctx))
	if err != nil {
		return nil, err
	}
	out := &usageOutput{}
	out.Body.Period.Start, out.Body.Period.End = u.Period.Start, u.Period.End
	for _, f := range u.Features {
		out.Body.Features = append(out.Body.Features, FeatureUsage{
			Feature: f.Feature, Used: f.Used, Included: limited(f.Included), Remaining: limited(f.Remaining),
			Overage: f.Overage, Cost: f.Cost.Dollars(),
		})
	}
	return out, nil
}
