package mail

import (
	"strings"
	"testing"

	"xswarm.ai/server/internal/plan"
)

// said is a letter as a person reads it: without line breaks.
func said(t *testing.T, write func(*Letters) error) string {
	t.Helper()
	m := written(t, write)
	return m.Subject + " | " + strings.Join(strings.Fields(m.Text), " ")
}

func expect(t *testing.T, what, got string, want, not []string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(got, s) {
			t.Errorf("%s: %q is missing in: %s", what, s, got)
		}
	}
	for _, s := range not {
		if strings.Contains(got, s) {
			t.Errorf("%s: %q must not be said in: %s", what, s, got)
		}
	}
}

func TestTheAllowanceLetterSaysWhatComesAfterIt(t *testing.T) {
	for what, c := range map[string]struct {
		f         plan.Feature
		percent   int
		overage   bool
		want, not []string
	}{
		"half, then overage": {plan.VoiceMinutes, 50, true,
			[]string{"Half of your minutes of calls are used |", "250 of the 500 minutes of calls", "each further minute of a call costs $0.013", "need not do anything"}, []string{"used up |", "no more"}},
		"most, then the end": {plan.SMSMessages, 80, false,
			[]string{"80 percent of your text messages are used |", "there are no more until a new period begins", "nothing is charged"}, []string{"costs", "cap"}},
		"all, then overage": {plan.SMSMessages, 100, true,
			[]string{"used up |", "The 500 text messages that your plan includes", "each further text message costs $0.008", "up to your spending cap"}, []string{"no more", "move to a plan", "come by mail"}},
		"all, then the end": {plan.SMSMessages, 100, false,
			[]string{"used up |", "no more until a new period begins", "nothing is charged", "move to a plan", "reminders come by mail"}, []string{"costs", "spending cap", "go on"}},
		"all calls, then the end": {plan.VoiceMinutes, 100, false,
			[]string{"no more until a new period begins"}, []string{"costs", "reminders"}},
	} {
		got := said(t, func(l *Letters) error {
			return l.Allowance(t.Context(), "job_1", "a@b.c", "Ada", c.f, c.percent, int64(5*c.percent), 500, c.overage)
		})
		expect(t, what, got, append(c.want, "https://xswarm.example/app/billing"), c.not)
	}
}

func TestTheCapLetterSaysWhetherUsageStops(t *testing.T) {
	for what, c := range map[string]struct {
		percent   int
		soft      bool
		want, not []string
	}{
		"hard, before": {80, false, []string{"80 percent of your spending cap is reached |", "At $80 calls and texts beyond the allowance stop"}, []string{"have stopped", "go on"}},
		"hard, at it":  {100, false, []string{"Your spending cap is reached |", "have stopped", "nothing more is charged"}, []string{"need not", "soft"}},
		"soft, before": {50, true, []string{"Half of your spending cap", "nothing stops"}, []string{"have stopped", "allowance stop"}},
		"soft, at it":  {100, true, []string{"Your spending cap is reached |", "calls and texts go on, and each is charged", "a hard one"}, []string{"have stopped"}},
	} {
		got := said(t, func(l *Letters) error {
			return l.Cap(t.Context(), "job_1", "a@b.c", "Ada", c.percent, 1_234_567_800, 80*plan.Dollar, c.soft)
		})
		expect(t, what, got, append(c.want, "has cost $1,234.5678 in this period", "cap is $80."), c.not)
	}
}

func TestAChangeThatIsToComeCanStillBeTakenBack(t *testing.T) {
	now := said(t, func(l *Letters) error {
		return l.Moved(t.Context(), "job_1", "a@b.c", "Ada", plan.Secretary, plan.Manager, "")
	})
	expect(t, "now", now, []string{"You are on AI Project Manager now |", "Before, it was AI Secretary", "costs $280 a month", "2000 minutes of calls, 2000 text messages and 3 phone numbers"}, []string{"Until then", " will "})
	later := said(t, func(l *Letters) error {
		return l.Moved(t.Context(), "job_1", "a@b.c", "Ada", plan.Manager, plan.Secretary, "Monday, 2 March, 9:00")
	})
	expect(t, "later", later, []string{"will change to AI Secretary |", "On Monday, 2 March, 9:00", "from AI Project Manager to AI Secretary", "costs $40 a month", "1 phone number each month", "keep AI Project Manager"}, []string{"1 phone numbers"})
}

