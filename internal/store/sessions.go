package store

import (
	"context"
	"errors"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store/db"
)

// AddSession is described by account.Store.
func (s *Store) AddSession(ctx context.Context, sess account.Session, r account.Rehash, refund []string, e account.Event) error {
	err := s.batch(ctx, func(b *batch) error {
		err := b.AddSession(ctx, db.AddSessionParams{
			ID: sess.ID, UserID: sess.User.ID, JwtVersion: sess.User.JWTVersion,
			ExpiresAt: millis(sess.ExpiresAt), Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if r.Fresh != "" {
			err := b.RehashUser(ctx, db.RehashUserParams{ID: sess.User.ID, Old: r.Old, Fresh: r.Fresh, Now: b.now})
			if err != nil {
				return err
			}
		}
		for _, key := range refund {
			if err := b.ForgetTries(ctx, key); err != nil {
				return err
			}
		}
		return b.close(ctx, e)
	})
	if errors.Is(err, errGuard) {
		return account.ErrInvalidCredentials
	}
	return failed("store session", err)
}

// Session returns a session and its user.
func (s *Store) Session(ctx context.Context, id string) (account.Session, error) {
	row, err := s.read().SessionByID(ctx, id)
	return account.Session{
		ID: row.Session.ID, ExpiresAt: at(row.Session.ExpiresAt), RevokedAt: optAt(row.Session.RevokedAt),
		User: userOf(row.User),
	}, found(err, "read session")
}

// EndSession is described by account.Store. A session that has ended stays as it
// is, and nothing is noted.
func (s *Store) EndSession(ctx context.Context, sess account.Session, e account.Event) error {
	_, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		if err := b.EndSession(ctx, db.EndSessionParams{ID: sess.ID, Now: &b.now}); err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.close(ctx, e)
	}))
	return failed("end session", err)
}

// EndSessions is described by account.Store.
func (s *Store) EndSessions(ctx context.Context, userID string, e account.Event) error {
	return failed("end sessions", s.batch(ctx, func(b *batch) error {
		if err := b.RaiseVersion(ctx, db.RaiseVersionParams{ID: userID, Now: b.now}); err != nil {
			return err
		}
		if err := b.EndSessionsOf(ctx, db.EndSessionsOfParams{UserID: userID, Now: &b.now}); err != nil {
			return err
		}
		return b.close(ctx, e)
	}))
}
