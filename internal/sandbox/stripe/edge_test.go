package stripe

import (
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

func TestAPhaseThatBeginsWithinAPeriodIsProrated(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	sc, err := s.client.V1SubscriptionSchedules.Create(t.Context(), &sdk.SubscriptionScheduleCreateParams{FromSubscription: &sub.ID})
	must(s.world, sc, err)
	middle := time.Date(2026, 1, 26, 0, 0, 0, 0, time.UTC).Unix()
	sc, err = s.client.V1SubscriptionSchedules.Update(t.Context(), sc.ID, &sdk.SubscriptionScheduleUpdateParams{
		Phases: []*sdk.SubscriptionScheduleUpdatePhaseParams{
			{StartDate: &sc.Phases[0].StartDate, EndDate: &middle, Items: []*sdk.SubscriptionScheduleUpdatePhaseItemParams{{Price: &s.small.ID}}},
			{StartDate: &middle, EndDate: sdk.Int64(middle + 86400), Items: []*sdk.SubscriptionScheduleUpdatePhaseItemParams{{Price: &s.large.ID}}}}})
	must(s.world, sc, err)
	s.until("2026-01-26T00:00:00Z")
	if got := s.sub(sub.ID); got.Items.Data[0].Price.ID != s.large.ID || when(got.Items.Data[0].CurrentPeriodEnd) != "2026-02-10 12:00:00" {
		t.Errorf("got %s until %s", got.Items.Data[0].Price.ID, when(got.Items.Data[0].CurrentPeriodEnd))
	}
	s.until("2026-01-27T00:00:00Z")
	if got := s.sub(sub.ID); got.Schedule != nil || got.Status != "active" {
		t.Errorf("got %s under %v after the last phase", got.Status, got.Schedule)
	}
	s.until("2026-02-10T13:00:00Z")
	if in := s.latest(sub); len(in.Lines.Data) != 3 || !strings.Contains(lines(in), "Unused time on Secretary after 26 Jan 2026") {
		t.Errorf("got\n%s", lines(in))
	}
}

func TestProrationsContainTheDiscountThatWasGiven(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	cp, err := s.client.V1Coupons.Create(t.Context(), &sdk.CouponCreateParams{PercentOff: sdk.Float64(50), Duration: sdk.String("forever")})
	must(s.world, cp, err)
	sub, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small),
		Discounts: []*sdk.SubscriptionCreateDiscountParams{{Coupon: &cp.ID}}})
	must(s.world, sub, err)
	s.until("2026-01-26T00:00:00Z")
	up, err := s.change(sub, &sdk.SubscriptionUpdateParams{ProrationBehavior: sdk.String("always_invoice")}, []*sdk.Price{s.small}, []*sdk.Price{s.large})
	must(s.world, up, err)
	left, whole := big.NewInt(15*86400+43200), big.NewInt(31*86400)
	cents := func(half int64) int64 {
		r := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(half), left), whole)
		return roundHalfUp(r)
	}
	if in := s.latest(up); in.Total != cents(14000)-cents(2000) {
		t.Errorf("got %d, want %d\n%s", in.Total, cents(14000)-cents(2000), lines(in))
	}
}

func TestATrialCanBeGivenLater(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	s.until("2026-01-20T00:00:00Z")
	end := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Unix()
	up, err := s.client.V1Subscriptions.Update(t.Context(), sub.ID, &sdk.SubscriptionUpdateParams{TrialEnd: &end, ProrationBehavior: sdk.String("none")})
	must(s.world, up, err)
	if up.Status != "trialing" || up.Items.Data[0].CurrentPeriodEnd != end {
		t.Errorf("got %s until %s", up.Status, when(up.Items.Data[0].CurrentPeriodEnd))
	}
	s.until("2026-03-01T01:00:00Z")
	if got := s.sub(sub.ID); got.Status != "active" || s.latest(sub).AmountPaid != 4000 || when(got.Items.Data[0].CurrentPeriodEnd) != "2026-04-01 00:00:00" {
		t.Errorf("got %s until %s, paid %d", got.Status, when(got.Items.Data[0].CurrentPeriodEnd), s.latest(sub).AmountPaid)
	}
}

