package store

import (
	"context"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store/db"
)

// Disable is described by account.Store.
func (s *Store) Disable(ctx context.Context, userID, reason string, e account.Event) error {
	_, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		if err := b.DisableUser(ctx, db.DisableUserParams{ID: userID, Reason: reason, Now: &b.now}); err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.endAll(ctx, userID); err != nil {
			return err
		}
		return b.close(ctx, e)
	}))
	return failed("disable user", err)
}

// Enable is described by account.Store.
func (s *Store) Enable(ctx context.Context, userID string, e account.Event, js ...jobs.Job) error {
	_, err := s.change(ctx, func(b *batch) error {
		return b.EnableUser(ctx, db.EnableUserParams{ID: userID, Now: b.now})
	}, e, js...)
	return failed("enable user", err)
}

// SetOperator is described by account.Store.
func (s *Store) SetOperator(ctx context.Context, userID string, on bool, e account.Event) error {
	_, err := s.change(ctx, func(b *batch) error {
		return b.SetOperator(ctx, db.SetOperatorParams{ID: userID, Operator: flag(on), Now: b.now})
	}, e)
	return failed("set operator", err)
}

// endAll ends every session, mailed link and change of address of a user.
func (b *batch) endAll(ctx context.Context, userID string) error {
	if err := b.useAllTokensOf(ctx, userID); err != nil {
		return err
	}
	if err := b.DropMovesOf(ctx, userID); err != nil {
		return err
	}
	return b.endSessionsOf(ctx, userID)
}
