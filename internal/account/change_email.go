package account

import (
	"context"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
)

// EmailChange is what somebody signed in says to get another address.
type EmailChange struct{ Email, Password, Client string }

// EmailPending is a change of address that waits to be confirmed.
type EmailPending struct {
	Email                      string // the new one
	ConfirmedOld, ConfirmedNew bool
	ExpiresAt                  time.Time
}

// ChangeEmail has links mailed to the present and the new address; the account
// moves when both have been used. A later call replaces what waits.
//
// Whether the new address has an account is not told: the same is written, and
// the job finds out. Its owner then hears that they have an account, gets no
// link, and so the change never happens.
func (s *Service) ChangeEmail(ctx context.Context, sess Session, in EmailChange) error {
	email, err := s.cleanEmailChange(sess.User, in)
	if err != nil {
		return err
	}
	if err := s.allowMove(ctx, sess.User, in.Client, email); err != nil {
		return err
	}
	u, _, err := s.prove(ctx, sess, in.Password, "password", in.Client, Device{})
	if err != nil {
		return err
	}
	m := s.newMove(u, email)
	e := s.event(u.ID, ActorUser, "account.email_change_asked", in.Client, map[string]any{"move_id": m.ID})
	return s.store.AddMove(ctx, m, s.refund(in.Client, u.Email), e,
		s.moveLetter(KindMove, m, OldSide), s.moveLetter(KindMove, m, NewSide))
}

func (s *Service) cleanEmailChange(u User, in EmailChange) (email string, err error) {
	var wrong problems
	email, err = NormaliseEmail(in.Email)
	if err == nil && email == u.Email {
		err = fault.Body("email", "is your address already")
	}
	wrong.add(err)
	wrong.add(checkKnownPassword("password", in.Password))
	return email, wrong.err()
}

// allowMove limits how many mails one user causes, and how many one address gets.
func (s *Service) allowMove(ctx context.Context, u User, client, email string) error {
	if err := s.allow(ctx, actMove, client, u.Email); err != nil {
		return err
	}
	return s.allow(ctx, actMoveTo, "", email)
}

func (s *Service) moveLetter(kind string, m Move, to Side) jobs.Job {
	return jobs.New(kind, movePayload{MoveID: m.ID, To: to}, s.now())
}

// PendingEmail returns the change of address that waits, or ErrNoMove.
func (s *Service) PendingEmail(ctx context.Context, userID string) (EmailPending, error) {
	m, err := s.store.PendingMove(ctx, userID)
	if fault.Is(err, fault.NotFound) || err == nil && !m.waits(s.now()) {
		return EmailPending{}, ErrNoMove
	}
	return m.pending(), err
}

// ConfirmEmailChange agrees to a change with the secret from one of its mails.
// done says that the other side has agreed too, and the account has moved.
// Sessions go on; links to choose a new password, which went to the old address,
// are worth nothing any more.
func (s *Service) ConfirmEmailChange(ctx context.Context, token, client string) (p EmailPending, done bool, err error) {
	if err := s.allow(ctx, actConfirm, client, ""); err != nil {
		return EmailPending{}, false, err
	}
	// Both sides may agree at the same moment: whoever finds the other one ahead
	// looks again.
	for range 3 {
		m, side, err := s.openMove(ctx, token)
		if err != nil {
			return EmailPending{}, false, err
		}
		other := m.AgreedNew
		if side == OldSide {
			m.AgreedOld = s.now()
		} else {
			other, m.AgreedNew = m.AgreedOld, s.now()
		}
		var ok bool
		if other.IsZero() {
			ok, err = s.store.AgreeMove(ctx, m, side, s.moveEvent(m, "account.email_change_agreed", client, side))
		} else {
			done = true
			js := append(s.onMove(m.User), s.moveLetter(KindMoved, m, OldSide), s.moveLetter(KindMoved, m, NewSide))
			ok, err = s.store.CompleteMove(ctx, m, s.moveEvent(m, "account.email_changed", client, side), js...)
		}
		if ok || err != nil {
			return m.pending(), done && err == nil, err
		}
		done = false
	}
	return EmailPending{}, false, ErrInvalidToken
}

func (s *Service) moveEvent(m Move, action, client string, side Side) Event {
	return s.event(m.User.ID, ActorUser, action, client, map[string]any{"move_id": m.ID, "side": string(side)})
}

// CancelEmailChange ends a change with the secret from the old address's mail.
func (s *Service) CancelEmailChange(ctx context.Context, token, client string) error {
	if err := s.allow(ctx, actConfirm, client, ""); err != nil {
		return err
	}
	m, side, err := s.findMove(ctx, token)
	if err != nil {
		return err
	}
	if side != cancelling {
		return ErrInvalidToken
	}
	ok, err := s.store.DropMove(ctx, m.ID, s.moveEvent(m, "account.email_change_refused", client, OldSide))
	if err == nil && !ok {
		return ErrInvalidToken
	}
	return err
}

// DropEmailChange ends the change that waits, as its user wishes. Without one it
// does nothing.
func (s *Service) DropEmailChange(ctx context.Context, sess Session) error {
	m, err := s.store.PendingMove(ctx, sess.User.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.store.DropMove(ctx, m.ID,
		s.event(sess.User.ID, ActorUser, "account.email_change_dropped", "", map[string]any{"move_id": m.ID}))
	return err
}
