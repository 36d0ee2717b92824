package stripe

import (
	"context"
	"fmt"
	"math"
	"strings"

	sdk "github.com/stripe/stripe-go/v85"
)

// allPrices sees to the prices. What a price costs cannot be changed at Stripe: a
// new one takes its lookup key over, and the old one is archived.
func (s *setup) allPrices(ctx context.Context) error {
	var keys []string
	for _, want := range prices() {
		keys = append(keys, want.key)
	}
	found, err := list(ctx, s.c.sdk.V1Prices.List, &sdk.PriceListParams{
		ListParams: page("data.tiers"), Active: sdk.Bool(true), LookupKeys: sdk.StringSlice(keys),
	})
	if err != nil {
		return fmt.Errorf("list the prices: %w", err)
	}
	byKey := map[string]*sdk.Price{}
	for _, p := range found {
		byKey[p.LookupKey] = p
	}
	for _, want := range prices() {
		if err := s.onePrice(ctx, want, byKey[want.key]); err != nil {
			return err
		}
	}
	return nil
}

func (s *setup) onePrice(ctx context.Context, want price, is *sdk.Price) error {
	what := "price " + want.key
	switch {
	case is == nil:
		return s.do(Step{What: what, Outcome: Made, Note: want.says()}, func() (string, error) { return s.makePrice(ctx, want) })
	case s.o.Force:
		note := fmt.Sprintf("%s; %s is archived", want.says(), is.ID)
		s.archived[is.ID] = want.key
		return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: note}, func() (string, error) { return s.replacePrice(ctx, want, is) })
	}
	s.current[want.key] = is.ID
	if differs := want.differs(is, s.meters[want.meter]); len(differs) > 0 {
		s.add(what, Kept, is.ID, fmt.Sprintf("it differs in %s; the plan says %s: run setup with --force to replace it", strings.Join(differs, ", "), want.says()))
		return nil
	}
	if is.Nickname != want.name || missing(is.Metadata, want.notes()) {
		return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: "its name or what is noted on it"}, func() (string, error) {
			_, err := callOn(ctx, s.c.sdk.V1Prices.Update, is.ID, &sdk.PriceUpdateParams{
				Params: s.c.fresh(), Nickname: sdk.String(want.name), Metadata: want.notes(),
			})
			return is.ID, err
		})
	}
	s.add(what, Found, is.ID, "")
	return nil
}

func (s *setup) makePrice(ctx context.Context, want price) (string, error) {
	params := want.params(s.meters[want.meter])
	params.Params = s.c.fresh()
	made, err := call(ctx, s.c.sdk.V1Prices.Create, params)
	if err != nil {
		return "", err
	}
	s.current[want.key] = made.ID
	return made.ID, nil
}

func (s *setup) replacePrice(ctx context.Context, want price, is *sdk.Price) (string, error) {
	made, err := s.makePrice(ctx, want)
	if err != nil {
		return "", err
	}
	_, err = callOn(ctx, s.c.sdk.V1Prices.Update, is.ID, &sdk.PriceUpdateParams{Params: s.c.fresh(), Active: sdk.Bool(false)})
	return made, err
}

// says is a price in words.
func (p price) says() string {
	switch {
	case p.meter != "":
		return fmt.Sprintf("%d included, then $%s each", p.included, p.amount.Dollars())
	case p.tier == "":
		return "$" + p.amount.Dollars() + " each a month"
	}
	return "$" + p.amount.Dollars() + " a month"
}

// params is a price as Stripe is asked to make it. A lookup key that an archived
// price still has is taken over.
func (p price) params(meterID string) *sdk.PriceCreateParams {
	params := &sdk.PriceCreateParams{
		Product: sdk.String(p.product), Currency: sdk.String(currency), Nickname: sdk.String(p.name), Metadata: p.notes(),
		LookupKey: sdk.String(p.key), TransferLookupKey: sdk.Bool(true), TaxBehavior: sdk.String("exclusive"),
		Recurring: &sdk.PriceCreateRecurringParams{Interval: sdk.String("month")},
	}
	if p.meter == "" {
		params.Recurring.UsageType = sdk.String("licensed")
		params.UnitAmount = sdk.Int64(int64(math.Round(cents(p.amount))))
		return params
	}
	params.Recurring.UsageType, params.Recurring.Meter = sdk.String("metered"), sdk.String(meterID)
	params.BillingScheme, params.TiersMode = sdk.String("tiered"), sdk.String("graduated")
	params.Tiers = []*sdk.PriceCreateTierParams{
		{UpTo: sdk.Int64(p.included), UnitAmount: sdk.Int64(0)},
		{UpToInf: sdk.Bool(true), UnitAmountDecimal: sdk.Float64(cents(p.amount))},
	}
	return params
}

// differs says in what a price at Stripe differs that cannot be changed there.
func (p price) differs(is *sdk.Price, meterID string) []string {
	var list []string
	check := func(name string, same bool) {
		if !same {
			list = append(list, name)
		}
	}
	check("product", is.Product != nil && is.Product.ID == p.product)
	check("currency", is.Currency == currency)
	r := is.Recurring
	if r == nil {
		return append(list, "how often it is paid")
	}
	check("how often it is paid", r.Interval == sdk.PriceRecurringIntervalMonth && r.IntervalCount == 1)
	if p.meter == "" {
		check("how it is counted", !isMetered(is))
		check("amount", is.BillingScheme == sdk.PriceBillingSchemePerUnit && is.UnitAmount == int64(math.Round(cents(p.amount))))
		return list
	}
	check("how it is counted", isMetered(is))
	check("meter", r.Meter == meterID)
	check("tiers", is.TiersMode == sdk.PriceTiersModeGraduated && p.tiered(is.Tiers))
	return list
}

// tiered reports whether tiers are the allowance for nothing, and all beyond it at
// the price of a unit. Stripe writes fractions of a cent with twelve decimals.
func (p price) tiered(tiers []*sdk.PriceTier) bool {
	if len(tiers) != 2 {
		return false
	}
	included, beyond := tiers[0], tiers[1]
	return included.UpTo == p.included && included.UnitAmountDecimal == 0 && included.FlatAmountDecimal == 0 &&
		beyond.UpTo == 0 && beyond.FlatAmountDecimal == 0 && math.Abs(beyond.UnitAmountDecimal-cents(p.amount)) < 1e-9
}
