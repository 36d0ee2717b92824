package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func TestReachTellsWhoseNumberAndWhosePhone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		_, err := s.SaveNumber(t.Context(), phone.Number{
			ID: id.New(id.Number, clock.Now()), UserID: ada.ID, Number: "+18335550111", Kind: phone.TollFree, SMS: phone.SMSVerified, CreatedAt: clock.Now(),
		}, "operator")
		must(t, err)
		prove(t, s, clock, bob.ID, "+14155550123")
		in := phone.Incoming{SID: "SM1", From: "+14155550123", To: "+18335550111", Body: "hello"}
		r, err := s.Reach(t.Context(), in)
		must(t, err)
		if r.ToOwner != ada.ID || r.FromOwner != bob.ID || r.OptedOut || r.Known {
			t.Errorf("got %+v", r)
		}
		_, err = s.ReceiveText(t.Context(), phone.Arrival{Text: inboundText(clock, ada.ID, "SM1"), Keyword: phone.Stop})
		must(t, err)
		r, err = s.Reach(t.Context(), in)
		must(t, err)
		if !r.OptedOut || !r.Known {
			t.Errorf("after STOP: %+v", r)
		}
		r, err = s.Reach(t.Context(), phone.Incoming{SID: "SM2", From: "+1", To: "+2"})
		must(t, err)
		if r != (phone.Reach{}) {
			t.Errorf("strangers: %+v", r)
		}
	})
}

func TestATextIsReceivedOnceWithAllThatFollows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		var fresh atomic.Int32
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				in := inboundText(clock, ada.ID, "SM1")
				in.Media = []string{"https://example.com/1"}
				reply := outboundText(clock, ada.ID, in.ID)
				ok, err := s.ReceiveText(t.Context(), phone.Arrival{
					Text: in, Reply: &reply, Jobs: []jobs.Job{jobs.New("send", in.ID, clock.Now())},
				})
				if err != nil {
					t.Error(err)
				}
				if ok {
					fresh.Add(1)
				}
			})
		}
		wg.Wait()
		if fresh.Load() != 1 || count(t, s, "messages") != 2 || count(t, s, "jobs") != 1 || count(t, s, "guard") != 0 {
			t.Errorf("%d fresh, %d messages, %d jobs", fresh.Load(), count(t, s, "messages"), count(t, s, "jobs"))
		}
		list, err := s.Texts(t.Context(), ada.ID, phone.Place{At: clock.Now().Add(time.Hour)}, 10)
		must(t, err)
		for _, m := range list {
			if m.Direction == phone.Inbound && (len(m.Media) != 1 || m.Body != "hello" || m.State != phone.Received) {
				t.Errorf("stored %+v", m)
			}
		}
	})
}

func TestAnOldStopDoesNotUndoALaterStart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		receive := func(sid string, k phone.Keyword) {
			t.Helper()
			_, err := s.ReceiveText(t.Context(), phone.Arrival{Text: inboundText(clock, "", sid), Keyword: k})
			must(t, err)
		}
		for _, step := range []struct {
			sid  string
			k    phone.Keyword
			want bool
		}{{"SM1", phone.Stop, true}, {"SM2", phone.Stop, true}, {"SM3", phone.Start, false}, {"SM1", phone.Stop, false}, {"SM4", phone.Help, false}} {
			receive(step.sid, step.k)
			if out, err := s.OptedOut(t.Context(), "+14155550123"); out != step.want || err != nil {
				t.Errorf("after %s %s: %v, %v", step.sid, step.k, out, err)
			}
		}
	})
}

func TestAnAnswerIsStoredOnceWithWhatItCallsFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		in := inboundText(clock, ada.ID, "SM1")
		_, err := s.ReceiveText(t.Context(), phone.Arrival{Text: in})
		must(t, err)
		for range 3 {
			out := outboundText(clock, ada.ID, in.ID)
			must(t, s.AnswerText(t.Context(), phone.Answer{
				MessageID: in.ID, UserID: ada.ID, Reply: &out, Jobs: []jobs.Job{jobs.New("send", out.ID, clock.Now())},
				Outcome: assistant.Outcome{AddFacts: []memory.Fact{{
					ID: id.New(id.Fact, clock.Now()), UserID: ada.ID, Text: "likes tea", Confidence: 1, Category: "general", CreatedAt: clock.Now(),
				}}},
			}))
		}
		if count(t, s, "messages") != 2 || count(t, s, "jobs") != 1 || count(t, s, "memory_facts") != 1 {
			t.Errorf("%d messages, %d jobs, %d facts", count(t, s, "messages"), count(t, s, "jobs"), count(t, s, "memory_facts"))
		}
		got, err := s.Text(t.Context(), in.ID)
		must(t, err)
		if !got.AnsweredAt.Equal(clock.Now()) {
			t.Errorf("answered at %v", got.AnsweredAt)
		}
		if replied, err := s.HasReply(t.Context(), in.ID); !replied || err != nil {
			t.Errorf("has a reply: %v, %v", replied, err)
		}
		if replied, err := s.HasReply(t.Context(), "something else"); replied || err != nil {
			t.Errorf("has a reply: %v, %v", replied, err)
		}
	})
}

func TestATextIsBegunOnlyWhileItWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		out := stored(t, s, clock, person(t, s, clock, "ada").ID)
		first := clock.Now()
		for range 2 {
			if ok, err := s.BeginText(t.Context(), out.ID); !ok || err != nil {
				t.Fatalf("begin: %v, %v", ok, err)
			}
			clock.Advance(time.Minute)
		}
		got, err := s.Text(t.Context(), out.ID)
		must(t, err)
		if !got.AttemptedAt.Equal(first) {
			t.Errorf("attempted at %v, want the first time, %v", got.AttemptedAt, first)
		}
		must(t, s.RetractText(t.Context(), out.ID))
		got, err = s.Text(t.Context(), out.ID)
		must(t, err)
		if !got.AttemptedAt.IsZero() {
			t.Errorf("retracted, and attempted at %v", got.AttemptedAt)
		}
		must(t, s.FailText(t.Context(), phone.Failure{MessageID: out.ID, ErrorCode: "21211"}))
		for _, id := range []string{out.ID, "msg_none"} {
			if ok, err := s.BeginText(t.Context(), id); ok || err != nil {
				t.Errorf("begin %s: %v, %v", id, ok, err)
			}
		}
	})
}

func TestAnAcceptanceCountsOnceAndOnlyWhatIsCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		out := stored(t, s, clock, ada.ID)
		accept := phone.Report{MessageID: out.ID, SID: "SMa", State: phone.Accepted, Segments: 3}
		for range 3 {
			if ok, err := s.AcceptText(t.Context(), accept); !ok || err != nil {
				t.Fatalf("accept: %v, %v", ok, err)
			}
		}
		if got := ledger(t, s, ada.ID); got != "[sms:SMa +1/+3]" {
			t.Errorf("ledger %s", got)
		}
		for _, r := range []phone.Report{
			{MessageID: out.ID, SID: "SMb", State: phone.Accepted},                         // the text has another id
			{MessageID: stored(t, s, clock, ada.ID).ID, SID: "SMa", State: phone.Accepted}, // the id is another text's
			{MessageID: "msg_none", SID: "SMc", State: phone.Accepted},                     // no such text
		} {
			if ok, err := s.AcceptText(t.Context(), r); ok || err != nil {
				t.Errorf("%+v: %v, %v", r, ok, err)
			}
		}
		notice := outboundText(clock, ada.ID, "")
		notice.Kind = phone.KindNotice
		_, err := s.ReceiveText(t.Context(), phone.Arrival{Text: inboundText(clock, ada.ID, "SMin"), Reply: &notice})
		must(t, err)
		if ok, err := s.AcceptText(t.Context(), phone.Report{MessageID: notice.ID, SID: "SMn", State: phone.Accepted}); !ok || err != nil {
			t.Errorf("accept: %v, %v", ok, err)
		}
		if got := ledger(t, s, ada.ID); got != "[sms:SMa +1/+3]" {
			t.Errorf("ledger %s: notices are not counted", got)
		}
		known, err := s.KnownTexts(t.Context(), []string{"SMa", "SMb", "SMn"})
		must(t, err)
		if !known["SMa"] || known["SMb"] || !known["SMn"] {
			t.Errorf("known %v", known)
		}
	})
}

func TestStatesNeverRunBackwardsAndFailuresAreTakenBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		out := stored(t, s, clock, ada.ID)
		report := func(state phone.State, code string) {
			t.Helper()
			must(t, s.ReportText(t.Context(), phone.Report{MessageID: out.ID, SID: "SMa", State: state, ErrorCode: code, BySegment: true}))
		}
		want := func(state phone.State, code, usage string) {
			t.Helper()
			got, err := s.Text(t.Context(), out.ID)
			must(t, err)
			if got.State != state || got.ErrorCode != code || ledger(t, s, ada.ID) != usage {
				t.Errorf("%s %q, ledger %s, want %s %q, %s", got.State, got.ErrorCode, ledger(t, s, ada.ID), state, code, usage)
			}
		}
		report(phone.Sent, "") // before the request was answered
		want(phone.Sent, "", "[sms:SMa +2/+2]")
		report(phone.Sending, "")
		want(phone.Sent, "", "[sms:SMa +2/+2]")
		clock.Advance(time.Second)
		report(phone.Undelivered, "30005")
		report(phone.Undelivered, "30005")
		want(phone.Undelivered, "30005", "[sms:SMa +2/+2 sms:SMa:reversal -2/-2]")
		report(phone.Delivered, "")
		want(phone.Undelivered, "30005", "[sms:SMa +2/+2 sms:SMa:reversal -2/-2]")
		must(t, s.ReportText(t.Context(), phone.Report{SID: "SMunknown", State: phone.Delivered}))
	})
}

