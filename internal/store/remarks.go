package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store/db"
)

// RaiseAlert is described by billing.Store.
func (s *Store) RaiseAlert(ctx context.Context, a billing.Alert, js ...jobs.Job) error {
	// One may be resolved between the two statements; hardly twice.
	for range 2 {
		fresh, err := s.addAlert(ctx, a, js)
		if fresh || err != nil {
			return failed("raise alert", err)
		}
		err = s.one(ctx, func(q *db.Queries) error {
			_, err := q.CountAlert(ctx, db.CountAlertParams{Key: a.Key, Message: a.Message, Now: millis(s.now())})
			return err
		})
		if !errors.Is(err, sql.ErrNoRows) {
			return failed("count alert", err)
		}
	}
	return fmt.Errorf("raise alert: %s is raised and resolved at once", a.Kind)
}

// addAlert stores an alert and its jobs, unless the same lasts.
func (s *Store) addAlert(ctx context.Context, a billing.Alert, js []jobs.Job) (bool, error) {
	return unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.RaiseAlert(ctx, db.RaiseAlertParams{
			Key: a.Key, Kind: a.Kind, UserID: opt(a.UserID), Message: a.Message, Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.enqueue(ctx, js...)
	}))
}

// ResolveAlerts is described by billing.Store.
func (s *Store) ResolveAlerts(ctx context.Context, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	now := millis(s.now())
	return failed("resolve alerts", s.one(ctx, func(q *db.Queries) error {
		return q.ResolveAlerts(ctx, db.ResolveAlertsParams{Keys: keys, Now: &now})
	}))
}

// Alerts is described by billing.Store.
func (s *Store) Alerts(ctx context.Context, all bool, limit int) ([]billing.Alert, error) {
	rows, err := s.read().ListAlerts(ctx, db.ListAlertsParams{Every: flag(all), Most: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	list := make([]billing.Alert, len(rows))
	for i, r := range rows {
		list[i] = billing.Alert{
			Key: r.Key, Kind: r.Kind, UserID: str(r.UserID), Message: r.Message, Count: int(r.Count),
			CreatedAt: at(r.CreatedAt), UpdatedAt: at(r.UpdatedAt), ResolvedAt: optAt(r.ResolvedAt),
		}
	}
	return list, nil
}

// Notice is described by billing.Store.
func (s *Store) Notice(ctx context.Context, userID, key string, js ...jobs.Job) (bool, error) {
	fresh, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		if err := b.Notice(ctx, db.NoticeParams{UserID: userID, Key: key, CreatedAt: b.now}); err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.enqueue(ctx, js...)
	}))
	return fresh, failed("note what a user is told", err)
}
