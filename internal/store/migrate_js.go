package store

import (
	"context"
	"errors"
)

// Migrate is the server's: the database of a Worker is shared, so that no program
// changes its schema on its own.
func (s *Store) Migrate(context.Context) error {
	return errors.New("a Worker does not migrate: run xswarm migrate")
}
