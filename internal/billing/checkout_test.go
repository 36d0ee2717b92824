package billing_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
	emulator "xswarm.ai/server/internal/sandbox/stripe"
	"xswarm.ai/server/internal/stripe"
)

func TestAPlanIsBoughtAndRenewedEveryMonth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	w.refused(u, plan.SMSMessages, billing.CodeUpgrade)
	u = w.buy(u, plan.Secretary, good)
	w.on(u, plan.Secretary)
	w.may(u, plan.SMSMessages, plan.VoiceMinutes)
	w.until(at("2026-04-05 12:00:00"))
	w.on(u, plan.Secretary)
	list := w.totals("ada", "paid", secretary, secretary, secretary, secretary)
	w.adds(list...)
	for _, i := range list {
		if i.Paid != secretary || i.Due != 0 || i.Refunded != 0 || i.Currency != "usd" || i.Number == "" || i.URL == "" {
			t.Errorf("got %+v", i)
		}
	}
	if got := w.usage(u).Period; !got.Start.Equal(at("2026-04-05 09:00:00")) || !got.End.Equal(at("2026-05-05 09:00:00")) {
		t.Errorf("the period is %v", got)
	}
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestACardThatIsDeclinedBuysNothingAndAnotherOneBuysOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	c := w.order(u, plan.Secretary)
	if _, err := w.box.Pay(c.SessionID, declined, true); err == nil {
		t.Fatal("the card was not declined")
	}
	w.settle()
	w.on(u, plan.Buddy)
	w.told("ada")
	if again := w.order(u, plan.Secretary); again.SessionID != c.SessionID {
		t.Errorf("another order: %+v", again)
	}
	w.pay(c, good)
	w.settle()
	w.on(u, plan.Secretary)
	if n := len(w.box.Subscriptions()); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	w.totals("ada", "paid", secretary)
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestAPaymentThatTakesItsTimeWelcomesWhenItIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	sub := w.ask("POST", "/v1/subscriptions", url.Values{
		"customer": {w.customerOf(u.ID)}, "payment_behavior": {"default_incomplete"},
		"items[0][price]": {w.price("xswarm_ai_secretary_monthly")},
	})
	w.settle() // and it is known before it is paid
	if got := w.on(u, plan.Buddy).Subscription; got.Status != plan.Incomplete || got.ID != sub["id"] {
		t.Errorf("got %+v", got)
	}
	w.told("ada")
	w.page(w.box.Invoices()[0].URL, "new", "card", good)
	w.settle()
	w.on(u, plan.Secretary)
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestABankIsAskedBeforeAnythingIsBought(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	c := w.order(u, plan.Secretary)
	if _, err := w.box.Pay(c.SessionID, asksBank, false); err == nil {
		t.Fatal("it was paid without asking")
	}
	w.settle()
	w.on(u, plan.Buddy)
	w.told("ada")
	w.pay(c, asksBank)
	w.settle()
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", secretary)
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestManyOrdersAtOnceAreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	var all sync.WaitGroup
	var mu sync.Mutex
	sessions := map[string]bool{}
	for range 8 {
		all.Go(func() {
			c, err := w.billing.Checkout(t.Context(), u, billing.CheckoutRequest{Tier: plan.Secretary})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				sessions[c.SessionID] = true
			case !fault.Is(err, fault.Unavailable):
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if len(sessions) != 1 || sessions[""] {
		t.Errorf("sessions: %v", sessions)
	}
	open := count(w.box.Sessions(), func(s emulator.SessionRow) bool { return s.Status == "open" })
	if open != 1 || len(w.box.Customers()) != 1 {
		t.Errorf("%d sessions of %d customers are open", open, len(w.box.Customers()))
	}
	w.sound()
}

func TestTheSameWishLeadsToTheSamePageAndAnotherOneEndsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	first := w.order(u, plan.Secretary)
	if again := w.order(u, plan.Secretary); again != first {
		t.Errorf("got %+v, want %+v", again, first)
	}
	other := w.order(u, plan.Manager)
	if other.SessionID == first.SessionID || other.Tier != plan.Manager {
		t.Fatalf("got %+v", other)
	}
	if _, err := w.box.Pay(first.SessionID, good, true); err == nil {
		t.Error("the order before can still be paid")
	}
	w.settle()
	ended, err := w.billing.CheckoutReturn(t.Context(), u, first.ID)
	if err != nil || ended.State != billing.CheckoutExpired {
		t.Errorf("the order before is %+v, %v", ended, err)
	}
	w.pay(other, good)
	w.settle()
	w.on(u, plan.Manager)
	w.totals("ada", "paid", manager)
	w.told("ada", "welcome ai_project_manager")
	w.sound()
}

func TestAnOrderThatWasPaidWhileAnotherIsWishedForIsABoughtPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	w.pay(w.order(u, plan.Secretary), good) // and no event has come
	_, err := w.billing.Checkout(t.Context(), w.again(u), billing.CheckoutRequest{Tier: plan.Manager})
	w.code(err, "already_subscribed")
	w.on(u, plan.Secretary)
	w.settle()
	if n := len(w.box.Subscriptions()); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestWhoHasAPlanCannotBuyAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	for _, tier := range []plan.Tier{plan.Secretary, plan.Manager} {
		_, err := w.billing.Checkout(t.Context(), u, billing.CheckoutRequest{Tier: tier})
		w.code(err, "already_subscribed")
	}
	if n := len(w.box.Sessions()); n != 1 {
		t.Errorf("%d checkouts", n)
	}
}

func TestSomePlansCannotBeBought(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	for tier, code := range map[plan.Tier]string{
		plan.Buddy: "invalid_request", "ai_emperor": "invalid_request", "": "invalid_request", plan.CTO: "contact_sales",
	} {
		_, err := w.billing.Checkout(t.Context(), u, billing.CheckoutRequest{Tier: tier})
		w.code(err, code)
	}
	if n := len(w.box.Customers()); n != 0 {
		t.Errorf("%d customers were made for nothing", n)
	}
}

func TestAnOrderExpiresAfterADayAndAnotherIsPossible(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	first := w.order(u, plan.Secretary)
	w.pass(25 * hour)
	ended, err := w.billing.CheckoutReturn(t.Context(), u, first.ID)
	if err != nil || ended.State != billing.CheckoutExpired {
		t.Errorf("got %+v, %v", ended, err)
	}
	second := w.order(u, plan.Secretary)
	if second.SessionID == first.SessionID {
		t.Fatal("the page that has expired is shown again")
	}
	w.pay(second, good)
	w.settle()
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", secretary)
	w.sound()
}

func TestAnOrderThatExpiresWithoutAWordIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	first := w.order(u, plan.Secretary)
	w.clock.Advance(25 * hour)
	w.box.CatchUp()
	w.take() // and nobody tells us
	if second := w.order(u, plan.Secretary); second.SessionID == first.SessionID {
		t.Error("the page that has expired is shown again")
	}
	w.sound()
}

func TestComingBackFromPayingNeedsNoEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	c := w.order(u, plan.Secretary)
	if open, err := w.billing.CheckoutReturn(t.Context(), u, c.ID); err != nil || open.State != billing.CheckoutOpen {
		t.Errorf("before it is paid: %+v, %v", open, err)
	}
	to, err := w.box.Pay(c.SessionID, good, true)
	w.must(err)
	if want := product + billing.ReturnPath + "?order=" + c.ID; to != want {
		t.Errorf("it leads to %s, want %s", to, want)
	}
	w.on(u, plan.Buddy)
	done, err := w.billing.CheckoutReturn(t.Context(), u, c.ID)
	if err != nil || done.State != billing.CheckoutComplete || done.Subscription == "" {
		t.Errorf("got %+v, %v", done, err)
	}
	w.on(u, plan.Secretary)
	w.settle() // the events, which change nothing any more
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestTheOrderOfSomebodyElseIsNobodysBusiness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.order(w.somebody("ada"), plan.Secretary)
	for _, orderID := range []string{c.ID, "chk_none", ""} {
		if _, err := w.billing.CheckoutReturn(t.Context(), w.somebody("eve"+orderID), orderID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: got %v", orderID, err)
		}
	}
}

func TestOrdersLeadNowhereButToOurOwnSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	bob := w.somebody("bob")
	for _, path := range []string{
		"https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "app/billing", "/%2f/evil.example/..//",
		"/\t/evil.example", "/ok\r\nLocation: x", "/{CHECKOUT_SESSION_ID}", "http:/evil", "/a\x00b", "///evil.example", "/%2Fevil.example", "/" + strings.Repeat("a", 512),
	} {
		for _, r := range []billing.CheckoutRequest{{Tier: plan.Secretary, SuccessPath: path}, {Tier: plan.Secretary, CancelPath: path}} {
			if _, err := w.billing.Checkout(t.Context(), bob, r); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: got %v", path, err)
			}
		}
		if _, err := w.billing.Portal(t.Context(), u, path); !fault.Is(err, fault.Invalid) {
			t.Errorf("back from the portal to %q: got %v", path, err)
		}
	}
	r := billing.CheckoutRequest{Tier: plan.Secretary, SuccessPath: "/app?from=checkout#done", CancelPath: "/pricing"}
	c, err := w.billing.Checkout(t.Context(), bob, r)
	w.must(err)
	if back, err := w.box.Leave(c.SessionID); err != nil || back != product+"/pricing" {
		t.Errorf("it leads back to %s, %v", back, err)
	}
	if c.SuccessPath != r.SuccessPath {
		t.Errorf("got %+v", c)
	}
}

func TestAnOrderWhoseAnswerIsLostIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.somebody("ada")
	w.loseAnswer("POST", "/v1/checkout/sessions")
	_, err := w.billing.Checkout(t.Context(), u, billing.CheckoutRequest{Tier: plan.Secretary})
	w.code(err, "payments_unavailable")
	c := w.order(u, plan.Secretary)
	if n := len(w.box.Sessions()); n != 1 {
		t.Errorf("%d checkouts", n)
	}
	w.pay(c, good)
	w.settle()
	w.on(u, plan.Secretary)
	w.sound()
}

func TestWithoutPaymentsNothingIsSoldAndPlansAreGranted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	off := w.service(func(o *billing.Options) { o.Payments = nil })
	u := w.somebody("ada")
	if off.On() {
		t.Error("payments are on")
	}
	_, err := off.Checkout(t.Context(), u, billing.CheckoutRequest{Tier: plan.Secretary})
	w.code(err, "payments_off")
	_, err = off.Portal(t.Context(), u, "")
	w.code(err, "payments_off")
	_, err = off.Preview(t.Context(), u, plan.Manager)
	w.code(err, "payments_off")
	_, err = off.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager})
	w.code(err, "payments_off")
	_, err = off.CheckoutReturn(t.Context(), u, "chk_1")
	w.code(err, "payments_off")
	_, err = off.Link(t.Context(), u, "cus_1")
	w.code(err, "payments_off")
	if _, err := off.Drifts(t.Context()); !errors.Is(err, billing.ErrOff) {
		t.Errorf("drifts: %v", err)
	}
	u = w.grant(u, plan.Secretary, "")
	if err := off.Gate(t.Context(), u, plan.SMSMessages); err != nil {
		t.Errorf("a grant needs no payments: %v", err)
	}
	if sub := off.Subscription(u); sub.Plan.Tier != plan.Secretary || sub.Entitlement.Source != plan.Granted || sub.Customer {
		t.Errorf("got %+v", sub)
	}
}

func TestAProviderThatDoesNotAnswerChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u, bob := w.subscriber("ada", plan.Secretary), w.somebody("bob")
	w.fail = func(*http.Request) error { return errors.New("no route to host") }
	_, err := w.billing.Checkout(t.Context(), bob, billing.CheckoutRequest{Tier: plan.Secretary})
	if f := w.code(err, "payments_unavailable"); f.Kind != fault.Unavailable || strings.Contains(f.Message, "route") {
		t.Errorf("got %+v", f)
	}
	_, err = w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager})
	w.code(err, "payments_unavailable")
	_, err = w.billing.Portal(t.Context(), u, "")
	w.code(err, "payments_unavailable")
	w.fail = nil
	w.settle()
	w.on(u, plan.Secretary)
	w.on(bob, plan.Buddy)
	w.totals("ada", "paid", secretary)
	w.sound()
}

func TestThePortalIsForWhoHasPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.billing.Portal(t.Context(), w.somebody("bob"), "")
	w.code(err, "no_customer")
	to, err := w.billing.Portal(t.Context(), w.subscriber("ada", plan.Secretary), "/app")
	if err != nil || !strings.HasPrefix(to, "http://pay.example/") {
		t.Errorf("got %q, %v", to, err)
	}
}

func TestATaxIsAddedWhereStripeReckonsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *stripe.Options) { o.AutomaticTax = true })
	u := w.somebody("ada")
	c := w.order(u, plan.Secretary)
	w.page(c.URL, "pay", "card", good, "country", "US", "postal", "94105") // where the emulator's tax is a tenth
	w.settle()
	w.on(u, plan.Secretary)
	w.use(u, plan.SMSMessages, 600)
	w.pass(40 * day)
	overage := over(plan.SMSMessages, 600, 500)
	w.totals("ada", "paid", secretary+part(secretary, 1, 10), secretary+overage+part(secretary, 1, 10)+part(overage, 1, 10))
	w.sound()
}
