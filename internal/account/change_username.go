package account

import (
	"context"
	"errors"
	"strings"

	"xswarm.ai/server/internal/fault"
)

// formerTime is how long a name that somebody had is nobody else's: mail goes to
// it.
const formerTime = 365 * day

// ChangeUsername gives somebody another name. The one they had stays theirs for a
// year, so that nobody gets mail that was meant for them; they may go back to it.
// Only changes that happen count towards three in thirty days.
func (s *Service) ChangeUsername(ctx context.Context, sess Session, username, client string) (User, error) {
	name, err := cleanUsername(username)
	if err != nil {
		return User{}, err
	}
	u := sess.User
	if name == u.Username {
		return User{}, fault.Body("username", "is your name already")
	}
	if err := s.allow(ctx, actName, client, u.ID); err != nil {
		return User{}, err
	}
	free, err := s.store.UsernameFree(ctx, name, u.ID, s.now())
	if err != nil {
		return User{}, err
	}
	if !free {
		return User{}, errNameTaken
	}
	if err := s.allow(ctx, actRename, "", u.ID); err != nil {
		return User{}, err
	}
	e := s.event(u.ID, ActorUser, "account.username_changed", client, map[string]any{"before": u.Username, "username": name})
	err = s.store.ChangeUsername(ctx, u, name, s.now().Add(formerTime), e)
	if errors.Is(err, ErrUsernameTaken) {
		return User{}, errNameTaken
	}
	if err != nil {
		return User{}, err
	}
	return s.User(ctx, u.ID)
}

var errNameTaken = fault.Body("username", "is taken: choose another one")

// cleanUsername returns a name that may be a mailbox at our domain: what
// usernames proposes, and nothing that could be taken for the service itself.
func cleanUsername(raw string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(raw))
	switch {
	case len(name) < minUsername || len(name) > maxUsername:
		return "", fault.Body("username", "must have 3 to 30 characters")
	case !isUsername(name):
		return "", fault.Body("username", "must consist of the letters a to z and digits, with single dots, dashes or underscores in between")
	case reserved(name):
		return "", fault.Body("username", "could be taken for the service itself: choose another one")
	}
	return name, nil
}

// isUsername reports whether a name begins and ends with a letter or digit, and
// has no two signs side by side.
func isUsername(name string) bool {
	sign := true // as if one stood before
	for _, r := range name {
		isSign := strings.ContainsRune("._-", r)
		if isSign && sign || !isSign && !strings.ContainsRune(lettersDigits, r) {
			return false
		}
		sign = isSign
	}
	return !sign
}
