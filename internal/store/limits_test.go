package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// tally counts a try and writes the counts as "key=n".
func tally(t *testing.T, s *store.Store, now time.Time, tries ...account.Try) map[string]int {
	t.Helper()
	counts, err := s.CountTries(t.Context(), now, tries)
	must(t, err)
	got := map[string]int{}
	for _, c := range counts {
		got[c.Key] = c.N
	}
	return got
}

func wantTally(t *testing.T, got map[string]int, want string) {
	t.Helper()
	if g := fmt.Sprint(got); g != want {
		t.Errorf("got %s, want %s", g, want)
	}
}

func TestTriesAreCountedInAWindowThatBeginsWithTheFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		one := account.Try{Key: "a", Most: 10, Window: time.Hour}
		wantTally(t, tally(t, s, clock.Now(), one), "map[a:1]")
		end := clock.Now().Add(time.Hour)
		clock.Advance(59 * time.Minute)
		counts, err := s.CountTries(t.Context(), clock.Now(), []account.Try{one})
		must(t, err)
		if len(counts) != 1 || counts[0].N != 2 || !counts[0].Until.Equal(end) {
			t.Errorf("got %+v, want 2 until %v", counts, end)
		}
		clock.Advance(time.Minute)
		wantTally(t, tally(t, s, clock.Now(), one), "map[a:1]")
	})
}

func TestWhileTheFirstLimitIsFullTheOthersAreNotCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		gate := account.Try{Key: "gate", Most: 2, Window: time.Minute}
		other := account.Try{Key: "other", Most: 100, Window: time.Hour}
		for i := 1; i <= 2; i++ {
			wantTally(t, tally(t, s, clock.Now(), gate, other), fmt.Sprintf("map[gate:%d other:%d]", i, i))
		}
		for i := 3; i <= 5; i++ {
			wantTally(t, tally(t, s, clock.Now(), gate, other), fmt.Sprintf("map[gate:%d]", i))
		}
		clock.Advance(time.Minute)
		wantTally(t, tally(t, s, clock.Now(), gate, other), "map[gate:1 other:3]")
	})
}

func TestAWindowOfAClockThatWasWrongLocksNobodyOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		gate := account.Try{Key: "gate", Most: 2, Window: time.Hour}
		other := account.Try{Key: "other", Most: 100, Window: time.Minute}
		right := clock.Now()
		for i := 1; i <= 2; i++ {
			wantTally(t, tally(t, s, right.Add(24*time.Hour), gate, other), fmt.Sprintf("map[gate:%d other:%d]", i, i))
		}
		wantTally(t, tally(t, s, right, gate, other), "map[gate:1 other:1]")
		// The clocks of two machines differ by seconds all the time.
		wantTally(t, tally(t, s, right.Add(-59*time.Second), gate, other), "map[gate:2 other:2]")
		wantTally(t, tally(t, s, right.Add(-59*time.Second), gate, other), "map[gate:3]")
		wantTally(t, tally(t, s, right.Add(time.Second), gate), "map[gate:4]")
	})
}

func TestLimitsWithoutAKeyAreLeftOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b := account.Try{Key: "b", Most: 1, Window: time.Hour}
		wantTally(t, tally(t, s, clock.Now(), account.Try{}, account.Try{}, b), "map[b:1]")
		wantTally(t, tally(t, s, clock.Now(), account.Try{}, b), "map[b:2]")
		wantTally(t, tally(t, s, clock.Now()), "map[]")
		if _, err := s.CountTries(t.Context(), clock.Now(), []account.Try{b, b, b, b}); err == nil {
			t.Error("four limits were taken, and the fourth would not have counted")
		}
	})
}

func TestNoTryIsLostWhenManyComeAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		one := account.Try{Key: "a", Most: 5, Window: time.Hour}
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if _, err := s.CountTries(t.Context(), clock.Now(), []account.Try{one}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantTally(t, tally(t, s, clock.Now(), one), "map[a:17]")
	})
}
