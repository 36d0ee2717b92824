package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store/db"
)

func TestAFileThatMayNotGrowRefusesWritesAndForgetsNothing(t *testing.T) {
	d := withTable(t)
	insert(t, d, "before")
	limit(t, d, 1) // of pages; SQLite takes it for "no more than there are"
	var acknowledged, refused int
	for refused < 20 {
		var wg sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			wg.Go(func() { errs[i] = execute(d, "INSERT INTO t (v) VALUES (?)", fmt.Sprintf("%0500d", i)) })
		}
		wg.Wait()
		for _, err := range errs {
			switch {
			case err == nil:
				acknowledged++
			case isUnavailable(err):
				refused++
			default:
				t.Fatalf("got %v, want ErrUnavailable", err)
			}
		}
	}
	if n := count(t, d); n != acknowledged+1 {
		t.Errorf("%d rows can be read, %d were acknowledged", n, acknowledged+1)
	}
	limit(t, d, 1<<30)
	insert(t, d, "after")
	if n := count(t, d); n != acknowledged+2 {
		t.Errorf("%d rows are there, %d were acknowledged", n, acknowledged+2)
	}
}

func TestAWriterWaitsForAnotherProgramThatIsSoonDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, other := shared(t)
		release, wait := hold(t, other, "a")
		time.AfterFunc(5*time.Second, release)
		insert(t, d, "b")
		must(t, wait())
		if got := values(t, d); got != "a b" {
			t.Errorf("stored are %q, want a and b", got)
		}
	})
}

func TestWritersThatWaitForAnotherProgramGiveUpTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, other := shared(t)
		release, wait := hold(t, other, "a")
		const n = 10
		var wg sync.WaitGroup
		errs := make([]error, n)
		began := time.Now()
		for i := range n {
			wg.Go(func() { errs[i] = execute(d, "INSERT INTO t (v) VALUES (?)", fmt.Sprint(i)) })
		}
		wg.Wait()
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("the last of %d was told after %s, want after the time that one waits", n, took)
		}
		for _, err := range errs {
			if !isUnavailable(err) {
				t.Errorf("got %v, want ErrUnavailable", err)
			}
		}
		if got := values(t, d); got != "" { // reading goes on
			t.Errorf("stored are %q, want nothing", got)
		}
		release()
		must(t, wait())
		insert(t, d, "b")
		if got := values(t, d); got != "a b" {
			t.Errorf("stored are %q, want a and b", got)
		}
	})
}

func TestAWriteThatNeverHadItsTurnSaysThatNothingWasDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withTable(t)
		release, wait := hold(t, d, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := d.One(ctx, func(tx db.DBTX) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO t (v) VALUES ('b')")
			return err
		})
		if !isUnavailable(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want ErrUnavailable because of the deadline", err)
		}
		release()
		must(t, wait())
		if got := values(t, d); got != "a" {
			t.Errorf("stored are %q, want a alone", got)
		}
	})
}

// isUnavailable reports whether an error is to be answered with 503 and a time to
// come back.
func isUnavailable(err error) bool {
	f := fault.From(err)
	return errors.Is(err, sqlite.ErrUnavailable) && f.Kind == fault.Unavailable && f.RetryAfter > 0
}

// limit sets how many pages the file may have.
func limit(t *testing.T, d *sqlite.DB, pages int) {
	t.Helper()
	must(t, d.One(t.Context(), func(tx db.DBTX) error {
		var now int
		return tx.QueryRowContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count=%d", pages)).Scan(&now)
	}))
}

// shared is one file, opened by two programs.
func shared(t *testing.T) (d, other *sqlite.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	d = open(t, sqlite.Options{Path: path})
	must(t, execute(d, "CREATE TABLE t (v TEXT NOT NULL) STRICT"))
	return d, open(t, sqlite.Options{Path: path})
}
