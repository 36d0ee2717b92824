package stripe

import (
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

// unpaid is a subscription whose second payment failed just now.
func unpaid(t *testing.T) (*shop, *sdk.Customer, *sdk.Subscription) {
	t.Helper()
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	s.pays(cu, "pm_card_chargeCustomerFail")
	s.forget()
	s.until("2026-02-10T13:00:00Z")
	return s, cu, sub
}

func TestAFailedPaymentIsAttemptedAgainUntilTheSubscriptionIsCanceled(t *testing.T) {
	s, _, sub := unpaid(t)
	in := s.latest(sub)
	if s.sub(sub.ID).Status != "past_due" || in.Status != "open" || in.AttemptCount != 1 || when(in.NextPaymentAttempt) != "2026-02-13 13:00:00" {
		t.Errorf("got %s, an invoice %s, attempt %d, the next %s", s.sub(sub.ID).Status, in.Status, in.AttemptCount, when(in.NextPaymentAttempt))
	}
	for _, want := range []string{"2026-02-18 13:00:00", "2026-02-25 13:00:00"} {
		s.until(strings.Replace(when(s.latest(sub).NextPaymentAttempt), " ", "T", 1) + "Z")
		if got := s.latest(sub); when(got.NextPaymentAttempt) != want {
			t.Errorf("after attempt %d the next is %s, want %s", got.AttemptCount, when(got.NextPaymentAttempt), want)
		}
	}
	s.until("2026-02-25T12:59:59Z")
	if got := s.sub(sub.ID); got.Status != "past_due" {
		t.Errorf("got %s before the last attempt", got.Status)
	}
	s.until("2026-02-25T13:00:00Z")
	got, in := s.sub(sub.ID), s.latest(sub)
	if got.Status != "canceled" || got.CancellationDetails.Reason != "payment_failed" || in.AttemptCount != 4 || in.Status != "open" || in.NextPaymentAttempt != 0 {
		t.Errorf("got %s because of %s, an invoice %s with %d attempts", got.Status, got.CancellationDetails.Reason, in.Status, in.AttemptCount)
	}
	types := s.types()
	if n := count(types, "invoice.payment_failed"); n != 4 || count(types, "charge.failed") != 4 {
		t.Errorf("got %d failures told, want 4", n)
	}
	s.the("customer.subscription.deleted")
	s.pass(90 * 24 * time.Hour)
	if n := len(s.invoices(sub.ID)); n != 2 {
		t.Errorf("got %d invoices, want 2: the subscription is over", n)
	}
}

func count(list []string, what string) int {
	n := 0
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

func TestDunningMayEndOtherwise(t *testing.T) {
	for _, end := range []string{"unpaid", "past_due"} {
		s, cu, sub := unpaid(t)
		if err := s.engine.SetDunning(end); err != nil {
			t.Fatal(err)
		}
		s.until("2026-02-25T13:00:00Z")
		if got := string(s.sub(sub.ID).Status); got != end || s.engine.Dunning() != end {
			t.Errorf("got %s, want %s", got, end)
		}
		s.until("2026-03-10T14:00:00Z")
		if got := s.latest(sub); end == "unpaid" && got.Status != "draft" || end == "past_due" && got.Status != "open" {
			t.Errorf("%s: the next invoice is %s", end, got.Status)
		}
		s.pays(cu, "pm_card_visa")
		in, err := s.client.V1Invoices.Pay(t.Context(), s.sub(sub.ID).LatestInvoice.ID, nil)
		must(s.world, in, err)
		if got := s.sub(sub.ID); got.Status != "active" {
			t.Errorf("%s: after it was paid got %s", end, got.Status)
		}
	}
	if err := newShop(t, "2026-01-10").engine.SetDunning("forget"); err == nil {
		t.Error("dunning may end in what it cannot")
	}
}

func TestAnInvoiceThatIsPaidLateMakesTheSubscriptionActive(t *testing.T) {
	s, cu, sub := unpaid(t)
	if got, err := s.client.V1Customers.Retrieve(t.Context(), cu.ID, nil); !must(s.world, got, err).Delinquent {
		t.Error("the customer is not called delinquent")
	}
	_, err := s.client.V1Invoices.Pay(t.Context(), s.sub(sub.ID).LatestInvoice.ID, nil)
	if got := refused(t, err); got.Code != "card_declined" {
		t.Errorf("got %s with the same card", got.Code)
	}
	s.pays(cu, "pm_card_visa")
	s.forget()
	s.until("2026-02-13T13:00:00Z") // the next attempt
	if got, in := s.sub(sub.ID), s.latest(sub); got.Status != "active" || in.Status != "paid" || in.NextPaymentAttempt != 0 {
		t.Errorf("got %s, an invoice %s", got.Status, in.Status)
	}
	s.the("invoice.paid")
	if got, err := s.client.V1Customers.Retrieve(t.Context(), cu.ID, nil); must(s.world, got, err).Delinquent {
		t.Error("the customer is still called delinquent")
	}
	_, err = s.client.V1Invoices.Pay(t.Context(), s.sub(sub.ID).LatestInvoice.ID, nil)
	if got := refused(t, err); got.Msg != "Invoice is already paid" {
		t.Errorf("got %q when it is paid twice", got.Msg)
	}
}

func TestAnInvoiceCanBeVoidedOrGivenUp(t *testing.T) {
	s, _, sub := unpaid(t)
	id := s.sub(sub.ID).LatestInvoice.ID
	in, err := s.client.V1Invoices.MarkUncollectible(t.Context(), id, nil)
	must(s.world, in, err)
	s.the("invoice.marked_uncollectible")
	in, err = s.client.V1Invoices.VoidInvoice(t.Context(), id, nil)
	must(s.world, in, err)
	s.the("invoice.voided")
	if got := s.sub(sub.ID); got.Status != "active" || in.Status != "void" {
		t.Errorf("got %s, an invoice %s", got.Status, in.Status)
	}
	_, err = s.client.V1Invoices.VoidInvoice(t.Context(), id, nil)
	if got := refused(t, err); got.HTTPStatusCode != 400 {
		t.Errorf("got %d when it is voided twice", got.HTTPStatusCode)
	}
}

func TestARenewalThatNeedsItsOwnerSaysSo(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	s.pays(cu, "pm_card_authenticationRequired")
	s.forget()
	s.until("2026-02-10T13:00:00Z")
	got := s.types()
	if !slices.Contains(got, "invoice.payment_action_required") || !slices.Contains(got, "payment_intent.requires_action") || slices.Contains(got, "charge.failed") {
		t.Errorf("got %v", got)
	}
	if s.sub(sub.ID).Status != "past_due" {
		t.Errorf("got %s", s.sub(sub.ID).Status)
	}
}

func TestWhatIsTooLittleToChargeIsAddedToTheNextInvoice(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.smallVoice)
	s.use(cu, "510") // 13 cents
	s.until("2026-02-10T13:00:00Z")
	if in := s.latest(sub); in.Total != 13 || in.AmountDue != 0 || in.EndingBalance != 13 || in.Status != "paid" {
		t.Errorf("got %s over %d, due %d, left %d", in.Status, in.Total, in.AmountDue, in.EndingBalance)
	}
	s.use(cu, "600")
	s.until("2026-03-10T13:00:00Z")
	if in := s.latest(sub); in.Total != 130 || in.AmountDue != 143 || in.AmountPaid != 143 {
		t.Errorf("got %d, due %d, paid %d", in.Total, in.AmountDue, in.AmountPaid)
	}
}
