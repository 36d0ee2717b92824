package account

import (
	"context"
	"time"

	"xswarm.ai/server/internal/fault"
)

// Device is what a client says of itself.
type Device struct {
	UserAgent string
	Token     string // the secret of the device's cookie; "" for programs
}

// PasswordChange is what somebody signed in says to get another password.
type PasswordChange struct {
	Current, New, Client string
	Device               Device
}

// EmailChange is what somebody signed in says to get another address.
type EmailChange struct{ Email, Password, Client string }

// EmailPending is a change of address that waits to be confirmed.
type EmailPending struct {
	Email                      string
	ConfirmedOld, ConfirmedNew bool
	ExpiresAt                  time.Time
}

var errNotYet = fault.New(fault.Unavailable, "not_yet", "This does not work yet.")

// ChangePassword is being built.
func (s *Service) ChangePassword(ctx context.Context, sess Session, in PasswordChange) (Session, error) {
	return Session{}, errNotYet
}

// Sessions is being built.
func (s *Service) Sessions(ctx context.Context, userID string) ([]Session, error) {
	return nil, errNotYet
}

// EndSession is being built.
func (s *Service) EndSession(ctx context.Context, sess Session, id string) error { return errNotYet }

// ChangeEmail is being built.
func (s *Service) ChangeEmail(ctx context.Context, sess Session, in EmailChange) error {
	return errNotYet
}

// PendingEmail is being built.
func (s *Service) PendingEmail(ctx context.Context, userID string) (EmailPending, error) {
	return EmailPending{}, errNotYet
}

// ConfirmEmailChange is being built.
func (s *Service) ConfirmEmailChange(ctx context.Context, token, client string) (EmailPending, bool, error) {
	return EmailPending{}, false, errNotYet
}

// CancelEmailChange is being built.
func (s *Service) CancelEmailChange(ctx context.Context, token, client string) error {
	return errNotYet
}

// DropEmailChange is being built.
func (s *Service) DropEmailChange(ctx context.Context, sess Session) error { return errNotYet }

// ChangeUsername is being built.
func (s *Service) ChangeUsername(ctx context.Context, sess Session, username, client string) (User, error) {
	return User{}, errNotYet
}

// CheckPassword is being built.
func (s *Service) CheckPassword(password string, hints ...string) error { return errNotYet }

// Disable is being built.
func (s *Service) Disable(ctx context.Context, idOrEmail, reason, actor string) (User, error) {
	return User{}, errNotYet
}

// Enable is being built.
func (s *Service) Enable(ctx context.Context, idOrEmail, actor string) (User, error) {
	return User{}, errNotYet
}

// SetOperator is being built.
func (s *Service) SetOperator(ctx context.Context, idOrEmail string, on bool, actor string) (User, error) {
	return User{}, errNotYet
}
