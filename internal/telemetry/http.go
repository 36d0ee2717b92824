package telemetry

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"xswarm.ai/server/internal/httpkit"
)

// signInRoutes are where passwords are given.
var signInRoutes = []string{"POST /auth/login", "POST /login"}

// signInOutcomes says what their answers mean.
var signInOutcomes = map[int]string{
	http.StatusOK: "ok", http.StatusSeeOther: "ok",
	http.StatusUnauthorized: "wrong", http.StatusForbidden: "unverified",
	http.StatusUnprocessableEntity: "malformed", http.StatusTooManyRequests: "limited",
}

// Requests watches what next answers. It stands outside of what logs requests,
// whose lines are then part of the trace, and the very request that it passes on
// must reach the router, which notes the route there.
func (t *Telemetry) Requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		method := httpkit.Method(r)
		// A stranger's traceparent is not taken over: it would let them write into
		// our traces and our log.
		ctx, span := t.begin(r.Context(), method, trace.WithSpanKind(trace.SpanKindServer), with(attribute.String("http.request.method", method)))
		r = r.WithContext(ctx)
		seen := httpkit.See(w)
		t.inFlight.Inc()
		defer func() { // a handler may end its request by a panic
			t.inFlight.Dec()
			route := routeOf(r)
			t.requests.WithLabelValues(method, route, strconv.Itoa(seen.Status/100)+"xx").Inc()
			t.requested.WithLabelValues(method, route).Observe(time.Since(began).Seconds())
			if slices.Contains(signInRoutes, r.Pattern) {
				t.signIns.WithLabelValues(orOther(signInOutcomes[seen.Status])).Inc()
			}
			span.SetName(method + " " + route)
			span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", seen.Status))
			span.end(seen.Status >= 500)
		}()
		next.ServeHTTP(seen, r)
	})
}

// routeOf is the pattern that a request matched, never what was asked for.
func routeOf(r *http.Request) string {
	if _, route, ok := strings.Cut(r.Pattern, " "); ok {
		return route
	}
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

func orOther(s string) string {
	if s == "" {
		return "other"
	}
	return s
}

// Transport traces requests to the outside: whom was asked and what the status
// was. Paths and queries hold numbers and ids of accounts, so the usual
// instrumentation, which keeps the whole address, is not used; and what belongs to
// no request and no job, such as looking for jobs, is not traced.
func (t *Telemetry) Transport(next http.RoundTripper) http.RoundTripper { return outgoing{t, next} }

type outgoing struct {
	*Telemetry
	next http.RoundTripper
}

// RoundTrip passes a request on.
func (o outgoing) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := o.within(r.Context(), r.Method, trace.WithSpanKind(trace.SpanKindClient),
		with(attribute.String("http.request.method", r.Method), attribute.String("server.address", r.URL.Hostname())))
	res, err := o.next.RoundTrip(r.WithContext(ctx))
	if err == nil {
		span.SetAttributes(attribute.Int("http.response.status_code", res.StatusCode))
	}
	span.end(err != nil || res.StatusCode >= 400)
	return res, err
}
