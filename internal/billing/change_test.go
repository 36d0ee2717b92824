package billing_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// january is the first period of everybody who buys when a world begins.
var january = billing.Period{Start: at("2026-01-05 09:00:00"), End: at("2026-02-05 09:00:00")}

// upgraded is what moving from AI Secretary to AI Project Manager costs at a moment in
// January, without overage.
func upgraded(when time.Time) int64 {
	left, whole := january.End.Sub(when), january.End.Sub(january.Start)
	return part(manager, left, whole) - part(secretary, left, whole)
}

func TestAHigherPlanBeginsAtOnceAndCostsTheRestOfThePeriod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.pass(3 * day)
	w.use(u, plan.SMSMessages, 607)
	w.use(u, plan.VoiceMinutes, 733)
	w.until(at("2026-01-15 17:23:11"))
	u = w.change(u, plan.Manager)
	w.on(u, plan.Manager)
	old := over(plan.SMSMessages, 607, 500) + over(plan.VoiceMinutes, 733, 500)
	list := w.totals("ada", "paid", secretary, upgraded(w.clock.Now())+old)
	w.adds(list...)

	report := w.usage(u)
	earlier := plan.MicroDollars(107*8_000 + 233*13_000)
	if report.Earlier != earlier || report.Cost() != earlier || report.Period != january {
		t.Errorf("got %+v", report)
	}
	for _, f := range []plan.Feature{plan.SMSMessages, plan.VoiceMinutes} {
		if l := w.line(u, f); l.Used != 0 || l.Included != 2000 || l.Remaining != 2000 || l.Overage != 0 {
			t.Errorf("the allowance does not begin anew: %+v", l)
		}
	}
	spans, err := w.store.Spans(t.Context(), u.Subscription.ID, january)
	if err != nil || len(spans) != 2 || spans[0].Tier != plan.Secretary || spans[1].Tier != plan.Manager || !spans[1].Start.Equal(w.clock.Now()) {
		t.Errorf("spans: %+v, %v", spans, err)
	}

	w.use(u, plan.SMSMessages, 2111)
	w.pass(day)
	if got, want := w.usage(u).Cost(), earlier+111*8_000; got != want {
		t.Errorf("the period's overage is %d, want %d", got, want)
	}
	w.until(at("2026-02-06 00:00:00"))
	w.adds(w.totals("ada", "paid", secretary, list[1].Total, manager+over(plan.SMSMessages, 2111, 2000))...)
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "voice_minutes 100%", "moved ai_project_manager", "sms_messages 100%")
	w.sound()
}

func TestAQuoteHoldsForAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.until(at("2026-01-20 10:00:00"))
	w.use(u, plan.SMSMessages, 700) // which nobody has reported yet
	w.clock.Advance(time.Second)
	p, err := w.billing.Preview(t.Context(), w.again(u), plan.Manager)
	w.must(err)
	if want := upgraded(w.clock.Now()) + over(plan.SMSMessages, 700, 500); !p.Now || p.Quote.Now != want || p.Quote.Renewal != manager {
		t.Errorf("the quote is %+v, want %d now", p.Quote, want)
	}
	w.totals("ada", "paid", secretary) // asking costs nothing

	w.pass(14 * time.Minute)
	for _, wrong := range []time.Time{w.clock.Now().Add(time.Second), p.Quote.At.Add(-2 * time.Minute)} {
		_, err := w.billing.Change(t.Context(), w.again(u), billing.ChangeRequest{Tier: plan.Manager, At: wrong})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("at %v: got %v", wrong, err)
		}
	}
	_, err = w.billing.Change(t.Context(), w.again(u), billing.ChangeRequest{Tier: plan.Manager, At: p.Quote.At})
	w.must(err)
	w.settle()
	w.on(u, plan.Manager)
	w.totals("ada", "paid", secretary, p.Quote.Now)
	if got := w.again(u).Subscription.Since; !got.Equal(w.clock.Now()) {
		t.Errorf("the allowance counts since %v, want now: %v", got, w.clock.Now())
	}
	w.until(at("2026-02-06 00:00:00"))
	w.sound()
}

