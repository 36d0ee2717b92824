package store_test

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func reservation(clock *storetest.Clock, userID string, f plan.Feature, n int64, key string, d time.Duration) billing.Reservation {
	return billing.Reservation{
		ID: id.New(id.Reservation, clock.Now()), UserID: userID, Feature: f, Quantity: n, SourceKey: key, ExpiresAt: clock.Now().Add(d),
	}
}

// ample is a budget that has room for everything.
func ample(clock *storetest.Clock, userID string) billing.Budget {
	return billing.Budget{
		Scope:    scope(clock, userID, ""),
		Included: map[plan.Feature]int64{plan.VoiceMinutes: math.MaxInt32, plan.SMSMessages: math.MaxInt32}, Cap: plan.NoCap,
	}
}

// reserve holds usage whatever there is of it.
func reserve(t *testing.T, s *store.Store, clock *storetest.Clock, userID string, f plan.Feature, n int64, key string, d time.Duration) {
	t.Helper()
	ok, err := s.Reserve(t.Context(), reservation(clock, userID, f, n, key, d), ample(clock, userID))
	if !ok || err != nil {
		t.Fatalf("reserve %s: %t, %v", key, ok, err)
	}
}

// A budget of ten minutes and five texts, of which six minutes and five texts are
// used, and one minute is held.
func TestAReservationMustBeWithinTheBudget(t *testing.T) {
	const minute, text = 13_000, 8_000 // what one costs
	for name, c := range map[string]struct {
		f       plan.Feature
		n       int64
		overage bool
		cap     plan.MicroDollars
		voice   int64 // included; 0: ten
		want    bool
	}{
		"the rest of the allowance":        {f: plan.VoiceMinutes, n: 3, want: true},
		"one more than the allowance":      {f: plan.VoiceMinutes, n: 4, want: false},
		"another feature is used up":       {f: plan.VoiceMinutes, n: 1, cap: 0, overage: true, want: true},
		"this feature is used up":          {f: plan.SMSMessages, n: 1, want: false},
		"overage without a cap":            {f: plan.SMSMessages, n: 1000, overage: true, cap: plan.NoCap, want: true},
		"no cap is no overage":             {f: plan.SMSMessages, n: 1, cap: plan.NoCap, want: false},
		"overage up to the cap":            {f: plan.SMSMessages, n: 2, overage: true, cap: 2 * text, want: true},
		"overage beyond the cap":           {f: plan.SMSMessages, n: 3, overage: true, cap: 3*text - 1, want: false},
		"a cap of nothing":                 {f: plan.SMSMessages, n: 1, overage: true, cap: 0, want: false},
		"both features count into the cap": {f: plan.SMSMessages, n: 1, overage: true, voice: 4, cap: text + 3*minute, want: true},
		"and reach it together":            {f: plan.SMSMessages, n: 1, overage: true, voice: 4, cap: text + 3*minute - 1, want: false},
		"beyond the cap within allowance":  {f: plan.VoiceMinutes, n: 3, overage: true, cap: 0, want: true},
		"minutes cost more":                {f: plan.VoiceMinutes, n: 4, overage: true, cap: minute - 1, want: false},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
				ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
				early := record(clock, ada.ID, plan.SMSMessages, 99, "another period")
				early.RecordedAt = billing.Month(clock.Now()).Start.Add(-1)
				must(t, s.RecordUsage(t.Context(), early, record(clock, bob.ID, plan.VoiceMinutes, 99, "bob"),
					record(clock, ada.ID, plan.VoiceMinutes, 6, "call"), record(clock, ada.ID, plan.SMSMessages, 5, "text")))
				reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 1, "held", time.Hour)
				reserve(t, s, clock, bob.ID, plan.VoiceMinutes, 50, "bob's", time.Hour)
				reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 50, "expired", time.Second)
				clock.Advance(time.Second)
				b := billing.Budget{
					Scope: scope(clock, ada.ID, ""), Included: map[plan.Feature]int64{plan.VoiceMinutes: 10, plan.SMSMessages: 5},
					Overage: c.overage, Cap: c.cap,
				}
				if c.voice != 0 {
					b.Included[plan.VoiceMinutes] = c.voice
				}
				ok, err := s.Reserve(t.Context(), reservation(clock, ada.ID, c.f, c.n, "this", time.Hour), b)
				must(t, err)
				if ok != c.want || count(t, s, "usage_reservations WHERE source_key = 'this'") == 1 != c.want {
					t.Errorf("got %t, and it is stored: %d; want %t", ok, count(t, s, "usage_reservations WHERE source_key = 'this'"), c.want)
				}
			})
		})
	}
}

