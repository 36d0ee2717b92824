package conformance_test

import (
	"context"
	"maps"

	"github.com/stripe/stripe-go/v85"
)

// stripeCalls are the operations of Stripe's that the product needs. One more
// belongs into this list, and into the calls below that have it checked.
var stripeCalls = []string{
	"GET /v1/account",
	"POST /v1/billing/meter_event_adjustments",
	"POST /v1/billing/meter_events",
	"GET /v1/billing/meters",
	"POST /v1/billing/meters",
	"GET /v1/billing/meters/{id}/event_summaries",
	"POST /v1/billing/meters/{id}",
	"GET /v1/billing_portal/configurations",
	"POST /v1/billing_portal/configurations",
	"POST /v1/billing_portal/configurations/{configuration}",
	"POST /v1/billing_portal/sessions",
	"GET /v1/charges/{charge}",
	"POST /v1/checkout/sessions",
	"GET /v1/checkout/sessions/{session}",
	"POST /v1/checkout/sessions/{session}/expire",
	"GET /v1/coupons/{coupon}",
	"POST /v1/customers",
	"GET /v1/customers/{customer}",
	"POST /v1/customers/{customer}",
	"GET /v1/disputes/{dispute}",
	"GET /v1/events",
	"GET /v1/events/{id}",
	"GET /v1/invoices",
	"POST /v1/invoices/create_preview",
	"GET /v1/invoices/{invoice}",
	"GET /v1/prices",
	"POST /v1/prices",
	"POST /v1/prices/{price}",
	"GET /v1/products",
	"POST /v1/products",
	"POST /v1/products/{id}",
	"POST /v1/subscription_items",
	"DELETE /v1/subscription_items/{item}",
	"POST /v1/subscription_items/{item}",
	"POST /v1/subscription_schedules",
	"GET /v1/subscription_schedules/{schedule}",
	"POST /v1/subscription_schedules/{schedule}",
	"POST /v1/subscription_schedules/{schedule}/release",
	"GET /v1/subscriptions",
	"DELETE /v1/subscriptions/{subscription_exposed_id}",
	"GET /v1/subscriptions/{subscription_exposed_id}",
	"POST /v1/subscriptions/{subscription_exposed_id}",
	"GET /v1/webhook_endpoints",
	"POST /v1/webhook_endpoints",
	"DELETE /v1/webhook_endpoints/{webhook_endpoint}",
	"POST /v1/webhook_endpoints/{webhook_endpoint}",
	"GET /v2/core/event_destinations",
	"POST /v2/core/event_destinations",
	"POST /v2/core/event_destinations/{id}",
	"GET /v2/core/events/{id}",
}

const (
	userID   = "usr_01k8z3v8zq6r9b3c1d2e3f4g5h"
	midnight = int64(1795305600) // 2026-11-22
)

// tierKey is the metadata that tells which plan a price is of.
var tierKey = map[string]string{"tier": "ai_secretary"}

// callStripe makes every call of the list in the vendor's own library, in each form
// that it takes.
func callStripe(ctx context.Context, c *stripe.Client) map[string]func() error {
	calls := map[string]func() error{}
	for _, group := range []map[string]func() error{
		callCatalogue(ctx, c), callCustomers(ctx, c), callSubscriptions(ctx, c), callInvoices(ctx, c), callMeters(ctx, c), callEvents(ctx, c),
	} {
		maps.Copy(calls, group)
	}
	return calls
}

// failing returns what went wrong in a call whose answer does not matter.
func failing[T any](_ T, err error) error { return err }

// first reads no more of a list than its first page.
func first[T any](ctx context.Context, list interface {
	All(context.Context) stripe.Seq2[T, error]
}) error {
	for _, err := range list.All(ctx) {
		return err
	}
	return nil
}

func callCatalogue(ctx context.Context, c *stripe.Client) map[string]func() error {
	price := func(p stripe.PriceCreateParams) func() error {
		p.Currency, p.Product, p.Metadata = new("usd"), new("prod_1"), tierKey
		return func() error { return failing(c.V1Prices.Create(ctx, &p)) }
	}
	return map[string]func() error{
		"a product": func() error {
			return failing(c.V1Products.Create(ctx, &stripe.ProductCreateParams{
				ID: new("xswarm_ai_secretary"), Name: new("AI Secretary"), Description: new("Voice & texts, 24/7"),
				Active: new(true), TaxCode: new("txcd_10103001"), Metadata: tierKey, UnitLabel: new("minute"),
			}))
		},
		"all products": func() error {
			return first(ctx, c.V1Products.List(ctx, &stripe.ProductListParams{Active: new(true), IDs: []*string{new("prod_1"), new("prod_2")}}))
		},
		"another name of a product": func() error {
			return failing(c.V1Products.Update(ctx, "prod_1", &stripe.ProductUpdateParams{
				Name: new("AI Secretary"), Metadata: map[string]string{"tier": "ai_secretary", "old": ""},
			}))
		},
		"a price a month": price(stripe.PriceCreateParams{
			UnitAmount: new(int64(4000)), LookupKey: new("secretary_monthly"), TransferLookupKey: new(true), Nickname: new("a month"),
			TaxBehavior: new("exclusive"), Recurring: &stripe.PriceCreateRecurringParams{Interval: new("month"), UsageType: new("licensed")},
		}),
		"a price in tiers": price(stripe.PriceCreateParams{
			LookupKey: new("voice_secretary"), BillingScheme: new("tiered"), TiersMode: new("graduated"),
			Recurring: &stripe.PriceCreateRecurringParams{Interval: new("month"), UsageType: new("metered"), Meter: new("mtr_1")},
			Tiers: []*stripe.PriceCreateTierParams{
				{UpTo: new(int64(500)), UnitAmount: new(int64(0))}, {UpToInf: new(true), UnitAmountDecimal: new(1.3)},
			},
		}),
		"a price of parts of a cent": price(stripe.PriceCreateParams{
			UnitAmountDecimal: new(0.8), Recurring: &stripe.PriceCreateRecurringParams{Interval: new("month"), UsageType: new("metered"), Meter: new("mtr_1")},
		}),
		"prices by their keys": func() error {
			return first(ctx, c.V1Prices.List(ctx, &stripe.PriceListParams{
				Active: new(true), LookupKeys: []*string{new("secretary_monthly"), new("voice_secretary")},
				Expand: []*string{new("data.tiers"), new("data.product")}, ListParams: stripe.ListParams{Limit: new(int64(100))},
			}))
		},
		"a price out of use": func() error {
			return failing(c.V1Prices.Update(ctx, "price_1", &stripe.PriceUpdateParams{
				Active: new(false), LookupKey: new("secretary_monthly"), TransferLookupKey: new(true), Metadata: tierKey,
			}))
		},
		"a coupon": func() error { return failing(c.V1Coupons.Retrieve(ctx, "WELCOME", nil)) },
		"the account": func() error {
			return failing(c.V1Accounts.Retrieve(ctx, nil))
		},
	}
}
