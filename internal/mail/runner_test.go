package mail

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"xswarm.ai/server/internal/jobs"
)

// oneJob is a queue with one job in it.
type oneJob struct {
	waiting []jobs.Job
	ended   jobs.Job
}

func (q *oneJob) ClaimJobs(context.Context, time.Time, time.Time, time.Time, int) ([]jobs.Job, error) {
	claimed := q.waiting
	q.waiting = nil
	for i := range claimed {
		claimed[i].Attempts++
	}
	return claimed, nil
}

func (q *oneJob) FinishJob(_ context.Context, j jobs.Job) error { q.ended = j; return nil }

func (q *oneJob) NextJob(context.Context) (time.Time, bool, error) { return time.Time{}, false, nil }

// settled runs a handler once, as the product's runner does, and returns what
// became of its job.
func settled(t *testing.T, handle func(context.Context) error) jobs.Job {
	t.Helper()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	q := &oneJob{waiting: []jobs.Job{jobs.New("mail", nil, now)}}
	r := &jobs.Runner{Store: q, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	r.Handle("mail", func(ctx context.Context, _ jobs.Job) error { return handle(ctx) })
	if n, err := r.Tick(t.Context()); n != 1 || err != nil {
		t.Fatalf("Tick ran %d jobs and returned %v", n, err)
	}
	return q.ended
}
