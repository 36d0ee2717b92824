package stripe

import (
	"context"
	"fmt"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
)

// Dispute is described by billing.Payments. A dispute has no customer: its charge
// does.
func (c *Client) Dispute(ctx context.Context, id string) (billing.Dispute, error) {
	d, err := callOn(ctx, c.sdk.V1Disputes.Retrieve, id, &sdk.DisputeRetrieveParams{Expand: sdk.StringSlice([]string{"charge"})})
	if err != nil {
		return billing.Dispute{}, fmt.Errorf("read the dispute: %w", err)
	}
	b := billing.Dispute{ID: d.ID, Amount: d.Amount, Reason: string(d.Reason), Status: string(d.Status)}
	if d.Charge != nil {
		b.ChargeID, b.CustomerID = d.Charge.ID, customerID(d.Charge.Customer)
	}
	return b, nil
}