func TestAnotherRhythmBeginsANewPeriod(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	yearly, err := s.client.V1Prices.Create(t.Context(), &sdk.PriceCreateParams{Currency: sdk.String("usd"), UnitAmount: sdk.Int64(40000), Product: &s.small.Product.ID,
		Recurring: &sdk.PriceCreateRecurringParams{Interval: sdk.String("year")}})
	must(s.world, yearly, err)
	sub := s.subscribe(cu, s.small)
	s.until("2026-01-26T00:00:00Z")
	up, err := s.change(sub, &sdk.SubscriptionUpdateParams{}, []*sdk.Price{s.small}, []*sdk.Price{yearly})
	must(s.world, up, err)
	if got := when(up.Items.Data[0].CurrentPeriodEnd); got != "2027-01-26 00:00:00" || when(up.BillingCycleAnchor) != "2026-01-26 00:00:00" {
		t.Errorf("got a period until %s", got)
	}
	if in := s.latest(up); in.Status != "paid" || in.Total != 40000-2000 { // exactly half of the month is left
		t.Errorf("got %s over %d\n%s", in.Status, in.Total, lines(in))
	}
}

func TestAnEndWithinThePeriodGivesTheRestBack(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	up, err := s.client.V1Subscriptions.Update(t.Context(), sub.ID, &sdk.SubscriptionUpdateParams{CancelAt: sdk.Int64(time.Date(2026, 1, 26, 0, 0, 0, 0, time.UTC).Unix())})
	must(s.world, up, err)
	s.until("2026-01-26T01:00:00Z")
	if got := s.sub(sub.ID); got.Status != "canceled" || s.latest(sub).Total != -2000 {
		t.Errorf("got %s with an invoice over %d", got.Status, s.latest(sub).Total)
	}
	c, err := s.client.V1Customers.Retrieve(t.Context(), cu.ID, nil)
	if must(s.world, c, err).Balance != -2000 {
		t.Errorf("got a balance of %d", c.Balance)
	}
}

func TestTheEarliestEndOfAPeriodIsAnEndToo(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	_, _, body := s.raw("POST", "/v1/subscriptions/"+sub.ID, form("cancel_at", "min_period_end"))
	if at, _ := body["cancel_at"].(float64); when(int64(at)) != "2026-02-10 12:00:00" || body["cancel_at_period_end"] != false {
		t.Errorf("got %v, %v", body["cancel_at"], body["cancel_at_period_end"])
	}
	s.until("2026-02-10T12:00:00Z")
	if got := s.sub(sub.ID); got.Status != "canceled" || len(s.invoices(sub.ID)) != 1 {
		t.Errorf("got %s with %d invoices", got.Status, len(s.invoices(sub.ID)))
	}
}

func TestAnInvoiceOfNowhereIsNotFinal(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	s.raw("POST", "/v1/customers/"+cu.ID, form("address[country]", "US"))
	sub, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small),
		AutomaticTax: &sdk.SubscriptionCreateAutomaticTaxParams{Enabled: sdk.Bool(true)}})
	must(s.world, sub, err)
	s.raw("POST", "/v1/customers/"+cu.ID, form("address", ""))
	s.until("2026-02-10T13:00:00Z")
	s.the("invoice.finalization_failed")
	if in := s.latest(sub); in.Status != "draft" || in.LastFinalizationError.Code != "customer_tax_location_invalid" {
		t.Errorf("got %s", in.Status)
	}
}

