package billing_test

import (
	"context"
	"fmt"
	"math/big"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

var now = time.Date(2026, 2, 14, 12, 0, 0, 0, time.UTC)

// ledger has what it is given, whatever is asked.
type ledger struct {
	totals billing.Totals
	asked  billing.Period
}

func (l *ledger) RecordUsage(context.Context, ...billing.Record) error { return nil }

func (l *ledger) UsageTotals(_ context.Context, _ string, p billing.Period) (billing.Totals, error) {
	l.asked = p
	return l.totals, nil
}

func service(l *ledger, smsBilling string) *billing.Service {
	return billing.New(billing.Options{Store: l, Now: func() time.Time { return now }, SMSBilling: smsBilling})
}

func on(t plan.Tier) account.User {
	return account.User{ID: "usr_1", Grant: plan.Grant{Tier: t, Reason: "a friend"}, WishedPlan: plan.Manager}
}

func TestUsageIsCountedByTheCalendarMonthInUTC(t *testing.T) {
	for at, want := range map[string]string{
		"2026-02-01T00:00:00Z":          "2026-02-01 2026-03-01",
		"2026-01-31T23:59:59.999Z":      "2026-01-01 2026-02-01",
		"2026-12-31T23:00:00-05:00":     "2027-01-01 2027-02-01",
		"2026-12-15T12:00:00Z":          "2026-12-01 2027-01-01",
		"2028-02-29T12:00:00Z":          "2028-02-01 2028-03-01",
		"2026-03-01T00:30:00.000+02:00": "2026-02-01 2026-03-01",
	} {
		x, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		p := billing.Month(x)
		if got := p.Start.Format("2006-01-02") + " " + p.End.Format("2006-01-02"); got != want || p.Start.Location() != time.UTC {
			t.Errorf("%s: got %s, want %s", at, got, want)
		}
	}
}

func TestTheReportHasEveryFeatureInItsOrder(t *testing.T) {
	l := &ledger{totals: billing.Totals{Used: map[plan.Feature]int64{plan.SMSMessages: 501, plan.PhoneNumbers: 1, plan.VoiceMinutes: -2}}}
	u, err := service(l, "").Usage(t.Context(), on(plan.Secretary))
	if err != nil {
		t.Fatal(err)
	}
	want := []billing.FeatureUsage{
		{Feature: plan.VoiceMinutes, Used: 0, Included: 500, Remaining: 500},
		{Feature: plan.SMSMessages, Used: 501, Included: 500, Remaining: 0}, // a granted plan: nobody can be billed
		{Feature: plan.PhoneNumbers, Used: 1, Included: 1, Remaining: 0},
	}
	if fmt.Sprint(u.Features) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", u.Features, want)
	}
	if u.Period != billing.Month(now) || l.asked != u.Period {
		t.Errorf("period %v, asked for %v", u.Period, l.asked)
	}
}

func TestOverageCostsExactlyItsUnitsAtTheirPrice(t *testing.T) {
	paying := plan.Entitlement{Tier: plan.Secretary, Billable: true}
	for f, price := range map[plan.Feature]*big.Rat{
		plan.VoiceMinutes: big.NewRat(13, 1000), plan.SMSMessages: big.NewRat(8, 1000), plan.PhoneNumbers: big.NewRat(2, 1),
	} {
		for _, over := range []int64{0, 1, 3, 1234, 1_000_003} {
			p, _ := plan.Of(plan.Secretary)
			for _, l := range billing.Lines(paying, map[plan.Feature]int64{f: p.Included[f] + over}) {
				if l.Feature != f {
					if l.Overage != 0 || l.Cost != 0 {
						t.Errorf("%s costs %d without use", l.Feature, l.Cost)
					}
					continue
				}
				want := new(big.Rat).Mul(price, big.NewRat(over, 1))
				if got := big.NewRat(int64(l.Cost), int64(plan.Dollar)); l.Overage != over || got.Cmp(want) != 0 || l.Remaining != 0 {
					t.Errorf("%s, %d over: %+v, want $%s", f, over, l, want.FloatString(6))
				}
			}
		}
	}
}

func TestUnlimitedHasNoOverage(t *testing.T) {
	used := map[plan.Feature]int64{plan.SMSMessages: 1 << 40, plan.VoiceMinutes: 1 << 40, plan.PhoneNumbers: 12}
	for _, l := range billing.Lines(plan.Entitlement{Tier: plan.CTO, Billable: true}, used) {
		if l.Overage != 0 || l.Cost != 0 {
			t.Errorf("%+v", l)
		}
		if l.Feature != plan.PhoneNumbers && (l.Included != plan.Unlimited || l.Remaining != plan.Unlimited) {
			t.Errorf("%+v", l)
		}
	}
}

func TestWhatIsOnItsWayIsTakenForUsed(t *testing.T) {
	l := &ledger{totals: billing.Totals{Used: map[plan.Feature]int64{plan.SMSMessages: 498}, PendingTexts: 1, PendingSegments: 2}}
	got, err := service(l, "").Check(t.Context(), on(plan.Secretary), plan.SMSMessages)
	if err != nil || !got.Allowed || got.Remaining != 1 {
		t.Errorf("by texts: %+v, %v", got, err)
	}
	got, err = service(l, billing.BySegment).Check(t.Context(), on(plan.Secretary), plan.SMSMessages)
	if err != nil || got.Allowed || got.Remaining != 0 {
		t.Errorf("by segments: %+v, %v", got, err)
	}
	got, err = service(l, "").Check(t.Context(), on(plan.Secretary), plan.VoiceMinutes)
	if err != nil || got.Remaining != 500 {
		t.Errorf("another feature: %+v, %v", got, err)
	}
	got, err = service(l, "").Check(t.Context(), on(""), plan.SMSMessages)
	if err != nil || got.Allowed {
		t.Errorf("on the free plan: %+v, %v", got, err)
	}
}

func TestTheSubscriptionSaysWhichPlanAndWhy(t *testing.T) {
	s := service(&ledger{}, "")
	free := s.Subscription(on(""))
	if free.Plan.Tier != plan.Buddy || free.Source != "free" || free.Wished != plan.Manager || free.Reason != "" {
		t.Errorf("got %+v", free)
	}
	u := on(plan.Secretary)
	u.Grant.Until = now.Add(time.Hour)
	granted := s.Subscription(u)
	if granted.Plan.Tier != plan.Secretary || granted.Source != "grant" || granted.Reason != "a friend" || !granted.Until.Equal(u.Grant.Until) {
		t.Errorf("got %+v", granted)
	}
	u.Grant.Until = now
	if ended := s.Subscription(u); ended.Plan.Tier != plan.Buddy || ended.Source != "free" || ended.Reason != "" || !ended.Until.IsZero() {
		t.Errorf("after its end: %+v", ended)
	}
}
