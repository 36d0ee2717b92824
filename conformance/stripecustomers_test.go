package conformance_test

import (
	"context"

	"github.com/stripe/stripe-go/v85"
)

func callCustomers(ctx context.Context, c *stripe.Client) map[string]func() error {
	features := &stripe.BillingPortalConfigurationCreateFeaturesParams{
		CustomerUpdate: &stripe.BillingPortalConfigurationCreateFeaturesCustomerUpdateParams{
			Enabled: new(true), AllowedUpdates: []*string{new("address"), new("tax_id")},
		},
		InvoiceHistory:      &stripe.BillingPortalConfigurationCreateFeaturesInvoiceHistoryParams{Enabled: new(true)},
		PaymentMethodUpdate: &stripe.BillingPortalConfigurationCreateFeaturesPaymentMethodUpdateParams{Enabled: new(true)},
		SubscriptionCancel: &stripe.BillingPortalConfigurationCreateFeaturesSubscriptionCancelParams{
			Enabled: new(true), Mode: new("at_period_end"),
			CancellationReason: &stripe.BillingPortalConfigurationCreateFeaturesSubscriptionCancelCancellationReasonParams{
				Enabled: new(true), Options: []*string{new("too_expensive"), new("other")},
			},
		},
		SubscriptionUpdate: &stripe.BillingPortalConfigurationCreateFeaturesSubscriptionUpdateParams{Enabled: new(false)},
	}
	return map[string]func() error{
		"a customer": func() error {
			return failing(c.V1Customers.Create(ctx, &stripe.CustomerCreateParams{
				Email: new("ada+assistant@example.com"), Name: new("Zoë & 王 = 100%"), Metadata: map[string]string{"user_id": userID},
				PreferredLocales: []*string{new("en")}, Params: stripe.Params{IdempotencyKey: new("customer:" + userID)},
			}))
		},
		"a customer again": func() error {
			return failing(c.V1Customers.Retrieve(ctx, "cus_1", &stripe.CustomerRetrieveParams{
				Expand: []*string{new("invoice_settings.default_payment_method"), new("tax_ids")},
			}))
		},
		"another address of a customer": func() error {
			return failing(c.V1Customers.Update(ctx, "cus_1", &stripe.CustomerUpdateParams{
				Email: new("countess@example.org"), Name: new(""), Metadata: map[string]string{"user_id": userID},
			}))
		},
		"what the portal offers": func() error {
			return failing(c.V1BillingPortalConfigurations.Create(ctx, &stripe.BillingPortalConfigurationCreateParams{
				BusinessProfile: &stripe.BillingPortalConfigurationCreateBusinessProfileParams{
					PrivacyPolicyURL: new("https://xswarm.example/legal/privacy"), TermsOfServiceURL: new("https://xswarm.example/legal/terms"),
				},
				DefaultReturnURL: new("https://xswarm.example/app/billing"), Features: features, Metadata: map[string]string{"app": "xswarm"},
			}))
		},
		"what portals there are": func() error {
			return first(ctx, c.V1BillingPortalConfigurations.List(ctx, &stripe.BillingPortalConfigurationListParams{Active: new(true), IsDefault: new(false)}))
		},
		"another return from the portal": func() error {
			return failing(c.V1BillingPortalConfigurations.Update(ctx, "bpc_1", &stripe.BillingPortalConfigurationUpdateParams{
				Active: new(true), DefaultReturnURL: new("https://xswarm.example/app/billing"),
			}))
		},
		"a visit to the portal": func() error {
			return failing(c.V1BillingPortalSessions.Create(ctx, &stripe.BillingPortalSessionCreateParams{
				Customer: new("cus_1"), Configuration: new("bpc_1"), ReturnURL: new("https://xswarm.example/app/billing"),
			}))
		},
		"a visit to change the card": func() error {
			return failing(c.V1BillingPortalSessions.Create(ctx, &stripe.BillingPortalSessionCreateParams{
				Customer: new("cus_1"), FlowData: &stripe.BillingPortalSessionCreateFlowDataParams{
					Type: new("payment_method_update"), AfterCompletion: &stripe.BillingPortalSessionCreateFlowDataAfterCompletionParams{
						Type: new("redirect"), Redirect: &stripe.BillingPortalSessionCreateFlowDataAfterCompletionRedirectParams{ReturnURL: new("https://xswarm.example/app")},
					},
				},
			}))
		},
	}
}

func callInvoices(ctx context.Context, c *stripe.Client) map[string]func() error {
	return map[string]func() error{
		"all invoices": func() error {
			return first(ctx, c.V1Invoices.List(ctx, &stripe.InvoiceListParams{
				Customer: new("cus_1"), Status: new("open"), CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: midnight},
				ListParams: stripe.ListParams{Limit: new(int64(12)), StartingAfter: new("in_1")},
			}))
		},
		"an invoice": func() error {
			return failing(c.V1Invoices.Retrieve(ctx, "in_1", &stripe.InvoiceRetrieveParams{Expand: []*string{new("payments"), new("customer")}}))
		},
		"a change before it is made": func() error {
			return failing(c.V1Invoices.CreatePreview(ctx, &stripe.InvoiceCreatePreviewParams{
				Customer: new("cus_1"), Subscription: new("sub_1"),
				SubscriptionDetails: &stripe.InvoiceCreatePreviewSubscriptionDetailsParams{
					ProrationBehavior: new("create_prorations"), ProrationDate: new(midnight),
					Items: []*stripe.InvoiceCreatePreviewSubscriptionDetailsItemParams{
						{ID: new("si_1"), Price: new("price_2"), Quantity: new(int64(1))}, {ID: new("si_2"), Deleted: new(true)},
					},
				},
			}))
		},
		"a charge":  func() error { return failing(c.V1Charges.Retrieve(ctx, "ch_1", nil)) },
		"a dispute": func() error { return failing(c.V1Disputes.Retrieve(ctx, "du_1", nil)) },
	}
}
