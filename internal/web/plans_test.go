package web

import (
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

func TestStrangersSeeThePlansAndAreLedToAnAccountWithTheirWish(t *testing.T) {
	p := newProduct()
	p.on = true
	a := open(t, p, func(o *Options) { o.Contact = "sales@xswarm.example" }).get("/plans")
	a.has(t, 200, "Plans and prices · xSwarm", "AI Buddy", "AI Secretary", "AI Project Manager", "AI CTO", "$0<", "$40<", "$280<",
		"500 call minutes", "2,000 text messages", "Unlimited call minutes", "10 phone numbers", "$0.013 a minute, $0.008 a text, $2 a number a month",
		"Memory kept for 30 days", `href="/signup?plan=ai_project_manager"`, `href="mailto:sales@xswarm.example">Contact sales`)
	a.lacks(t, "<form", "your plan", "/app/billing", "Sign out", `href="/signup?plan=ai_cto"`)
}

func TestTheFrontPageLeadsToThePlans(t *testing.T) {
	open(t, newProduct()).get("/").has(t, 200, `<a href="/plans">How paying works</a>`, `<a href="/plans">Plans</a>`)
}

func TestWhoHasNoSubscriptionMayBuyOne(t *testing.T) {
	p := newProduct()
	p.on, p.sub.Wished = true, plan.Secretary
	a := signedIn(t, p).get("/plans")
	a.has(t, 200, `action="/app/billing/checkout"`, `name="tier" value="ai_secretary"`, `name="tier" value="ai_project_manager"`,
		"Buy AI Secretary", "your plan", "you asked for it", "Ask whoever runs this server.")
	a.lacks(t, `value="ai_buddy"`, `value="ai_cto"`, "/app/billing/change", "/signup")
	if n := strings.Count(a.body, "your plan"); n != 1 {
		t.Errorf("%d plans are theirs, want 1", n)
	}
}

func TestASubscriberMayChangeAndNotBuyAgain(t *testing.T) {
	a := signedIn(t, newProduct().paying(plan.Secretary)).get("/plans")
	a.has(t, 200, `href="/app/billing/change?tier=ai_project_manager">Change to AI Project Manager`, `href="/app/billing/change?tier=ai_buddy"`, "your plan")
	a.lacks(t, `action="/app/billing/checkout"`, "tier=ai_secretary", "tier=ai_cto")
}

func TestWhatIsOfferedFollowsFromHowSomebodyStands(t *testing.T) {
	for name, c := range map[string]struct {
		put       func(p *product)
		has, lack []string
	}{
		"on its way to a lower plan": {
			func(p *product) {
				p.paying(plan.Manager)
				p.sub.Paid.Next, p.sub.Paid.NextAt = plan.Secretary, p.sub.Paid.End
			},
			[]string{"Keep AI Project Manager", "from Thu 10 Dec", "tier=ai_buddy"}, []string{"tier=ai_secretary", "Buy "},
		},
		"on its way to the end": {
			func(p *product) { p.paying(plan.Secretary); p.sub.Paid.EndsAt = p.sub.Paid.End },
			[]string{"Keep AI Secretary", "from Thu 10 Dec", "tier=ai_project_manager"}, []string{"tier=ai_buddy", "Buy "},
		},
		"with a payment owed": {
			func(p *product) { p.paying(plan.Secretary).late(time.Hour) },
			[]string{"There is a payment to make first", `href="/app/billing/portal"`, "tier=ai_buddy"}, []string{"tier=ai_project_manager", "Buy "},
		},
		"at an agreed price": {
			func(p *product) { p.paying(plan.CTO) },
			[]string{"your plan", "Talk to us"}, []string{"Buy ", "/app/billing/change", "<form method=\"post\" action=\"/app/billing"},
		},
		"with a plan that was given": {
			func(p *product) { p.secretary().on = true },
			[]string{"your plan", "Buy AI Secretary", "Buy AI Project Manager"}, []string{"/app/billing/change", "You have more than this"},
		},
		"with a higher plan that was given": {
			func(p *product) {
				p.on = true
				p.sub.Plan, _ = plan.Of(plan.Manager)
				p.sub.Entitlement = plan.Entitlement{Tier: plan.Manager, Source: plan.Granted}
			},
			[]string{"Buy AI Project Manager", "You have more than this"}, []string{"Buy AI Secretary"},
		},
		"where nothing can be paid": {
			func(p *product) {},
			[]string{"your plan", "Paid plans are switched on by whoever runs this server", "mailto:sales@xswarm.example"},
			[]string{"Buy ", "Change to", "/app/billing/checkout", "Talk to us"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProduct()
			c.put(p)
			a := signedIn(t, p, func(o *Options) { o.Contact = "sales@xswarm.example" }).get("/plans")
			a.has(t, 200, c.has...)
			a.lacks(t, c.lack...)
		})
	}
}

func TestThePlansAreOpenToWhoseSessionHasEnded(t *testing.T) {
	b := open(t, newProduct())
	b.session = "stale"
	a := b.get("/plans")
	a.has(t, 200, `href="/signup?plan=ai_secretary"`, `href="/login"`)
	a.lacks(t, "your plan", "Sign out")
	b.session = "broken"
	b.get("/plans").has(t, 500, "Something went wrong")
}

// gated is what billing.Gate says to somebody on AI Buddy.
func gated(code, message string) error {
	f := *billing.ErrDeclined
	f.Code, f.Message = code, message
	f.Offer = &fault.Offer{Feature: string(plan.SMSMessages), Tier: string(plan.Buddy), URL: "https://xswarm.example" + billing.PagePath}
	for _, p := range plan.UpgradeFrom(plan.Buddy, plan.SMSMessages).Plans {
		f.Offer.Plans = append(f.Offer.Plans, fault.OfferedPlan{Tier: string(p.Tier), Name: p.Name})
	}
	return &f
}

func TestWhatAPlanDoesNotIncludeIsAPageWithThePlansThatDo(t *testing.T) {
	p := newProduct()
	p.err = gated(billing.CodeUpgrade, plan.UpgradeMessage(plan.SMSMessages, plan.Buddy))
	a := signedIn(t, p).post("/app/phones", "number", "+12025550123")
	a.has(t, 402, "Your plan does not include that", "AI Buddy does not include text messages.", "AI Secretary", "500 text messages, $40 a month",
		"2,000 text messages, $280 a month", "Unlimited text messages, price on request", `href="https://xswarm.example/app/billing"`, `href="/plans"`)
	a.lacks(t, "Please have another look", "call minutes")
}

func TestAReachedCapAndAnOwedPaymentLeadToWhatHelps(t *testing.T) {
	p := newProduct()
	p.err = gated(billing.CodeCapped, "Your spending cap of $80 for extra usage is reached.")
	b := signedIn(t, p)
	b.post("/app/phones", "number", "1").has(t, 402, "Your spending cap is reached", `href="https://xswarm.example/app/billing#cap"`, "AI Secretary")
	p.err = gated(billing.CodeOwed, "Your plan is on hold.")
	a := b.post("/app/phones", "number", "1")
	a.has(t, 402, "There is a payment to make", "Your plan is on hold.", `href="/app/billing/portal"`)
	a.lacks(t, "$280", "Your plan does not include")
}

func TestAPlanThatIsNotEnoughIsSaidWithoutFurtherWordsToo(t *testing.T) {
	p := newProduct()
	f := *billing.ErrDeclined
	f.Code, f.Message = "upgrade_required", "AI Buddy does not include <numbers>."
	p.err = &f
	a := signedIn(t, p).post("/app/phones", "number", "1")
	a.has(t, 402, "AI Buddy does not include &lt;numbers&gt;.", `href="/plans"`)
	a.lacks(t, "<ul class=\"rows")
}
