package web

import (
	"errors"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

func TestHowSomebodyStandsIsSaidInWords(t *testing.T) {
	for name, c := range map[string]struct {
		put       func(p *product)
		has, lack []string
	}{
		"free": {
			func(p *product) { p.on = true },
			[]string{"AI Buddy", "Free of charge", `href="/plans">Choose a plan`, "From <time datetime=\"2026-11-01T00:00:00Z\">1 Nov</time>", "(UTC)", "No invoices yet."},
			[]string{"Spending cap", "/app/billing/portal", "Cancel", "Keep "},
		},
		"active": {
			func(p *product) { p.paying(plan.Secretary) },
			[]string{">active<", "$40 a month.", "It renews itself on", "Thu 10 Dec", `href="/plans">Change plan`, `href="/app/billing/portal"`, `href="/app/billing/change?tier=ai_buddy">Cancel AI Secretary`, "10 Nov"},
			[]string{"(UTC)", "Keep ", "on hold", "It ends on", "Free of charge"},
		},
		"on trial": {
			func(p *product) {
				p.paying(plan.Secretary)
				p.sub.Paid.Status, p.sub.Paid.TrialEnd = plan.Trialing, p.sub.Paid.End
			},
			[]string{">on trial<", "On trial until", "Thu 10 Dec, 10:00 AM", "From then on it costs $40 a month"}, []string{"renews", ">active<"},
		},
		"ending": {
			func(p *product) { p.paying(plan.Secretary); p.sub.Paid.EndsAt = p.sub.Paid.End },
			[]string{">ending<", "It ends on", "Thu 10 Dec, 10:00 AM", "AI Buddy, which is free", ">Keep AI Secretary<"}, []string{"renews itself", "Cancel AI Secretary"},
		},
		"changing": {
			func(p *product) {
				p.paying(plan.Manager)
				p.sub.Paid.Next, p.sub.Paid.NextAt = plan.Secretary, p.sub.Paid.End
			},
			[]string{"It changes to <strong>AI Secretary</strong> on", "Thu 10 Dec", ">Keep AI Project Manager<", "Cancel AI Project Manager"}, []string{"renews itself", "It ends on"},
		},
		"owing": {
			func(p *product) { p.paying(plan.Secretary).late(48 * time.Hour) },
			[]string{">payment owed<", "It holds until", "Tue 24 Nov, 4:00 AM"}, []string{"renews", "Its payment failed, so what it includes is on hold"},
		},
		"on hold": {
			func(p *product) { p.paying(plan.Secretary).late(-time.Hour) },
			[]string{">on hold<", "AI Secretary", "so what it includes is on hold", "Cancel AI Secretary"}, []string{"Free of charge", "It holds until", "Spending cap"},
		},
		"without a way to pay": {
			func(p *product) { p.paying(plan.Secretary); p.sub.Paid.Status = plan.Paused },
			[]string{">on hold<", "The trial ended without a way to pay"}, []string{"renews"},
		},
		"suspended": {
			func(p *product) { p.paying(plan.Secretary); p.sub.Paid.Suspended = true },
			[]string{">on hold<", "Whoever runs this server has put it on hold"}, []string{"renews", "Its payment failed"},
		},
		"waived": {
			func(p *product) { p.paying(plan.Secretary); p.sub.Paid.Waived = true },
			[]string{">active<", "Nothing is collected"}, []string{"on hold"},
		},
		"at an agreed price": {
			func(p *product) { p.paying(plan.CTO) },
			[]string{"AI CTO", "At the price that we agreed on.", "Talk to us about your plan"}, []string{"Cancel AI CTO", "Change plan", "Spending cap", "$0"},
		},
		"over": {
			func(p *product) {
				p.paying(plan.Secretary)
				p.sub.Paid.Status, p.sub.Paid.EndsAt = plan.Canceled, now.Add(-time.Hour)
			},
			[]string{"AI Buddy", "Free of charge", "Choose a plan", `href="/app/billing/portal"`}, []string{"AI Secretary", "It ends on"},
		},
		"where nothing can be paid": {
			func(p *product) { p.sub.Wished = plan.Secretary },
			[]string{"Free of charge", "Paid plans are switched on by whoever runs this server", "mailto:sales@xswarm.example"},
			[]string{"Choose a plan", "/app/billing/portal"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProduct()
			c.put(p)
			if p.sub.Paid.ID != "" {
				p.entitled()
			}
			a := signedIn(t, p, func(o *Options) { o.Contact = "sales@xswarm.example" }).get("/app/billing")
			a.has(t, 200, c.has...)
			a.lacks(t, c.lack...)
		})
	}
}

func TestAGrantIsSaidBesideWhatIsPaidFor(t *testing.T) {
	p := newProduct().secretary()
	p.on = true
	b := signedIn(t, p)
	a := b.get("/app/billing")
	a.has(t, 200, "Given to you by the operator", "early guest", "Fri 22 Jan 2027", "Nothing is charged", "Choose a plan")
	a.lacks(t, "Spending cap", "You also pay", "renews")
	p.sub.Plan, _ = plan.Of(plan.Manager)
	p.sub.Entitlement.Tier = plan.Manager
	p.sub.Paid = plan.Subscription{ID: "sub_1", Tier: plan.Secretary, Status: plan.Active}
	a = b.get("/app/billing")
	a.has(t, 200, "AI Project Manager", "You also pay for AI Secretary: $40 a month.")
	a.lacks(t, "Nothing is charged")
}

func TestUsageIsShownWithWhatItCosts(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	p.usage.Features = []billing.FeatureUsage{
		{Feature: plan.VoiceMinutes, Used: 312, Included: 500, Remaining: 188, Projected: 1_300_000},
		{Feature: plan.SMSMessages, Used: 1640, Included: 500, Overage: 1140, Cost: 9_120_000, Projected: 18_960_000},
		{Feature: plan.PhoneNumbers, Used: 2, Included: 1, Overage: 1, Cost: 2 * plan.Dollar, Projected: 2 * plan.Dollar},
	}
	p.usage.Earlier = 300_000
	a := signedIn(t, p).get("/app/billing")
	a.has(t, 200, "312 of 500 used", "<dd>188</dd>", "1,640 of 500 used", "<dd>1,140</dd>", "<dd>$9.12</dd>", "<dd>$18.96</dd>", "<dt>Cost a month</dt><dd>$2</dd>",
		"<strong>$9.42</strong>", "$0.30 of it on the plan that you had before", "it will be $20.56 when the period ends")
	a.lacks(t, "style=")
	p.usage.Features[1].Projected, p.usage.Features[0].Projected, p.usage.Earlier = 9_120_000, 0, 0
	signedIn(t, p).get("/app/billing").lacks(t, "If it goes on like this", "the plan that you had before")
}

func TestWhatNobodyIsChargedForHasNoCosts(t *testing.T) {
	p := newProduct().secretary()
	p.usage.Features[1] = billing.FeatureUsage{Feature: plan.SMSMessages, Used: 500, Included: 500}
	p.usage.Features[0] = billing.FeatureUsage{Feature: plan.VoiceMinutes, Used: 7, Included: plan.Unlimited, Remaining: plan.Unlimited}
	a := signedIn(t, p).get("/app/billing")
	a.has(t, 200, "500 of 500 used", "7 used, without a limit", "<dt>Remaining</dt><dd>0</dd>")
	a.lacks(t, "Cost so far", "Extra usage", ">-1<")
}

func TestTheDaysAreAPictureAndATable(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	day := time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC)
	p.usage.Days = []billing.Day{
		{Date: day, Used: map[plan.Feature]int64{plan.SMSMessages: 30}},
		{Date: day.AddDate(0, 0, 1), Used: map[plan.Feature]int64{plan.SMSMessages: 1200}},
	}
	a := signedIn(t, p).get("/app/billing")
	a.has(t, 200, `role="img"`, "Text messages day by day", "1,230 text messages in all, most on 13 November: 1,200.", "12 Nov: 30 text messages",
		`<th scope="row"><time datetime="2026-11-13">Fri 13 Nov</time></th><td class="amount">1,200</td>`, "Days are UTC")
	a.lacks(t, "Phone calls day by day", "2026-11-23", "style=")
	p.usage.Days = nil
	signedIn(t, p).get("/app/billing").lacks(t, "Day by day", "<svg role", "The same as a table")
}

