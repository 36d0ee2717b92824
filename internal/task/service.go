package task

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/fault"
)

// Store is where tasks live. Each method sees the tasks of one user only.
type Store interface {
	// OpenTasks returns the open tasks in the order of the list: what is due first
	// comes first, what has no date last, and of equals the older one. At most
	// limit of them.
	OpenTasks(ctx context.Context, userID string, limit int) ([]Task, error)
	// ListTasks returns the tasks with a status ("" for every one) that come after
	// a place in the same order.
	ListTasks(ctx context.Context, userID string, status Status, after Place, limit int) ([]Task, error)
}

// Service is what is done with tasks.
type Service struct{ store Store }

// New returns a service on a store.
func New(s Store) *Service { return &Service{store: s} }

// MaxOpen is how many open tasks a user may have, so that a list stays one that
// can be read.
const MaxOpen = 1000

// How many tasks a page has.
const (
	defaultPage = 50
	maxPage     = 100
)

// Open returns the user's open tasks, as they are numbered on the list.
func (s *Service) Open(ctx context.Context, userID string) ([]Task, error) {
	list, err := s.store.OpenTasks(ctx, userID, MaxOpen)
	if err != nil {
		return nil, fmt.Errorf("read open tasks: %w", err)
	}
	return list, nil
}

// List returns a page of a user's tasks in the order of the list, and the cursor
// of the next page, "" after the last. Status "" is every task, limit 0 is 50.
func (s *Service) List(ctx context.Context, userID string, status Status, cursor string, limit int) ([]Task, string, error) {
	switch status {
	case "", Open, Done, Cancelled:
	default:
		return nil, "", fault.Query("status", "must be open, done or cancelled")
	}
	if limit == 0 {
		limit = defaultPage
	}
	if limit < 1 || limit > maxPage {
		return nil, "", fault.Query("limit", fmt.Sprintf("must be from 1 to %d", maxPage))
	}
	after, ok := parseCursor(cursor)
	if !ok {
		return nil, "", fault.Query("cursor", "must be the next_cursor of the page before")
	}
	list, err := s.store.ListTasks(ctx, userID, status, after, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list tasks: %w", err)
	}
	if len(list) <= limit {
		return list, "", nil
	}
	list = list[:limit]
	return list, list[limit-1].Place().cursor(), nil
}
