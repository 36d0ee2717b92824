package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// meterEvent makes an event of a user's texts under sub_1.
func meterEvent(u account.User, eventID string) billing.MeterEvent {
	return billing.MeterEvent{
		ID: eventID, UserID: u.ID, CustomerID: "cus_" + u.ID, SubscriptionID: "sub_1", Feature: plan.SMSMessages,
	}
}

// subscriber is somebody whose usage is reported under sub_1.
func subscriber(t *testing.T, s *store.Store, clock *storetest.Clock, name string) account.User {
	t.Helper()
	u := person(t, s, clock, name)
	subscribe(t, s, clock, u, active(clock, "sub_1"))
	return u
}

func TestUsageWaitsUntilItIsAllotted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := subscriber(t, s, clock, "ada")
		bob := person(t, s, clock, "bob")
		subscribe(t, s, clock, bob, active(clock, "sub_2"))
		first := clock.Now()
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 1, "1")))
		second := clock.Advance(time.Minute)
		must(t, s.RecordUsage(t.Context(), record(clock, bob.ID, plan.VoiceMinutes, 2, "2"), record(clock, ada.ID, plan.SMSMessages, 4, "3")))
		waiting, err := s.WaitingUsage(t.Context(), "", 10)
		must(t, err)
		hers := billing.Waiting{UserID: ada.ID, CustomerID: "cus_" + ada.ID, SubscriptionID: "sub_1", Feature: plan.SMSMessages, Oldest: first}
		his := billing.Waiting{UserID: bob.ID, CustomerID: "cus_" + bob.ID, SubscriptionID: "sub_2", Feature: plan.VoiceMinutes, Oldest: second}
		if len(waiting) != 2 || waiting[0] != hers || waiting[1] != his {
			t.Errorf("got  %+v\nwant %+v %+v", waiting, hers, his)
		}
		for userID, want := range map[string]billing.Waiting{ada.ID: hers, bob.ID: his} {
			if got, err := s.WaitingUsage(t.Context(), userID, 10); err != nil || len(got) != 1 || got[0] != want {
				t.Errorf("of one: got %+v, %v", got, err)
			}
		}
		if got, err := s.WaitingUsage(t.Context(), "", 1); err != nil || len(got) != 1 || got[0] != hers {
			t.Errorf("the first: got %+v, %v", got, err)
		}
		ok, err := s.Allot(t.Context(), meterEvent(ada, "mev_1"), billing.Period{Start: first, End: second})
		must(t, err)
		m, err := s.MeterEvent(t.Context(), "mev_1")
		must(t, err)
		want := meterEvent(ada, "mev_1")
		want.Quantity, want.At, want.State, want.CreatedAt = 1, first, billing.MeterPending, second
		if !ok || m != want {
			t.Errorf("got  %+v\nwant %+v", m, want)
		}
		if ok, err := s.Allot(t.Context(), meterEvent(ada, "mev_2"), billing.Period{Start: first, End: second}); ok || err != nil {
			t.Errorf("nothing waits any more: got %t, %v", ok, err)
		}
		if got, err := s.WaitingUsage(t.Context(), ada.ID, 10); err != nil || len(got) != 1 || !got[0].Oldest.Equal(second) {
			t.Errorf("what is left: got %+v, %v", got, err)
		}
		_, err = s.MeterEvent(t.Context(), "mev_2")
		wantMissing(t, err)
	})
}

func TestAnEventIsTheSumOfWhatWaitsAtItsLatestMoment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := subscriber(t, s, clock, "ada")
		start := clock.Now()
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 10, "1"), record(clock, ada.ID, plan.VoiceMinutes, 99, "call")))
		clock.Advance(time.Minute)
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, -3, "2")))
		end := clock.Advance(time.Minute)
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 100, "3")))
		ok, err := s.Allot(t.Context(), meterEvent(ada, "mev_1"), billing.Period{Start: start, End: end})
		must(t, err)
		m, err := s.MeterEvent(t.Context(), "mev_1")
		must(t, err)
		if !ok || m.Quantity != 7 || !m.At.Equal(start.Add(time.Minute)) {
			t.Errorf("got %+v, want 7 at the second moment", m)
		}
		_, err = s.Allot(t.Context(), meterEvent(ada, "mev_1"), billing.Period{Start: end, End: end.Add(1e6)})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("the same id: got %v, want a conflict", err)
		}
		if n := count(t, s, "meter_outbox WHERE event_id IS NULL AND feature = 'sms_messages'"); n != 1 {
			t.Errorf("%d records of texts wait, want the one that was not allotted", n)
		}
	})
}

