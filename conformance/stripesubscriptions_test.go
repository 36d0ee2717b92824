package conformance_test

import (
	"context"
	"maps"

	"github.com/stripe/stripe-go/v85"
)

// checkout is what somebody who subscribes pays: the plan, and what is metered,
// which has no quantity.
func checkout() *stripe.CheckoutSessionCreateParams {
	return &stripe.CheckoutSessionCreateParams{
		Mode: new("subscription"), Customer: new("cus_1"), ClientReferenceID: new(userID),
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{
			{Price: new("price_base"), Quantity: new(int64(1))}, {Price: new("price_voice")}, {Price: new("price_sms")},
		},
		SuccessURL: new("https://xswarm.example/app/billing?session={CHECKOUT_SESSION_ID}"), CancelURL: new("https://xswarm.example/app/billing"),
		AutomaticTax: &stripe.CheckoutSessionCreateAutomaticTaxParams{Enabled: new(true)}, BillingAddressCollection: new("required"),
		CustomerUpdate:  &stripe.CheckoutSessionCreateCustomerUpdateParams{Address: new("auto"), Name: new("auto")},
		TaxIDCollection: &stripe.CheckoutSessionCreateTaxIDCollectionParams{Enabled: new(true)},
		ExpiresAt:       new(midnight + 3600), Locale: new("auto"), Metadata: map[string]string{"user_id": userID},
		SubscriptionData: &stripe.CheckoutSessionCreateSubscriptionDataParams{
			BillingMode: &stripe.CheckoutSessionCreateSubscriptionDataBillingModeParams{Type: new("flexible")},
			Metadata:    map[string]string{"user_id": userID},
		},
	}
}

func callCheckout(ctx context.Context, c *stripe.Client) map[string]func() error {
	return map[string]func() error{
		"a checkout": func() error { return failing(c.V1CheckoutSessions.Create(ctx, checkout())) },
		"a checkout with a trial": func() error {
			p := checkout()
			p.SubscriptionData.TrialPeriodDays = new(int64(14))
			p.SubscriptionData.TrialSettings = &stripe.CheckoutSessionCreateSubscriptionDataTrialSettingsParams{
				EndBehavior: &stripe.CheckoutSessionCreateSubscriptionDataTrialSettingsEndBehaviorParams{MissingPaymentMethod: new("cancel")},
			}
			p.PaymentMethodCollection = new("if_required")
			return failing(c.V1CheckoutSessions.Create(ctx, p))
		},
		"a checkout with a coupon": func() error {
			p := checkout()
			p.Discounts = []*stripe.CheckoutSessionCreateDiscountParams{{Coupon: new("WELCOME")}}
			return failing(c.V1CheckoutSessions.Create(ctx, p))
		},
		"a checkout again": func() error {
			return failing(c.V1CheckoutSessions.Retrieve(ctx, "cs_test_1", &stripe.CheckoutSessionRetrieveParams{Expand: []*string{new("subscription"), new("line_items.data.price")}}))
		},
		"no checkout any more": func() error { return failing(c.V1CheckoutSessions.Expire(ctx, "cs_test_1", nil)) },
	}
}

