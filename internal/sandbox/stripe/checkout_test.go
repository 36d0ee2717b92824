package stripe

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

// session makes a checkout of the small plan.
func (s *shop) session(change ...func(*sdk.CheckoutSessionCreateParams)) *sdk.CheckoutSession {
	s.t.Helper()
	p := &sdk.CheckoutSessionCreateParams{Mode: sdk.String("subscription"), SuccessURL: sdk.String("http://product.test/done?s={CHECKOUT_SESSION_ID}"),
		CancelURL: sdk.String("http://product.test/back"), ClientReferenceID: sdk.String("usr_1"),
		LineItems: []*sdk.CheckoutSessionCreateLineItemParams{{Price: &s.small.ID, Quantity: sdk.Int64(1)}, {Price: &s.smallVoice.ID}},
		SubscriptionData: &sdk.CheckoutSessionCreateSubscriptionDataParams{Metadata: map[string]string{"user_id": "usr_1"},
			BillingMode: &sdk.CheckoutSessionCreateSubscriptionDataBillingModeParams{Type: sdk.String("flexible")}}}
	for _, f := range change {
		f(p)
	}
	cs, err := s.client.V1CheckoutSessions.Create(s.t.Context(), p)
	return must(s.world, cs, err)
}

// open gets a page, or sends its form when there are fields.
func (w *world) open(address string, fields ...string) (int, string, string) {
	w.t.Helper()
	method, body := http.MethodGet, ""
	if len(fields) > 0 {
		method, body = http.MethodPost, form(fields...)
	}
	path := strings.TrimPrefix(address, "http://pay.test")
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := &http.Client{Transport: w.server.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header.Get("Location")
}

// fetch gets a session anew.
func (s *shop) fetch(cs *sdk.CheckoutSession) *sdk.CheckoutSession {
	s.t.Helper()
	got, err := s.client.V1CheckoutSessions.Retrieve(s.t.Context(), cs.ID, nil)
	return must(s.world, got, err)
}

func TestACheckoutMakesASubscriptionThatIsPaid(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cs := s.session()
	if cs.Status != "open" || cs.PaymentStatus != "unpaid" || cs.AmountTotal != 4000 || when(cs.ExpiresAt) != "2026-01-11 12:00:00" {
		t.Errorf("got %s, %s, %d until %s", cs.Status, cs.PaymentStatus, cs.AmountTotal, when(cs.ExpiresAt))
	}
	_, body, _ := s.open(cs.URL)
	for _, want := range []string{"Subscribe for $40.00", "Secretary, $40.00 / month", "by usage", "4242 4242 4242 4242", `href="http://product.test/back"`, `type="email"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q:\n%s", want, body)
		}
	}
	if strings.Contains(body, "<script") {
		t.Error("the page has a script")
	}
	s.forget()
	status, _, to := s.open(cs.URL, "action", "pay", "card", "4242424242424242", "email", "ada@example.com", "name", "Ada")
	if status != 303 || to != "http://product.test/done?s="+cs.ID {
		t.Fatalf("got %d to %q", status, to)
	}
	got := s.fetch(cs)
	if got.Status != "complete" || got.PaymentStatus != "paid" || got.ClientReferenceID != "usr_1" || got.CustomerDetails.Email != "ada@example.com" || got.URL != "" {
		t.Errorf("got %s, %s of %s", got.Status, got.PaymentStatus, got.CustomerDetails.Email)
	}
	sub := s.sub(got.Subscription.ID)
	if sub.Status != "active" || sub.Metadata["user_id"] != "usr_1" || sub.Customer.ID != got.Customer.ID || sub.DefaultPaymentMethod == nil || s.latest(sub).AmountPaid != 4000 {
		t.Errorf("got %s of %v with %v", sub.Status, sub.Metadata, sub.DefaultPaymentMethod)
	}
	types := s.types()
	for _, want := range []string{"customer.created", "payment_method.attached", "customer.subscription.created", "invoice.paid", "charge.succeeded", "checkout.session.completed"} {
		if !slices.Contains(types, want) {
			t.Errorf("no webhook %s in %v", want, types)
		}
	}
	if _, body, _ := s.open(cs.URL); !strings.Contains(body, "already subscribed") {
		t.Errorf("got %s", body)
	}
	if s.open(cs.URL, "action", "pay", "card", "4242424242424242", "email", "a@b.c"); len(s.engine.Subscriptions()) != 1 {
		t.Error("a form that is sent twice subscribes twice")
	}
}

func TestCardsBehaveOnTheCheckoutPageAsTheyShould(t *testing.T) {
	tests := []struct{ card, says, later string }{
		{"4000000000000002", "Your card was declined.", ""},
		{"4000000000009995", "Your card has insufficient funds.", ""},
		{"4000 0000 0000 0069", "Your card has expired.", ""},
		{"1234", "Your card number is incorrect.", ""},
		{"4000000000000341", "", "past_due"},
		{"4000000000000259", "", "active"},
	}
	for _, tt := range tests {
		t.Run(tt.card, func(t *testing.T) {
			s := newShop(t, "2026-01-10")
			s.listen()
			cs := s.session()
			status, body, _ := s.open(cs.URL, "action", "pay", "number", tt.card, "email", "ada@example.com")
			if tt.says != "" {
				if status != 422 || !strings.Contains(body, tt.says) || s.fetch(cs).Status != "open" {
					t.Errorf("got %d, want %q:\n%s", status, tt.says, body)
				}
				return
			}
			got := s.fetch(cs)
			if got.PaymentStatus != "paid" {
				t.Fatalf("got %s", got.PaymentStatus)
			}
			if disputed := count(s.types(), "charge.dispute.created") == 1; disputed != (tt.card == "4000000000000259") {
				t.Errorf("disputed is %t", disputed)
			}
			s.until("2026-02-10T13:00:00Z")
			if sub := s.sub(got.Subscription.ID); string(sub.Status) != tt.later {
				t.Errorf("a month later got %s, want %s", sub.Status, tt.later)
			}
		})
	}
}

func TestACardThatAsksIsAskedOnAPageOfItsOwn(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cs := s.session()
	pay := []string{"action", "pay", "card", "4000002500003155", "email", "ada@example.com"}
	if status, body, _ := s.open(cs.URL, pay...); status != 200 || !strings.Contains(body, "Complete") || !strings.Contains(body, "Fail") {
		t.Fatalf("got %d %s", status, body)
	}
	if status, body, _ := s.open(cs.URL, "action", "fail"); status != 422 || !strings.Contains(body, "unable to authenticate") {
		t.Errorf("got %d %s", status, body)
	}
	if status, _, _ := s.open(cs.URL, "action", "agree"); status != 200 || s.fetch(cs).Status != "open" {
		t.Error("what failed can still be agreed to")
	}
	s.open(cs.URL, pay...)
	if status, _, _ := s.open(cs.URL, "action", "agree"); status != 303 {
		t.Errorf("got %d", status)
	}
	got := s.fetch(cs)
	s.until("2026-02-10T13:00:00Z")
	if sub := s.sub(got.Subscription.ID); sub.Status != "active" || s.latest(sub).Status != "paid" {
		t.Errorf("a month later got %s: a card that was set up does not ask again", sub.Status)
	}
}

func TestACheckoutExpires(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	early := s.session(func(p *sdk.CheckoutSessionCreateParams) { p.ExpiresAt = sdk.Int64(s.clock().Add(time.Hour).Unix()) })
	byHand := s.session()
	cs, err := s.client.V1CheckoutSessions.Expire(t.Context(), byHand.ID, nil)
	if must(s.world, cs, err).Status != "expired" {
		t.Errorf("got %s", cs.Status)
	}
	_, err = s.client.V1CheckoutSessions.Expire(t.Context(), byHand.ID, nil)
	if got := refused(t, err); !strings.HasPrefix(got.Msg, "Only Checkout Sessions with a status in") {
		t.Errorf("got %q", got.Msg)
	}
	s.forget()
	s.pass(time.Hour)
	if s.the("checkout.session.expired").Object != early.ID || s.fetch(early).Status != "expired" {
		t.Errorf("got %s", s.fetch(early).Status)
	}
	if status, _, _ := s.open(early.URL, "action", "pay", "card", "4242424242424242", "email", "a@b.c"); status != 410 {
		t.Errorf("got %d", status)
	}
}

func TestACheckoutWithATrialTakesNoMoney(t *testing.T) {
	trial := func(p *sdk.CheckoutSessionCreateParams) {
		p.SubscriptionData.TrialPeriodDays = sdk.Int64(7)
		p.PaymentMethodCollection = sdk.String("if_required")
		p.SubscriptionData.TrialSettings = &sdk.CheckoutSessionCreateSubscriptionDataTrialSettingsParams{
			EndBehavior: &sdk.CheckoutSessionCreateSubscriptionDataTrialSettingsEndBehaviorParams{MissingPaymentMethod: sdk.String("cancel")}}
	}
	s := newShop(t, "2026-01-10")
	cs := s.session(trial)
	_, body, _ := s.open(cs.URL)
	if cs.AmountTotal != 0 || !strings.Contains(body, "Free until 17 Jan 2026") || strings.Contains(body, "4242 4242") {
		t.Errorf("got %d:\n%s", cs.AmountTotal, body)
	}
	s.open(cs.URL, "action", "pay", "email", "ada@example.com")
	got := s.fetch(cs)
	if got.PaymentStatus != "no_payment_required" || s.sub(got.Subscription.ID).Status != "trialing" {
		t.Fatalf("got %s", got.PaymentStatus)
	}
	s.pass(8 * 24 * time.Hour)
	if sub := s.sub(got.Subscription.ID); sub.Status != "canceled" {
		t.Errorf("got %s", sub.Status)
	}
}

func TestACheckoutTakesPromotionCodesAndTax(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cp, err := s.client.V1Coupons.Create(t.Context(), &sdk.CouponCreateParams{PercentOff: sdk.Float64(50), Duration: sdk.String("once")})
	must(s.world, cp, err)
	pc, err := s.client.V1PromotionCodes.Create(t.Context(), &sdk.PromotionCodeCreateParams{Code: sdk.String("HALF"),
		Promotion: &sdk.PromotionCodeCreatePromotionParams{Type: sdk.String("coupon"), Coupon: &cp.ID}, MaxRedemptions: sdk.Int64(1)})
	must(s.world, pc, err)
	cs := s.session(func(p *sdk.CheckoutSessionCreateParams) {
		p.AllowPromotionCodes = sdk.Bool(true)
		p.AutomaticTax = &sdk.CheckoutSessionCreateAutomaticTaxParams{Enabled: sdk.Bool(true)}
	})
	if status, body, _ := s.open(cs.URL, "action", "code", "code", "QUARTER"); status != 422 || !strings.Contains(body, "This code is invalid.") {
		t.Errorf("got %d %s", status, body)
	}
	if _, body, _ := s.open(cs.URL, "action", "code", "code", " half "); !strings.Contains(body, "Subscribe for $20.00") || !strings.Contains(body, "-$20.00") {
		t.Errorf("got %s", body)
	}
	if status, body, _ := s.open(cs.URL, "action", "pay", "card", "4242424242424242", "email", "a@b.c"); status != 422 || !strings.Contains(body, "choose your country") {
		t.Errorf("got %d %s", status, body)
	}
	s.open(cs.URL, "action", "pay", "card", "4242424242424242", "email", "a@b.c", "country", "US", "postal", "94103")
	got := s.fetch(cs)
	if got.AmountTotal != 2200 || got.AmountSubtotal != 4000 || got.PaymentStatus != "paid" || got.AutomaticTax.Status != "complete" {
		t.Errorf("got %d of %d, %s, tax %s", got.AmountTotal, got.AmountSubtotal, got.PaymentStatus, got.AutomaticTax.Status)
	}
	sub := s.sub(got.Subscription.ID)
	if in := s.latest(sub); in.Total != 2200 || in.TotalTaxes[0].Amount != 200 || in.TotalDiscountAmounts[0].Amount != 2000 {
		t.Errorf("got %d", in.Total)
	}
	other := s.session(func(p *sdk.CheckoutSessionCreateParams) { p.AllowPromotionCodes = sdk.Bool(true) })
	if _, body, _ := s.open(other.URL, "action", "code", "code", "HALF"); !strings.Contains(body, "This code is expired.") {
		t.Errorf("got %s", body)
	}
}

func TestABankTakesADayToSay(t *testing.T) {
	for account, want := range map[string]string{bankSettles: "paid", bankBounces: "unpaid"} {
		s := newShop(t, "2026-01-10")
		s.listen()
		cs := s.session(func(p *sdk.CheckoutSessionCreateParams) {
			p.PaymentMethodTypes = []*string{sdk.String("card"), sdk.String("us_bank_account")}
		})
		s.open(cs.URL, "action", "pay", "card", account, "email", "a@b.c")
		got := s.fetch(cs)
		if got.Status != "complete" || got.PaymentStatus != "unpaid" || s.sub(got.Subscription.ID).Status != "active" {
			t.Fatalf("got %s, %s", got.Status, got.PaymentStatus)
		}
		s.pass(24 * time.Hour)
		told := map[string]string{"paid": "checkout.session.async_payment_succeeded", "unpaid": "checkout.session.async_payment_failed"}[want]
		s.the(told)
		if got := s.fetch(cs); string(got.PaymentStatus) != want {
			t.Errorf("%s: got %s, want %s", account, got.PaymentStatus, want)
		}
	}
}

func TestACheckoutThatCannotBeIsRefused(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("")
	base := func(more ...string) string {
		v, _ := url.ParseQuery(form("mode", "subscription", "success_url", "http://p.test/", "line_items[0][price]", s.small.ID, "line_items[0][quantity]", "1"))
		for i := 0; i < len(more); i += 2 {
			v.Del(more[i])
			if more[i+1] != "" {
				v.Set(more[i], more[i+1])
			}
		}
		return v.Encode()
	}
	for name, f := range map[string]string{
		"payment":                     base("mode", "payment"),
		"no place to return to":       base("success_url", ""),
		"nothing":                     base("line_items[0][price]", "", "line_items[0][quantity]", ""),
		"no quantity":                 base("line_items[0][quantity]", ""),
		"a metered quantity":          base("line_items[0][price]", s.smallVoice.ID),
		"an unknown nested parameter": base("line_items[0][qty]", "1"),
		"customer and email":          base("customer", cu.ID, "customer_email", "a@b.c"),
		"tax of nowhere":              base("customer", cu.ID, "automatic_tax[enabled]", "true"),
		"a short life":                base("expires_at", string(decimal(ratOf(s.clock().Add(29*time.Minute).Unix())))),
		"a discount and codes":        base("discounts[0][coupon]", "x", "allow_promotion_codes", "true"),
		"a customer who is not there": base("customer", "cus_none"),
	} {
		if status, _, body := s.raw("POST", "/v1/checkout/sessions", f); status != 400 {
			t.Errorf("%s: got %d %v", name, status, body)
		}
	}
	if status, _, body := s.raw("POST", "/v1/checkout/sessions", base()); status != 200 {
		t.Errorf("what all of these change got %d %v", status, body)
	}
}
