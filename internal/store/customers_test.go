package store_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func TestACustomerIsOneUserAndAUserOneCustomer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		link := func(userID, customerID string) bool {
			t.Helper()
			ok, err := s.LinkCustomer(t.Context(), userID, customerID, event(clock))
			must(t, err)
			return ok
		}
		before := count(t, s, "audit_events")
		for range 2 {
			if !link(ada.ID, "cus_1") {
				t.Error("linking is not safe to repeat")
			}
		}
		if link(ada.ID, "cus_2") || link(bob.ID, "cus_1") {
			t.Error("a link was replaced")
		}
		if n := count(t, s, "audit_events") - before; n != 1 {
			t.Errorf("%d events, want one link's", n)
		}
		u, err := s.UserByCustomer(t.Context(), "cus_1")
		must(t, err)
		if u.ID != ada.ID || u.CustomerID != "cus_1" {
			t.Errorf("got %+v", u)
		}
		_, err = s.UserByCustomer(t.Context(), "cus_2")
		wantMissing(t, err)
		_, err = s.LinkCustomer(t.Context(), "usr_none", "cus_3", event(clock))
		wantMissing(t, err)
	})
}

func TestOfTwoUsersAtOnceOneIsTheCustomer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 6 {
			u := person(t, s, clock, fmt.Sprint("p", i))
			wg.Go(func() {
				ok, err := s.LinkCustomer(t.Context(), u.ID, "cus_1", event(clock))
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d users are the same customer", won.Load())
		}
	})
}

func TestAReadingIsStoredWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		_, err := s.LinkCustomer(t.Context(), ada.ID, "cus_1", event(clock))
		must(t, err)
		now := clock.Now()
		full := active(clock, "sub_1")
		full.Status, full.OwedSince, full.GraceUntil = plan.PastDue, now, now.Add(72*time.Hour)
		full.Next, full.NextAt, full.TrialEnd, full.EndsAt = plan.Manager, full.End, now, now.AddDate(1, 0, 0)
		full.Waived, full.Suspended = true, true
		other := plan.Subscription{ID: "sub_2", Status: plan.Canceled}
		saved := billing.Saved{
			UserID: ada.ID, Current: full, Metered: "sub_1", Tier: plan.Secretary,
			Reading: billing.Reading{At: now, CustomerID: "cus_1", Subscriptions: []billing.Held{{Subscription: other}, {Subscription: full}}},
			Spans:   []billing.Span{{SubscriptionID: "sub_1", Tier: plan.Secretary, Start: now}},
			Events:  []account.Event{event(clock), event(clock)},
		}
		saved.Jobs = append(saved.Jobs, job(clock, "welcome"))
		before := count(t, s, "audit_events")
		ok, err := s.SaveReading(t.Context(), saved)
		must(t, err)
		u, err := s.User(t.Context(), ada.ID)
		must(t, err)
		if !ok || u.Subscription != full || u.CustomerID != "cus_1" || storedTier(t, s, ada.ID) != "ai_secretary" {
			t.Errorf("got %t, %+v on %s", ok, u, storedTier(t, s, ada.ID))
		}
		stored := text(t, s.Query(), "SELECT group_concat(id || ' ' || customer_id || ' ' || tier || ' ' || status || ' ' || (detail ->> '$.status'), ', ') FROM (SELECT * FROM subscriptions ORDER BY id)")
		if stored != "sub_1 cus_1 ai_secretary past_due past_due, sub_2 cus_1  canceled canceled" {
			t.Errorf("got subscriptions %s", stored)
		}
		if metered(t, s, ada.ID) != "sub_1" || count(t, s, "usage_spans") != 1 || len(listed(t, s)) != 1 || count(t, s, "audit_events") != before+2 {
			t.Error("not all of the reading was stored")
		}
	})
}

func TestAnOlderReadingReplacesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		read := func(at time.Time, status plan.Status) bool {
			t.Helper()
			sub := active(clock, "sub_1")
			sub.Status = status
			saved := billing.Saved{
				UserID: ada.ID, Current: sub, Tier: plan.Entitle(sub, plan.Grant{}, at).Tier,
				Reading: billing.Reading{At: at, CustomerID: "cus_1", Subscriptions: []billing.Held{{Subscription: sub}}},
				Events:  []account.Event{event(clock)},
			}
			saved.Jobs = append(saved.Jobs, job(clock, "x"))
			ok, err := s.SaveReading(t.Context(), saved)
			must(t, err)
			return ok
		}
		now := clock.Now()
		for range 2 {
			if !read(now, plan.Active) {
				t.Error("a reading is not safe to repeat")
			}
		}
		if read(now.Add(-time.Millisecond), plan.Canceled) {
			t.Error("an older reading was taken in")
		}
		if got := text(t, s.Query(), "SELECT status FROM subscriptions"); got != "active" || count(t, s, "jobs") != 2 || storedTier(t, s, ada.ID) != "ai_secretary" {
			t.Errorf("got %s, %d jobs, %s", got, count(t, s, "jobs"), storedTier(t, s, ada.ID))
		}
		if !read(now.Add(time.Millisecond), plan.Canceled) {
			t.Error("a newer reading was left out")
		}
		if got := text(t, s.Query(), "SELECT status FROM subscriptions"); got != "canceled" || storedTier(t, s, ada.ID) != "ai_buddy" {
			t.Errorf("got %s, %s", got, storedTier(t, s, ada.ID))
		}
		_, err := s.SaveReading(t.Context(), billing.Saved{UserID: "usr_none", Reading: billing.Reading{At: now}})
		wantMissing(t, err)
	})
}

func TestACustomerThatIsGoneIsNobodys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := subscriber(t, s, clock, "ada")
		customer := "cus_" + ada.ID
		gone := func(customerID string) {
			t.Helper()
			ok, err := s.SaveReading(t.Context(), billing.Saved{
				UserID: ada.ID, Tier: plan.Buddy, Reading: billing.Reading{At: clock.Advance(time.Second), CustomerID: customerID, Gone: true},
			})
			if !ok || err != nil {
				t.Fatalf("got %t, %v", ok, err)
			}
		}
		gone("cus_of_before")
		u, err := s.User(t.Context(), ada.ID)
		must(t, err)
		if u.CustomerID != customer {
			t.Errorf("another customer's end unlinked %q", customer)
		}
		gone(customer)
		u, err = s.User(t.Context(), ada.ID)
		must(t, err)
		if u.CustomerID != "" || u.Subscription != (plan.Subscription{}) || metered(t, s, ada.ID) != "" {
			t.Errorf("got %+v, metered %q, want neither customer nor subscription", u, metered(t, s, ada.ID))
		}
		if left, err := s.Subscribers(t.Context(), "", 10); err != nil || len(left) != 0 {
			t.Errorf("got subscribers %+v, %v, want none", left, err)
		}
		if got := text(t, s.Query(), "SELECT detail ->> '$.status' FROM subscriptions"); got != "canceled" {
			t.Errorf("the subscription is %s, want it ended with its customer", got)
		}
		if ok, err := s.LinkCustomer(t.Context(), ada.ID, "cus_new", event(clock)); !ok || err != nil {
			t.Errorf("a new customer: %t, %v", ok, err)
		}
	})
}

func TestSubscribersAreListedInTheOrderOfTheirIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		var want []string
		for i, status := range []plan.Status{plan.Active, plan.Canceled, plan.PastDue, plan.IncompleteExpired, plan.Unpaid, "of tomorrow"} {
			clock.Advance(time.Second)
			u := person(t, s, clock, fmt.Sprint("p", i))
			sub := active(clock, fmt.Sprint("sub_", i))
			sub.Status = status
			subscribe(t, s, clock, u, sub)
			if status != plan.Canceled && status != plan.IncompleteExpired {
				want = append(want, u.ID)
			}
		}
		person(t, s, clock, "free")
		var got []string
		for after := ""; len(got) < 10; {
			page, err := s.Subscribers(t.Context(), after, 3)
			must(t, err)
			if len(page) == 0 {
				break
			}
			for _, u := range page {
				got = append(got, u.ID)
			}
			after = got[len(got)-1]
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
}

