package store

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/store/db"
)

// Numbers is described by phone.Store.
func (s *Store) Numbers(ctx context.Context, userID string) ([]phone.Number, error) {
	rows, err := s.read().ListNumbers(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list numbers: %w", err)
	}
	list := make([]phone.Number, len(rows))
	for i, r := range rows {
		list[i] = numberOf(r)
	}
	return list, nil
}

// Number is described by phone.Store.
func (s *Store) Number(ctx context.Context, id string) (phone.Number, error) {
	row, err := s.read().GetNumber(ctx, id)
	if err != nil {
		return phone.Number{}, found(err, "read number")
	}
	return numberOf(row), nil
}

// FindNumber is described by phone.Store.
func (s *Store) FindNumber(ctx context.Context, number string) (phone.Number, error) {
	row, err := s.read().FindNumber(ctx, number)
	if err != nil {
		return phone.Number{}, found(err, "find number")
	}
	return numberOf(row), nil
}

// SaveNumber is described by phone.Store.
func (s *Store) SaveNumber(ctx context.Context, n phone.Number, actor string, js ...jobs.Job) (phone.Number, error) {
	ok, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.SaveNumber(ctx, db.SaveNumberParams{
			ID: n.ID, UserID: n.UserID, Number: n.Number, ProviderSid: opt(n.ProviderSID), Kind: n.Kind,
			SmsState: string(n.SMS), CreatedAt: millis(n.CreatedAt), UpdatedAt: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.note(ctx, n.UserID, actor, "number.assigned", n.ID); err != nil {
			return err
		}
		return b.enqueue(ctx, js...)
	}))
	if err != nil {
		return phone.Number{}, err
	}
	if !ok {
		return phone.Number{}, phone.ErrNumberTaken
	}
	return s.FindNumber(ctx, n.Number)
}

// SetNumberSMS is described by phone.Store.
func (s *Store) SetNumberSMS(ctx context.Context, id string, state phone.SMSState) error {
	return s.one(ctx, func(q *db.Queries) error {
		return q.SetNumberSMS(ctx, db.SetNumberSMSParams{SmsState: string(state), Now: millis(s.now()), ID: id})
	})
}

// ReleaseNumber is described by phone.Store.
func (s *Store) ReleaseNumber(ctx context.Context, userID, numberID string, js ...jobs.Job) error {
	ok, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		if err := b.ReleaseNumber(ctx, db.ReleaseNumberParams{Now: &b.now, ID: numberID, UserID: userID}); err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.note(ctx, userID, account.ActorUser, "number.released", numberID); err != nil {
			return err
		}
		return b.enqueue(ctx, js...)
	}))
	if err == nil && !ok {
		return fault.ErrNotFound
	}
	return err
}

// DeleteNumber is described by phone.Store.
func (s *Store) DeleteNumber(ctx context.Context, id string) error {
	return s.one(ctx, func(q *db.Queries) error { return q.DeleteNumber(ctx, id) })
}

// KnownNumbers is described by phone.Store.
func (s *Store) KnownNumbers(ctx context.Context, numbers []string) (map[string]bool, error) {
	known := map[string]bool{}
	if len(numbers) == 0 {
		return known, nil
	}
	rows, err := s.read().KnownNumbers(ctx, numbers)
	if err != nil {
		return nil, fmt.Errorf("read known numbers: %w", err)
	}
	for _, number := range rows {
		known[number] = true
	}
	return known, nil
}

func numberOf(r db.PhoneNumber) phone.Number {
	return phone.Number{
		ID: r.ID, UserID: r.UserID, Number: r.Number, ProviderSID: str(r.ProviderSid), Kind: r.Kind,
		SMS: phone.SMSState(r.SmsState), CreatedAt: at(r.CreatedAt), ReleasedAt: optAt(r.ReleasedAt),
	}
}