func callSubscriptions(ctx context.Context, c *stripe.Client) map[string]func() error {
	update := func(p *stripe.SubscriptionUpdateParams) func() error {
		return func() error { return failing(c.V1Subscriptions.Update(ctx, "sub_1", p)) }
	}
	calls := map[string]func() error{
		"all subscriptions": func() error {
			return first(ctx, c.V1Subscriptions.List(ctx, &stripe.SubscriptionListParams{Customer: new("cus_1"), Status: new("all"), Expand: []*string{new("data.items.data.price.product")}}))
		},
		"a subscription": func() error {
			return failing(c.V1Subscriptions.Retrieve(ctx, "sub_1", &stripe.SubscriptionRetrieveParams{Expand: []*string{new("latest_invoice"), new("default_payment_method")}}))
		},
		"another plan": update(&stripe.SubscriptionUpdateParams{
			Items: []*stripe.SubscriptionUpdateItemParams{
				{ID: new("si_1"), Price: new("price_pm"), Quantity: new(int64(1))}, {ID: new("si_2"), Price: new("price_voice_pm")},
				{Price: new("price_numbers"), Quantity: new(int64(2))},
			},
			ProrationBehavior: new("create_prorations"), ProrationDate: new(midnight), PaymentBehavior: new("pending_if_incomplete"),
			Params: stripe.Params{IdempotencyKey: new("change:sub_1:1")},
		}),
		"no plan after this period":  update(&stripe.SubscriptionUpdateParams{CancelAtPeriodEnd: new(true)}),
		"the plan goes on":           update(&stripe.SubscriptionUpdateParams{CancelAtPeriodEnd: new(false)}),
		"no plan at an end":          update(&stripe.SubscriptionUpdateParams{CancelAtMinPeriodEnd: new(true)}),
		"no plan after a day":        update(&stripe.SubscriptionUpdateParams{CancelAt: new(midnight)}),
		"notes about a subscription": update(&stripe.SubscriptionUpdateParams{Metadata: map[string]string{"user_id": userID, "old": ""}}),
		"no subscription": func() error {
			return failing(c.V1Subscriptions.Cancel(ctx, "sub_1", &stripe.SubscriptionCancelParams{
				InvoiceNow: new(true), Prorate: new(true), CancellationDetails: &stripe.SubscriptionCancelCancellationDetailsParams{Comment: new("account closed")},
			}))
		},
		"an item more": func() error {
			return failing(c.V1SubscriptionItems.Create(ctx, &stripe.SubscriptionItemCreateParams{
				Subscription: new("sub_1"), Price: new("price_numbers"), Quantity: new(int64(1)), ProrationBehavior: new("create_prorations"),
			}))
		},
		"more of an item": func() error {
			return failing(c.V1SubscriptionItems.Update(ctx, "si_1", &stripe.SubscriptionItemUpdateParams{Quantity: new(int64(3)), ProrationBehavior: new("always_invoice")}))
		},
		"an item less": func() error {
			return failing(c.V1SubscriptionItems.Delete(ctx, "si_1", &stripe.SubscriptionItemDeleteParams{ProrationBehavior: new("create_prorations")}))
		},
	}
	for _, group := range []map[string]func() error{callCheckout(ctx, c), callSchedules(ctx, c)} {
		maps.Copy(calls, group)
	}
	return calls
}

func callSchedules(ctx context.Context, c *stripe.Client) map[string]func() error {
	items := func(base string) []*stripe.SubscriptionScheduleUpdatePhaseItemParams {
		return []*stripe.SubscriptionScheduleUpdatePhaseItemParams{{Price: new(base), Quantity: new(int64(1))}, {Price: new("price_voice")}}
	}
	return map[string]func() error{
		"a schedule of a subscription": func() error {
			return failing(c.V1SubscriptionSchedules.Create(ctx, &stripe.SubscriptionScheduleCreateParams{FromSubscription: new("sub_1")}))
		},
		"another plan at the end of the period": func() error {
			return failing(c.V1SubscriptionSchedules.Update(ctx, "sub_sched_1", &stripe.SubscriptionScheduleUpdateParams{
				EndBehavior: new("release"), ProrationBehavior: new("none"), Metadata: map[string]string{"user_id": userID},
				Phases: []*stripe.SubscriptionScheduleUpdatePhaseParams{
					{StartDate: new(midnight), EndDate: new(midnight + 30*86400), Items: items("price_pm")},
					{Items: items("price_secretary"), Duration: &stripe.SubscriptionScheduleUpdatePhaseDurationParams{Interval: new("month"), IntervalCount: new(int64(1))}},
				},
			}))
		},
		"a schedule": func() error { return failing(c.V1SubscriptionSchedules.Retrieve(ctx, "sub_sched_1", nil)) },
		"no schedule": func() error {
			return failing(c.V1SubscriptionSchedules.Release(ctx, "sub_sched_1", &stripe.SubscriptionScheduleReleaseParams{PreserveCancelDate: new(true)}))
		},
	}
}