func TestABudgetIsOfOneSubscription(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 5, "free")))
		subscribe(t, s, clock, ada, active(clock, "sub_1"))
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 3, "paid")))
		for subID, want := range map[string]int64{"": 0, "sub_1": 2, "sub_2": 5} {
			b := billing.Budget{Scope: scope(clock, ada.ID, subID), Included: map[plan.Feature]int64{plan.SMSMessages: 5}}
			over, err := s.Reserve(t.Context(), reservation(clock, ada.ID, plan.SMSMessages, want+1, "over"+subID, time.Hour), b)
			must(t, err)
			fits := want == 0
			if want > 0 {
				fits, err = s.Reserve(t.Context(), reservation(clock, ada.ID, plan.SMSMessages, want, "fits"+subID, time.Hour), b)
				must(t, err)
				must(t, s.Release(t.Context(), "fits"+subID))
			}
			if over || !fits {
				t.Errorf("under %q: %d fit: %t, one more: %t", subID, want, fits, over)
			}
		}
	})
}

func TestReservationsAtTheSameTimeStayWithinTheBudgetTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.VoiceMinutes, 8, "used")))
		// Ten minutes are included, and a cap of 26,000 has room for two more: four in all.
		b := billing.Budget{
			Scope: scope(clock, ada.ID, ""), Included: map[plan.Feature]int64{plan.VoiceMinutes: 10}, Overage: true, Cap: 26_000,
		}
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				key := fmt.Sprint("call:", i)
				ok, err := s.Reserve(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, 1, key, time.Hour), b)
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
				// And whoever has one tries to have two.
				ok, err = s.Extend(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, 2, key, time.Hour), b)
				if err != nil && !fault.Is(err, fault.NotFound) {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		totals, err := s.UsageTotals(t.Context(), b.Scope)
		must(t, err)
		if won.Load() != 4 || totals.Reserved[plan.VoiceMinutes] != 4 {
			t.Errorf("%d were told that there is room, and %d minutes are held; want 4", won.Load(), totals.Reserved[plan.VoiceMinutes])
		}
	})
}

func TestAKeyIsHeldOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		none := billing.Budget{Scope: scope(clock, ada.ID, "")}
		reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 2, "call", time.Minute)
		for _, b := range []billing.Budget{none, ample(clock, ada.ID)} {
			ok, err := s.Reserve(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, 9, "call", time.Hour), b)
			if !ok || err != nil {
				t.Errorf("held already: got %t, %v", ok, err)
			}
		}
		if held := count(t, s, "usage_reservations WHERE quantity = 2"); held != 1 {
			t.Error("a reservation was changed by another with its key")
		}
		ok, err := s.Reserve(t.Context(), reservation(clock, bob.ID, plan.VoiceMinutes, 1, "call", time.Hour), ample(clock, bob.ID))
		if ok || err != nil {
			t.Errorf("somebody else's key: got %t, %v, want false", ok, err)
		}
		clock.Advance(time.Minute) // it has expired, and nobody has let it go
		none.Scope.Now = clock.Now()
		if ok, err := s.Reserve(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, 3, "call", time.Hour), none); ok || err != nil {
			t.Errorf("expired, without a budget: got %t, %v, want false", ok, err)
		}
		reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 3, "call", time.Hour)
		if held := count(t, s, "usage_reservations WHERE quantity = 3"); held != 1 {
			t.Error("one that had expired was not held again")
		}
	})
}

