package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// world is a runner with a queue, on a clock that the test moves.
type world struct {
	*jobs.Runner
	store *store.Store
	clock *storetest.Clock
	log   *bytes.Buffer
}

func newWorld(t *testing.T) *world {
	clock, log := storetest.NewClock(), &bytes.Buffer{}
	s := storetest.Embedded(t, clock)
	return &world{
		Runner: &jobs.Runner{Store: s, Now: clock.Now, Log: slog.New(slog.NewTextHandler(log, nil)), Parallel: 4},
		store:  s, clock: clock, log: log,
	}
}

// enqueue stores a job of a kind.
func (w *world) enqueue(t *testing.T, kind string, opts ...jobs.Option) jobs.Job {
	t.Helper()
	j := jobs.New(kind, map[string]int{"n": 1}, w.clock.Now(), opts...)
	if err := w.store.EnqueueJobs(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	return j
}

// tick runs what is due and returns how many jobs that were.
func (w *world) tick(t *testing.T) int {
	t.Helper()
	n, err := w.Tick(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// job returns the only job.
func (w *world) job(t *testing.T) jobs.Job {
	t.Helper()
	list, err := w.store.ListJobs(t.Context(), jobs.Query{Limit: 10})
	if err != nil || len(list) != 1 {
		t.Fatalf("got %d jobs, %v; want 1", len(list), err)
	}
	return list[0]
}

func TestAJobIsDoneOnce(t *testing.T) {
	w := newWorld(t)
	var got []jobs.Job
	w.Handle("greet", func(_ context.Context, j jobs.Job) error {
		got = append(got, j)
		return nil
	})
	made := w.enqueue(t, "greet")
	if n := w.tick(t); n != 1 {
		t.Errorf("%d jobs were run, want 1", n)
	}
	if n := w.tick(t); n != 0 {
		t.Errorf("%d jobs were run again, want none", n)
	}
	if len(got) != 1 || got[0].ID != made.ID || string(got[0].Payload) != `{"n":1}` || got[0].Attempts != 1 {
		t.Errorf("the handler got %+v, want %+v once", got, made)
	}
	if j := w.job(t); j.State != jobs.Done || j.Error != "" {
		t.Errorf("it is %s (%q), want done", j.State, j.Error)
	}
	if w.log.Len() > 0 {
		t.Errorf("a job that went well was logged: %s", w.log)
	}
}

func TestAJobIsNotRunBeforeItIsDue(t *testing.T) {
	w := newWorld(t)
	w.Handle("later", func(context.Context, jobs.Job) error { return nil })
	w.enqueue(t, "later", jobs.At(w.clock.Now().Add(time.Hour)))
	if n := w.tick(t); n != 0 {
		t.Errorf("%d jobs were run, want none", n)
	}
	w.clock.Advance(time.Hour)
	if n := w.tick(t); n != 1 {
		t.Errorf("%d jobs were run when it was due, want 1", n)
	}
}

func TestAFailedJobIsTriedAgainLaterAndLater(t *testing.T) {
	w := newWorld(t)
	w.Handle("flaky", func(context.Context, jobs.Job) error { return errors.New("no answer") })
	w.enqueue(t, "flaky")
	for attempt, longest := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second} {
		if n := w.tick(t); n != 1 {
			t.Fatalf("attempt %d: %d jobs were run, want 1", attempt+1, n)
		}
		j := w.job(t)
		if j.State != jobs.Queued || j.Error != "no answer" || j.Attempts != attempt+1 {
			t.Errorf("after attempt %d it is %s, attempt %d, %q; want queued with its error", attempt+1, j.State, j.Attempts, j.Error)
		}
		wait := j.RunAt.Sub(w.clock.Now())
		if wait > longest || wait < longest*3/4-time.Millisecond {
			t.Errorf("after attempt %d it waits %v, want %v less up to a quarter", attempt+1, wait, longest)
		}
		if n := w.tick(t); n != 0 {
			t.Errorf("it was tried again without waiting")
		}
		w.clock.Set(j.RunAt)
	}
}

func TestAJobThatAlwaysFailsDiesAndIsLeftForAPerson(t *testing.T) {
	w := newWorld(t)
	tries := 0
	w.Handle("hopeless", func(context.Context, jobs.Job) error {
		tries++
		return errors.New("no")
	})
	made := w.enqueue(t, "hopeless")
	began := w.clock.Now()
	for w.job(t).State == jobs.Queued {
		w.clock.Set(w.job(t).RunAt)
		w.tick(t)
	}
	if j := w.job(t); j.State != jobs.Dead || j.Attempts != 36 || tries != 36 {
		t.Errorf("it is %s after %d attempts and %d calls, want dead after 36", j.State, j.Attempts, tries)
	}
	if took := w.clock.Now().Sub(began); took < 18*time.Hour || took > 27*time.Hour {
		t.Errorf("it was given up after %v, want about a day", took)
	}
	if err := w.store.RetryJob(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.tick(t); n != 1 || tries != 37 {
		t.Errorf("a person's retry ran %d jobs, want 1", n)
	}
}

func TestAnErrorKnowsWhatShouldBecomeOfItsJob(t *testing.T) {
	oops := errors.New("oops")
	for _, tc := range []struct {
		name  string
		err   error
		state jobs.State
		after time.Duration // 0: the usual wait
		note  string
	}{
		{"permanent", jobs.Permanent(oops), jobs.Dead, 0, ""},
		{"permanent, with more said around it", fmt.Errorf("send: %w", jobs.Permanent(oops)), jobs.Dead, 0, ""},
		{"a vendor that says when", jobs.RetryAfter(oops, 42*time.Second), jobs.Queued, 42 * time.Second, ""},
		{"noted", jobs.Noted(oops, "look twice"), jobs.Queued, 0, "look twice"},
		{"noted and permanent", jobs.Noted(jobs.Permanent(oops), "look twice"), jobs.Dead, 0, "look twice"},
		{"permanent, and noted", jobs.Permanent(jobs.Noted(oops, "look twice")), jobs.Dead, 0, "look twice"},
		{"when, and noted", jobs.RetryAfter(jobs.Noted(oops, "look twice"), time.Minute), jobs.Queued, time.Minute, "look twice"},
		{"noted, and when", jobs.Noted(jobs.RetryAfter(oops, time.Minute), "look twice"), jobs.Queued, time.Minute, "look twice"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.Handle("k", func(context.Context, jobs.Job) error { return tc.err })
			w.enqueue(t, "k")
			w.tick(t)
			j := w.job(t)
			if j.State != tc.state || j.Note != tc.note || !strings.Contains(j.Error, "oops") {
				t.Errorf("it is %s, note %q, error %q; want %s, %q", j.State, j.Note, j.Error, tc.state, tc.note)
			}
			if wait := j.RunAt.Sub(w.clock.Now()); tc.after != 0 && wait != tc.after {
				t.Errorf("it waits %v, want %v", wait, tc.after)
			}
			if !errors.Is(tc.err, oops) {
				t.Error("the cause is lost")
			}
		})
	}
}

func TestANoteStaysWhenALaterAttemptSucceeds(t *testing.T) {
	w := newWorld(t)
	w.Handle("k", func(_ context.Context, j jobs.Job) error {
		if j.Attempts == 1 {
			return jobs.Noted(errors.New("no answer"), "may have been sent twice")
		}
		return nil
	})
	w.enqueue(t, "k")
	w.tick(t)
	w.clock.Advance(time.Minute)
	w.tick(t)
	if j := w.job(t); j.State != jobs.Done || j.Note != "may have been sent twice" || j.Error != "" {
		t.Errorf("it is %s, note %q, error %q; want done with its note and no error", j.State, j.Note, j.Error)
	}
}

func TestAPanicIsAFailedAttempt(t *testing.T) {
	w := newWorld(t)
	w.Handle("k", func(context.Context, jobs.Job) error { panic("at the disco") })
	w.enqueue(t, "k")
	w.tick(t)
	if j := w.job(t); j.State != jobs.Queued || !strings.Contains(j.Error, "panic: at the disco") {
		t.Errorf("it is %s, error %.60q; want queued with the panic", j.State, j.Error)
	}
}

func TestAJobNobodyHandlesDies(t *testing.T) {
	w := newWorld(t)
	w.enqueue(t, "unheard.of")
	w.tick(t)
	if j := w.job(t); j.State != jobs.Dead || !strings.Contains(j.Error, "unheard.of") {
		t.Errorf("it is %s, error %q; want dead, with its kind named", j.State, j.Error)
	}
}

func TestAJobThatIsInterruptedIsDueAgainAtOnce(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	w.Handle("k", func(ctx context.Context, j jobs.Job) error {
		if j.Attempts > 1 {
			return nil
		}
		stop()
		<-ctx.Done()
		return ctx.Err()
	})
	w.enqueue(t, "k")
	if _, err := w.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	if j := w.job(t); j.State != jobs.Queued || !strings.Contains(j.Error, "interrupted") {
		t.Errorf("it is %s, error %q; want queued as interrupted", j.State, j.Error)
	}
	w.clock.Advance(time.Millisecond)
	if n := w.tick(t); n != 1 || w.job(t).State != jobs.Done {
		t.Errorf("%d jobs were run, and it is %s; want it done", n, w.job(t).State)
	}
}

func TestAJobThatFinishedWhileStoppingIsDone(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	w.Handle("k", func(context.Context, jobs.Job) error {
		stop()
		return nil
	})
	w.enqueue(t, "k")
	w.Tick(ctx)
	if j := w.job(t); j.State != jobs.Done {
		t.Errorf("it is %s, want done", j.State)
	}
}

func TestAHandlerIsGivenLessTimeThanItsLease(t *testing.T) {
	w := newWorld(t)
	var left time.Duration
	w.Handle("k", func(ctx context.Context, j jobs.Job) error {
		deadline, _ := ctx.Deadline()
		left = j.LeaseUntil.Sub(deadline)
		return nil
	})
	w.enqueue(t, "k")
	w.tick(t)
	if left < 10*time.Second || left > time.Minute {
		t.Errorf("the lease outlives the handler's deadline by %v, want some time", left)
	}
}

func TestAPayloadThatDoesNotFitIsForAPerson(t *testing.T) {
	w := newWorld(t)
	w.Handle("k", func(_ context.Context, j jobs.Job) error {
		_, err := jobs.Decode[struct{ N string }](j)
		return err
	})
	w.enqueue(t, "k")
	w.tick(t)
	if j := w.job(t); j.State != jobs.Dead || !strings.Contains(j.Error, "read payload") {
		t.Errorf("it is %s, error %q; want dead for its payload", j.State, j.Error)
	}
}

func TestAPayloadComesBackAsItWas(t *testing.T) {
	type payload struct{ UserID, Note string }
	j := jobs.New("k", payload{"usr_1", "<&> \"ü\""}, storetest.NewClock().Now())
	got, err := jobs.Decode[payload](j)
	if want := (payload{"usr_1", "<&> \"ü\""}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestTwoHandlersForAKindAreAMistake(t *testing.T) {
	w := newWorld(t)
	w.Handle("k", nil)
	defer func() {
		if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), "k") {
			t.Errorf("recovered %v, want a panic that names the kind", p)
		}
	}()
	w.Handle("k", nil)
}
