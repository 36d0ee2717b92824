package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// The contract of the queue: jobs.Store. Leases run on another clock than the
// one that decides what is due; both are given.

// wall is the time by which leases run here.
var wall = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func TestOnlyWhatIsDueIsClaimed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s,
			job(clock, "now"),
			job(clock, "soon", jobs.At(clock.Now().Add(time.Minute))),
			job(clock, "earlier", jobs.At(clock.Now().Add(-time.Minute))))
		wantClaimed(t, s, clock, wall, "earlier", "now")
		wantClaimed(t, s, clock, wall)
		clock.Advance(time.Minute)
		wantClaimed(t, s, clock, wall, "soon")
	})
}

func TestAClaimedJobIsWholeAndCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		made := jobs.New("mail", map[string]string{"to": "usr_1"}, clock.Now(), jobs.Key("k"), jobs.Lane("l"))
		enqueue(t, s, made)
		clock.Advance(time.Second)
		got := claim(t, s, clock, wall)
		if len(got) != 1 {
			t.Fatalf("%d jobs were claimed, want 1", len(got))
		}
		want := made
		want.State, want.Attempts, want.LeaseUntil, want.UpdatedAt = jobs.Running, 1, wall.Add(time.Minute), clock.Now()
		if fmt.Sprint(got[0]) != fmt.Sprint(want) {
			t.Errorf("got  %+v\nwant %+v", got[0], want)
		}
	})
}

func TestNoMoreAreClaimedThanAskedFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "a"), job(clock, "b"), job(clock, "c"))
		got, err := s.ClaimJobs(t.Context(), clock.Now(), wall, wall.Add(time.Minute), 2)
		must(t, err)
		if kinds(got) != "a b" {
			t.Errorf("claimed are %q, want a and b", kinds(got))
		}
	})
}

func TestTheJobsOfALaneRunOneAtATimeOldestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		// All in one millisecond, in which ids are in no order.
		enqueue(t, s, job(clock, "a1", jobs.Lane("a")), job(clock, "a2", jobs.Lane("a")), job(clock, "b1", jobs.Lane("b")),
			job(clock, "free"), job(clock, "a3", jobs.Lane("a")))
		first := claim(t, s, clock, wall)
		if kinds(first) != "a1 b1 free" {
			t.Fatalf("claimed are %q, want a1, b1 and free", kinds(first))
		}
		wantClaimed(t, s, clock, wall)
		finish(t, s, first[0], jobs.Done)
		second := claim(t, s, clock, wall)
		if kinds(second) != "a2" {
			t.Fatalf("claimed are %q, want a2", kinds(second))
		}
		finish(t, s, second[0], jobs.Dead) // however it ends
		wantClaimed(t, s, clock, wall, "a3")
	})
}

func TestAJobThatWaitsForItsRetryDoesNotHoldUpItsLane(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "a1", jobs.Lane("a")), job(clock, "a2", jobs.Lane("a")))
		j := claim(t, s, clock, wall)[0]
		j.State, j.RunAt = jobs.Queued, clock.Now().Add(time.Minute)
		must(t, s.FinishJob(t.Context(), j))
		wantClaimed(t, s, clock, wall, "a2")
	})
}

func TestAClaimWhoseLeaseEndedIsTakenOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "a1", jobs.Lane("a")), job(clock, "a2", jobs.Lane("a")))
		wantClaimed(t, s, clock, wall, "a1")
		clock.Advance(24 * time.Hour) // moving the product's clock makes no work late
		wantClaimed(t, s, clock, wall.Add(59*time.Second))
		again := claim(t, s, clock, wall.Add(time.Minute))
		if kinds(again) != "a1" || again[0].Attempts != 2 {
			t.Errorf("claimed are %+v, want a1 for the second time", again)
		}
	})
}

func TestAStaleAttemptsEndIsNotRecorded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "a"))
		stale := claim(t, s, clock, wall)[0]
		fresh := claim(t, s, clock, wall.Add(time.Minute))[0]
		finish(t, s, stale, jobs.Dead)
		if got := only(t, s); got.State != jobs.Running || got.Attempts != 2 {
			t.Errorf("after the stale end it is %s, attempt %d; want running, 2", got.State, got.Attempts)
		}
		finish(t, s, fresh, jobs.Done)
		finish(t, s, fresh, jobs.Dead) // told twice
		if got := only(t, s); got.State != jobs.Done || !got.LeaseUntil.IsZero() {
			t.Errorf("it is %s with a lease until %v; want done, without", got.State, got.LeaseUntil)
		}
	})
}

