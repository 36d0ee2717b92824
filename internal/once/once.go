// Package once makes a request that is sent again be answered as the first time,
// instead of being done twice: the Idempotency-Key of the API.
//
// It knows nothing of HTTP, and nothing of what is done. A request whose program
// died half-way can be made again after a minute; whether it is then done twice
// is up to what it does. Of a request only a keyed hash is stored: it may hold a
// password.
package once

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"time"

	"xswarm.ai/server/internal/fault"
)

const (
	holds  = 24 * time.Hour
	lease  = time.Minute // no request works as long
	maxKey = 200
)

// Request is what somebody wants to have done once. The same key means the same
// request only for the same user and the same route.
type Request struct {
	UserID, Route, Key string
	Body               []byte
}

// Answer is what a request was answered.
type Answer struct {
	Status int
	Body   []byte
}

// Claim is a request that is being worked on.
type Claim struct {
	ID      string // stands for user, route and key
	UserID  string
	Digest  string    // of the body
	Until   time.Time // the request is given up then
	Expires time.Time
}

// Kept is what there is of a request that came before.
type Kept struct {
	Digest string
	Answer *Answer // nil: it is being worked on
}

// Store is where answers are kept. Each method is one statement.
type Store interface {
	// ClaimAnswer stores c, unless there is one with its id already that has neither
	// expired nor been given up.
	ClaimAnswer(ctx context.Context, c Claim, now time.Time) (bool, error)
	// Answer returns what is kept under an id, or a fault of kind NotFound.
	Answer(ctx context.Context, id string) (Kept, error)
	// KeepAnswer and DropClaim end a claim, if it is still this one.
	KeepAnswer(ctx context.Context, c Claim, a Answer) error
	DropClaim(ctx context.Context, c Claim) error
}

// The faults of this package.
var (
	ErrMismatch = fault.New(fault.Invalid, "idempotency_mismatch",
		"Another request came with this Idempotency-Key before. A new request needs a new key.")
	ErrInProgress = fault.New(fault.Conflict, "idempotency_in_progress",
		"The request with this Idempotency-Key is still being worked on. Please ask again in a moment.").After(time.Second)
)

// Options is what a Service is made of.
type Options struct {
	Store   Store
	Secrets [][]byte // to hash with: the current one first, then those that still count
	Now     func() time.Time
	Log     *slog.Logger
}

// Service does things once.
type Service struct{ Options }

// New returns a Service. It panics without a secret.
func New(o Options) *Service {
	if len(o.Secrets) == 0 {
		panic("once: no secret")
	}
	return &Service{o}
}

// Do calls do, unless the request was answered within the last day: then it
// returns that answer again. What fails is not kept, and can be tried again with
// the same key.
func (s *Service) Do(ctx context.Context, r Request, do func() (Answer, error)) (a Answer, again bool, err error) {
	if err := checkKey(r.Key); err != nil {
		return Answer{}, false, err
	}
	now := s.Now()
	id := sha256.Sum256([]byte(r.UserID + " " + r.Route + " " + r.Key)) // none of them has a space but the route
	c := Claim{
		ID: hex.EncodeToString(id[:]), UserID: r.UserID, Digest: digest(s.Secrets[0], r.Body),
		Until: now.Add(lease), Expires: now.Add(holds),
	}
	mine, err := s.Store.ClaimAnswer(ctx, c, now)
	if err != nil {
		return Answer{}, false, err
	}
	if !mine {
		a, err := s.kept(ctx, c.ID, r.Body)
		return a, err == nil, err
	}
	a, err = do()
	s.end(ctx, c, a, err)
	return a, false, err
}

// kept is what the request under an id was answered before, if it had this body.
func (s *Service) kept(ctx context.Context, id string, body []byte) (Answer, error) {
	k, err := s.Store.Answer(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return Answer{}, ErrInProgress // it failed just now
	case err != nil:
		return Answer{}, err
	case !s.matches(k.Digest, body):
		return Answer{}, ErrMismatch
	case k.Answer == nil:
		return Answer{}, ErrInProgress
	}
	return *k.Answer, nil
}

// end keeps the answer, or makes room for another try. It was given already, so a
// failure here is only noted: the claim ends by itself.
func (s *Service) end(ctx context.Context, c Claim, a Answer, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err != nil {
		err = s.Store.DropClaim(ctx, c)
	} else {
		err = s.Store.KeepAnswer(ctx, c, a)
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "an answer was not kept", "err", err)
	}
}

func checkKey(key string) error {
	if len(key) <= maxKey && !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil
	}
	f := fault.Body("", "must have at most 200 characters, of ASCII and without spaces")
	f.Fields[0].Location = "header.Idempotency-Key"
	return f
}

// matches reports whether a digest is that of a body, by any of the secrets.
func (s *Service) matches(of string, body []byte) bool {
	return slices.ContainsFunc(s.Secrets, func(secret []byte) bool {
		return hmac.Equal([]byte(digest(secret, body)), []byte(of))
	})
}

func digest(secret, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("xswarm once 1: "))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}
