package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

type watchedKey struct{}

func TestEachAttemptIsWatchedFromItsBeginningToItsEnd(t *testing.T) {
	s := store.New(storetest.EmbeddedEngine(t), time.Now)
	var said []string
	r := &jobs.Runner{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), Parallel: 1}
	r.Watch = func(ctx context.Context, j jobs.Job) (context.Context, func(jobs.Job)) {
		said = append(said, "begin "+j.Kind)
		return context.WithValue(ctx, watchedKey{}, j.Kind), func(j jobs.Job) { said = append(said, "end "+string(j.State)) }
	}
	work := func(err error) jobs.Handler {
		return func(ctx context.Context, j jobs.Job) error {
			said = append(said, "work in "+ctx.Value(watchedKey{}).(string))
			return err
		}
	}
	r.Handle("good", work(nil))
	r.Handle("bad", work(errors.New("not now")))
	r.Handle("hopeless", work(jobs.Permanent(errors.New("never"))))
	for _, kind := range []string{"good", "bad", "hopeless"} {
		if err := s.EnqueueJobs(t.Context(), jobs.New(kind, nil, time.Now())); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := "begin good, work in good, end done, begin bad, work in bad, end queued, begin hopeless, work in hopeless, end dead"
	if got := strings.Join(said, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
