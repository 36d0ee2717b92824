package account

import (
	"context"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
)

const (
	sessionTime = 7 * 24 * time.Hour
	maxToken    = 2048             // ours have about 300 bytes
	usedEvery   = 15 * time.Minute // how exactly is kept when a session was used
)

// Session is somebody signed in, on one device.
type Session struct {
	ID         string
	Token      string // what the device shows; it is not stored
	Device     string // "Firefox on Linux"; "" if it began before devices were named
	CreatedAt  time.Time
	LastUsedAt time.Time // to a quarter of an hour
	ExpiresAt  time.Time
	RevokedAt  time.Time // zero while it holds
	User       User
	// DeviceToken is what the device is to show at its next sign-in, so that it is
	// known; "" when it showed that already.
	DeviceToken string
}

// claims is what a session's token says: whose it is, which session, until when,
// and at which version of the user it was made.
type claims struct {
	jwt.RegisteredClaims
	Version int64 `json:"ver"`
}

// newSession makes a session for u, beginning now.
func (s *Service) newSession(u User) (Session, error) {
	now := s.now()
	// Tokens count in seconds, so the session does too.
	sess := Session{
		ID: id.New(id.Session, now), User: u, CreatedAt: now, LastUsedAt: now,
		ExpiresAt: now.Add(sessionTime).Truncate(time.Second),
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: u.ID, ID: sess.ID,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(sess.ExpiresAt),
		},
		Version: u.JWTVersion,
	}).SignedString(s.keys.sessions[0])
	if err != nil {
		return Session{}, fmt.Errorf("sign session: %w", err)
	}
	sess.Token = token
	return sess, nil
}

// Authenticate returns the session of a token, or ErrUnauthenticated: it was not
// made by us, it is over, its user signed out everywhere since, or is disabled.
func (s *Service) Authenticate(ctx context.Context, token string) (Session, error) {
	c, ok := s.parse(token)
	if !ok {
		return Session{}, ErrUnauthenticated
	}
	sess, err := s.store.Session(ctx, c.ID)
	if fault.Is(err, fault.NotFound) {
		return Session{}, ErrUnauthenticated
	}
	if err != nil {
		return Session{}, err
	}
	u := sess.User
	if u.ID != c.Subject || u.JWTVersion != c.Version || !u.DisabledAt.IsZero() ||
		!sess.RevokedAt.IsZero() || !s.now().Before(sess.ExpiresAt) {
		return Session{}, ErrUnauthenticated
	}
	sess.Token = token
	if now := s.now(); now.Sub(sess.LastUsedAt) >= usedEvery {
		// Nobody is turned away because that could not be noted.
		if s.store.TouchSession(ctx, sess.ID, now) == nil {
			sess.LastUsedAt = now
		}
	}
	return sess, nil
}

// parse returns what a token says if it was signed by us, with the one algorithm
// that we use, and has not expired.
func (s *Service) parse(token string) (claims, bool) {
	var c claims
	if len(token) > maxToken {
		return c, false
	}
	p := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithTimeFunc(s.now), jwt.WithExpirationRequired(), jwt.WithStrictDecoding(),
	)
	_, err := p.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) {
		var set jwt.VerificationKeySet
		for _, k := range s.keys.sessions {
			set.Keys = append(set.Keys, k)
		}
		return set, nil
	})
	return c, err == nil && c.ID != "" && c.Subject != ""
}
