package store

import (
	"context"
	"encoding/json"
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store/db"
)

// ListEvents returns the newest events about a user, newest first; for "" those
// that are about nobody.
func (s *Store) ListEvents(ctx context.Context, userID string, limit int) ([]account.Event, error) {
	rows, err := s.read().ListEvents(ctx, db.ListEventsParams{UserID: opt(userID), Most: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	events := make([]account.Event, len(rows))
	for i, r := range rows {
		events[i] = account.Event{
			ID: r.ID, UserID: str(r.UserID), Actor: r.Actor, Action: r.Action, Address: r.Address, At: at(r.CreatedAt),
		}
		if err := json.Unmarshal([]byte(r.Detail), &events[i].Detail); err != nil {
			return nil, fmt.Errorf("read event %s: %w", r.ID, err)
		}
	}
	return events, nil
}

// AddEvent stores an event that stands alone.
func (s *Store) AddEvent(ctx context.Context, e account.Event) error {
	return s.batch(ctx, func(b *batch) error { return b.audit(ctx, e) })
}

// audit stores an event with the batch.
func (b *batch) audit(ctx context.Context, e account.Event) error {
	detail, err := detailOf(e)
	if err != nil {
		return err
	}
	return b.AddEvent(ctx, db.AddEventParams{
		ID: e.ID, UserID: opt(e.UserID), Actor: e.Actor, Action: e.Action, Detail: detail,
		Address: e.Address, CreatedAt: millis(e.At),
	})
}

// close ends a batch with what stands with every change: the event that says what
// happened, and the jobs that follow from it.
func (b *batch) close(ctx context.Context, e account.Event, js ...jobs.Job) error {
	if err := b.audit(ctx, e); err != nil {
		return err
	}
	return b.enqueue(ctx, js...)
}

// change runs a statement with the event that says so and the jobs that follow from
// it. It returns false if the statement changed nothing: then nothing is stored.
func (s *Store) change(ctx context.Context, statement func(*batch) error, e account.Event, js ...jobs.Job) (bool, error) {
	return unlessGuarded(s.batch(ctx, func(b *batch) error {
		if err := statement(b); err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.close(ctx, e, js...)
	}))
}

// closeFor is close for an event about whoever has an address. The job is stored
// even if nobody has it.
func (b *batch) closeFor(ctx context.Context, email string, e account.Event, js ...jobs.Job) error {
	detail, err := detailOf(e)
	if err != nil {
		return err
	}
	err = b.AddEventFor(ctx, db.AddEventForParams{
		ID: e.ID, Actor: e.Actor, Action: e.Action, Detail: detail, Address: e.Address,
		CreatedAt: millis(e.At), Email: email,
	})
	if err != nil {
		return err
	}
	return b.enqueue(ctx, js...)
}

func detailOf(e account.Event) (string, error) {
	if e.Detail == nil {
		return "{}", nil
	}
	raw, err := json.Marshal(e.Detail)
	if err != nil {
		return "", fmt.Errorf("write event %s: %w", e.Action, err)
	}
	return string(raw), nil
}
