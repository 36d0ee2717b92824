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

func TestAnAlertIsRaisedOnceWhileItLasts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		first := clock.Now()
		raise := func(message string) {
			t.Helper()
			a := billing.Alert{Key: "dispute:dp_1", Kind: "dispute", UserID: "usr_1", Message: message}
			must(t, s.RaiseAlert(t.Context(), a, job(clock, "mail")))
		}
		want := func(all bool, want ...billing.Alert) {
			t.Helper()
			got, err := s.Alerts(t.Context(), all, 10)
			must(t, err)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
		raise("one")
		second := clock.Advance(time.Minute)
		raise("two")
		a := billing.Alert{Key: "dispute:dp_1", Kind: "dispute", UserID: "usr_1", Message: "two", Count: 2, CreatedAt: first, UpdatedAt: second}
		want(false, a)
		if n := count(t, s, "jobs"); n != 1 {
			t.Errorf("%d jobs, want the first one's", n)
		}
		ended := clock.Advance(time.Minute)
		must(t, s.ResolveAlerts(t.Context(), a.Key))
		clock.Advance(time.Minute)
		must(t, s.ResolveAlerts(t.Context(), a.Key))
		must(t, s.ResolveAlerts(t.Context(), "never raised"))
		a.ResolvedAt, a.UpdatedAt = ended, ended
		want(false)
		want(true, a)
		again := clock.Advance(time.Minute)
		raise("three")
		want(false, billing.Alert{Key: a.Key, Kind: a.Kind, UserID: "usr_1", Message: "three", Count: 1, CreatedAt: again, UpdatedAt: again})
		if n := count(t, s, "jobs"); n != 2 {
			t.Errorf("%d jobs, want one for each time that it began", n)
		}
	})
}

func TestSeveralAlertsEndAtOnceAndTheOthersLast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for _, key := range []string{"a", "b", "c", "d"} {
			must(t, s.RaiseAlert(t.Context(), billing.Alert{Key: key, Kind: "drift", Message: key}))
		}
		must(t, s.ResolveAlerts(t.Context()))
		must(t, s.ResolveAlerts(t.Context(), "a", "never raised", "c"))
		open, err := s.Alerts(t.Context(), false, 10)
		must(t, err)
		if len(open) != 2 || open[0].Key != "d" || open[1].Key != "b" {
			t.Errorf("got %+v, want d and b", open)
		}
	})
}

func TestAlertsAtTheSameTimeAreOneAndAllCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := s.RaiseAlert(t.Context(), billing.Alert{Key: "k", Kind: "k", Message: "m"}, job(clock, "mail")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		list, err := s.Alerts(t.Context(), false, 10)
		must(t, err)
		if len(list) != 1 || list[0].Count != 10 || count(t, s, "jobs") != 1 {
			t.Errorf("got %+v and %d jobs, want one alert of ten and one job", list, count(t, s, "jobs"))
		}
	})
}

func TestAlertsAreListedNewestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		for _, key := range []string{"z", "a", "m"} {
			must(t, s.RaiseAlert(t.Context(), billing.Alert{Key: key, Kind: "k", Message: "m"}))
		}
		list, err := s.Alerts(t.Context(), false, 2)
		must(t, err)
		if len(list) != 2 || list[0].Key != "m" || list[1].Key != "a" {
			t.Errorf("got %+v, want m and a", list)
		}
	})
}

func TestPeopleAreToldOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		var fresh atomic.Int64
		var wg sync.WaitGroup
		for i := range 10 {
			u := ada
			if i%2 == 0 {
				u = bob
			}
			wg.Go(func() {
				ok, err := s.Notice(t.Context(), u.ID, "allowance:80", job(clock, "mail"))
				if err != nil {
					t.Error(err)
				}
				if ok {
					fresh.Add(1)
				}
			})
		}
		wg.Wait()
		if fresh.Load() != 2 || count(t, s, "jobs") != 2 || count(t, s, "billing_notices") != 2 {
			t.Errorf("%d were told by %d jobs, want each of two once", fresh.Load(), count(t, s, "jobs"))
		}
		if ok, err := s.Notice(t.Context(), ada.ID, "allowance:100"); !ok || err != nil {
			t.Errorf("of something else: %t, %v", ok, err)
		}
		_, err := s.Notice(t.Context(), "usr_none", "x", job(clock, "mail"))
		wantForeignKey(t, err)
	})
}

// Whatever billing keeps of somebody goes with their account; what is wrong with
// the money stays, and so does what the payment provider told.
func TestAnAccountsBillingGoesWithIt(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		clock := storetest.NewClock()
		s := store.New(e, clock.Now)
		ada := subscriber(t, s, clock, "ada")
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 1, "text")))
		_, err := s.Allot(t.Context(), meterEvent(ada, "mev_1"), billing.Month(clock.Now()))
		must(t, err)
		reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 1, "call", time.Minute)
		_, err = s.AddCheckout(t.Context(), order(clock, ada.ID, "ord_1"))
		must(t, err)
		must(t, s.SaveInvoice(t.Context(), ada.ID, invoice(clock, "in_1"), clock.Now()))
		_, err = s.Notice(t.Context(), ada.ID, "x")
		must(t, err)
		_, err = s.SaveReading(t.Context(), billing.Saved{
			UserID: ada.ID, Tier: plan.Buddy, Reading: billing.Reading{At: clock.Now()},
			Spans: []billing.Span{{SubscriptionID: "sub_1", Tier: plan.Secretary, Start: clock.Now()}},
		})
		must(t, err)
		must(t, s.RaiseAlert(t.Context(), billing.Alert{Key: "k", Kind: "k", UserID: ada.ID, Message: "m"}))
		_, err = s.AddPaymentEvent(t.Context(), told(clock, "evt_1"), job(clock, "act"))
		must(t, err)
		theirs := []string{
			"subscriptions", "usage_records", "usage_spans", "usage_reservations", "meter_outbox", "meter_events", "checkouts", "invoices", "billing_notices",
		}
		for _, table := range theirs {
			if n := count(t, s, table); n != 1 {
				t.Errorf("%d rows in %s, want one to begin with", n, table)
			}
		}
		must(t, exec(t, e, "DELETE FROM users WHERE id = ?", ada.ID))
		for _, table := range theirs {
			if n := count(t, s, table); n != 0 {
				t.Errorf("%d rows in %s are left", n, table)
			}
		}
		for _, table := range []string{"billing_alerts", "payment_events"} {
			if n := count(t, s, table); n != 1 {
				t.Errorf("%d rows in %s, want it kept", n, table)
			}
		}
	})
}
