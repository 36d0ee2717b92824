package store

import (
	"context"
	"embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Pending returns how many migrations have not been applied.
func (s *Store) Pending(ctx context.Context) (int, error) {
	version, err := s.version(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return 0, err
	}
	n := 0
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		v, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("the migration %s has no number", f.Name())
		}
		if v > version {
			n++
		}
	}
	return n, nil
}

// version is the number of the last migration that was applied, 0 before the
// first. goose keeps the table; it is read here without goose, since a Worker
// asks too.
func (s *Store) version(ctx context.Context) (v int64, err error) {
	row := s.engine.Reader().QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version")
	if err = row.Scan(&v); err != nil && strings.Contains(err.Error(), "no such table") {
		return 0, nil
	}
	return v, err
}
