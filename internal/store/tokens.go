package store

import (
	"context"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

// AddSignUp is described by account.Store.
func (s *Store) AddSignUp(ctx context.Context, u account.User, t account.Token, e account.Event, j jobs.Job) error {
	return failed("store sign-up", s.batch(ctx, func(b *batch) error {
		err := b.AddUser(ctx, db.AddUserParams{
			ID: u.ID, Email: u.Email, PasswordHash: u.PasswordHash, Name: u.Name, TimeZone: u.TimeZone,
			WishedPlan: opt(string(u.WishedPlan)), Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.addAttempt(ctx, u.Email, t); err != nil {
			return err
		}
		return b.closeFor(ctx, u.Email, e, j)
	}))
}

// AddResend is described by account.Store.
func (s *Store) AddResend(ctx context.Context, email string, t account.Token, resetEnds time.Time, e account.Event, j jobs.Job) error {
	return failed("store resend", s.batch(ctx, func(b *batch) error {
		err := b.AddResendToken(ctx, db.AddResendTokenParams{
			ID: t.ID, TokenHash: t.Hash, ExpiresAt: millis(t.ExpiresAt), Now: b.now, Email: email, Network: t.Network,
		})
		if err != nil {
			return err
		}
		err = b.AddResendReset(ctx, db.AddResendResetParams{
			ID: t.ID, TokenHash: t.Hash, ExpiresAt: millis(resetEnds), Now: b.now, Email: email,
		})
		if err != nil {
			return err
		}
		return b.closeFor(ctx, email, e, j)
	}))
}

// AddReset is described by account.Store.
func (s *Store) AddReset(ctx context.Context, email string, t account.Token, e account.Event, j jobs.Job) error {
	return failed("store reset", s.batch(ctx, func(b *batch) error {
		err := b.AddResetToken(ctx, db.AddResetTokenParams{
			ID: t.ID, TokenHash: t.Hash, ExpiresAt: millis(t.ExpiresAt), Now: b.now, Email: email,
		})
		if err != nil {
			return err
		}
		return b.closeFor(ctx, email, e, j)
	}))
}

// AccountToken returns the token with an id, and its user.
func (s *Store) AccountToken(ctx context.Context, id string) (account.Token, error) {
	row, err := s.read().TokenByID(ctx, id)
	return tokenOf(row.AccountToken, row.User), found(err, "read token")
}

// AccountTokenByHash returns the token whose mailed secret has a hash, and its
// user.
func (s *Store) AccountTokenByHash(ctx context.Context, hash string) (account.Token, error) {
	row, err := s.read().TokenByHash(ctx, hash)
	return tokenOf(row.AccountToken, row.User), found(err, "read token")
}

// addAttempt stores a sign-up's token for whoever has the address.
func (b *batch) addAttempt(ctx context.Context, email string, t account.Token) error {
	return b.AddSignUpToken(ctx, db.AddSignUpTokenParams{
		ID: t.ID, TokenHash: t.Hash, PasswordHash: t.PasswordHash, Name: t.Name, TimeZone: t.TimeZone,
		WishedPlan: string(t.WishedPlan), Network: t.Network, ExpiresAt: millis(t.ExpiresAt), Now: b.now, Email: email,
	})
}

// useToken uses a token, or aborts the batch if it was used or has expired.
func (b *batch) useToken(ctx context.Context, t account.Token) error {
	err := b.UseToken(ctx, db.UseTokenParams{ID: t.ID, Purpose: string(t.Purpose), Now: &b.now})
	if err != nil {
		return err
	}
	return b.guard(ctx)
}

// useTokensOf makes a user's other tokens worthless.
func (b *batch) useTokensOf(ctx context.Context, userID string, p account.Purpose) error {
	return b.UseTokensOf(ctx, db.UseTokensOfParams{UserID: userID, Purpose: string(p), Now: &b.now})
}

// useAllTokensOf makes all of a user's mailed links worthless.
func (b *batch) useAllTokensOf(ctx context.Context, userID string) error {
	for _, p := range []account.Purpose{account.ForVerify, account.ForReset} {
		if err := b.useTokensOf(ctx, userID, p); err != nil {
			return err
		}
	}
	return nil
}

func tokenOf(t db.AccountToken, u db.User) account.Token {
	return account.Token{
		ID: t.ID, Purpose: account.Purpose(t.Purpose), Hash: t.TokenHash,
		PasswordHash: str(t.PasswordHash), Name: str(t.Name), TimeZone: str(t.TimeZone),
		WishedPlan: plan.Tier(str(t.WishedPlan)), Network: t.Network,
		ExpiresAt: at(t.ExpiresAt), UsedAt: optAt(t.UsedAt), User: userOf(u),
	}
}
