//go:build !js

package store

import "context"

// Down takes every migration back.
func (s *Store) Down(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	_, err = p.DownTo(ctx, 0)
	return err
}
