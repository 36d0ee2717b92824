package stripe

import (
	"context"
	"fmt"
	"strconv"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// plannedChange reads what a change of plan is about, and how its items move.
func (c *Client) plannedChange(ctx context.Context, ch billing.Change) (*sdk.Subscription, []item, map[role]*sdk.Price, error) {
	s, err := c.subscription(ctx, ch.SubscriptionID)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := mustBeFlexible(s); err != nil {
		return nil, nil, nil, err
	}
	if i := planItem(s); i == nil || !roleOf(i.Price).isPlan() {
		return nil, nil, nil, refuse("unknown_price", "the subscription is not for one of the plans' prices")
	}
	found, err := c.pricesOf(ctx, ch.Tier)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("find the prices: %w", err)
	}
	return s, moved(s, ch, found), found, nil
}

// Preview is described by billing.Payments.
func (c *Client) Preview(ctx context.Context, ch billing.Change) (billing.Quote, error) {
	q := billing.Quote{Tier: ch.Tier, At: ch.At}
	s, moves, found, err := c.plannedChange(ctx, ch)
	if err != nil {
		return q, err
	}
	details := &sdk.InvoiceCreatePreviewSubscriptionDetailsParams{
		ProrationBehavior: sdk.String("always_invoice"), ProrationDate: sdk.Int64(ch.At.Unix()),
	}
	for _, i := range moves {
		p := &sdk.InvoiceCreatePreviewSubscriptionDetailsItemParams{}
		i.put(&p.ID, &p.Price, &p.Quantity, &p.Deleted)
		details.Items = append(details.Items, p)
	}
	i, err := call(ctx, c.sdk.V1Invoices.CreatePreview, &sdk.InvoiceCreatePreviewParams{
		Params: c.fresh(), Subscription: sdk.String(s.ID), SubscriptionDetails: details,
	})
	if err != nil {
		return q, fmt.Errorf("preview the change: %w", err)
	}
	q.Now = i.AmountDue
	if i.Total < 0 {
		q.Now = i.Total
	}
	if i.Lines != nil {
		for _, l := range i.Lines.Data {
			q.Lines = append(q.Lines, lineOf(l))
		}
	}
	q.Renewal = found[role{tier: ch.Tier}].UnitAmount + ch.Numbers*found[role{feature: plan.PhoneNumbers}].UnitAmount
	return q, nil
}

// put writes an item into the parameters of a request.
func (i item) put(id, price **string, quantity **int64, deleted **bool) {
	if i.id != "" {
		*id = sdk.String(i.id)
	}
	if i.remove {
		*deleted = sdk.Bool(true)
		return
	}
	*price = sdk.String(i.price)
	if i.quantity > 0 {
		*quantity = sdk.Int64(i.quantity)
	}
}

// Upgrade is described by billing.Payments. It is one request, so that there is no
// state in between, and one that fails as a whole if the card does: a change that
// waits for its payment (pending_if_incomplete) cannot, in this version of the API,
// note when the plan was changed, and would leave a plan that was not paid for to be
// watched. A card whose bank wants to be asked is thus refused here, as a declined
// one is.
//
// The rest of the period is paid at once (always_invoice). To prorate nothing would
// also forgive what was used.
func (c *Client) Upgrade(ctx context.Context, ch billing.Change) error {
	s, moves, _, err := c.plannedChange(ctx, ch)
	if err != nil {
		return err
	}
	if roleOf(planItem(s).Price).tier == ch.Tier {
		return nil // the request before was answered after all
	}
	params := &sdk.SubscriptionUpdateParams{
		Params:            keyed(ch.Key),
		ProrationBehavior: sdk.String("always_invoice"),
		ProrationDate:     sdk.Int64(ch.At.Unix()),
		PaymentBehavior:   sdk.String("error_if_incomplete"),
		Metadata:          map[string]string{noteSince: strconv.FormatInt(ch.Since.Unix(), 10)},
	}
	for _, i := range moves {
		p := &sdk.SubscriptionUpdateItemParams{}
		i.put(&p.ID, &p.Price, &p.Quantity, &p.Deleted)
		params.Items = append(params.Items, p)
	}
	if !scheduled(s) {
		renew(s, params)
	}
	if _, err := callOn(ctx, c.sdk.V1Subscriptions.Update, s.ID, params); err != nil {
		return fmt.Errorf("change the plan: %w", err)
	}
	return nil
}

// CancelAtEnd is described by billing.Payments. A schedule stays with a subscription
// for a month after the move that it was for, and Stripe then refuses to be told how
// the subscription ends: it is released first.
func (c *Client) CancelAtEnd(ctx context.Context, ch billing.Change, cancel bool) error {
	s, err := c.subscription(ctx, ch.SubscriptionID)
	if err != nil {
		return err
	}
	if cancel == (s.CancelAtPeriodEnd || s.CancelAt != 0) {
		return nil
	}
	if scheduled(s) {
		if err := c.release(ctx, s.Schedule.ID); err != nil {
			return err
		}
	}
	params := &sdk.SubscriptionUpdateParams{Params: c.fresh()}
	if cancel {
		params.CancelAtPeriodEnd = sdk.Bool(true)
	} else {
		renew(s, params)
	}
	if _, err := callOn(ctx, c.sdk.V1Subscriptions.Update, s.ID, params); err != nil {
		return fmt.Errorf("set how the subscription ends: %w", err)
	}
	return nil
}

// renew lets a subscription go on that was to end.
func renew(s *sdk.Subscription, params *sdk.SubscriptionUpdateParams) {
	switch {
	case s.CancelAtPeriodEnd:
		params.CancelAtPeriodEnd = sdk.Bool(false)
	case s.CancelAt != 0: // a date that somebody set by hand
		params.AddUnsetField(sdk.SubscriptionUpdateParamsUnsetFieldCancelAt)
	}
}
