package store

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

// errMeterEvent says that a meter event's id is taken.
var errMeterEvent = fault.New(fault.Conflict, "meter_event_taken", "There is a report of usage with this name already.")

// WaitingUsage is described by billing.Store.
func (s *Store) WaitingUsage(ctx context.Context, userID string, limit int) ([]billing.Waiting, error) {
	rows, err := s.read().WaitingUsage(ctx, db.WaitingUsageParams{UserID: userID, Most: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("list usage to report: %w", err)
	}
	list := make([]billing.Waiting, len(rows))
	for i, r := range rows {
		list[i] = billing.Waiting{
			UserID: r.UserID, CustomerID: r.CustomerID, SubscriptionID: r.SubscriptionID,
			Feature: plan.Feature(r.Feature), Oldest: at(r.Oldest),
		}
	}
	return list, nil
}

// Allot is described by billing.Store.
func (s *Store) Allot(ctx context.Context, m billing.MeterEvent, p billing.Period) (bool, error) {
	since, until := millis(p.Start), millis(p.End)
	ok, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.AllotEvent(ctx, db.AllotEventParams{
			ID: m.ID, UserID: m.UserID, CustomerID: m.CustomerID, SubscriptionID: m.SubscriptionID, Feature: string(m.Feature),
			Since: since, Until: until, Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.AllotUsage(ctx, db.AllotUsageParams{
			EventID: &m.ID, SubscriptionID: m.SubscriptionID, Feature: string(m.Feature), Since: since, Until: until, Now: b.now,
		})
	}))
	if isUnique(err, "meter_events.id") {
		return false, errMeterEvent
	}
	return ok, failed("allot usage", err)
}

// MeterEvent is described by billing.Store.
func (s *Store) MeterEvent(ctx context.Context, id string) (billing.MeterEvent, error) {
	row, err := s.read().MeterEvent(ctx, id)
	return meterEventOf(row), found(err, "read meter event")
}

// MeterEvents is described by billing.Store.
func (s *Store) MeterEvents(ctx context.Context, state billing.MeterState, userID string, limit int) ([]billing.MeterEvent, error) {
	rows, err := s.read().MeterEvents(ctx, db.MeterEventsParams{State: string(state), UserID: userID, Most: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("list meter events: %w", err)
	}
	return meterEventsOf(rows), nil
}

func meterEventsOf(rows []db.MeterEvent) []billing.MeterEvent {
	list := make([]billing.MeterEvent, len(rows))
	for i, r := range rows {
		list[i] = meterEventOf(r)
	}
	return list
}

// SentMeterEvents is described by billing.Store.
func (s *Store) SentMeterEvents(ctx context.Context, customerID string, f plan.Feature, p billing.Period, since time.Time) ([]billing.MeterEvent, error) {
	rows, err := s.read().SentMeterEvents(ctx, db.SentMeterEventsParams{
		CustomerID: customerID, Feature: string(f), Since: millis(p.Start), Until: millis(p.End), SentSince: millis(since),
	})
	if err != nil {
		return nil, fmt.Errorf("list sent meter events: %w", err)
	}
	return meterEventsOf(rows), nil
}

// CountMeterEvents is described by billing.Store.
func (s *Store) CountMeterEvents(ctx context.Context, prefix string) (int, error) {
	const beyond = "\U0010FFFF" // the last of all letters
	n, err := s.read().CountMeterEvents(ctx, db.CountMeterEventsParams{First: prefix, Beyond: prefix + beyond})
	return int(n), failed("count meter events", err)
}

// SettleMeterEvent is described by billing.Store.
func (s *Store) SettleMeterEvent(ctx context.Context, id string, state billing.MeterState, counts time.Time, reason string) error {
	return found(s.one(ctx, func(q *db.Queries) error {
		_, err := q.SettleMeterEvent(ctx, db.SettleMeterEventParams{
			ID: id, State: string(state), HappenedAt: millis(counts), Error: reason, Now: millis(s.now()),
		})
		return err
	}), "settle meter event")
}

// RetryMeterEvents is described by billing.Store.
func (s *Store) RetryMeterEvents(ctx context.Context) (int, error) {
	n, err := s.read().CountRejected(ctx)
	if err != nil || n == 0 {
		return 0, failed("count rejected meter events", err)
	}
	return int(n), failed("retry meter events", s.batch(ctx, func(b *batch) error {
		if err := b.RetryOutbox(ctx, b.now); err != nil {
			return err
		}
		return b.RetryMeterEvents(ctx, b.now)
	}))
}

// Told is described by billing.Store.
func (s *Store) Told(ctx context.Context, subscriptionID string, f plan.Feature, p billing.Period) (int64, error) {
	n, err := s.read().Told(ctx, db.ToldParams{
		SubscriptionID: subscriptionID, Feature: string(f), Since: millis(p.Start), Until: millis(p.End),
	})
	return n, failed("add up meter events", err)
}

// AddCorrection is described by billing.Store.
func (s *Store) AddCorrection(ctx context.Context, m billing.MeterEvent) error {
	return failed("store correction", s.one(ctx, func(q *db.Queries) error {
		return q.AddCorrection(ctx, db.AddCorrectionParams{
			ID: m.ID, UserID: m.UserID, CustomerID: m.CustomerID, SubscriptionID: m.SubscriptionID, Feature: string(m.Feature),
			Quantity: m.Quantity, HappenedAt: millis(m.At), Now: millis(s.now()),
		})
	}))
}

// MeteredDays is described by billing.Store.
func (s *Store) MeteredDays(ctx context.Context, customerID string, f plan.Feature, p billing.Period) (map[time.Time]int64, error) {
	rows, err := s.read().MeteredDays(ctx, db.MeteredDaysParams{
		CustomerID: customerID, Feature: string(f), Since: millis(p.Start), Until: millis(p.End),
	})
	if err != nil {
		return nil, fmt.Errorf("add up meter events: %w", err)
	}
	days := map[time.Time]int64{}
	for _, r := range rows {
		days[midnight(r.Day)] = r.Quantity
	}
	return days, nil
}

// midnight is when a day begins that is counted since 1970, UTC.
func midnight(day int64) time.Time { return time.Unix(day*24*60*60, 0).UTC() }

func meterEventOf(r db.MeterEvent) billing.MeterEvent {
	return billing.MeterEvent{
		ID: r.ID, UserID: r.UserID, CustomerID: r.CustomerID, SubscriptionID: r.SubscriptionID, Feature: plan.Feature(r.Feature),
		Quantity: r.Quantity, At: at(r.HappenedAt), State: billing.MeterState(r.State), Error: r.Error,
		SentAt: optAt(r.SentAt), CreatedAt: at(r.CreatedAt),
	}
}
