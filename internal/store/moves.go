package store

import (
	"context"
	"errors"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store/db"
)

// AddMove is described by account.Store.
func (s *Store) AddMove(ctx context.Context, m account.Move, refund []string, e account.Event, js ...jobs.Job) error {
	err := s.batch(ctx, func(b *batch) error {
		if err := b.DropMovesOf(ctx, m.User.ID); err != nil {
			return err
		}
		err := b.AddMove(ctx, db.AddMoveParams{
			ID: m.ID, UserID: m.User.ID, OldEmail: m.Old, JwtVersion: m.User.JWTVersion, NewEmail: m.New,
			OldHash: m.OldHash, NewHash: m.NewHash, CancelHash: m.CancelHash, ExpiresAt: millis(m.ExpiresAt), Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.forgetTries(ctx, refund); err != nil {
			return err
		}
		return b.close(ctx, e, js...)
	})
	if errors.Is(err, errGuard) {
		return account.ErrUnauthenticated
	}
	return failed("store change of address", err)
}

// Move returns the change of address with an id, and its user.
func (s *Store) Move(ctx context.Context, id string) (account.Move, error) {
	row, err := s.read().MoveByID(ctx, id)
	return moveOf(row.EmailChange, row.User), found(err, "read change of address")
}

// MoveByHash is described by account.Store.
func (s *Store) MoveByHash(ctx context.Context, hash string) (account.Move, error) {
	row, err := s.read().MoveByHash(ctx, hash)
	return moveOf(row.EmailChange, row.User), found(err, "read change of address")
}

// PendingMove is described by account.Store.
func (s *Store) PendingMove(ctx context.Context, userID string) (account.Move, error) {
	row, err := s.read().PendingMove(ctx, userID)
	return moveOf(row.EmailChange, row.User), found(err, "read change of address")
}

// AgreeMove is described by account.Store.
func (s *Store) AgreeMove(ctx context.Context, m account.Move, side account.Side, e account.Event) (bool, error) {
	ok, err := s.change(ctx, func(b *batch) error {
		if side == account.OldSide {
			return b.AgreeOld(ctx, db.AgreeOldParams{ID: m.ID, Now: b.now})
		}
		return b.AgreeNew(ctx, db.AgreeNewParams{ID: m.ID, Now: b.now})
	}, e)
	return ok, failed("agree to change of address", err)
}

// CompleteMove is described by account.Store.
func (s *Store) CompleteMove(ctx context.Context, m account.Move, e account.Event, js ...jobs.Job) (bool, error) {
	ok, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		if err := b.CompleteMove(ctx, db.CompleteMoveParams{ID: m.ID, Now: &b.now}); err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.MakeWay(ctx, m.New); err != nil {
			return err
		}
		err := b.MoveUser(ctx, db.MoveUserParams{ID: m.User.ID, OldEmail: m.Old, NewEmail: m.New, Now: b.now})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.useAllTokensOf(ctx, m.User.ID); err != nil {
			return err
		}
		return b.close(ctx, e, js...)
	}))
	if isUnique(err, "users.email") {
		return false, account.ErrEmailTaken
	}
	return ok, failed("change address", err)
}

// DropMove is described by account.Store.
func (s *Store) DropMove(ctx context.Context, id string, e account.Event) (bool, error) {
	ok, err := s.change(ctx, func(b *batch) error { return b.DropMove(ctx, id) }, e)
	return ok, failed("drop change of address", err)
}

func moveOf(m db.EmailChange, u db.User) account.Move {
	return account.Move{
		ID: m.ID, Old: m.OldEmail, New: m.NewEmail, OldHash: m.OldHash, NewHash: m.NewHash, CancelHash: m.CancelHash,
		AgreedOld: optAt(m.OldConfirmedAt), AgreedNew: optAt(m.NewConfirmedAt), FinishedAt: optAt(m.CompletedAt),
		ExpiresAt: at(m.ExpiresAt), User: userOf(u),
	}
}
