package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/store/db"
)

// SaveInvoice is described by billing.Store.
func (s *Store) SaveInvoice(ctx context.Context, userID string, i billing.Invoice, readAt time.Time) error {
	lines, err := json.Marshal(append([]billing.InvoiceLine{}, i.Lines...))
	if err != nil {
		return fmt.Errorf("write invoice: %w", err)
	}
	return failed("save invoice", s.one(ctx, func(q *db.Queries) error {
		return q.SaveInvoice(ctx, db.SaveInvoiceParams{
			ID: i.ID, UserID: userID, CustomerID: i.CustomerID, SubscriptionID: opt(i.SubscriptionID), Number: i.Number,
			Status: i.Status, Currency: i.Currency, Total: i.Total, AmountDue: i.Due, AmountPaid: i.Paid, Refunded: i.Refunded,
			PeriodStart: millis(i.Period.Start), PeriodEnd: millis(i.Period.End), IssuedAt: millis(i.IssuedAt),
			Attempted: flag(i.Attempted), Url: i.URL, Lines: string(lines), ReadAt: millis(readAt), Now: millis(s.now()),
		})
	}))
}

// Invoices is described by billing.Store.
func (s *Store) Invoices(ctx context.Context, userID string, before billing.Place, limit int) ([]billing.Invoice, error) {
	p := db.ListInvoicesParams{UserID: userID, BeforeAt: math.MaxInt64, Most: int64(limit)}
	if before != (billing.Place{}) {
		p.BeforeAt, p.BeforeID = millis(before.At), before.ID
	}
	rows, err := s.read().ListInvoices(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list invoices: %w", err)
	}
	list := make([]billing.Invoice, len(rows))
	for i, r := range rows {
		if list[i], err = invoiceOf(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func invoiceOf(r db.Invoice) (billing.Invoice, error) {
	i := billing.Invoice{
		ID: r.ID, CustomerID: r.CustomerID, SubscriptionID: str(r.SubscriptionID), Number: r.Number, Status: r.Status, Currency: r.Currency,
		Total: r.Total, Due: r.AmountDue, Paid: r.AmountPaid, Refunded: r.Refunded,
		Period: billing.Period{Start: at(r.PeriodStart), End: at(r.PeriodEnd)}, IssuedAt: at(r.IssuedAt),
		URL: r.Url, Attempted: r.Attempted == 1,
	}
	if err := json.Unmarshal([]byte(r.Lines), &i.Lines); err != nil {
		return i, fmt.Errorf("read invoice %s: %w", r.ID, err)
	}
	return i, nil
}
