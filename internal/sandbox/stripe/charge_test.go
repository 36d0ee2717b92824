package stripe

import (
	"testing"

	sdk "github.com/stripe/stripe-go/v85"
)

// charged is a shop with a charge of $40.
func charged(t *testing.T) (*shop, *sdk.Charge) {
	t.Helper()
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	s.subscribe(cu, s.small)
	for ch, err := range s.client.V1Charges.List(t.Context(), &sdk.ChargeListParams{Customer: &cu.ID}).All(t.Context()) {
		s.forget()
		return s, must(s.world, ch, err)
	}
	t.Fatal("there is no charge")
	return nil, nil
}

func TestAChargeIsRefundedInPartsButNotTwice(t *testing.T) {
	s, ch := charged(t)
	refund := func(cents int64) error {
		p := &sdk.RefundCreateParams{Charge: &ch.ID, Reason: sdk.String("requested_by_customer")}
		if cents > 0 {
			p.Amount = &cents
		}
		_, err := s.client.V1Refunds.Create(t.Context(), p)
		return err
	}
	if err := refund(1500); err != nil {
		t.Fatal(err)
	}
	if got := refused(t, refund(2501)); got.Param != "amount" {
		t.Errorf("more than is left got %v", got)
	}
	if err := refund(0); err != nil {
		t.Fatal(err)
	}
	if got := refused(t, refund(1)); got.Code != "charge_already_refunded" {
		t.Errorf("got %s", got.Code)
	}
	got, err := s.client.V1Charges.Retrieve(t.Context(), ch.ID, &sdk.ChargeRetrieveParams{Expand: []*string{sdk.String("refunds")}})
	must(s.world, got, err)
	if !got.Refunded || got.AmountRefunded != 4000 || len(got.Refunds.Data) != 2 {
		t.Errorf("got %d refunded in %d parts", got.AmountRefunded, len(got.Refunds.Data))
	}
	if n := count(s.types(), "charge.refunded"); n != 2 {
		t.Errorf("got %d webhooks, want 2", n)
	}
}

func TestADisputeIsWonOrLost(t *testing.T) {
	s, ch := charged(t)
	if err := s.engine.OpenDispute(ch.ID); err != nil {
		t.Fatal(err)
	}
	opened := s.the("charge.dispute.created")
	d, err := s.client.V1Disputes.Retrieve(t.Context(), opened.Object, nil)
	must(s.world, d, err)
	if d.Status != "needs_response" || d.Charge.ID != ch.ID || d.Amount != 4000 {
		t.Errorf("got %s over %d", d.Status, d.Amount)
	}
	_, err = s.client.V1Refunds.Create(t.Context(), &sdk.RefundCreateParams{Charge: &ch.ID})
	if got := refused(t, err); got.Code != "charge_disputed" {
		t.Errorf("a refund of it got %s", got.Code)
	}
	if err := s.engine.CloseDispute(d.ID, true); err != nil {
		t.Fatal(err)
	}
	s.the("charge.dispute.funds_reinstated")
	d, err = s.client.V1Disputes.Retrieve(t.Context(), d.ID, nil)
	if must(s.world, d, err).Status != "won" || len(d.BalanceTransactions) != 2 {
		t.Errorf("got %s", d.Status)
	}
	if err := s.engine.CloseDispute(d.ID, false); err == nil {
		t.Error("it can be decided twice")
	}

	s, ch = charged(t)
	if err := s.engine.OpenDispute(ch.ID); err != nil {
		t.Fatal(err)
	}
	d, err = s.client.V1Disputes.Close(t.Context(), s.the("charge.dispute.created").Object, nil)
	if must(s.world, d, err).Status != "lost" {
		t.Errorf("got %s", d.Status)
	}
	s.the("charge.dispute.closed")
}

func TestPaymentMethodsAreAttachedAndDetachedForGood(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("")
	pm, err := s.client.V1PaymentMethods.Create(t.Context(), &sdk.PaymentMethodCreateParams{Type: sdk.String("card"),
		Card: &sdk.PaymentMethodCreateCardParams{Number: sdk.String("4242424242424242"), ExpMonth: sdk.Int64(5), ExpYear: sdk.Int64(2030)}})
	must(s.world, pm, err)
	attach := func() error {
		_, err := s.client.V1PaymentMethods.Attach(t.Context(), pm.ID, &sdk.PaymentMethodAttachParams{Customer: &cu.ID})
		return err
	}
	if err := attach(); err != nil {
		t.Fatal(err)
	}
	s.the("payment_method.attached")
	gone, err := s.client.V1PaymentMethods.Detach(t.Context(), pm.ID, nil)
	if must(s.world, gone, err).Customer != nil {
		t.Error("it still has a customer")
	}
	s.the("payment_method.detached")
	if got := refused(t, attach()); got.HTTPStatusCode < 400 {
		t.Errorf("got %d when it is attached again", got.HTTPStatusCode)
	}
	for card, code := range map[string]string{"pm_card_chargeDeclined": "generic_decline", "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds"} {
		_, err := s.client.V1PaymentMethods.Attach(t.Context(), card, &sdk.PaymentMethodAttachParams{Customer: &cu.ID})
		if got := refused(t, err); got.HTTPStatusCode != 402 || string(got.DeclineCode) != code {
			t.Errorf("%s: got %d %s", card, got.HTTPStatusCode, got.DeclineCode)
		}
	}
}

func TestASetupIntentAttachesWhatItSetsUp(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("")
	si, err := s.client.V1SetupIntents.Create(t.Context(), &sdk.SetupIntentCreateParams{Customer: &cu.ID, PaymentMethod: sdk.String("pm_card_visa"), Confirm: sdk.Bool(true)})
	if must(s.world, si, err).Status != "succeeded" {
		t.Errorf("got %s", si.Status)
	}
	n := 0
	for pm, err := range s.client.V1PaymentMethods.List(t.Context(), &sdk.PaymentMethodListParams{Customer: &cu.ID}).All(t.Context()) {
		must(s.world, pm, err)
		n++
	}
	if n != 1 {
		t.Errorf("got %d payment methods", n)
	}
	si, err = s.client.V1SetupIntents.Create(t.Context(), &sdk.SetupIntentCreateParams{Customer: &cu.ID, PaymentMethod: sdk.String("pm_card_threeDSecure2Required"), Confirm: sdk.Bool(true)})
	if must(s.world, si, err).Status != "requires_action" {
		t.Errorf("got %s", si.Status)
	}
}

func TestTheBalanceIsWhatWasPaidWithoutFees(t *testing.T) {
	s, ch := charged(t)
	b, err := s.client.V1Balance.Retrieve(t.Context(), nil)
	must(s.world, b, err)
	if got := b.Available[0].Amount; got != 4000-146 { // 2.9 % and 30 cents
		t.Errorf("got %d", got)
	}
	if err := s.engine.Refund(ch.ID, 0); err != nil {
		t.Fatal(err)
	}
	b, err = s.client.V1Balance.Retrieve(t.Context(), nil)
	if got := must(s.world, b, err).Available[0].Amount; got != -146 {
		t.Errorf("got %d after it was given back", got)
	}
}
