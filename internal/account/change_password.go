package account

import (
	"context"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
)

// PasswordChange is what somebody signed in says to get another password.
type PasswordChange struct {
	Current, New, Client string
	Device               Device
}

// ChangePassword sets a new password for somebody who knows the present one. Every
// session ends, this one too, with every mailed link and a change of address that
// waits; the answer is a fresh session for this device. Wrong tries count as at
// sign-in, so that a session left open is no place to guess from.
func (s *Service) ChangePassword(ctx context.Context, sess Session, in PasswordChange) (Session, error) {
	if err := s.cleanPasswordChange(sess.User, in); err != nil {
		return Session{}, err
	}
	u, seen, err := s.prove(ctx, sess, in.Current, "current_password", in.Client, in.Device)
	if err != nil {
		return Session{}, err
	}
	hash, err := s.hasher.Hash(ctx, in.New)
	if err != nil {
		return Session{}, err
	}
	before := u
	u.PasswordHash, u.JWTVersion = hash, u.JWTVersion+1
	fresh, err := s.signIn(u, in.Device, in.Client, seen)
	if err != nil {
		return Session{}, err
	}
	fresh.Event = s.event(u.ID, ActorUser, "account.password_changed", in.Client, map[string]any{"session_id": fresh.Session.ID})
	fresh.Jobs = []jobs.Job{jobs.New(KindPasswordChanged, userPayload{UserID: u.ID}, s.now())}
	if err := s.store.ChangePassword(ctx, before, fresh); err != nil {
		return Session{}, err
	}
	return fresh.Session, nil
}

func (s *Service) cleanPasswordChange(u User, in PasswordChange) error {
	var wrong problems
	wrong.add(checkKnownPassword("current_password", in.Current))
	if in.New == in.Current && in.New != "" {
		wrong.add(fault.Body("new_password", "must be another one than the present one"))
	} else {
		wrong.add(s.checkPassword("new_password", in.New, u.Email, u.Name, u.Username))
	}
	return wrong.err()
}

// checkKnownPassword refuses what cannot be anybody's password. What is required
// of a new one is not asked: an old one may be shorter.
func checkKnownPassword(field, password string) error {
	switch {
	case password == "":
		return fault.Body(field, "must not be empty")
	case len(password) > maxPassword:
		return fault.Body(field, "must be at most 1024 bytes long")
	}
	return nil
}

// prove checks the password of somebody who is signed in, and returns them as they
// are now. A wrong one is a fault about field.
func (s *Service) prove(ctx context.Context, sess Session, password, field, client string, d Device) (User, Seen, error) {
	if err := s.allow(ctx, actLogin, client, sess.User.Email); err != nil {
		return User{}, Seen{}, err
	}
	u, seen, err := s.store.UserAtSignIn(ctx, sess.User.Email, d.hash(), s.places(d, client))
	if fault.Is(err, fault.NotFound) || err == nil && u.ID != sess.User.ID {
		return User{}, Seen{}, ErrUnauthenticated // the address is another one since
	}
	if err != nil {
		return User{}, Seen{}, err
	}
	right, _, err := s.hasher.Verify(ctx, u.PasswordHash, password)
	switch {
	case err != nil:
		return User{}, Seen{}, err
	case !u.DisabledAt.IsZero() || u.JWTVersion != sess.User.JWTVersion:
		return User{}, Seen{}, ErrUnauthenticated
	case !right:
		return User{}, Seen{}, fault.Body(field, "is wrong")
	}
	return u, seen, nil
}