func TestTheEndOfAnAttemptIsRecordedWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "a"))
		j := claim(t, s, clock, wall)[0]
		j.State, j.RunAt, j.Error, j.Note = jobs.Queued, clock.Now().Add(time.Hour), "no answer", "may have been sent twice"
		j.UpdatedAt = clock.Advance(time.Second)
		must(t, s.FinishJob(t.Context(), j))
		j.LeaseUntil = time.Time{}
		if got := only(t, s); fmt.Sprint(got) != fmt.Sprint(j) {
			t.Errorf("got  %+v\nwant %+v", got, j)
		}
	})
}

func TestASecondJobWithTheSameKeyIsNotStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "first", jobs.Key("k")), job(clock, "second", jobs.Key("k")))
		enqueue(t, s, job(clock, "third", jobs.Key("k")))
		j := claim(t, s, clock, wall)
		if kinds(j) != "first" {
			t.Fatalf("claimed are %q, want first", kinds(j))
		}
		finish(t, s, j[0], jobs.Done)
		enqueue(t, s, job(clock, "fourth", jobs.Key("k"))) // done is not forgotten
		wantClaimed(t, s, clock, wall)
	})
}

func TestNoJobIsClaimedTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		const n = 30
		var js []jobs.Job
		for i := range n {
			js = append(js, job(clock, fmt.Sprintf("j%02d", i)))
		}
		enqueue(t, s, js...)
		var mu sync.Mutex
		var wg sync.WaitGroup
		seen := map[string]int{}
		for range 6 {
			wg.Go(func() {
				for {
					got, err := s.ClaimJobs(t.Context(), clock.Now(), wall, wall.Add(time.Minute), 4)
					if err != nil {
						t.Error(err)
					}
					if len(got) == 0 {
						return
					}
					mu.Lock()
					for _, j := range got {
						seen[j.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for id, times := range seen {
			if times != 1 {
				t.Errorf("%s was claimed %d times", id, times)
			}
		}
		if len(seen) != n {
			t.Errorf("%d jobs were claimed, want %d", len(seen), n)
		}
	})
}

func TestTheNextJobIsTheEarliestThatWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		if _, ok, err := s.NextJob(t.Context()); ok || err != nil {
			t.Errorf("of an empty queue: got %t, %v; want no job", ok, err)
		}
		enqueue(t, s, job(clock, "later", jobs.At(clock.Now().Add(time.Hour))), job(clock, "now"))
		claim(t, s, clock, wall)
		at, ok, err := s.NextJob(t.Context())
		if want := clock.Now().Add(time.Hour); !ok || err != nil || !at.Equal(want) {
			t.Errorf("got %v, %t, %v; want %v", at, ok, err, want)
		}
	})
}

func TestAPersonRetriesADeadJobAndNoOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "a"))
		j := claim(t, s, clock, wall)[0]
		if err := s.RetryJob(t.Context(), j.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("of a running job: got %v, want ErrNotFound", err)
		}
		finish(t, s, j, jobs.Dead)
		told := 0
		s.OnJobs(func() { told++ })
		must(t, s.RetryJob(t.Context(), j.ID))
		if told != 1 {
			t.Errorf("the runner was told %d times, want once", told)
		}
		again := claim(t, s, clock, wall)
		if kinds(again) != "a" || again[0].Attempts != 1 {
			t.Errorf("claimed are %+v, want a with its attempts begun anew", again)
		}
	})
}

func TestDoneJobsAreForgottenAndOthersKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "done"), job(clock, "dead"))
		js := claim(t, s, clock, wall)
		finish(t, s, js[0], jobs.Dead)
		finish(t, s, js[1], jobs.Done)
		must(t, s.DeleteDoneJobs(t.Context(), clock.Now()))
		if list := listed(t, s); kinds(list) != "dead done" && kinds(list) != "done dead" {
			t.Errorf("kept are %q, want both: neither is older", kinds(list))
		}
		must(t, s.DeleteDoneJobs(t.Context(), clock.Advance(time.Millisecond)))
		if list := listed(t, s); kinds(list) != "dead" {
			t.Errorf("kept are %q, want the dead one", kinds(list))
		}
	})
}

func TestTheRunnerIsToldAfterJobsWereStoredAndNotWhenTheyWereNot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		told := 0
		s.OnJobs(func() { told++ })
		j := job(clock, "a")
		enqueue(t, s, j)
		if err := s.EnqueueJobs(t.Context(), j); !store.IsUnique(err, "jobs.id") {
			t.Errorf("the same job again: got %v, want a refusal", err)
		}
		must(t, s.EnqueueJobs(t.Context()))
		if told != 1 {
			t.Errorf("it was told %d times, want once", told)
		}
	})
}

