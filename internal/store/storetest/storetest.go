// Package storetest gives tests a store of their own: real SQL, migrated, empty.
package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store"
)

var _ store.Engine = (*sqlite.DB)(nil)

// Each runs f on every engine, each time with a fresh store and clock.
func Each(t *testing.T, f func(t *testing.T, s *store.Store, clock *Clock)) {
	t.Helper()
	EachEngine(t, func(t *testing.T, e store.Engine) {
		clock := NewClock()
		f(t, store.New(e, clock.Now), clock)
	})
}

// EachEngine runs f on every engine, each time on a fresh, migrated database.
func EachEngine(t *testing.T, f func(t *testing.T, e store.Engine)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { f(t, EmbeddedEngine(t)) })
	t.Run("turso", func(t *testing.T) { f(t, TursoEngine(t)) })
}

// EachEmpty runs f on every engine, each time on a database without a schema.
func EachEmpty(t *testing.T, f func(t *testing.T, e store.Engine)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { f(t, openSQLite(t, nil)) })
	t.Run("turso", func(t *testing.T) { f(t, openTurso(t, nil)) })
}

// Embedded returns a fresh store on the embedded engine.
func Embedded(t testing.TB, clock *Clock) *store.Store {
	t.Helper()
	return store.New(EmbeddedEngine(t), clock.Now)
}

// EmbeddedEngine returns a fresh, migrated embedded database.
func EmbeddedEngine(t testing.TB) *sqlite.DB {
	t.Helper()
	file, err := template()
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	return openSQLite(t, file)
}

// openSQLite opens a database that begins as the given file.
func openSQLite(t testing.TB, file []byte) *sqlite.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "xswarm.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	engine, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return engine
}

// template is the file of an empty, migrated database: made once, then copied.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "xswarm-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	ctx := context.Background()
	engine, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(store.New(engine, time.Now).Migrate(ctx), engine.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
