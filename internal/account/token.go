package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/plan"
)

// Purpose is what a mailed token is good for.
type Purpose string

// The purposes.
const (
	ForVerify Purpose = "verify"
	ForReset  Purpose = "reset"
)

const (
	verifyTime = 24 * time.Hour
	resetTime  = time.Hour
)

// Token is a one-time secret that was sent to an address. A sign-up's token
// carries the whole attempt: the one that is confirmed wins.
type Token struct {
	ID      string
	Purpose Purpose
	Hash    string // of what was mailed

	PasswordHash string
	Name         string
	TimeZone     string
	WishedPlan   plan.Tier
	Network      string // where the attempt was made, as a keyed hash

	ExpiresAt time.Time
	UsedAt    time.Time // zero: not yet
	User      User      // whose address it was sent to
}

// newToken makes a token that begins to count now.
func (s *Service) newToken(p Purpose, d time.Duration) Token {
	now := s.now()
	t := Token{ID: id.New(id.Token, now), Purpose: p, ExpiresAt: now.Add(d)}
	t.Hash = hashOf(s.keys.mailed(t.ID))
	return t
}

// open returns the token with the mailed secret, if it still counts. Every
// reason why it does not is the same error.
func (s *Service) open(ctx context.Context, p Purpose, secret string) (Token, error) {
	if !wellFormed(secret) {
		return Token{}, ErrInvalidToken
	}
	hash := hashOf(secret)
	t, err := s.store.AccountTokenByHash(ctx, hash)
	if fault.Is(err, fault.NotFound) {
		return Token{}, ErrInvalidToken
	}
	if err != nil {
		return Token{}, err
	}
	// The index found it; whether it is the same is not left to how the database
	// compares.
	same := subtle.ConstantTimeCompare([]byte(t.Hash), []byte(hash)) == 1
	if !same || t.Purpose != p || !t.counts(s.now()) {
		return Token{}, ErrInvalidToken
	}
	if p == ForVerify && t.User.EmailVerified {
		return Token{}, ErrInvalidToken
	}
	return t, nil
}

// counts reports whether the token can still be used.
func (t Token) counts(now time.Time) bool {
	return t.UsedAt.IsZero() && now.Before(t.ExpiresAt) && t.User.DisabledAt.IsZero()
}

// wellFormed reports whether secret looks like one of ours, so that nonsense
// costs no query.
func wellFormed(secret string) bool {
	if len(secret) != base64.RawURLEncoding.EncodedLen(32) || strings.ContainsAny(secret, "\r\n") {
		return false // the decoder reads over ends of lines
	}
	_, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	return err == nil
}
