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
)

// Register names who does this package's jobs.
func (s *Service) Register(r *jobs.Runner) {
	r.HandleNoting(KindVerification, s.mailVerification, jobs.SentTwice)
	r.HandleNoting(KindReset, s.mailReset, jobs.SentTwice)
	r.HandleNoting(KindPasswordChanged, s.mailPasswordChanged, jobs.SentTwice)
	r.Handle(KindGrantEnded, s.endGrant)
	r.Handle(KindHousekeeping, s.keepHouse)
	for kind, d := range duties {
		r.Describe(kind, d)
	}
}

var duties = map[string]jobs.Duty{
	KindVerification: {
		Does:    "Mails the link that confirms an address, or tells the owner of a known address that they have an account.",
		Missing: "Somebody who signed up waits for a mail. They may have asked for another one since.",
	},
	KindReset: {
		Does:    "Mails the link to choose a new password, if there is an account.",
		Missing: "Somebody may wait for that mail. The link holds for an hour: after that, retrying mails nothing.",
	},
	KindPasswordChanged: {
		Does:    "Tells the owner that their password was changed.",
		Missing: "The owner has not been warned, in case it was not them.",
	},
	KindGrantEnded: {
		Does:    "Notes that a grant has ended.",
		Missing: "Lists still show the granted tier. What may be used does not wait for it.",
	},
	KindHousekeeping: {
		Does:    "Deletes what has had its time: sessions, links, limits, sign-ups never confirmed, jobs done long ago.",
		Missing: "These stay a day longer. The next day's job is stored already.",
	},
}

// mailVerification is where a sign-up finds out whether the address was known.
// Without a token there was nothing to confirm; a used one was confirmed before
// this attempt of the job.
func (s *Service) mailVerification(ctx context.Context, j jobs.Job) error {
	t, ok, err := s.tokenOf(ctx, j)
	if err != nil || !ok {
		return err
	}
	if t.User.EmailVerified {
		// By the owner's name, not by the one that the attempt gave.
		return s.letters.AlreadyRegistered(ctx, j.ID, t.User.Email, t.User.Name)
	}
	secret, err := s.secretOf(t)
	if err != nil {
		return err
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
func (s *Service) secretOf(t Token) (string, error) {
	secret, ok := s.keys.again(t.ID, t.Hash)
	if !ok {
		return "", jobs.Permanent(errors.New("the token was made with a secret that is no longer configured"))
	}
	return secret, nil
}

func (s *Service) mailPasswordChanged(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[userPayload](j)
	if err != nil {
		return err
	}
	u, err := s.store.User(ctx, p.UserID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.letters.PasswordChanged(ctx, j.ID, u.Email, u.Name)
}
