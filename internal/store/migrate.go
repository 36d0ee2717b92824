//go:build !js

package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3" // 0.14 MB gzip that a Worker has no use for
)

// The lease lets one program migrate at a time. Like goose's own table it is
// older than every migration, so it is made here. Its times are the database's,
// as the programs that share it have clocks of their own.
const (
	createLease = `CREATE TABLE IF NOT EXISTS migration_lease (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    until      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT`

	takeLease = `INSERT INTO migration_lease (name, holder, until, created_at, updated_at)
VALUES ('migrate', ?1, 1000 * unixepoch() + ?2, 1000 * unixepoch(), 1000 * unixepoch())
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, until = excluded.until, updated_at = excluded.updated_at
WHERE holder = excluded.holder OR until <= 1000 * unixepoch()
RETURNING holder`

	dropLease = `DELETE FROM migration_lease WHERE name = 'migrate' AND holder = ?1`
)

const (
	leaseTime  = 2 * time.Minute // longer than any single migration
	leasePause = 200 * time.Millisecond
)

// Migrate brings the schema up to date. Of several programs that migrate at once
// one does it and the others wait.
func (s *Store) Migrate(ctx context.Context) error {
	db, _ := s.engine.Migrating()
	p, err := s.migrator()
	if err != nil {
		return err
	}
	holder := rand.Text()
	if err := awaitLease(ctx, db, holder); err != nil {
		return err
	}
	err = upwards(ctx, p, db, holder)
	// It is given back even when ctx has ended, and runs out if that fails.
	dctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, derr := db.ExecContext(dctx, dropLease, holder)
	return errors.Join(err, derr)
}

func (s *Store) migrator() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	db, dialect := s.engine.Migrating()
	p, err := goose.NewProvider(goose.Dialect(dialect), db, dir, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// upwards applies what is pending, making the lease last for each migration.
func upwards(ctx context.Context, p *goose.Provider, db *sql.DB, holder string) error {
	for {
		if ok, err := lease(ctx, db, holder); err != nil {
			return err
		} else if !ok {
			return errors.New("migrate: another program took over; start again")
		}
		_, err := p.UpByOne(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
	}
}

// awaitLease takes the lease, waiting while another program has it.
func awaitLease(ctx context.Context, db *sql.DB, holder string) error {
	if _, err := db.ExecContext(ctx, createLease); err != nil {
		return fmt.Errorf("migrate: make the lease: %w", err)
	}
	for {
		if ok, err := lease(ctx, db, holder); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("migrate: another program is doing it: %w", ctx.Err())
		case <-time.After(leasePause):
		}
	}
}

// lease takes or prolongs the lease; ok is false while another program has it.
func lease(ctx context.Context, db *sql.DB, holder string) (ok bool, err error) {
	var got string
	err = db.QueryRowContext(ctx, takeLease, holder, leaseTime.Milliseconds()).Scan(&got)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil && ctx.Err() != nil: // SQLite only says that it was interrupted
		return false, fmt.Errorf("migrate: take the lease: %w", ctx.Err())
	case err != nil:
		return false, fmt.Errorf("migrate: take the lease: %w", err)
	}
	return true, nil
}
