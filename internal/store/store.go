// Package store is all of the product's SQL: the schema (migrations), the
// queries (queries/*.sql, from which sqlc generates the package db), and one
// method for each thing the product does with its data.
//
// It runs on an Engine: the embedded SQLite of package sqlite, or Turso through
// the driver of package hrana. Both obey the write model:
//
//  1. A single statement runs alone, committed when it returns: one.
//  2. Several writes that stand together are a transaction of writes only;
//     nothing is read inside it: batch. To abort it when a statement changed
//     nothing, the statement is followed by guard.
//  3. What was sent and not answered is never repeated here. The caller finds
//     out by reading a unique key again.
//  4. Nothing is acknowledged before it is durable.
//
// Rules about who may do what live in the product's packages, never here.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store/db"
)

// Engine is a database that keeps the write model.
type Engine interface {
	// Reader answers queries. It sees everything that was committed before.
	Reader() db.DBTX
	// One runs f, which executes exactly one statement; it is committed, durably,
	// when One returns nil.
	One(ctx context.Context, f func(db.DBTX) error) error
	// Batch runs f, whose statements are committed together, durably, when Batch
	// returns nil, or not at all. f reads nothing: on Turso the statements are sent
	// only when f has returned, so their errors come from Batch.
	Batch(ctx context.Context, f func(db.DBTX) error) error
	// Migrating returns the connection on which migrations run, and goose's name
	// for its dialect ("sqlite3" or "turso").
	Migrating() (*sql.DB, string)
	// String says which engine it is and where its data is, for the log; never a
	// secret.
	String() string
	Close() error
}

// Store is the product's data.
type Store struct {
	engine Engine
	now    func() time.Time
	// stored is called after jobs were stored.
	stored func()
}

// New returns a store on an engine. now is the product's clock; it stamps
// created_at and updated_at.
func New(e Engine, now func() time.Time) *Store {
	return &Store{engine: e, now: now, stored: func() {}}
}

// OnJobs names who is told, after a commit, that jobs were stored.
func (s *Store) OnJobs(f func()) { s.stored = f }

// errGuard says that a guarded statement of a batch changed nothing.
var errGuard = errors.New("a guarded statement changed nothing")

// read returns the queries, for reading.
func (s *Store) read() *db.Queries { return db.New(s.engine.Reader()) }

// one runs a single writing statement.
func (s *Store) one(ctx context.Context, f func(*db.Queries) error) error {
	return s.sorted(s.engine.One(ctx, func(tx db.DBTX) error { return f(db.New(tx)) }))
}

// batch runs writes that stand together.
func (s *Store) batch(ctx context.Context, f func(*batch) error) error {
	var b *batch
	err := s.engine.Batch(ctx, func(tx db.DBTX) error {
		b = &batch{Queries: db.New(tx), tx: tx, now: millis(s.now())}
		if err := f(b); err != nil {
			return err
		}
		if b.guarded {
			_, err := tx.ExecContext(ctx, "DELETE FROM guard")
			return err
		}
		return nil
	})
	if err != nil {
		return s.sorted(err)
	}
	if b.jobs {
		s.stored()
	}
	return nil
}

// batch is a transaction of writes being made.
type batch struct {
	*db.Queries
	tx      db.DBTX
	now     int64 // when it is made, for created_at and updated_at
	guarded bool
	jobs    bool
}

// guard aborts the batch (errGuard) if the statement before it changed nothing.
func (b *batch) guard(ctx context.Context) error {
	b.guarded = true
	_, err := b.tx.ExecContext(ctx, "INSERT INTO guard (ok) SELECT changes()")
	return err
}

// unlessGuarded turns "a guarded statement changed nothing" into false.
func unlessGuarded(err error) (bool, error) {
	if errors.Is(err, errGuard) {
		return false, nil
	}
	return err == nil, err
}

// enqueue stores jobs with the batch. One whose key is taken is left out.
func (b *batch) enqueue(ctx context.Context, js ...jobs.Job) error {
	for _, j := range js {
		err := b.InsertJob(ctx, db.InsertJobParams{
			ID: j.ID, Kind: j.Kind, Payload: string(j.Payload), Key: opt(j.Key), Lane: opt(j.Lane),
			RunAt: millis(j.RunAt), CreatedAt: b.now, UpdatedAt: b.now,
		})
		if err != nil {
			return err
		}
		b.jobs = true
	}
	return nil
}

// sorted turns an engine's error into what the callers tell apart.
func (s *Store) sorted(err error) error {
	var f *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f), errors.Is(err, errGuard):
		return err
	case strings.Contains(err.Error(), "CHECK constraint failed: guard_ok"):
		return errGuard // the constraint's name, which both engines say
	}
	return err
}

// isUnique reports whether err says that column ("users.username") would not be
// unique any more. Both engines say it in SQLite's words.
func isUnique(err error, column string) bool {
	return err != nil && strings.Contains(err.Error(), "UNIQUE constraint failed") &&
		strings.Contains(err.Error(), column)
}

// found turns "no rows" into fault.ErrNotFound and says what was being done otherwise.
func found(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fault.ErrNotFound
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// lastID comes after every id.
const lastID = "~"

// millis is how times are stored: milliseconds since 1970, UTC.
func millis(t time.Time) int64 { return t.UnixMilli() }

// optMillis stores the zero time as null.
func optMillis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	m := t.UnixMilli()
	return &m
}

// at is the way back from millis.
func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// optAt is the way back from optMillis.
func optAt(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return at(*ms)
}

// opt stores "" as null.
func opt(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// str is the way back from opt.
func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
