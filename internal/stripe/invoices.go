package stripe

import (
	"context"
	"fmt"
	"time"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
)

// Invoice is described by billing.Payments.
func (c *Client) Invoice(ctx context.Context, id string) (billing.Invoice, error) {
	i, err := callOn(ctx, c.sdk.V1Invoices.Retrieve, id, &sdk.InvoiceRetrieveParams{Expand: sdk.StringSlice([]string{"payments"})})
	if err != nil {
		return billing.Invoice{}, fmt.Errorf("read the invoice: %w", err)
	}
	all, err := c.invoices(ctx, customerID(i.Customer), []*sdk.Invoice{i})
	if err != nil {
		return billing.Invoice{}, err
	}
	return all[0], nil
}

// Invoices is described by billing.Payments.
func (c *Client) Invoices(ctx context.Context, customer string, since time.Time) ([]billing.Invoice, error) {
	found, err := list(ctx, c.sdk.V1Invoices.List, &sdk.InvoiceListParams{
		ListParams: page("data.payments"), Customer: sdk.String(customer),
		CreatedRange: &sdk.RangeQueryParams{GreaterThanOrEqual: since.Unix()},
	})
	if err != nil {
		return nil, fmt.Errorf("read the invoices: %w", err)
	}
	return c.invoices(ctx, customer, found)
}

// invoices puts invoices of one customer into the product's terms, with what the
// answer leaves out: the lines beyond the first ones, and what was given back.
func (c *Client) invoices(ctx context.Context, customer string, found []*sdk.Invoice) ([]billing.Invoice, error) {
	refunds, err := c.refunds(ctx, customer, found)
	if err != nil {
		return nil, err
	}
	all := make([]billing.Invoice, 0, len(found))
	for _, i := range found {
		lines, err := c.lines(ctx, i)
		if err != nil {
			return nil, err
		}
		b := invoiceOf(i, lines)
		for _, payment := range payments(i) {
			b.Refunded += refunds[payment]
		}
		all = append(all, b)
	}
	return all, nil
}

// refunds is what was given back of each payment, by its id. A bill does not say: its
// payments lead to charges, and those do. Charges are younger than their bills.
func (c *Client) refunds(ctx context.Context, customer string, found []*sdk.Invoice) (map[string]int64, error) {
	oldest := int64(0)
	for _, i := range found {
		if i.AmountPaid > 0 && (oldest == 0 || i.Created < oldest) {
			oldest = i.Created
		}
	}
	if oldest == 0 || customer == "" {
		return nil, nil
	}
	charges, err := list(ctx, c.sdk.V1Charges.List, &sdk.ChargeListParams{
		ListParams: page(), Customer: sdk.String(customer), CreatedRange: &sdk.RangeQueryParams{GreaterThanOrEqual: oldest},
	})
	if err != nil {
		return nil, fmt.Errorf("read the charges: %w", err)
	}
	refunds := map[string]int64{}
	for _, charge := range charges {
		refunds[charge.ID] += charge.AmountRefunded
		if charge.PaymentIntent != nil {
			refunds[charge.PaymentIntent.ID] += charge.AmountRefunded
		}
	}
	return refunds, nil
}

// payments are the ids of what an invoice was paid with.
func payments(i *sdk.Invoice) []string {
	if i.Payments == nil {
		return nil
	}
	var ids []string
	for _, p := range i.Payments.Data {
		switch {
		case p.Payment == nil:
		case p.Payment.PaymentIntent != nil:
			ids = append(ids, p.Payment.PaymentIntent.ID)
		case p.Payment.Charge != nil:
			ids = append(ids, p.Payment.Charge.ID)
		}
	}
	return ids
}

// lines are all lines of an invoice: it comes with the first ones only.
func (c *Client) lines(ctx context.Context, i *sdk.Invoice) ([]*sdk.InvoiceLineItem, error) {
	if i.Lines == nil {
		return nil, nil
	}
	if !i.Lines.HasMore {
		return i.Lines.Data, nil
	}
	all, err := list(ctx, c.sdk.V1Invoices.ListLines, &sdk.InvoiceListLinesParams{ListParams: page(), Invoice: sdk.String(i.ID)})
	if err != nil {
		return nil, fmt.Errorf("read the invoice's lines: %w", err)
	}
	return all, nil
}

func invoiceOf(i *sdk.Invoice, lines []*sdk.InvoiceLineItem) billing.Invoice {
	b := billing.Invoice{
		ID: i.ID, CustomerID: customerID(i.Customer), Number: i.Number, Status: string(i.Status),
		Currency: string(i.Currency), Total: i.Total, Due: i.AmountRemaining, Paid: i.AmountPaid,
		Period: billing.Period{Start: unix(i.PeriodStart), End: unix(i.PeriodEnd)},
		URL:    i.HostedInvoiceURL, Attempted: i.Attempted, IssuedAt: finalized(i),
	}
	if b.IssuedAt.IsZero() {
		b.IssuedAt = unix(i.Created)
	}
	if p := i.Parent; p != nil && p.SubscriptionDetails != nil && p.SubscriptionDetails.Subscription != nil {
		b.SubscriptionID = p.SubscriptionDetails.Subscription.ID
	}
	for _, l := range lines {
		b.Lines = append(b.Lines, lineOf(l))
	}
	return b
}

func lineOf(l *sdk.InvoiceLineItem) billing.InvoiceLine {
	b := billing.InvoiceLine{Description: l.Description, Amount: l.Amount, Quantity: l.Quantity}
	if l.Period != nil {
		b.Start, b.End = unix(l.Period.Start), unix(l.Period.End)
	}
	if l.Pricing != nil && l.Pricing.PriceDetails != nil {
		b.Feature = featureOf(l.Pricing.PriceDetails.Product)
	}
	return b
}
