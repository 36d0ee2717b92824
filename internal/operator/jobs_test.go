package operator_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/operator"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

type world struct {
	*operator.Service
	t      *testing.T
	store  *store.Store
	runner *jobs.Runner
	clock  *storetest.Clock
	broken bool // what the jobs need is away
	ran    []string
}

// each runs f on both engines, in a world in which jobs of the kinds "mail" and
// "text" fail for good while it is broken.
func each(t *testing.T, f func(w *world)) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		w := &world{t: t, store: s, clock: clock, broken: true}
		w.runner = &jobs.Runner{Store: s, Log: slog.New(slog.DiscardHandler), Now: clock.Now, Parallel: 1}
		for _, kind := range []string{"mail", "text"} {
			w.runner.Handle(kind, func(_ context.Context, j jobs.Job) error {
				if w.broken {
					return jobs.Permanent(errors.New("the key was refused: set SOME_KEY"))
				}
				w.ran = append(w.ran, j.Kind)
				return nil
			})
			w.runner.Describe(map[string]jobs.Duty{kind: {Does: "Sends a " + kind + ".", Missing: "Somebody waits for a " + kind + "."}})
		}
		w.Service = operator.New(s, w.runner, clock.Now)
		f(w)
	})
}

// add stores jobs and has them run.
func (w *world) add(kinds ...string) (ids []string) {
	w.t.Helper()
	for _, kind := range kinds {
		w.clock.Advance(1e6) // ids sort by the millisecond
		j := jobs.New(kind, map[string]string{"id": "x"}, w.clock.Now())
		w.must(w.store.EnqueueJobs(w.t.Context(), j))
		ids = append(ids, j.ID)
	}
	w.run()
	return ids
}

