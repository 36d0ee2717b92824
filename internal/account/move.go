package account

import (
	"context"
	"crypto/subtle"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
)

const moveTime = 24 * time.Hour

// Move is an account on its way to another address. Three links are mailed: one
// to either address to agree, and one to the old one to refuse.
type Move struct {
	ID                               string
	Old, New                         string
	OldHash, NewHash, CancelHash     string // of the links' secrets
	AgreedOld, AgreedNew, FinishedAt time.Time
	ExpiresAt                        time.Time
	User                             User
}

// Side is one of the two addresses of a change.
type Side string

// The sides.
const (
	OldSide Side = "old"
	NewSide Side = "new"
)

// waits reports whether the change can still happen.
func (m Move) waits(now time.Time) bool {
	return m.FinishedAt.IsZero() && now.Before(m.ExpiresAt) && m.User.DisabledAt.IsZero() && m.User.Email == m.Old
}

func (m Move) pending() EmailPending {
	return EmailPending{
		Email: m.New, ConfirmedOld: !m.AgreedOld.IsZero(), ConfirmedNew: !m.AgreedNew.IsZero(), ExpiresAt: m.ExpiresAt,
	}
}

// The names of a change's secrets: each is derived from one, as those of other
// mailed links are from their id.
func secretName(moveID string, which Side) string { return moveID + " " + string(which) }

const cancelling Side = "cancel"

func (s *Service) newMove(u User, email string) Move {
	now := s.now()
	m := Move{ID: id.New(id.Move, now), Old: u.Email, New: email, ExpiresAt: now.Add(moveTime), User: u}
	m.OldHash = hashOf(s.keys.mailed(secretName(m.ID, OldSide)))
	m.NewHash = hashOf(s.keys.mailed(secretName(m.ID, NewSide)))
	m.CancelHash = hashOf(s.keys.mailed(secretName(m.ID, cancelling)))
	return m
}

// openMove returns the change that a secret agrees to, and for which side.
func (s *Service) openMove(ctx context.Context, secret string) (Move, Side, error) {
	m, side, err := s.findMove(ctx, secret)
	if err == nil && side == cancelling {
		err = ErrInvalidToken
	}
	return m, side, err
}

// findMove returns the change that a secret belongs to, if it still waits. Every
// reason why it does not is the same error.
func (s *Service) findMove(ctx context.Context, secret string) (Move, Side, error) {
	if !wellFormed(secret) {
		return Move{}, "", ErrInvalidToken
	}
	hash := hashOf(secret)
	m, err := s.store.MoveByHash(ctx, hash)
	if fault.Is(err, fault.NotFound) {
		return Move{}, "", ErrInvalidToken
	}
	if err != nil {
		return Move{}, "", err
	}
	for side, want := range map[Side]string{OldSide: m.OldHash, NewSide: m.NewHash, cancelling: m.CancelHash} {
		if subtle.ConstantTimeCompare([]byte(want), []byte(hash)) == 1 && m.waits(s.now()) {
			return m, side, nil
		}
	}
	return Move{}, "", ErrInvalidToken
}