func TestWhatIsUsedAfterAQuoteIsTheOldPlansUntilTheChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.until(at("2026-01-20 10:00:00"))
	p, err := w.billing.Preview(t.Context(), w.again(u), plan.Manager)
	w.must(err)
	w.pass(5 * time.Minute)
	w.use(u, plan.VoiceMinutes, 600)
	w.pass(5 * time.Minute)
	_, err = w.billing.Change(t.Context(), w.again(u), billing.ChangeRequest{Tier: plan.Manager, At: p.Quote.At})
	w.must(err)
	w.use(u, plan.VoiceMinutes, 300) // in the very second of the change
	w.settle()
	w.totals("ada", "paid", secretary, p.Quote.Now+over(plan.VoiceMinutes, 600, 500))
	if l := w.line(u, plan.VoiceMinutes); l.Used != 300 {
		t.Errorf("got %+v", l)
	}
	w.until(at("2026-02-06 00:00:00"))
	list := w.totals("ada", "paid", secretary, p.Quote.Now+over(plan.VoiceMinutes, 600, 500), manager)
	if _, n := lineSum(list[2], plan.VoiceMinutes); n != 300 {
		t.Errorf("the new plan is billed %d minutes", n)
	}
	w.sound()
}

func TestAnUpgradeThatIsDeclinedChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.SMSMessages, 600)
	w.pass(day)
	w.failCards(u, true)
	before := w.again(u)
	quote, err := w.billing.Preview(t.Context(), before, plan.Manager)
	w.must(err)
	wish := billing.ChangeRequest{Tier: plan.Manager, At: quote.Quote.At}
	_, err = w.billing.Change(t.Context(), before, wish)
	if f := w.code(err, "payment_declined"); f.Kind != fault.Upgrade {
		t.Errorf("got %+v", f)
	}
	w.settle()
	if after := w.on(u, plan.Secretary); after.Subscription != before.Subscription {
		t.Errorf("got %+v, want %+v", after.Subscription, before.Subscription)
	}
	if l := w.line(u, plan.SMSMessages); l.Used != 600 {
		t.Errorf("got %+v", l)
	}
	w.totals("ada", "paid", secretary)
	w.told("ada", "welcome ai_secretary", "sms_messages 100%")
	w.pass(time.Minute)
	w.failCards(u, false) // another card, and the quote still holds
	_, err = w.billing.Change(t.Context(), w.again(u), wish)
	w.must(err)
	w.settle()
	w.on(u, plan.Manager)
	w.totals("ada", "paid", secretary, quote.Quote.Now)
	w.sound()
}

func TestAnUpgradeThatTheBankAsksAboutIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.buy(w.somebody("ada"), plan.Secretary, "4000002760003184")
	_, err := w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager})
	w.code(err, "payment_declined")
	w.settle()
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", secretary)
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestAnUpgradeWhoseAnswerIsLostIsDoneOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.pass(2 * day)
	w.loseAnswer("POST", "/v1/subscriptions/")
	after, err := w.billing.Change(t.Context(), w.again(u), billing.ChangeRequest{Tier: plan.Manager})
	w.must(err)
	if after.Subscription.Tier != plan.Manager {
		t.Errorf("got %+v", after.Subscription)
	}
	w.settle()
	_, err = w.billing.Change(t.Context(), after, billing.ChangeRequest{Tier: plan.Manager})
	w.code(err, "same_plan")
	w.totals("ada", "paid", secretary, upgraded(w.clock.Now()))
	w.told("ada", "welcome ai_secretary", "moved ai_project_manager")
	w.sound()
}

func TestAnUpgradeThatIsWishedForManyTimesAtOnceIsPaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.pass(2 * day)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			_, err := w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager})
			if err != nil && fault.From(err).Code != "same_plan" && !fault.Is(err, fault.Unavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	w.settle()
	w.on(u, plan.Manager)
	w.totals("ada", "paid", secretary, upgraded(w.clock.Now()))
	w.told("ada", "welcome ai_secretary", "moved ai_project_manager")
	w.sound()
}

