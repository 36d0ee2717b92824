package store

import (
	"context"
	"database/sql"

	"xswarm.ai/server/internal/store/db"
)

// remote is an engine on any database/sql driver whose transactions are writes
// only, sent together when they are committed.
type remote struct {
	db   *sql.DB
	name string
}

// Remote returns the engine on a Turso database. name is for the log: the host.
func Remote(db *sql.DB, name string) Engine { return &remote{db: db, name: name} }

func (r *remote) Reader() db.DBTX { return r.db }

func (r *remote) One(_ context.Context, f func(db.DBTX) error) error { return f(r.db) }

func (r *remote) Batch(ctx context.Context, f func(db.DBTX) error) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (r *remote) Migrating() (*sql.DB, string) { return r.db, "turso" }

func (r *remote) String() string { return "Turso at " + r.name }

func (r *remote) Close() error { return r.db.Close() }
