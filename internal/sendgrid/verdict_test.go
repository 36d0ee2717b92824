package sendgrid

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"xswarm.ai/server/internal/jobs"
)

// transport is a RoundTripper made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

func TestTheVendorsWishWhenToComeBackIsHeard(t *testing.T) {
	date := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	stamp := date.Format(http.TimeFormat)
	for name, c := range map[string]struct {
		headers []string
		want    time.Duration
	}{
		"in seconds":         {[]string{"Retry-After", "7"}, 7 * time.Second},
		"at a moment":        {[]string{"Date", stamp, "Retry-After", date.Add(time.Minute).Format(http.TimeFormat)}, time.Minute},
		"when limits reset":  {[]string{"Date", stamp, "X-RateLimit-Reset", strconv.FormatInt(date.Add(30*time.Second).Unix(), 10)}, 30 * time.Second},
		"in a week: an hour": {[]string{"Retry-After", "604800"}, time.Hour},
		"in the past":        {[]string{"Date", stamp, "X-RateLimit-Reset", "1"}, 0},
		"negative":           {[]string{"Retry-After", "-5"}, 0},
		"without a date":     {[]string{"X-RateLimit-Reset", "4102444800"}, 0},
		"nonsense":           {[]string{"Retry-After", "soon"}, 0},
		"not at all":         {nil, 0},
	} {
		h := http.Header{}
		for i := 0; i < len(c.headers); i += 2 {
			h.Set(c.headers[i], c.headers[i+1])
		}
		if got := retryAfter(h); got != c.want {
			t.Errorf("%s: retryAfter = %s, want %s", name, got, c.want)
		}
	}
}

// queue is one job.
type queue struct{ job jobs.Job }

func (q *queue) ClaimJobs(context.Context, time.Time, time.Time, time.Time, int) ([]jobs.Job, error) {
	return []jobs.Job{q.job}, nil
}
func (q *queue) FinishJob(_ context.Context, j jobs.Job) error              { q.job = j; return nil }
func (q *queue) NextJob(context.Context) (at time.Time, ok bool, err error) { return }

func TestAJobWaitsAsLongAsTheVendorAsks(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	v := newVendor(t, failing(t, 429, "429.json", "Retry-After", "1234"))
	q := &queue{jobs.New("mail", nil, now)}
	r := &jobs.Runner{Store: q, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	r.Handle("mail", func(ctx context.Context, _ jobs.Job) error { return v.client(t).SendMail(ctx, letter) })
	if _, err := r.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := now.Add(1234 * time.Second); q.job.State != jobs.Queued || !q.job.RunAt.Equal(want) {
		t.Errorf("the job is %s until %s, want queued until %s", q.job.State, q.job.RunAt, want)
	}
}

func FuzzAnswersOfAnyKindAreRead(f *testing.F) {
	f.Add(`{"errors":[{"message":"x","field":null,"help":null}]}`, "7", "1", "Sun, 22 Nov 2026 09:00:00 GMT")
	f.Add(`<html>`, "-1", "99999999999999999999", "")
	f.Add(`{"errors":[]}`, "Sun, 22 Nov 9999 09:00:00 GMT", "", "Sun, 22 Nov 2026 09:00:00 GMT")
	f.Fuzz(func(t *testing.T, body, after, reset, date string) {
		if s := said(body); s == "" || utf8.RuneCountInString(s) > 300 || !utf8.ValidString(s) {
			t.Fatalf("said(%q) = %q", body, s)
		}
		h := http.Header{"Retry-After": {after}, "Date": {date}}
		h.Set("X-RateLimit-Reset", reset)
		if d := retryAfter(h); d < 0 || d > time.Hour {
			t.Fatalf("retryAfter(%v) = %s", h, d)
		}
	})
}
