package account

import (
	"context"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
)

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

// mailNewDevice tells somebody that their account was signed in to with something
// new. A session that is gone leaves nothing to tell.
func (s *Service) mailNewDevice(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[sessionPayload](j)
	if err != nil {
		return err
	}
	sess, err := s.store.Session(ctx, p.SessionID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	u := sess.User
	when := sess.CreatedAt.In(u.Location()).Format("Monday 2 January 2006, 15:04 MST")
	return s.letters.NewDevice(ctx, j.ID, u.Email, u.Name, sess.Device, when)
}

// mailMove asks one of the two addresses. Here a change finds out whether the new
// one has an account: its owner hears of that and gets no link.
func (s *Service) mailMove(ctx context.Context, j jobs.Job) error {
	m, to, err := s.moveOf(ctx, j)
	if err != nil || !m.waits(s.now()) {
		return err
	}
	if to == OldSide {
		token, err := s.secret(secretName(m.ID, OldSide), m.OldHash)
		if err != nil {
			return err
		}
		cancel, err := s.secret(secretName(m.ID, cancelling), m.CancelHash)
		if err != nil {
			return err
		}
		return s.letters.EmailChangeOld(ctx, j.ID, m.Old, m.User.Name, m.New, token, cancel)
	}
	owner, err := s.store.UserByEmail(ctx, m.New)
	if err == nil && owner.EmailVerified {
		return s.letters.AlreadyRegistered(ctx, j.ID, owner.Email, owner.Name)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	token, err := s.secret(secretName(m.ID, NewSide), m.NewHash)
	if err != nil {
		return err
	}
	return s.letters.EmailChangeNew(ctx, j.ID, m.New, m.User.Name, token)
}

// mailMoved tells one of the two addresses that the account has moved.
func (s *Service) mailMoved(ctx context.Context, j jobs.Job) error {
	m, to, err := s.moveOf(ctx, j)
	if err != nil || m.FinishedAt.IsZero() {
		return err
	}
	address := m.New
	if to == OldSide {
		address = m.Old
	}
	return s.letters.EmailChanged(ctx, j.ID, address, m.User.Name, m.New)
}

// moveOf returns the change that a job is about, and to which side the mail goes;
// the zero Move if it was replaced or refused.
func (s *Service) moveOf(ctx context.Context, j jobs.Job) (Move, Side, error) {
	p, err := jobs.Decode[movePayload](j)
	if err != nil {
		return Move{}, "", err
	}
	m, err := s.store.Move(ctx, p.MoveID)
	if fault.Is(err, fault.NotFound) {
		return Move{}, "", nil
	}
	return m, p.To, err
}
