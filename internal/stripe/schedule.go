package stripe

import (
	"context"
	"fmt"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
)

// Schedule is described by billing.Payments. At Stripe that is a schedule of two
// phases, the period as it is and what follows, which then lets go of the
// subscription: it goes on by itself.
func (c *Client) Schedule(ctx context.Context, ch billing.Change) error {
	s, _, found, err := c.plannedChange(ctx, ch)
	if err != nil {
		return err
	}
	schedule := s.Schedule
	if !scheduled(s) {
		// Stripe takes no phases together with the subscription to begin with.
		schedule, err = call(ctx, c.sdk.V1SubscriptionSchedules.Create, &sdk.SubscriptionScheduleCreateParams{
			Params: keyed(ch.Key + ":create"), FromSubscription: sdk.String(s.ID),
		})
		if err != nil {
			return fmt.Errorf("begin a schedule: %w", err)
		}
	}
	end := planItem(s).CurrentPeriodEnd
	now, next := currentPhase(s, schedule), &sdk.SubscriptionScheduleUpdatePhaseParams{}
	keep(s, now)
	keep(s, next)
	now.EndDate = sdk.Int64(end)
	if now.StartDate == nil || *now.StartDate >= end {
		now.StartDate = sdk.Int64(planItem(s).CurrentPeriodStart)
	}
	for _, i := range items(s) {
		p := &sdk.SubscriptionScheduleUpdatePhaseItemParams{Price: sdk.String(i.Price.ID)}
		if !isMetered(i.Price) {
			p.Quantity = sdk.Int64(i.Quantity)
		}
		now.Items = append(now.Items, p)
		if roleOf(i.Price) == (role{}) { // not ours: it goes on
			next.Items = append(next.Items, p)
		}
	}
	for _, i := range itemsOf(ch.Tier, ch.Numbers, found) {
		p := &sdk.SubscriptionScheduleUpdatePhaseItemParams{}
		i.put(new(*string), &p.Price, &p.Quantity, new(*bool))
		next.Items = append(next.Items, p)
	}
	next.Duration = &sdk.SubscriptionScheduleUpdatePhaseDurationParams{Interval: sdk.String("month"), IntervalCount: sdk.Int64(1)}
	next.ProrationBehavior = sdk.String(prorate) // usage until then is billed, not forgiven
	_, err = callOn(ctx, c.sdk.V1SubscriptionSchedules.Update, schedule.ID, &sdk.SubscriptionScheduleUpdateParams{
		Params:      keyed(ch.Key + ":phases"),
		EndBehavior: sdk.String("release"),
		Metadata:    map[string]string{noteKey: ours + "move", noteTier: string(ch.Tier)},
		Phases:      []*sdk.SubscriptionScheduleUpdatePhaseParams{now, next},
	})
	if err != nil {
		return fmt.Errorf("schedule the change: %w", err)
	}
	return nil
}

// currentPhase begins the parameters of the phase that a schedule is in. Its start
// cannot be changed, and has to be given.
func currentPhase(s *sdk.Subscription, schedule *sdk.SubscriptionSchedule) *sdk.SubscriptionScheduleUpdatePhaseParams {
	p := &sdk.SubscriptionScheduleUpdatePhaseParams{}
	if schedule.CurrentPhase != nil {
		p.StartDate = sdk.Int64(schedule.CurrentPhase.StartDate)
	}
	if s.Status == sdk.SubscriptionStatusTrialing && s.TrialEnd != 0 {
		p.TrialEnd = sdk.Int64(s.TrialEnd)
	}
	return p
}

// keep carries over to a phase what is not about its items: whatever a phase does
// not say is taken from the subscription.
func keep(s *sdk.Subscription, p *sdk.SubscriptionScheduleUpdatePhaseParams) {
	for _, d := range s.Discounts {
		p.Discounts = append(p.Discounts, &sdk.SubscriptionScheduleUpdatePhaseDiscountParams{Discount: sdk.String(d.ID)})
	}
	if s.AutomaticTax != nil && s.AutomaticTax.Enabled {
		p.AutomaticTax = &sdk.SubscriptionScheduleUpdatePhaseAutomaticTaxParams{Enabled: sdk.Bool(true)}
	}
	for _, r := range s.DefaultTaxRates {
		p.DefaultTaxRates = append(p.DefaultTaxRates, sdk.String(r.ID))
	}
	if s.CollectionMethod == sdk.SubscriptionCollectionMethodSendInvoice {
		p.CollectionMethod = sdk.String(string(s.CollectionMethod))
		p.InvoiceSettings = &sdk.SubscriptionScheduleUpdatePhaseInvoiceSettingsParams{DaysUntilDue: sdk.Int64(s.DaysUntilDue)}
	}
}

// Unschedule is described by billing.Payments.
func (c *Client) Unschedule(ctx context.Context, ch billing.Change) error {
	s, err := c.subscription(ctx, ch.SubscriptionID)
	if err != nil || !scheduled(s) {
		return err
	}
	_, err = callOn(ctx, c.sdk.V1SubscriptionSchedules.Release, s.Schedule.ID, &sdk.SubscriptionScheduleReleaseParams{Params: keyed(ch.Key)})
	if err != nil {
		return fmt.Errorf("release the schedule: %w", err)
	}
	return nil
}
