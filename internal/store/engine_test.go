package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/db"
	"xswarm.ai/server/internal/store/storetest"
)

// The rules of the write model, each on both engines.

const insertOptOut = `INSERT INTO opt_outs (number, keyword, created_at, updated_at) VALUES (?, ?, 1, 1)`

func TestASingleStatementIsCommittedWhenItReturnsItsRows(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		var got string
		err := e.One(t.Context(), func(tx db.DBTX) error {
			return tx.QueryRowContext(t.Context(), insertOptOut+" RETURNING keyword", "+1", "STOP").Scan(&got)
		})
		if err != nil || got != "STOP" {
			t.Fatalf("got %q, %v; want STOP", got, err)
		}
		wantNumbers(t, e, "+1")
	})
}

func TestASingleStatementThatFailsChangesNothing(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		must(t, exec(t, e, insertOptOut, "+1", "STOP"))
		err := exec(t, e, `INSERT INTO opt_outs (number, keyword, created_at, updated_at) VALUES ('+2','',1,1), ('+1','',1,1)`)
		if !store.IsUnique(err, "opt_outs.number") {
			t.Errorf("got %v, want a unique violation", err)
		}
		wantNumbers(t, e, "+1")
	})
}

func TestABatchIsStoredWhole(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		must(t, batch(t, e, []any{"+1", "STOP"}, []any{"+2", "STOP"}, []any{"+3", "STOP"}))
		wantNumbers(t, e, "+1", "+2", "+3")
	})
}

func TestABatchWithAFailingStatementStoresNothing(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		err := batch(t, e, []any{"+1", "STOP"}, []any{"+1", "STOP"}, []any{"+2", "STOP"})
		if !store.IsUnique(err, "opt_outs.number") {
			t.Errorf("got %v, want a unique violation", err)
		}
		wantNumbers(t, e)
		must(t, batch(t, e, []any{"+3", "STOP"})) // and no transaction was left open
		wantNumbers(t, e, "+3")
	})
}

func TestABatchWhoseFunctionFailsStoresNothing(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		changedMind := errors.New("changed my mind")
		err := e.Batch(t.Context(), func(tx db.DBTX) error {
			if _, err := tx.ExecContext(t.Context(), insertOptOut, "+1", "STOP"); err != nil {
				return err
			}
			return changedMind
		})
		if !errors.Is(err, changedMind) {
			t.Errorf("got %v, want the function's own error", err)
		}
		wantNumbers(t, e)
	})
}

func TestABatchWithoutStatementsIsNothing(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		must(t, e.Batch(t.Context(), func(db.DBTX) error { return nil }))
	})
}

func TestNothingIsReadInsideABatch(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		err := e.Batch(t.Context(), func(tx db.DBTX) error {
			if _, err := tx.ExecContext(t.Context(), insertOptOut, "+1", "STOP"); err != nil {
				return err
			}
			var n int
			return tx.QueryRowContext(t.Context(), "SELECT count(*) FROM opt_outs").Scan(&n)
		})
		if err == nil || !strings.Contains(err.Error(), "nothing can be read") {
			t.Errorf("got %v, want a clear refusal", err)
		}
		wantNumbers(t, e)
	})
}

func TestAGuardAbortsTheBatchWhenAStatementChangedNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		err := s.Guarded(t.Context(),
			`INSERT INTO opt_outs (number, keyword, created_at, updated_at) VALUES ('+1', 'STOP', 1, 1)`,
			`UPDATE opt_outs SET keyword = 'START' WHERE number = '+2'`)
		if !errors.Is(err, store.ErrGuard) {
			t.Errorf("got %v, want errGuard", err)
		}
		if n := count(t, s, "opt_outs"); n != 0 {
			t.Errorf("%d rows were stored, want none", n)
		}
		if n := count(t, s, "guard"); n != 0 {
			t.Errorf("%d guard rows were left, want none", n)
		}
	})
}

func TestAGuardedBatchThatChangesSomethingLeavesNoGuardRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		must(t, s.Guarded(t.Context(),
			`INSERT INTO opt_outs (number, keyword, created_at, updated_at) VALUES ('+1', 'STOP', 1, 1)`,
			`UPDATE opt_outs SET keyword = 'START' WHERE number = '+1'`))
		if n := count(t, s, "opt_outs"); n != 1 {
			t.Errorf("%d rows were stored, want 1", n)
		}
		if n := count(t, s, "guard"); n != 0 {
			t.Errorf("%d guard rows were left, want none", n)
		}
	})
}

