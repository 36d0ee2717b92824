package stripe

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

// change updates items of a subscription in place.
func (s *shop) change(sub *sdk.Subscription, p *sdk.SubscriptionUpdateParams, from, to []*sdk.Price) (*sdk.Subscription, error) {
	s.t.Helper()
	for i, old := range from {
		p.Items = append(p.Items, &sdk.SubscriptionUpdateItemParams{ID: &item(s.t, sub, old).ID, Price: &to[i].ID})
	}
	return s.client.V1Subscriptions.Update(s.t.Context(), sub.ID, p)
}

func TestASwitchChargesUsageSoFarAtTheOldPriceAndCountsAnewAtTheNew(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	s.until("2026-01-20T08:30:15Z")
	s.use(cu, "700")
	at := time.Date(2026, 1, 20, 9, 0, 0, 0, time.UTC)
	s.until("2026-01-20T09:00:00Z")
	up, err := s.change(sub, &sdk.SubscriptionUpdateParams{ProrationDate: sdk.Int64(at.Unix())}, []*sdk.Price{s.small, s.smallVoice}, []*sdk.Price{s.large, s.bigVoice})
	must(s.world, up, err)
	if item(t, up, s.bigVoice).ID != item(t, sub, s.smallVoice).ID {
		t.Error("the item has another identifier than before")
	}
	s.until("2026-02-01T00:00:00Z")
	s.use(cu, "2100")
	s.until("2026-02-10T13:00:00Z")
	in := s.latest(sub)
	end, start := time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC).Unix(), time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC).Unix()
	prorated := func(amount int64) int64 {
		r := big.NewRat(amount*(end-at.Unix()), end-start)
		cents, _ := new(big.Float).SetRat(new(big.Rat).Add(r, big.NewRat(1, 2))).Int64()
		return cents
	}
	want := map[string]int64{
		"1 × Manager (at $280.00 / month)":            28000,
		"Unused time on Secretary after 20 Jan 2026":  -prorated(4000),
		"Remaining time on Manager after 20 Jan 2026": prorated(28000),
		"700 × Secretary voice until 20 Jan 2026":     260, // 200 beyond the allowance, at 1.3 cents
		"2000 × Manager voice (Tier 1 at $0.00)":      0,
		"100 × Manager voice (Tier 2 at $0.013)":      130,
	}
	var total int64
	for _, l := range in.Lines.Data {
		if cents, ok := want[l.Description]; !ok || cents != l.Amount {
			t.Errorf("got %q over %d, want %d", l.Description, l.Amount, cents)
		}
		total += want[l.Description]
		delete(want, l.Description)
	}
	if len(want) > 0 || in.Total != total || in.Status != "paid" {
		t.Errorf("got %s over %d, want paid over %d; without %v", in.Status, in.Total, total, want)
	}
}

func TestASwitchWithoutProrationForgivesUsage(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	s.pass(24 * time.Hour)
	s.use(cu, "9000")
	s.pass(24 * time.Hour)
	up, err := s.change(sub, &sdk.SubscriptionUpdateParams{ProrationBehavior: sdk.String("none")}, []*sdk.Price{s.small, s.smallVoice}, []*sdk.Price{s.large, s.bigVoice})
	must(s.world, up, err)
	s.until("2026-02-10T13:00:00Z")
	if in := s.latest(sub); in.Total != 28000 {
		t.Errorf("got %d\n%s", in.Total, lines(in))
	}
}

func TestASwitchThatIsInvoicedAtOnceIsPaidAtOnce(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	s.until("2026-01-25T12:00:00Z")
	s.use(cu, "501")
	s.pass(time.Minute)
	s.forget()
	up, err := s.change(sub, &sdk.SubscriptionUpdateParams{ProrationBehavior: sdk.String("always_invoice")}, []*sdk.Price{s.small, s.smallVoice}, []*sdk.Price{s.large, s.bigVoice})
	must(s.world, up, err)
	in := s.latest(up)
	if in.BillingReason != "subscription_update" || in.Status != "paid" || len(in.Lines.Data) != 3 {
		t.Errorf("got %s because of %s\n%s", in.Status, in.BillingReason, lines(in))
	}
	if got := when(item(t, up, s.large).CurrentPeriodEnd); got != "2026-02-10 12:00:00" {
		t.Errorf("the period ends %s now: it should stay", got)
	}
	ev := s.the("customer.subscription.updated")
	if !strings.Contains(string(ev.Body), `"previous_attributes"`) || !strings.Contains(string(ev.Body), s.smallVoice.ID) {
		t.Error("the webhook does not say what was before")
	}
}

