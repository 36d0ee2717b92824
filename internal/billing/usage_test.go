package billing_test

import (
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
)

func TestUsageWithoutAPlanIsCountedByTheCalendarMonthInUTC(t *testing.T) {
	t.Parallel()
	for moment, want := range map[string]string{
		"2026-02-01T00:00:00Z":          "2026-02-01 2026-03-01",
		"2026-01-31T23:59:59.999Z":      "2026-01-01 2026-02-01",
		"2026-12-31T23:00:00-05:00":     "2027-01-01 2027-02-01",
		"2026-12-15T12:00:00Z":          "2026-12-01 2027-01-01",
		"2028-02-29T12:00:00Z":          "2028-02-01 2028-03-01",
		"2026-03-01T00:30:00.000+02:00": "2026-02-01 2026-03-01",
	} {
		x, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		p := billing.Month(x)
		if got := p.Start.Format(time.DateOnly) + " " + p.End.Format(time.DateOnly); got != want || p.Start.Location() != time.UTC {
			t.Errorf("%s: got %s, want %s", moment, got, want)
		}
	}
}

func TestOverageCostsExactlyItsUnitsAtTheirPrice(t *testing.T) {
	t.Parallel()
	paying := plan.Entitlement{Tier: plan.Secretary, Billable: true}
	p, _ := plan.Of(plan.Secretary)
	for f, price := range map[plan.Feature]*big.Rat{
		plan.VoiceMinutes: big.NewRat(13, 1000), plan.SMSMessages: big.NewRat(8, 1000), plan.PhoneNumbers: big.NewRat(2, 1),
	} {
		for _, over := range []int64{0, 1, 3, 1234, 1_000_003} {
			for _, l := range billing.Lines(paying, map[plan.Feature]int64{f: p.Included[f] + over}) {
				if l.Feature != f {
					if l.Overage != 0 || l.Cost != 0 {
						t.Errorf("%s costs %d without use", l.Feature, l.Cost)
					}
					continue
				}
				want := new(big.Rat).Mul(price, big.NewRat(over, 1))
				if got := big.NewRat(int64(l.Cost), int64(plan.Dollar)); l.Overage != over || got.Cmp(want) != 0 || l.Remaining != 0 {
					t.Errorf("%s, %d over: %+v, want $%s", f, over, l, want.FloatString(6))
				}
			}
		}
	}
}

func TestUnlimitedHasNoOverage(t *testing.T) {
	t.Parallel()
	used := map[plan.Feature]int64{plan.SMSMessages: 1 << 40, plan.VoiceMinutes: 1 << 40, plan.PhoneNumbers: 12}
	for _, l := range billing.Lines(plan.Entitlement{Tier: plan.CTO, Billable: true}, used) {
		if l.Overage != 0 || l.Cost != 0 {
			t.Errorf("%+v", l)
		}
		if l.Feature != plan.PhoneNumbers && (l.Included != plan.Unlimited || l.Remaining != plan.Unlimited) {
			t.Errorf("%+v", l)
		}
	}
}

func TestTheReportHasEveryFeatureInItsOrderAndTheDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.hold(u, 1)
	w.use(u, plan.SMSMessages, 30)
	w.pass(2 * day)
	w.use(u, plan.VoiceMinutes, 700)
	w.use(u, plan.SMSMessages, 5)
	w.pass(8 * day)
	r := w.usage(u)
	var order []plan.Feature
	for _, l := range r.Features {
		order = append(order, l.Feature)
	}
	if fmt.Sprint(order) != fmt.Sprint(plan.Features) {
		t.Errorf("got %v", order)
	}
	voice := w.line(u, plan.VoiceMinutes)
	if voice.Overage != 200 || voice.Cost != 200*13_000 || voice.Projected != (700*31/10-500)*13_000 {
		t.Errorf("got %+v", voice)
	}
	if l := w.line(u, plan.PhoneNumbers); l.Used != 1 || l.Included != 1 {
		t.Errorf("got %+v", l)
	}
	var days []string
	for _, d := range r.Days {
		days = append(days, fmt.Sprint(d.Date.Format(time.DateOnly), " ", d.Used[plan.VoiceMinutes], " ", d.Used[plan.SMSMessages]))
	}
	if fmt.Sprint(days) != "[2026-01-05 0 30 2026-01-07 700 5]" {
		t.Errorf("got %v", days)
	}
}

