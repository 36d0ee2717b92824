package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func order(clock *storetest.Clock, userID, orderID string) billing.Checkout {
	return billing.Checkout{
		ID: orderID, UserID: userID, Tier: plan.Secretary, SuccessPath: "/app/billing?paid", CancelPath: "/app/billing",
		State: billing.CheckoutOpen, CreatedAt: clock.Now(), ExpiresAt: clock.Now().Add(23 * time.Hour),
	}
}

func TestAUserHasOneOpenOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		add := func(userID, orderID string) bool {
			t.Helper()
			ok, err := s.AddCheckout(t.Context(), order(clock, userID, orderID))
			must(t, err)
			return ok
		}
		_, err := s.OpenCheckoutOf(t.Context(), ada.ID)
		wantMissing(t, err)
		for range 2 {
			if !add(ada.ID, "ord_1") {
				t.Error("storing an order is not safe to repeat")
			}
		}
		if add(ada.ID, "ord_2") || !add(bob.ID, "ord_3") {
			t.Error("not the first order of each alone is open")
		}
		open, err := s.OpenCheckoutOf(t.Context(), ada.ID)
		must(t, err)
		if want := order(clock, ada.ID, "ord_1"); open != want {
			t.Errorf("got  %+v\nwant %+v", open, want)
		}
		must(t, s.EndCheckout(t.Context(), "ord_1", billing.CheckoutExpired))
		if add(ada.ID, "ord_1") || !add(ada.ID, "ord_2") {
			t.Error("an order that has ended was opened again, or is in the way of another")
		}
	})
}

func TestOfOrdersAtOnceOneIsOpened(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				ok, err := s.AddCheckout(t.Context(), order(clock, ada.ID, fmt.Sprint("ord_", i)))
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if n := count(t, s, "checkouts"); won.Load() != 1 || n != 1 {
			t.Errorf("%d orders won and %d are stored, want 1", won.Load(), n)
		}
	})
}

func TestAnOrderHasItsPageUntilItEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		_, err := s.AddCheckout(t.Context(), order(clock, ada.ID, "ord_1"))
		must(t, err)
		later := clock.Now().Add(24 * time.Hour)
		for range 2 {
			must(t, s.PlaceCheckout(t.Context(), "ord_1", "cs_1", "https://pay.example/1", later))
		}
		want := order(clock, ada.ID, "ord_1")
		want.SessionID, want.URL, want.ExpiresAt = "cs_1", "https://pay.example/1", later
		c, err := s.CheckoutBySession(t.Context(), "cs_1")
		must(t, err)
		if c != want {
			t.Errorf("got  %+v\nwant %+v", c, want)
		}
		must(t, s.EndCheckout(t.Context(), "ord_1", billing.CheckoutComplete))
		must(t, s.EndCheckout(t.Context(), "ord_1", billing.CheckoutExpired)) // it has ended
		wantMissing(t, s.PlaceCheckout(t.Context(), "ord_1", "cs_2", "https://pay.example/2", later))
		c, err = s.CheckoutByID(t.Context(), "ord_1")
		must(t, err)
		if want.State = billing.CheckoutComplete; c != want {
			t.Errorf("got  %+v\nwant %+v", c, want)
		}
		_, err = s.CheckoutBySession(t.Context(), "cs_2")
		wantMissing(t, err)
		_, err = s.CheckoutByID(t.Context(), "ord_none")
		wantMissing(t, err)
		wantMissing(t, s.PlaceCheckout(t.Context(), "ord_none", "cs_3", "", later))
	})
}