func TestSpansAreThoseOfAPeriodAndTheOneItBeginsIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		base := clock.Now()
		at := func(h int) time.Time { return base.Add(time.Duration(h) * time.Hour) }
		saved := billing.Saved{UserID: ada.ID, Tier: plan.Buddy, Reading: billing.Reading{At: base, CustomerID: "cus_1"}}
		for h, tier := range map[int]plan.Tier{0: plan.Secretary, 10: plan.Manager, 20: plan.Secretary, 30: plan.Manager} {
			saved.Spans = append(saved.Spans, billing.Span{SubscriptionID: "sub_1", Tier: tier, Start: at(h)})
		}
		saved.Spans = append(saved.Spans, billing.Span{SubscriptionID: "sub_2", Tier: plan.CTO, Start: at(12)})
		for range 2 {
			_, err := s.SaveReading(t.Context(), saved)
			must(t, err)
		}
		// What a span was, it stays.
		saved.Spans = []billing.Span{{SubscriptionID: "sub_1", Tier: plan.CTO, Start: at(10)}}
		_, err := s.SaveReading(t.Context(), saved)
		must(t, err)
		for _, c := range []struct {
			from, until int
			want        string
		}{
			{15, 25, "10 ai_project_manager 20 ai_secretary "},
			{10, 20, "10 ai_project_manager "},
			{9, 11, "0 ai_secretary 10 ai_project_manager "},
			{-5, 1, "0 ai_secretary "},
			{-5, 0, ""},
			{40, 50, "30 ai_project_manager "},
		} {
			list, err := s.Spans(t.Context(), "sub_1", billing.Period{Start: at(c.from), End: at(c.until)})
			must(t, err)
			got := ""
			for _, span := range list {
				got += fmt.Sprintf("%.0f %s ", span.Start.Sub(base).Hours(), span.Tier)
			}
			if got != c.want {
				t.Errorf("from %d until %d: got %s, want %s", c.from, c.until, got, c.want)
			}
		}
	})
}

func TestACapIsChosenAndTakenBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		for _, c := range []plan.Cap{
			{Limit: 0, Chosen: true}, {Limit: 25 * plan.Dollar, Soft: true, Chosen: true}, {Limit: plan.NoCap, Chosen: true}, {},
		} {
			must(t, s.SetCap(t.Context(), ada.ID, c, event(clock)))
			u, err := s.User(t.Context(), ada.ID)
			must(t, err)
			if u.SpendingCap != c {
				t.Errorf("got %+v, want %+v", u.SpendingCap, c)
			}
		}
		before := count(t, s, "audit_events")
		if err := s.SetCap(t.Context(), "usr_none", plan.Cap{}, event(clock)); !errors.Is(err, account.ErrNoUser) || count(t, s, "audit_events") != before {
			t.Errorf("nobody's: got %v", err)
		}
	})
}

func TestAGrantStandsBeforeTheSubscriptionThatUsageIsReportedTo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := subscriber(t, s, clock, "ada")
		ada, err := s.User(t.Context(), ada.ID)
		must(t, err)
		ada.Grant = plan.Grant{Tier: plan.CTO, Until: clock.Now().Add(time.Hour), Reason: "a pilot"}
		must(t, s.SetGrant(t.Context(), ada, ada.Standing(clock.Now()), event(clock)))
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 1, "granted")))
		if metered(t, s, ada.ID) != "" || storedTier(t, s, ada.ID) != "ai_cto" || outboxed(t, s) != "" {
			t.Errorf("under a grant: metered %q on %s, to be reported: %s", metered(t, s, ada.ID), storedTier(t, s, ada.ID), outboxed(t, s))
		}
		now := clock.Advance(time.Hour)
		must(t, s.EndGrant(t.Context(), ada.ID, ada.Standing(now), now, event(clock)))
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 1, "paid")))
		if metered(t, s, ada.ID) != "sub_1" || storedTier(t, s, ada.ID) != "ai_secretary" || outboxed(t, s) != "paid=1@sub_1" {
			t.Errorf("after it: metered %q on %s, to be reported: %s", metered(t, s, ada.ID), storedTier(t, s, ada.ID), outboxed(t, s))
		}
	})
}

// metered is the subscription that a user's usage is reported to.
func metered(t *testing.T, s *store.Store, userID string) (subID string) {
	t.Helper()
	must(t, s.Query().QueryRowContext(t.Context(), "SELECT coalesce(metered_subscription, '') FROM users WHERE id = ?", userID).Scan(&subID))
	return subID
}
