package store

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/store/db"
)

// OptedOut is described by phone.Store.
func (s *Store) OptedOut(ctx context.Context, number string) (bool, error) {
	out, err := s.read().OptedOut(ctx, number)
	if err != nil {
		return false, fmt.Errorf("read opt-outs: %w", err)
	}
	return out, nil
}

// optOut stores that a person wants no texts.
func (b *batch) optOut(ctx context.Context, number string, k phone.Keyword) error {
	return b.OptOut(ctx, db.OptOutParams{Number: number, Keyword: string(k), CreatedAt: b.now, UpdatedAt: b.now})
}
