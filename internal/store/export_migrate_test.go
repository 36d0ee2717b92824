//go:build !js

package store

import "context"

// Down takes every migration back.
func (s *Store) Down(ctx context.Context) error { return s.DownTo(ctx, 0) }

// DownTo takes the migrations after a version back.
func (s *Store) DownTo(ctx context.Context, version int64) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	_, err = p.DownTo(ctx, version)
	return err
}

// MigrateTo makes the schema that of a version.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, version)
	return err
}
