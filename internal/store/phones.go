package store

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/store/db"
)

var _ phone.Store = (*Store)(nil)

// Phones is described by phone.Store.
func (s *Store) Phones(ctx context.Context, userID string) ([]phone.Phone, error) {
	rows, err := s.read().ListPhones(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list phones: %w", err)
	}
	list := make([]phone.Phone, len(rows))
	for i, r := range rows {
		list[i] = phoneOf(r)
	}
	return list, nil
}

// Phone returns a phone.
func (s *Store) Phone(ctx context.Context, id string) (phone.Phone, error) {
	row, err := s.read().GetPhone(ctx, id)
	if err != nil {
		return phone.Phone{}, found(err, "read phone")
	}
	return phoneOf(row), nil
}

// SavePhone is described by phone.Store.
func (s *Store) SavePhone(ctx context.Context, p phone.Phone, most int, code phone.Text, send jobs.Job) (bool, error) {
	return unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.SavePhone(ctx, db.SavePhoneParams{
			ID: p.ID, UserID: p.UserID, Number: p.Number, CodeNonce: p.CodeNonce,
			CodeExpiresAt: millis(p.CodeExpiresAt), Now: b.now, Most: int64(most),
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.insertOutbound(ctx, &code); err != nil {
			return err
		}
		return b.enqueue(ctx, send)
	}))
}

// TryCode is described by phone.Store.
func (s *Store) TryCode(ctx context.Context, userID, phoneID string, most int) (phone.Phone, error) {
	var row db.Phone
	err := s.one(ctx, func(q *db.Queries) (err error) {
		now := millis(s.now())
		row, err = q.TryCode(ctx, db.TryCodeParams{Now: now, ID: phoneID, UserID: userID, Most: int64(most)})
		return err
	})
	if err != nil {
		return phone.Phone{}, found(err, "count a try")
	}
	return phoneOf(row), nil
}

// ProvePhone is described by phone.Store.
func (s *Store) ProvePhone(ctx context.Context, p phone.Phone) (phone.Phone, error) {
	proven := s.now()
	ok, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.DropOtherProofs(ctx, db.DropOtherProofsParams{Now: b.now, Number: p.Number, UserID: p.UserID})
		if err != nil {
			return err
		}
		err = b.ProvePhone(ctx, db.ProvePhoneParams{Now: &b.now, ID: p.ID, UserID: p.UserID, CodeNonce: &p.CodeNonce})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.note(ctx, p.UserID, account.ActorUser, "phone.proven", p.ID)
	}))
	if err != nil {
		return phone.Phone{}, err
	}
	if !ok {
		return phone.Phone{}, fault.ErrNotFound
	}
	p.VerifiedAt, p.CodeNonce, p.CodeExpiresAt, p.CodeAttempts = at(millis(proven)), "", optAt(nil), 0
	return p, nil
}

// RemovePhone is described by phone.Store.
func (s *Store) RemovePhone(ctx context.Context, userID, phoneID string) error {
	ok, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		if err := b.DeletePhone(ctx, db.DeletePhoneParams{ID: phoneID, UserID: userID}); err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.note(ctx, userID, account.ActorUser, "phone.removed", phoneID)
	}))
	if err == nil && !ok {
		return fault.ErrNotFound
	}
	return err
}

// note stores that something was done with a phone or a number of a user.
func (b *batch) note(ctx context.Context, userID, actor, action, about string) error {
	when := at(b.now)
	return b.audit(ctx, account.Event{
		ID: id.New(id.Audit, when), UserID: userID, Actor: actor, Action: action,
		Detail: map[string]any{"id": about}, At: when,
	})
}

func phoneOf(r db.Phone) phone.Phone {
	return phone.Phone{
		ID: r.ID, UserID: r.UserID, Number: r.Number, VerifiedAt: optAt(r.VerifiedAt), CreatedAt: at(r.CreatedAt),
		CodeNonce: str(r.CodeNonce), CodeExpiresAt: optAt(r.CodeExpiresAt), CodeAttempts: int(r.CodeAttempts),
	}
}
