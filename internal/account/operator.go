package account

import (
	"context"
	"strings"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
)

// NewUser is an account that the operator makes.
type NewUser struct {
	Email, Password, Name, TimeZone string
	Verified                        bool // the operator knows whose address it is
}

// Create makes an account for somebody. Without Verified they get the same mail
// as after a sign-up.
func (s *Service) Create(ctx context.Context, in NewUser) (User, error) {
	u, err := s.clean(&SignUp{Email: in.Email, Password: in.Password, Name: in.Name, TimeZone: in.TimeZone})
	if err != nil {
		return User{}, err
	}
	if u.PasswordHash, err = s.hasher.Hash(ctx, in.Password); err != nil {
		return User{}, err
	}
	now := s.now()
	u.ID, u.CreatedAt, u.EmailVerified = id.New(id.User, now), now, in.Verified
	e := s.event(u.ID, ActorOperator, "account.created", "", map[string]any{"verified": in.Verified})
	if in.Verified {
		err = s.named(u, func(username string) error {
			u.Username = username
			return s.store.CreateUser(ctx, u, Token{}, e)
		})
	} else {
		t := s.attempt(u)
		err = s.store.CreateUser(ctx, u, t, e, s.letter(KindVerification, t))
	}
	if err != nil {
		return User{}, err
	}
	return s.User(ctx, u.ID)
}

// Find returns the user with an id or an address, or ErrNoUser.
func (s *Service) Find(ctx context.Context, idOrEmail string) (User, error) {
	idOrEmail = strings.TrimSpace(idOrEmail)
	if strings.HasPrefix(idOrEmail, id.User+"_") && !strings.Contains(idOrEmail, "@") {
		return s.User(ctx, idOrEmail)
	}
	email, err := NormaliseEmail(idOrEmail)
	if err != nil {
		return User{}, err
	}
	u, err := s.store.UserByEmail(ctx, email)
	if fault.Is(err, fault.NotFound) {
		return User{}, ErrNoUser
	}
	return u, err
}

const maxPage = 200

// List returns users, newest first, and the cursor of the next page, which is
// empty on the last one.
func (s *Service) List(ctx context.Context, cursor string, limit int) (users []User, next string, err error) {
	limit = min(max(limit, 1), maxPage)
	users, err = s.store.ListUsers(ctx, cursor, limit+1)
	if err != nil {
		return nil, "", err
	}
	if len(users) > limit {
		users = users[:limit]
		next = users[limit-1].ID
	}
	return users, next, nil
}
