package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

func TestBuyingLeadsToThePaymentPage(t *testing.T) {
	p := newProduct()
	p.on, p.order.URL = true, "https://checkout.pay.example/c/1"
	// Where people go afterwards is ours to say, not the form's.
	a := signedIn(t, p).post("/app/billing/checkout", "tier", "ai_secretary", "success_path", "https://evil.example", "cancel_path", "//evil.example")
	a.leads(t, "https://checkout.pay.example/c/1")
	p.was(t, `checkout ai_secretary of usr_1 to "", back to "/plans"`)
}

func TestWhatCannotBeBoughtIsSaid(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		words  string
	}{
		{fault.Body("tier", "must be one of ai_secretary, ai_project_manager"), 422, "The tier must be one of ai_secretary, ai_project_manager."},
		{billing.ErrOff, 404, "Nothing can be paid here"},
		{billing.ErrSubscribed, 409, "change it instead"},
		{billing.ErrSales, 409, "please write to us"},
		{billing.ErrDeclined, 402, "Your card was declined"},
		{billing.ErrUnreachable, 503, "Nothing was changed"},
		{account.ErrTooMany.After(10 * time.Minute), 429, "try again in 10 minutes"},
		{fmt.Errorf("sk_live_secret is wrong"), 500, "Something went wrong"},
	} {
		p := newProduct()
		p.on, p.err, p.order.URL = true, c.err, "https://checkout.pay.example/c/1"
		a := signedIn(t, p).post("/app/billing/checkout", "tier", "ai_unknown")
		a.has(t, c.status, c.words)
		a.lacks(t, "sk_live_secret", "see errors", "pay.example")
		if got := a.Header.Get("Location"); got != "" {
			t.Errorf("%v: leads to %q", c.err, got)
		}
	}
}

func TestOnlyWhoIsSignedInMayPay(t *testing.T) {
	p := newProduct()
	p.on = true
	b := open(t, p)
	for _, target := range []string{"/app/billing", "/app/billing/portal", "/app/billing/return?order=chk_1", "/app/billing/change?tier=ai_buddy"} {
		b.get(target).leads(t, "/login?next="+url.QueryEscape(target))
	}
	for _, target := range []string{"/app/billing/checkout", "/app/billing/change", "/app/billing/cap"} {
		b.post(target, "tier", "ai_secretary", "limit", "1").leads(t, "/login?next=%2Fapp")
	}
	p.was(t)
}

func TestThePortalIsALinkThatMailsMayHold(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	b := signedIn(t, p)
	b.get("/app/billing/portal").leads(t, "https://billing.pay.example/p/1")
	p.was(t, `portal of usr_1, back to ""`)
	p.err = billing.ErrNoCustomer
	a := b.get("/app/billing/portal")
	a.has(t, 409, "You have never paid here")
	a.lacks(t, "pay.example")
}

func TestAPaidOrderWelcomesAndSaysWhatIsNext(t *testing.T) {
	p := newProduct()
	p.on, p.order = true, billing.Checkout{ID: "chk_1", Tier: plan.Secretary, State: billing.CheckoutComplete, SuccessPath: billing.PagePath}
	b := signedIn(t, p)
	a := b.get("/app/billing/return?order=chk_1")
	a.has(t, 200, "Welcome to AI Secretary", "500 text messages", `href="/app#phones"`, `href="/app/billing"`)
	a.lacks(t, "Look again", "look=", "Waiting")
	if got := a.Header.Get("Refresh"); got != "" {
		t.Errorf("Refresh = %q, want none", got)
	}
	p.was(t, "return of usr_1 from chk_1")
	a = signedIn(t, p, func(o *Options) { o.TextsOff = true }).get("/app/billing/return?order=chk_1")
	a.has(t, 200, "Welcome to AI Secretary", `href="/app"`)
	a.lacks(t, "#phones")
}

