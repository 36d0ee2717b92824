package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// record makes a usage record of now.
func record(clock *storetest.Clock, userID string, f plan.Feature, n int64, key string) billing.Record {
	return billing.Record{
		ID: id.New(id.Usage, clock.Now()), UserID: userID, Feature: f, Quantity: n, Measured: 60 * n,
		RecordedAt: clock.Now(), SourceKey: key,
	}
}

// active is a subscription to AI Secretary whose period began now.
func active(clock *storetest.Clock, subID string) plan.Subscription {
	now := clock.Now()
	return plan.Subscription{
		ID: subID, Tier: plan.Secretary, Status: plan.Active, Start: now, End: now.AddDate(0, 1, 0), Anchor: now, Since: now,
	}
}

// subscribe stores a reading in which somebody has a subscription.
func subscribe(t *testing.T, s *store.Store, clock *storetest.Clock, u account.User, sub plan.Subscription) {
	t.Helper()
	if u.CustomerID == "" {
		ok, err := s.LinkCustomer(t.Context(), u.ID, "cus_"+u.ID, event(clock))
		if !ok || err != nil {
			t.Fatalf("link: %t, %v", ok, err)
		}
	}
	ok, err := s.SaveReading(t.Context(), billing.Saved{
		UserID: u.ID, Grant: u.Grant, Current: sub, Metered: plan.Metered(sub, u.Grant, clock.Now()), Tier: plan.Entitle(sub, u.Grant, clock.Now()).Tier,
		Reading: billing.Reading{At: clock.Now(), CustomerID: "cus_" + u.ID, Subscriptions: []billing.Held{{Subscription: sub}}},
	})
	if !ok || err != nil {
		t.Fatalf("save reading: %t, %v", ok, err)
	}
}

func scope(clock *storetest.Clock, userID, subID string) billing.Scope {
	return billing.Scope{UserID: userID, SubscriptionID: subID, Period: billing.Month(clock.Now()), Now: clock.Now()}
}

// outboxed is what was laid out to be reported, in the order of recording.
func outboxed(t *testing.T, s *store.Store) string {
	t.Helper()
	return text(t, s.Query(), `SELECT coalesce(group_concat(x, ' '), '') FROM (SELECT r.source_key || '=' || o.quantity || '@' || o.subscription_id AS x
		FROM meter_outbox AS o JOIN usage_records AS r ON r.id = o.usage_id AND r.recorded_at = o.recorded_at AND r.user_id = o.user_id
		AND r.feature = o.feature ORDER BY r.rowid)`)
}

func TestUsageIsRecordedUnderTheSubscriptionThatItIsReportedTo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 1, "before")))
		subscribe(t, s, clock, ada, active(clock, "sub_1"))
		lie := record(clock, bob.ID, plan.VoiceMinutes, 4, "bob")
		lie.SubscriptionID = "sub_1" // whose bill it is, is not the caller's to say
		must(t, s.RecordUsage(t.Context(),
			record(clock, ada.ID, plan.SMSMessages, 2, "text"), record(clock, ada.ID, plan.VoiceMinutes, 3, "call"), lie,
			record(clock, ada.ID, plan.PhoneNumbers, 1, "number"), record(clock, ada.ID, plan.SMSMessages, -2, "text:reversal")))
		if got, want := outboxed(t, s), "text=2@sub_1 call=3@sub_1 text:reversal=-2@sub_1"; got != want {
			t.Errorf("to be reported is %s, want %s", got, want)
		}
		under := map[string]string{}
		for _, u := range []account.User{ada, bob} {
			list, err := s.Usage(t.Context(), u.ID)
			must(t, err)
			for _, r := range list {
				under[r.SourceKey] = r.SubscriptionID
			}
		}
		want := map[string]string{"before": "", "text": "sub_1", "call": "sub_1", "number": "sub_1", "text:reversal": "sub_1", "bob": ""}
		if fmt.Sprint(under) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", under, want)
		}
	})
}

func TestTheSameUsageIsRecordedAndLaidOutOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		subscribe(t, s, clock, ada, active(clock, "sub_1"))
		same := record(clock, ada.ID, plan.SMSMessages, 1, "same")
		must(t, s.RecordUsage(t.Context(), same, record(clock, ada.ID, plan.SMSMessages, 5, "same")))
		must(t, s.RecordUsage(t.Context(), same))
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 5, "same"), record(clock, ada.ID, plan.SMSMessages, 1, "new")))
		must(t, s.RecordUsage(t.Context()))
		if got, want := outboxed(t, s), "same=1@sub_1 new=1@sub_1"; got != want {
			t.Errorf("to be reported is %s, want %s", got, want)
		}
		if n := count(t, s, "usage_records"); n != 2 {
			t.Errorf("%d records, want 2", n)
		}
	})
}