func TestPromotionCodesHaveTheirConditions(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	s.subscribe(cu, s.small)
	_, _, cp := s.raw("POST", "/v1/coupons", form("percent_off", "10", "duration", "once"))
	for code, more := range map[string][]string{
		"FIRST": {"restrictions[first_time_transaction]", "true"},
		"MUCH":  {"restrictions[minimum_amount]", "9999999", "restrictions[minimum_amount_currency]", "usd"},
		"OTHER": {"customer", "cus_other"},
		"OLD":   {"expires_at", fmt.Sprint(s.clock().Unix() + 10)},
	} {
		status, _, body := s.raw("POST", "/v1/promotion_codes", form(append([]string{"promotion[type]", "coupon", "promotion[coupon]", id(cp), "code", code}, more...)...))
		if status != 200 {
			t.Fatal(body)
		}
	}
	s.pass(time.Minute)
	cs := s.session(func(p *sdk.CheckoutSessionCreateParams) {
		p.AllowPromotionCodes, p.Customer = sdk.Bool(true), &cu.ID
	})
	for code, want := range map[string]string{"FIRST": "first-time customers", "MUCH": "at least $99999.99", "OTHER": "expired", "OLD": "expired", "NONE": "invalid"} {
		if _, body, _ := s.open(cs.URL, "action", "code", "code", code); !strings.Contains(body, want) {
			t.Errorf("%s: the page does not say %q", code, want)
		}
	}
	if got := s.fetch(cs); got.AmountTotal != 4000 {
		t.Errorf("got %d", got.AmountTotal)
	}
}

func TestADestinationMayWantEventsInFull(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	status, _, body := w.raw("POST", "/v2/core/event_destinations", `{"name":"n","type":"webhook_endpoint","event_payload":"snapshot","enabled_events":["customer.created"],
		"webhook_endpoint":{"url":"http://product.test/full"}}`, "Content-Type", "application/json")
	if status != 200 {
		t.Fatal(body)
	}
	w.raw("POST", "/v1/customers", form("name", "Ada"))
	if ev := w.the("customer.created"); ev.Thin || ev.URL != "http://product.test/full" || !strings.Contains(string(ev.Body), `"Ada"`) {
		t.Errorf("got %+v", ev)
	}
}

func TestAFaultIsAnsweredInStripesShape(t *testing.T) {
	fault := 0
	w := newWorld(t, "2026-01-10", func(o *Options) {
		o.Faulty = func(op string, _ http.ResponseWriter, _ *http.Request, refuse func(int), _ func(http.ResponseWriter)) {
			refuse(fault)
		}
	})
	for status, kind := range map[int]string{429: "invalid_request_error", 500: "api_error", 503: "api_error"} {
		fault = status
		got, header, body := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", fmt.Sprint(status))
		if got != status || errorOf(body)["type"] != kind || header.Get("Request-Id") == "" {
			t.Errorf("got %d %v", got, body)
		}
	}
	if n := len(w.engine.Customers()); n != 0 {
		t.Errorf("%d customers were made", n)
	}
}

func TestHistoryIsForgottenButNotWhatIsStillOpen(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	st := w.engine.st
	for i := range keep + 10 {
		st.Events.add(&event{ID: fmt.Sprint("evt_", i)})
		in := &invoice{base: base{ID: fmt.Sprint("in_", i)}, Status: "paid"}
		if i < 5 {
			in.Status = "open"
		}
		st.Invoices.add(in)
	}
	st.trim()
	if len(st.Events.rows) != keep || len(st.Invoices.rows) != keep {
		t.Errorf("%d events and %d invoices are kept, want %d", len(st.Events.rows), len(st.Invoices.rows), keep)
	}
	if _, ok := st.Invoices.get("in_0"); !ok {
		t.Error("an open invoice is forgotten")
	}
	if _, ok := st.Events.get("evt_0"); ok {
		t.Error("the oldest event can still be found")
	}
	if _, ok := st.Events.get(fmt.Sprint("evt_", keep+9)); !ok {
		t.Error("the newest event is forgotten")
	}
}

