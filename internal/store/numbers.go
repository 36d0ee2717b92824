package store

import (
	"context"
	"fmt"

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

// Number returns a number by its id.
func (s *Store) Number(ctx context.Context, id string) (phone.Number, error) {
	row, err := s.read().GetNumber(ctx, id)
	if err != nil {
		return phone.Number{}, found(err, "read number")
	}
	return numberOf(row), nil
}

// FindNumber returns a number by how it is dialled.
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

func numberOf(r db.PhoneNumber) phone.Number {
	return phone.Number{
		ID: r.ID, UserID: r.UserID, Number: r.Number, ProviderSID: str(r.ProviderSid), Kind: r.Kind,
		SMS: phone.SMSState(r.SmsState), CreatedAt: at(r.CreatedAt),
	}
}
