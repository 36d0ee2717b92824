package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// running is a runner in its loop, on the bubble's clock.
type running struct {
	*jobs.Runner
	store *store.Store

	mu    sync.Mutex
	lines []string
}

// start runs f's handlers until the bubble's test ends, or stop is called.
func start(t *testing.T, parallel int, handlers func(*running)) (r *running, stop func()) {
	t.Helper()
	s := store.New(storetest.EmbeddedEngine(t), time.Now)
	r = &running{store: s, Runner: &jobs.Runner{
		Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), Parallel: parallel,
	}}
	s.OnJobs(r.Wake)
	handlers(r)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	t.Cleanup(stop)
	return r, stop
}

func (r *running) say(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
}

func (r *running) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, " ")
}

func (r *running) enqueue(t *testing.T, kind string, opts ...jobs.Option) {
	t.Helper()
	if err := r.store.EnqueueJobs(context.Background(), jobs.New(kind, nil, time.Now(), opts...)); err != nil {
		t.Fatal(err)
	}
}

func (r *running) wantSaid(t *testing.T, want string) {
	t.Helper()
	synctest.Wait()
	if got := r.said(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAStoredJobIsRunWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := start(t, 2, func(r *running) {
			r.Handle("a", func(context.Context, jobs.Job) error { r.say("a"); return nil })
		})
		synctest.Wait() // it rests
		r.enqueue(t, "a")
		r.wantSaid(t, "a")
	})
}

func TestAJobIsRunWhenItIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := start(t, 2, func(r *running) {
			r.Handle("a", func(context.Context, jobs.Job) error { r.say("a"); return nil })
		})
		r.enqueue(t, "a", jobs.At(time.Now().Add(1500*time.Millisecond)))
		time.Sleep(1499 * time.Millisecond)
		r.wantSaid(t, "")
		time.Sleep(100 * time.Millisecond)
		r.wantSaid(t, "a")
	})
}

func TestAJobStoredByAnotherProgramIsFoundWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := start(t, 2, func(r *running) {
			r.Handle("a", func(context.Context, jobs.Job) error { r.say("a"); return nil })
		})
		r.store.OnJobs(func() {})
		synctest.Wait()
		r.enqueue(t, "a")
		r.wantSaid(t, "")
		time.Sleep(1100 * time.Millisecond)
		r.wantSaid(t, "a")
	})
}

// asked counts what a runner asks its store.
type asked struct {
	*store.Store
	claims, looks atomic.Int64
}

func (a *asked) ClaimJobs(ctx context.Context, now, wall, until time.Time, limit int) ([]jobs.Job, error) {
	a.claims.Add(1)
	return a.Store.ClaimJobs(ctx, now, wall, until, limit)
}

func (a *asked) NextJob(ctx context.Context) (time.Time, bool, error) {
	a.looks.Add(1)
	return a.Store.NextJob(ctx)
}

func TestAnIdleRunnerLooksEverySecondAndClaimsSeldom(t *testing.T) {
	for name, due := range map[string]time.Duration{"nothing": 0, "a job in an hour": time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			var a *asked
			r, stop := start(t, 2, func(r *running) {
				a = &asked{Store: r.store}
				r.Runner.Store = a
				r.Handle("a", func(context.Context, jobs.Job) error { return nil })
			})
			synctest.Wait()
			if due > 0 {
				r.enqueue(t, "a", jobs.At(time.Now().Add(due)))
			}
			time.Sleep(time.Minute)
			stop()
			if claims, looks := a.claims.Load(), a.looks.Load(); claims > 15 || looks > 65 || looks < 55 {
				t.Errorf("%s: in a minute it claimed %d times and looked %d times, want about 12 and 60", name, claims, looks)
			}
		})
	}
}

func TestAJobBehindABusyLaneIsNotAskedForAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a *asked
		r, _ := start(t, 2, func(r *running) {
			a = &asked{Store: r.store}
			r.Runner.Store = a
			r.Handle("slow", func(context.Context, jobs.Job) error { time.Sleep(30 * time.Second); r.say("slow"); return nil })
			r.Handle("next", func(context.Context, jobs.Job) error { r.say("next"); return nil })
		})
		r.enqueue(t, "slow", jobs.Lane("ada"))
		r.enqueue(t, "next", jobs.Lane("ada"))
		time.Sleep(29 * time.Second)
		if n := a.claims.Load() + a.looks.Load(); n > 60 {
			t.Errorf("while the lane was busy for 29 s the store was asked %d times", n)
		}
		time.Sleep(time.Second)
		r.wantSaid(t, "slow next")
	})
}

func TestARetryHappensWithoutAnybodysHelp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := start(t, 2, func(r *running) {
			r.Handle("a", func(_ context.Context, j jobs.Job) error {
				if j.Attempts == 1 {
					r.say("failed")
					return errors.New("no answer")
				}
				r.say("done")
				return nil
			})
		})
		r.enqueue(t, "a")
		r.wantSaid(t, "failed")
		time.Sleep(3100 * time.Millisecond)
		r.wantSaid(t, "failed done")
	})
}

func TestOneLaneWaitsAndAnotherDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		r, _ := start(t, 4, func(r *running) {
			r.Handle("slow", func(context.Context, jobs.Job) error { <-gate; r.say("slow"); return nil })
			r.Handle("quick", func(_ context.Context, j jobs.Job) error { r.say(j.Lane); return nil })
		})
		r.enqueue(t, "slow", jobs.Lane("ada"))
		r.enqueue(t, "quick", jobs.Lane("ada"))
		r.enqueue(t, "quick", jobs.Lane("bob"))
		time.Sleep(2 * time.Second)
		r.wantSaid(t, "bob")
		close(gate)
		r.wantSaid(t, "bob slow ada")
	})
}

func TestNoMoreJobsRunAtATimeThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var now, most int
		r, _ := start(t, 3, func(r *running) {
			r.Handle("a", func(context.Context, jobs.Job) error {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				now--
				mu.Unlock()
				r.say("a")
				return nil
			})
		})
		for range 10 {
			r.enqueue(t, "a")
		}
		time.Sleep(10 * time.Second)
		r.wantSaid(t, strings.TrimSpace(strings.Repeat("a ", 10)))
		mu.Lock()
		defer mu.Unlock()
		if most != 3 {
			t.Errorf("%d jobs ran at a time, want 3", most)
		}
	})
}

func TestStoppingWaitsForTheJobsThatRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := start(t, 2, func(r *running) {
			r.Grace = 5 * time.Second
			r.Handle("a", func(context.Context, jobs.Job) error {
				r.say("begun")
				time.Sleep(2 * time.Second)
				r.say("ended")
				return nil
			})
		})
		r.enqueue(t, "a")
		r.wantSaid(t, "begun")
		stop()
		r.wantSaid(t, "begun ended")
		r.wantStates(t, jobs.Done)
	})
}

func TestStoppingInterruptsAJobThatTakesTooLongAndQueuesItAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := start(t, 2, func(r *running) {
			r.Grace = 5 * time.Second
			r.Handle("a", func(ctx context.Context, _ jobs.Job) error {
				<-ctx.Done()
				return ctx.Err()
			})
		})
		r.enqueue(t, "a")
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("stopping took %v, want the grace of 5 s", took)
		}
		r.wantStates(t, jobs.Queued)
	})
}

// unwritable is a queue whose outcomes cannot be stored until a given time.
type unwritable struct {
	jobs.Store
	until time.Time
}

func (u unwritable) FinishJob(ctx context.Context, j jobs.Job) error {
	if time.Now().Before(u.until) {
		return errors.New("the disk is full")
	}
	return u.Store.FinishJob(ctx, j)
}

func TestAnOutcomeThatCannotBeStoredHoldsUpItsLaneOnlyWhileThatLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := start(t, 2, func(r *running) {
			r.Store = unwritable{r.Store, time.Now().Add(10 * time.Second)}
			r.Handle("a", func(context.Context, jobs.Job) error { r.say("a"); return nil })
		})
		r.enqueue(t, "a", jobs.Lane("ada"))
		r.enqueue(t, "a", jobs.Lane("ada"))
		time.Sleep(9 * time.Second)
		r.wantSaid(t, "a")
		time.Sleep(10 * time.Second)
		r.wantSaid(t, "a a")
		r.wantStates(t, jobs.Done, jobs.Done)
	})
}

func TestAnOutcomeIsNotStoredAfterTheLeaseHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := start(t, 2, func(r *running) {
			r.Store = unwritable{r.Store, time.Now().Add(130 * time.Second)}
			r.Handle("a", func(context.Context, jobs.Job) error { r.say("a"); return nil })
		})
		r.enqueue(t, "a")
		time.Sleep(119 * time.Second)
		r.wantSaid(t, "a")
		time.Sleep(20 * time.Second)
		r.wantSaid(t, "a a") // the second attempt owns it now
		r.wantStates(t, jobs.Done)
		stop()
	})
}

func TestStoppingDoesNotWaitForADatabaseThatStaysAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := start(t, 2, func(r *running) {
			r.Grace = 5 * time.Second
			r.Store = unwritable{r.Store, time.Now().Add(time.Hour)}
			r.Handle("a", func(context.Context, jobs.Job) error { r.say("a"); return nil })
		})
		r.enqueue(t, "a")
		r.wantSaid(t, "a")
		began := time.Now()
		stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("stopping took %v, want at most the grace of 5 s", took)
		}
		r.wantStates(t, jobs.Running) // until its lease ends
	})
}

func (r *running) wantStates(t *testing.T, want ...jobs.State) {
	t.Helper()
	list, err := r.store.ListJobs(context.Background(), jobs.Query{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var got []jobs.State
	for _, j := range list {
		got = append(got, j.State)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the jobs are %q, want %q", got, want)
	}
}
