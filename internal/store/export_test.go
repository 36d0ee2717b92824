package store

import (
	"context"

	"xswarm.ai/server/internal/store/db"
)

// What the tests of the write model reach through.
var ErrGuard = errGuard

func IsUnique(err error, column string) bool { return isUnique(err, column) }

// Guarded runs statements as a batch, and guards each.
func (s *Store) Guarded(ctx context.Context, stmts ...string) error {
	return s.batch(ctx, func(b *batch) error {
		for _, stmt := range stmts {
			if _, err := b.tx.ExecContext(ctx, stmt); err != nil {
				return err
			}
			if err := b.guard(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Query reads, for a test that looks at the tables themselves.
func (s *Store) Query() db.DBTX { return s.engine.Reader() }
