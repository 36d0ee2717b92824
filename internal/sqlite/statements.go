package sqlite

import (
	"context"
	"database/sql"
	"sync"

	"xswarm.ai/server/internal/store/db"
)

// maxStatements bounds how many statements are kept ready. The store's are fewer;
// those beyond, from lists of varying length, are prepared each time.
const maxStatements = 256

// statements runs queries on a pool or a connection and keeps each one's
// statement ready: preparing one costs more than most of ours take to run.
type statements struct {
	db.DBTX // what they run on

	mu      sync.RWMutex
	byQuery map[string]*sql.Stmt
}

func newStatements(on db.DBTX) *statements {
	return &statements{DBTX: on, byQuery: map[string]*sql.Stmt{}}
}

// of returns the statement of a query; nil if it cannot be kept or prepared, and
// running it unprepared says why.
func (s *statements) of(ctx context.Context, query string) *sql.Stmt {
	s.mu.RLock()
	stmt, ok := s.byQuery[query]
	s.mu.RUnlock()
	if ok {
		return stmt
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt, ok := s.byQuery[query]; ok {
		return stmt
	}
	if len(s.byQuery) >= maxStatements {
		return nil
	}
	// It outlives the request that is the first to need it.
	stmt, err := s.DBTX.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil
	}
	s.byQuery[query] = stmt
	return stmt
}

func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if stmt := s.of(ctx, query); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return s.DBTX.ExecContext(ctx, query, args...)
}

func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := s.of(ctx, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return s.DBTX.QueryContext(ctx, query, args...)
}

func (s *statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := s.of(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return s.DBTX.QueryRowContext(ctx, query, args...)
}

// close gives the statements back.
func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for query, stmt := range s.byQuery {
		stmt.Close()
		delete(s.byQuery, query)
	}
}