func TestPeopleAreToldOfEachPartOnceAPeriodAndOnlyOfTheHighest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	want := []string{"welcome ai_secretary"}
	for _, step := range []struct {
		n    int64
		told string
	}{{249, ""}, {1, "50%"}, {100, ""}, {50, "80%"}, {99, ""}, {1, "100%"}, {1, ""}} {
		w.use(u, plan.SMSMessages, step.n)
		w.pass(10 * time.Minute)
		if step.told != "" {
			want = append(want, "sms_messages "+step.told)
		}
		w.told("ada", want...)
	}
	w.use(u, plan.VoiceMinutes, 410) // past the half, too
	w.pass(10 * time.Minute)
	w.told("ada", append(want, "voice_minutes 80%")...)
	w.until(january.End.Add(hour))
	w.use(u, plan.VoiceMinutes, 260)
	w.pass(10 * time.Minute)
	w.told("ada", append(want, "voice_minutes 80%", "voice_minutes 50%")...)
	w.sound()
}

// text is a text that the carrier has taken.
func (w *world) text(u account.User, sid string) phone.Text {
	w.Helper()
	now := w.clock.Now()
	in := phone.Text{
		ID: id.New(id.Message, now), UserID: u.ID, Direction: phone.Inbound, From: "+14155550123", To: "+18335550111", Body: "hello",
		Segments: 1, Kind: phone.KindText, State: phone.Received, ProviderSID: "SMin" + sid, CreatedAt: now,
	}
	_, err := w.store.ReceiveText(w.Context(), phone.Arrival{Text: in})
	w.must(err)
	out := phone.Text{
		ID: id.New(id.Message, now), UserID: u.ID, Direction: phone.Outbound, From: in.To, To: in.From, Body: "hello yourself",
		Segments: 2, Kind: phone.KindText, State: phone.Queued, InReplyTo: in.ID, CreatedAt: now,
	}
	w.must(w.store.AnswerText(w.Context(), phone.Answer{MessageID: in.ID, UserID: u.ID, Reply: &out}))
	w.must(w.store.ReportText(w.Context(), phone.Report{MessageID: out.ID, SID: sid, State: phone.Sent}))
	return out
}

func TestATextThatDidNotArriveIsTakenBackFromItsBill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.SMSMessages, 600)
	lost := phone.Report{SID: "SM1", State: phone.Undelivered}
	w.text(u, "SM1")
	w.must(w.store.ReportText(t.Context(), lost)) // before anybody was told of it
	w.pass(time.Minute * 10)
	w.text(u, "SM2")
	w.text(u, "SM3")
	w.pass(time.Minute * 10)
	if l := w.line(u, plan.SMSMessages); l.Used != 602 {
		t.Errorf("got %+v", l)
	}
	lost.SID = "SM2"
	for range 3 {
		w.must(w.store.ReportText(t.Context(), lost)) // after that, and again and again
	}
	w.pass(day)
	if l := w.line(u, plan.SMSMessages); l.Used != 601 {
		t.Errorf("got %+v", l)
	}
	w.until(at("2026-02-06 00:00:00"))
	list := w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 601, 500))
	if _, n := lineSum(list[1], plan.SMSMessages); n != 601 {
		t.Errorf("%d texts are billed", n)
	}
	w.sound()
}

func TestATextThatTurnsOutLostAfterItsBillIsTakenOffTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.until(january.End.Add(-hour))
	w.text(u, "SM1")
	w.until(january.End.Add(5 * hour))
	w.must(w.store.ReportText(t.Context(), phone.Report{SID: "SM1", State: phone.Undelivered}))
	w.pass(hour)
	w.until(at("2026-03-06 00:00:00"))
	w.totals("ada", "paid", secretary, secretary, secretary)
	w.sound()
}

func TestWhatIsOnItsWayIsTakenForUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.grant(w.somebody("ada"), plan.Secretary, "")
	w.use(u, plan.SMSMessages, 498)
	now := w.clock.Now()
	in := phone.Text{
		ID: id.New(id.Message, now), UserID: u.ID, Direction: phone.Inbound, From: "+14155550123", To: "+18335550111", Body: "hello",
		Segments: 1, Kind: phone.KindText, State: phone.Received, ProviderSID: "SMin", CreatedAt: now,
	}
	_, err := w.store.ReceiveText(t.Context(), phone.Arrival{Text: in})
	w.must(err)
	out := phone.Text{
		ID: id.New(id.Message, now), UserID: u.ID, Direction: phone.Outbound, From: in.To, To: in.From, Body: "hello yourself",
		Segments: 2, Kind: phone.KindText, State: phone.Queued, InReplyTo: in.ID, CreatedAt: now,
	}
	w.must(w.store.AnswerText(t.Context(), phone.Answer{MessageID: in.ID, UserID: u.ID, Reply: &out}))
	if l, err := w.billing.Check(t.Context(), u, plan.SMSMessages); err != nil || !l.Allowed || l.Remaining != 1 {
		t.Errorf("by texts: %+v, %v", l, err)
	}
	bySegment := w.service(func(o *billing.Options) { o.SMSBilling = billing.BySegment })
	if l, err := bySegment.Check(t.Context(), u, plan.SMSMessages); err != nil || l.Allowed || l.Remaining != 0 {
		t.Errorf("by segments: %+v, %v", l, err)
	}
	if l, err := w.billing.Check(t.Context(), u, plan.VoiceMinutes); err != nil || l.Remaining != 500 {
		t.Errorf("another feature: %+v, %v", l, err)
	}
}

func TestWhatIsHeldIsSettledReleasedOrExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.grant(w.somebody("ada"), plan.Secretary, "") // so that there is no overage
	reserve := func(n int64, key string) error {
		return w.billing.Reserve(t.Context(), u, plan.VoiceMinutes, n, key, hour)
	}
	w.must(reserve(300, "call:1"))
	w.must(reserve(300, "call:1")) // the same again
	w.code(reserve(201, "call:2"), billing.CodeUpgrade)
	w.must(reserve(200, "call:2"))
	w.refused(u, plan.VoiceMinutes, billing.CodeUpgrade)
	w.code(w.billing.Extend(t.Context(), u, plan.VoiceMinutes, 301, "call:1", hour), billing.CodeUpgrade)

	w.must(w.billing.Release(t.Context(), "call:2"))
	w.must(w.billing.Extend(t.Context(), u, plan.VoiceMinutes, 400, "call:1", 2*hour))
	w.must(w.billing.Settle(t.Context(), w.record(u, plan.VoiceMinutes, 120, w.clock.Now(), "call:1")))
	w.must(w.billing.Settle(t.Context(), w.record(u, plan.VoiceMinutes, 999, w.clock.Now(), "call:1")))
	if l := w.line(u, plan.VoiceMinutes); l.Used != 120 {
		t.Errorf("got %+v", l)
	}
	w.must(reserve(380, "call:3"))
	w.refused(u, plan.VoiceMinutes, billing.CodeUpgrade)
	w.clock.Advance(hour + time.Second)
	w.may(u, plan.VoiceMinutes)
	w.must(reserve(380, "call:4"))
	w.must(w.billing.Settle(t.Context(), w.record(u, plan.VoiceMinutes, 5, w.clock.Now(), "call:3"))) // it had expired, and was used
	if l := w.line(u, plan.VoiceMinutes); l.Used != 125 {
		t.Errorf("got %+v", l)
	}
	w.sound()
}

func TestManyAtOnceNeverHoldMoreThanThereIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	_, err := w.billing.SetCap(t.Context(), u, plan.Cap{Limit: plan.Dollar, Chosen: true})
	w.must(err)
	u = w.again(u)
	var all sync.WaitGroup
	var mu sync.Mutex
	held := 0
	for n := range 24 {
		all.Go(func() {
			err := w.billing.Reserve(t.Context(), u, plan.VoiceMinutes, 50, fmt.Sprintf("call:%d", n), hour)
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				held++
			} else if got := w.codeOf(err); got != billing.CodeCapped {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	// 500 are included, and a dollar is worth 76 more.
	if held != 11 {
		t.Errorf("%d of 50 minutes are held, want 11", held)
	}
}
