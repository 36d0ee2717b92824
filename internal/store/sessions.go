package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store/db"
)

// mostSessions is how many sessions are listed.
const mostSessions = 200

// UserAtSignIn is described by account.Store.
func (s *Store) UserAtSignIn(ctx context.Context, email, deviceHash string, places []string) (account.User, account.Seen, error) {
	var place [2]string
	copy(place[:], places)
	row, err := s.read().UserAtSignIn(ctx, db.UserAtSignInParams{
		Email: email, TokenHash: deviceHash, Place1: place[0], Place2: place[1],
	})
	if err != nil {
		return account.User{}, account.Seen{}, found(err, "read user")
	}
	return userOf(row.User), account.Seen{Any: row.HasDevices == 1, ByToken: row.ByToken, ByPlace: row.ByPlace}, nil
}

// AddSession is described by account.Store.
func (s *Store) AddSession(ctx context.Context, in account.SignIn) error {
	err := s.batch(ctx, func(b *batch) error {
		if err := b.addSession(ctx, in); err != nil {
			return err
		}
		if in.Rehash.Fresh != "" {
			err := b.RehashUser(ctx, db.RehashUserParams{
				ID: in.Session.User.ID, Old: in.Rehash.Old, Fresh: in.Rehash.Fresh, Now: b.now,
			})
			if err != nil {
				return err
			}
		}
		return b.close(ctx, in.Event, in.Jobs...)
	})
	if errors.Is(err, errGuard) {
		return account.ErrInvalidCredentials
	}
	return failed("store session", err)
}

// addSession stores a session and its device, or aborts the batch if the user is
// no longer as in the session.
func (b *batch) addSession(ctx context.Context, in account.SignIn) error {
	sess, d := in.Session, in.Device
	err := b.AddSession(ctx, db.AddSessionParams{
		ID: sess.ID, UserID: sess.User.ID, JwtVersion: sess.User.JWTVersion, Device: sess.Device,
		ExpiresAt: millis(sess.ExpiresAt), Now: b.now,
	})
	if err != nil {
		return err
	}
	if err := b.guard(ctx); err != nil {
		return err
	}
	if d.Known {
		err = b.TouchDevice(ctx, db.TouchDeviceParams{ID: d.ID, TokenHash: d.Hash, Now: b.now})
	} else {
		err = b.AddDevice(ctx, db.AddDeviceParams{
			ID: d.ID, UserID: sess.User.ID, Place: d.Place, TokenHash: d.Hash, Now: b.now,
		})
	}
	if err != nil {
		return err
	}
	return b.forgetTries(ctx, in.Refund)
}

// forgetTries gives back the tries that were counted for keys.
func (b *batch) forgetTries(ctx context.Context, keys []string) error {
	for _, key := range keys {
		if err := b.ForgetTries(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// Session returns a session and its user.
func (s *Store) Session(ctx context.Context, id string) (account.Session, error) {
	row, err := s.read().SessionByID(ctx, id)
	return sessionOf(row.Session, row.User), found(err, "read session")
}

// Sessions is described by account.Store.
func (s *Store) Sessions(ctx context.Context, userID string, now time.Time) ([]account.Session, error) {
	rows, err := s.read().ListSessions(ctx, db.ListSessionsParams{UserID: userID, Now: millis(now), Most: mostSessions})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	list := make([]account.Session, len(rows))
	for i, r := range rows {
		list[i] = sessionOf(r.Session, r.User)
	}
	return list, nil
}

// TouchSession is described by account.Store.
func (s *Store) TouchSession(ctx context.Context, id string, now time.Time) error {
	return failed("touch session", s.one(ctx, func(q *db.Queries) error {
		return q.TouchSession(ctx, db.TouchSessionParams{ID: id, Now: millis(now)})
	}))
}

// EndSession is described by account.Store. A session that has ended stays as it
// is, and nothing is noted.
func (s *Store) EndSession(ctx context.Context, userID, id string, e account.Event) (bool, error) {
	ended, err := s.change(ctx, func(b *batch) error {
		return b.EndSession(ctx, db.EndSessionParams{ID: id, UserID: userID, Now: &b.now})
	}, e)
	return ended, failed("end session", err)
}

// EndSessions is described by account.Store.
func (s *Store) EndSessions(ctx context.Context, userID string, e account.Event) error {
	return failed("end sessions", s.batch(ctx, func(b *batch) error {
		if err := b.RaiseVersion(ctx, db.RaiseVersionParams{ID: userID, Now: b.now}); err != nil {
			return err
		}
		if err := b.endSessionsOf(ctx, userID); err != nil {
			return err
		}
		return b.close(ctx, e)
	}))
}

// EndOtherSessions is described by account.Store.
func (s *Store) EndOtherSessions(ctx context.Context, userID, but string, e account.Event) error {
	return failed("end other sessions", s.batch(ctx, func(b *batch) error {
		if err := b.EndOtherSessionsOf(ctx, db.EndOtherSessionsOfParams{UserID: userID, But: but, Now: &b.now}); err != nil {
			return err
		}
		return b.close(ctx, e)
	}))
}

func (b *batch) endSessionsOf(ctx context.Context, userID string) error {
	return b.EndSessionsOf(ctx, db.EndSessionsOfParams{UserID: userID, Now: &b.now})
}

func sessionOf(s db.Session, u db.User) account.Session {
	return account.Session{
		ID: s.ID, Device: s.Device, CreatedAt: at(s.CreatedAt), LastUsedAt: at(s.LastUsedAt),
		ExpiresAt: at(s.ExpiresAt), RevokedAt: optAt(s.RevokedAt), User: userOf(u),
	}
}
