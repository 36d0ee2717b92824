package memory

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
)

// Store is where facts live. Each method sees the facts of one user only.
type Store interface {
	// Facts returns all that is remembered, newest first.
	Facts(ctx context.Context, userID string) ([]Fact, error)
	// ListFacts returns the newest facts that are older than the fact before (""
	// for the newest of all).
	ListFacts(ctx context.Context, userID, before string, limit int) ([]Fact, error)
}

// Service is what is done with facts.
type Service struct{ store Store }

// New returns a service on a store.
func New(s Store) *Service { return &Service{store: s} }

// How many facts a page has.
const (
	defaultPage = 50
	maxPage     = 100
)

// All returns all that is remembered about a user, newest first.
func (s *Service) All(ctx context.Context, userID string) ([]Fact, error) {
	list, err := s.store.Facts(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return list, nil
}

// List returns a page of a user's facts, newest first, and the cursor of the next
// page, "" after the last. Limit 0 is 50.
func (s *Service) List(ctx context.Context, userID, cursor string, limit int) ([]Fact, string, error) {
	limit, err := page(limit)
	if err != nil {
		return nil, "", err
	}
	before, ok := parseCursor(cursor)
	if !ok {
		return nil, "", fault.Query("cursor", "must be the next_cursor of the page before")
	}
	list, err := s.store.ListFacts(ctx, userID, before, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list facts: %w", err)
	}
	if len(list) <= limit {
		return list, "", nil
	}
	list = list[:limit]
	return list, base64.RawURLEncoding.EncodeToString([]byte(list[limit-1].ID)), nil
}

// Recall returns the facts that match a query, best first: see Rank. Limit 0 is 50.
func (s *Service) Recall(ctx context.Context, userID, query string, limit int) ([]Fact, error) {
	limit, err := page(limit)
	if err != nil {
		return nil, err
	}
	list, err := s.All(ctx, userID)
	if err != nil {
		return nil, err
	}
	ranked := Rank(list, query)
	return ranked[:min(limit, len(ranked))], nil
}

func page(limit int) (int, error) {
	if limit == 0 {
		return defaultPage, nil
	}
	if limit < 1 || limit > maxPage {
		return 0, fault.Query("limit", fmt.Sprintf("must be from 1 to %d", maxPage))
	}
	return limit, nil
}

// parseCursor reads a cursor, which is the id of the last fact that was seen.
// Ids are in the order of time. Whose facts are read does not depend on it.
func parseCursor(s string) (factID string, ok bool) {
	if s == "" {
		return "", true
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	factID = string(raw)
	return factID, err == nil && strings.HasPrefix(factID, id.Fact+"_") && len(factID) <= 40
}
