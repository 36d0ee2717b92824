package stripe

import (
	"context"
	"fmt"
	"slices"

	sdk "github.com/stripe/stripe-go/v85"
)

// What people may change about themselves in the portal. Their address is not among
// it: it is the one that they sign in with.
func portalUpdates() []string { return []string{"address", "tax_id"} }

// portal sees to the portal: cards, bills, and ending with the period. Plans are
// changed with us, where usage is reported first.
func (s *setup) portal(ctx context.Context) error {
	is, err := s.c.portal(ctx)
	if err != nil {
		return fmt.Errorf("list the portal's configurations: %w", err)
	}
	what := "portal"
	if is == nil {
		return s.do(Step{What: what, Outcome: Made}, func() (string, error) {
			made, err := call(ctx, s.c.sdk.V1BillingPortalConfigurations.Create, s.c.newPortal())
			if err != nil {
				return "", err
			}
			return made.ID, nil
		})
	}
	if portalFits(is.Features) {
		s.add(what, Found, is.ID, "")
		return nil
	}
	return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: "what people can do there"}, func() (string, error) {
		_, err := callOn(ctx, s.c.sdk.V1BillingPortalConfigurations.Update, is.ID, s.c.mendedPortal())
		return is.ID, err
	})
}

func portalFits(f *sdk.BillingPortalConfigurationFeatures) bool {
	if f == nil || f.CustomerUpdate == nil || f.InvoiceHistory == nil || f.PaymentMethodUpdate == nil || f.SubscriptionCancel == nil || f.SubscriptionUpdate == nil {
		return false
	}
	var updates []string
	for _, u := range f.CustomerUpdate.AllowedUpdates {
		updates = append(updates, string(u))
	}
	slices.Sort(updates)
	return f.CustomerUpdate.Enabled && slices.Equal(updates, portalUpdates()) && f.InvoiceHistory.Enabled && f.PaymentMethodUpdate.Enabled &&
		f.SubscriptionCancel.Enabled && f.SubscriptionCancel.Mode == sdk.BillingPortalConfigurationFeaturesSubscriptionCancelModeAtPeriodEnd &&
		!f.SubscriptionUpdate.Enabled
}

// newPortal and mendedPortal ask for the same: the SDK has types of their own for
// each.
func (c *Client) newPortal() *sdk.BillingPortalConfigurationCreateParams {
	return &sdk.BillingPortalConfigurationCreateParams{
		Params: c.fresh(), Metadata: map[string]string{noteKey: portalKey},
		Features: &sdk.BillingPortalConfigurationCreateFeaturesParams{
			CustomerUpdate: &sdk.BillingPortalConfigurationCreateFeaturesCustomerUpdateParams{
				Enabled: sdk.Bool(true), AllowedUpdates: sdk.StringSlice(portalUpdates()),
			},
			InvoiceHistory:      &sdk.BillingPortalConfigurationCreateFeaturesInvoiceHistoryParams{Enabled: sdk.Bool(true)},
			PaymentMethodUpdate: &sdk.BillingPortalConfigurationCreateFeaturesPaymentMethodUpdateParams{Enabled: sdk.Bool(true)},
			SubscriptionCancel: &sdk.BillingPortalConfigurationCreateFeaturesSubscriptionCancelParams{
				Enabled: sdk.Bool(true), Mode: sdk.String("at_period_end"),
			},
			SubscriptionUpdate: &sdk.BillingPortalConfigurationCreateFeaturesSubscriptionUpdateParams{Enabled: sdk.Bool(false)},
		},
	}
}

func (c *Client) mendedPortal() *sdk.BillingPortalConfigurationUpdateParams {
	return &sdk.BillingPortalConfigurationUpdateParams{
		Params: c.fresh(),
		Features: &sdk.BillingPortalConfigurationUpdateFeaturesParams{
			CustomerUpdate: &sdk.BillingPortalConfigurationUpdateFeaturesCustomerUpdateParams{
				Enabled: sdk.Bool(true), AllowedUpdates: sdk.StringSlice(portalUpdates()),
			},
			InvoiceHistory:      &sdk.BillingPortalConfigurationUpdateFeaturesInvoiceHistoryParams{Enabled: sdk.Bool(true)},
			PaymentMethodUpdate: &sdk.BillingPortalConfigurationUpdateFeaturesPaymentMethodUpdateParams{Enabled: sdk.Bool(true)},
			SubscriptionCancel: &sdk.BillingPortalConfigurationUpdateFeaturesSubscriptionCancelParams{
				Enabled: sdk.Bool(true), Mode: sdk.String("at_period_end"),
			},
			SubscriptionUpdate: &sdk.BillingPortalConfigurationUpdateFeaturesSubscriptionUpdateParams{Enabled: sdk.Bool(false)},
		},
	}
}
