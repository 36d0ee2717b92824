package stripe

import (
	"context"
	"fmt"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/plan"
)

// prorate puts the part of a month on the next bill.
const prorate = "create_prorations"

// SetNumbers is described by billing.Payments. What is to be set is compared with
// what is; each way of setting it has a key of its own, since Stripe refuses a key
// that comes with another request.
func (c *Client) SetNumbers(ctx context.Context, subscriptionID string, quantity int64, key string) error {
	s, err := c.subscription(ctx, subscriptionID)
	if err != nil {
		return err
	}
	is := numbersItem(s)
	switch {
	case quantity < 0:
		return refuse("quantity", "there are no fewer numbers than none")
	case is == nil && quantity == 0, is != nil && is.Quantity == quantity && quantity > 0:
		return nil
	case is == nil:
		err = c.addNumbers(ctx, s.ID, quantity, key)
	case quantity == 0:
		_, err = callOn(ctx, c.sdk.V1SubscriptionItems.Delete, is.ID, &sdk.SubscriptionItemDeleteParams{
			Params: keyed(key + ":none"), ProrationBehavior: sdk.String(prorate),
		})
	default:
		_, err = callOn(ctx, c.sdk.V1SubscriptionItems.Update, is.ID, &sdk.SubscriptionItemUpdateParams{
			Params: keyed(key + ":set"), Quantity: sdk.Int64(quantity), ProrationBehavior: sdk.String(prorate),
		})
	}
	if err != nil {
		return fmt.Errorf("set the numbers: %w", err)
	}
	return nil
}

func (c *Client) addNumbers(ctx context.Context, subscriptionID string, quantity int64, key string) error {
	p, err := c.numbersPrice(ctx)
	if err != nil {
		return err
	}
	_, err = call(ctx, c.sdk.V1SubscriptionItems.Create, &sdk.SubscriptionItemCreateParams{
		Params: keyed(key + ":add"), Subscription: sdk.String(subscriptionID), Price: sdk.String(p),
		Quantity: sdk.Int64(quantity), ProrationBehavior: sdk.String(prorate),
	})
	return err
}

// numbersPrice is the id of the price of a number.
func (c *Client) numbersPrice(ctx context.Context) (string, error) {
	found, err := c.find(ctx, map[string]role{numbersKey: {feature: plan.PhoneNumbers}})
	if err != nil {
		return "", err
	}
	return found[role{feature: plan.PhoneNumbers}].ID, nil
}
