package account

import (
	"context"

	"xswarm.ai/server/internal/jobs"
)

// ForgotPassword has a link to choose a new password mailed to whoever has the
// address. For an unknown one the same is written and nothing is mailed.
func (s *Service) ForgotPassword(ctx context.Context, email, client string) error {
	email, err := NormaliseEmail(email)
	if err != nil {
		return err
	}
	if err := s.allow(ctx, actForgot, client, email); err != nil {
		return err
	}
	t := s.newToken(ForReset, resetTime)
	e := s.event("", ActorUser, "account.reset_asked", client, map[string]any{"token_id": t.ID})
	return s.store.AddReset(ctx, email, t, e, s.letter(KindReset, t))
}

// ResetPassword sets a new password with the token that was mailed. It ends every
// session and every other token, and confirms the address, which the token has
// just proven.
func (s *Service) ResetPassword(ctx context.Context, token, password, client string) (User, error) {
	// Before the token is looked at: who mistypes keeps it.
	if err := s.CheckPassword(password); err != nil {
		return User{}, err
	}
	if err := s.allow(ctx, actReset, client, ""); err != nil {
		return User{}, err
	}
	t, err := s.open(ctx, ForReset, token)
	if err != nil {
		return User{}, err
	}
	if err := s.CheckPassword(password, t.User.Email, t.User.Name, t.User.Username); err != nil {
		return User{}, err
	}
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	e := s.event(t.User.ID, ActorUser, "account.password_reset", client, map[string]any{"token_id": t.ID})
	j := jobs.New(KindPasswordChanged, userPayload{UserID: t.User.ID}, s.now(), jobs.Key("password_changed:"+t.ID))
	err = s.named(t.User, func(username string) error {
		return s.store.ResetPassword(ctx, t, hash, username, e, j)
	})
	if err != nil {
		return User{}, err
	}
	return s.User(ctx, t.User.ID)
}
