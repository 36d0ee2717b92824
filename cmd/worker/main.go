//go:build js && wasm

// Command worker is the product as a Cloudflare Worker: the very handler and
// jobs of cmd/xswarm, on Turso, compiled to WebAssembly.
//
// worker.js owns what the platform gives (requests, cron events, the pool of
// instances) and calls the three functions that main registers: serve answers
// one request, tick does what is due, and left says what either has left behind.
// An instance does one of them at a time, since the platform lets an I/O object
// be used only by the request that made it.
//
// It does not carry what needs a server: voice calls, metrics, the embedded
// database, the sandbox.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"syscall/js"
	"time"

	// The platform has no list of the zones of the world that Go could read.
	_ "time/tzdata"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/hrana"
	"xswarm.ai/server/internal/store"
)

// room is how much memory Go takes, beside the some 10 MB that are the program's own,
// before it would rather look for garbage: an instance that has grown too far is
// thrown away (MEMORY in worker.js), and memory is never given back.
const room = 14 << 20

func main() {
	debug.SetMemoryLimit(room)
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	port := js.Global().Get("xswarm") // worker.js sets it for the instance that is starting
	w, err := newWorker(environment(port.Get("env")), log)
	if err != nil {
		log.Error("this Worker cannot work: " + err.Error())
		w = &worker{log: log, handler: unconfigured(log)}
	}
	door := map[string]any{
		"serve": js.FuncOf(func(_ js.Value, args []js.Value) any { go w.serve(args[0]); return nil }),
		"tick":  js.FuncOf(func(_ js.Value, args []js.Value) any { go w.tick(args[0]); return nil }),
		"left":  js.FuncOf(func(js.Value, []js.Value) any { return runtime.NumGoroutine() + promised }),
	}
	port.Call("register", js.ValueOf(door))
	select {} // the functions are called from now on
}

// worker is the product in one instance.
type worker struct {
	app     *app.App // nil when the settings cannot be used
	handler http.Handler
	log     *slog.Logger
	stored  bool // jobs were stored since the last tick
	begun   bool // the jobs that repeat themselves were stored
}

func newWorker(getenv func(string) string, log *slog.Logger) (*worker, error) {
	cfg, err := configFrom(getenv)
	if err != nil {
		return nil, err
	}
	outside := &fetcher{}
	db, err := hrana.Open(hrana.Options{URL: cfg.TursoURL, Token: string(cfg.TursoToken), Transport: outside})
	if err != nil {
		return nil, fmt.Errorf("TURSO_DATABASE_URL: %w", err)
	}
	w := &worker{log: log}
	w.app, err = app.New(cfg, app.Deps{
		Engine: store.Remote(db, "Turso"), Transport: outside, Now: now, Log: log, Derive: derive,
	})
	if err != nil {
		return nil, err
	}
	w.handler = probed(elsewhere(w.app.Handler, log))
	w.app.Store.OnJobs(func() { w.stored = true })
	return w, nil
}

// environment returns the bindings that are text: variables and secrets.
func environment(env js.Value) func(string) string {
	return func(name string) string {
		if v := env.Get(name); v.Type() == js.TypeString {
			return v.String()
		}
		return ""
	}
}

// tick does all the work that is due, for at most so many milliseconds: what is
// interrupted then is due again at once.
func (w *worker) tick(port js.Value) {
	defer port.Call("done")
	if w.app == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(port.Get("ms").Int())*time.Millisecond)
	defer cancel()
	defer func() { w.stored = false }() // what the work itself stored was done as well
	if port.Get("cron").Truthy() && !w.begun {
		err := w.app.Start(ctx)
		if err != nil {
			w.log.Error("store the jobs that repeat themselves", "err", err)
		}
		w.begun = err == nil
	}
	for n := 1; n > 0 && ctx.Err() == nil; {
		var err error
		if n, err = w.app.Jobs.Tick(ctx); err != nil {
			w.log.Error("do what is due", "err", err)
		}
	}
}
