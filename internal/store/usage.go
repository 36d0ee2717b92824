package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

var _ billing.Store = (*Store)(nil)

// RecordUsage is described by billing.Store.
func (s *Store) RecordUsage(ctx context.Context, records ...billing.Record) error {
	if len(records) == 0 {
		return nil
	}
	return failed("record usage", s.batch(ctx, func(b *batch) error { return b.recordUsage(ctx, records...) }))
}

// recordUsage adds to the ledger, with what stands with every record. However many
// they are, these are three statements: a batch of records is as fast as one.
func (b *batch) recordUsage(ctx context.Context, records ...billing.Record) error {
	type row struct {
		ID       string `json:"id"`
		User     string `json:"user"`
		Feature  string `json:"feature"`
		Quantity int64  `json:"quantity"`
		At       int64  `json:"at"`
		Measured int64  `json:"measured"`
		Key      string `json:"key"`
	}
	rows, keys := make([]row, len(records)), make([]string, len(records))
	for i, r := range records {
		rows[i] = row{r.ID, r.UserID, string(r.Feature), r.Quantity, millis(r.RecordedAt), r.Measured, r.SourceKey}
		keys[i] = r.SourceKey
	}
	raw, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	if err := b.InsertUsage(ctx, db.InsertUsageParams{Records: string(raw), Now: b.now}); err != nil {
		return err
	}
	if err := b.outbox(ctx, keys...); err != nil {
		return err
	}
	return b.enqueue(ctx, billing.UsageJob(at(b.now)))
}

// outbox lays out what is to be reported of the records with some source keys.
func (b *batch) outbox(ctx context.Context, keys ...string) error {
	raw, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	return b.OutboxUsage(ctx, db.OutboxUsageParams{Keys: string(raw), Now: b.now})
}

// reserved begins the names of what is held in the rows of UsageTotals.
const reserved = "reserved:"

// UsageTotals is described by billing.Store.
func (s *Store) UsageTotals(ctx context.Context, sc billing.Scope) (billing.Totals, error) {
	rows, err := s.read().UsageTotals(ctx, db.UsageTotalsParams{
		UserID: sc.UserID, SubscriptionID: opt(sc.SubscriptionID), Since: millis(sc.Period.Start), Until: millis(sc.Period.End),
		Now: millis(sc.Now),
	})
	if err != nil {
		return billing.Totals{}, fmt.Errorf("usage totals: %w", err)
	}
	t := billing.Totals{Used: map[plan.Feature]int64{}, Reserved: map[plan.Feature]int64{}}
	for _, r := range rows {
		f, held := strings.CutPrefix(r.Name, reserved)
		switch {
		case held:
			t.Reserved[plan.Feature(f)] = r.Quantity
		case r.Name == "pending":
			t.PendingTexts = r.Quantity
		case r.Name == "pending_segments":
			t.PendingSegments = r.Quantity
		default:
			t.Used[plan.Feature(f)] = r.Quantity
		}
	}
	return t, nil
}

// UsageDays is described by billing.Store.
func (s *Store) UsageDays(ctx context.Context, sc billing.Scope) ([]billing.Day, error) {
	rows, err := s.read().UsageDays(ctx, db.UsageDaysParams{
		UserID: sc.UserID, SubscriptionID: opt(sc.SubscriptionID), Since: millis(sc.Period.Start), Until: millis(sc.Period.End),
	})
	if err != nil {
		return nil, fmt.Errorf("usage by day: %w", err)
	}
	var days []billing.Day
	for _, r := range rows {
		date := midnight(r.Day)
		if len(days) == 0 || !days[len(days)-1].Date.Equal(date) {
			days = append(days, billing.Day{Date: date, Used: map[plan.Feature]int64{}})
		}
		days[len(days)-1].Used[plan.Feature(r.Feature)] = r.Quantity
	}
	return days, nil
}

// UsersOfUsage is described by billing.Store.
func (s *Store) UsersOfUsage(ctx context.Context, recorded billing.Period) ([]string, error) {
	ids, err := s.read().UsersOfUsage(ctx, db.UsersOfUsageParams{Since: millis(recorded.Start), Until: millis(recorded.End)})
	return ids, failed("list users of usage", err)
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
			Measured: r.Measured, RecordedAt: at(r.RecordedAt), SourceKey: r.SourceKey, SubscriptionID: str(r.SubscriptionID),
		}
	}
	return list, nil
}