func TestInvoicesAreListedInWordsAndPaged(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	at := time.Date(2026, 10, 11, 2, 0, 0, 0, time.UTC) // the day before, in New York
	p.bills = []billing.Invoice{
		{Number: "XS-6", Status: "open", Currency: "usd", Total: 123450, Due: 4000, IssuedAt: at, URL: "https://pay.example/i/6"},
		{Number: "XS-5", Status: "open", Currency: "usd", Total: 4000, Due: 4000, Attempted: true, IssuedAt: at},
		{Number: "XS-4", Status: "paid", Currency: "usd", Total: 4000, Paid: 4000, IssuedAt: at, URL: "https://pay.example/i/4"},
		{Number: "XS-3", Status: "paid", Currency: "usd", Total: 4000, Paid: 4000, Refunded: 1000, IssuedAt: at},
		{Number: "XS-2", Status: "paid", Currency: "usd", Total: 4000, Paid: 4000, Refunded: 4000, IssuedAt: at},
		{Number: "XS-1", Status: "void", Currency: "eur", Total: 4000, IssuedAt: at, URL: "javascript:alert(1)"},
		{Number: "XS-0", Status: "uncollectible", Currency: "usd", Total: 1, IssuedAt: at},
	}
	b := signedIn(t, p)
	a := b.get("/app/billing")
	a.has(t, 200, "XS-6", "10 Oct 2026", "$1,234.50", "Open: $40 to pay", `href="https://pay.example/i/6"`, "Payment failed: $40 to pay", "Paid, $10 refunded", ">Refunded<",
		"40 EUR", "Cancelled", "Not collected", "$0.01", `View <span class="whose">invoice XS-4</span>`)
	a.lacks(t, "javascript:", "Older invoices", "Newest invoices", "11 Oct", "uncollectible", "void")
	p.next = "k3/x_in_1"
	b.get("/app/billing").has(t, 200, `href="/app/billing?invoices=k3%2Fx_in_1#invoices"`)
	b.get("/app/billing?invoices=k3%2Fx_in_1").has(t, 200, "Newest invoices")
	if p.cursor != "k3/x_in_1" {
		t.Errorf("asked with the cursor %q", p.cursor)
	}
}

