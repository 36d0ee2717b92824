package stripe

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

func TestPeriodsKeepTheDayOfTheMonthWhereItExists(t *testing.T) {
	tests := []struct {
		from  string
		rule  recurring
		wants []string
	}{
		{"2027-01-31 10:20:30", recurring{Interval: "month", Count: 1}, []string{"2027-02-28 10:20:30", "2027-03-31 10:20:30", "2027-04-30 10:20:30", "2027-05-31 10:20:30"}},
		{"2028-01-30 00:00:00", recurring{Interval: "month", Count: 1}, []string{"2028-02-29 00:00:00", "2028-03-30 00:00:00"}},
		{"2028-02-29 23:59:59", recurring{Interval: "year", Count: 1}, []string{"2029-02-28 23:59:59", "2030-02-28 23:59:59", "2031-02-28 23:59:59", "2032-02-29 23:59:59"}},
		{"2026-11-30 12:00:00", recurring{Interval: "month", Count: 3}, []string{"2027-02-28 12:00:00", "2027-05-30 12:00:00"}},
		{"2026-12-15 12:00:00", recurring{Interval: "month", Count: 1}, []string{"2027-01-15 12:00:00", "2027-02-15 12:00:00"}},
		{"2026-03-28 12:00:00", recurring{Interval: "week", Count: 2}, []string{"2026-04-11 12:00:00", "2026-04-25 12:00:00"}},
		{"2026-03-28 12:00:00", recurring{Interval: "day", Count: 1}, []string{"2026-03-29 12:00:00", "2026-03-30 12:00:00"}},
	}
	for _, tt := range tests {
		at, err := time.Parse(time.DateTime, tt.from)
		if err != nil {
			t.Fatal(err)
		}
		anchor, now := at.Unix(), at.Unix()
		for _, want := range tt.wants {
			if before := tt.rule.after(anchor, now-1); before != now {
				t.Errorf("%s every %d %s: a second before %s the next is %s", tt.from, tt.rule.Count, tt.rule.Interval, when(now), when(before))
			}
			now = tt.rule.after(anchor, now)
			if when(now) != want {
				t.Errorf("%s every %d %s: got %s, want %s", tt.from, tt.rule.Count, tt.rule.Interval, when(now), want)
			}
		}
	}
}

func TestAPeriodEndsWithAnInvoiceThatStaysADraftForAnHour(t *testing.T) {
	s := newShop(t, "2026-01-31")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	s.until("2026-02-10T00:00:00Z")
	s.use(cu, "600")
	s.forget()
	s.until("2026-02-28T11:59:59Z")
	if got := s.types(); !slices.Equal(got, []string{"invoice.upcoming"}) {
		t.Errorf("got %v before the period's end, want only the announcement", got)
	}
	if got := when(s.the("invoice.upcoming").Created.Unix()); got != "2026-02-21 12:00:00" {
		t.Errorf("the announcement is of %s, want a week ahead", got)
	}
	s.until("2026-02-28T12:00:00Z")
	in := s.latest(sub)
	if in.Status != "draft" || in.BillingReason != "subscription_cycle" || when(in.AutomaticallyFinalizesAt) != "2026-02-28 13:00:00" {
		t.Errorf("got %s because of %s, final at %s", in.Status, in.BillingReason, when(in.AutomaticallyFinalizesAt))
	}
	if got := when(in.PeriodStart) + " " + when(in.PeriodEnd); got != "2026-01-31 12:00:00 2026-02-28 12:00:00" {
		t.Errorf("got period %s", got)
	}
	s.useAt(cu, "100", time.Date(2026, 2, 28, 11, 59, 59, 0, time.UTC)) // late, and of the old period
	s.use(cu, "7")                                                      // of the new one
	s.until("2026-02-28T13:00:00Z")
	in = s.latest(sub)
	want := "$40.00 1 × Secretary (at $40.00 / month)\n$0.00 500 × Secretary voice (Tier 1 at $0.00)\n$2.60 200 × Secretary voice (Tier 2 at $0.013)"
	if in.Status != "paid" || in.Total != 4260 || lines(in) != want {
		t.Errorf("got %s over %d\n%s\nwant 4260\n%s", in.Status, in.Total, lines(in), want)
	}
	if got := when(s.sub(sub.ID).Items.Data[0].CurrentPeriodEnd); got != "2026-03-31 12:00:00" {
		t.Errorf("the next period ends %s", got)
	}
	s.useAt(cu, "1000", time.Date(2026, 2, 28, 11, 0, 0, 0, time.UTC)) // too late: nobody pays it
	s.until("2026-03-31T13:00:00Z")
	if in := s.latest(sub); in.Total != 4000 {
		t.Errorf("got %d for the second period\n%s", in.Total, lines(in))
	}
}

