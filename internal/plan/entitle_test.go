package plan

import (
	"fmt"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// holding is a subscription in the middle of its period.
func holding(s Status, change ...func(*Subscription)) Subscription {
	sub := Subscription{
		ID: "sub_1", Tier: Secretary, Status: s,
		Start: now.AddDate(0, 0, -10), End: now.AddDate(0, 0, 20), Anchor: now.AddDate(0, 0, -10),
	}
	for _, f := range change {
		f(&sub)
	}
	return sub
}

// Every status that Stripe has, and one that it has not, with and without a grant of
// a lower, the same and a higher tier.
func TestAnEntitlementFollowsFromStatusPriceGraceAndGrant(t *testing.T) {
	grace := func(until time.Time) func(*Subscription) {
		return func(s *Subscription) { s.OwedSince, s.GraceUntil = now.AddDate(0, 0, -1), until }
	}
	for _, c := range []struct {
		name    string
		sub     Subscription
		paid    bool // the subscription gives its tier
		bills   bool
		overdue bool
	}{
		{"nothing", Subscription{}, false, false, false},
		{"incomplete", holding(Incomplete), false, false, false},
		{"incomplete_expired", holding(IncompleteExpired), false, false, false},
		{"trialing", holding(Trialing), true, false, false},
		{"active", holding(Active), true, true, false},
		{"past_due, in its grace", holding(PastDue, grace(now.Add(time.Second))), true, false, true},
		{"past_due, at the end of its grace", holding(PastDue, grace(now)), false, false, false},
		{"past_due, without a grace", holding(PastDue), false, false, false},
		{"unpaid", holding(Unpaid, grace(now.AddDate(0, 0, 1))), false, false, false},
		{"canceled", holding(Canceled), false, false, false},
		{"paused", holding(Paused), false, false, false},
		{"a status of the future", holding("hibernating"), false, false, false},
		{"active, not provided while collection is paused", holding(Active, func(s *Subscription) { s.Suspended = true }), false, false, false},
		{"active, provided while collection is paused", holding(Active, func(s *Subscription) { s.Waived = true }), true, false, false},
		{"active, ends later", holding(Active, func(s *Subscription) { s.EndsAt = now.Add(time.Second) }), true, true, false},
		{"active, has ended by the clock", holding(Active, func(s *Subscription) { s.EndsAt = now }), false, false, false},
		{"active, for a price that is no plan", holding(Active, func(s *Subscription) { s.Tier = "" }), false, false, false},
		{"active, for a tier that is none", holding(Active, func(s *Subscription) { s.Tier = "enterprise" }), false, false, false},
	} {
		for _, g := range []Grant{{}, {Tier: Buddy}, {Tier: Secretary}, {Tier: CTO}, {Tier: CTO, Until: now}, {Tier: CTO, Until: now.Add(time.Second)}, {Tier: "enterprise"}} {
			t.Run(fmt.Sprintf("%s/%s/%s", c.name, g.Tier, g.Until), func(t *testing.T) {
				want := Entitlement{Tier: Buddy, Source: Free}
				if c.paid {
					want = Entitlement{Tier: Secretary, Source: Paid, Billable: c.bills, Overdue: c.overdue, Until: c.sub.EndsAt}
					if c.overdue {
						want.Until = c.sub.GraceUntil
					}
				}
				gone := g.Tier == "" || g.Tier == "enterprise" || g.Until.Equal(now)
				if !gone && (!c.paid || g.Tier == CTO) {
					want = Entitlement{Tier: g.Tier, Source: Granted, Until: g.Until}
				}
				if got := Entitle(c.sub, g, now); got != want {
					t.Errorf("got  %+v\nwant %+v", got, want)
				}
				metered := ""
				if want.Source == Paid {
					metered = "sub_1"
				}
				if got := Metered(c.sub, g, now); got != metered {
					t.Errorf("usage is reported to %q, want %q", got, metered)
				}
			})
		}
	}
}

func TestUsageOfAPlanWithoutOverageIsReportedToNobody(t *testing.T) {
	sub := holding(Active, func(s *Subscription) { s.Tier = CTO })
	if got := Metered(sub, Grant{}, now); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestOfTwoSubscriptionsTheBetterOneCountsInWhicheverOrderTheyAreSeen(t *testing.T) {
	id := func(id string) func(*Subscription) { return func(s *Subscription) { s.ID = id } }
	tier := func(t Tier) func(*Subscription) { return func(s *Subscription) { s.Tier = t } }
	since := func(at time.Time) func(*Subscription) { return func(s *Subscription) { s.Anchor = at } }
	for name, c := range map[string]struct{ better, other Subscription }{
		"an old one that was deleted": {holding(Active, id("sub_new")), holding(Canceled, id("sub_old"), tier(Manager), since(now.AddDate(-1, 0, 0)))},
		"a newer one that is over":    {holding(Active, id("sub_a")), holding(Canceled, id("sub_b"), since(now))},
		"a lower one":                 {holding(Active, id("sub_a"), tier(Manager), since(now.AddDate(-1, 0, 0))), holding(Active, id("sub_b"))},
		"one that is owed":            {holding(Active, id("sub_a"), since(now.AddDate(-1, 0, 0))), holding(PastDue, id("sub_b"), func(s *Subscription) { s.GraceUntil = now.Add(time.Hour) })},
		"an older one":                {holding(Active, id("sub_a"), since(now)), holding(Active, id("sub_b"), since(now.AddDate(0, -1, 0)))},
		"a twin":                      {holding(Active, id("sub_b")), holding(Active, id("sub_a"))},
		"one of an unknown price":     {holding(Active, id("sub_a")), holding(Active, id("sub_b"), tier(""), since(now))},
	} {
		if got := Better(c.better, c.other, now); got.ID != c.better.ID {
			t.Errorf("%s: got %s", name, got.ID)
		}
		if got := Better(c.other, c.better, now); got.ID != c.better.ID {
			t.Errorf("%s, seen first: got %s", name, got.ID)
		}
	}
}

func TestPeriodsFollowFromTheAnchor(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct{ anchor, start, end, at, wantStart, wantEnd string }{
		{"2026-01-15 10:00", "2026-01-15 10:00", "2026-02-15 10:00", "2026-02-01 00:00", "2026-01-15 10:00", "2026-02-15 10:00"},
		{"2026-01-15 10:00", "2026-01-15 10:00", "2026-02-15 10:00", "2026-02-15 10:00", "2026-02-15 10:00", "2026-03-15 10:00"},
		{"2026-01-15 10:00", "2026-01-15 10:00", "2026-02-15 10:00", "2026-02-15 09:59", "2026-01-15 10:00", "2026-02-15 10:00"},
		// The last day of a month stands for one that it has not.
		{"2026-01-31 10:00", "2026-01-31 10:00", "2026-02-28 10:00", "2026-03-01 00:00", "2026-02-28 10:00", "2026-03-31 10:00"},
		{"2026-01-31 10:00", "2026-02-28 10:00", "2026-03-31 10:00", "2026-04-30 10:00", "2026-04-30 10:00", "2026-05-31 10:00"},
		{"2028-01-31 10:00", "2028-01-31 10:00", "2028-02-29 10:00", "2028-02-29 10:00", "2028-02-29 10:00", "2028-03-31 10:00"},
		{"2028-02-29 10:00", "2028-02-29 10:00", "2028-03-29 10:00", "2029-02-28 12:00", "2029-02-28 10:00", "2029-03-29 10:00"},
		// Read long ago.
		{"2026-01-31 10:00", "2026-01-31 10:00", "2026-02-28 10:00", "2027-12-31 09:00", "2027-11-30 10:00", "2027-12-31 10:00"},
		{"2026-12-31 23:59", "2026-12-31 23:59", "2027-01-31 23:59", "2027-02-28 23:59", "2027-02-28 23:59", "2027-03-31 23:59"},
		// A trial's end is the anchor of what follows.
		{"2026-03-14 10:00", "2026-02-28 10:00", "2026-03-14 10:00", "2026-03-20 00:00", "2026-03-14 10:00", "2026-04-14 10:00"},
	} {
		s := Subscription{Anchor: day(c.anchor), Start: day(c.start), End: day(c.end)}
		start, end := s.PeriodAt(day(c.at))
		if !start.Equal(day(c.wantStart)) || !end.Equal(day(c.wantEnd)) {
			t.Errorf("anchor %s, at %s: got %s to %s, want %s to %s", c.anchor, c.at,
				start.Format("2006-01-02 15:04"), end.Format("2006-01-02 15:04"), c.wantStart, c.wantEnd)
		}
	}
}

// Whatever the anchor, the periods that follow each other leave out no moment and
// none is in two.
func TestPeriodsFollowEachOtherWithoutAGap(t *testing.T) {
	for d := range 366 {
		anchor := time.Date(2028, 1, 1, 13, 37, 7, 0, time.UTC).AddDate(0, 0, d)
		s := Subscription{Anchor: anchor, Start: anchor, End: monthsAfter(anchor, 1)}
		_, end := s.PeriodAt(anchor)
		for n := range 30 {
			start, next := s.PeriodAt(end)
			before, _ := s.PeriodAt(end.Add(-time.Nanosecond))
			if !start.Equal(end) || !next.After(end) || before.Equal(start) {
				t.Fatalf("anchor %s, month %d: %s to %s after one that ends %s", anchor, n, start, next, end)
			}
			end = next
		}
	}
}

func TestTheAllowanceCountsFromAChangeOfPlanInsideThePeriod(t *testing.T) {
	s := holding(Active, func(s *Subscription) { s.Since = now.AddDate(0, 0, -3) })
	if got := s.CountsFrom(now); !got.Equal(s.Since) {
		t.Errorf("in that period: got %s", got)
	}
	if got := s.CountsFrom(s.End); !got.Equal(s.End) {
		t.Errorf("in the next one: got %s", got)
	}
}
