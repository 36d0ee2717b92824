package stripe

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// Read is described by billing.Payments.
func (c *Client) Read(ctx context.Context, customer string) (billing.Reading, error) {
	r := billing.Reading{At: c.o.Now(), CustomerID: customer}
	found, err := callOn(ctx, c.sdk.V1Customers.Retrieve, customer, &sdk.CustomerRetrieveParams{})
	if err != nil {
		return r, fmt.Errorf("read the customer: %w", err)
	}
	if found.Deleted { // and their subscriptions were cancelled with them
		r.Gone = true
		return r, nil
	}
	r.UserID = found.Metadata[noteUser]
	all, err := list(ctx, c.sdk.V1Subscriptions.List, &sdk.SubscriptionListParams{
		ListParams: page("data.schedule", "data.latest_invoice"), Customer: sdk.String(customer), Status: sdk.String("all"),
	})
	if err != nil {
		return r, fmt.Errorf("read the subscriptions: %w", err)
	}
	for _, s := range all {
		h, err := c.held(ctx, s)
		if err != nil {
			return r, err
		}
		r.Subscriptions = append(r.Subscriptions, h)
	}
	return r, nil
}

// held is a subscription in the product's terms.
func (c *Client) held(ctx context.Context, s *sdk.Subscription) (billing.Held, error) {
	h := billing.Held{Flexible: isFlexible(s)}
	h.ID = s.ID
	h.Status = plan.Status(s.Status)
	h.Anchor, h.TrialEnd = unix(s.BillingCycleAnchor), unix(s.TrialEnd)
	if i := planItem(s); i != nil {
		h.Start, h.End = unix(i.CurrentPeriodStart), unix(i.CurrentPeriodEnd)
		h.Since = since(s, h.Start, h.End)
		h.PriceID = i.Price.ID
		var err error
		if h.Tier, err = c.tierOf(ctx, i.Price); err != nil {
			return h, err
		}
	}
	if i := numbersItem(s); i != nil {
		h.Numbers = i.Quantity
	}
	if p := s.PauseCollection; p != nil {
		// Stripe's three ways: void is for when nothing is provided, the others are for
		// when the plan is, for nothing or to be paid later
		// (https://docs.stripe.com/billing/subscriptions/pause-payment).
		h.Suspended = p.Behavior == sdk.SubscriptionPauseCollectionBehaviorVoid
		h.Waived = !h.Suspended
	}
	h.EndsAt = endsAt(s, h.End)
	if err := c.readNext(ctx, s, &h); err != nil {
		return h, err
	}
	return h, c.readOwed(ctx, s, &h)
}

// since is when the allowance began to count: with the period, or with the change of
// plan that is noted, if that was in it.
func since(s *sdk.Subscription, start, end time.Time) time.Time {
	n, err := strconv.ParseInt(s.Metadata[noteSince], 10, 64)
	if err != nil {
		return start
	}
	if at := unix(n); at.After(start) && at.Before(end) {
		return at
	}
	return start
}

// endsAt is when a subscription ends, or ended, for good.
func endsAt(s *sdk.Subscription, end time.Time) time.Time {
	switch {
	case s.EndedAt != 0:
		return unix(s.EndedAt)
	case s.CancelAt != 0:
		return unix(s.CancelAt)
	case s.CancelAtPeriodEnd:
		return end
	}
	return time.Time{}
}

// tierOf is the tier that a price is of; "" if it is none of ours. A price of the
// plan whose price is agreed on need not say so itself: its product may.
func (c *Client) tierOf(ctx context.Context, p *sdk.Price) (plan.Tier, error) {
	if r := roleOf(p); r.isPlan() {
		return r.tier, nil
	}
	if p == nil || p.Product == nil || p.Recurring == nil || isMetered(p) {
		return "", nil
	}
	sold, err := callOn(ctx, c.sdk.V1Products.Retrieve, p.Product.ID, &sdk.ProductRetrieveParams{})
	if errors.Is(err, billing.ErrNoSuch) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the product: %w", err)
	}
	if t := plan.Tier(sold.Metadata[noteTier]); custom(t) {
		return t, nil
	}
	return "", nil
}

// readNext reads the move that a subscription's schedule holds.
func (c *Client) readNext(ctx context.Context, s *sdk.Subscription, h *billing.Held) error {
	if !scheduled(s) || s.Schedule.CurrentPhase == nil {
		return nil
	}
	for _, phase := range s.Schedule.Phases {
		if phase.StartDate < s.Schedule.CurrentPhase.EndDate {
			continue
		}
		next, err := c.tierOfPhase(ctx, phase)
		if err != nil {
			return err
		}
		if next != "" && next != h.Tier {
			h.Next, h.NextAt = next, unix(phase.StartDate)
			return nil
		}
	}
	return nil
}

// scheduled reports whether a schedule that goes on is attached to a subscription.
func scheduled(s *sdk.Subscription) bool {
	if s.Schedule == nil {
		return false
	}
	return s.Schedule.Status == sdk.SubscriptionScheduleStatusActive || s.Schedule.Status == sdk.SubscriptionScheduleStatusNotStarted
}

// tierOfPhase is the tier that a phase of a schedule is of. Its prices come as ids
// only: they lie deeper than answers may be expanded.
func (c *Client) tierOfPhase(ctx context.Context, phase *sdk.SubscriptionSchedulePhase) (plan.Tier, error) {
	for _, i := range phase.Items {
		if i.Price == nil || i.Quantity == 0 { // what is metered has no quantity
			continue
		}
		p, err := callOn(ctx, c.sdk.V1Prices.Retrieve, i.Price.ID, &sdk.PriceRetrieveParams{})
		if err != nil {
			return "", fmt.Errorf("read the price of the next phase: %w", err)
		}
		if roleOf(p).feature != "" {
			continue
		}
		if t, err := c.tierOf(ctx, p); err != nil || t != "" {
			return t, err
		}
	}
	return "", nil
}

// readOwed reads since when a subscription is owed for: since the oldest bill that is
// open was to be paid and was not. Later ones do not begin the grace anew.
func (c *Client) readOwed(ctx context.Context, s *sdk.Subscription, h *billing.Held) error {
	if !h.Owes() {
		return nil
	}
	open, err := list(ctx, c.sdk.V1Invoices.List, &sdk.InvoiceListParams{
		ListParams: page(), Subscription: sdk.String(s.ID), Status: sdk.String(string(sdk.InvoiceStatusOpen)),
	})
	if err != nil {
		return fmt.Errorf("read the open bills: %w", err)
	}
	var oldest *sdk.Invoice
	for _, i := range open {
		if i.Attempted && (oldest == nil || finalized(i).Before(finalized(oldest))) {
			oldest = i
		}
	}
	if oldest == nil {
		// It was written off, or never tried: what began the trouble is the latest one.
		oldest = s.LatestInvoice
	}
	h.OwedSince = h.Start
	if oldest != nil {
		h.OwedID, h.OwedURL = oldest.ID, oldest.HostedInvoiceURL
		if at := finalized(oldest); !at.IsZero() {
			h.OwedSince = at
		}
	}
	return nil
}

// finalized is when a bill was made final, and so due.
func finalized(i *sdk.Invoice) time.Time {
	if i.StatusTransitions == nil {
		return time.Time{}
	}
	return unix(i.StatusTransitions.FinalizedAt)
}
