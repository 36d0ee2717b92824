package account

import (
	"context"
	"encoding/base64"

	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// SignUp is what somebody who wants an account says.
type SignUp struct {
	Email, Password string
	Name, TimeZone  string // optional
	Plan            plan.Tier
	AcceptedTerms   bool
	Client          string // the caller's address, for limits and the audit
}

// SignUp takes in an attempt to sign up and has a mail sent to the address.
//
// A known address is no error: the same hash is computed, the same rows are
// written and the same job is stored, and the job finds out which mail the owner
// gets. The row of a user who has not confirmed yet is left alone: the attempt,
// with its password, lies in the token that is mailed.
func (s *Service) SignUp(ctx context.Context, in SignUp) error {
	u, err := s.clean(&in)
	if err != nil {
		return err
	}
	if err := s.allow(ctx, actSignUp, in.Client, u.Email); err != nil {
		return err
	}
	if u.PasswordHash, err = s.hasher.Hash(ctx, in.Password); err != nil {
		return err
	}
	now := s.now()
	u.ID, u.CreatedAt = id.New(id.User, now), now
	t := s.attempt(u)
	t.Network = s.network(in.Client)
	e := s.event("", ActorUser, "account.sign_up_asked", in.Client,
		map[string]any{"token_id": t.ID, "accepted_terms": in.AcceptedTerms})
	return s.store.AddSignUp(ctx, u, t, e, s.letter(KindVerification, t))
}

// attempt makes a token that carries a sign-up.
func (s *Service) attempt(u User) Token {
	t := s.newToken(ForVerify, verifyTime)
	t.PasswordHash, t.Name, t.TimeZone, t.WishedPlan = u.PasswordHash, u.Name, u.TimeZone, u.WishedPlan
	return t
}

// letter makes the job that mails a token's secret.
func (s *Service) letter(kind string, t Token) jobs.Job {
	return jobs.New(kind, tokenPayload{TokenID: t.ID}, s.now())
}

// clean checks a sign-up and returns the user it would make.
func (s *Service) clean(in *SignUp) (u User, err error) {
	var wrong problems
	u.WishedPlan = in.Plan
	u.Email, err = NormaliseEmail(in.Email)
	wrong.add(err)
	wrong.add(s.checkPassword("password", in.Password, in.Email, in.Name))
	u.Name, err = cleanName(in.Name)
	wrong.add(err)
	u.TimeZone, err = cleanZone(in.TimeZone)
	wrong.add(err)
	wrong.add(checkPlan(in.Plan))
	return u, wrong.err()
}

// ResendVerification has an attempt of an address that is not confirmed mailed
// once more, with a new token; the older ones go on counting. Nothing is mailed to
// an address that is unknown or confirmed, which only the job finds out.
//
// Somebody else may have tried to sign up with the address, before or after its
// owner, and their password must not become the account's because the owner
// lost a mail. So an attempt is carried on only from the network that made it, or
// when no other network made one; otherwise the mail asks for a new password,
// which confirms the address as well.
func (s *Service) ResendVerification(ctx context.Context, email, client string) error {
	email, err := NormaliseEmail(email)
	if err != nil {
		return err
	}
	if err := s.allow(ctx, actResend, client, email); err != nil {
		return err
	}
	t := s.newToken(ForVerify, verifyTime)
	t.Network = s.network(client)
	e := s.event("", ActorUser, "account.verification_asked", client, map[string]any{"token_id": t.ID})
	return s.store.AddResend(ctx, email, t, s.now().Add(resetTime), e, s.letter(KindVerification, t))
}

// network is what is stored of where an attempt was made: enough to see that two
// were made in the same place, and nothing of where that is.
func (s *Service) network(client string) string {
	if client == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(mac(s.keys.networks, Network(client))[:16])
}
