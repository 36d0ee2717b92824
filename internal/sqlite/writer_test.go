package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store/db"
)

// hold makes the writer busy with a write of v until release is called; wait
// returns what became of it.
func hold(t *testing.T, d *sqlite.DB, v string) (release func(), wait func() error) {
	t.Helper()
	gate, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- d.Batch(context.Background(), func(tx db.DBTX) error {
			_, err := tx.ExecContext(context.Background(), "INSERT INTO t (v) VALUES (?)", v)
			<-gate
			return err
		})
	}()
	synctest.Wait()
	return func() { close(gate) }, func() error { return <-done }
}

func TestWritersThatComeTogetherShareOneCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withTable(t)
		before := d.Stats()
		release, wait := hold(t, d, "first")
		const n = 50
		var wg sync.WaitGroup
		errs := make([]error, n)
		for i := range n {
			wg.Go(func() { errs[i] = execute(d, "INSERT INTO t (v) VALUES (?)", fmt.Sprint(i)) })
		}
		synctest.Wait() // all of them are waiting for their turn
		release()
		wg.Wait()
		must(t, errors.Join(append(errs, wait())...))

		after := d.Stats()
		if got := after.Writes - before.Writes; got != n+1 {
			t.Errorf("%d writes were counted, want %d", got, n+1)
		}
		if got := after.Commits - before.Commits; got != 1 {
			t.Errorf("%d commits carried them, want 1", got)
		}
		if got := count(t, d); got != n+1 {
			t.Errorf("%d rows were stored, want %d", got, n+1)
		}
	})
}

func TestAFailingWriteDoesNotHarmTheOthersOfItsGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withTable(t)
		release, wait := hold(t, d, "a")
		failed := errors.New("no")
		bad, good := make(chan error, 1), make(chan error, 1)
		go func() {
			bad <- d.Batch(context.Background(), func(tx db.DBTX) error {
				if _, err := tx.ExecContext(context.Background(), "INSERT INTO t (v) VALUES ('b')"); err != nil {
					return err
				}
				return failed
			})
		}()
		synctest.Wait()
		go func() { good <- execute(d, "INSERT INTO t (v) VALUES ('c')") }()
		synctest.Wait()
		release()
		must(t, wait())
		must(t, <-good)
		if err := <-bad; !errors.Is(err, failed) {
			t.Errorf("got %v, want the write's own error", err)
		}
		if got := values(t, d); got != "a c" {
			t.Errorf("stored are %q, want a and c", got)
		}
	})
}

func TestAWriteThatFailsIsToldWhenWhatItSawIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withTable(t)
		releaseFirst, waitFirst := hold(t, d, "a")
		failed := errors.New("a is there")
		bad := make(chan error, 1)
		go func() {
			bad <- d.Batch(context.Background(), func(db.DBTX) error { return failed })
		}()
		synctest.Wait()
		releaseLast, waitLast := hold(t, d, "c")
		releaseFirst()
		synctest.Wait() // it failed, and the group goes on
		select {
		case err := <-bad:
			t.Errorf("it was told %v before the commit, and would not find a", err)
		default:
		}
		releaseLast()
		must(t, errors.Join(waitFirst(), waitLast()))
		if err := <-bad; !errors.Is(err, failed) {
			t.Errorf("got %v, want the write's own error", err)
		}
	})
}

func TestAWaiterWhoseContextEndsIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withTable(t)
		release, wait := hold(t, d, "a")
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			gone <- d.One(ctx, func(tx db.DBTX) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO t (v) VALUES ('b')")
				return err
			})
		}()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) { // while the writer is still busy
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		release()
		must(t, wait())
		if got := values(t, d); got != "a" {
			t.Errorf("stored are %q, want a alone", got)
		}
	})
}

func TestAContextThatEndsDuringAWriteDoesNotUndoTheGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withTable(t)
		release, wait := hold(t, d, "a")
		ctx, cancel := context.WithCancel(t.Context())
		other := make(chan error, 1)
		go func() {
			other <- d.Batch(ctx, func(tx db.DBTX) error {
				cancel()
				_, err := tx.ExecContext(ctx, "INSERT INTO t (v) VALUES ('b')")
				return err
			})
		}()
		synctest.Wait()
		release()
		must(t, wait())
		must(t, <-other) // it had its turn, so it was finished and is known to be
		if got := values(t, d); got != "a b" {
			t.Errorf("stored are %q, want a and b", got)
		}
	})
}

