package billing_test

import (
	"net/url"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/stripe"
)

// trial is when a trial of two weeks ends that began with the world.
var trial = at("2026-01-19 09:00:00")

// trying is somebody who tries a plan for two weeks.
func trying(t *testing.T, card string) (*world, account.User) {
	w := newWorld(t, func(o *stripe.Options) { o.TrialDays = 14 })
	u := w.buy(w.somebody("ada"), plan.Secretary, card)
	if sub := w.on(u, plan.Secretary).Subscription; sub.Status != plan.Trialing || !sub.TrialEnd.Equal(trial) {
		t.Fatalf("got %+v", sub)
	}
	w.totals("ada", "paid", 0)
	return w, u
}

func TestATrialIsFreeEndsWithItsAllowanceAndIsPaidForAfterwards(t *testing.T) {
	t.Parallel()
	w, u := trying(t, good)
	w.use(u, plan.SMSMessages, 499)
	w.may(u, plan.SMSMessages)
	w.use(u, plan.SMSMessages, 1)
	w.refused(u, plan.SMSMessages, billing.CodeUpgrade)
	w.use(u, plan.SMSMessages, 99) // on their way when it was used up
	if l := w.line(u, plan.SMSMessages); l.Overage != 0 || l.Cost != 0 || l.Remaining != 0 {
		t.Errorf("got %+v", l)
	}
	w.until(trial.Add(-3*day - time.Second))
	w.told("ada", "welcome ai_secretary", "sms_messages 100%")
	w.until(trial.Add(-3 * day))
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "trial ends")
	w.until(trial.Add(2 * hour))
	if sub := w.on(u, plan.Secretary).Subscription; sub.Status != plan.Active {
		t.Errorf("got %+v", sub)
	}
	w.may(u, plan.SMSMessages)
	if l := w.line(u, plan.SMSMessages); l.Used != 0 {
		t.Errorf("the trial counts against the first month: %+v", l)
	}
	w.totals("ada", "paid", 0, secretary)
	w.use(u, plan.SMSMessages, 700)
	w.until(at("2026-02-20 00:00:00"))
	w.totals("ada", "paid", 0, secretary, secretary+over(plan.SMSMessages, 700, 500))
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "trial ends", "sms_messages 100%")
	w.sound()
}

func TestATrialThatIsCancelledCostsNothing(t *testing.T) {
	t.Parallel()
	w, u := trying(t, good)
	w.use(u, plan.SMSMessages, 600)
	w.pass(2 * day)
	u = w.change(u, plan.Buddy)
	if !u.Subscription.EndsAt.Equal(trial) {
		t.Errorf("got %+v", u.Subscription)
	}
	w.on(u, plan.Secretary)
	w.until(trial)
	w.on(u, plan.Buddy)
	w.until(at("2026-03-01 00:00:00"))
	w.totals("ada", "paid", 0)
	if n := len(w.box.Charges()); n != 0 {
		t.Errorf("%d charges", n)
	}
	if w.letters.count("ended ai_secretary", "ada") != 1 || w.letters.count("owed", "ada") != 0 {
		t.Errorf("letters: %v", w.letters.sent)
	}

	u = w.buy(u, plan.Secretary, good) // and there is no second trial
	if sub := u.Subscription; sub.Status != plan.Active {
		t.Errorf("got %+v", sub)
	}
	w.totals("ada", "paid", 0, secretary)
	w.sound()
}

func TestATrialWhoseCardFailsAtItsEndIsOwed(t *testing.T) {
	t.Parallel()
	w, u := trying(t, failsLater)
	w.until(trial.Add(hour))
	u = w.on(u, plan.Secretary)
	if sub := u.Subscription; sub.Status != plan.PastDue || !sub.OwedSince.Equal(trial.Add(hour)) {
		t.Errorf("got %+v", sub)
	}
	w.told("ada", "welcome ai_secretary", "trial ends", "owed")
	w.until(trial.Add(hour + 3*day))
	w.on(u, plan.Buddy)
	w.told("ada", "welcome ai_secretary", "trial ends", "owed", "owed again", "on hold")
	w.settleDebt(u)
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", 0, secretary)
	w.sound()
}

func TestAHigherPlanInATrialIsTriedToo(t *testing.T) {
	t.Parallel()
	w, u := trying(t, good)
	w.use(u, plan.VoiceMinutes, 600)
	w.pass(2 * day)
	p, err := w.billing.Preview(t.Context(), w.again(u), plan.Manager)
	if err != nil || p.Quote.Now != 0 || p.Quote.Renewal != manager {
		t.Errorf("got %+v, %v", p.Quote, err)
	}
	u = w.change(u, plan.Manager)
	w.on(u, plan.Manager)
	if u.Subscription.Status != plan.Trialing || !u.Subscription.TrialEnd.Equal(trial) {
		t.Errorf("got %+v", u.Subscription)
	}
	w.until(trial.Add(2 * hour))
	w.totals("ada", "paid", 0, manager)
	w.sound()
}

func TestACouponIsTakenOffEveryPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *stripe.Options) { o.Coupon, o.PromotionCodes = "LAUNCH", true })
	w.ask("POST", "/v1/coupons", url.Values{"id": {"LAUNCH"}, "percent_off": {"25"}, "duration": {"forever"}})
	u := w.buy(w.somebody("ada"), plan.Secretary, good)
	w.use(u, plan.VoiceMinutes, 777)
	w.until(at("2026-02-06 00:00:00"))
	overage := over(plan.VoiceMinutes, 777, 500)
	w.totals("ada", "paid", part(secretary, 3, 4), part(secretary, 3, 4)+overage-part(overage, 1, 4))
	w.sound()
}

func TestACouponThatCountsOnceIsTakenOffTheFirstBill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *stripe.Options) { o.Coupon = "TEN" })
	w.ask("POST", "/v1/coupons", url.Values{"id": {"TEN"}, "amount_off": {"1000"}, "currency": {"usd"}, "duration": {"once"}})
	u := w.buy(w.somebody("ada"), plan.Secretary, good)
	w.until(at("2026-02-06 00:00:00"))
	w.totals("ada", "paid", secretary-1000, secretary)
	w.on(u, plan.Secretary)
	w.sound()
}

func TestAPromotionCodeIsGivenOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *stripe.Options) { o.PromotionCodes = true })
	w.ask("POST", "/v1/coupons", url.Values{"id": {"all"}, "percent_off": {"100"}, "duration": {"once"}})
	w.ask("POST", "/v1/promotion_codes", url.Values{"promotion[type]": {"coupon"}, "promotion[coupon]": {"all"}, "code": {"FRIENDS"}})
	u := w.somebody("ada")
	c := w.order(u, plan.Secretary)
	w.page(c.URL, "code", "code", "FRIENDS")
	w.pay(c, good)
	w.settle()
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", 0)
	w.until(at("2026-02-06 00:00:00"))
	w.totals("ada", "paid", 0, secretary)
	w.told("ada", "welcome ai_secretary")
	w.sound()
}