func TestAClockThatJumpsLeavesTheSameBehindAsOneThatTicks(t *testing.T) {
	history := func(step time.Duration) string {
		s := newShop(t, "2026-01-31")
		cu := s.customer("pm_card_visa")
		sub := s.subscribe(cu, s.small, s.smallVoice)
		for range int(200 * 24 * time.Hour / step) {
			s.pass(step)
		}
		var b strings.Builder
		for _, in := range s.invoices(sub.ID) {
			fmt.Fprintf(&b, "%s %s %s %d %s %s\n", in.Number[8:], in.Status, when(in.Created), in.Total, when(in.StatusTransitions.FinalizedAt), when(in.StatusTransitions.PaidAt))
		}
		for ev, err := range s.client.V1Events.List(t.Context(), &sdk.EventListParams{}).All(t.Context()) {
			fmt.Fprintln(&b, must(s.world, ev, err).Type, when(ev.Created))
		}
		return b.String()
	}
	jumped, ticked := history(200*24*time.Hour), history(5*time.Hour)
	if jumped != ticked {
		t.Errorf("after one jump:\n%s\nafter many steps:\n%s", jumped, ticked)
	}
	if n := strings.Count(jumped, "invoice.paid"); n != 7 {
		t.Errorf("got %d paid invoices, want 7:\n%s", n, jumped)
	}
}

// TestInvoicesAgreeWithArithmeticOfTheirOwn computes what random usage costs in
// another way: unit by unit of the tiers' borders, with fractions.
func TestInvoicesAgreeWithArithmeticOfTheirOwn(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for round := range 12 {
		s := newShop(t, "2026-01-31")
		cu := s.customer("pm_card_visa")
		first, second := random.Int64N(1000)+1, random.Int64N(1000)+1001
		rates := []string{fmt.Sprintf("%d.%012d", random.IntN(3), random.Int64N(1e12)), fmt.Sprintf("0.%03d", random.IntN(1000)), fmt.Sprintf("%d", random.IntN(9))}
		status, _, body := s.raw("POST", "/v1/prices", form("currency", "usd", "product", s.small.Product.ID, "recurring[interval]", "month",
			"recurring[usage_type]", "metered", "recurring[meter]", s.meter.ID, "billing_scheme", "tiered", "tiers_mode", "graduated",
			"tiers[0][up_to]", fmt.Sprint(first), "tiers[0][unit_amount_decimal]", rates[0],
			"tiers[1][up_to]", fmt.Sprint(second), "tiers[1][unit_amount_decimal]", rates[1],
			"tiers[2][up_to]", "inf", "tiers[2][unit_amount_decimal]", rates[2]))
		if status != 200 {
			t.Fatalf("got %v", body)
		}
		sub := s.subscribe(cu, s.small, &sdk.Price{ID: body["id"].(string)})
		used := new(big.Rat)
		for range 20 {
			s.pass(time.Duration(random.IntN(24)) * time.Hour)
			value := fmt.Sprintf("%d.%02d", random.IntN(300), random.IntN(100))
			s.use(cu, value)
			r, _ := new(big.Rat).SetString(value)
			used.Add(used, r)
		}
		s.until("2026-02-28T13:00:00Z")
		want, left := int64(4000), new(big.Rat).Set(used)
		for i, width := range []int64{first, second - first, 1 << 40} {
			take := new(big.Rat).SetInt64(width)
			if left.Cmp(take) < 0 {
				take.Set(left)
			}
			left.Sub(left, take)
			rate, _ := new(big.Rat).SetString(rates[i])
			cents, _ := new(big.Float).SetPrec(200).SetRat(new(big.Rat).Add(new(big.Rat).Mul(take, rate), big.NewRat(1, 2))).Int64()
			want += cents
		}
		if in := s.latest(sub); in.Total != want {
			t.Errorf("round %d: %s used at %v up to %d, %d: got %d, want %d\n%s", round, used.FloatString(2), rates, first, second, in.Total, want, lines(in))
		}
	}
}

func TestUsageBelowZeroCostsNothing(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	s.use(cu, "-50")
	s.until("2026-02-10T13:00:00Z")
	if in := s.latest(sub); in.Total != 4000 {
		t.Errorf("got %d\n%s", in.Total, lines(in))
	}
}

func TestASubscriptionEndsAtItsPeriodsEndWithAllUsageInvoiced(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	up, err := s.client.V1Subscriptions.Update(t.Context(), sub.ID, &sdk.SubscriptionUpdateParams{CancelAtPeriodEnd: sdk.Bool(true)})
	must(s.world, up, err)
	if !up.CancelAtPeriodEnd || when(up.CancelAt) != "2026-02-10 12:00:00" || up.CancellationDetails.Reason != "cancellation_requested" {
		t.Errorf("got cancel_at %s, %s", when(up.CancelAt), up.CancellationDetails.Reason)
	}
	s.use(cu, "1500")
	s.forget()
	s.until("2026-02-10T13:00:00Z")
	got, in := s.sub(sub.ID), s.latest(sub)
	if got.Status != "canceled" || when(got.EndedAt) != "2026-02-10 12:00:00" || in.Total != 1300 || in.Status != "paid" {
		t.Errorf("got %s at %s, an invoice %s over %d\n%s", got.Status, when(got.EndedAt), in.Status, in.Total, lines(in))
	}
	s.the("customer.subscription.deleted")
	if slices.Contains(s.types(), "invoice.upcoming") {
		t.Error("an invoice is announced of a period that will not be")
	}
	s.pass(60 * 24 * time.Hour)
	if n := len(s.invoices(sub.ID)); n != 2 {
		t.Errorf("got %d invoices, want 2", n)
	}
}

