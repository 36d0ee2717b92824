package stripe

import (
	"context"
	"fmt"
	"net/url"

	sdk "github.com/stripe/stripe-go/v85"
)

// portalKey is what is noted on the portal's configuration that setup made.
const portalKey = ours + "portal"

// OpenPortal is described by billing.Payments. The page is good for minutes, so each
// is a new one.
func (c *Client) OpenPortal(ctx context.Context, customerID, returnURL string) (string, error) {
	configuration, err := c.portal(ctx)
	if err != nil {
		return "", fmt.Errorf("find the portal's configuration: %w", err)
	}
	params := &sdk.BillingPortalSessionCreateParams{
		Params: c.fresh(), Customer: sdk.String(customerID), ReturnURL: sdk.String(returnURL),
	}
	if configuration != nil { // else the account's default counts
		params.Configuration = sdk.String(configuration.ID)
	}
	s, err := call(ctx, c.sdk.V1BillingPortalSessions.Create, params)
	if err != nil {
		return "", fmt.Errorf("open the portal: %w", err)
	}
	if s.URL == "" {
		return "", fmt.Errorf("open the portal: %w", errNoID)
	}
	return s.URL, nil
}

// portal finds the configuration of the portal that setup made; nil if there is none.
func (c *Client) portal(ctx context.Context) (*sdk.BillingPortalConfiguration, error) {
	all, err := list(ctx, c.sdk.V1BillingPortalConfigurations.List, &sdk.BillingPortalConfigurationListParams{
		ListParams: page(), Active: sdk.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Metadata[noteKey] == portalKey {
			return p, nil
		}
	}
	return nil, nil
}

// PageOrigins are where people are led to pay and to look after their cards: Stripe's
// own pages, or those of what stands in for it at base.
func PageOrigins(base string) []string {
	if base == "" {
		return []string{"https://checkout.stripe.com", "https://billing.stripe.com"}
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil
	}
	return []string{u.Scheme + "://" + u.Host}
}
