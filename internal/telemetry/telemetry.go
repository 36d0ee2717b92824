// Package telemetry is what an operator's systems see of a running server:
// metrics in Prometheus' form, traces by OTLP, and in the log the id of the trace
// that a line belongs to.
//
// It tells of routes, kinds, outcomes and durations, and never of people: no label
// and no attribute holds an address, a number, an id, a path that was asked for, a
// query or the words of an error. How many series there are follows from the
// program, not from who uses it.
//
// It is a server's. A Worker's numbers are on its platform's dashboard.
package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"xswarm.ai/server/internal/jobs"
)

// Options says what is watched, and who is told.
type Options struct {
	Version string
	// TracesURL is the OTLP receiver, without /v1/traces; "" is no traces. Headers,
	// sampling and the like are the SDK's own OTEL_* variables.
	TracesURL string
	Log       *slog.Logger
}

// Telemetry watches one server.
type Telemetry struct {
	registry *prometheus.Registry
	tracer   trace.Tracer
	traces   *sdktrace.TracerProvider // nil: none

	requests  *prometheus.CounterVec
	requested *prometheus.HistogramVec
	inFlight  prometheus.Gauge
	signIns   *prometheus.CounterVec
	attempts  *prometheus.CounterVec
	worked    *prometheus.HistogramVec
	written   *prometheus.HistogramVec
	handed    *prometheus.CounterVec
}

// New begins to watch.
func New(ctx context.Context, o Options) (*Telemetry, error) {
	t := &Telemetry{registry: prometheus.NewRegistry(), tracer: noop.NewTracerProvider().Tracer("")}
	t.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := t.gauge("xswarm_build_info", "1; which version runs.", "version")
	build.WithLabelValues(o.Version).Set(1)

	t.requests = t.counter("xswarm_http_requests_total", "Requests that were answered.", "method", "route", "status")
	t.requested = t.histogram("xswarm_http_request_duration_seconds", "How long answers took.", "method", "route")
	t.inFlight = t.gauge("xswarm_http_requests_in_flight", "Requests being answered.").WithLabelValues()
	t.signIns = t.counter("xswarm_signins_total", "Attempts to sign in with a password.", "outcome")
	t.attempts = t.counter("xswarm_job_attempts_total", "Attempts at jobs that have ended.", "kind", "outcome")
	t.worked = t.histogram("xswarm_job_duration_seconds", "How long attempts at jobs took.", "kind")
	t.written = t.histogram("xswarm_database_write_duration_seconds", "How long writes took until they were durable, waiting included.", "form", "outcome")
	t.handed = t.counter("xswarm_handed_over_total", "Mails and texts handed to their vendor.", "channel", "outcome")

	if o.TracesURL != "" {
		var err error
		if t.traces, err = newTraces(ctx, o); err != nil {
			return nil, err
		}
		t.tracer = t.traces.Tracer("xswarm.ai/server")
	}
	return t, nil
}

func (t *Telemetry) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	t.registry.MustRegister(c)
	return c
}

func (t *Telemetry) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	t.registry.MustRegister(g)
	return g
}

func (t *Telemetry) histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help,
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, labels)
	t.registry.MustRegister(h)
	return h
}

// Metrics answers with all that was counted.
func (t *Telemetry) Metrics() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: scrapeTime})
}

// Attempt is told of an attempt at a job, and returns what is told of its end: it
// is what jobs.Runner.Watch wants.
func (t *Telemetry) Attempt(ctx context.Context, j jobs.Job) (context.Context, func(jobs.Job)) {
	began := time.Now()
	ctx, span := t.begin(ctx, "job "+j.Kind, attemptOf(j)...)
	return ctx, func(j jobs.Job) {
		outcome := string(j.State)
		if j.State == jobs.Queued {
			outcome = "retry"
		}
		t.attempts.WithLabelValues(j.Kind, outcome).Inc()
		t.worked.WithLabelValues(j.Kind).Observe(time.Since(began).Seconds())
		span.end(j.State != jobs.Done)
	}
}

// Write is told of a write in one of its forms, and returns what is told of its
// end.
func (t *Telemetry) Write(ctx context.Context, form string) (context.Context, func(error)) {
	began := time.Now()
	ctx, span := t.within(ctx, "database "+form)
	return ctx, func(err error) {
		outcome := "done"
		if err != nil {
			outcome = "undone"
		}
		t.written.WithLabelValues(form, outcome).Observe(time.Since(began).Seconds())
		span.end(false) // undone is often meant so: a name that is taken
	}
}

// Handed is told how handing over a mail or a text went.
func (t *Telemetry) Handed(channel, outcome string) { t.handed.WithLabelValues(channel, outcome).Inc() }

// Close sends what was not sent yet, for as long as ctx lasts.
func (t *Telemetry) Close(ctx context.Context) error {
	if t.traces == nil {
		return nil
	}
	return t.traces.Shutdown(ctx)
}