func TestADowngradeIsCreditedAgainstTheNextInvoices(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.large)
	s.pass(time.Second)
	up, err := s.change(sub, &sdk.SubscriptionUpdateParams{ProrationBehavior: sdk.String("always_invoice")}, []*sdk.Price{s.large}, []*sdk.Price{s.small})
	must(s.world, up, err)
	if in := s.latest(sub); in.Total >= 0 || in.AmountDue != 0 || in.Status != "paid" || in.EndingBalance != in.Total {
		t.Errorf("got %s over %d, due %d, balance %d", in.Status, in.Total, in.AmountDue, in.EndingBalance)
	}
	credit := -s.latest(sub).Total
	s.until("2026-02-10T13:00:00Z")
	if in := s.latest(sub); in.Total != 4000 || in.StartingBalance != -credit || in.AmountDue != 0 || in.EndingBalance != 4000-credit {
		t.Errorf("got %d with %d in hand: due %d, left %d", in.Total, in.StartingBalance, in.AmountDue, in.EndingBalance)
	}
}

func TestAnExtraNumberIsProratedToTheSecond(t *testing.T) {
	s := newShop(t, "2026-01-31")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	s.until("2026-02-13T07:08:09Z")
	it, err := s.client.V1SubscriptionItems.Create(t.Context(), &sdk.SubscriptionItemCreateParams{Subscription: &sub.ID, Price: &s.number.ID, Quantity: sdk.Int64(3)})
	must(s.world, it, err)
	s.until("2026-02-20T00:00:00Z")
	it, err = s.client.V1SubscriptionItems.Update(t.Context(), it.ID, &sdk.SubscriptionItemUpdateParams{Quantity: sdk.Int64(1)})
	must(s.world, it, err)
	s.until("2026-02-21T00:00:00Z")
	del, err := s.client.V1SubscriptionItems.Delete(t.Context(), it.ID, nil)
	must(s.world, del, err)
	s.until("2026-02-28T13:00:00Z")
	want := int64(4000)
	length := int64(28 * 86400)
	for _, step := range []struct {
		at    string
		cents int64
	}{{"2026-02-13 07:08:09", 600}, {"2026-02-20 00:00:00", -600}, {"2026-02-20 00:00:00", 200}, {"2026-02-21 00:00:00", -200}} {
		at, _ := time.Parse(time.DateTime, step.at)
		left := time.Date(2026, 2, 28, 12, 0, 0, 0, time.UTC).Unix() - at.Unix()
		abs := step.cents * left
		if abs < 0 {
			abs = -abs
		}
		cents := (2*abs + length) / (2 * length) // half up, by whole numbers alone
		if step.cents < 0 {
			cents = -cents
		}
		want += cents
	}
	if in := s.latest(sub); in.Total != want {
		t.Errorf("got %d, want %d\n%s", in.Total, want, lines(in))
	}
}

func TestAChangeThatCannotBePaidIsRefusedOrWaits(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	s.pass(24 * time.Hour)
	s.pays(cu, "pm_card_chargeCustomerFail")
	from, to := []*sdk.Price{s.small}, []*sdk.Price{s.large}
	_, err := s.change(sub, &sdk.SubscriptionUpdateParams{ProrationBehavior: sdk.String("always_invoice"), PaymentBehavior: sdk.String("error_if_incomplete")}, from, to)
	if got := refused(t, err); got.HTTPStatusCode != 402 || got.Code != "card_declined" {
		t.Errorf("got %d %s", got.HTTPStatusCode, got.Code)
	}
	if got := s.sub(sub.ID); got.Items.Data[0].Price.ID != s.small.ID || len(s.invoices(sub.ID)) != 1 {
		t.Error("what was refused left something behind")
	}
	s.forget()
	up, err := s.change(sub, &sdk.SubscriptionUpdateParams{ProrationBehavior: sdk.String("always_invoice"), PaymentBehavior: sdk.String("pending_if_incomplete")}, from, to)
	must(s.world, up, err)
	if up.Status != "active" || up.Items.Data[0].Price.ID != s.small.ID || up.PendingUpdate == nil || up.PendingUpdate.SubscriptionItems[0].Price.ID != s.large.ID {
		t.Fatalf("got %s with %s, pending %v", up.Status, up.Items.Data[0].Price.ID, up.PendingUpdate)
	}
	if got := s.types(); !slices.Contains(got, "invoice.payment_failed") || slices.Contains(got, "invoice.paid") {
		t.Errorf("got %v", got)
	}
	good, err := s.client.V1PaymentMethods.Attach(t.Context(), "pm_card_visa", &sdk.PaymentMethodAttachParams{Customer: &cu.ID})
	must(s.world, good, err)
	in, err := s.client.V1Invoices.Pay(t.Context(), up.LatestInvoice.ID, &sdk.InvoicePayParams{PaymentMethod: &good.ID})
	must(s.world, in, err)
	s.the("customer.subscription.pending_update_applied")
	if got := s.sub(sub.ID); got.Items.Data[0].Price.ID != s.large.ID || got.PendingUpdate != nil {
		t.Errorf("got %s after it was paid", got.Items.Data[0].Price.ID)
	}
}

