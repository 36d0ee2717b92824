package stripe

import (
	"errors"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

var order = billing.Order{
	ID: "ord_1", UserID: "usr_ada", CustomerID: customer, Tier: plan.Secretary,
	SuccessURL: "https://xswarm.example/app/billing/return?order=ord_1", CancelURL: "https://xswarm.example/app/billing",
}

func TestAnOrderIsAPlanWithItsMeters(t *testing.T) {
	a := newAccount(t)
	a.prices()
	a.answers("POST /v1/checkout/sessions", "checkout_open.json")
	got, err := a.OpenCheckout(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	want := billing.Checkout{
		ID: "ord_1", UserID: "usr_ada", Tier: plan.Secretary, SessionID: "cs_test_a1Swarm", State: billing.CheckoutOpen,
		URL: "https://checkout.stripe.com/c/pay/cs_test_a1Swarm", CustomerID: customer, ExpiresAt: jan1.Add(24 * time.Hour),
	}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	q := a.only("POST", "/v1/checkout/sessions")
	same(t, q.Form, map[string]string{
		"mode": "subscription", "customer": customer, "client_reference_id": "ord_1",
		"success_url": order.SuccessURL, "cancel_url": order.CancelURL,
		"metadata[user_id]": "usr_ada", "metadata[order_id]": "ord_1", "metadata[tier]": "ai_secretary",
		"subscription_data[billing_mode][type]": "flexible",
		"subscription_data[metadata][user_id]":  "usr_ada", "subscription_data[metadata][order_id]": "ord_1",
		"line_items[0][price]": "price_secretary", "line_items[0][quantity]": "1",
		"line_items[1][price]": "price_secretary_voice", "line_items[2][price]": "price_secretary_sms",
	})
	if got := q.Header.Get("Idempotency-Key"); got != "ord_1" {
		t.Errorf("the key is %q", got)
	}
}

func TestPlansAreSoldAsTheOperatorSays(t *testing.T) {
	for name, tc := range map[string]struct {
		set  func(*Options)
		want map[string]string
		not  string
	}{
		"with tax":       {func(o *Options) { o.AutomaticTax = true }, map[string]string{"automatic_tax[enabled]": "true", "customer_update[address]": "auto"}, "trial"},
		"with codes":     {func(o *Options) { o.PromotionCodes = true }, map[string]string{"allow_promotion_codes": "true"}, "discounts"},
		"with a coupon":  {func(o *Options) { o.Coupon, o.PromotionCodes = "HALF", true }, map[string]string{"discounts[0][coupon]": "HALF"}, "allow_promotion_codes"},
		"with a trial":   {func(o *Options) { o.TrialDays = 14 }, map[string]string{"subscription_data[trial_period_days]": "14"}, "discounts"},
		"without a whim": {func(*Options) {}, nil, "trial"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, tc.set)
			a.prices()
			a.says("GET /v1/subscriptions", 200, nothing)
			a.answers("POST /v1/checkout/sessions", "checkout_open.json")
			if _, err := a.OpenCheckout(t.Context(), order); err != nil {
				t.Fatal(err)
			}
			form := a.only("POST", "/v1/checkout/sessions").Form
			for k, v := range tc.want {
				if form.Get(k) != v {
					t.Errorf("%s=%q, want %q", k, form.Get(k), v)
				}
			}
			if strings.Contains(form.Encode(), tc.not) {
				t.Errorf("sends %s: %s", tc.not, form.Encode())
			}
		})
	}
}

func TestATrialIsForTheFirstPlanOnly(t *testing.T) {
	for status, want := range map[string]string{"canceled": "", "active": "", "incomplete_expired": "14"} {
		a := newAccount(t, func(o *Options) { o.TrialDays = 14 })
		a.prices()
		a.says("GET /v1/subscriptions", 200, listed(t, "subscription.json", with("status", status)))
		a.answers("POST /v1/checkout/sessions", "checkout_open.json")
		if _, err := a.OpenCheckout(t.Context(), order); err != nil {
			t.Fatal(err)
		}
		if got := a.only("POST", "").Form.Get("subscription_data[trial_period_days]"); got != want {
			t.Errorf("after one that is %s: a trial of %q days, want %q", status, got, want)
		}
		if got := a.only("GET", "/v1/subscriptions").Query; got.Get("customer") != customer || got.Get("status") != "all" {
			t.Errorf("looks for %v", got)
		}
	}
}