func TestUsageOfNobodyIsNotRecordedNorWhatComesWithIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		wantForeignKey(t, s.RecordUsage(t.Context(),
			record(clock, ada.ID, plan.SMSMessages, 1, "hers"), record(clock, "usr_none", plan.SMSMessages, 1, "nobody's")))
		for _, table := range []string{"usage_records", "meter_outbox", "jobs"} {
			if n := count(t, s, table); n != 0 {
				t.Errorf("%d rows in %s, want none", n, table)
			}
		}
	})
}

func TestEveryRecordIsLookedAtByOneJobAllFiveMinutes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		told := 0
		s.OnJobs(func() { told++ })
		ada := person(t, s, clock, "ada")
		for i := range 3 {
			must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 1, fmt.Sprint(i))))
			clock.Advance(3 * time.Minute)
		}
		js := listed(t, s)
		if len(js) != 2 || js[0].Kind != billing.KindUsage || told != 3 {
			t.Errorf("got %+v and told %d times, want two jobs of three records", js, told)
		}
		out := stored(t, s, clock, ada.ID)
		clock.Advance(5 * time.Minute)
		must(t, s.ReportText(t.Context(), phone.Report{MessageID: out.ID, SID: "SMa", State: phone.Sent}))
		clock.Advance(5 * time.Minute)
		must(t, s.ReportText(t.Context(), phone.Report{SID: "SMa", State: phone.Delivered}))
		if n := count(t, s, "jobs"); n != 3 {
			t.Errorf("%d jobs, want one more: the second report recorded nothing", n)
		}
		clock.Advance(5 * time.Minute)
		must(t, s.ReportText(t.Context(), phone.Report{SID: "SMa", State: phone.Undelivered}))
		if n := count(t, s, "jobs"); n != 3 { // delivered is delivered
			t.Errorf("%d jobs, want no more", n)
		}
		var payload map[string]int64
		must(t, json.Unmarshal(js[0].Payload, &payload))
		if js[0].RunAt.Unix() <= payload["until"] {
			t.Errorf("due at %v, before all of it is recorded (%v)", js[0].RunAt, payload)
		}
	})
}

func TestATextIsTakenBackFromTheBillThatItWasPutOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		subscribe(t, s, clock, ada, active(clock, "sub_1"))
		out := stored(t, s, clock, ada.ID)
		report := func(state phone.State) {
			t.Helper()
			must(t, s.ReportText(t.Context(), phone.Report{MessageID: out.ID, SID: "SMa", State: state, BySegment: true}))
		}
		report(phone.Sent)
		clock.Advance(time.Hour)
		subscribe(t, s, clock, ada, active(clock, "sub_2"))
		report(phone.Undelivered)
		report(phone.Undelivered)
		if got, want := outboxed(t, s), "sms:SMa=2@sub_1 sms:SMa:reversal=-2@sub_1"; got != want {
			t.Errorf("to be reported is %s, want %s", got, want)
		}
		if js := listed(t, s); len(js) != 2 {
			t.Errorf("got jobs %+v, want one for each record", js)
		}
	})
}

func TestAScopeIsWhatWasUsedUnderOneSubscription(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		for i, subID := range []string{"", "sub_1", "sub_2"} {
			if subID != "" {
				subscribe(t, s, clock, ada, active(clock, subID))
			}
			must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.VoiceMinutes, int64(i)+1, "call:"+subID)))
			clock.Advance(time.Second)
		}
		reserve(t, s, clock, ada.ID, plan.VoiceMinutes, 5, "held", time.Minute)
		reserve(t, s, clock, ada.ID, plan.SMSMessages, 7, "held too", time.Hour)
		for subID, want := range map[string]int64{"": 1, "sub_1": 2, "sub_2": 3, "sub_3": 0} {
			got, err := s.UsageTotals(t.Context(), scope(clock, ada.ID, subID))
			must(t, err)
			if got.Used[plan.VoiceMinutes] != want || got.Used[plan.SMSMessages] != 0 {
				t.Errorf("under %q: got %v, want %d minutes", subID, got.Used, want)
			}
			if got.Reserved[plan.VoiceMinutes] != 5 || got.Reserved[plan.SMSMessages] != 7 {
				t.Errorf("under %q: %v is held, want 5 minutes and 7 texts", subID, got.Reserved)
			}
		}
		clock.Advance(time.Minute)
		got, err := s.UsageTotals(t.Context(), scope(clock, ada.ID, ""))
		must(t, err)
		if got.Reserved[plan.VoiceMinutes] != 0 || got.Reserved[plan.SMSMessages] != 7 {
			t.Errorf("%v is held, want only what has not expired", got.Reserved)
		}
	})
}

func TestUsageIsAddedUpByDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		month := billing.Month(clock.Now())
		at := func(f plan.Feature, n int64, at time.Time, key string) billing.Record {
			r := record(clock, ada.ID, f, n, key)
			r.RecordedAt = at
			return r
		}
		second := month.Start.AddDate(0, 0, 1)
		must(t, s.RecordUsage(t.Context(),
			at(plan.SMSMessages, 1, month.Start, "1"), at(plan.SMSMessages, 2, second.Add(-time.Millisecond), "2"),
			at(plan.SMSMessages, 4, second, "3"), at(plan.VoiceMinutes, 8, second, "4"), at(plan.PhoneNumbers, 1, second, "5"),
			at(plan.SMSMessages, 16, month.End, "6"), at(plan.SMSMessages, 32, month.Start.Add(-time.Millisecond), "7")))
		subscribe(t, s, clock, ada, active(clock, "sub_1"))
		must(t, s.RecordUsage(t.Context(), at(plan.SMSMessages, 64, second, "8")))
		days, err := s.UsageDays(t.Context(), scope(clock, ada.ID, ""))
		must(t, err)
		want := []billing.Day{
			{Date: month.Start, Used: map[plan.Feature]int64{plan.SMSMessages: 3}},
			{Date: second, Used: map[plan.Feature]int64{plan.SMSMessages: 4, plan.VoiceMinutes: 8}},
		}
		if fmt.Sprint(days) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", days, want)
		}
	})
}

func TestWhoUsedSomethingIsKnownByTheMomentOfRecording(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		from := clock.Now()
		old := record(clock, ada.ID, plan.SMSMessages, 1, "old")
		old.RecordedAt = from.AddDate(0, 0, -40)
		must(t, s.RecordUsage(t.Context(), old, record(clock, ada.ID, plan.SMSMessages, 1, "new")))
		until := clock.Advance(time.Minute)
		must(t, s.RecordUsage(t.Context(), record(clock, bob.ID, plan.SMSMessages, 1, "bob")))
		for _, c := range []struct {
			p    billing.Period
			want string
		}{
			{billing.Period{Start: from, End: until}, fmt.Sprint([]string{ada.ID})},
			{billing.Period{Start: until, End: until.Add(time.Minute)}, fmt.Sprint([]string{bob.ID})},
			{billing.Period{Start: from.Add(-time.Minute), End: from}, "[]"},
		} {
			got, err := s.UsersOfUsage(t.Context(), c.p)
			must(t, err)
			if fmt.Sprint(got) != c.want {
				t.Errorf("%v: got %v, want %s", c.p, got, c.want)
			}
		}
	})
}

func TestTheLedgerIsNeverChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		subscribe(t, s, clock, ada, active(clock, "sub_1"))
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 1, "a"), record(clock, ada.ID, plan.VoiceMinutes, 9, "b")))
		const all = "SELECT group_concat(id || user_id || feature || quantity || recorded_at || measured || source_key || subscription_id || created_at) FROM usage_records"
		before := text(t, s.Query(), all)
		clock.Advance(time.Hour)
		month := billing.Month(clock.Now())
		_, err := s.Allot(t.Context(), billing.MeterEvent{
			ID: "mev_1", UserID: ada.ID, CustomerID: "cus_" + ada.ID, SubscriptionID: "sub_1", Feature: plan.SMSMessages,
		}, month)
		must(t, err)
		must(t, s.SettleMeterEvent(t.Context(), "mev_1", billing.MeterRejected, clock.Now(), "no"))
		_, err = s.RetryMeterEvents(t.Context())
		must(t, err)
		must(t, s.RecordUsage(t.Context(), record(clock, ada.ID, plan.SMSMessages, 100, "a")))
		subscribe(t, s, clock, ada, active(clock, "sub_2"))
		must(t, s.SetGrant(t.Context(), ada, ada.Standing(clock.Now()), event(clock), jobs.New("x", 1, clock.Now())))
		if after := text(t, s.Query(), all); after != before {
			t.Errorf("the ledger was\n%s, and is\n%s", before, after)
		}
	})
}

func BenchmarkRecordUsage(b *testing.B) {
	clock := storetest.NewClock()
	s := storetest.Embedded(b, clock)
	now := clock.Now()
	u := account.User{ID: id.New(id.User, now), Email: "ada@example.com", EmailVerified: true, Username: "ada", TimeZone: "UTC"}
	e := account.Event{ID: id.New(id.Audit, now), UserID: u.ID, Actor: account.ActorOperator, Action: "test", At: now}
	if err := s.CreateUser(b.Context(), u, account.Token{}, e); err != nil {
		b.Fatal(err)
	}
	sub := active(clock, "sub_1")
	if ok, err := s.SaveReading(b.Context(), billing.Saved{
		UserID: u.ID, Current: sub, Metered: sub.ID, Tier: sub.Tier, Reading: billing.Reading{At: now, CustomerID: "cus_1"},
	}); !ok || err != nil {
		b.Fatal(ok, err)
	}
	const size = 500
	n := 0
	for b.Loop() {
		records := make([]billing.Record, size)
		for i := range records {
			n++
			records[i] = record(clock, u.ID, plan.SMSMessages, 1, fmt.Sprint("sms:SM", n))
		}
		if err := s.RecordUsage(b.Context(), records...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}