func TestAFailureEndsATextAndDoesWhatIsInsteadOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		out := stored(t, s, clock, person(t, s, clock, "ada").ID)
		for range 2 {
			must(t, s.FailText(t.Context(), phone.Failure{
				MessageID: out.ID, ErrorCode: "21610", OptOut: out.To, Jobs: []jobs.Job{jobs.New("mail", 1, clock.Now())},
			}))
		}
		got, err := s.Text(t.Context(), out.ID)
		must(t, err)
		gone, err := s.OptedOut(t.Context(), out.To)
		must(t, err)
		if got.State != phone.Failed || got.ErrorCode != "21610" || !gone || count(t, s, "jobs") != 1 {
			t.Errorf("%s %s, opted out %v, %d jobs", got.State, got.ErrorCode, gone, count(t, s, "jobs"))
		}
	})
}

func TestUsageIsAddedUpByPeriodWithWhatIsOnItsWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		period := billing.Month(clock.Now())
		record := func(userID string, f plan.Feature, n int64, at time.Time, key string) billing.Record {
			return billing.Record{ID: id.New(id.Usage, clock.Now()), UserID: userID, Feature: f, Quantity: n, RecordedAt: at, SourceKey: key}
		}
		for range 100 { // a replay changes nothing
			must(t, s.RecordUsage(t.Context(),
				record(ada.ID, plan.SMSMessages, 3, period.Start, "1"),
				record(ada.ID, plan.SMSMessages, -1, period.End.Add(-time.Millisecond), "2"),
				record(ada.ID, plan.SMSMessages, 10, period.Start.Add(-time.Millisecond), "3"),
				record(ada.ID, plan.SMSMessages, 20, period.End, "4"),
				record(ada.ID, plan.VoiceMinutes, 7, period.Start, "5"),
				record(bob.ID, plan.VoiceMinutes, 70, period.Start, "6"),
			))
		}
		_, err := s.SaveNumber(t.Context(), phone.Number{
			ID: id.New(id.Number, clock.Now()), UserID: ada.ID, Number: "+18335550111", Kind: phone.TollFree, SMS: phone.SMSVerified, CreatedAt: clock.Now(),
		}, "operator")
		must(t, err)
		stored(t, s, clock, ada.ID)
		stored(t, s, clock, ada.ID)
		accepted := stored(t, s, clock, ada.ID)
		_, err = s.AcceptText(t.Context(), phone.Report{MessageID: accepted.ID, SID: "SMa", State: phone.Accepted})
		must(t, err)
		got, err := s.UsageTotals(t.Context(), billing.Scope{UserID: ada.ID, Period: period, Now: clock.Now()})
		must(t, err)
		if got.Used[plan.SMSMessages] != 3 || got.Used[plan.VoiceMinutes] != 7 || got.Used[plan.PhoneNumbers] != 1 ||
			got.PendingTexts != 2 || got.PendingSegments != 4 {
			t.Errorf("got %+v", got)
		}
		none, err := s.UsageTotals(t.Context(), billing.Scope{UserID: "usr_none", Period: period, Now: clock.Now()})
		must(t, err)
		if none.Used[plan.SMSMessages] != 0 || none.PendingTexts != 0 {
			t.Errorf("nobody has %+v", none)
		}
	})
}

func TestAReminderIsGivenOnceAndOnlyForWhatIsOpenAndDue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		x := openTask(t, s, clock, ada.ID, clock.Now().Add(time.Hour))
		give := func() bool {
			t.Helper()
			read, err := s.TaskToRemind(t.Context(), x.ID)
			must(t, err)
			out := outboundText(clock, ada.ID, x.ID+"@1")
			ok, err := s.GiveReminder(t.Context(), phone.Given{Task: read, Text: &out, Jobs: []jobs.Job{jobs.New("send", out.ID, clock.Now())}})
			must(t, err)
			return ok
		}
		if give() {
			t.Error("given before it is due")
		}
		clock.Advance(time.Hour)
		if !give() || give() {
			t.Error("not given once")
		}
		if count(t, s, "jobs") != 1 {
			t.Errorf("%d jobs", count(t, s, "jobs"))
		}
		if _, err := s.TaskToRemind(t.Context(), "tsk_none"); fault.From(err).Kind != fault.NotFound {
			t.Errorf("no such task: %v", err)
		}
	})
}