func TestALowerPlanBeginsWithTheNextPeriod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Manager)
	w.pass(4 * day)
	u = w.change(u, plan.Secretary)
	if sub := u.Subscription; sub.Next != plan.Secretary || !sub.NextAt.Equal(january.End) || sub.Tier != plan.Manager {
		t.Errorf("got %+v", sub)
	}
	w.use(u, plan.SMSMessages, 2050)
	w.until(january.End.Add(-time.Second))
	w.on(u, plan.Manager)
	w.told("ada", "welcome ai_project_manager", "moves ai_secretary", "sms_messages 100%")
	w.until(january.End.Add(2 * hour))
	w.on(u, plan.Secretary)
	w.adds(w.totals("ada", "paid", manager, secretary+over(plan.SMSMessages, 2050, 2000))...)
	if l := w.line(u, plan.SMSMessages); l.Used != 0 || l.Included != 500 {
		t.Errorf("got %+v", l)
	}
	w.use(u, plan.SMSMessages, 501)
	w.until(at("2026-03-06 00:00:00"))
	w.totals("ada", "paid", manager, secretary+over(plan.SMSMessages, 2050, 2000), secretary+over(plan.SMSMessages, 501, 500))
	if sub := w.again(u).Subscription; sub.Next != "" {
		t.Errorf("something is still to come: %+v", sub)
	}
	w.told("ada", "welcome ai_project_manager", "moves ai_secretary", "moved ai_secretary", "sms_messages 100%", "sms_messages 100%")
	w.sound()
}

func TestALowerPlanCanBeTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Manager)
	w.change(u, plan.Secretary)
	w.pass(day)
	u = w.change(u, plan.Manager)
	if u.Subscription.Next != "" || !u.Subscription.NextAt.IsZero() {
		t.Errorf("got %+v", u.Subscription)
	}
	w.until(at("2026-02-06 00:00:00"))
	w.on(u, plan.Manager)
	w.totals("ada", "paid", manager, manager)
	w.told("ada", "welcome ai_project_manager", "moves ai_secretary")
	w.sound()
}

func TestWhoWantedALowerPlanMayEndAltogetherAndTheOtherWayRound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Manager)
	w.change(u, plan.Secretary)
	u = w.change(u, plan.Buddy)
	if sub := u.Subscription; sub.Next != "" || !sub.EndsAt.Equal(january.End) {
		t.Errorf("it is to end, and is %+v", sub)
	}
	w.pass(hour)
	u = w.change(u, plan.Secretary)
	if sub := u.Subscription; sub.Next != plan.Secretary || !sub.EndsAt.IsZero() {
		t.Errorf("it is to go on, and is %+v", sub)
	}
	w.until(at("2026-02-06 00:00:00"))
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", manager, secretary)
	if w.letters.count("ended ai_project_manager", "ada") != 0 || w.letters.count("moved ai_secretary", "ada") != 1 {
		t.Errorf("letters: %v", w.letters.sent)
	}
	w.sound()
}

func TestWhoWantedToEndMayTakeAHigherPlanInstead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.change(u, plan.Buddy)
	w.pass(3 * day)
	u = w.change(u, plan.Manager)
	w.on(u, plan.Manager)
	if !u.Subscription.EndsAt.IsZero() {
		t.Errorf("it still ends: %+v", u.Subscription)
	}
	change := upgraded(w.clock.Now())
	w.until(at("2026-02-06 00:00:00"))
	w.on(u, plan.Manager)
	w.totals("ada", "paid", secretary, change, manager)
	w.told("ada", "welcome ai_secretary", "moved ai_project_manager")
	w.sound()
}

func TestAPlanEndsWithItsPeriodUnlessThatIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.pass(day)
	u = w.change(u, plan.Buddy)
	if !u.Subscription.EndsAt.Equal(january.End) {
		t.Errorf("got %+v", u.Subscription)
	}
	w.on(u, plan.Secretary)
	if u = w.change(u, plan.Secretary); !u.Subscription.EndsAt.IsZero() {
		t.Errorf("taken back, it is %+v", u.Subscription)
	}
	w.until(at("2026-02-10 00:00:00"))
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", secretary, secretary)

	w.change(u, plan.Buddy)
	w.use(u, plan.SMSMessages, 660)
	end := at("2026-03-05 09:00:00")
	w.until(end.Add(-time.Second))
	w.may(u, plan.SMSMessages)
	w.clock.Set(end) // nobody has told us anything yet
	w.on(u, plan.Buddy)
	w.refused(u, plan.SMSMessages, billing.CodeUpgrade)
	w.pass(3 * hour)
	w.on(u, plan.Buddy)
	w.use(u, plan.SMSMessages, 40) // on nobody's bill
	w.until(at("2026-04-20 00:00:00"))
	last := w.totals("ada", "paid", secretary, secretary, over(plan.SMSMessages, 660, 500))
	if _, n := lineSum(last[2], plan.SMSMessages); n != 660 {
		t.Errorf("the last bill is about %d texts", n)
	}
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "ended ai_secretary")
	w.sound()
}

