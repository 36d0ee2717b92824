package account

import (
	"context"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
)

// Credentials is what somebody who wants to sign in says.
type Credentials struct {
	Email, Password, Client string
	Device                  Device
}

// Rehash is a password hash to be replaced by one with more rounds; zero: none.
type Rehash struct{ Old, Fresh string }

// Login starts a session. A wrong password and an unknown address are the same
// error at the same cost; that an address is not confirmed is said only to
// somebody who knows its password. Whoever signs in with something new is told by
// mail, except the first time.
func (s *Service) Login(ctx context.Context, c Credentials) (Session, error) {
	email, err := s.cleanCredentials(c)
	if err != nil {
		return Session{}, err
	}
	if err := s.allow(ctx, actLogin, c.Client, email); err != nil {
		return Session{}, err
	}
	u, seen, err := s.store.UserAtSignIn(ctx, email, c.Device.hash(), s.places(c.Device, c.Client))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Session{}, err
	}
	// An unknown address leaves u empty, with nobody's hash.
	right, stale, err := s.hasher.Verify(ctx, u.PasswordHash, c.Password)
	switch {
	case err != nil:
		return Session{}, err
	case !right || !u.DisabledAt.IsZero():
		return Session{}, ErrInvalidCredentials
	case !u.EmailVerified:
		return Session{}, ErrEmailNotVerified
	}
	in, err := s.signIn(u, c.Device, c.Client, seen)
	if err != nil {
		return Session{}, err
	}
	in.Rehash = s.rehash(ctx, u, c.Password, stale)
	in.Event = s.event(u.ID, ActorUser, "account.signed_in", c.Client, map[string]any{"session_id": in.Session.ID})
	if seen.Any && !in.Device.Known {
		in.Jobs = append(in.Jobs, jobs.New(KindNewDevice, sessionPayload{in.Session.ID}, s.now()))
	}
	if err := s.store.AddSession(ctx, in); err != nil {
		return Session{}, err
	}
	return in.Session, nil
}

// SignIn is a session to be stored, with what stands with it.
type SignIn struct {
	Session Session
	Device  Sighting
	Rehash  Rehash
	Refund  []string // keys of limits whose tries are given back
	Event   Event
	Jobs    []jobs.Job
}

// signIn makes a session of u on a device.
func (s *Service) signIn(u User, d Device, client string, seen Seen) (SignIn, error) {
	sess, err := s.newSession(u)
	if err != nil {
		return SignIn{}, err
	}
	in := SignIn{Refund: s.refund(client, u.Email)}
	in.Device, sess.DeviceToken = s.sighting(d, client, seen)
	sess.Device = DeviceName(d.UserAgent)
	in.Session = sess
	return in, nil
}

func (s *Service) cleanCredentials(c Credentials) (email string, err error) {
	var wrong problems
	email, err = NormaliseEmail(c.Email)
	wrong.add(err)
	switch {
	case c.Password == "":
		wrong.add(fault.Body("password", "must not be empty"))
	case len(c.Password) > maxPassword:
		wrong.add(fault.Body("password", "must be at most 1024 bytes long"))
	}
	return email, wrong.err()
}

// rehash brings a hash that was made with fewer rounds up to date, now that the
// password is at hand. If there is no time for it now, the next sign-in does it.
func (s *Service) rehash(ctx context.Context, u User, password string, stale bool) Rehash {
	if !stale {
		return Rehash{}
	}
	fresh, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return Rehash{}
	}
	return Rehash{Old: u.PasswordHash, Fresh: fresh}
}

// refund names the counts that a right password clears: those of the account. A
// client's is not cleared, or somebody could guess without end by signing in to
// an account of their own in between.
func (s *Service) refund(client, email string) []string {
	tries := s.tries(actLogin, client, email)
	return []string{tries[1].Key, tries[2].Key}
}