func TestAnotherBrokenCheckIsNotTakenForTheGuard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		err := s.Guarded(t.Context(),
			`INSERT INTO jobs (id, kind, payload, state, run_at, created_at, updated_at) VALUES ('j', 'ok', '{}', 'okay', 1, 1, 1)`)
		if err == nil || errors.Is(err, store.ErrGuard) {
			t.Errorf("got %v, want the broken check's own error", err)
		}
	})
}

func TestForeignKeysHoldForSingleStatementsAndBatches(t *testing.T) {
	const orphan = `INSERT INTO sessions (id, user_id, expires_at, created_at, updated_at) VALUES ('s', 'nobody', 1, 1, 1)`
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		wantForeignKey(t, exec(t, e, orphan))
		wantForeignKey(t, e.Batch(t.Context(), func(tx db.DBTX) error {
			_, err := tx.ExecContext(t.Context(), orphan)
			return err
		}))
	})
}

func TestDeletingAUserDeletesWhatIsTheirs(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		must(t, exec(t, e, `INSERT INTO users (id, email, password_hash, created_at, updated_at) VALUES ('u', 'a@b', 'x', 1, 1)`))
		must(t, exec(t, e, `INSERT INTO sessions (id, user_id, expires_at, created_at, updated_at) VALUES ('s', 'u', 1, 1, 1)`))
		must(t, exec(t, e, `DELETE FROM users WHERE id = 'u'`))
		var n int
		must(t, e.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM sessions").Scan(&n))
		if n != 0 {
			t.Errorf("%d sessions are left, want none", n)
		}
	})
}

func TestAUniqueViolationNamesItsColumn(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		const user = `INSERT INTO users (id, email, username, password_hash, created_at, updated_at) VALUES (?, ?, ?, 'x', 1, 1)`
		must(t, exec(t, e, user, "u1", "ada@example.com", "ada"))
		err := exec(t, e, user, "u2", "eve@example.com", "ada")
		if !store.IsUnique(err, "users.username") || store.IsUnique(err, "users.email") {
			t.Errorf("got %v, want it to be about users.username alone", err)
		}
	})
}

func TestWritersAtTheSameTimeAllLand(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		const n = 24
		var wg sync.WaitGroup
		errs := make([]error, n)
		for i := range n {
			wg.Go(func() {
				number := fmt.Sprintf("+%d", i)
				if i%2 == 0 {
					errs[i] = exec(t, e, insertOptOut, number, "STOP")
				} else {
					errs[i] = batch(t, e, []any{number, "STOP"}, []any{number + " too", "STOP"})
				}
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if got := len(numbers(t, e)); got != n+n/2 {
			t.Errorf("%d rows were stored, want %d", got, n+n/2)
		}
	})
}

func TestCountersRaisedAtTheSameTimeLoseNothing(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		const n = 20
		var wg sync.WaitGroup
		var mu sync.Mutex
		seen := map[int]bool{}
		for range n {
			wg.Go(func() {
				var c int
				err := e.One(t.Context(), func(tx db.DBTX) error {
					return tx.QueryRowContext(t.Context(), `INSERT INTO limits (key, window_start, count, expires_at, created_at, updated_at)
						VALUES ('k', 1, 1, 1, 1, 1) ON CONFLICT (key) DO UPDATE SET count = count + 1 RETURNING count`).Scan(&c)
				})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				seen[c] = true
				mu.Unlock()
			})
		}
		wg.Wait()
		if len(seen) != n || !seen[n] {
			t.Errorf("got %d different counts (%v), want 1 to %d", len(seen), seen, n)
		}
	})
}

func TestAWriteWhoseContextHasEndedIsNotMade(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		insert := func(tx db.DBTX) error {
			_, err := tx.ExecContext(ctx, insertOptOut, "+1", "STOP")
			return err
		}
		if err := e.One(ctx, insert); !errors.Is(err, context.Canceled) {
			t.Errorf("One: got %v, want %v", err, context.Canceled)
		}
		if err := e.Batch(ctx, insert); !errors.Is(err, context.Canceled) {
			t.Errorf("Batch: got %v, want %v", err, context.Canceled)
		}
		wantNumbers(t, e)
	})
}