func TestAPlanThatIsCancelledAtTheDashboardEndsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.pass(2 * day)
	w.use(u, plan.VoiceMinutes, 900)
	w.pass(hour)
	w.must(w.box.CancelNow(w.again(u).Subscription.ID))
	w.settle()
	w.on(u, plan.Buddy)
	w.refused(u, plan.VoiceMinutes, billing.CodeUpgrade)
	if l := w.line(u, plan.VoiceMinutes); l.Overage != 0 || l.Cost != 0 {
		t.Errorf("it is still to be paid: %+v", l)
	}
	w.until(at("2026-03-01 00:00:00"))
	w.totals("ada", "paid", secretary) // Stripe makes no last bill of its own accord
	w.told("ada", "welcome ai_secretary", "voice_minutes 100%", "ended ai_secretary")
	w.buy(w.again(u), plan.Manager, good)
	w.on(u, plan.Manager)
	w.told("ada", "welcome ai_secretary", "voice_minutes 100%", "ended ai_secretary", "welcome ai_project_manager")
	w.sound()
}

func TestPlansThatCannotBeChangedTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u, bob := w.subscriber("ada", plan.Secretary), w.somebody("bob")
	for _, c := range []struct {
		who  account.User
		tier plan.Tier
		code string
	}{
		{u, plan.Secretary, "same_plan"}, {u, plan.CTO, "contact_sales"}, {u, "ai_emperor", "invalid_request"},
		{bob, plan.Manager, "not_subscribed"}, {bob, plan.Buddy, "not_subscribed"},
	} {
		_, err := w.billing.Change(t.Context(), c.who, billing.ChangeRequest{Tier: c.tier})
		w.code(err, c.code)
	}
	w.settle()
	w.totals("ada", "paid", secretary)
	w.told("ada", "welcome ai_secretary")
}

func TestAPlanIsChangedByWhatItIsAndNotByWhatWasLastKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.must(w.box.CancelNow(u.Subscription.ID))
	w.take() // nobody tells us
	_, err := w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager})
	w.code(err, "not_subscribed")
	w.on(u, plan.Buddy)
}

func TestWhatAChangeWouldTakeAwayIsSaidBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Manager)
	for n := range 3 {
		w.hold(u, n)
	}
	codes := func(tier plan.Tier) (list []string) {
		p, err := w.billing.Preview(t.Context(), w.again(u), tier)
		w.must(err)
		for _, l := range p.Lost {
			list = append(list, l.Code)
		}
		if p.Now || !p.At.Equal(january.End) || p.Quote.Now != 0 {
			t.Errorf("%s: got %+v", tier, p)
		}
		return list
	}
	if got := codes(plan.Secretary); len(got) != 2 || got[0] != "numbers" || got[1] != "memory" {
		t.Errorf("to AI Secretary: %v", got)
	}
	if got := codes(plan.Buddy); len(got) != 4 || got[0] != "numbers" {
		t.Errorf("to AI Buddy: %v", got)
	}
	p, err := w.billing.Preview(t.Context(), w.somebody("bob"), plan.Manager)
	if err != nil || !p.Now || p.Quote.Now != manager || p.Quote.Renewal != manager || len(p.Lost) != 0 {
		t.Errorf("of somebody without a plan: %+v, %v", p, err)
	}
	w.totals("ada", "paid", manager)
	w.on(u, plan.Manager)
}

func TestAChangeIsNotBegunWhileUsageCannotBeReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.SMSMessages, 700)
	w.clock.Advance(time.Second) // what is used in the second of a change is the new plan's
	w.fail = func(r *http.Request) error {
		if r.URL.Path == "/v1/billing/meter_events" {
			return errLost
		}
		return nil
	}
	_, err := w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager})
	w.code(err, "payments_unavailable")
	w.on(u, plan.Secretary)
	w.fail = nil
	w.pass(hour)
	w.change(u, plan.Manager)
	w.totals("ada", "paid", secretary, upgraded(w.clock.Now())+over(plan.SMSMessages, 700, 500))
	w.sound()
}
