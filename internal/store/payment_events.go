package store

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store/db"
)

// AddPaymentEvent is described by billing.Store.
func (s *Store) AddPaymentEvent(ctx context.Context, e billing.Event, j jobs.Job) (bool, error) {
	if e.State == "" {
		e.State = billing.EventReceived
	}
	ok, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.AddPaymentEvent(ctx, db.AddPaymentEventParams{
			ID: e.ID, Kind: e.Kind, ObjectID: e.ObjectID, CustomerID: e.CustomerID, HappenedAt: millis(e.HappenedAt),
			Body: e.Body, State: string(e.State), Note: e.Note, Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.enqueue(ctx, j)
	}))
	return ok, failed("store payment event", err)
}

// PaymentEvent is described by billing.Store.
func (s *Store) PaymentEvent(ctx context.Context, id string) (billing.Event, error) {
	row, err := s.read().PaymentEvent(ctx, id)
	return paymentEventOf(row), found(err, "read payment event")
}

// PaymentEvents is described by billing.Store.
func (s *Store) PaymentEvents(ctx context.Context, before string, state billing.EventState, limit int) ([]billing.Event, error) {
	var rows []db.PaymentEvent
	var err error
	if state == "" {
		rows, err = s.read().ListPaymentEvents(ctx, db.ListPaymentEventsParams{Before: before, Most: int64(limit)})
	} else {
		rows, err = s.read().ListPaymentEventsIn(ctx, db.ListPaymentEventsInParams{
			State: string(state), Before: before, Most: int64(limit),
		})
	}
	if err != nil {
		return nil, fmt.Errorf("list payment events: %w", err)
	}
	list := make([]billing.Event, len(rows))
	for i, r := range rows {
		list[i] = paymentEventOf(r)
	}
	return list, nil
}

// SettlePaymentEvent is described by billing.Store.
func (s *Store) SettlePaymentEvent(ctx context.Context, id string, state billing.EventState, note string) error {
	return found(s.one(ctx, func(q *db.Queries) error {
		_, err := q.SettlePaymentEvent(ctx, db.SettlePaymentEventParams{ID: id, State: string(state), Note: note, Now: millis(s.now())})
		return err
	}), "settle payment event")
}

// CleanBilling is described by billing.Store. What nobody has acted on yet stays.
func (s *Store) CleanBilling(ctx context.Context, before time.Time) error {
	return failed("clean up billing", s.batch(ctx, func(b *batch) error {
		cutoff := millis(before)
		if err := b.DeletePaymentEvents(ctx, cutoff); err != nil {
			return err
		}
		if err := b.DeleteEndedCheckouts(ctx, cutoff); err != nil {
			return err
		}
		if err := b.DeleteReportedUsage(ctx, cutoff); err != nil {
			return err
		}
		return b.DeleteOldNotices(ctx, millis(before.AddDate(-1, 0, 0)))
	}))
}

func paymentEventOf(r db.PaymentEvent) billing.Event {
	return billing.Event{
		ID: r.ID, Kind: r.Kind, ObjectID: r.ObjectID, CustomerID: r.CustomerID, HappenedAt: at(r.HappenedAt), Body: r.Body,
		State: billing.EventState(r.State), Note: r.Note, AppliedAt: optAt(r.AppliedAt), CreatedAt: at(r.CreatedAt),
	}
}
