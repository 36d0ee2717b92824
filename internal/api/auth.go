package api

import (
	"context"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/plan"
)

// User is an account as its owner sees it.
type User struct {
	ID            string    `json:"id" example:"usr_01jd3kq5v0x6m8"`
	Email         string    `json:"email" format:"email"`
	Name          string    `json:"name"`
	Username      string    `json:"username" doc:"Empty until the address is verified."`
	EmailVerified bool      `json:"email_verified"`
	Tier          plan.Tier `json:"subscription_tier" enum:"ai_buddy,ai_secretary,ai_project_manager,ai_cto" doc:"The tier in effect now."`
	TimeZone      string    `json:"time_zone" doc:"An IANA name." example:"America/New_York"`
	Operator      bool      `json:"operator" doc:"May look after the service."`
	CreatedAt     time.Time `json:"created_at"`
}

func (a *api) userOf(u account.User) User {
	return User{
		ID: u.ID, Email: u.Email, Name: u.Name, Username: u.Username, EmailVerified: u.EmailVerified,
		Tier: u.Entitlement(a.Now()).Tier, TimeZone: u.TimeZone, Operator: u.Operator, CreatedAt: u.CreatedAt,
	}
}

// Empty is an answer without content, or an empty object.
type Empty struct{}

type emptyObject struct {
	Body struct{}
}

type userBody struct {
	Body struct {
		User User `json:"user"`
	}
}

func (a *api) userAnswer(u account.User) *userBody {
	out := &userBody{}
	out.Body.User = a.userOf(u)
	return out
}

type signUpInput struct {
	Body struct {
		Email         string    `json:"email" maxLength:"254" doc:"Where the verification mail goes." example:"ada@example.com"`
		Password      string    `json:"password" minLength:"10" maxLength:"1024"`
		Name          string    `json:"name,omitempty" maxLength:"100"`
		TimeZone      string    `json:"time_zone,omitempty" maxLength:"64" doc:"An IANA name; UTC if left out." example:"Europe/Berlin"`
		Plan          plan.Tier `json:"plan,omitempty" enum:"ai_buddy,ai_secretary,ai_project_manager,ai_cto" doc:"A wish, shown at the first sign-in; it grants nothing."`
		AcceptedTerms bool      `json:"accepted_terms,omitempty"`
	}
}

type signUpOutput struct {
	Body struct {
		Email        string `json:"email"`
		Verification string `json:"verification" enum:"sent"`
	}
}

func (a *api) signUp(ctx context.Context, in *signUpInput) (*signUpOutput, error) {
	b := in.Body
	err := a.Accounts.SignUp(ctx, account.SignUp{
		Email: b.Email, Password: b.Password, Name: b.Name, TimeZone: b.TimeZone,
		Plan: b.Plan, AcceptedTerms: b.AcceptedTerms, Client: a.client(ctx),
	})
	if err != nil {
		return nil, err
	}
	out := &signUpOutput{}
	out.Body.Email, out.Body.Verification = b.Email, "sent"
	return out, nil
}

type emailInput struct {
	Body struct {
		Email string `json:"email" maxLength:"254" example:"ada@example.com"`
	}
}

func (a *api) resendVerification(ctx context.Context, in *emailInput) (*emptyObject, error) {
	return &emptyObject{}, a.Accounts.ResendVerification(ctx, in.Body.Email, a.client(ctx))
}

func (a *api) forgotPassword(ctx context.Context, in *emailInput) (*emptyObject, error) {
	return &emptyObject{}, a.Accounts.ForgotPassword(ctx, in.Body.Email, a.client(ctx))
}

type tokenInput struct {
	Body struct {
		Token string `json:"token" maxLength:"200" doc:"From the mail's link."`
	}
}

func (a *api) verifyEmail(ctx context.Context, in *tokenInput) (*userBody, error) {
	u, err := a.Accounts.VerifyEmail(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return a.userAnswer(u), nil
}

type loginInput struct {
	Body struct {
		Email    string `json:"email" maxLength:"254" example:"ada@example.com"`
		Password string `json:"password" maxLength:"1024"`
	}
}

type loginOutput struct {
	Body struct {
		Token     string    `json:"token" doc:"A JWT, for the Authorization header."`
		TokenType string    `json:"token_type" enum:"Bearer"`
		ExpiresAt time.Time `json:"expires_at"`
		User      User      `json:"user"`
	}
}

func (a *api) login(ctx context.Context, in *loginInput) (*loginOutput, error) {
	s, err := a.Accounts.Login(ctx, account.Credentials{
		Email: in.Body.Email, Password: in.Body.Password, Client: a.client(ctx), Device: a.device(ctx),
	})
	if err != nil {
		return nil, err
	}
	return a.loginAnswer(s), nil
}

func (a *api) loginAnswer(s account.Session) *loginOutput {
	out := &loginOutput{}
	out.Body.Token, out.Body.TokenType, out.Body.ExpiresAt, out.Body.User = s.Token, "Bearer", s.ExpiresAt, a.userOf(s.User)
	return out
}

type logoutInput struct {
	Body *struct {
		All bool `json:"all,omitempty" doc:"End every session, not only this one."`
	}
}

func (a *api) logout(ctx context.Context, in *logoutInput) (*Empty, error) {
	all := in.Body != nil && in.Body.All
	return nil, a.Accounts.Logout(ctx, session(ctx), all)
}

type resetInput struct {
	Body struct {
		Token    string `json:"token" maxLength:"200" doc:"From the mail's link."`
		Password string `json:"password" minLength:"10" maxLength:"1024"`
	}
}

func (a *api) resetPassword(ctx context.Context, in *resetInput) (*userBody, error) {
	u, err := a.Accounts.ResetPassword(ctx, in.Body.Token, in.Body.Password, a.client(ctx))
	if err != nil {
		return nil, err
	}
	return a.userAnswer(u), nil
}

func (a *api) me(ctx context.Context, _ *Empty) (*userBody, error) {
	return a.userAnswer(user(ctx)), nil
}
