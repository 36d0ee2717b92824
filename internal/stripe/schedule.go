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
			Params: c.fresh(), FromSubscription: sdk.String(s.ID),
		})
		if err != nil {
			return fmt.Errorf("begin a schedule: %w", err)
		}
	}
	_, err = callOn(ctx, c.sdk.V1SubscriptionSchedules.Update, schedule.ID, &sdk.SubscriptionScheduleUpdateParams{
		Params:      c.fresh(),
		EndBehavior: sdk.String("release"),
		Metadata:    map[string]string{noteKey: ours + "move", noteTier: string(ch.Tier)},
		Phases:      phases(s, schedule, itemsOf(ch.Tier, ch.Numbers, found)),
	})
	if err != nil {
		return fmt.Errorf("schedule the change: %w", err)
	}
	return nil
}

// phases are the period as it is, and the month that follows.
func phases(s *sdk.Subscription, schedule *sdk.SubscriptionSchedule, wanted []item) []*sdk.SubscriptionScheduleUpdatePhaseParams {
	now, next := &sdk.SubscriptionScheduleUpdatePhaseParams{}, &sdk.SubscriptionScheduleUpdatePhaseParams{}
	keep(s, now)
	keep(s, next)
	is := planItem(s)
	now.StartDate, now.EndDate = sdk.Int64(is.CurrentPeriodStart), sdk.Int64(is.CurrentPeriodEnd)
	if p := schedule.CurrentPhase; p != nil { // when it began cannot be changed, and has to be said
		now.StartDate = sdk.Int64(p.StartDate)
	}
	if s.Status == sdk.SubscriptionStatusTrialing && s.TrialEnd != 0 {
		now.TrialEnd = sdk.Int64(s.TrialEnd)
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
	for _, i := range wanted {
		p := &sdk.SubscriptionScheduleUpdatePhaseItemParams{}
		i.put(new(*string), &p.Price, &p.Quantity, new(*bool))
		next.Items = append(next.Items, p)
	}
	next.Duration = &sdk.SubscriptionScheduleUpdatePhaseDurationParams{Interval: sdk.String("month"), IntervalCount: sdk.Int64(1)}
	next.ProrationBehavior = sdk.String(prorate) // what was used until then is billed, not forgiven
	return []*sdk.SubscriptionScheduleUpdatePhaseParams{now, next}
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
	return c.release(ctx, s.Schedule.ID)
}

// release lets a schedule go of its subscription, which goes on as it is.
func (c *Client) release(ctx context.Context, schedule string) error {
	_, err := callOn(ctx, c.sdk.V1SubscriptionSchedules.Release, schedule, &sdk.SubscriptionScheduleReleaseParams{Params: c.fresh()})
	if err != nil {
		return fmt.Errorf("release the schedule: %w", err)
	}
	return nil
}
