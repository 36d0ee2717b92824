package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"xswarm.ai/server/internal/jobs"
)

func TestWorkThatWasCutOffIsNotedWhereNobodyCanAskAboutIt(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(*testing.T, *world) // of the first attempt
		want string
	}{
		{"the program died", func(t *testing.T, w *world) { w.claim(t, time.Now()); w.release(t) }, "sent twice?"},
		{"its lease ended", func(t *testing.T, w *world) { w.claim(t, time.Now().Add(-time.Hour)) }, "sent twice?"},
		{"it failed", func(t *testing.T, w *world) {
			j := w.claim(t, time.Now())
			j.State, j.Error = jobs.Queued, "no connection"
			if err := w.store.FinishJob(t.Context(), j); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"it was never begun", func(*testing.T, *world) {}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.Handle("mail", func(context.Context, jobs.Job) error { return nil })
			w.Describe(map[string]jobs.Duty{"mail": {CutOff: "sent twice?"}})
			w.enqueue(t, "mail")
			tc.end(t, w)
			if n := w.tick(t); n != 1 {
				t.Fatalf("%d jobs were run, want 1", n)
			}
			if j := w.job(t); j.State != jobs.Done || j.Note != tc.want {
				t.Errorf("it is %s, its note is %q; want done and %q", j.State, j.Note, tc.want)
			}
		})
	}
}

func TestWorkThatIsSafeToRepeatIsNotNoted(t *testing.T) {
	w := newWorld(t)
	w.Handle("text", func(context.Context, jobs.Job) error { return nil })
	w.enqueue(t, "text")
	w.claim(t, time.Now())
	w.release(t)
	w.tick(t)
	if j := w.job(t); j.State != jobs.Done || j.Note != "" {
		t.Errorf("it is %s, its note is %q; want done without one", j.State, j.Note)
	}
}

func TestStoppingKeepsTheNoteOfWhatItInterrupts(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	w.Handle("mail", func(context.Context, jobs.Job) error {
		stop()
		return jobs.Noted(errors.New("no answer"), "sent twice?")
	})
	w.enqueue(t, "mail")
	if _, err := w.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	if j := w.job(t); j.State != jobs.Queued || j.Note != "sent twice?" {
		t.Errorf("it is %s, its note is %q; want queued and noted", j.State, j.Note)
	}
}

// claim begins the only job, at that time on the real clock, and does nothing more.
func (w *world) claim(t *testing.T, wall time.Time) jobs.Job {
	t.Helper()
	list, err := w.store.ClaimJobs(t.Context(), w.clock.Now(), wall, wall.Add(time.Minute), 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("claimed are %d jobs, %v; want 1", len(list), err)
	}
	return list[0]
}

// release does what a server does at its start.
func (w *world) release(t *testing.T) {
	t.Helper()
	if err := w.store.ReleaseJobs(t.Context()); err != nil {
		t.Fatal(err)
	}
}