func TestAChangeThatIsNeverPaidExpires(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	s.pass(24 * time.Hour)
	s.pays(cu, "pm_card_chargeCustomerFail")
	up, err := s.change(sub, &sdk.SubscriptionUpdateParams{ProrationBehavior: sdk.String("always_invoice"), PaymentBehavior: sdk.String("pending_if_incomplete")},
		[]*sdk.Price{s.small}, []*sdk.Price{s.large})
	must(s.world, up, err)
	s.pass(24 * time.Hour)
	s.the("customer.subscription.pending_update_expired")
	if got := s.sub(sub.ID); got.PendingUpdate != nil || got.Items.Data[0].Price.ID != s.small.ID || s.invoice(up.LatestInvoice.ID).Status != "void" {
		t.Errorf("got %s, an invoice %s", got.Items.Data[0].Price.ID, s.invoice(up.LatestInvoice.ID).Status)
	}
}

func TestATrialCanBeEndedNow(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small, s.smallVoice), TrialPeriodDays: sdk.Int64(30)})
	must(s.world, sub, err)
	s.until("2026-01-15T00:00:00Z")
	up, err := s.client.V1Subscriptions.Update(t.Context(), sub.ID, &sdk.SubscriptionUpdateParams{TrialEndNow: sdk.Bool(true)})
	must(s.world, up, err)
	if got := when(up.Items.Data[0].CurrentPeriodEnd); up.Status != "active" || got != "2026-02-15 00:00:00" || s.latest(up).AmountPaid != 4000 {
		t.Errorf("got %s until %s, paid %d", up.Status, got, s.latest(up).AmountPaid)
	}
}

func TestWhatAChangeMayNotSayIsRefused(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	voice := item(t, sub, s.smallVoice).ID
	for name, f := range map[string]string{
		"clearing usage in flexible billing": form("items[0][id]", voice, "items[0][deleted]", "true", "items[0][clear_usage]", "true"),
		"an item of somebody else":           form("items[0][id]", "si_none", "items[0][quantity]", "2"),
		"a price that is there already":      form("items[0][price]", s.small.ID),
		"a date outside of the period":       form("items[0][id]", voice, "items[0][price]", s.bigVoice.ID, "proration_date", "1"),
		"taking everything away":             form("items[0][id]", voice, "items[0][deleted]", "true", "items[1][id]", item(t, sub, s.small).ID, "items[1][deleted]", "true"),
		"two ends":                           form("cancel_at", "1999999999", "cancel_at_period_end", "true"),
		"an end in the past":                 form("cancel_at", "1000"),
		"a payment method of nobody":         form("default_payment_method", "pm_none"),
	} {
		if status, _, body := s.raw("POST", "/v1/subscriptions/"+sub.ID, f); status != 400 {
			t.Errorf("%s: got %d %v", name, status, body)
		}
	}
	if got := s.sub(sub.ID); len(got.Items.Data) != 2 || got.CancelAt != 0 {
		t.Errorf("what was refused changed something: %d items", len(got.Items.Data))
	}
}

func TestASubscriptionIsCanceledNowWithOrWithoutALastInvoice(t *testing.T) {
	for _, now := range []bool{false, true} {
		s := newShop(t, "2026-01-10")
		cu := s.customer("pm_card_visa")
		sub := s.subscribe(cu, s.small, s.smallVoice)
		s.use(cu, "1500")
		s.pass(time.Hour)
		ended, err := s.client.V1Subscriptions.Cancel(t.Context(), sub.ID, &sdk.SubscriptionCancelParams{InvoiceNow: sdk.Bool(now)})
		must(s.world, ended, err)
		n := len(s.invoices(sub.ID))
		if ended.Status != "canceled" || n != map[bool]int{false: 1, true: 2}[now] {
			t.Errorf("invoice_now %t: got %s with %d invoices", now, ended.Status, n)
		}
		if now && s.latest(sub).AmountPaid != 1300 {
			t.Errorf("got %d paid at last", s.latest(sub).AmountPaid)
		}
		if _, err := s.client.V1Subscriptions.Cancel(t.Context(), sub.ID, nil); refused(t, err).HTTPStatusCode != 404 {
			t.Errorf("canceling again got %v", err)
		}
	}
}
