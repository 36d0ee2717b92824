package stripe

import (
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

func TestASubscriptionThatIsPaidIsActive(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	s.forget()
	sub := s.subscribe(cu, s.small, s.smallVoice)
	if sub.Status != "active" || sub.BillingMode.Type != "flexible" {
		t.Errorf("got status %s, mode %s, want active, flexible", sub.Status, sub.BillingMode.Type)
	}
	for _, it := range sub.Items.Data {
		if got := when(it.CurrentPeriodStart) + " " + when(it.CurrentPeriodEnd); got != "2026-01-10 12:00:00 2026-02-10 12:00:00" {
			t.Errorf("got period %s", got)
		}
	}
	in := s.latest(sub)
	if in.Status != "paid" || in.Total != 4000 || in.AmountPaid != 4000 || in.BillingReason != "subscription_create" {
		t.Errorf("got invoice %s over %d, paid %d, because of %s", in.Status, in.Total, in.AmountPaid, in.BillingReason)
	}
	if in.Parent.SubscriptionDetails.Subscription.ID != sub.ID {
		t.Errorf("got an invoice of %s, want of %s", in.Parent.SubscriptionDetails.Subscription.ID, sub.ID)
	}
	if got := lines(in); got != "$40.00 1 × Secretary (at $40.00 / month)" {
		t.Errorf("got lines %q", got)
	}
	got := s.types()
	for _, want := range []string{"customer.subscription.created", "customer.subscription.updated", "invoice.created", "invoice.finalized", "invoice.paid",
		"invoice.payment_succeeded", "payment_intent.succeeded", "charge.succeeded"} {
		if !slices.Contains(got, want) {
			t.Errorf("no webhook %s in %v", want, got)
		}
	}
	if slices.Contains(got, "invoice.payment_failed") {
		t.Errorf("a failure is told that there was not: %v", got)
	}
}

func TestAFirstPaymentThatFailsLeavesTheSubscriptionIncomplete(t *testing.T) {
	tests := []struct {
		card, behaviour, status, invoice string
	}{
		{"pm_card_chargeCustomerFail", "allow_incomplete", "incomplete", "open"},
		{"pm_card_authenticationRequired", "allow_incomplete", "incomplete", "open"},
		{"pm_card_visa", "default_incomplete", "incomplete", "open"},
	}
	for _, tt := range tests {
		t.Run(tt.card+" "+tt.behaviour, func(t *testing.T) {
			s := newShop(t, "2026-01-10")
			cu := s.customer(tt.card)
			sub, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small), PaymentBehavior: &tt.behaviour})
			must(s.world, sub, err)
			if string(sub.Status) != tt.status || string(s.latest(sub).Status) != tt.invoice {
				t.Errorf("got %s with an invoice %s, want %s with %s", sub.Status, s.latest(sub).Status, tt.status, tt.invoice)
			}
			s.pass(24 * time.Hour)
			if got := s.sub(sub.ID); got.Status != "incomplete_expired" || s.latest(sub).Status != "void" {
				t.Errorf("a day later got %s with an invoice %s, want incomplete_expired with void", got.Status, s.latest(sub).Status)
			}
		})
	}
}

func TestASubscriptionThatMustBePaidIsRefusedWithItsCard(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_chargeCustomerFail")
	_, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small), PaymentBehavior: sdk.String("error_if_incomplete")})
	if got := refused(t, err); got.HTTPStatusCode != 402 || got.Code != "card_declined" || got.DeclineCode != "generic_decline" || got.Type != "card_error" {
		t.Errorf("got %d %s %s %s", got.HTTPStatusCode, got.Type, got.Code, got.DeclineCode)
	}
	for sub, err := range s.client.V1Subscriptions.List(t.Context(), &sdk.SubscriptionListParams{Status: sdk.String("all")}).All(t.Context()) {
		t.Errorf("there is a subscription %v (%v)", sub, err)
	}
}

func TestWithoutAPaymentMethodNobodySubscribes(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("")
	_, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small)})
	if got := refused(t, err); !strings.HasPrefix(got.Msg, "This customer has no attached payment source") || got.Code != "resource_missing" {
		t.Errorf("got %s %q", got.Code, got.Msg)
	}
}

