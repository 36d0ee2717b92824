//go:build !js

package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func TestMigrationsGoUpDownAndUpAgain(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, e store.Engine) {
		s := store.New(e, storetest.NewClock().Now)
		wantPending(t, s, true)
		must(t, s.Migrate(t.Context()))
		wantPending(t, s, false)
		first := schema(t, s)
		must(t, s.Migrate(t.Context())) // with nothing to do
		if got := schema(t, s); got != first {
			t.Errorf("migrating twice made another schema:\n%s\nwant\n%s", got, first)
		}

		must(t, s.Down(t.Context()))
		wantPending(t, s, true)
		if got := schema(t, s); strings.Contains(got, "users") {
			t.Errorf("taken back, the schema is still\n%s", got)
		}
		must(t, s.Migrate(t.Context()))
		if got := schema(t, s); got != first {
			t.Errorf("up again, the schema is\n%s\nwant\n%s", got, first)
		}
	})
}

func TestBothEnginesHaveTheSameTables(t *testing.T) {
	var embedded, turso string
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		embedded, turso = turso, shape(t, s)
	})
	if embedded != turso {
		t.Errorf("embedded:\n%s\nturso:\n%s", embedded, turso)
	}
}

func TestProgramsThatMigrateAtOnceDoItOnce(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, e store.Engine) {
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() { errs[i] = store.New(e, storetest.NewClock().Now).Migrate(t.Context()) })
		}
		wg.Wait()
		must(t, errors.Join(errs...))
		s := store.New(e, storetest.NewClock().Now)
		wantPending(t, s, false)
		var leases, twice int
		must(t, s.Query().QueryRowContext(t.Context(), "SELECT count(*) FROM migration_lease").Scan(&leases))
		must(t, s.Query().QueryRowContext(t.Context(),
			"SELECT count(*) FROM (SELECT version_id FROM goose_db_version GROUP BY version_id HAVING count(*) > 1)").Scan(&twice))
		if leases != 0 || twice != 0 {
			t.Errorf("%d leases were kept and %d migrations noted twice, want none", leases, twice)
		}
	})
}

func TestMigratingWaitsForWhoHasTheLease(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		hold(t, e, "1000 * unixepoch() + 60000")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := store.New(e, storetest.NewClock().Now).Migrate(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want to have waited until the end", err)
		}
		if got := holder(t, e); got != "another" {
			t.Errorf("the lease is %q's, want another's", got)
		}
	})
}

func TestALeaseThatRanOutIsTakenOver(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		hold(t, e, "1000 * unixepoch() - 1")
		must(t, store.New(e, storetest.NewClock().Now).Migrate(t.Context()))
	})
}

// hold gives the lease to another program.
func hold(t *testing.T, e store.Engine, until string) {
	t.Helper()
	must(t, exec(t, e, `INSERT INTO migration_lease (name, holder, until, created_at, updated_at)
		VALUES ('migrate', 'another', `+until+`, 1, 1)`))
}

func holder(t *testing.T, e store.Engine) (name string) {
	t.Helper()
	must(t, e.Reader().QueryRowContext(t.Context(), "SELECT holder FROM migration_lease").Scan(&name))
	return name
}

func wantPending(t *testing.T, s *store.Store, want bool) {
	t.Helper()
	n, err := s.Pending(t.Context())
	must(t, err)
	if (n > 0) != want {
		t.Errorf("%d migrations are pending, want some: %t", n, want)
	}
}

// schema returns what the database was made with, ours and goose's.
func schema(t *testing.T, s *store.Store) string {
	t.Helper()
	return text(t, s.Query(), "SELECT coalesce(group_concat(name || ' ' || sql, char(10)), '') FROM (SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)")
}

// shape is every table with its columns, however its engine writes that down.
func shape(t *testing.T, s *store.Store) string {
	t.Helper()
	var b strings.Builder
	for _, table := range tables(t, s) {
		b.WriteString(table.name + " (" + strings.Join(columns(t, s, table.name), ", ") + ")\n")
	}
	return b.String()
}

func TestAProgramOlderThanTheDatabaseGoesOn(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		db, _ := e.Migrating()
		_, err := db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
		must(t, err)
		s := store.New(e, storetest.NewClock().Now)
		if n, err := s.Pending(t.Context()); err != nil || n != 0 {
			t.Errorf("got %d pending, %v", n, err)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Errorf("migrate: %v", err)
		}
	})
}
