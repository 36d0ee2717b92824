package api

import (
	"context"
	"time"

	"xswarm.ai/server/internal/account"
)

type changePasswordInput struct {
	Body struct {
		Current string `json:"current_password" maxLength:"1024"`
		New     string `json:"new_password" minLength:"10" maxLength:"1024" doc:"Not your address or name, and not easily guessed."`
	}
}

func (a *api) changePassword(ctx context.Context, in *changePasswordInput) (*loginOutput, error) {
	s, err := a.Accounts.ChangePassword(ctx, session(ctx), account.PasswordChange{
		Current: in.Body.Current, New: in.Body.New, Client: a.client(ctx), Device: a.device(ctx),
	})
	if err != nil {
		return nil, err
	}
	return a.loginAnswer(s), nil
}

type changeEmailInput struct {
	Body struct {
		Email    string `json:"email" maxLength:"254" doc:"The new address." example:"ada@example.org"`
		Password string `json:"password" maxLength:"1024" doc:"Your password."`
	}
}

func (a *api) changeEmail(ctx context.Context, in *changeEmailInput) (*emptyObject, error) {
	return &emptyObject{}, a.Accounts.ChangeEmail(ctx, session(ctx), account.EmailChange{
		Email: in.Body.Email, Password: in.Body.Password, Client: a.client(ctx),
	})
}

// EmailChange is a change of address that waits for its confirmations.
type EmailChange struct {
	Email        string    `json:"email" doc:"The new address."`
	ConfirmedOld bool      `json:"confirmed_old" doc:"The link that was mailed to the old address was used."`
	ConfirmedNew bool      `json:"confirmed_new" doc:"The link that was mailed to the new address was used."`
	ExpiresAt    time.Time `json:"expires_at"`
}

func emailChangeOf(p account.EmailPending) EmailChange {
	return EmailChange{Email: p.Email, ConfirmedOld: p.ConfirmedOld, ConfirmedNew: p.ConfirmedNew, ExpiresAt: p.ExpiresAt}
}

type pendingEmailOutput struct{ Body EmailChange }

func (a *api) pendingEmail(ctx context.Context, _ *Empty) (*pendingEmailOutput, error) {
	p, err := a.Accounts.PendingEmail(ctx, user(ctx).ID)
	if err != nil {
		return nil, err
	}
	return &pendingEmailOutput{emailChangeOf(p)}, nil
}

func (a *api) dropEmailChange(ctx context.Context, _ *Empty) (*Empty, error) {
	return nil, a.Accounts.DropEmailChange(ctx, session(ctx))
}

type confirmEmailOutput struct {
	Body struct {
		EmailChange
		Done bool `json:"done" doc:"Both links were used: the new address counts from now on."`
	}
}

func (a *api) confirmEmailChange(ctx context.Context, in *tokenInput) (*confirmEmailOutput, error) {
	p, done, err := a.Accounts.ConfirmEmailChange(ctx, in.Body.Token, a.client(ctx))
	if err != nil {
		return nil, err
	}
	out := &confirmEmailOutput{}
	out.Body.EmailChange, out.Body.Done = emailChangeOf(p), done
	return out, nil
}

func (a *api) cancelEmailChange(ctx context.Context, in *tokenInput) (*Empty, error) {
	return nil, a.Accounts.CancelEmailChange(ctx, in.Body.Token, a.client(ctx))
}

type changeUsernameInput struct {
	Body struct {
		Username string `json:"username" maxLength:"64" example:"ada"`
	}
}

func (a *api) changeUsername(ctx context.Context, in *changeUsernameInput) (*userBody, error) {
	u, err := a.Accounts.ChangeUsername(ctx, session(ctx), in.Body.Username, a.client(ctx))
	if err != nil {
		return nil, err
	}
	return a.userAnswer(u), nil
}
