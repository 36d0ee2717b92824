package billing_test

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/plan"
)

// What is used between a quote and the click on it is the old plan's, on the bill as
// in the report.
func TestWhatIsUsedAfterAQuoteIsBilledByThePlanItWasUsedUnder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.SMSMessages, 495)
	w.pass(24 * time.Hour)
	quote, err := w.billing.Preview(t.Context(), u, plan.Manager)
	w.must(err)
	w.clock.Advance(5 * time.Minute)
	w.use(u, plan.SMSMessages, 30) // 25 of them beyond the allowance
	w.clock.Advance(5 * time.Minute)
	u, err = w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager, At: quote.Quote.At})
	w.must(err)
	w.use(u, plan.SMSMessages, 7)
	w.settle()
	usage, err := w.billing.Usage(t.Context(), u)
	w.must(err)
	if usage.Earlier != 25*8_000 || usage.Cost() != 25*8_000 {
		t.Errorf("overage of $%s, want $0.200", usage.Cost().Dollars())
	}
	if list := w.invoices(u); list[1].Total != quote.Quote.Now+20 {
		t.Errorf("paid %d at once, want what was quoted, %d, and 20", list[1].Total, quote.Quote.Now)
	}
	w.pass(32 * 24 * time.Hour)
	if list := w.invoices(u); list[2].Total != 28000 {
		t.Errorf("billed %d at the renewal, want the plan alone", list[2].Total)
	}
	w.sound()
}

// A call that began under the old plan is recorded when it has ended. What was used
// under that plan has been billed by then: the call is on the next bill.
func TestWhatIsRecordedAfterAChangeOfPlanIsBilledAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.pass(24 * time.Hour)
	began := w.clock.Now()
	w.clock.Advance(10 * time.Minute)
	u, err := w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager})
	w.must(err)
	w.settle()
	w.use(u, plan.VoiceMinutes, 2000)
	w.clock.Advance(10 * time.Minute)
	w.must(w.billing.Record(t.Context(), billing.Record{
		ID: id.New(id.Usage, began), UserID: u.ID, Feature: plan.VoiceMinutes, Quantity: 20, Measured: 1200, RecordedAt: began, SourceKey: "voice:CA1",
	}))
	w.pass(32 * 24 * time.Hour)
	if list := w.invoices(u); list[2].Total != 28000+26 {
		t.Errorf("billed %d at the renewal, want the plan and 20 minutes at 1.3 cents", list[2].Total)
	}
	w.sound()
}
