//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/apptest"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/db"
)

// A database that takes nothing any more, and one that another program is writing
// to: what can be read goes on, what cannot be stored is answered 503 with the time
// to come back, and nothing that was acknowledged is lost.

func TestADatabaseThatMayNotGrowLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	p.add(1)
	p.once(1)
	w.server.stop()
	engine := w.inside(time.Now)
	pages := func(n int) {
		t.Helper()
		err := engine.One(t.Context(), func(tx db.DBTX) error {
			return tx.QueryRowContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count=%d", n)).Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	pages(1) // no more than there are
	texts := 1
	var refused []hook
	for len(refused) < 5 {
		texts++
		h := w.text(p, "add "+errand(texts))
		switch status, header := w.deliver(h); {
		case status == 503 && header.Get("Retry-After") != "":
			refused = append(refused, h)
		case status != 200:
			t.Fatalf("a text: got %d %v, want 200 or 503 with the time to come back", status, header)
		}
	}
	if a := p.Do("POST", "/auth/signup", map[string]string{"email": "full@example.com", "password": password}); a.Status != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("signing up: got %s %v", a, a.Header)
	}
	for _, path := range []string{"/healthz", "/readyz", "/auth/me", "/api/tasks", "/api/messages", "/login"} {
		p.Want(200, "GET", path, nil, nil)
	}
	t.Logf("%d texts were taken before the file was full", texts-1-len(refused))

	pages(1 << 30)
	w.takesAgain(p, refused, "full@example.com", texts)
	w.idle()
	w.intact()
}

func TestAnotherProgramThatIsWritingIsWaitedForAndThenReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	p.add(1)
	p.once(1)

	// For a moment: nobody notices.
	release := w.lock()
	time.AfterFunc(500*time.Millisecond, release)
	texts := 1
	for range 3 {
		texts++
		if status := w.post(w.text(p, "add "+errand(texts))); status != 200 {
			t.Errorf("a text while the database was locked for a moment: got %d", status)
		}
	}
	p.once(texts)

	// For longer than anybody waits.
	release = w.lock()
	var refused []hook
	var wg sync.WaitGroup
	for range 6 {
		texts++
		h := w.text(p, "add "+errand(texts))
		refused = append(refused, h)
		wg.Go(func() {
			if status, header := w.deliver(h); status != 503 || header.Get("Retry-After") == "" {
				t.Errorf("a text while the database is locked: got %d %v, want 503 with the time to come back", status, header)
			}
		})
	}
	stranger := w.Client(t)
	wg.Go(func() {
		a := stranger.Do("POST", "/auth/signup", map[string]string{"email": "locked@example.com", "password": password})
		if a.Status != 503 || a.Header.Get("Retry-After") == "" {
			t.Errorf("signing up: got %s %v", a, a.Header)
		}
	})
	for _, path := range []string{"/healthz", "/readyz", "/auth/me", "/api/tasks", "/api/messages", "/login"} {
		p.Want(200, "GET", path, nil, nil)
	}
	wg.Wait()
	release()
	w.takesAgain(p, refused, "locked@example.com", texts)
	w.sound()
}

// takesAgain insists that what was refused is taken when the trouble is over: the
// texts, which then are so many in all, and a sign-up with its mail.
func (w *world) takesAgain(p person, refused []hook, email string, texts int) {
	w.t.Helper()
	for _, h := range refused {
		if status := w.post(h); status != 200 {
			w.t.Errorf("a text that was refused, when the trouble is over: got %d", status)
		}
	}
	p.Want(201, "POST", "/auth/signup", map[string]string{"email": email, "password": password}, nil)
	p.once(texts)
	p.MailedToken(email, "confirm")
}

// lock begins to write to the server's database beside it, and goes on until
// release is called.
func (w *world) lock() (release func()) {
	w.t.Helper()
	held, end, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		w.database(func(ctx context.Context, e store.Engine) error {
			return e.Batch(ctx, func(db.DBTX) error {
				close(held)
				<-end
				return nil
			})
		})
	}()
	select {
	case <-held:
	case <-ended:
		w.t.Fatal("the database cannot be locked")
	}
	release = sync.OnceFunc(func() { close(end); <-ended })
	w.t.Cleanup(release)
	return release
}

// inside runs the server within this process until the test ends, by a clock of the
// test's. It returns the database as the server itself has it open: some settings are
// a connection's own.
func (w *world) inside(now func() time.Time) store.Engine {
	w.t.Helper()
	cfg, err := app.ConfigFrom(func(name string) string { return w.settings[name] })
	if err != nil {
		w.t.Fatal(err)
	}
	log := &apptest.Output{}
	ctx, stop := context.WithCancel(context.Background())
	p := &program{ctx: ctx, stdout: io.Discard, stderr: log, log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.ListenAt(cfg.Addr)
	s := &server{cfg: cfg}
	if s.engine, err = openDatabase(p, cfg, now); err != nil {
		w.t.Fatal(err)
	}
	s.app, err = app.New(cfg, app.Deps{Engine: s.engine, Transport: transport(), Now: now, Log: p.log, ParsePhone: parsePhone})
	if err != nil {
		w.t.Fatal(err)
	}
	s.handler = s.app.Handler
	ended := make(chan error, 1)
	go func() { ended <- s.serve(p, listener) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.t.Errorf("the server: %v", err)
		}
		s.close()
		if said := log.String(); w.t.Failed() && said != "" {
			w.t.Logf("the server inside said:\n%s", last(said, 4000))
		}
	})
	return s.engine
}
