package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

// Reserve is described by billing.Store.
func (s *Store) Reserve(ctx context.Context, r billing.Reservation, b billing.Budget) (bool, error) {
	err := s.one(ctx, func(q *db.Queries) error {
		_, err := q.Reserve(ctx, db.ReserveParams{
			ID: r.ID, UserID: r.UserID, Feature: string(r.Feature), Quantity: r.Quantity, SourceKey: r.SourceKey,
			ExpiresAt: millis(r.ExpiresAt), Now: millis(b.Scope.Now),
			Since: millis(b.Scope.Period.Start), Until: millis(b.Scope.Period.End), SubscriptionID: opt(b.Scope.SubscriptionID),
			VoiceIncluded: b.Included[plan.VoiceMinutes], VoicePrice: int64(plan.UnitPrices[plan.VoiceMinutes]),
			TextsIncluded: b.Included[plan.SMSMessages], TextsPrice: int64(plan.UnitPrices[plan.SMSMessages]),
			Overage: flag(b.Overage), Cap: int64(b.Cap),
		})
		return err
	})
	if !errors.Is(err, sql.ErrNoRows) {
		return err == nil, failed("reserve usage", err)
	}
	// Nothing was stored: for want of budget, or because it was before.
	k, err := s.reserved(ctx, r, b)
	return k.Held == 1 || k.Settled == 1, err
}

// Extend is described by billing.Store.
func (s *Store) Extend(ctx context.Context, r billing.Reservation, b billing.Budget) (bool, error) {
	err := s.one(ctx, func(q *db.Queries) error {
		_, err := q.Extend(ctx, db.ExtendParams{
			UserID: r.UserID, Feature: string(r.Feature), Quantity: r.Quantity, SourceKey: r.SourceKey,
			ExpiresAt: millis(r.ExpiresAt), Now: millis(b.Scope.Now),
			Since: millis(b.Scope.Period.Start), Until: millis(b.Scope.Period.End), SubscriptionID: opt(b.Scope.SubscriptionID),
			VoiceIncluded: b.Included[plan.VoiceMinutes], VoicePrice: int64(plan.UnitPrices[plan.VoiceMinutes]),
			TextsIncluded: b.Included[plan.SMSMessages], TextsPrice: int64(plan.UnitPrices[plan.SMSMessages]),
			Overage: flag(b.Overage), Cap: int64(b.Cap),
		})
		return err
	})
	if !errors.Is(err, sql.ErrNoRows) {
		return err == nil, failed("extend reservation", err)
	}
	k, err := s.reserved(ctx, r, b)
	if err == nil && k.Held == 0 {
		err = fault.ErrNotFound
	}
	return false, err
}

// reserved reads what became of a reservation's key.
func (s *Store) reserved(ctx context.Context, r billing.Reservation, b billing.Budget) (db.ReservedRow, error) {
	k, err := s.read().Reserved(ctx, db.ReservedParams{SourceKey: r.SourceKey, UserID: r.UserID, Now: millis(b.Scope.Now)})
	return k, failed("look for reservation", err)
}

// Settle is described by billing.Store.
func (s *Store) Settle(ctx context.Context, r billing.Record) error {
	return failed("settle reservation", s.batch(ctx, func(b *batch) error {
		if err := b.recordUsage(ctx, r); err != nil {
			return err
		}
		return b.Release(ctx, r.SourceKey)
	}))
}

// Release is described by billing.Store.
func (s *Store) Release(ctx context.Context, sourceKey string) error {
	return failed("release reservation", s.one(ctx, func(q *db.Queries) error { return q.Release(ctx, sourceKey) }))
}

// ExpireReservations is described by billing.Store.
func (s *Store) ExpireReservations(ctx context.Context, now time.Time) (n int, err error) {
	err = s.one(ctx, func(q *db.Queries) error {
		ids, err := q.ExpireReservations(ctx, millis(now))
		n = len(ids)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("expire reservations: %w", err)
	}
	return n, nil
}
