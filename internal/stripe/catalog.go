package stripe

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/plan"
)

// The names of what we note on things at Stripe.
const (
	noteKey     = "xswarm"     // which entry of the catalogue it is; setup made it
	noteTier    = "tier"       // of a price or a product
	noteFeature = "feature"    // of a price or a product
	noteUser    = "user_id"    // of a customer, a checkout or a subscription
	noteOrder   = "order_id"   // of a checkout or a subscription
	noteSince   = "plan_since" // of a subscription: when its plan was changed, in seconds
)

// ours is how the names begin that have to be unique in the account.
const ours = "xswarm_"

// currency is what everything costs.
const currency = "usd"

// price is one entry of the catalogue: what Stripe is to charge for something. A
// plan's own price has no feature; the price of a feature that is metered has a
// meter; that of numbers is a quantity, since the carrier is paid in advance.
type price struct {
	key     string // lookup key
	product string
	name    string
	tier    plan.Tier // "" for what costs the same on every plan
	feature plan.Feature

	amount   plan.MicroDollars // a month, or of one unit
	meter    string            // the name of its events; "" if it is not metered
	included int64             // of what is metered, for nothing
}

// product is what is sold, as it is called on bills. Its id is ours, so that the
// line of a bill says by itself what it is about.
type product struct {
	id, name, description string
	notes                 map[string]string
}

// metered reports whether usage of a feature is told to Stripe.
func metered(f plan.Feature) bool { return f != plan.PhoneNumbers }

// meterOf is the name of a feature's meter, and productOf the id of its product.
func meterOf(f plan.Feature) string   { return ours + string(f) }
func productOf(f plan.Feature) string { return ours + string(f) }

// planKey, featureKey and numbersKey are the lookup keys of the prices.
func planKey(t plan.Tier) string                    { return ours + string(t) + "_monthly" }
func featureKey(t plan.Tier, f plan.Feature) string { return ours + string(t) + "_" + string(f) }

const numbersKey = ours + "phone_numbers_monthly"

// sold are the plans that people pay for.
func sold() []plan.Plan {
	var list []plan.Plan
	for _, p := range plan.All() {
		if p.Custom || p.Price > 0 {
			list = append(list, p)
		}
	}
	return list
}

// products is what the account sells.
func products() []product {
	var list []product
	for _, p := range sold() {
		id := ours + string(p.Tier)
		list = append(list, product{id, p.Name, p.Summary, map[string]string{noteKey: id, noteTier: string(p.Tier)}})
	}
	for _, f := range plan.Features {
		id := productOf(f)
		list = append(list, product{id, capitalized(f.Words()), "", map[string]string{noteKey: id, noteFeature: string(f)}})
	}
	return list
}

func capitalized(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// prices is what the account charges. The plan whose price is agreed on has none
// here: its subscriptions are made by hand.
func prices() []price {
	var list []price
	for _, p := range sold() {
		if p.Custom {
			continue
		}
		list = append(list, price{
			key: planKey(p.Tier), product: ours + string(p.Tier), name: p.Name, tier: p.Tier, amount: p.Price,
		})
		for _, f := range plan.Features {
			if metered(f) && p.Overage {
				list = append(list, price{
					key: featureKey(p.Tier, f), product: productOf(f), name: fmt.Sprintf("%s: %s", p.Name, f.Words()),
					tier: p.Tier, feature: f, amount: plan.UnitPrices[f], meter: meterOf(f), included: p.Included[f],
				})
			}
		}
	}
	return append(list, price{
		key: numbersKey, product: productOf(plan.PhoneNumbers), name: "A number beyond the included ones",
		feature: plan.PhoneNumbers, amount: plan.UnitPrices[plan.PhoneNumbers],
	})
}

// notes is what is noted on a price.
func (p price) notes() map[string]string {
	notes := map[string]string{noteKey: p.key}
	if p.tier != "" {
		notes[noteTier] = string(p.tier)
	}
	if p.feature != "" {
		notes[noteFeature] = string(p.feature)
	}
	return notes
}

// cents is an amount as Stripe writes it, with decimals.
func cents(m plan.MicroDollars) float64 { return float64(m) / float64(plan.Cent) }

// role is what a price of Stripe's is to us: a tier's own, a tier's of a feature, or
// that of numbers. The zero value is none of ours.
type role struct {
	tier    plan.Tier
	feature plan.Feature
}

// isPlan reports whether it is a plan's own price.
func (r role) isPlan() bool { return r.tier != "" && r.feature == "" }

// roleOf reads what a price is to us. It goes by what is noted on it and not by its
// lookup key, which moves to its successor. A price that setup has not made gives no
// plan but the one whose price is agreed on.
func roleOf(p *sdk.Price) role {
	if p == nil || p.Recurring == nil {
		return role{}
	}
	licensed := p.Recurring.UsageType == sdk.PriceRecurringUsageTypeLicensed
	r := role{tier: plan.Tier(p.Metadata[noteTier]), feature: plan.Feature(p.Metadata[noteFeature])}
	if custom(r.tier) && r.feature == "" && licensed {
		return r
	}
	if p.Metadata[noteKey] == "" || r.feature == "" && !(r.tier.Valid() && licensed) {
		return role{}
	}
	return r
}

// custom reports whether the price of a tier is agreed on with sales.
func custom(t plan.Tier) bool {
	p, ok := plan.Of(t)
	return ok && p.Custom
}

// featureOf is what a line of a bill is about, by its product; "" for a plan, or for
// what is none of ours.
func featureOf(productID string) plan.Feature {
	for _, f := range plan.Features {
		if productID == productOf(f) {
			return f
		}
	}
	return ""
}

// pricesOf finds the prices of a tier at Stripe, with that of numbers, by their
// roles.
func (c *Client) pricesOf(ctx context.Context, t plan.Tier) (map[role]*sdk.Price, error) {
	roles := map[string]role{}
	for _, p := range prices() {
		if p.tier == t || p.tier == "" {
			roles[p.key] = role{p.tier, p.feature}
		}
	}
	if roles[planKey(t)] == (role{}) {
		return nil, refuse("no_price", "this plan has no price to buy it at")
	}
	return c.find(ctx, roles)
}

// find reads the prices that have these lookup keys.
func (c *Client) find(ctx context.Context, roles map[string]role) (map[role]*sdk.Price, error) {
	keys := slices.Sorted(maps.Keys(roles))
	found, err := list(ctx, c.sdk.V1Prices.List, &sdk.PriceListParams{
		ListParams: page(), Active: sdk.Bool(true), LookupKeys: sdk.StringSlice(keys),
	})
	if err != nil {
		return nil, err
	}
	byRole := map[role]*sdk.Price{}
	for _, p := range found {
		if r, ok := roles[p.LookupKey]; ok {
			byRole[r] = p
		}
	}
	for _, key := range keys {
		if byRole[roles[key]] == nil {
			return nil, fmt.Errorf("stripe: there is no active price %s: run xswarm setup stripe", key)
		}
	}
	return byRole, nil
}