func TestOnlyIdentifiersAreExpanded(t *testing.T) {
	s := newShop(t, "2026-01-10")
	status, _, body := s.raw("GET", "/v1/prices/"+s.small.ID+"?expand[]=currency", "")
	if message, _ := errorOf(body)["message"].(string); status != 400 || !strings.HasPrefix(message, "This property cannot be expanded (currency).") {
		t.Errorf("got %d %q", status, message)
	}
}

func TestWhatIsPaidBesideStripeHasNoCharge(t *testing.T) {
	s, _, sub := unpaid(t)
	s.forget()
	in, err := s.client.V1Invoices.Pay(t.Context(), s.sub(sub.ID).LatestInvoice.ID, &sdk.InvoicePayParams{PaidOutOfBand: sdk.Bool(true)})
	must(s.world, in, err)
	types := s.types()
	if in.Status != "paid" || in.AmountPaid != 0 || s.sub(sub.ID).Status != "active" || slices.Contains(types, "charge.succeeded") || slices.Contains(types, "invoice.payment_succeeded") {
		t.Errorf("got %s, paid %d: %v", in.Status, in.AmountPaid, types)
	}
}

func TestAnExpansionPassesOverWhatHasNone(t *testing.T) {
	s := newShop(t, "2026-01-10")
	_, _, body := s.raw("GET", "/v1/prices?"+form("expand[]", "data.tiers"), "")
	tiered := 0
	for _, p := range body["data"].([]any) {
		if tiers, ok := p.(map[string]any)["tiers"]; ok && tiers != nil {
			tiered++
		}
	}
	if tiered != 2 {
		t.Errorf("got tiers of %d prices, want of the 2 that have some", tiered)
	}
}

func TestADiscountForOnceIsNotSpentOnATrialOrAProration(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	_, _, cp := s.raw("POST", "/v1/coupons", form("percent_off", "50", "duration", "once"))
	sub, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small), TrialPeriodDays: sdk.Int64(5),
		Discounts: []*sdk.SubscriptionCreateDiscountParams{{Coupon: sdk.String(id(cp))}}})
	must(s.world, sub, err)
	s.until("2026-01-15T13:00:00Z")
	if in := s.latest(sub); in.Total != 2000 {
		t.Errorf("got %d after the trial", in.Total)
	}
	up, err := s.client.V1Subscriptions.Update(t.Context(), sub.ID, &sdk.SubscriptionUpdateParams{Discounts: []*sdk.SubscriptionUpdateDiscountParams{{Coupon: sdk.String(id(cp))}}})
	must(s.world, up, err)
	it, err := s.client.V1SubscriptionItems.Create(t.Context(), &sdk.SubscriptionItemCreateParams{Subscription: &sub.ID, Price: &s.large.ID, ProrationBehavior: sdk.String("always_invoice")})
	must(s.world, it, err)
	s.until("2026-02-15T13:00:00Z")
	if in := s.latest(sub); in.Total != (4000+28000)/2 {
		t.Errorf("got %d for the next period\n%s", in.Total, lines(in))
	}
}

func TestPagesMoveWithTheSandbox(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	cs := s.session()
	saved, err := s.engine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	o := s.engine.opt
	o.PublicURL = "http://pay.test:8080/stripe"
	next, err := New(o, saved)
	if err != nil {
		t.Fatal(err)
	}
	if got := next.Sessions()[0].URL; got != "http://pay.test:8080/stripe/c/pay/"+cs.ID {
		t.Errorf("got %s", got)
	}
	if got := next.Invoices()[0]; got.URL != "http://pay.test:8080/stripe/i/"+got.ID || got.Subscription != sub.ID {
		t.Errorf("got %s", got.URL)
	}
}

func TestAKeyThatIsTooLongIsRefused(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	for n, want := range map[int]int{255: 200, 256: 400} {
		if status, _, _ := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", strings.Repeat("k", n)); status != want {
			t.Errorf("%d characters got %d, want %d", n, status, want)
		}
	}
}
