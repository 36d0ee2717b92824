package account

import (
	"context"
	"strings"

	"xswarm.ai/server/internal/fault"
)

// Disable closes an account until it is enabled again. Every session ends and no
// mailed link works; signing in fails as with a wrong password; the assistant
// takes no texts from it, answers none that wait, and reminds of nothing.
func (s *Service) Disable(ctx context.Context, idOrEmail, reason, actor string) (User, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return User{}, fault.Body("reason", "must not be empty: people will ask why")
	case len(reason) > maxReason:
		return User{}, fault.Body("reason", "must be at most 500 bytes long")
	}
	u, err := s.Find(ctx, idOrEmail)
	if err != nil {
		return User{}, err
	}
	e := s.event(u.ID, actor, "account.disabled", "", map[string]any{"reason": reason})
	if err := s.store.Disable(ctx, u.ID, reason, e); err != nil {
		return User{}, err
	}
	return s.User(ctx, u.ID)
}

// Enable opens a disabled account again: its password and its data are what they
// were. What was held back meanwhile and still makes sense is made up for.
func (s *Service) Enable(ctx context.Context, idOrEmail, actor string) (User, error) {
	u, err := s.Find(ctx, idOrEmail)
	if err != nil {
		return User{}, err
	}
	e := s.event(u.ID, actor, "account.enabled", "", nil)
	if err := s.store.Enable(ctx, u.ID, e, s.onEnable(u)...); err != nil {
		return User{}, err
	}
	return s.User(ctx, u.ID)
}

// SetOperator says whether somebody may look after the service.
func (s *Service) SetOperator(ctx context.Context, idOrEmail string, on bool, actor string) (User, error) {
	u, err := s.Find(ctx, idOrEmail)
	if err != nil {
		return User{}, err
	}
	e := s.event(u.ID, actor, "account.operator_set", "", map[string]any{"operator": on})
	if err := s.store.SetOperator(ctx, u.ID, on, e); err != nil {
		return User{}, err
	}
	return s.User(ctx, u.ID)
}
