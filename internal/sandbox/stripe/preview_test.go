package stripe

import (
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

func TestAPreviewIsTheInvoiceThatThenComes(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	s.until("2026-01-22T10:11:12Z")
	s.use(cu, "900")
	s.pass(time.Minute)
	at := s.clock().Unix()
	events := len(s.types())
	preview, err := s.client.V1Invoices.CreatePreview(t.Context(), &sdk.InvoiceCreatePreviewParams{Subscription: &sub.ID,
		SubscriptionDetails: &sdk.InvoiceCreatePreviewSubscriptionDetailsParams{ProrationDate: &at, ProrationBehavior: sdk.String("always_invoice"),
			Items: []*sdk.InvoiceCreatePreviewSubscriptionDetailsItemParams{
				{ID: &item(t, sub, s.small).ID, Price: &s.large.ID}, {ID: &item(t, sub, s.smallVoice).ID, Price: &s.bigVoice.ID}}}})
	must(s.world, preview, err)
	if n := len(s.invoices(sub.ID)); n != 1 || len(s.types()) != events || s.sub(sub.ID).Items.Data[0].Price.ID != s.small.ID {
		t.Fatalf("the preview left something behind: %d invoices", n)
	}
	s.pass(10 * time.Second)
	up, err := s.change(sub, &sdk.SubscriptionUpdateParams{ProrationDate: &at, ProrationBehavior: sdk.String("always_invoice")},
		[]*sdk.Price{s.small, s.smallVoice}, []*sdk.Price{s.large, s.bigVoice})
	must(s.world, up, err)
	if in := s.latest(up); lines(in) != lines(preview) || in.Total != preview.Total || preview.Status != "draft" {
		t.Errorf("got %d\n%s\nforeseen %d\n%s", in.Total, lines(in), preview.Total, lines(preview))
	}
}

func TestAPreviewWithoutAChangeIsTheNextInvoice(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	s.use(cu, "900")
	preview, err := s.client.V1Invoices.CreatePreview(t.Context(), &sdk.InvoiceCreatePreviewParams{Subscription: &sub.ID})
	must(s.world, preview, err)
	s.until("2026-02-10T13:00:00Z")
	if in := s.latest(sub); in.Total != preview.Total || lines(in) != lines(preview) || in.PeriodEnd != preview.PeriodEnd {
		t.Errorf("got %d\n%s\nforeseen %d\n%s", in.Total, lines(in), preview.Total, lines(preview))
	}
}

func TestAPreviewOfWhatEndsHasNoNextPeriod(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	_, err := s.client.V1Invoices.CreatePreview(t.Context(), &sdk.InvoiceCreatePreviewParams{Subscription: &sub.ID,
		SubscriptionDetails: &sdk.InvoiceCreatePreviewSubscriptionDetailsParams{CancelAtPeriodEnd: sdk.Bool(true)}})
	if got := refused(t, err); got.Code != "invoice_upcoming_none" || got.HTTPStatusCode != 404 {
		t.Errorf("got %d %s", got.HTTPStatusCode, got.Code)
	}
}

func TestAPreviewOfANewSubscriptionIsItsFirstInvoice(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	cp, err := s.client.V1Coupons.Create(t.Context(), &sdk.CouponCreateParams{PercentOff: sdk.Float64(25), Duration: sdk.String("once")})
	must(s.world, cp, err)
	preview, err := s.client.V1Invoices.CreatePreview(t.Context(), &sdk.InvoiceCreatePreviewParams{Customer: &cu.ID,
		Discounts:           []*sdk.InvoiceCreatePreviewDiscountParams{{Coupon: &cp.ID}},
		SubscriptionDetails: &sdk.InvoiceCreatePreviewSubscriptionDetailsParams{Items: []*sdk.InvoiceCreatePreviewSubscriptionDetailsItemParams{{Price: &s.small.ID}}}})
	if must(s.world, preview, err).Total != 3000 {
		t.Errorf("got %d", preview.Total)
	}
	again, err := s.client.V1Coupons.Retrieve(t.Context(), cp.ID, nil)
	if must(s.world, again, err).TimesRedeemed != 0 {
		t.Error("the preview redeemed the coupon")
	}
}