func TestAPanicIsTheCallersOwn(t *testing.T) {
	d := withTable(t)
	func() {
		defer func() {
			if p := recover(); p != "oh" {
				t.Errorf("recovered %v, want the panic of the write", p)
			}
		}()
		d.Batch(t.Context(), func(tx db.DBTX) error {
			tx.ExecContext(t.Context(), "INSERT INTO t (v) VALUES ('half')")
			panic("oh")
		})
	}()
	must(t, execute(d, "INSERT INTO t (v) VALUES ('after')"))
	if got := values(t, d); got != "after" {
		t.Errorf("stored are %q, want what came after the panic alone", got)
	}
}

func TestAGoroutineThatExitsDuringItsWriteStoresNothing(t *testing.T) {
	d := withTable(t)
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		d.Batch(context.Background(), func(tx db.DBTX) error {
			tx.ExecContext(context.Background(), "INSERT INTO t (v) VALUES ('half')")
			runtime.Goexit()
			return nil
		})
	}()
	<-exited
	must(t, execute(d, "INSERT INTO t (v) VALUES ('after')"))
	if got := values(t, d); got != "after" {
		t.Errorf("stored are %q, want what came after alone", got)
	}
}

func TestAFullDiskIsAnErrorAndLosesNothingAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withTable(t)
		must(t, execute(d, "INSERT INTO t (v) VALUES ('acknowledged')"))
		must(t, execute(d, "PRAGMA max_page_count=8")) // the disk has no more room
		release, wait := hold(t, d, "lost")
		big, later := make(chan error, 1), make(chan error, 1)
		go func() { big <- execute(d, "INSERT INTO t (v) VALUES (?)", strings.Repeat("x", 100_000)) }()
		synctest.Wait()
		go func() { later <- execute(d, "INSERT INTO t (v) VALUES ('later')") }()
		synctest.Wait()
		release()
		if err := <-big; err == nil || !strings.Contains(err.Error(), "full") {
			t.Errorf("the big write: got %v, want that the disk is full", err)
		}
		// SQLite undid the transaction, so the write before it must not be
		// acknowledged either.
		if err := wait(); !errors.Is(err, sqlite.ErrUnavailable) || !strings.Contains(err.Error(), "undone with another write") {
			t.Errorf("the write beside it: got %v, want that it was undone", err)
		}
		must(t, <-later)
		if got := values(t, d); got != "acknowledged later" {
			t.Errorf("stored are %q, want acknowledged and later", got)
		}
		must(t, execute(d, "PRAGMA max_page_count=1000000"))
		must(t, execute(d, "INSERT INTO t (v) VALUES (?)", strings.Repeat("x", 100_000)))
	})
}

func TestCloseFinishesTheGroupUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.db")
		d := open(t, sqlite.Options{Path: path})
		must(t, execute(d, "CREATE TABLE t (v TEXT NOT NULL) STRICT"))
		release, wait := hold(t, d, "under way")
		closed := make(chan error, 1)
		go func() { closed <- d.Close() }()
		synctest.Wait()
		select {
		case <-closed:
			t.Fatal("the database was closed under a write")
		default:
		}
		if err := execute(d, "INSERT INTO t (v) VALUES ('late')"); !errors.Is(err, sqlite.ErrUnavailable) {
			t.Errorf("a late write: got %v, want ErrUnavailable", err)
		}
		release()
		must(t, wait())
		must(t, <-closed)
		if got := values(t, open(t, sqlite.Options{Path: path})); got != "under way" {
			t.Errorf("stored are %q, want what was under way", got)
		}
	})
}

// BenchmarkWritesTogether is what group commit is for: compare -cpu 1 -parallel 1.
func BenchmarkWritesTogether(b *testing.B) {
	for _, writers := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			d := withTable(b)
			b.SetParallelism(max(1, writers/runtime.GOMAXPROCS(0)))
			before := d.Stats()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if err := execute(d, "INSERT INTO t (v) VALUES ('x')"); err != nil {
						b.Error(err)
					}
				}
			})
			after := d.Stats()
			b.ReportMetric(float64(after.Writes-before.Writes)/float64(after.Commits-before.Commits), "writes/commit")
		})
	}
}
