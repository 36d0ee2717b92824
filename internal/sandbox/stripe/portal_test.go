package stripe

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

// portal lets a customer onto the portal.
func (s *shop) portal(cu string) *sdk.BillingPortalSession {
	s.t.Helper()
	on := sdk.Bool(true)
	pc, err := s.client.V1BillingPortalConfigurations.Create(s.t.Context(), &sdk.BillingPortalConfigurationCreateParams{
		Features: &sdk.BillingPortalConfigurationCreateFeaturesParams{
			InvoiceHistory:      &sdk.BillingPortalConfigurationCreateFeaturesInvoiceHistoryParams{Enabled: on},
			PaymentMethodUpdate: &sdk.BillingPortalConfigurationCreateFeaturesPaymentMethodUpdateParams{Enabled: on},
			SubscriptionCancel: &sdk.BillingPortalConfigurationCreateFeaturesSubscriptionCancelParams{Enabled: on, Mode: sdk.String("at_period_end"),
				CancellationReason: &sdk.BillingPortalConfigurationCreateFeaturesSubscriptionCancelCancellationReasonParams{Enabled: on,
					Options: []*string{sdk.String("too_expensive"), sdk.String("unused")}}}}})
	must(s.world, pc, err)
	v, err := s.client.V1BillingPortalSessions.Create(s.t.Context(), &sdk.BillingPortalSessionCreateParams{Customer: &cu, Configuration: &pc.ID,
		ReturnURL: sdk.String("http://product.test/billing")})
	return must(s.world, v, err)
}

