package stripe

import (
	"context"
	"errors"
	"fmt"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// errNoID says that Stripe accepted something and does not say what it is called.
var errNoID = errors.New("stripe: the answer has no id")

// flexible is the way of billing in which usage before a change of plan is billed by
// the plan that it was used under. In the other, it is forgiven.
const flexible = "flexible"

// OpenCheckout is described by billing.Payments.
func (c *Client) OpenCheckout(ctx context.Context, o billing.Order) (billing.Checkout, error) {
	found, err := c.pricesOf(ctx, o.Tier)
	if err != nil {
		return billing.Checkout{}, fmt.Errorf("find the prices: %w", err)
	}
	trial, err := c.trial(ctx, o.CustomerID)
	if err != nil {
		return billing.Checkout{}, fmt.Errorf("look for earlier subscriptions: %w", err)
	}
	s, err := call(ctx, c.sdk.V1CheckoutSessions.Create, c.session(o, found, trial))
	if err != nil {
		return billing.Checkout{}, fmt.Errorf("open the checkout: %w", err)
	}
	if s.ID == "" || s.URL == "" {
		return billing.Checkout{}, fmt.Errorf("open the checkout: %w", errNoID)
	}
	return checkoutOf(s), nil
}

// session is what a checkout is asked for with.
func (c *Client) session(o billing.Order, found map[role]*sdk.Price, trial int64) *sdk.CheckoutSessionCreateParams {
	notes := map[string]string{noteUser: o.UserID, noteOrder: o.ID, noteTier: string(o.Tier)}
	params := &sdk.CheckoutSessionCreateParams{
		Params:            keyed(o.ID),
		Mode:              sdk.String(sdk.CheckoutSessionModeSubscription),
		Customer:          sdk.String(o.CustomerID),
		ClientReferenceID: sdk.String(o.ID),
		SuccessURL:        sdk.String(o.SuccessURL),
		CancelURL:         sdk.String(o.CancelURL),
		Metadata:          notes,
		SubscriptionData: &sdk.CheckoutSessionCreateSubscriptionDataParams{
			BillingMode: &sdk.CheckoutSessionCreateSubscriptionDataBillingModeParams{Type: sdk.String(flexible)},
			Metadata:    map[string]string{noteUser: o.UserID, noteOrder: o.ID},
		},
	}
	for _, i := range itemsOf(o.Tier, 0, found) {
		item := &sdk.CheckoutSessionCreateLineItemParams{Price: sdk.String(i.price)}
		if i.quantity > 0 {
			item.Quantity = sdk.Int64(i.quantity)
		}
		params.LineItems = append(params.LineItems, item)
	}
	if trial > 0 {
		params.SubscriptionData.TrialPeriodDays = sdk.Int64(trial)
	}
	switch {
	case c.o.Coupon != "":
		params.Discounts = []*sdk.CheckoutSessionCreateDiscountParams{{Coupon: sdk.String(c.o.Coupon)}}
	case c.o.PromotionCodes:
		params.AllowPromotionCodes = sdk.Bool(true)
	}
	if c.o.AutomaticTax {
		params.AutomaticTax = &sdk.CheckoutSessionCreateAutomaticTaxParams{Enabled: sdk.Bool(true)}
		// Tax needs an address, which renewals take from the customer.
		params.CustomerUpdate = &sdk.CheckoutSessionCreateCustomerUpdateParams{Address: sdk.String("auto")}
	}
	return params
}

// trial is how many days a customer may try their plan: whoever has had one before
// may not again.
func (c *Client) trial(ctx context.Context, customer string) (int64, error) {
	if c.o.TrialDays <= 0 {
		return 0, nil
	}
	before, err := list(ctx, c.sdk.V1Subscriptions.List, &sdk.SubscriptionListParams{
		ListParams: page(), Customer: sdk.String(customer), Status: sdk.String("all"),
	})
	if err != nil {
		return 0, err
	}
	for _, s := range before {
		if s.Status != sdk.SubscriptionStatusIncomplete && s.Status != sdk.SubscriptionStatusIncompleteExpired {
			return 0, nil
		}
	}
	return c.o.TrialDays, nil
}

// Checkout is described by billing.Payments.
func (c *Client) Checkout(ctx context.Context, sessionID string) (billing.Checkout, error) {
	s, err := callOn(ctx, c.sdk.V1CheckoutSessions.Retrieve, sessionID, &sdk.CheckoutSessionRetrieveParams{})
	if err != nil {
		return billing.Checkout{}, fmt.Errorf("read the checkout: %w", err)
	}
	return checkoutOf(s), nil
}

func checkoutOf(s *sdk.CheckoutSession) billing.Checkout {
	o := billing.Checkout{
		ID: s.ClientReferenceID, UserID: s.Metadata[noteUser], Tier: plan.Tier(s.Metadata[noteTier]),
		SessionID: s.ID, URL: s.URL, CustomerID: customerID(s.Customer), ExpiresAt: unix(s.ExpiresAt),
	}
	switch s.Status {
	case sdk.CheckoutSessionStatusComplete:
		o.State = billing.CheckoutComplete
	case sdk.CheckoutSessionStatusExpired:
		o.State = billing.CheckoutExpired
	default:
		o.State = billing.CheckoutOpen
	}
	if s.Subscription != nil {
		o.Subscription = s.Subscription.ID
	}
	return o
}

// ExpireCheckout is described by billing.Payments. Stripe refuses to expire what is
// over, in words only; so it is asked first, and again when it was paid in between.
func (c *Client) ExpireCheckout(ctx context.Context, sessionID string) error {
	o, err := c.Checkout(ctx, sessionID)
	if err != nil || o.State != billing.CheckoutOpen {
		return err
	}
	_, err = callOn(ctx, c.sdk.V1CheckoutSessions.Expire, sessionID, &sdk.CheckoutSessionExpireParams{Params: keyed("expire:" + sessionID)})
	if err == nil {
		return nil
	}
	err = fmt.Errorf("expire the checkout: %w", err)
	if refused := (*billing.Refusal)(nil); !errors.As(err, &refused) {
		return err
	}
	if o, again := c.Checkout(ctx, sessionID); again == nil && o.State != billing.CheckoutOpen {
		return nil
	}
	return err
}
