package store

import (
	"context"
	"fmt"
	"math"

	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/store/db"
)

var _ memory.Store = (*Store)(nil)

// Facts is described by memory.Store.
func (s *Store) Facts(ctx context.Context, userID string) ([]memory.Fact, error) {
	return s.ListFacts(ctx, userID, "", math.MaxInt32)
}

// ListFacts is described by memory.Store.
func (s *Store) ListFacts(ctx context.Context, userID, before string, limit int) ([]memory.Fact, error) {
	rows, err := s.read().ListFacts(ctx, db.ListFactsParams{UserID: userID, Before: before, Most: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("select facts: %w", err)
	}
	list := make([]memory.Fact, len(rows))
	for i, r := range rows {
		list[i] = memory.Fact{
			ID: r.ID, UserID: r.UserID, Text: r.FactText, Confidence: r.Confidence, Category: r.Category,
			Source: r.Source, CreatedAt: at(r.CreatedAt), UpdatedAt: at(r.UpdatedAt),
		}
	}
	return list, nil
}

// addFact stores a fact about the user, whomever it says it is about.
func (b *batch) addFact(ctx context.Context, userID string, f memory.Fact) error {
	return b.InsertFact(ctx, db.InsertFactParams{
		ID: f.ID, UserID: userID, FactText: f.Text, Confidence: f.Confidence, Category: f.Category,
		Source: f.Source, CreatedAt: millis(f.CreatedAt), UpdatedAt: b.now,
	})
}

// forgetFact deletes a fact about the user. Nothing happens if it is gone.
func (b *batch) forgetFact(ctx context.Context, userID, factID string) error {
	return b.DeleteFact(ctx, db.DeleteFactParams{ID: factID, UserID: userID})
}
