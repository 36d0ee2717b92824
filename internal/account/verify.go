package account

import (
	"context"
	"errors"
	"fmt"
)

// VerifyEmail confirms an address with the token that was mailed to it. What the
// token's attempt said, the password first of all, is what counts from now on;
// the tokens of other attempts are worth nothing any more.
func (s *Service) VerifyEmail(ctx context.Context, token string) (User, error) {
	t, err := s.open(ctx, ForVerify, token)
	if err != nil {
		return User{}, err
	}
	e := s.event(t.User.ID, ActorUser, "account.verified", "", map[string]any{"token_id": t.ID})
	err = s.named(t.User, func(username string) error {
		return s.store.VerifyUser(ctx, t, username, e)
	})
	if err != nil {
		return User{}, err
	}
	return s.User(ctx, t.User.ID)
}

// named calls f with one username after the other until one is free. For a user
// who has one the store keeps that, and the first will do.
func (s *Service) named(u User, f func(username string) error) error {
	for name := range usernames(u.Email) {
		err := f(name)
		if !errors.Is(err, ErrUsernameTaken) {
			return err
		}
	}
	return fmt.Errorf("no username is free for user %s", u.ID)
}