func TestACustomerCancelsAndRenewsOnThePortal(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	v := s.portal(cu.ID)
	_, body, _ := s.open(v.URL)
	for _, want := range []string{"Secretary", "Renews on 10 Feb 2026", "Cancel", "too_expensive", "visa ending in 4242", "$40.00", `href="http://product.test/billing"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q:\n%s", want, body)
		}
	}
	if status, _, to := s.open(v.URL, "action", "cancel", "subscription", sub.ID, "reason", "unused"); status != 303 || to != v.URL {
		t.Errorf("got %d to %q", status, to)
	}
	if got := s.sub(sub.ID); !got.CancelAtPeriodEnd || got.CancellationDetails.Feedback != "unused" {
		t.Errorf("got %t, %s", got.CancelAtPeriodEnd, got.CancellationDetails.Feedback)
	}
	if _, body, _ := s.open(v.URL); !strings.Contains(body, "Ends on 10 Feb 2026") {
		t.Errorf("got %s", body)
	}
	s.open(v.URL, "action", "renew", "subscription", sub.ID)
	if got := s.sub(sub.ID); got.CancelAtPeriodEnd || got.CancelAt != 0 {
		t.Error("it still ends")
	}
}

func TestACustomerReplacesTheirCardOnThePortal(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	v := s.portal(cu.ID)
	if status, body, _ := s.open(v.URL, "action", "card", "card", "4000000000000002"); status != 422 || !strings.Contains(body, "Your card was declined.") {
		t.Errorf("got %d %s", status, body)
	}
	s.open(v.URL, "action", "card", "card", "4000000000000341")
	s.until("2026-02-10T13:00:00Z")
	if got := s.sub(sub.ID); got.Status != "past_due" {
		t.Errorf("got %s with the new card", got.Status)
	}
	v = s.portal(cu.ID)
	s.open(v.URL, "action", "card", "number", "5555 5555 5555 4444")
	s.until("2026-02-13T13:00:00Z")
	if got := s.sub(sub.ID); got.Status != "active" {
		t.Errorf("got %s with the newest card", got.Status)
	}
}

func TestThePortalShowsOnlyWhatIsTheCustomersAndOnlyForAWhile(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu, other := s.customer("pm_card_visa"), s.customer("pm_card_visa")
	theirs := s.subscribe(other, s.large)
	v := s.portal(cu.ID)
	if status, _, _ := s.open(v.URL, "action", "cancel", "subscription", theirs.ID); status != 422 || s.sub(theirs.ID).CancelAtPeriodEnd {
		t.Errorf("got %d: somebody cancels what is not theirs", status)
	}
	if _, body, _ := s.open(v.URL); strings.Contains(body, "Manager") {
		t.Error("the page shows what is not theirs")
	}
	s.pass(time.Hour + time.Second)
	if status, _, _ := s.open(v.URL); status != 404 {
		t.Errorf("got %d an hour later", status)
	}
	if status, _, _ := s.open("http://pay.test/p/session/" + v.ID); status != 404 {
		t.Errorf("got %d by the identifier, which is no secret", status)
	}
}

func TestAPortalForOneThingShowsOnlyThat(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	s.subscribe(cu, s.small)
	s.portal(cu.ID)
	v, err := s.client.V1BillingPortalSessions.Create(t.Context(), &sdk.BillingPortalSessionCreateParams{Customer: &cu.ID,
		FlowData: &sdk.BillingPortalSessionCreateFlowDataParams{Type: sdk.String("payment_method_update"),
			AfterCompletion: &sdk.BillingPortalSessionCreateFlowDataAfterCompletionParams{Type: sdk.String("redirect"),
				Redirect: &sdk.BillingPortalSessionCreateFlowDataAfterCompletionRedirectParams{ReturnURL: sdk.String("http://product.test/thanks")}}}})
	must(s.world, v, err)
	if _, body, _ := s.open(v.URL); strings.Contains(body, "Renews") || !strings.Contains(body, "Use this card") {
		t.Errorf("got %s", body)
	}
	if _, _, to := s.open(v.URL, "action", "card", "card", "4242424242424242"); to != "http://product.test/thanks" {
		t.Errorf("got sent to %q", to)
	}
}

func TestWithoutAConfigurationThereIsNoPortal(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("")
	_, err := s.client.V1BillingPortalSessions.Create(t.Context(), &sdk.BillingPortalSessionCreateParams{Customer: &cu.ID})
	if got := refused(t, err); !strings.HasPrefix(got.Msg, "No configuration provided") {
		t.Errorf("got %q", got.Msg)
	}
}

func TestAnInvoiceIsPaidOnItsPage(t *testing.T) {
	s, cu, sub := unpaid(t)
	in := s.latest(sub)
	_, body, _ := s.open(in.HostedInvoiceURL)
	if !strings.Contains(body, in.Number) || !strings.Contains(body, "Pay $40.00") || !strings.Contains(body, "visa ending in 0341") {
		t.Errorf("got %s", body)
	}
	if status, body, _ := s.open(in.HostedInvoiceURL, "action", "new", "card", "4000000000000002"); status != 422 || !strings.Contains(body, "declined") {
		t.Errorf("got %d %s", status, body)
	}
	if status, body, _ := s.open(in.HostedInvoiceURL, "action", "new", "card", "4000002760003184"); status != 200 || !strings.Contains(body, "Authentication") {
		t.Errorf("got %d %s", status, body)
	}
	if status, _, to := s.open(in.HostedInvoiceURL, "action", "agree"); status != 303 || to != in.HostedInvoiceURL {
		t.Errorf("got %d to %q", status, to)
	}
	if got := s.sub(sub.ID); got.Status != "active" || s.latest(sub).Status != "paid" || got.Customer.ID != cu.ID {
		t.Errorf("got %s", got.Status)
	}
	if _, body, _ := s.open(in.HostedInvoiceURL); !strings.Contains(body, "Paid") || strings.Contains(body, "<form") {
		t.Errorf("got %s", body)
	}
}

func TestAnAgreementThatNobodyAskedForPaysNothing(t *testing.T) {
	s, _, sub := unpaid(t)
	in := s.latest(sub)
	if status, _, _ := s.open(in.HostedInvoiceURL, "action", "agree"); status != 422 || s.latest(sub).Status != "open" {
		t.Errorf("got %d, an invoice %s", status, s.latest(sub).Status)
	}
}
