package store

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

var _ billing.Store = (*Store)(nil)

// RecordUsage is described by billing.Store.
func (s *Store) RecordUsage(ctx context.Context, records ...billing.Record) error {
	return s.batch(ctx, func(b *batch) error {
		for _, r := range records {
			err := b.InsertUsage(ctx, db.InsertUsageParams{
				ID: r.ID, UserID: r.UserID, Feature: string(r.Feature), Quantity: r.Quantity,
				RecordedAt: millis(r.RecordedAt), Measured: r.Measured, SourceKey: r.SourceKey, CreatedAt: b.now,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// UsageTotals is described by billing.Store.
func (s *Store) UsageTotals(ctx context.Context, userID string, p billing.Period) (billing.Totals, error) {
	rows, err := s.read().UsageTotals(ctx, db.UsageTotalsParams{
		UserID: userID, Since: millis(p.Start), Until: millis(p.End),
	})
	if err != nil {
		return billing.Totals{}, fmt.Errorf("usage totals: %w", err)
	}
	t := billing.Totals{Used: map[plan.Feature]int64{}}
	for _, r := range rows {
		switch r.Name {
		case "pending":
			t.PendingTexts = r.Quantity
		case "pending_segments":
			t.PendingSegments = r.Quantity
		default:
			t.Used[plan.Feature(r.Name)] = r.Quantity
		}
	}
	return t, nil
}

// Usage returns all of a user's ledger, oldest first.
func (s *Store) Usage(ctx context.Context, userID string) ([]billing.Record, error) {
	rows, err := s.read().ListUsage(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list usage: %w", err)
	}
	list := make([]billing.Record, len(rows))
	for i, r := range rows {
		list[i] = billing.Record{
			ID: r.ID, UserID: r.UserID, Feature: plan.Feature(r.Feature), Quantity: r.Quantity,
			Measured: r.Measured, RecordedAt: at(r.RecordedAt), SourceKey: r.SourceKey,
		}
	}
	return list, nil
}