func TestAPaidOrderLeadsOnWhereItWasMeantTo(t *testing.T) {
	for path, want := range map[string]string{
		"/app?from=checkout":   "/app?from=checkout",
		"https://evil.example": "/app",
		"//evil.example":       "/app",
		`/\evil.example`:       "/app",
	} {
		p := newProduct()
		p.order = billing.Checkout{Tier: plan.Secretary, State: billing.CheckoutComplete, SuccessPath: path}
		signedIn(t, p).get("/app/billing/return?order=chk_1").leads(t, want)
	}
}

func TestAnOpenOrderIsLookedAtAgainAFewTimes(t *testing.T) {
	p := newProduct()
	p.order = billing.Checkout{Tier: plan.Manager, State: billing.CheckoutOpen, URL: "https://checkout.pay.example/c/1", SuccessPath: "/app"}
	b := signedIn(t, p)
	target := "/app/billing/return?order=chk_1"
	for look := 1; look <= 5; look++ {
		a := b.get(target)
		a.has(t, 200, "Waiting for your payment", "AI Project Manager", "looks again by itself", `href="/app/billing/return?order=chk_1"`, `href="https://checkout.pay.example/c/1"`)
		want := fmt.Sprintf("/app/billing/return?order=chk_1&look=%d", look)
		if got := a.Header.Get("Refresh"); got != "3; url="+want {
			t.Fatalf("Refresh = %q, want it to lead to %q", got, want)
		}
		target = want
	}
	for _, last := range []string{target, "/app/billing/return?order=chk_1&look=-9", "/app/billing/return?order=chk_1&look=99"} {
		a := b.get(last)
		a.has(t, 200, "Look again")
		a.lacks(t, "by itself", "Welcome")
		if got := a.Header.Get("Refresh"); got != "" {
			t.Errorf("%s: Refresh = %q, want none", last, got)
		}
	}
}

func TestAnOrdersNameCannotLeadElsewhere(t *testing.T) {
	p := newProduct()
	p.order.State = billing.CheckoutOpen
	a := signedIn(t, p).get("/app/billing/return?order=" + url.QueryEscape("x; url=https://evil.example\r\nSet-Cookie: a=b\"><script>"))
	got := a.Header.Get("Refresh")
	if strings.Count(got, ";") != 1 || strings.ContainsAny(strings.TrimPrefix(got, "3; "), " \r\n") || strings.Contains(got, "https://") {
		t.Errorf("Refresh = %q", got)
	}
	a.lacks(t, "<script>", "https://evil.example")
}

func TestAnOrderThatEndedUnpaidSaysThatNothingWasCharged(t *testing.T) {
	p := newProduct()
	p.order = billing.Checkout{Tier: plan.Secretary, State: billing.CheckoutExpired, SuccessPath: "/app", URL: "https://checkout.pay.example/c/1"}
	a := signedIn(t, p).get("/app/billing/return?order=chk_1")
	a.has(t, 200, "This order has ended", "Nothing was charged", `href="/plans"`)
	a.lacks(t, "Welcome", "pay.example", "Look again")
}

func TestSomebodyElsesOrderIsNotFound(t *testing.T) {
	p := newProduct()
	p.err = fault.ErrNotFound
	a := signedIn(t, p).get("/app/billing/return?order=chk_of_another")
	a.has(t, 404, "not yours")
	a.lacks(t, "Welcome", "chk_of_another")
}

func TestAPaymentServiceThatDoesNotAnswerLosesNoPayment(t *testing.T) {
	p := newProduct()
	p.err = billing.ErrUnreachable
	a := signedIn(t, p).get("/app/billing/return?order=chk_1")
	a.has(t, 503, "If you have paid, nothing is lost", "Look again")
	a.lacks(t, "Nothing was changed", "Welcome", "AI Buddy")
	if a.Header.Get("Refresh") == "" {
		t.Error("the page does not look again")
	}
}
