package stripe

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	sdk "github.com/stripe/stripe-go/v85"
)

// migrate moves subscriptions from archived prices to those in their place: each in
// one request, at one moment, from which the allowances count anew.
func (s *setup) migrate(ctx context.Context) error {
	if !s.o.Migrate {
		return nil
	}
	if err := s.findArchived(ctx); err != nil {
		return err
	}
	subscriptions := map[string]*sdk.Subscription{}
	for _, old := range slices.Sorted(maps.Keys(s.archived)) {
		found, err := list(ctx, s.c.sdk.V1Subscriptions.List, &sdk.SubscriptionListParams{ListParams: page(), Price: sdk.String(old)})
		if err != nil {
			return fmt.Errorf("list the subscriptions of a price: %w", err)
		}
		for _, sub := range found {
			subscriptions[sub.ID] = sub
		}
	}
	for _, id := range slices.Sorted(maps.Keys(subscriptions)) {
		if err := s.migrateOne(ctx, subscriptions[id]); err != nil {
			return err
		}
	}
	return nil
}

// findArchived finds the prices that earlier runs have archived, too: one that was
// cut off is thus finished by the next.
func (s *setup) findArchived(ctx context.Context) error {
	for _, p := range products() {
		found, err := list(ctx, s.c.sdk.V1Prices.List, &sdk.PriceListParams{
			ListParams: page(), Active: sdk.Bool(false), Product: sdk.String(p.id),
		})
		if err != nil {
			return fmt.Errorf("list the archived prices: %w", err)
		}
		for _, is := range found {
			if key := is.Metadata[noteKey]; key != "" {
				s.archived[is.ID] = key
			}
		}
	}
	return nil
}

func (s *setup) migrateOne(ctx context.Context, sub *sdk.Subscription) error {
	what := "subscription " + sub.ID
	if !isFlexible(sub) {
		s.add(what, Kept, sub.ID, "it is billed in the classic way, which would forgive its usage: migrate it to flexible billing at Stripe, and run setup again")
		return nil
	}
	now := s.c.o.Now().Unix()
	params := &sdk.SubscriptionUpdateParams{
		Params: s.c.fresh(), ProrationBehavior: sdk.String(prorate), ProrationDate: sdk.Int64(now),
		Metadata: map[string]string{noteSince: strconv.FormatInt(now, 10)},
	}
	for _, i := range items(sub) {
		if next := s.current[s.archived[i.Price.ID]]; next != "" || s.o.DryRun {
			p := &sdk.SubscriptionUpdateItemParams{ID: sdk.String(i.ID), Price: sdk.String(next)}
			if !isMetered(i.Price) {
				p.Quantity = sdk.Int64(i.Quantity)
			}
			params.Items = append(params.Items, p)
		}
	}
	if len(params.Items) == 0 {
		return nil
	}
	return s.do(Step{What: what, Outcome: Changed, ID: sub.ID, Note: "it moves to the new prices"}, func() (string, error) {
		_, err := callOn(ctx, s.c.sdk.V1Subscriptions.Update, sub.ID, params)
		return sub.ID, err
	})
}