func TestAnEventOfNothingNeedsNoTelling(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := subscriber(t, s, clock, "ada")
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 3, "1"), record(clock, ada.ID, plan.SMSMessages, -3, "2")))
		ok, err := s.Allot(t.Context(), meterEvent(ada, "mev_1"), billing.Month(clock.Now()))
		must(t, err)
		m, err := s.MeterEvent(t.Context(), "mev_1")
		must(t, err)
		if !ok || m.State != billing.MeterSent || m.Quantity != 0 || !m.SentAt.Equal(clock.Now()) {
			t.Errorf("got %t, %+v, want it sent", ok, m)
		}
		if pending, err := s.MeterEvents(t.Context(), billing.MeterPending, "", 10); err != nil || len(pending) != 0 {
			t.Errorf("got %+v, %v, want nothing to tell", pending, err)
		}
	})
}

func TestUsageIsAllottedOnceWhoeverReportsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := subscriber(t, s, clock, "ada")
		var wg sync.WaitGroup
		var won atomic.Int64
		for i := range 12 {
			wg.Go(func() {
				if err := s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 1, fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
				ok, err := s.Allot(t.Context(), meterEvent(ada, fmt.Sprint("mev_", i)), billing.Month(clock.Now()))
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		var sum, events int64
		must(t, s.Query().QueryRowContext(t.Context(), "SELECT sum(quantity), count(*) FROM meter_events").Scan(&sum, &events))
		left := count(t, s, "meter_outbox WHERE event_id IS NULL")
		if sum != 12 || events != won.Load() || left != 0 {
			t.Errorf("%d of 12 texts are in %d events (%d were told so), and %d wait", sum, events, won.Load(), left)
		}
	})
}

func TestEventsAreListedOldestFirstAndSettled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		for i, u := range []account.User{ada, bob, ada} {
			m := meterEvent(u, fmt.Sprint("mev_", 9-i))
			m.Quantity, m.At = int64(i+1), clock.Now()
			must(t, s.AddCorrection(t.Context(), m)) // all of one moment: in the order of storing
		}
		ids := func(state billing.MeterState, userID string, limit int) string {
			t.Helper()
			list, err := s.MeterEvents(t.Context(), state, userID, limit)
			must(t, err)
			var got []string
			for _, m := range list {
				got = append(got, m.ID)
			}
			return fmt.Sprint(got)
		}
		if got := ids(billing.MeterPending, "", 10) + ids(billing.MeterPending, ada.ID, 10) + ids(billing.MeterPending, "", 1); got != "[mev_9 mev_8 mev_7][mev_9 mev_7][mev_9]" {
			t.Errorf("got %s", got)
		}
		sent := clock.Advance(time.Hour)
		counts := sent.Add(-time.Minute)
		must(t, s.SettleMeterEvent(t.Context(), "mev_9", billing.MeterSent, counts, "late"))
		must(t, s.SettleMeterEvent(t.Context(), "mev_8", billing.MeterRejected, counts, "no meter"))
		wantMissing(t, s.SettleMeterEvent(t.Context(), "mev_0", billing.MeterSent, counts, ""))
		if got := ids(billing.MeterPending, "", 10) + ids(billing.MeterSent, "", 10) + ids(billing.MeterRejected, "", 10); got != "[mev_7][mev_9][mev_8]" {
			t.Errorf("got %s", got)
		}
		nine, err := s.MeterEvent(t.Context(), "mev_9")
		must(t, err)
		eight, err := s.MeterEvent(t.Context(), "mev_8")
		must(t, err)
		if !nine.SentAt.Equal(sent) || !nine.At.Equal(counts) || nine.Error != "late" || !eight.SentAt.IsZero() || eight.Error != "no meter" {
			t.Errorf("got %+v and %+v", nine, eight)
		}
	})
}

func TestEventsAreCountedByTheBeginningOfTheirIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		for _, eventID := range []string{"sms:a:1", "sms:a:2", "sms:a:2:again", "sms:b:1", "sms:aé", "sms:a", "SMS:a:1", "sms_a:1"} {
			for range 2 {
				must(t, s.AddCorrection(t.Context(), meterEvent(ada, eventID)))
			}
		}
		for prefix, want := range map[string]int{"sms:a:": 3, "sms:a": 5, "sms:": 6, "voice:": 0, "": 8, "%": 0} {
			if got, err := s.CountMeterEvents(t.Context(), prefix); err != nil || got != want {
				t.Errorf("%q: got %d, %v, want %d", prefix, got, err, want)
			}
		}
	})
}

func TestWhatWasRejectedIsToldAnewUnderAnotherName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := subscriber(t, s, clock, "ada")
		for _, eventID := range []string{"mev_1", "mev_2"} {
			must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 1, eventID)))
			_, err := s.Allot(t.Context(), meterEvent(ada, eventID), billing.Month(clock.Now()))
			must(t, err)
		}
		must(t, s.SettleMeterEvent(t.Context(), "mev_1", billing.MeterRejected, clock.Now(), "no meter"))
		must(t, s.SettleMeterEvent(t.Context(), "mev_2", billing.MeterSent, clock.Now(), ""))
		for _, want := range []int{1, 0} {
			if n, err := s.RetryMeterEvents(t.Context()); err != nil || n != want {
				t.Errorf("got %d, %v, want %d", n, err, want)
			}
		}
		again, err := s.MeterEvent(t.Context(), "mev_1:again")
		must(t, err)
		if again.State != billing.MeterPending || again.Error != "" || again.Quantity != 1 {
			t.Errorf("got %+v, want it pending", again)
		}
		_, err = s.MeterEvent(t.Context(), "mev_1")
		wantMissing(t, err)
		if got := text(t, s.Query(), "SELECT group_concat(event_id, ' ') FROM (SELECT event_id FROM meter_outbox ORDER BY rowid)"); got != "mev_1:again mev_2" {
			t.Errorf("what was used is a part of %s", got)
		}
	})
}

func TestWhatWasToldIsAddedUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := subscriber(t, s, clock, "ada")
		customer := "cus_" + ada.ID
		day := clock.Now().Truncate(24 * time.Hour)
		p := billing.Period{Start: day, End: day.AddDate(0, 0, 2)}
		tell := func(eventID string, n int64, at time.Time, state billing.MeterState) {
			t.Helper()
			r := record(clock, ada.ID, plan.SMSMessages, n, eventID)
			r.RecordedAt = at
			must(t, s.RecordUsage(t.Context(), r))
			ok, err := s.Allot(t.Context(), meterEvent(ada, eventID), billing.Period{Start: at, End: at.Add(time.Second)})
			if !ok || err != nil {
				t.Fatalf("allot: %t, %v", ok, err)
			}
			must(t, s.SettleMeterEvent(t.Context(), eventID, state, at, ""))
		}
		tell("1", 1, day, billing.MeterSent)
		tell("2", 2, day.Add(24*time.Hour-time.Second), billing.MeterPending)
		tell("3", 4, day.Add(time.Hour), billing.MeterRejected)
		tell("4", 8, day.Add(24*time.Hour), billing.MeterSent)
		tell("5", 16, p.End, billing.MeterSent)
		fix := meterEvent(ada, "fix:1")
		fix.Quantity, fix.At = -1, day.Add(time.Hour)
		for range 2 {
			must(t, s.AddCorrection(t.Context(), fix))
		}
		days, err := s.MeteredDays(t.Context(), customer, plan.SMSMessages, p)
		must(t, err)
		if want := map[time.Time]int64{day: 3, day.AddDate(0, 0, 1): 8}; fmt.Sprint(days) != fmt.Sprint(want) {
			t.Errorf("by day: got %v, want %v", days, want)
		}
		told, err := s.Told(t.Context(), "sub_1", plan.SMSMessages, p)
		must(t, err)
		if told != 9 {
			t.Errorf("got %d, want 1 + 8: nothing else was sent", told)
		}
		must(t, s.SettleMeterEvent(t.Context(), fix.ID, billing.MeterSent, fix.At, ""))
		if told, err = s.Told(t.Context(), "sub_1", plan.SMSMessages, p); told != 9 || err != nil {
			t.Errorf("got %d, %v with a correction", told, err)
		}
		for what, got := range map[string]func() (int64, error){
			"another subscription": func() (int64, error) { return s.Told(t.Context(), "sub_2", plan.SMSMessages, p) },
			"another feature":      func() (int64, error) { return s.Told(t.Context(), "sub_1", plan.VoiceMinutes, p) },
		} {
			if n, err := got(); n != 0 || err != nil {
				t.Errorf("%s: got %d, %v", what, n, err)
			}
		}
	})
}

func TestWhatWasSentLatelyCanBeSentAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		p := billing.Period{Start: clock.Now(), End: clock.Now().Add(24 * time.Hour)}
		add := func(eventID string, n int64, at time.Time, state billing.MeterState) {
			t.Helper()
			m := meterEvent(ada, eventID)
			m.Quantity, m.At = n, at
			must(t, s.AddCorrection(t.Context(), m))
			must(t, s.SettleMeterEvent(t.Context(), eventID, state, at, ""))
		}
		add("sent too early", 1, p.Start, billing.MeterSent)
		since := clock.Advance(time.Hour)
		add("at the first moment", 1, p.Start, billing.MeterSent)
		add("another", 2, p.Start, billing.MeterSent)
		add("pending", 1, p.Start, billing.MeterPending)
		add("rejected", 1, p.Start, billing.MeterRejected)
		add("of nothing", 0, p.Start, billing.MeterSent)
		add("beyond the period", 1, p.End, billing.MeterSent)
		for f, want := range map[plan.Feature]string{plan.SMSMessages: "[at the first moment another]", plan.VoiceMinutes: "[]"} {
			list, err := s.SentMeterEvents(t.Context(), "cus_"+ada.ID, f, p, since)
			must(t, err)
			ids := []string{}
			for _, m := range list {
				ids = append(ids, m.ID)
			}
			if fmt.Sprint(ids) != want {
				t.Errorf("%s: got %v, want %s", f, ids, want)
			}
		}
	})
}
