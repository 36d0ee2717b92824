package store

import (
	"context"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/once"
	"xswarm.ai/server/internal/store/db"
)

// ClaimAnswer is described by once.Store.
func (s *Store) ClaimAnswer(ctx context.Context, c once.Claim, now time.Time) (bool, error) {
	err := s.one(ctx, func(q *db.Queries) error {
		_, err := q.ClaimAnswer(ctx, db.ClaimAnswerParams{
			ID: c.ID, UserID: c.UserID, Digest: c.Digest,
			LeaseUntil: millis(c.Until), ExpiresAt: millis(c.Expires), Now: millis(now),
		})
		return err
	})
	if err = found(err, "claim answer"); fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Answer is described by once.Store.
func (s *Store) Answer(ctx context.Context, id string) (once.Kept, error) {
	row, err := s.read().AnswerByID(ctx, id)
	k := once.Kept{Digest: row.Digest}
	if row.Status != nil {
		k.Answer = &once.Answer{Status: int(*row.Status), Body: row.Body}
	}
	return k, found(err, "read answer")
}

// KeepAnswer is described by once.Store.
func (s *Store) KeepAnswer(ctx context.Context, c once.Claim, a once.Answer) error {
	status := int64(a.Status)
	return failed("keep answer", s.one(ctx, func(q *db.Queries) error {
		return q.KeepAnswer(ctx, db.KeepAnswerParams{
			ID: c.ID, LeaseUntil: millis(c.Until), Status: &status, Body: a.Body, Now: millis(s.now()),
		})
	}))
}

// DropClaim is described by once.Store.
func (s *Store) DropClaim(ctx context.Context, c once.Claim) error {
	return failed("drop claim", s.one(ctx, func(q *db.Queries) error {
		return q.DropClaim(ctx, db.DropClaimParams{ID: c.ID, LeaseUntil: millis(c.Until)})
	}))
}
