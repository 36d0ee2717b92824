package account

import (
	"context"
	"errors"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
)

// The kinds of this package's jobs.
const (
	KindVerification    = "account.verification"     // mail a sign-up's token, or say that there is an account
	KindReset           = "account.reset"            // mail a reset's token
	KindPasswordChanged = "account.password_changed" // tell the owner
	KindNewDevice       = "account.new_device"       // tell the owner that somebody signed in with one
	KindMove            = "account.change_email"     // ask one of the two addresses
	KindMoved           = "account.email_changed"    // tell one of the two addresses
	KindGrantEnded      = "account.grant_ended"
	KindHousekeeping    = "account.housekeeping"
)

type (
	tokenPayload struct {
		TokenID string `json:"token_id"`
	}
	userPayload struct {
		UserID string `json:"user_id"`
	}
	sessionPayload struct {
		SessionID string `json:"session_id"`
	}
	movePayload struct {
		MoveID string `json:"move_id"`
		To     Side   `json:"to"`
	}
)

// Register names who does this package's jobs.
func (s *Service) Register(r *jobs.Runner) {
	r.Handle(KindVerification, s.mailVerification)
	r.Handle(KindReset, s.mailReset)
	r.Handle(KindPasswordChanged, s.mailPasswordChanged)
	r.Handle(KindNewDevice, s.mailNewDevice)
	r.Handle(KindMove, s.mailMove)
	r.Handle(KindMoved, s.mailMoved)
	r.Handle(KindGrantEnded, s.endGrant)
	r.Handle(KindHousekeeping, s.keepHouse)
	r.Describe(duties)
}

// mailVerification is where a sign-up finds out whether the address was known.
// Without a token there was nothing to confirm; a used one was confirmed before
// this attempt of the job.
func (s *Service) mailVerification(ctx context.Context, j jobs.Job) error {
	t, ok, err := s.tokenOf(ctx, j)
	if err != nil || !ok {
		return err
	}
	if t.User.EmailVerified && t.Purpose == ForReset {
		return nil // a resend that was overtaken
	}
	if t.User.EmailVerified {
		// By the owner's name, not by the one that the attempt gave.
		return s.letters.AlreadyRegistered(ctx, j.ID, t.User.Email, t.User.Name)
	}
	secret, err := s.secretOf(t)
	if err != nil {
		return err
	}
	if t.Purpose == ForReset {
		// Several attempts wait, and nobody can say which is the owner's: the owner
		// chooses the password now.
		return s.letters.Reset(ctx, j.ID, t.User.Email, "", secret)
	}
	return s.letters.Verify(ctx, j.ID, t.User.Email, t.Name, secret)
}

func (s *Service) mailReset(ctx context.Context, j jobs.Job) error {
	t, ok, err := s.tokenOf(ctx, j)
	if err != nil || !ok {
		return err
	}
	secret, err := s.secretOf(t)
	if err != nil {
		return err
	}
	return s.letters.Reset(ctx, j.ID, t.User.Email, t.User.Name, secret)
}

// tokenOf returns the token that a job is about; ok is false if there is nothing
// to mail: it does not exist, or it does not count any more.
func (s *Service) tokenOf(ctx context.Context, j jobs.Job) (t Token, ok bool, err error) {
	p, err := jobs.Decode[tokenPayload](j)
	if err != nil {
		return Token{}, false, err
	}
	t, err = s.store.AccountToken(ctx, p.TokenID)
	if fault.Is(err, fault.NotFound) {
		return Token{}, false, nil
	}
	return t, err == nil && t.counts(s.now()), err
}

// secretOf makes a token's secret again.
func (s *Service) secretOf(t Token) (string, error) { return s.secret(t.ID, t.Hash) }

// secret makes the secret with a name and a hash again.
func (s *Service) secret(name, hash string) (string, error) {
	secret, ok := s.keys.again(name, hash)
	if !ok {
		return "", jobs.Permanent(errors.New("the token was made with a secret that is no longer configured"))
	}
	return secret, nil
}
