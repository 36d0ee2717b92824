package billing_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	emulator "xswarm.ai/server/internal/sandbox/stripe"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

var (
	moneySeed = flag.Uint64("money-seed", 0, "what decides what happens, and in which order; 0: something new each time")
	moneyRuns = flag.Int("money-runs", 1, "how many times as often as usual what is left to chance is tried")
)

// chance returns what decides what happens in a test, and says how to have it again.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *moneySeed
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (-money-seed)", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// frozen is a world at a moment, from which others go on: the database file, what
// Stripe knows, and the time.
type frozen struct {
	database []byte
	box      json.RawMessage
	now      time.Time
}

// freeze lives until a moment and keeps it. Whatever live needs of the world later
// it has to copy.
func freeze(t *testing.T, live func(w *world)) frozen {
	t.Helper()
	clock := storetest.NewClock()
	path := filepath.Join(t.TempDir(), "frozen.db")
	engine := openFile(t, path)
	s := store.New(engine, clock.Now)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := newWorldOn(t, s, clock)
	live(w)
	box, err := w.box.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	f := frozen{box: box, now: clock.Now()}
	if f.database, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return f
}

func openFile(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// thaw goes on from a frozen moment, on a database of its own that around may put
// something in front of.
func (f frozen) thaw(t *testing.T, around ...func(store.Engine) store.Engine) *fork {
	t.Helper()
	path := filepath.Join(t.TempDir(), "xswarm.db")
	if err := os.WriteFile(path, f.database, 0o600); err != nil {
		t.Fatal(err)
	}
	file := openFile(t, path)
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return f.thawOn(t, file, around...)
}

func (f frozen) thawOn(t *testing.T, file store.Engine, around ...func(store.Engine) store.Engine) *fork {
	t.Helper()
	clock := storetest.NewClock()
	clock.Set(f.now)
	engine := file
	for _, a := range around {
		engine = a(engine)
	}
	w := worldFrom(t, store.New(engine, clock.Now), clock, f.box)
	return &fork{world: w, file: file}
}

// fork is a world that began as another one was.
type fork struct {
	*world
	file store.Engine // without what stands in front of it
}

// Everything that is stored of money, without when it was stored and read. The rows
// of the queue say what else follows, and when.
var (
	moneyTables = []string{
		"SELECT 'user', id, subscription_tier, COALESCE(metered_subscription, '-'), subscription, COALESCE(stripe_customer_id, '-') FROM users ORDER BY id",
		"SELECT 'subscription', id, user_id, customer_id, tier, status, detail FROM subscriptions ORDER BY id",
		`SELECT 'invoice', id, user_id, customer_id, COALESCE(subscription_id, '-'), number, status, currency, total, amount_due, amount_paid, refunded,
			period_start, period_end, issued_at, attempted, url, lines FROM invoices ORDER BY id`,
		"SELECT 'order', id, user_id, tier, state, COALESCE(session_id, '-') FROM checkouts ORDER BY id",
		"SELECT 'notice', user_id, key FROM billing_notices ORDER BY user_id, key",
		"SELECT 'alert', key FROM billing_alerts WHERE resolved_at IS NULL ORDER BY key",
	}
	spanTable  = "SELECT 'span', subscription_id, starts_at, tier FROM usage_spans ORDER BY subscription_id, starts_at"
	eventTable = "SELECT 'event', id, kind, state FROM payment_events ORDER BY id"
	heardTable = "SELECT 'event', id, kind, state FROM payment_events WHERE state <> 'ignored' ORDER BY id"
	// Jobs about events are told apart by the events.
	queueTable = "SELECT 'job', kind, COALESCE(key, '-'), payload, state FROM jobs WHERE kind IN ('billing.letter', 'billing.numbers', 'billing.alert') ORDER BY kind, key"
	usageTable = `SELECT 'usage', user_id, feature, source_key, quantity, recorded_at, COALESCE(subscription_id, '-') FROM usage_records ORDER BY source_key`
	toldTable  = `SELECT 'told', subscription_id, feature, SUM(quantity) FROM meter_events WHERE state <> 'rejected' GROUP BY subscription_id, feature ORDER BY 2, 3`
)

// rows reads what a query selects, a row a line.
func (w *fork) rows(queries ...string) []string {
	w.Helper()
	var list []string
	for _, q := range queries {
		list = append(list, w.query(q)...)
	}
	return list
}

func (w *fork) query(q string) (list []string) {
	w.Helper()
	rows, err := w.file.Reader().QueryContext(context.WithoutCancel(w.Context()), q)
	if err != nil {
		w.Fatalf("%s: %v", q, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		w.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			w.Fatal(err)
		}
		list = append(list, strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
	}
	if err := rows.Err(); err != nil {
		w.Fatal(err)
	}
	return list
}

// differ says in what two states differ; nothing if they do not.
func differ(got, want []string) []string {
	count := map[string]int{}
	for _, row := range got {
		count[row]++
	}
	for _, row := range want {
		count[row]--
	}
	var list []string
	for row, n := range count {
		switch {
		case n > 0:
			list = append(list, "got "+row)
		case n < 0:
			list = append(list, "not "+row)
		}
	}
	return list
}

// same insists that two states are equal.
func (w *fork) same(what string, got, want []string) {
	w.Helper()
	if d := differ(got, want); len(d) > 0 {
		w.Errorf("%s is otherwise:\n%s", what, strings.Join(d, "\n"))
	}
}

// told are the letters that were mailed, in any order.
func (w *fork) told() []string {
	w.letters.mu.Lock()
	defer w.letters.mu.Unlock()
	return append([]string(nil), w.letters.sent...)
}

// again are those in a list that are there already, each time.
func again(list []string) (more []string) {
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s] {
			more = append(more, s)
		}
		seen[s] = true
	}
	return more
}

// still is the emulated Stripe as it was, at a moment that does not pass.
func still(t *testing.T, box json.RawMessage, now time.Time) *emulator.Engine {
	t.Helper()
	e, err := emulator.New(emulator.Options{Key: key, Now: func() time.Time { return now }, PublicURL: "http://pay.example"}, box)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
