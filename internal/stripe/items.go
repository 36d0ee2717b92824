package stripe

import (
	"context"
	"errors"
	"fmt"
	"slices"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// item is a line of a subscription, as it is or as it is to be.
type item struct {
	id       string // "" for one to be added
	price    string
	quantity int64 // 0 for what is metered: Stripe takes no quantity of it
	remove   bool
}

// itemsOf is what a subscription to a tier consists of, from prices found at Stripe.
func itemsOf(t plan.Tier, numbers int64, found map[role]*sdk.Price) []item {
	list := []item{{price: found[role{tier: t}].ID, quantity: 1}}
	for _, f := range plan.Features {
		if p := found[role{t, f}]; p != nil {
			list = append(list, item{price: p.ID})
		}
	}
	if numbers > 0 {
		list = append(list, item{price: found[role{feature: plan.PhoneNumbers}].ID, quantity: numbers})
	}
	return list
}

// moved is how the items of a subscription change when it moves to a tier: each is
// changed in place, so that its usage until then is billed at its old price. What we
// have not made stays as it is.
func moved(s *sdk.Subscription, c billing.Change, found map[role]*sdk.Price) []item {
	wanted := map[plan.Feature]item{}
	for _, i := range itemsOf(c.Tier, c.Numbers, found) {
		wanted[featureIn(found, i.price)] = i
	}
	var list []item
	for _, is := range items(s) {
		r := roleOf(is.Price)
		if r == (role{}) {
			continue
		}
		i, ok := wanted[r.feature]
		delete(wanted, r.feature)
		i.id, i.remove = is.ID, !ok
		list = append(list, i)
	}
	for _, f := range append([]plan.Feature{""}, plan.Features...) {
		if i, ok := wanted[f]; ok {
			list = append(list, i)
		}
	}
	return list
}

func featureIn(found map[role]*sdk.Price, priceID string) plan.Feature {
	for r, p := range found {
		if p.ID == priceID {
			return r.feature
		}
	}
	return ""
}

// items are the items of a subscription, as they are.
func items(s *sdk.Subscription) []*sdk.SubscriptionItem {
	if s.Items == nil {
		return nil
	}
	return slices.DeleteFunc(s.Items.Data, func(i *sdk.SubscriptionItem) bool { return i.Price == nil })
}

// planItem is the item that a subscription is about: the plan's, or else, where we
// know none of its prices, the first that is no usage.
func planItem(s *sdk.Subscription) *sdk.SubscriptionItem {
	var other *sdk.SubscriptionItem
	for _, i := range items(s) {
		switch r := roleOf(i.Price); {
		case r.isPlan():
			return i
		case other == nil && r == (role{}) && !isMetered(i.Price):
			other = i
		}
	}
	return other
}

func isMetered(p *sdk.Price) bool {
	return p != nil && p.Recurring != nil && p.Recurring.UsageType == sdk.PriceRecurringUsageTypeMetered
}

// numbersItem is the item of the numbers that are paid for; nil for none.
func numbersItem(s *sdk.Subscription) *sdk.SubscriptionItem {
	for _, i := range items(s) {
		if roleOf(i.Price) == (role{feature: plan.PhoneNumbers}) {
			return i
		}
	}
	return nil
}

func isFlexible(s *sdk.Subscription) bool {
	return s.BillingMode != nil && s.BillingMode.Type == flexible
}

// subscription reads one that is to be changed.
func (c *Client) subscription(ctx context.Context, id string) (*sdk.Subscription, error) {
	s, err := callOn(ctx, c.sdk.V1Subscriptions.Retrieve, id, &sdk.SubscriptionRetrieveParams{
		Expand: sdk.StringSlice([]string{"schedule"}),
	})
	if err != nil {
		return nil, fmt.Errorf("read the subscription: %w", err)
	}
	return s, nil
}

// refuse makes a refusal of our own.
func refuse(code, why string) error {
	return fmt.Errorf("stripe: %w", &billing.Refusal{Code: code, Cause: errors.New(why)})
}

// mustBeFlexible refuses to change a plan where usage would be forgiven.
func mustBeFlexible(s *sdk.Subscription) error {
	if isFlexible(s) {
		return nil
	}
	return refuse("classic_billing",
		"the subscription is billed in the classic way, which forgives what was used before a change: migrate it to flexible billing at Stripe first")
}
