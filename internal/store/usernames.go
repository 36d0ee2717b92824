package store

import (
	"context"
	"errors"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store/db"
)

// UsernameFree is described by account.Store.
func (s *Store) UsernameFree(ctx context.Context, username, userID string, now time.Time) (bool, error) {
	taken, err := s.read().UsernameTaken(ctx, db.UsernameTakenParams{Username: &username, UserID: userID, Now: millis(now)})
	return err == nil && taken == 0, failed("look up username", err)
}

// ChangeUsername is described by account.Store.
func (s *Store) ChangeUsername(ctx context.Context, u account.User, username string, until time.Time, e account.Event) error {
	err := s.batch(ctx, func(b *batch) error {
		err := b.RenameUser(ctx, db.RenameUserParams{ID: u.ID, Before: u.Username, Username: &username, Now: b.now})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.takeName(ctx, username, u.ID); err != nil {
			return err
		}
		if u.Username != "" {
			err := b.KeepFormer(ctx, db.KeepFormerParams{
				Username: u.Username, UserID: u.ID, Until: millis(until), Now: b.now,
			})
			if err != nil {
				return err
			}
		}
		return b.close(ctx, e)
	})
	if errors.Is(err, errGuard) {
		return account.ErrUnauthenticated // they have another name since
	}
	return named("change username", err)
}

// takeName aborts the batch if a name is kept for somebody else, and otherwise
// ends its being kept.
func (b *batch) takeName(ctx context.Context, username, userID string) error {
	if username == "" {
		return nil
	}
	err := b.RefuseFormer(ctx, db.RefuseFormerParams{Username: username, UserID: userID, Now: b.now})
	if err != nil {
		return err
	}
	return b.ReleaseFormer(ctx, username)
}

// named turns what stops a name from being taken into the account's words.
func named(doing string, err error) error {
	if isUnique(err, "users.username") || isUnique(err, "former_usernames.username") {
		return account.ErrUsernameTaken
	}
	return failed(doing, err)
}
