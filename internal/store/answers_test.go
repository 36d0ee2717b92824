package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/once"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// claimed is a claim that begins now, for a minute.
func claimed(clock *storetest.Clock, user, digest string) once.Claim {
	return once.Claim{ID: "k", UserID: user, Digest: digest, Until: clock.Now().Add(time.Minute), Expires: clock.Now().Add(24 * time.Hour)}
}

func wantClaim(t *testing.T, s *store.Store, clock *storetest.Clock, c once.Claim, want bool) {
	t.Helper()
	got, err := s.ClaimAnswer(t.Context(), c, clock.Now())
	must(t, err)
	if got != want {
		t.Fatalf("claimed: got %t, want %t", got, want)
	}
}

func TestAnAnswerIsClaimedOnceAndKeptForADay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		c := claimed(clock, verified(t, s, clock, "ada", "ada").ID, "d")
		wantClaim(t, s, clock, c, true)
		wantClaim(t, s, clock, c, false)
		if k, err := s.Answer(t.Context(), "k"); err != nil || k.Digest != "d" || k.Answer != nil {
			t.Errorf("while it is worked on: got %+v, %v", k, err)
		}
		must(t, s.KeepAnswer(t.Context(), c, once.Answer{Status: 201, Body: []byte("said")}))
		must(t, s.DropClaim(t.Context(), c)) // too late
		k, err := s.Answer(t.Context(), "k")
		must(t, err)
		if k.Answer == nil || k.Answer.Status != 201 || string(k.Answer.Body) != "said" {
			t.Errorf("got %+v", k)
		}
		clock.Advance(24*time.Hour - time.Millisecond)
		wantClaim(t, s, clock, claimed(clock, c.UserID, "e"), false)
		clock.Advance(time.Millisecond)
		wantClaim(t, s, clock, claimed(clock, c.UserID, "e"), true)
		if k, err := s.Answer(t.Context(), "k"); err != nil || k.Digest != "e" || k.Answer != nil {
			t.Errorf("a day later: got %+v, %v", k, err)
		}
		clock.Advance(25 * time.Hour)
		must(t, s.CleanAccounts(t.Context(), account.Cutoffs{Now: clock.Now()}))
		if _, err := s.Answer(t.Context(), "k"); !fault.Is(err, fault.NotFound) {
			t.Errorf("after cleaning: got %v, want that it is gone", err)
		}
	})
}

func TestAClaimThatWasGivenUpIsTakenAndItsFirstOwnerSaysNothingMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		first := claimed(clock, verified(t, s, clock, "ada", "ada").ID, "d")
		wantClaim(t, s, clock, first, true)
		clock.Advance(time.Minute)
		second := claimed(clock, first.UserID, "d")
		wantClaim(t, s, clock, second, true)
		must(t, s.KeepAnswer(t.Context(), first, once.Answer{Status: 200, Body: []byte("late")}))
		must(t, s.DropClaim(t.Context(), first))
		if k, err := s.Answer(t.Context(), "k"); err != nil || k.Answer != nil {
			t.Errorf("got %+v, %v, want the second claim untouched", k, err)
		}
		must(t, s.DropClaim(t.Context(), second))
		wantClaim(t, s, clock, second, true)
	})
}

func TestOfManyAtOnceOneClaims(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		c := claimed(clock, verified(t, s, clock, "ada", "ada").ID, "d")
		var won atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if mine, err := s.ClaimAnswer(t.Context(), c, clock.Now()); err != nil {
					t.Error(err)
				} else if mine {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d claimed, want 1", won.Load())
		}
	})
}
