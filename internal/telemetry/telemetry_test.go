package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"xswarm.ai/server/internal/jobs"
)

func newTelemetry(t *testing.T) *Telemetry {
	t.Helper()
	w, err := New(t.Context(), Options{Version: "1.2.3", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// scrape is what Prometheus gets of ours.
func scrape(t *testing.T, w *Telemetry) string {
	t.Helper()
	a := httptest.NewRecorder()
	w.Metrics().ServeHTTP(a, httptest.NewRequest("GET", "/metrics", nil))
	if a.Code != 200 {
		t.Fatalf("got %d %s", a.Code, a.Body)
	}
	var ours strings.Builder
	for line := range strings.Lines(a.Body.String()) {
		if strings.HasPrefix(line, "xswarm_") && !strings.Contains(line, "_bucket{") && !strings.Contains(line, "_sum{") {
			ours.WriteString(line)
		}
	}
	return ours.String()
}

func wantLines(t *testing.T, got string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("%s is not in\n%s", line, got)
		}
	}
}

func TestRequestsAreCountedByTheirRouteAlone(t *testing.T) {
	w := newTelemetry(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(rw http.ResponseWriter, r *http.Request) {
		wantLines(t, scrape(t, w), "xswarm_http_requests_in_flight 1")
	})
	mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("POST /auth/login", func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(len(r.URL.RawQuery)) })
	h := w.Requests(mux)
	ask := func(method, target string) {
		defer func() { recover() }()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, target, nil))
	}
	for i := range 30 { // as many paths and methods as a stranger likes
		ask("GET", fmt.Sprintf("/users/usr_%d?token=%d", i, i))
		ask(fmt.Sprintf("METHOD%d", i), fmt.Sprintf("/nowhere/%d", i))
	}
	ask("GET", "/broken")
	for status, times := range map[int]int{200: 2, 401: 3, 429: 1, 418: 1} {
		for range times {
			ask("POST", "/auth/login?"+strings.Repeat("x", status))
		}
	}
	got := scrape(t, w)
	wantLines(t, got,
		`xswarm_http_requests_total{method="GET",route="/users/{id}",status="2xx"} 30`,
		`xswarm_http_requests_total{method="other",route="none",status="4xx"} 30`,
		`xswarm_http_requests_total{method="GET",route="/broken",status="2xx"} 1`,
		`xswarm_http_request_duration_seconds_count{method="GET",route="/users/{id}"} 30`,
		`xswarm_http_requests_in_flight 0`,
		`xswarm_signins_total{outcome="ok"} 2`, `xswarm_signins_total{outcome="wrong"} 3`,
		`xswarm_signins_total{outcome="limited"} 1`, `xswarm_signins_total{outcome="other"} 1`,
		`xswarm_build_info{version="1.2.3"} 1`)
	if n := strings.Count(got, "xswarm_http_requests_total"); n != 5 {
		t.Errorf("%d series of requests:\n%s", n, got)
	}
}

func TestWorkIsCountedByItsKindAndOutcome(t *testing.T) {
	w := newTelemetry(t)
	for _, state := range []jobs.State{jobs.Done, jobs.Done, jobs.Queued, jobs.Dead} {
		_, ended := w.Attempt(t.Context(), jobs.Job{ID: "job_1", Kind: "phone.send", Attempts: 1})
		ended(jobs.Job{ID: "job_1", Kind: "phone.send", State: state})
	}
	_, ended := w.Write(t.Context(), "batch")
	ended(nil)
	_, ended = w.Write(t.Context(), "one")
	ended(errors.New("UNIQUE constraint failed: users.email"))
	w.Handed("text", "accepted")
	w.WatchCommits(func() (int64, int64) { return 70, 7 })
	got := scrape(t, w)
	wantLines(t, got,
		`xswarm_job_attempts_total{kind="phone.send",outcome="done"} 2`, `xswarm_job_attempts_total{kind="phone.send",outcome="retry"} 1`,
		`xswarm_job_attempts_total{kind="phone.send",outcome="dead"} 1`, `xswarm_job_duration_seconds_count{kind="phone.send"} 4`,
		`xswarm_database_write_duration_seconds_count{form="batch",outcome="done"} 1`,
		`xswarm_database_write_duration_seconds_count{form="one",outcome="undone"} 1`,
		`xswarm_handed_over_total{channel="text",outcome="accepted"} 1`, `xswarm_database_writes_total 70`, `xswarm_database_commits_total 7`)
	if strings.Contains(got, "job_1") || strings.Contains(got, "users.email") {
		t.Errorf("a label holds what is not bounded:\n%s", got)
	}
}

// waiting is a queue.
type waiting struct {
	err error
	at  time.Time
}

func (q waiting) CountJobs(context.Context) (map[jobs.State]map[string]int, error) {
	return map[jobs.State]map[string]int{jobs.Queued: {"mail": 2}, jobs.Dead: {"text": 1}}, q.err
}
func (q waiting) NextJob(context.Context) (time.Time, bool, error) {
	return q.at, !q.at.IsZero(), q.err
}

func TestTheQueueIsAskedWhenSomebodyLooks(t *testing.T) {
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		queue waiting
		lines []string
	}{
		"late":    {waiting{at: now.Add(-90 * time.Second)}, []string{"xswarm_oldest_due_job_seconds 90", "xswarm_database_up 1", `xswarm_jobs{kind="mail",state="queued"} 2`, `xswarm_jobs{kind="text",state="dead"} 1`}},
		"in time": {waiting{at: now.Add(time.Hour)}, []string{"xswarm_oldest_due_job_seconds 0"}},
		"empty":   {waiting{}, []string{"xswarm_oldest_due_job_seconds 0"}},
		"broken":  {waiting{err: errors.New("no database")}, []string{"xswarm_database_up 0", `xswarm_build_info{version="1.2.3"} 1`}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTelemetry(t)
			w.WatchQueue(tc.queue, func() time.Time { return now })
			wantLines(t, scrape(t, w), tc.lines...)
		})
	}
}

func TestALineOfATraceHoldsItsID(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(LogHandler(slog.NewTextHandler(&out, nil))).With("a", 1).WithGroup("g")
	id, err := trace.TraceIDFromHex("0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("outside")
	if strings.Contains(out.String(), "trace_id") {
		t.Errorf("a line of no trace: %s", &out)
	}
	ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: trace.SpanID{1}}))
	log.InfoContext(ctx, "inside")
	if !strings.Contains(out.String(), "trace_id="+id.String()) || !strings.Contains(out.String(), "a=1") {
		t.Errorf("got %s", &out)
	}
}

func TestAReceiverThatIsNotThereIsLoggedWithoutItsPassword(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "100")
	var out bytes.Buffer
	w, err := New(t.Context(), Options{TracesURL: "http://user:hunter2@127.0.0.1:1", Log: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	_, ended := w.Attempt(t.Context(), jobs.Job{Kind: "mail"})
	ended(jobs.Job{Kind: "mail", State: jobs.Done})
	if err := w.Close(t.Context()); err != nil {
		t.Errorf("closing: %v", err)
	}
	if got := out.String(); !strings.Contains(got, "some were not sent") || strings.Contains(got, "hunter2") {
		t.Errorf("got %s", got)
	}
}
