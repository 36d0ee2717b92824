package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

var _ account.Store = (*Store)(nil)

// User returns the user with an id.
func (s *Store) User(ctx context.Context, id string) (account.User, error) {
	row, err := s.read().UserByID(ctx, id)
	return userOf(row), found(err, "read user")
}

// UserByEmail returns the user with a normalised address.
func (s *Store) UserByEmail(ctx context.Context, email string) (account.User, error) {
	row, err := s.read().UserByEmail(ctx, email)
	return userOf(row), found(err, "read user")
}

// ListUsers is described by account.Store.
func (s *Store) ListUsers(ctx context.Context, before string, limit int) ([]account.User, error) {
	if before == "" {
		before = lastID
	}
	rows, err := s.read().ListUsers(ctx, db.ListUsersParams{Before: before, Most: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return usersOf(rows), nil
}

// CreateUser is described by account.Store.
func (s *Store) CreateUser(ctx context.Context, u account.User, t account.Token, e account.Event, js ...jobs.Job) error {
	err := s.batch(ctx, func(b *batch) error {
		if err := b.takeName(ctx, u.Username, u.ID); err != nil {
			return err
		}
		err := b.CreateUser(ctx, db.CreateUserParams{
			ID: u.ID, Email: u.Email, PasswordHash: u.PasswordHash, EmailVerified: flag(u.EmailVerified),
			Name: u.Name, Username: opt(u.Username), TimeZone: u.TimeZone, Now: b.now,
		})
		if err == nil && t.ID != "" {
			err = b.addAttempt(ctx, u.Email, t)
		}
		if err != nil {
			return err
		}
		return b.close(ctx, e, js...)
	})
	if isUnique(err, "users.email") {
		return account.ErrEmailTaken
	}
	return named("create user", err)
}

// VerifyUser is described by account.Store.
func (s *Store) VerifyUser(ctx context.Context, t account.Token, username string, e account.Event) error {
	return tokenUsed(s.batch(ctx, func(b *batch) error {
		if err := b.useToken(ctx, t); err != nil {
			return err
		}
		if err := b.nameOf(ctx, t.User, username); err != nil {
			return err
		}
		err := b.VerifyUser(ctx, db.VerifyUserParams{
			ID: t.User.ID, PasswordHash: t.PasswordHash, Name: t.Name, TimeZone: t.TimeZone,
			WishedPlan: opt(string(t.WishedPlan)), Username: opt(username), Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.useTokensOf(ctx, t.User.ID, account.ForVerify); err != nil {
			return err
		}
		return b.close(ctx, e)
	}))
}

// ResetPassword is described by account.Store.
func (s *Store) ResetPassword(ctx context.Context, t account.Token, passwordHash, username string, e account.Event, j jobs.Job) error {
	return tokenUsed(s.batch(ctx, func(b *batch) error {
		if err := b.useToken(ctx, t); err != nil {
			return err
		}
		if err := b.nameOf(ctx, t.User, username); err != nil {
			return err
		}
		err := b.ResetUser(ctx, db.ResetUserParams{
			ID: t.User.ID, PasswordHash: passwordHash, Username: opt(username), Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.endAll(ctx, t.User.ID); err != nil {
			return err
		}
		return b.close(ctx, e, j)
	}))
}

// nameOf is takeName for a user who keeps the name they have.
func (b *batch) nameOf(ctx context.Context, u account.User, username string) error {
	if u.Username != "" {
		return nil
	}
	return b.takeName(ctx, username, u.ID)
}

// ChangePassword is described by account.Store.
func (s *Store) ChangePassword(ctx context.Context, before account.User, in account.SignIn) error {
	err := s.batch(ctx, func(b *batch) error {
		err := b.ChangePassword(ctx, db.ChangePasswordParams{
			ID: before.ID, JwtVersion: before.JWTVersion, PasswordHash: in.Session.User.PasswordHash, Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.endAll(ctx, before.ID); err != nil {
			return err
		}
		if err := b.addSession(ctx, in); err != nil {
			return err
		}
		return b.close(ctx, in.Event, in.Jobs...)
	})
	if errors.Is(err, errGuard) {
		return account.ErrUnauthenticated
	}
	return failed("change password", err)
}

// SetGrant is described by account.Store.
func (s *Store) SetGrant(ctx context.Context, u account.User, st account.Standing, e account.Event, js ...jobs.Job) error {
	err := s.batch(ctx, func(b *batch) error {
		err := b.GrantTier(ctx, db.GrantTierParams{
			ID: u.ID, SubscriptionTier: string(st.Tier), MeteredSubscription: opt(st.Metered), GrantTier: opt(string(u.Grant.Tier)),
			GrantUntil: optMillis(u.Grant.Until), GrantReason: u.Grant.Reason, Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.close(ctx, e, js...)
	})
	if errors.Is(err, errGuard) {
		return account.ErrNoUser
	}
	return failed("grant", err)
}

// EndGrant is described by account.Store.
func (s *Store) EndGrant(ctx context.Context, userID string, st account.Standing, now time.Time, e account.Event) error {
	_, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.EndGrant(ctx, db.EndGrantParams{
			ID: userID, SubscriptionTier: string(st.Tier), MeteredSubscription: opt(st.Metered), Now: millis(now),
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.close(ctx, e)
	}))
	return failed("end grant", err)
}

// tokenUsed turns what stops a token from being used into the account's words.
func tokenUsed(err error) error {
	if errors.Is(err, errGuard) {
		return account.ErrInvalidToken
	}
	return named("use token", err)
}

// failed says what was being done when something failed that nobody expected.
func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// flag is how a bool is stored.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func usersOf(rows []db.User) []account.User {
	users := make([]account.User, len(rows))
	for i, r := range rows {
		users[i] = userOf(r)
	}
	return users
}

func userOf(r db.User) account.User {
	return account.User{
		ID: r.ID, Email: r.Email, EmailVerified: r.EmailVerified == 1, Name: r.Name, Username: str(r.Username),
		TimeZone: r.TimeZone, WishedPlan: plan.Tier(str(r.WishedPlan)),
		Grant: plan.Grant{
			Tier: plan.Tier(str(r.GrantTier)), Until: optAt(r.GrantUntil), Reason: r.GrantReason,
		},
		Subscription: plan.Subscription(r.Subscription), CustomerID: str(r.StripeCustomerID), SpendingCap: capOf(r), Listed: plan.Tier(r.SubscriptionTier),
		PasswordHash: r.PasswordHash, JWTVersion: r.JwtVersion,
		Operator: r.Operator == 1, DisabledAt: optAt(r.DisabledAt), DisabledReason: r.DisabledReason,
		CreatedAt: at(r.CreatedAt),
	}
}
