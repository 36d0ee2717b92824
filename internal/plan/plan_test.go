package plan

import (
	"strings"
	"testing"
	"time"
)

// The specification's table ("Products"), literally.
func TestTheTableIsTheSpecifications(t *testing.T) {
	want := []struct {
		tier               Tier
		name               string
		price              string
		voice, sms, phones int64
	}{
		{"ai_buddy", "AI Buddy", "0.00", 0, 0, 0},
		{"ai_secretary", "AI Secretary", "40.00", 500, 500, 1},
		{"ai_project_manager", "AI Project Manager", "280.00", 2000, 2000, 3},
		{"ai_cto", "AI CTO", "custom", Unlimited, Unlimited, 10},
	}
	got := All()
	if len(got) != len(want) {
		t.Fatalf("got %d plans, want %d", len(got), len(want))
	}
	for i, w := range want {
		p := got[i]
		price := p.Price.Dollars()
		if p.Custom {
			price = "custom"
		}
		if p.Tier != w.tier || p.Name != w.name || price != w.price ||
			p.Included[VoiceMinutes] != w.voice || p.Included[SMSMessages] != w.sms || p.Included[PhoneNumbers] != w.phones {
			t.Errorf("plan %d: got %+v, want %+v", i, p, w)
		}
	}
	for f, w := range map[Feature]string{VoiceMinutes: "0.013", SMSMessages: "0.008", PhoneNumbers: "2.00"} {
		if got := UnitPrices[f].Dollars(); got != w {
			t.Errorf("%s: got $%s, want $%s", f, got, w)
		}
	}
}

func TestHasFeature(t *testing.T) {
	for _, c := range []struct {
		tier Tier
		f    Feature
		want bool
	}{
		{Buddy, SMSMessages, false},
		{Secretary, SMSMessages, true},
		{CTO, VoiceMinutes, true},
		{"enterprise", SMSMessages, false},
		{Secretary, "teleportation", false},
	} {
		if got := HasFeature(c.tier, c.f); got != c.want {
			t.Errorf("HasFeature(%s, %s): got %t, want %t", c.tier, c.f, got, c.want)
		}
	}
}

func TestCheckLimit(t *testing.T) {
	for _, c := range []struct {
		tier Tier
		f    Feature
		used int64
		want Limit
	}{
		{Buddy, SMSMessages, 0, Limit{}},
		{Secretary, SMSMessages, 0, Limit{Allowed: true, Included: 500, Remaining: 500}},
		{Secretary, SMSMessages, 499, Limit{Allowed: true, Included: 500, Remaining: 1}},
		{Secretary, SMSMessages, 500, Limit{Allowed: true, Overage: true, Included: 500}},
		{Manager, VoiceMinutes, 2001, Limit{Allowed: true, Overage: true, Included: 2000}},
		{CTO, SMSMessages, 1 << 40, Limit{Allowed: true, Included: Unlimited, Remaining: Unlimited}},
		{CTO, PhoneNumbers, 10, Limit{Included: 10}},
		{"enterprise", SMSMessages, 0, Limit{}},
		// A reversal may bring the sum below 0.
		{Secretary, SMSMessages, -1, Limit{Allowed: true, Included: 500, Remaining: 501}},
	} {
		if got := CheckLimit(c.tier, c.f, c.used); got != c.want {
			t.Errorf("CheckLimit(%s, %s, %d): got %+v, want %+v", c.tier, c.f, c.used, got, c.want)
		}
	}
}

func TestAGrantedTierStopsAtItsAllowance(t *testing.T) {
	e := Entitlement{Tier: Secretary}
	if l := e.Check(SMSMessages, 499); !l.Allowed || l.Overage {
		t.Errorf("the last one: got %+v", l)
	}
	if l := e.Check(SMSMessages, 500); l.Allowed {
		t.Errorf("one more than the allowance: got %+v", l)
	}
}

func TestUpgradeMessage(t *testing.T) {
	for _, c := range []struct {
		f    Feature
		tier Tier
		want string
	}{
		{SMSMessages, Buddy, "AI Buddy does not include text messages. AI Secretary does ($40 a month)."},
		{PhoneNumbers, Secretary, "The phone number of AI Secretary is in use. AI Project Manager includes more ($280 a month)."},
		{PhoneNumbers, Manager, "All 3 phone numbers of AI Project Manager are in use. AI CTO includes more (contact sales)."},
		{PhoneNumbers, CTO, "No plan includes more phone numbers than AI CTO; contact us for more."},
		{SMSMessages, Secretary, "The 500 text messages of AI Secretary are used up. AI Project Manager includes more ($280 a month)."},
		{VoiceMinutes, Manager, "The 2000 minutes of calls of AI Project Manager are used up. AI CTO includes more (contact sales)."},
		{PhoneNumbers, CTO, "No plan includes more phone numbers than AI CTO; contact us for more."},
	} {
		if got := UpgradeMessage(c.f, c.tier); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	for _, p := range All() {
		for _, f := range Features {
			if msg := UpgradeMessage(f, p.Tier); strings.Contains(msg, "-1") || !strings.HasSuffix(msg, ".") {
				t.Errorf("%s, %s: %q", p.Tier, f, msg)
			}
		}
	}
}

func TestASubscriptionGoesOnUntilItEndsEvenWhenItGivesNothing(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		sub  Subscription
		want bool
	}{
		{Subscription{}, false},
		{Subscription{Status: Active}, true},
		{Subscription{Status: Trialing}, true},
		{Subscription{Status: PastDue, GraceUntil: now.Add(-time.Hour)}, true},
		{Subscription{Status: Unpaid}, true},
		{Subscription{Status: Paused}, true},
		{Subscription{Status: Active, EndsAt: now.Add(time.Second)}, true},
		{Subscription{Status: Active, EndsAt: now}, false},
		{Subscription{Status: Incomplete}, false},
		{Subscription{Status: IncompleteExpired}, false},
		{Subscription{Status: Canceled}, false},
		{Subscription{Status: "tomorrow's"}, false},
	} {
		if got := c.sub.GoesOn(now); got != c.want {
			t.Errorf("%+v: got %t, want %t", c.sub, got, c.want)
		}
	}
}
