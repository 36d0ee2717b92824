package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"xswarm.ai/server/internal/jobs"
)

// newTraces returns what sends spans to the receiver.
func newTraces(ctx context.Context, o Options) (*sdktrace.TracerProvider, error) {
	address, err := url.JoinPath(o.TracesURL, "v1", "traces")
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	out, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(address))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	// The variables come last: OTEL_SERVICE_NAME wins.
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "xswarm"), attribute.String("service.version", o.Version)),
		resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(&exporter{out, o.Log}), sdktrace.WithResource(about)), nil
}

// exporter says in our log what the SDK would print on its own.
type exporter struct {
	sdktrace.SpanExporter
	log *slog.Logger
}

// ExportSpans sends spans. Those that cannot be sent are lost: nobody's work waits
// for them.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil {
		e.log.WarnContext(ctx, "traces: some were not sent", "spans", len(spans), "err", withoutAddress(err))
	}
	return nil
}

// withoutAddress is an error without the receiver's address, which may hold a
// password.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// span is a part of a trace.
type span struct{ trace.Span }

// end ends it. Why something failed is in the log, under the trace's id: an
// error's words may quote what does not belong here.
func (s span) end(failed bool) {
	if failed {
		s.SetStatus(codes.Error, "")
	}
	s.End()
}

// begin begins a trace, or a part of the one under way.
func (t *Telemetry) begin(ctx context.Context, name string, o ...trace.SpanStartOption) (context.Context, span) {
	ctx, s := t.tracer.Start(ctx, name, o...)
	return ctx, span{s}
}

// within begins a part of the trace under way; without one there is nothing to
// trace.
func (t *Telemetry) within(ctx context.Context, name string, o ...trace.SpanStartOption) (context.Context, span) {
	if parent := trace.SpanFromContext(ctx); !parent.SpanContext().IsValid() {
		return ctx, span{parent}
	}
	return t.begin(ctx, name, o...)
}

func with(attributes ...attribute.KeyValue) trace.SpanStartOption {
	return trace.WithAttributes(attributes...)
}

func attemptOf(j jobs.Job) []trace.SpanStartOption {
	return []trace.SpanStartOption{with(attribute.String("job.kind", j.Kind), attribute.Int("job.attempt", j.Attempts))}
}

// LogHandler adds to each line the trace that it belongs to, as trace_id.
func LogHandler(h slog.Handler) slog.Handler { return traced{h} }

type traced struct{ slog.Handler }

// Handle is described by slog.Handler.
func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		r.AddAttrs(slog.String("trace_id", s.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs is described by slog.Handler.
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

// WithGroup is described by slog.Handler.
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }
