package billing_test

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// caps lets somebody choose a cap.
func (w *world) caps(u account.User, limit plan.MicroDollars, soft bool) {
	w.Helper()
	got, err := w.billing.SetCap(w.Context(), w.again(u), plan.Cap{Limit: limit, Soft: soft, Chosen: true})
	w.must(err)
	if c := w.billing.Cap(got); c.Limit != limit || c.Soft != soft || !c.Chosen {
		w.Errorf("got %+v", c)
	}
}

func TestTheCapIsTwiceThePriceUnlessSomebodyChooses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	if c := w.billing.Cap(u); c != (plan.Cap{Limit: 80 * plan.Dollar}) {
		t.Errorf("got %+v", c)
	}
	w.use(u, plan.VoiceMinutes, 500+6153) // $79.989
	w.may(u, plan.SMSMessages)
	w.refused(u, plan.VoiceMinutes, billing.CodeCapped)
	w.use(u, plan.SMSMessages, 500)
	w.may(u, plan.SMSMessages) // $79.997
	w.use(u, plan.SMSMessages, 1)
	w.refused(u, plan.SMSMessages, billing.CodeCapped)
	w.may(u, plan.PhoneNumbers) // which are not under the cap
	w.pass(10 * time.Minute)
	w.told("ada", "welcome ai_secretary", "voice_minutes 100%", "sms_messages 100%", "cap 80%")

	w.caps(u, 100*plan.Dollar, false)
	w.may(u, plan.VoiceMinutes, plan.SMSMessages)
	w.use(u, plan.VoiceMinutes, 1538)
	w.refused(u, plan.VoiceMinutes, billing.CodeCapped)
	w.pass(10 * time.Minute)
	if w.letters.count("cap 80%", "ada") != 2 || w.letters.count("cap 100%", "ada") != 0 {
		t.Errorf("letters: %v", w.letters.sent)
	}

	got, err := w.billing.SetCap(t.Context(), w.again(u), plan.Cap{Limit: 5 * plan.Dollar, Soft: true}) // not chosen: the plan's
	w.must(err)
	if c := w.billing.Cap(got); c != (plan.Cap{Limit: 80 * plan.Dollar}) || got.SpendingCap != (plan.Cap{}) {
		t.Errorf("back to the plan's: %+v, stored is %+v", c, got.SpendingCap)
	}
	w.refused(u, plan.SMSMessages, billing.CodeCapped)
	w.until(january.End.Add(2 * hour))
	w.may(u, plan.SMSMessages, plan.VoiceMinutes)
	w.totals("ada", "paid", secretary, secretary+over(plan.VoiceMinutes, 500+6153+1538, 500)+over(plan.SMSMessages, 501, 500))
	w.sound()
}

func TestASoftCapTellsAndLetsPeopleGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.caps(u, 10*plan.Dollar, true)
	w.use(u, plan.SMSMessages, 500+625)
	w.pass(10 * time.Minute)
	w.use(u, plan.SMSMessages, 625)
	w.pass(10 * time.Minute)
	w.may(u, plan.SMSMessages)
	w.use(u, plan.SMSMessages, 5000)
	w.may(u, plan.SMSMessages)
	if err := w.billing.Reserve(t.Context(), w.again(u), plan.VoiceMinutes, 2000, "call:1", hour); err != nil {
		t.Errorf("got %v", err)
	}
	w.pass(10 * time.Minute)
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "cap 50%", "cap 100%")
	w.until(january.End.Add(2 * hour))
	w.use(u, plan.SMSMessages, 500+1000)
	w.pass(10 * time.Minute)
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "cap 50%", "cap 100%", "sms_messages 100%", "cap 80%")
	w.sound()
}

func TestACapOfNothingLeavesTheAllowance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.caps(u, 0, false)
	w.use(u, plan.VoiceMinutes, 499)
	w.may(u, plan.VoiceMinutes)
	w.use(u, plan.VoiceMinutes, 1)
	w.refused(u, plan.VoiceMinutes, billing.CodeCapped)
	w.may(u, plan.SMSMessages)
	w.code(w.billing.Reserve(t.Context(), w.again(u), plan.VoiceMinutes, 1, "call:1", hour), billing.CodeCapped)
	w.must(w.billing.Reserve(t.Context(), w.again(u), plan.SMSMessages, 500, "text:1", hour))
	w.code(w.billing.Reserve(t.Context(), w.again(u), plan.SMSMessages, 1, "text:2", hour), billing.CodeCapped)
	w.pass(10 * time.Minute)
	w.told("ada", "welcome ai_secretary", "voice_minutes 100%") // and nothing of a cap
	w.until(january.End.Add(2 * hour))
	w.totals("ada", "paid", secretary, secretary)
	w.sound()
}

func TestTheCapIsOverBothPlansOfAPeriod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.caps(u, 20*plan.Dollar, false)
	w.use(u, plan.SMSMessages, 500+1250) // $10
	w.pass(day)
	w.change(u, plan.Manager)
	w.use(u, plan.SMSMessages, 2000)
	w.may(u, plan.SMSMessages)
	w.use(u, plan.SMSMessages, 1249)
	w.may(u, plan.SMSMessages)
	w.use(u, plan.SMSMessages, 1)
	w.refused(u, plan.SMSMessages, billing.CodeCapped)
	w.must(w.billing.Reserve(t.Context(), w.again(u), plan.VoiceMinutes, 2000, "call:1", hour))
	w.code(w.billing.Reserve(t.Context(), w.again(u), plan.VoiceMinutes, 1, "call:2", hour), billing.CodeCapped)
	w.pass(2 * hour)
	if w.letters.count("cap 50%", "ada") != 1 || w.letters.count("cap 100%", "ada") != 1 {
		t.Errorf("letters: %v", w.letters.sent)
	}
	w.sound()
}

func TestOnlyWhoPaysForOverageHasACap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	for _, limit := range []plan.MicroDollars{-1, plan.NoCap, 10_001 * plan.Dollar} {
		if _, err := w.billing.SetCap(t.Context(), u, plan.Cap{Limit: limit, Chosen: true}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d: got %v", limit, err)
		}
	}
	bob := w.somebody("bob")
	_, err := w.billing.SetCap(t.Context(), bob, plan.Cap{Limit: plan.Dollar, Chosen: true})
	w.code(err, "no_overage")
	_, err = w.billing.SetCap(t.Context(), w.grant(bob, plan.CTO, ""), plan.Cap{Limit: plan.Dollar, Chosen: true})
	w.code(err, "no_overage")
	if c := w.billing.Cap(w.again(bob)); c.Limit != plan.NoCap {
		t.Errorf("got %+v", c)
	}
	if got := w.again(u).SpendingCap; got != (plan.Cap{}) {
		t.Errorf("something was stored: %+v", got)
	}
}
