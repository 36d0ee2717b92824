package store

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store/db"
)

// CountTries is described by account.Store.
func (s *Store) CountTries(ctx context.Context, now time.Time, tries []account.Try) ([]account.Count, error) {
	var t [3]account.Try
	if len(tries) > len(t) {
		return nil, fmt.Errorf("count tries: %d limits at once, at most %d", len(tries), len(t))
	}
	copy(t[:], tries)
	ends := func(t account.Try) int64 { return millis(now.Add(t.Window)) }
	p := db.CountTriesParams{
		Now: millis(now), Key1: t[0].Key, Most1: int64(t[0].Most), Ends1: ends(t[0]),
		Key2: t[1].Key, Ends2: ends(t[1]), Key3: t[2].Key, Ends3: ends(t[2]),
	}
	if g := t[1].Growth; g.First > 0 {
		p.Free = int64(t[1].Most)
		p.FirstPause, p.MostPause, p.Doublings = g.First.Milliseconds(), g.Most.Milliseconds(), doublings(g)
	}
	var rows []db.CountTriesRow
	err := s.one(ctx, func(q *db.Queries) (err error) {
		rows, err = q.CountTries(ctx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count tries: %w", err)
	}
	counts := make([]account.Count, len(rows))
	for i, r := range rows {
		counts[i] = account.Count{Key: r.Key, N: int(r.Count), Until: at(r.ExpiresAt), Refused: r.Refused > 0}
		if counts[i].Refused {
			counts[i].Until = at(r.NextAt)
		}
	}
	return counts, nil
}

// doublings is how often the first pause doubles before it is the longest.
func doublings(g account.Growth) (n int64) {
	for pause := g.First; pause < g.Most; pause *= 2 {
		n++
	}
	return n
}

// CleanAccounts is described by account.Store.
func (s *Store) CleanAccounts(ctx context.Context, c account.Cutoffs) error {
	return failed("clean accounts", s.batch(ctx, func(b *batch) error {
		now := millis(c.Now)
		if err := b.DeleteLimits(ctx, now); err != nil {
			return err
		}
		if err := b.DeleteSessions(ctx, now); err != nil {
			return err
		}
		if err := b.DeleteTokens(ctx, millis(c.Tokens)); err != nil {
			return err
		}
		if err := b.DeleteMoves(ctx, millis(c.Tokens)); err != nil {
			return err
		}
		if err := b.DeleteDevices(ctx, millis(c.Devices)); err != nil {
			return err
		}
		if err := b.DeleteFormer(ctx, now); err != nil {
			return err
		}
		if err := b.DeleteAnswers(ctx, now); err != nil {
			return err
		}
		return b.DeleteUnverifiedUsers(ctx, db.DeleteUnverifiedUsersParams{
			CreatedBefore: millis(c.Unverified), Now: now,
		})
	}))
}
