package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/httpkit"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/db"
	"xswarm.ai/server/internal/telemetry"
)

// metricsPath is where the metrics are.
const metricsPath = "/metrics"

// flushTime is how long a server that ends waits for the receiver of its traces.
const flushTime = 2 * time.Second

// watch is the telemetry of one server, and the door to it.
type watch struct {
	*telemetry.Telemetry
	server *http.Server // of XSWARM_METRICS_ADDR; nil without it
	served chan struct{}
}

func newWatch(p *program, cfg app.Config) (*watch, error) {
	t, err := telemetry.New(p.ctx, telemetry.Options{Version: app.Version, TracesURL: cfg.TracesURL, Log: p.log})
	if err != nil {
		return nil, err
	}
	w := &watch{Telemetry: t, served: make(chan struct{})}
	if cfg.MetricsAddr == "" {
		return w, nil
	}
	l, err := net.Listen("tcp", cfg.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("XSWARM_METRICS_ADDR: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+metricsPath, t.Metrics())
	w.server = &http.Server{Handler: mux, ErrorLog: httpkit.ErrorLog(p.log), ReadTimeout: 10 * time.Second, WriteTimeout: 20 * time.Second, IdleTimeout: time.Minute}
	go func() { w.server.Serve(l); close(w.served) }()
	return w, nil
}

// over lets the product tell what it does.
func (w *watch) over(d app.Deps) app.Deps {
	d.Transport = w.Transport(d.Transport)
	d.Requests, d.Attempt, d.Handed = w.Requests, w.Attempt, w.Handed
	return d
}

// before opens the door to the metrics where XSWARM_METRICS_ADDR does not: to who
// works on this machine. In production it stays shut: there a proxy stands in
// front, and whatever it passes on comes from this machine.
func (w *watch) before(cfg app.Config, a *app.App, next http.Handler) http.Handler {
	w.WatchQueue(a.Store, a.Now)
	if w.server != nil || cfg.Production() {
		return next
	}
	metrics := w.Metrics()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == metricsPath && r.Method == http.MethodGet && httpkit.Local(r) {
			metrics.ServeHTTP(rw, r)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// close sends what there is still to send.
func (w *watch) close() {
	if w == nil {
		return
	}
	if w.server != nil {
		w.server.Close()
		<-w.served
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	w.Close(ctx) // a receiver that is not there must not keep the server from ending
}

// engine is the engine with every write watched.
func (w *watch) engine(e store.Engine) store.Engine {
	if d, ok := e.(*sqlite.DB); ok {
		w.WatchCommits(func() (int64, int64) { s := d.Stats(); return s.Writes, s.Commits })
	}
	return watched{e, w}
}

type watched struct {
	store.Engine
	watch *watch
}

// One is described by store.Engine.
func (e watched) One(ctx context.Context, f func(db.DBTX) error) error {
	ctx, ended := e.watch.Write(ctx, "one")
	err := e.Engine.One(ctx, f)
	ended(err)
	return err
}

// Batch is described by store.Engine.
func (e watched) Batch(ctx context.Context, f func(db.DBTX) error) error {
	ctx, ended := e.watch.Write(ctx, "batch")
	err := e.Engine.Batch(ctx, f)
	ended(err)
	return err
}