func (w *world) run() {
	w.t.Helper()
	for {
		n, err := w.runner.Tick(w.t.Context())
		w.must(err)
		if n == 0 {
			return
		}
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// noted returns the actions in the audit that are about nobody, with who did them.
func (w *world) noted() string {
	w.t.Helper()
	list, err := w.store.ListEvents(w.t.Context(), "", 100)
	w.must(err)
	var words []string
	for _, e := range list {
		by, _ := e.Detail["by"].(string)
		words = append([]string{strings.TrimSpace(e.Actor + " " + e.Action + " " + by)}, words...)
	}
	return strings.Join(words, ", ")
}

var (
	ada = operator.Who{User: account.User{ID: "usr_ada", Operator: true}, Client: "192.0.2.1"}
	bob = operator.Who{User: account.User{ID: "usr_bob"}, Client: "192.0.2.2"}
)

func TestADeadJobIsSeenExplainedAndRetried(t *testing.T) {
	each(t, func(w *world) {
		ids := w.add("mail", "text")
		list, next, err := w.Jobs(w.t.Context(), ada, jobs.Dead, "", 0)
		w.must(err)
		if len(list) != 2 || next != "" || list[0].ID != ids[1] || list[1].ID != ids[0] {
			w.t.Fatalf("got %+v, next %q; want both, newest first", list, next)
		}
		j := list[1]
		if j.Does != "Sends a mail." || j.Missing != "Somebody waits for a mail." || !strings.Contains(j.Standing, "given up at attempt 1") ||
			!strings.Contains(j.Advice, "then retry") || !strings.Contains(j.Error, "set SOME_KEY") {
			w.t.Errorf("explained as %+v", j)
		}
		w.broken = false
		again, err := w.Retry(w.t.Context(), ada, ids[0])
		w.must(err)
		if again.State != jobs.Queued || again.Missing != "" || again.Advice != "" {
			w.t.Errorf("after the retry: %+v, want it queued and in need of nothing", again)
		}
		w.run()
		if got := strings.Join(w.ran, " "); got != "mail" {
			w.t.Errorf("done were %q, want the mail alone", got)
		}
		if got, want := w.noted(), "operator job.retried usr_ada"; got != want {
			w.t.Errorf("noted is %q, want %q", got, want)
		}
	})
}

func TestWhatIsMendedIsRetriedAtOnce(t *testing.T) {
	each(t, func(w *world) {
		w.add("mail", "text", "mail")
		w.broken = false
		n, err := w.RetryAll(w.t.Context(), operator.Machine, "mail")
		w.must(err)
		w.run()
		if n != 2 || strings.Join(w.ran, " ") != "mail mail" {
			w.t.Errorf("%d retried, done %q; want the two mails", n, w.ran)
		}
		n, err = w.RetryAll(w.t.Context(), operator.Machine, "")
		w.must(err)
		w.run()
		if n != 1 || strings.Join(w.ran, " ") != "mail mail text" {
			w.t.Errorf("%d retried, done %q; want the text as well", n, w.ran)
		}
	})
}

func TestADiscardedJobIsGone(t *testing.T) {
	each(t, func(w *world) {
		ids := w.add("mail")
		w.must(w.Discard(w.t.Context(), ada, ids[0]))
		list, _, err := w.Jobs(w.t.Context(), ada, "", "", 0)
		w.must(err)
		if len(list) != 0 {
			w.t.Errorf("left is %+v", list)
		}
		if got := w.noted(); got != "operator job.discarded usr_ada" {
			w.t.Errorf("noted is %q", got)
		}
	})
}

func TestOnlyDeadJobsAreRetriedOrDiscarded(t *testing.T) {
	each(t, func(w *world) {
		w.broken = false
		done := w.add("mail")[0]
		for name, do := range map[string]func(id string) error{
			"retry":   func(id string) error { _, err := w.Retry(w.t.Context(), ada, id); return err },
			"discard": func(id string) error { return w.Discard(w.t.Context(), ada, id) },
		} {
			for what, id := range map[string]string{"a job that is done": done, "no job": "job_x"} {
				if err := do(id); !errors.Is(err, operator.ErrNoDeadJob) {
					w.t.Errorf("%s %s: got %v, want ErrNoDeadJob", name, what, err)
				}
			}
		}
		if got := w.noted(); got != "" {
			w.t.Errorf("noted is %q, want nothing: nothing was done", got)
		}
	})
}

func TestUsersWhoAreNoOperatorsSeeAndDoNothing(t *testing.T) {
	each(t, func(w *world) {
		id := w.add("mail")[0]
		ctx := w.t.Context()
		for name, do := range map[string]func() error{
			"list":      func() error { _, _, err := w.Jobs(ctx, bob, "", "", 0); return err },
			"show":      func() error { _, err := w.Job(ctx, bob, id); return err },
			"retry":     func() error { _, err := w.Retry(ctx, bob, id); return err },
			"retry all": func() error { _, err := w.RetryAll(ctx, bob, ""); return err },
			"discard":   func() error { return w.Discard(ctx, bob, id) },
			"nobody":    func() error { return w.Discard(ctx, operator.Who{}, id) },
		} {
			if err := do(); !errors.Is(err, operator.ErrNotOperator) {
				w.t.Errorf("%s: got %v, want ErrNotOperator", name, err)
			}
		}
		if j, err := w.Job(ctx, ada, id); err != nil || j.State != jobs.Dead {
			w.t.Errorf("the job is %+v, %v; want it untouched", j.Job, err)
		}
	})
}

func TestJobsComeInPages(t *testing.T) {
	each(t, func(w *world) {
		ids := w.add("mail", "text", "mail")
		ctx := w.t.Context()
		page, next, err := w.Jobs(ctx, ada, jobs.Dead, "", 2)
		w.must(err)
		if len(page) != 2 || page[1].ID != ids[1] || next != ids[1] {
			w.t.Fatalf("got %d jobs, next %q; want two and the second's id", len(page), next)
		}
		page, next, err = w.Jobs(ctx, ada, jobs.Dead, next, 2)
		w.must(err)
		if len(page) != 1 || page[0].ID != ids[0] || next != "" {
			w.t.Errorf("got %+v, next %q; want the oldest and no more", page, next)
		}
		for name, bad := range map[string]error{
			"state": second(w.Jobs(ctx, ada, "lost", "", 0)),
			"limit": second(w.Jobs(ctx, ada, "", "", 101)),
		} {
			if f := fault.From(bad); len(f.Fields) != 1 || f.Fields[0].Location != "query."+name {
				w.t.Errorf("a wrong %s: got %v", name, bad)
			}
		}
	})
}

func second(_ []operator.Job, _ string, err error) error { return err }

func TestAJobOfAnUnknownKindIsExplained(t *testing.T) {
	each(t, func(w *world) {
		id := w.add("fax")[0]
		j, err := w.Job(w.t.Context(), ada, id)
		w.must(err)
		if j.State != jobs.Dead || !strings.Contains(j.Advice, "does not know the kind") {
			w.t.Errorf("got %s, %q", j.State, j.Advice)
		}
	})
}