func TestAnAttemptThatLeftNoRecordIsToldApartFromOneThatFailed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		said := func(js []jobs.Job) string {
			var list []string
			for _, j := range js {
				list = append(list, j.Kind+": "+j.Error)
			}
			return strings.Join(list, ", ")
		}
		enqueue(t, s, job(clock, "a"), job(clock, "b"))
		first := claim(t, s, clock, wall)
		if got := said(first); got != "a: , b: " {
			t.Errorf("first attempts: got %q", got)
		}
		first[1].State, first[1].Error = jobs.Queued, "no answer"
		must(t, s.FinishJob(t.Context(), first[1]))
		if got, want := said(claim(t, s, clock, wall.Add(time.Hour))), "a: "+jobs.CutOff+", b: no answer"; got != want {
			t.Errorf("after the lease of one: got %q, want %q", got, want)
		}
		must(t, s.ReleaseJobs(t.Context()))
		if got, want := said(claim(t, s, clock, wall)), "a: "+jobs.CutOff+", b: "+jobs.CutOff; got != want {
			t.Errorf("after a release: got %q, want %q", got, want)
		}
	})
}

func job(clock *storetest.Clock, kind string, opts ...jobs.Option) jobs.Job {
	return jobs.New(kind, struct{}{}, clock.Now(), opts...)
}

func enqueue(t *testing.T, s *store.Store, js ...jobs.Job) {
	t.Helper()
	must(t, s.EnqueueJobs(t.Context(), js...))
}

// claim takes what can be taken, for a minute, ordered by kind.
func claim(t *testing.T, s *store.Store, clock *storetest.Clock, wall time.Time) []jobs.Job {
	t.Helper()
	got, err := s.ClaimJobs(t.Context(), clock.Now(), wall, wall.Add(time.Minute), 100)
	must(t, err)
	slices.SortFunc(got, func(a, b jobs.Job) int { return strings.Compare(a.Kind, b.Kind) })
	return got
}

func wantClaimed(t *testing.T, s *store.Store, clock *storetest.Clock, wall time.Time, want ...string) {
	t.Helper()
	got := claim(t, s, clock, wall)
	if kinds(got) != strings.Join(want, " ") {
		t.Errorf("claimed are %q, want %q", kinds(got), want)
	}
}

func finish(t *testing.T, s *store.Store, j jobs.Job, state jobs.State) {
	t.Helper()
	j.State = state
	must(t, s.FinishJob(t.Context(), j))
}

func listed(t *testing.T, s *store.Store) []jobs.Job {
	t.Helper()
	list, err := s.ListJobs(t.Context(), jobs.Query{Limit: 100})
	must(t, err)
	return list
}

func only(t *testing.T, s *store.Store) jobs.Job {
	t.Helper()
	list := listed(t, s)
	if len(list) != 1 {
		t.Fatalf("%d jobs are listed, want 1", len(list))
	}
	return list[0]
}

func kinds(js []jobs.Job) string {
	var list []string
	for _, j := range js {
		list = append(list, j.Kind)
	}
	return strings.Join(list, " ")
}

func TestReleasedJobsAreDueAtOnceAndTheirOldAttemptsCountNoMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "interrupted"), job(clock, "later", jobs.At(clock.Now().Add(time.Hour))))
		before := claim(t, s, clock, wall)
		must(t, s.ReleaseJobs(t.Context()))
		wantClaimed(t, s, clock, wall, "interrupted")
		old := before[0]
		old.State = jobs.Dead
		must(t, s.FinishJob(t.Context(), old))
		list, err := s.ListJobs(t.Context(), jobs.Query{Limit: 10})
		must(t, err)
		for _, j := range list {
			if j.State == jobs.Dead {
				t.Errorf("the attempt from before the release was recorded: %+v", j)
			}
		}
	})
}

func TestJobsAreCountedByStateAndKindUntilTheyAreDone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "a"), job(clock, "a"), job(clock, "b"))
		for i, j := range claim(t, s, clock, wall)[:2] {
			j.State = []jobs.State{jobs.Dead, jobs.Done}[i]
			must(t, s.FinishJob(t.Context(), j))
		}
		enqueue(t, s, job(clock, "c"))
		got, err := s.CountJobs(t.Context())
		must(t, err)
		if want := "map[dead:map[a:1] queued:map[c:1] running:map[b:1]]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

func TestWhatIsHeldIsWhatIsDueOfSomeKinds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		enqueue(t, s, job(clock, "mail"), job(clock, "count"), job(clock, "mail", jobs.At(clock.Now().Add(time.Hour))))
		n, err := s.HoldJobs(t.Context(), []string{"mail", "text"}, "restored")
		must(t, err)
		if n != 1 {
			t.Errorf("%d jobs are held, want the mail that is due", n)
		}
		if got := kinds(claim(t, s, clock, wall)); got != "count" {
			t.Errorf("claimed is %s, want what reaches nobody", got)
		}
		held, err := s.ListJobs(t.Context(), jobs.Query{State: jobs.Dead, Limit: 10})
		must(t, err)
		if len(held) != 1 || held[0].Kind != "mail" || held[0].Error != "restored" {
			t.Errorf("held are %+v", held)
		}
	})
}
