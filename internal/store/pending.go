package store

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Pending returns how many migrations have not been applied.
func (s *Store) Pending(ctx context.Context) (int, error) {
	version, known, err := s.versions(ctx)
	n := 0
	for _, v := range known {
		if v > version {
			n++
		}
	}
	return n, err
}

// Versions returns the number of the last migration that was applied, 0 before
// the first, and of the last one that this program knows.
func (s *Store) Versions(ctx context.Context) (applied, newest int64, err error) {
	applied, known, err := s.versions(ctx)
	if err != nil {
		return 0, 0, err
	}
	return applied, slices.Max(known), nil
}

func (s *Store) versions(ctx context.Context) (applied int64, known []int64, err error) {
	if applied, err = s.version(ctx); err != nil {
		return 0, nil, fmt.Errorf("read the schema's version: %w", err)
	}
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return 0, nil, err
	}
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		v, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, nil, fmt.Errorf("the migration %s has no number", f.Name())
		}
		known = append(known, v)
	}
	return applied, known, nil
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