func TestTheBillingPageSaysWhatIsWrongWithACursorAndHidesFailures(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	p.listErr = fault.Query("cursor", "must be the next_cursor of the page before")
	signedIn(t, p).get("/app/billing?invoices=x").has(t, 422, "The cursor must be the next_cursor of the page before.")
	p.listErr = errors.New("disk on fire")
	a := signedIn(t, p).get("/app/billing")
	a.has(t, 500, "Something went wrong")
	a.lacks(t, "disk on fire", "AI Secretary")
}

func TestWhoOwesAPaymentIsToldOnEveryPage(t *testing.T) {
	p := newProduct().paying(plan.Secretary).late(48 * time.Hour).quoted(plan.Buddy)
	p.order.State = billing.CheckoutExpired
	b := signedIn(t, p)
	pages := []string{"/app", "/app/security", "/app/billing", "/plans", "/app/billing/change?tier=ai_buddy", "/app/billing/return?order=chk_1"}
	for _, target := range pages {
		b.get(target).has(t, 200, "The payment of $41.30 for AI Secretary failed.", "Your plan holds until", `datetime="2026-11-24T09:00:00Z">Tue 24 Nov, 4:00 AM`, `href="/app/billing/portal">Pay or change your card`)
	}
	p.late(-time.Minute)
	for _, target := range pages {
		a := b.get(target)
		a.has(t, 200, "The payment of $41.30 for AI Secretary failed.", "Your plan is on hold until it is paid.")
		a.lacks(t, "Your plan holds until")
	}
}

func TestWhatIsOwedIsSaidOnlyAsFarAsItIsKnown(t *testing.T) {
	p := newProduct().paying(plan.Secretary).late(time.Hour)
	p.bills = nil
	b := signedIn(t, p)
	b.get("/app").has(t, 200, "The payment for AI Secretary failed.")
	p.bills = []billing.Invoice{{Status: "open", Currency: "usd", Due: 1}, {Status: "open", Currency: "eur", Due: 1}, {Status: "void", Currency: "usd", Due: 5}}
	b.get("/app").has(t, 200, "The payment for AI Secretary failed.")
	// A grant holds whatever is owed.
	p.sub.Entitlement = plan.Entitlement{Tier: plan.Manager, Source: plan.Granted}
	a := b.get("/app")
	a.has(t, 200, "The payment for AI Secretary failed.")
	a.lacks(t, "Your plan holds until", "Your plan is on hold")
}

func TestWhoOwesNothingIsNotTold(t *testing.T) {
	for name, p := range map[string]*product{
		"active": newProduct().paying(plan.Secretary), "free": newProduct(), "given": newProduct().secretary(),
	} {
		b := signedIn(t, p)
		for _, target := range []string{"/app", "/app/billing", "/plans", "/app/security"} {
			a := b.get(target)
			if strings.Contains(a.body, "A payment is owed") {
				t.Errorf("%s: %s says that a payment is owed", name, target)
			}
		}
	}
	p := newProduct().paying(plan.Secretary).late(time.Hour)
	open(t, p).get("/plans").lacks(t, "A payment is owed", "$41.30")
}

func TestTheAccountLeadsToPlanAndCosts(t *testing.T) {
	p := newProduct()
	p.on, p.sub.Wished = true, plan.Manager
	b := signedIn(t, p)
	a := b.get("/app")
	a.has(t, 200, `href="/app/billing">Plan, usage and invoices`, `href="/app/billing#usage"`, "You asked for <strong>AI Project Manager</strong>",
		`action="/app/billing/checkout"`, `value="ai_project_manager"`, "Buy AI Project Manager", `href="/plans">Compare the plans`)
	a.lacks(t, "switched on by whoever runs this server", "nothing can be paid")
	p.sub.Wished = plan.CTO
	a = b.get("/app")
	a.has(t, 200, "You asked for <strong>AI CTO</strong>", `href="/plans"`)
	a.lacks(t, "Buy ")
	p.paying(plan.Secretary)
	p.sub.Wished = ""
	a = b.get("/app")
	a.has(t, 200, ">active<", "$40 a month")
	a.lacks(t, "Buy ", "Compare the plans", "Free of charge")
}
