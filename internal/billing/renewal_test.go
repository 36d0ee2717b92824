package billing_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

func TestMonthsBeginOnTheDayOfTheFirstOrTheLastThereIs(t *testing.T) {
	t.Parallel()
	for _, days := range [][]string{
		{"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"},
		{"2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"},
		{"2028-02-29", "2028-03-29", "2028-04-29"},
		{"2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"},
	} {
		w := newWorld(t)
		w.until(at(days[0] + " 13:14:15"))
		u := w.subscriber("ada", plan.Secretary)
		for i := range days[1:] {
			start, end := at(days[i]+" 13:14:15"), at(days[i+1]+" 13:14:15")
			w.until(end.Add(-time.Second))
			if got := w.usage(u).Period; !got.Start.Equal(start) || !got.End.Equal(end) {
				t.Errorf("the period that ends %s is %v", days[i+1], got)
			}
			w.clock.Set(end) // by our own reckoning, before anybody tells us
			if got := w.usage(u).Period.Start; !got.Equal(end) {
				t.Errorf("on %s the period begins %v", days[i+1], got)
			}
			w.pass(2 * hour)
			if got := w.usage(u).Period.Start; !got.Equal(end) || len(w.invoices(u)) != i+2 {
				t.Errorf("on %s the period begins %v, with %d bills", days[i+1], got, len(w.invoices(u)))
			}
		}
		w.told("ada", "welcome ai_secretary")
		w.sound()
	}
}

func TestUsageCountsInThePeriodOfItsSecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.until(january.End.Add(-time.Second))
	w.use(u, plan.SMSMessages, 611)
	if l := w.line(u, plan.SMSMessages); l.Used != 611 {
		t.Errorf("a second before the end: %+v", l)
	}
	w.clock.Set(january.End)
	w.use(u, plan.SMSMessages, 722)
	if l := w.line(u, plan.SMSMessages); l.Used != 722 {
		t.Errorf("as the period begins: %+v", l)
	}
	w.until(at("2026-03-06 00:00:00"))
	list := w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 611, 500), secretary+over(plan.SMSMessages, 722, 500))
	for i, want := range []int64{0, 611, 722} {
		if _, n := lineSum(list[i], plan.SMSMessages); n != want {
			t.Errorf("bill %d is about %d texts, want %d", i, n, want)
		}
	}
	w.sound()
}

func TestUsageThatIsKnownLateIsOnTheOldBillForAnHourAndThenOnTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.until(january.End.Add(30 * time.Minute))
	w.useAt(u, plan.VoiceMinutes, 640, january.End.Add(-10*time.Minute)) // a call that was long
	w.until(january.End.Add(3 * hour))
	w.totals("ada", "paid", secretary, secretary+over(plan.VoiceMinutes, 640, 500))
	w.useAt(u, plan.VoiceMinutes, 570, january.End.Add(-5*time.Minute)) // known too late
	w.pass(hour)
	events, err := w.store.MeterEvents(t.Context(), billing.MeterSent, u.ID, 10)
	if err != nil || len(events) != 2 || events[0].Error != "" || events[1].Error != "late: counted at 2026-02-05T09:00:00Z" || !events[1].At.Equal(january.End) {
		t.Errorf("got %+v, %v", events, err)
	}
	w.until(at("2026-03-06 00:00:00"))
	w.totals("ada", "paid", secretary, secretary+over(plan.VoiceMinutes, 640, 500), secretary+over(plan.VoiceMinutes, 570, 500))
	w.sound()
}

func TestUsageThatCannotBeReportedInTimeIsOnTheNextBill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.until(january.End.Add(-hour))
	w.use(u, plan.SMSMessages, 650)
	w.fail = failOn("/v1/billing/meter_events")
	w.until(january.End.Add(2 * hour))
	w.totals("ada", "paid", secretary, secretary)
	w.fail = nil
	w.until(at("2026-03-06 00:00:00"))
	w.totals("ada", "paid", secretary, secretary, secretary+over(plan.SMSMessages, 650, 500))
	w.sound()
}

func TestABillIsTheLedgerRoundedHalfUpLineByLine(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t)
		users := map[string]plan.Tier{"ada": plan.Secretary, "bob": plan.Manager}
		people := map[string]account.User{}
		used := map[string]map[plan.Feature]int64{}
		for name, tier := range users {
			people[name], used[name] = w.subscriber(name, tier), map[plan.Feature]int64{}
		}
		for range 25 {
			w.clock.Advance(time.Duration(random.Int64N(int64(28 * hour))))
			for name, u := range people {
				f := []plan.Feature{plan.VoiceMinutes, plan.SMSMessages}[random.IntN(2)]
				n := random.Int64N(200)
				used[name][f] += n
				w.use(u, f, n)
			}
			w.settle()
		}
		for name, u := range people {
			p, _ := plan.Of(users[name])
			for _, f := range []plan.Feature{plan.VoiceMinutes, plan.SMSMessages} {
				if l := w.line(u, f); l.Used != used[name][f] || l.Cost != plan.MicroDollars(max(used[name][f]-p.Included[f], 0))*plan.UnitPrices[f] {
					t.Errorf("seed %d: the report of %s says %+v, used were %d", seed, name, l, used[name][f])
				}
			}
		}
		w.until(at("2026-02-06 00:00:00"))
		for name, price := range map[string]int64{"ada": secretary, "bob": manager} {
			p, _ := plan.Of(users[name])
			voice, texts := used[name][plan.VoiceMinutes], used[name][plan.SMSMessages]
			list := w.totals(name, "paid", price, price+over(plan.VoiceMinutes, voice, p.Included[plan.VoiceMinutes])+over(plan.SMSMessages, texts, p.Included[plan.SMSMessages]))
			w.adds(list...)
		}
		w.sound()
	}
}

func TestWhatIsUsedWithoutAPlanIsNobodysBill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	w.use(u, plan.SMSMessages, 900)
	w.pass(hour)
	u = w.buy(u, plan.Secretary, good)
	if l := w.line(u, plan.SMSMessages); l.Used != 0 {
		t.Errorf("it counts against the plan: %+v", l)
	}
	w.until(at("2026-02-06 00:00:00"))
	w.totals("ada", "paid", secretary, secretary)
	records, err := w.store.Usage(t.Context(), u.ID)
	if err != nil || len(records) != 1 || records[0].SubscriptionID != "" {
		t.Errorf("got %+v, %v", records, err)
	}
	w.sound()
}

func TestManyBillsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.until(at("2026-06-06 00:00:00"))
	var seen []string
	cursor := ""
	for {
		list, next, err := w.billing.Invoices(t.Context(), u, cursor, 4)
		w.must(err)
		for _, i := range list {
			seen = append(seen, i.IssuedAt.Format(time.DateOnly))
		}
		if cursor = next; next == "" {
			break
		}
	}
	if want := "[2026-06-05 2026-05-05 2026-04-05 2026-03-05 2026-02-05 2026-01-05]"; fmt.Sprint(seen) != want {
		t.Errorf("got %v, want %s", seen, want)
	}
	for _, wrong := range []string{"x", "_", "1_", "zz!_in_1"} {
		if _, _, err := w.billing.Invoices(t.Context(), u, wrong, 4); wrong != "1_" && err == nil {
			t.Errorf("the cursor %q was taken", wrong)
		}
	}
	if list, _, err := w.billing.Invoices(t.Context(), w.somebody("eve"), "", 4); err != nil || len(list) != 0 {
		t.Errorf("eve sees %+v, %v", list, err)
	}
}