func TestATrialCostsNothingUntilItEnds(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small, s.smallVoice), TrialPeriodDays: sdk.Int64(14)})
	must(s.world, sub, err)
	if sub.Status != "trialing" || when(sub.TrialEnd) != "2026-01-24 12:00:00" || s.latest(sub).Total != 0 || s.latest(sub).Status != "paid" {
		t.Errorf("got %s until %s with an invoice %s over %d", sub.Status, when(sub.TrialEnd), s.latest(sub).Status, s.latest(sub).Total)
	}
	s.use(cu, "10000")
	s.until("2026-01-21T11:59:59Z")
	if slices.Contains(s.types(), "customer.subscription.trial_will_end") {
		t.Error("the end is announced earlier than three days ahead")
	}
	s.until("2026-01-21T12:00:00Z")
	if ev := s.the("customer.subscription.trial_will_end"); when(ev.Created.Unix()) != "2026-01-21 12:00:00" {
		t.Errorf("got the announcement at %s", ev.Created)
	}
	s.until("2026-01-24T13:00:00Z")
	in := s.latest(sub)
	if got := s.sub(sub.ID); got.Status != "active" || in.Status != "paid" || in.Total != 4000 {
		t.Errorf("got %s with an invoice %s over %d: usage of the trial is free\n%s", got.Status, in.Status, in.Total, lines(in))
	}
}

func TestATrialWithoutAPaymentMethodEndsAsItWasTold(t *testing.T) {
	for missing, want := range map[string]string{"cancel": "canceled", "pause": "paused", "create_invoice": "past_due"} {
		t.Run(missing, func(t *testing.T) {
			s := newShop(t, "2026-01-10")
			cu := s.customer("")
			sub, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small), TrialPeriodDays: sdk.Int64(7),
				TrialSettings: &sdk.SubscriptionCreateTrialSettingsParams{EndBehavior: &sdk.SubscriptionCreateTrialSettingsEndBehaviorParams{MissingPaymentMethod: &missing}}})
			must(s.world, sub, err)
			s.pass(7*24*time.Hour + 2*time.Hour)
			if got := string(s.sub(sub.ID).Status); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestASubscriptionThatRestsIsResumed(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("")
	sub, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small), TrialPeriodDays: sdk.Int64(7),
		TrialSettings: &sdk.SubscriptionCreateTrialSettingsParams{EndBehavior: &sdk.SubscriptionCreateTrialSettingsEndBehaviorParams{MissingPaymentMethod: sdk.String("pause")}}})
	must(s.world, sub, err)
	s.pass(10 * 24 * time.Hour)
	s.the("customer.subscription.paused")
	s.pays(cu, "pm_card_visa")
	sub, err = s.client.V1Subscriptions.Resume(t.Context(), sub.ID, &sdk.SubscriptionResumeParams{BillingCycleAnchor: sdk.String("now")})
	must(s.world, sub, err)
	s.the("customer.subscription.resumed")
	if got := when(sub.Items.Data[0].CurrentPeriodEnd); sub.Status != "active" || got != "2026-02-20 12:00:00" || s.latest(sub).AmountPaid != 4000 {
		t.Errorf("got %s until %s, paid %d", sub.Status, got, s.latest(sub).AmountPaid)
	}
}

func TestWhatCannotBeBilledTogetherIsRefused(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	yearly, err := s.client.V1Prices.Create(t.Context(), &sdk.PriceCreateParams{Currency: sdk.String("usd"), UnitAmount: sdk.Int64(1), Product: &s.small.Product.ID,
		Recurring: &sdk.PriceCreateRecurringParams{Interval: sdk.String("year")}})
	must(s.world, yearly, err)
	once, err := s.client.V1Prices.Create(t.Context(), &sdk.PriceCreateParams{Currency: sdk.String("usd"), UnitAmount: sdk.Int64(1), Product: &s.small.Product.ID})
	must(s.world, once, err)
	for name, list := range map[string][]*sdk.SubscriptionCreateItemParams{
		"another interval":     items(s.small, yearly),
		"the same price twice": items(s.small, s.small),
		"a price for once":     items(once),
		"no such price":        {{Price: sdk.String("price_none")}},
		"a metered quantity":   {{Price: &s.smallVoice.ID, Quantity: sdk.Int64(1)}},
		"nothing":              nil,
	} {
		if _, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: list}); refused(t, err).HTTPStatusCode != 400 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
