package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
)

// CreateCustomer is described by billing.Payments.
func (c *Client) CreateCustomer(ctx context.Context, n billing.NewCustomer) (string, error) {
	known, err := list(ctx, c.sdk.V1Customers.List, &sdk.CustomerListParams{ListParams: page(), Email: sdk.String(n.Email)})
	if err != nil {
		return "", fmt.Errorf("look for the customer: %w", err)
	}
	for _, cu := range known {
		if cu.Metadata[noteUser] == n.UserID && !cu.Deleted {
			return cu.ID, nil // made by a request that was not answered
		}
	}
	params := &sdk.CustomerCreateParams{
		Params: keyed(n.Key), Email: sdk.String(n.Email), Metadata: map[string]string{noteUser: n.UserID},
	}
	if n.Name != "" {
		params.Name = sdk.String(n.Name)
	}
	made, err := call(ctx, c.sdk.V1Customers.Create, params)
	if err != nil {
		return "", fmt.Errorf("create the customer: %w", err)
	}
	if made.ID == "" {
		return "", fmt.Errorf("create the customer: %w", errNoID)
	}
	return made.ID, nil
}

// UpdateCustomer is described by billing.Payments.
func (c *Client) UpdateCustomer(ctx context.Context, id, email, name string) error {
	_, err := callOn(ctx, c.sdk.V1Customers.Update, id, &sdk.CustomerUpdateParams{
		Params: c.fresh(), Email: sdk.String(email), Name: sdk.String(name),
	})
	if err != nil {
		return fmt.Errorf("update the customer: %w", err)
	}
	return nil
}

// CustomerOf is described by billing.Payments. What an event says itself is only
// where to look: whose a charge is, is read.
func (c *Client) CustomerOf(ctx context.Context, e billing.Event) (string, error) {
	if e.CustomerID != "" {
		return e.CustomerID, nil
	}
	kind, _, _ := strings.Cut(e.ObjectID, "_")
	switch kind {
	case "cus":
		return e.ObjectID, nil
	case "ch", "py":
		return c.customerOfCharge(ctx, e.ObjectID)
	case "dp", "du":
		d, err := c.Dispute(ctx, e.ObjectID)
		return d.CustomerID, err
	case "in":
		i, err := callOn(ctx, c.sdk.V1Invoices.Retrieve, e.ObjectID, &sdk.InvoiceRetrieveParams{})
		if err != nil {
			return "", fmt.Errorf("read the invoice: %w", err)
		}
		return customerID(i.Customer), nil
	case "cs":
		o, err := c.Checkout(ctx, e.ObjectID)
		return o.CustomerID, err
	}
	var envelope struct {
		Data struct{ Object struct{ Charge text } }
	}
	if json.Unmarshal([]byte(e.Body), &envelope) != nil || envelope.Data.Object.Charge == "" {
		return "", nil
	}
	return c.customerOfCharge(ctx, string(envelope.Data.Object.Charge))
}

func (c *Client) customerOfCharge(ctx context.Context, id string) (string, error) {
	charge, err := callOn(ctx, c.sdk.V1Charges.Retrieve, id, &sdk.ChargeRetrieveParams{})
	if err != nil {
		return "", fmt.Errorf("read the charge: %w", err)
	}
	return customerID(charge.Customer), nil
}

func customerID(c *sdk.Customer) string {
	if c == nil {
		return ""
	}
	return c.ID
}