func TestWhatHasNoPriceIsNotSold(t *testing.T) {
	for _, tier := range []plan.Tier{plan.CTO, plan.Buddy, "ai_emperor"} {
		a := newAccount(t)
		o := order
		o.Tier = tier
		var r *billing.Refusal
		if _, err := a.OpenCheckout(t.Context(), o); !errors.As(err, &r) || r.Code != "no_price" || len(a.all) != 0 {
			t.Errorf("%s: got %v", tier, err)
		}
	}
}

func TestAnAccountThatIsNotSetUpSaysSo(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/prices", 200, nothing)
	_, err := a.OpenCheckout(t.Context(), order)
	var r *billing.Refusal
	if err == nil || errors.As(err, &r) || !strings.Contains(err.Error(), "xswarm setup stripe") {
		t.Errorf("got %v; the operator can mend it, so it is no refusal", err)
	}
}

func TestWhatBecameOfAnOrderIsRead(t *testing.T) {
	a := newAccount(t)
	a.answers("GET /v1/checkout/sessions/{id}", "checkout_complete.json")
	got, err := a.Checkout(t.Context(), "cs_test_a1Swarm")
	if err != nil || got.State != billing.CheckoutComplete || got.Subscription != subID || got.CustomerID != customer || got.UserID != "usr_ada" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAnOrderIsEndedIfItIsOpen(t *testing.T) {
	t.Run("open", func(t *testing.T) {
		a := newAccount(t)
		a.answers("GET /v1/checkout/sessions/{id}", "checkout_open.json")
		a.answers("POST /v1/checkout/sessions/{id}/expire", "checkout_open.json", with("status", "expired"))
		if err := a.ExpireCheckout(t.Context(), "cs_test_a1Swarm"); err != nil {
			t.Fatal(err)
		}
		if got := a.only("POST", "").Header.Get("Idempotency-Key"); got != "expire:cs_test_a1Swarm" {
			t.Errorf("the key is %q", got)
		}
	})
	t.Run("over", func(t *testing.T) {
		a := newAccount(t)
		a.answers("GET /v1/checkout/sessions/{id}", "checkout_complete.json")
		if err := a.ExpireCheckout(t.Context(), "cs_test_a1Swarm"); err != nil || a.changes() != 0 {
			t.Errorf("got %v after %d changes", err, a.changes())
		}
	})
	t.Run("paid in between", func(t *testing.T) {
		a := newAccount(t)
		first := true
		open, paid := load(t, "checkout_open.json"), load(t, "checkout_complete.json")
		a.mux.HandleFunc("GET /v1/checkout/sessions/{id}", saySwitch(&first, open, paid))
		a.says("POST /v1/checkout/sessions/{id}/expire", 400, wrong("invalid_request_error", ""))
		if err := a.ExpireCheckout(t.Context(), "cs_test_a1Swarm"); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("refused", func(t *testing.T) {
		a := newAccount(t)
		a.answers("GET /v1/checkout/sessions/{id}", "checkout_open.json")
		a.says("POST /v1/checkout/sessions/{id}/expire", 400, wrong("invalid_request_error", ""))
		var r *billing.Refusal
		if err := a.ExpireCheckout(t.Context(), "cs_test_a1Swarm"); !errors.As(err, &r) {
			t.Errorf("got %v", err)
		}
	})
}

func TestThePortalIsTheOneThatSetupMade(t *testing.T) {
	a := newAccount(t)
	a.answers("GET /v1/billing_portal/configurations", "portal_configurations.json")
	a.answers("POST /v1/billing_portal/sessions", "portal_session.json")
	for range 2 {
		got, err := a.OpenPortal(t.Context(), customer, "https://xswarm.example/app/billing")
		if err != nil || got != "https://billing.stripe.com/p/session/test_1" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	q := a.asked("POST", "")
	same(t, q[0].Form, map[string]string{"customer": customer, "return_url": "https://xswarm.example/app/billing", "configuration": "bpc_ours"})
	if q[0].Header.Get("Idempotency-Key") == q[1].Header.Get("Idempotency-Key") {
		t.Error("a day later the page of the day before would be given")
	}
}

func TestWithoutAConfigurationThePortalIsTheAccounts(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/billing_portal/configurations", 200, nothing)
	a.answers("POST /v1/billing_portal/sessions", "portal_session.json")
	if _, err := a.OpenPortal(t.Context(), customer, "https://xswarm.example/app/billing"); err != nil {
		t.Fatal(err)
	}
	if form := a.only("POST", "").Form; form.Has("configuration") {
		t.Errorf("asks for %v", form)
	}
}