func TestTheReaderCannotBeUsedToWriteBesideTheWriteModel(t *testing.T) {
	// Turso has one connection for both; the embedded engine shows the mistake.
	e := storetest.EmbeddedEngine(t)
	_, err := e.Reader().ExecContext(t.Context(), insertOptOut, "+1", "STOP")
	if err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestValuesComeBackAsTheyWere(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		must(t, exec(t, e, `CREATE TABLE v (i INTEGER, f REAL, s TEXT, b BLOB, n TEXT) STRICT`))
		type row struct {
			i int64
			f float64
			s string
			b []byte
			n *string
		}
		all := []row{
			{0, 0, "", []byte{}, nil},
			{math.MaxInt64, math.MaxFloat64, "a\x00b", []byte{0, 1, 255}, nil},
			{math.MinInt64, math.SmallestNonzeroFloat64, "Grüße, 世界 🎉 \u2028 \"'\\", bytes.Repeat([]byte{7}, 70_001), nil},
			{1<<53 + 1, -0.1, "<script>&amp;", []byte("x"), new(string)},
			{-1, 1e20, strings.Repeat("long ", 10_000), []byte("xy"), nil},
		}
		for _, w := range all {
			var g row
			err := e.One(t.Context(), func(tx db.DBTX) error {
				return tx.QueryRowContext(t.Context(), `INSERT INTO v (i, f, s, b, n) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING i, f, s, b, n`,
					w.i, w.f, w.s, w.b, w.n).Scan(&g.i, &g.f, &g.s, &g.b, &g.n)
			})
			if err != nil {
				t.Fatal(err)
			}
			if g.i != w.i || g.f != w.f || g.s != w.s || !bytes.Equal(g.b, w.b) || g.b == nil || (g.n == nil) != (w.n == nil) {
				t.Errorf("got %d %g %.40q %d bytes %v, want %d %g %.40q %d bytes %v",
					g.i, g.f, g.s, len(g.b), g.n, w.i, w.f, w.s, len(w.b), w.n)
			}
		}
	})
}

func TestVectorsAreComparedAlike(t *testing.T) {
	vector := func(fs ...float32) []byte {
		var b []byte
		for _, f := range fs {
			u := math.Float32bits(f)
			b = append(b, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
		}
		return b
	}
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		for _, tc := range []struct {
			a, b []byte
			want float64
		}{
			{vector(1, 0), vector(3, 0), 0},
			{vector(1, 0), vector(0, 2), 1},
			{vector(1, 2), vector(-1, -2), 2},
			{vector(0.5, -0.25, 0.125), vector(1, 1, 1), 1 - 0.375/math.Sqrt(0.328125*3)},
		} {
			var got float64
			must(t, e.Reader().QueryRowContext(t.Context(), "SELECT CAST(vector_distance_cos(?1, ?2) AS REAL)", tc.a, tc.b).Scan(&got))
			if math.Abs(got-tc.want) > 1e-6 {
				t.Errorf("got %g, want %g", got, tc.want)
			}
		}
		var d float64
		err := e.Reader().QueryRowContext(t.Context(), "SELECT CAST(vector_distance_cos(?1, ?2) AS REAL)", vector(1), vector(1, 2)).Scan(&d)
		if err == nil {
			t.Errorf("vectors of different dimensions are %g apart, want an error", d)
		}
	})
}

// numbers returns what the tests above have stored.
func numbers(t *testing.T, e store.Engine) []string {
	t.Helper()
	rows, err := e.Reader().QueryContext(t.Context(), "SELECT number FROM opt_outs ORDER BY number")
	must(t, err)
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var s string
		must(t, rows.Scan(&s))
		list = append(list, s)
	}
	must(t, rows.Err())
	return list
}

func wantNumbers(t *testing.T, e store.Engine, want ...string) {
	t.Helper()
	if got := numbers(t, e); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("stored are %q, want %q", got, want)
	}
}

func wantForeignKey(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "FOREIGN KEY constraint failed") {
		t.Errorf("got %v, want a foreign key to hold", err)
	}
}

func exec(t *testing.T, e store.Engine, query string, args ...any) error {
	return e.One(t.Context(), func(tx db.DBTX) error {
		_, err := tx.ExecContext(t.Context(), query, args...)
		return err
	})
}

// batch stores opt-outs together.
func batch(t *testing.T, e store.Engine, rows ...[]any) error {
	return e.Batch(t.Context(), func(tx db.DBTX) error {
		for _, r := range rows {
			if _, err := tx.ExecContext(t.Context(), insertOptOut, r...); err != nil {
				return err
			}
		}
		return nil
	})
}

func count(t *testing.T, s *store.Store, table string) (n int) {
	t.Helper()
	must(t, s.Query().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

// text is what a query for one text says.
func text(t *testing.T, q db.DBTX, query string) (s string) {
	t.Helper()
	must(t, q.QueryRowContext(t.Context(), query).Scan(&s))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
