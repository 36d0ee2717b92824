package account

import (
	"context"
)

// Sessions returns a user's sessions that hold, the one last used first. None of
// them has its token.
func (s *Service) Sessions(ctx context.Context, userID string) ([]Session, error) {
	return s.store.Sessions(ctx, userID, s.now())
}

// EndSession ends one of the sessions of whoever has sess. One that has ended, or
// is somebody else's, is ErrNoSession.
func (s *Service) EndSession(ctx context.Context, sess Session, sessionID string) error {
	ended, err := s.store.EndSession(ctx, sess.User.ID, sessionID,
		s.event(sess.User.ID, ActorUser, "account.session_ended", "", map[string]any{"session_id": sessionID}))
	if err == nil && !ended {
		return ErrNoSession
	}
	return err
}

// EndOtherSessions ends every session of whoever has sess but that one.
func (s *Service) EndOtherSessions(ctx context.Context, sess Session) error {
	return s.store.EndOtherSessions(ctx, sess.User.ID, sess.ID,
		s.event(sess.User.ID, ActorUser, "account.signed_out_elsewhere", "", map[string]any{"session_id": sess.ID}))
}

// Logout ends a session, or all sessions of its user. Doing it twice is no
// error.
func (s *Service) Logout(ctx context.Context, sess Session, all bool) error {
	if all {
		return s.store.EndSessions(ctx, sess.User.ID,
			s.event(sess.User.ID, ActorUser, "account.signed_out_everywhere", "", nil))
	}
	_, err := s.store.EndSession(ctx, sess.User.ID, sess.ID,
		s.event(sess.User.ID, ActorUser, "account.signed_out", "", map[string]any{"session_id": sess.ID}))
	return err
}