func TestACancellationCanBeTakenBack(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	for _, ends := range []bool{true, false} {
		up, err := s.client.V1Subscriptions.Update(t.Context(), sub.ID, &sdk.SubscriptionUpdateParams{CancelAtPeriodEnd: sdk.Bool(ends)})
		must(s.world, up, err)
	}
	s.until("2026-02-10T13:00:00Z")
	if got := s.sub(sub.ID); got.Status != "active" || got.CanceledAt != 0 || got.CancelAt != 0 {
		t.Errorf("got %s, canceled_at %d, cancel_at %d", got.Status, got.CanceledAt, got.CancelAt)
	}
}

func TestACollectionThatIsPausedDoesWithInvoicesWhatItSays(t *testing.T) {
	for behavior, want := range map[string]string{"keep_as_draft": "draft", "mark_uncollectible": "uncollectible", "void": "void"} {
		s := newShop(t, "2026-01-10")
		cu := s.customer("pm_card_visa")
		sub := s.subscribe(cu, s.small)
		up, err := s.client.V1Subscriptions.Update(t.Context(), sub.ID, &sdk.SubscriptionUpdateParams{PauseCollection: &sdk.SubscriptionUpdatePauseCollectionParams{
			Behavior: &behavior, ResumesAt: sdk.Int64(time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC).Unix())}})
		must(s.world, up, err)
		s.until("2026-02-10T13:00:00Z")
		if got := s.latest(sub); string(got.Status) != want || s.sub(sub.ID).Status != "active" {
			t.Errorf("%s: got an invoice %s of a subscription %s, want %s of an active one", behavior, got.Status, s.sub(sub.ID).Status, want)
		}
		s.until("2026-03-10T13:00:00Z")
		if got := s.latest(sub); got.Status != "paid" || s.sub(sub.ID).PauseCollection != nil {
			t.Errorf("%s: after the pause got an invoice %s", behavior, got.Status)
		}
	}
}

func TestDiscountsLastAsLongAsTheirCouponSays(t *testing.T) {
	tests := []struct {
		name   string
		coupon *sdk.CouponCreateParams
		totals []int64
	}{
		{"once", &sdk.CouponCreateParams{PercentOff: sdk.Float64(12.5), Duration: sdk.String("once")}, []int64{3500, 4000, 4000}},
		{"two months", &sdk.CouponCreateParams{PercentOff: sdk.Float64(50), Duration: sdk.String("repeating"), DurationInMonths: sdk.Int64(2)}, []int64{2000, 2000, 4000}},
		{"for ever", &sdk.CouponCreateParams{AmountOff: sdk.Int64(999), Currency: sdk.String("usd"), Duration: sdk.String("forever")}, []int64{3001, 3001, 3001}},
		{"more than all", &sdk.CouponCreateParams{AmountOff: sdk.Int64(9999), Currency: sdk.String("usd"), Duration: sdk.String("once")}, []int64{0, 4000, 4000}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t, "2026-01-10")
			cu := s.customer("pm_card_visa")
			cp, err := s.client.V1Coupons.Create(t.Context(), tt.coupon)
			must(s.world, cp, err)
			sub, err := s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small),
				Discounts: []*sdk.SubscriptionCreateDiscountParams{{Coupon: &cp.ID}}})
			must(s.world, sub, err)
			s.until("2026-03-10T13:00:00Z")
			var got []int64
			for _, in := range s.invoices(sub.ID) {
				got = append(got, in.Total)
			}
			if !slices.Equal(got, tt.totals) {
				t.Errorf("got %v, want %v", got, tt.totals)
			}
		})
	}
}

func TestTaxIsAddedWhereThereIsSome(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	create := func() (*sdk.Subscription, error) {
		return s.client.V1Subscriptions.Create(t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(s.small),
			AutomaticTax: &sdk.SubscriptionCreateAutomaticTaxParams{Enabled: sdk.Bool(true)}})
	}
	_, err := create()
	if got := refused(t, err); got.Code != "customer_tax_location_invalid" {
		t.Errorf("got %s for a customer of nowhere", got.Code)
	}
	for postal, want := range map[string]int64{"94103": 4400, "10001": 4000} {
		up, err := s.client.V1Customers.Update(t.Context(), cu.ID, &sdk.CustomerUpdateParams{Address: &sdk.AddressParams{Country: sdk.String("US"), PostalCode: &postal}})
		must(s.world, up, err)
		sub, err := create()
		must(s.world, sub, err)
		if in := s.latest(sub); in.Total != want || in.AutomaticTax.Status != "complete" || in.TotalExcludingTax != 4000 {
			t.Errorf("in %s got %d, %s, %d without tax; want %d", postal, in.Total, in.AutomaticTax.Status, in.TotalExcludingTax, want)
		}
	}
}
