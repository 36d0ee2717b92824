package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func told(clock *storetest.Clock, eventID string) billing.Event {
	return billing.Event{
		ID: eventID, Kind: "invoice.paid", ObjectID: "in_1", CustomerID: "cus_1", HappenedAt: clock.Now().Add(-time.Minute), Body: `{"id": 1}`,
	}
}

func TestAPaymentEventIsStoredOnceWithItsJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		var fresh atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				ok, err := s.AddPaymentEvent(t.Context(), told(clock, "evt_1"), job(clock, "act"))
				if err != nil {
					t.Error(err)
				}
				if ok {
					fresh.Add(1)
				}
			})
		}
		wg.Wait()
		if fresh.Load() != 1 || count(t, s, "payment_events") != 1 || count(t, s, "jobs") != 1 {
			t.Errorf("%d were fresh, of %d events with %d jobs", fresh.Load(), count(t, s, "payment_events"), count(t, s, "jobs"))
		}
		want := told(clock, "evt_1")
		want.State, want.CreatedAt = billing.EventReceived, clock.Now()
		got, err := s.PaymentEvent(t.Context(), "evt_1")
		must(t, err)
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		_, err = s.PaymentEvent(t.Context(), "evt_2")
		wantMissing(t, err)
	})
}

func TestAPaymentEventIsSettledAndReceivedAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		_, err := s.AddPaymentEvent(t.Context(), told(clock, "evt_1"), job(clock, "act"))
		must(t, err)
		applied := clock.Advance(time.Second)
		must(t, s.SettlePaymentEvent(t.Context(), "evt_1", billing.EventApplied, "now on AI Secretary"))
		got, err := s.PaymentEvent(t.Context(), "evt_1")
		must(t, err)
		if got.State != billing.EventApplied || got.Note != "now on AI Secretary" || !got.AppliedAt.Equal(applied) {
			t.Errorf("got %+v", got)
		}
		must(t, s.SettlePaymentEvent(t.Context(), "evt_1", billing.EventReceived, ""))
		got, err = s.PaymentEvent(t.Context(), "evt_1")
		must(t, err)
		if got.State != billing.EventReceived || got.Note != "" || !got.AppliedAt.IsZero() {
			t.Errorf("got %+v", got)
		}
		wantMissing(t, s.SettlePaymentEvent(t.Context(), "evt_2", billing.EventApplied, ""))
	})
}

func TestPaymentEventsAreListedInTheOrderInWhichTheyCame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		for i, eventID := range []string{"evt_z", "evt_a", "evt_m", "evt_b", "evt_y"} {
			if i == 3 {
				clock.Advance(time.Second)
			}
			_, err := s.AddPaymentEvent(t.Context(), told(clock, eventID), job(clock, "act"))
			must(t, err)
		}
		for _, eventID := range []string{"evt_z", "evt_m", "evt_b"} {
			must(t, s.SettlePaymentEvent(t.Context(), eventID, billing.EventAlarming, "look"))
		}
		pages := func(state billing.EventState) (got []string) {
			before := ""
			for {
				page, err := s.PaymentEvents(t.Context(), before, state, 2)
				must(t, err)
				if len(page) == 0 {
					return got
				}
				for _, e := range page {
					got, before = append(got, e.ID), e.ID
				}
			}
		}
		for state, want := range map[billing.EventState]string{
			"": "[evt_y evt_b evt_m evt_a evt_z]", billing.EventAlarming: "[evt_b evt_m evt_z]", billing.EventIgnored: "[]",
		} {
			if got := fmt.Sprint(pages(state)); got != want {
				t.Errorf("%q: got %s, want %s", state, got, want)
			}
		}
	})
}

func TestOldPaymentEventsAreForgottenUnlessNobodyActedOnThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		for _, eventID := range []string{"evt_waits", "evt_applied", "evt_alarming"} {
			_, err := s.AddPaymentEvent(t.Context(), told(clock, eventID), job(clock, "act"))
			must(t, err)
		}
		must(t, s.SettlePaymentEvent(t.Context(), "evt_applied", billing.EventApplied, ""))
		must(t, s.SettlePaymentEvent(t.Context(), "evt_alarming", billing.EventAlarming, ""))
		clock.Advance(time.Hour)
		_, err := s.AddPaymentEvent(t.Context(), told(clock, "evt_young"), job(clock, "act"))
		must(t, err)
		must(t, s.SettlePaymentEvent(t.Context(), "evt_young", billing.EventApplied, ""))
		must(t, s.CleanBilling(t.Context(), clock.Now()))
		if left := text(t, s.Query(), "SELECT group_concat(id, ' ') FROM (SELECT id FROM payment_events ORDER BY id)"); left != "evt_waits evt_young" {
			t.Errorf("left are %s", left)
		}
	})
}
