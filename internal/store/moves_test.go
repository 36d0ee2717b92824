package store_test

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// moving is a change of address whose secrets have the hashes "<id>-old" and so
// on.
func moving(id string, u account.User, to string, clock *storetest.Clock) account.Move {
	return account.Move{
		ID: id, Old: u.Email, New: to, OldHash: id + "-old", NewHash: id + "-new", CancelHash: id + "-cancel",
		ExpiresAt: clock.Now().Add(time.Hour), User: u,
	}
}

func TestAChangeOfAddressComesBackByEachOfItsLinks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := verified(t, s, clock, "ada", "ada")
		want := moving("mov_1", u, "new@example.com", clock)
		must(t, s.AddMove(t.Context(), want, nil, event(clock), job(clock, "x")))
		for _, hash := range []string{"mov_1-old", "mov_1-new", "mov_1-cancel"} {
			got, err := s.MoveByHash(t.Context(), hash)
			must(t, err)
			if got != want {
				t.Errorf("%s: got %+v, want %+v", hash, got, want)
			}
		}
		_, err := s.MoveByHash(t.Context(), "")
		wantMissing(t, err)
		got, err := s.PendingMove(t.Context(), u.ID)
		must(t, err)
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestAUserHasOneChangeOfAddressThatWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := verified(t, s, clock, "ada", "ada")
		for _, id := range []string{"mov_1", "mov_2"} {
			must(t, s.AddMove(t.Context(), moving(id, u, "new@example.com", clock), nil, event(clock)))
		}
		_, err := s.Move(t.Context(), "mov_1")
		wantMissing(t, err)
		stale := u
		stale.Email = "before@example.com"
		err = s.AddMove(t.Context(), moving("mov_3", stale, "new@example.com", clock), nil, event(clock))
		wantErr(t, err, account.ErrUnauthenticated)
		if n := count(t, s, "email_changes"); n != 1 {
			t.Errorf("%d changes are stored, want the one that was", n)
		}
	})
}

func TestAgreeingFindsOutWhetherTheOtherSideDidMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := verified(t, s, clock, "ada", "ada")
		m := moving("mov_1", u, "new@example.com", clock)
		must(t, s.AddMove(t.Context(), m, nil, event(clock)))
		complete := func() bool {
			ok, err := s.CompleteMove(t.Context(), m, event(clock), job(clock, "moved"))
			must(t, err)
			return ok
		}
		if complete() {
			t.Error("it was completed with nobody's agreement")
		}
		for _, tc := range []struct {
			side account.Side
			want bool
		}{{account.OldSide, true}, {account.OldSide, true}, {account.NewSide, false}} {
			ok, err := s.AgreeMove(t.Context(), m, tc.side, event(clock))
			must(t, err)
			if ok != tc.want {
				t.Errorf("%s: got %t, want %t", tc.side, ok, tc.want)
			}
		}
		clock.Advance(time.Hour)
		if complete() {
			t.Error("it was completed after its time")
		}
		clock.Advance(-time.Second)
		jobs := count(t, s, "jobs")
		if !complete() || complete() {
			t.Error("want it to be completed, and only once")
		}
		if n := count(t, s, "jobs") - jobs; n != 1 {
			t.Errorf("%d jobs followed, want 1", n)
		}
		got, err := s.Move(t.Context(), m.ID)
		must(t, err)
		if got.User.Email != "new@example.com" || got.FinishedAt.IsZero() || got.AgreedNew.IsZero() || got.Old != u.Email {
			t.Errorf("got %+v", got)
		}
		if ok, err := s.DropMove(t.Context(), m.ID, event(clock)); ok || err != nil {
			t.Errorf("what was completed was dropped: %t, %v", ok, err)
		}
	})
}

func TestOnlyASignUpThatWasNeverConfirmedMakesWay(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(t *testing.T, s *store.Store, clock *storetest.Clock)
		taken   bool
	}{
		"a sign-up": {func(t *testing.T, s *store.Store, clock *storetest.Clock) {
			signUp(t, s, somebody("other", clock), clock, "other")
		}, false},
		"a sign-up with a grant": {func(t *testing.T, s *store.Store, clock *storetest.Clock) {
			o := somebody("other", clock)
			signUp(t, s, o, clock, "other")
			o.Grant = plan.Grant{Tier: "ai_cto", Reason: "test"}
			must(t, s.SetGrant(t.Context(), o, o.Standing(clock.Now()), event(clock)))
		}, true},
		"an account": {func(t *testing.T, s *store.Store, clock *storetest.Clock) {
			verified(t, s, clock, "other", "other")
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
				u := verified(t, s, clock, "ada", "ada")
				tc.prepare(t, s, clock)
				m := moving("mov_1", u, somebody("other", clock).Email, clock)
				must(t, s.AddMove(t.Context(), m, nil, event(clock)))
				_, err := s.AgreeMove(t.Context(), m, account.OldSide, event(clock))
				must(t, err)
				ok, err := s.CompleteMove(t.Context(), m, event(clock))
				if tc.taken {
					wantErr(t, err, account.ErrEmailTaken)
				} else {
					must(t, err)
				}
				if ok == tc.taken {
					t.Errorf("completed: %t, want %t", ok, !tc.taken)
				}
			})
		})
	}
}