func TestWhatIsSettledIsUsedAndHeldNoMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		subscribe(t, s, clock, ada, active(clock, "sub_1"))
		reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 5, "call", time.Minute)
		reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 5, "another", time.Hour)
		clock.Advance(time.Hour / 2) // expired: what was used was used
		for range 2 {
			must(t, s.Settle(t.Context(), record(clock, ada.ID, plan.VoiceMinutes, 3, "call")))
		}
		must(t, s.Settle(t.Context(), record(clock, ada.ID, plan.VoiceMinutes, 1, "never held")))
		totals, err := s.UsageTotals(t.Context(), scope(clock, ada.ID, "sub_1"))
		must(t, err)
		if totals.Used[plan.VoiceMinutes] != 4 || totals.Reserved[plan.VoiceMinutes] != 5 {
			t.Errorf("got %+v, want 4 minutes used and those of the other call held", totals)
		}
		if got, want := outboxed(t, s), "call=3@sub_1 never held=1@sub_1"; got != want {
			t.Errorf("to be reported is %s, want %s", got, want)
		}
		for _, b := range []billing.Budget{{Scope: scope(clock, ada.ID, "")}, ample(clock, ada.ID)} {
			ok, err := s.Reserve(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, 5, "call", time.Hour), b)
			if !ok || err != nil || count(t, s, "usage_reservations WHERE source_key = 'call'") != 0 {
				t.Errorf("settled already: got %t, %v, want true and nothing held", ok, err)
			}
		}
		if js := listed(t, s); len(js) != 1 || js[0].Kind != billing.KindUsage {
			t.Errorf("got jobs %+v, want the one that looks at usage", js)
		}
	})
}

func TestAReservationIsRaisedWithinTheBudgetAndNeverLowered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.VoiceMinutes, 4, "used")))
		reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 3, "call", time.Minute)
		b := billing.Budget{Scope: scope(clock, ada.ID, ""), Included: map[plan.Feature]int64{plan.VoiceMinutes: 9}}
		for _, c := range []struct {
			to    int64
			d     time.Duration
			ok    bool
			held  int64
			until time.Duration
		}{
			{to: 5, d: 2 * time.Minute, ok: true, held: 5, until: 2 * time.Minute}, // its own 3 are not counted twice
			{to: 6, d: 3 * time.Minute, ok: false, held: 5, until: 2 * time.Minute},
			{to: 1, d: time.Second, ok: true, held: 5, until: 2 * time.Minute},
			{to: 5, d: 4 * time.Minute, ok: true, held: 5, until: 4 * time.Minute},
		} {
			ok, err := s.Extend(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, c.to, "call", c.d), b)
			must(t, err)
			var held, until int64
			must(t, s.Query().QueryRowContext(t.Context(), "SELECT quantity, expires_at FROM usage_reservations").Scan(&held, &until))
			if ok != c.ok || held != c.held || until != clock.Now().Add(c.until).UnixMilli() {
				t.Errorf("to %d for %v: got %t, %d until %d", c.to, c.d, ok, held, until)
			}
		}
		b.Overage, b.Cap = true, 13_000
		if ok, err := s.Extend(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, 6, "call", time.Hour), b); !ok || err != nil {
			t.Errorf("with room in the cap: got %t, %v", ok, err)
		}
		if ok, err := s.Extend(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, 7, "call", time.Hour), b); ok || err != nil {
			t.Errorf("beyond the cap: got %t, %v", ok, err)
		}
		_, err := s.Extend(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, 1, "none", time.Hour), ample(clock, ada.ID))
		wantMissing(t, err)
		clock.Advance(time.Hour)
		_, err = s.Extend(t.Context(), reservation(clock, ada.ID, plan.VoiceMinutes, 1, "call", time.Hour), ample(clock, ada.ID))
		wantMissing(t, err) // it has expired
	})
}

func TestReservationsAreLetGo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		for i, key := range []string{"a", "b", "c", "d"} {
			reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 1, key, time.Duration(i+1)*time.Minute)
		}
		must(t, s.Release(t.Context(), "d"))
		must(t, s.Release(t.Context(), "d"))
		n, err := s.ExpireReservations(t.Context(), clock.Advance(2*time.Minute))
		must(t, err)
		if left := text(t, s.Query(), "SELECT group_concat(source_key) FROM usage_reservations"); n != 2 || left != "c" {
			t.Errorf("%d have expired and %s is left, want 2 and c", n, left)
		}
		if count(t, s, "usage_records") != 0 || count(t, s, "jobs") != 0 {
			t.Error("what was let go was recorded")
		}
	})
}
