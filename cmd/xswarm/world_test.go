//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/apptest"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/hrana"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/db"
)

// world is the binary twice: the vendors in one process, which lives on, and the
// server in another, which does not.
type world struct {
	apptest.Target
	t        *testing.T
	home     string            // the server's data directory
	settings map[string]string // of the server, and of the commands beside it
	vendors  string            // the address of the sandbox
	outside  string            // the sandbox's data directory
	ready    string            // what the server says when it has started
	turso    string            // the address of its Turso server itself; "" for the embedded database
	sandbox  *process
	server   *process
	ahead    time.Duration // how far the product's clock is ahead of the real one
}

// newWorld starts both. Of what the sandbox prints for the server, the settings
// that begin with one of the names in without are left out.
func newWorld(t *testing.T, without ...string) *world {
	t.Helper()
	w := newVendors(t, without...)
	w.start()
	return w
}

// newVendors starts the vendors alone.
func newVendors(t *testing.T, without ...string) *world {
	t.Helper()
	w := &world{t: t, home: t.TempDir(), outside: t.TempDir(), vendors: apptest.FreePort(t)}
	address := apptest.FreePort(t)
	w.BaseURL, w.Sandbox, w.Shared = "http://"+address, "http://"+w.vendors+"/sandbox", sharedNumber
	w.ready = "xSwarm "
	w.settings = map[string]string{
		"XSWARM_DATA_DIR": w.home, "XSWARM_ADDR": address,
		"JWT_SECRET": "a secret of the tests, long enough for them", "TRUSTED_PROXIES": "127.0.0.1",
	}
	w.startSandbox()
	until(t, "the sandbox prints its settings", 10*time.Second, func() (bool, any) {
		said := w.sandbox.stdout.String()
		return strings.Contains(said, "SENDGRID_API_KEY="), said
	})
	for _, m := range regexp.MustCompile(`(?m)^  (\w+)=(\S+)$`).FindAllStringSubmatch(w.sandbox.stdout.String(), -1) {
		if !slices.ContainsFunc(without, func(p string) bool { return strings.HasPrefix(m[1], p) }) {
			w.settings[m[1]] = m[2]
		}
	}
	if len(without) > 0 {
		w.ready = "Sign up as somebody new" // what a sandbox inside says last
	}
	return w
}

func (w *world) env() []string {
	var env []string
	for name, value := range w.settings {
		env = append(env, name+"="+value)
	}
	return env
}

func (w *world) startSandbox() {
	w.t.Helper()
	_, port, _ := strings.Cut(strings.TrimPrefix(w.BaseURL, "http://"), ":")
	w.sandbox = launch(w.t, "the sandbox", w.outside, []string{"XSWARM_DATA_DIR=" + w.outside}, "SENDGRID_API_KEY=",
		"sandbox", "--addr", w.vendors, "--product-url", "http://localhost:"+port)
}

// start starts the server, for the first time or again.
func (w *world) start() {
	w.t.Helper()
	w.server = launch(w.t, "the server", w.home, w.env(), w.ready, "serve")
}

// crash kills the server.
func (w *world) crash() { w.server.kill() }

// database opens the server's database, beside the server if that runs.
func (w *world) database(f func(context.Context, store.Engine) error) {
	w.t.Helper()
	ctx := w.t.Context()
	e, err := w.open(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	defer e.Close()
	if err := f(ctx, e); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open(ctx context.Context) (store.Engine, error) {
	if w.turso == "" {
		return sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(w.home, "xswarm.db")})
	}
	db, err := hrana.Open(hrana.Options{URL: w.turso, Transport: &http.Transport{DisableKeepAlives: true}})
	if err != nil {
		return nil, err
	}
	return store.Remote(db, "Turso"), nil
}

// pass lets time pass while the server is dead: its clock, which the sandbox
// inside it keeps, and the carrier's.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.ahead += d
	path := filepath.Join(w.home, "sandbox.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	var state map[string]json.RawMessage
	if err := json.Unmarshal(raw, &state); err != nil {
		w.t.Fatal(err)
	}
	state["clock_offset"] = json.RawMessage(strconv.FormatInt(int64(w.ahead), 10))
	if raw, err = json.Marshal(state); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.Client(w.t).Advance(d)
}

// repeatJobs makes the server, which must be down, do again all that it ever did:
// as if it had been killed each time after the work and before its record.
func (w *world) repeatJobs() {
	w.t.Helper()
	w.change("UPDATE jobs SET state = 'running', lease_until = 1 WHERE state = 'done'")
}

// change runs a statement on the server's database.
func (w *world) change(statement string) {
	w.t.Helper()
	w.database(func(ctx context.Context, e store.Engine) error {
		return e.One(ctx, func(tx db.DBTX) error {
			_, err := tx.ExecContext(ctx, statement)
			return err
		})
	})
}

// idle waits until every job is done.
func (w *world) idle() {
	w.t.Helper()
	until(w.t, "every job is done", 30*time.Second, func() (bool, any) {
		list := w.unfinished()
		return len(list) == 0, strings.Join(list, "\n")
	})
}

// waits reports whether a job is for a time to come: another day or, where money is
// looked at again and again, the next five minutes or hour.
func waits(j jobs.Job, now time.Time) bool {
	looks := []string{billing.KindUsage, billing.KindSweep, billing.KindReconcile}
	if j.Attempts > 0 || !slices.Contains(looks, j.Kind) {
		now = now.Add(2 * time.Hour)
	}
	return j.State == jobs.Queued && j.RunAt.After(now)
}

// unfinished returns the jobs that are neither done nor for a time to come.
func (w *world) unfinished() (list []string) {
	w.t.Helper()
	w.database(func(ctx context.Context, e store.Engine) error {
		all, err := store.New(e, time.Now).ListJobs(ctx, jobs.Query{Limit: 10_000})
		for _, j := range all {
			if j.State != jobs.Done && !waits(j, time.Now().Add(w.ahead)) {
				list = append(list, fmt.Sprintf("%s %s %s, attempt %d, due %s: %s", j.State, j.Kind, j.Payload, j.Attempts, j.RunAt, j.Error))
			}
		}
		return err
	})
	return list
}

// sound waits until all work is done, ends the server in good order, and looks at
// what it leaves: nothing was sent twice, nor may it have been.
func (w *world) sound() {
	w.t.Helper()
	w.idle()
	w.server.stop()
	w.intact()
	w.database(func(ctx context.Context, e store.Engine) error {
		all, err := store.New(e, time.Now).ListJobs(ctx, jobs.Query{Limit: 10_000})
		for _, j := range all {
			if strings.Contains(j.Note, "sent twice") {
				w.t.Errorf("%s %s: %s", j.Kind, j.Payload, j.Note)
			}
		}
		return err
	})
}

// intact insists that the database is whole.
func (w *world) intact() {
	w.t.Helper()
	w.database(func(ctx context.Context, e store.Engine) error {
		var integrity string
		err := e.Reader().QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&integrity)
		if err == nil && integrity != "ok" {
			w.t.Errorf("the database is damaged: %s", integrity)
		}
		return err
	})
}