func TestAPlanWhosePriceIsAgreedHasNone(t *testing.T) {
	got := said(t, func(l *Letters) error {
		return l.Moved(t.Context(), "job_1", "a@b.c", "Ada", plan.Secretary, plan.CTO, "")
	})
	expect(t, "agreed", got, []string{"what was agreed with you", "unlimited minutes of calls, unlimited text messages and 10 phone numbers"}, []string{"$", "-1"})
}

func TestLettersAboutMoneyLeadToAPageThatIsOne(t *testing.T) {
	const page = "https://xswarm.example/app/billing"
	for address, want := range map[string]string{
		bill: bill, "http://localhost:8787/sandbox/vendors/stripe/i/in_1": "http://localhost:8787/sandbox/vendors/stripe/i/in_1",
		"": page, "javascript:alert(1)": page, "//evil.example": page, "/i/in_1": page, "https://": page, "https://a b": page, "https://x\"><script>": page, "https://a\r\nBcc: x": page,
	} {
		m := written(t, func(l *Letters) error { return l.ConfirmPayment(t.Context(), "job_1", "a@b.c", "Ada", address) })
		if !strings.Contains(m.Text, "Confirm the payment:\n"+want+"\n") {
			t.Errorf("%q: want %s in:\n%s", address, want, m.Text)
		}
		if strings.Contains(m.HTML, "javascript") || strings.Contains(m.HTML, "<script") {
			t.Errorf("%q: is in the HTML", address)
		}
	}
}

// Whoever gets a letter about money must learn from it what happens if they do
// nothing, and nothing that is another letter's.
func TestLettersAboutPaymentsSayWhatHappensNext(t *testing.T) {
	all := every(t.Context(), "Ada", "", "")
	for kind, c := range map[string]struct{ want, not []string }{
		"payment_owed":     {[]string{"goes on until Monday, 23 November, 14:00", "If it is not paid by then, calls and texts stop", ownBill}, []string{"on hold"}},
		"payment_reminder": {[]string{"goes on until Monday, 23 November, 14:00", "Then calls and texts stop", ownBill}, []string{"on hold"}},
		"payment_on_hold":  {[]string{"have stopped", "As soon as the bill is paid", "If it is never paid", ownBill}, []string{"until Monday"}},
		"payment_restored": {[]string{"is paid", "need not do anything"}, []string{"on hold", "stopped"}},
		"payment_confirm":  {[]string{"If you do not confirm it, the payment fails"}, []string{"is paid"}},
		"trial_ends":       {[]string{"ends on Monday, 23 November, 14:00", "AI Secretary costs $40 a month", "cancel before then and nothing is charged"}, []string{"AI Buddy"}},
		"plan_welcome":     {[]string{"500 minutes of calls, 500 text messages and 1 phone number", "$0.013 a minute and $0.008 a text"}, []string{"-1"}},
		"plan_ended":       {[]string{"memory kept for 30 days", "need not do anything", "last bill"}, []string{"$"}},
	} {
		expect(t, kind, said(t, all[kind]), c.want, c.not)
	}
}

func TestAnAlertIsTheOperatorsAndOneHarmlessParagraph(t *testing.T) {
	message := "The price \"price_1\" is no plan:\r\nBcc: all@example.com " + strings.Repeat("é", 3000)
	m := written(t, func(l *Letters) error { return l.Alert(t.Context(), "job_1", "ops@example.com", message) })
	if strings.Contains(m.Text, "\nBcc:") || strings.Contains(m.HTML, strings.Repeat("é", maxAlert)) {
		t.Errorf("the message was not tamed:\n%.300s", m.Text)
	}
	if !strings.Contains(m.Text, "Hello,\n") || !strings.Contains(m.Text, "xswarm billing alerts") || m.ToName != "" {
		t.Errorf("to %q:\n%.300s", m.ToName, m.Text)
	}
	if strings.Contains(m.HTML, "class=\"button\"") {
		t.Error("there is a button that leads nowhere")
	}
}
