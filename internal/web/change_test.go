package web

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// quoted lets the user look at a move to a tier: up at once, down when the period ends.
func (p *product) quoted(tier plan.Tier) *product {
	to, _ := plan.Of(tier)
	p.preview = billing.Preview{From: p.sub.Plan, To: to, At: p.sub.Paid.End, Quote: billing.Quote{Tier: tier, At: now, Renewal: int64(to.Price / plan.Cent)}}
	if tier.Above(p.sub.Paid.Tier) {
		p.preview.At, p.preview.Now = now, true
		p.preview.Quote.Now = 14450
		p.preview.Quote.Lines = []billing.InvoiceLine{
			{Description: "Rest of AI Secretary", Amount: -2350}, {Description: "Rest of AI Project Manager", Amount: 16800},
		}
	} else {
		p.preview.Lost = []billing.Loss{{Code: "numbers", Message: "AI Buddy includes no numbers: 1 number will be given up."}}
	}
	return p
}

func TestAHigherPlanIsShownWithItsPriceFirst(t *testing.T) {
	p := newProduct().paying(plan.Secretary).quoted(plan.Manager)
	a := signedIn(t, p).get("/app/billing/change?tier=ai_project_manager")
	a.has(t, 200, "Change to AI Project Manager", "Rest of AI Secretary", "-$23.50", "$168<", "To pay now", "$144.50<", "$280 a month",
		"Thu 10 Dec", "Pay $144.50 and change now", `action="/app/billing/change#problem"`, `name="tier" value="ai_project_manager"`, `name="at" value="2026-11-22T09:00:00Z"`)
	a.lacks(t, "What you would lose", "Cancel", "nothing is paid back", "Nothing is to pay now")
	p.was(t, "preview ai_project_manager of usr_1")
}

func TestALowerPlanBeginsLaterAndSaysWhatIsLost(t *testing.T) {
	p := newProduct().paying(plan.Manager).quoted(plan.Secretary)
	a := signedIn(t, p).get("/app/billing/change?tier=ai_secretary")
	a.has(t, 200, "Nothing is to pay now", "$40 a month", "What you would lose", "1 number will be given up", "Change on Thu 10 Dec")
	a.lacks(t, "To pay now", "change now")
}

func TestCancellingHasItsOwnWords(t *testing.T) {
	p := newProduct().paying(plan.Secretary).quoted(plan.Buddy)
	b := signedIn(t, p)
	a := b.get("/app/billing/change?tier=ai_buddy")
	a.has(t, 200, "<h1>Cancel AI Secretary</h1>", "You keep AI Secretary until", "Thu 10 Dec", "nothing is paid back", "What you would lose", ">Cancel AI Secretary</button>", "Leave everything as it is")
	a.lacks(t, "What you pay now", "What is owed", "$0")
	p.late(time.Hour)
	a = b.get("/app/billing/change?tier=ai_buddy")
	a.has(t, 200, "What is owed stays owed")
	a.lacks(t, "You keep AI Secretary")
}

func TestACreditIsNoPayment(t *testing.T) {
	p := newProduct().paying(plan.Secretary).quoted(plan.Manager)
	p.preview.Quote.Now = -1250
	a := signedIn(t, p).get("/app/billing/change?tier=ai_project_manager")
	a.has(t, 200, "Credit for your next invoice", "$12.50<", ">Change now</button>")
	a.lacks(t, "To pay now", "Pay $", "-$12.50")
}

func TestWhoPaysNothingYetIsLedToThePaymentPage(t *testing.T) {
	p := newProduct()
	p.on = true
	p.quoted(plan.Secretary)
	p.preview.Now, p.preview.Lost, p.preview.Quote.Now = true, nil, 4000
	a := signedIn(t, p).get("/app/billing/change?tier=ai_secretary")
	a.has(t, 200, "Buy AI Secretary", `action="/app/billing/checkout"`, "To pay now", "$40<")
	a.lacks(t, `action="/app/billing/change`)
}

func TestThereIsNothingToChangeToWhatSomebodyHas(t *testing.T) {
	p := newProduct().paying(plan.Secretary)
	signedIn(t, p).get("/app/billing/change?tier=ai_secretary").leads(t, "/app/billing")
	p.was(t)
	p.sub.Paid.EndsAt = p.sub.Paid.End
	p.entitled()
	p.quoted(plan.Secretary)
	a := signedIn(t, p).get("/app/billing/change?tier=ai_secretary")
	a.has(t, 200, "Keep AI Secretary", "Nothing changes")
	a.lacks(t, "What you would lose", "To pay now")
}

func TestAPreviewThatCannotBeMadeIsSaid(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		words  string
	}{
		{fault.Body("tier", "must be one of ai_buddy, ai_secretary, ai_project_manager"), 422, "The tier must be one of"},
		{billing.ErrOff, 404, "Nothing can be paid here"},
		{billing.ErrSales, 409, "please write to us"},
		{billing.ErrUnreachable, 503, "Nothing was changed"},
	} {
		p := newProduct().paying(plan.Secretary)
		p.quoteErr = c.err
		a := signedIn(t, p).get("/app/billing/change?tier=ai_nothing")
		a.has(t, c.status, c.words)
		a.lacks(t, "To pay now", "see errors", "ai_nothing")
	}
}

func TestAChangeIsMadeAtThePriceThatWasSeen(t *testing.T) {
	for _, c := range []struct {
		from, to plan.Tier
		after    plan.Tier
		at, done string
	}{
		{plan.Secretary, plan.Manager, plan.Manager, "2026-11-22T09:00:00Z", "changed"},
		{plan.Manager, plan.Secretary, plan.Manager, "2026-11-22T09:00:00Z", "change-planned"},
		{plan.Secretary, plan.Buddy, plan.Secretary, "2026-11-22T09:00:00Z", "cancelled"},
		{plan.Secretary, plan.Secretary, plan.Secretary, "", "kept"},
	} {
		p := newProduct().paying(c.from)
		p.after = plan.Subscription{Tier: c.after}
		b := signedIn(t, p)
		pairs := []string{"tier", string(c.to)}
		if c.at != "" {
			pairs = append(pairs, "at", c.at)
		}
		b.post("/app/billing/change", pairs...).leads(t, "/app/billing?done="+c.done)
		p.was(t, `change usr_1 to `+string(c.to)+` at "`+c.at+`"`)
		b.get("/app/billing?done="+c.done).has(t, 200, `role="status"`, billingNotices[c.done])
	}
}

func TestADeclinedCardIsSaidAndLeadsToAnother(t *testing.T) {
	p := newProduct().paying(plan.Secretary).quoted(plan.Manager)
	p.err = billing.ErrDeclined
	a := signedIn(t, p).post("/app/billing/change", "tier", "ai_project_manager", "at", "2026-11-22T09:00:00Z")
	a.has(t, 402, "Problem: Change to AI Project Manager", `role="alert"`, "Your card was declined, so nothing was changed", `href="/app/billing/portal">Use another card`, "Pay $144.50 and change now")
	a.lacks(t, "Your plan does not include", "Your plan is changed")
}

func TestAPriceThatHoldsNoMoreIsShownAnew(t *testing.T) {
	p := newProduct().paying(plan.Secretary).quoted(plan.Manager)
	b := signedIn(t, p)
	p.err = fault.Body("at", "must be the at of a preview of the last 15 minutes")
	a := b.post("/app/billing/change", "tier", "ai_project_manager", "at", "2026-11-22T08:00:00Z")
	a.has(t, 422, staleQuote, `name="at" value="2026-11-22T09:00:00Z"`, "Pay $144.50")
	a.lacks(t, "Use another card", "must be the at")
	p.calls = nil
	b.post("/app/billing/change", "tier", "ai_project_manager", "at", "yesterday").has(t, 422, staleQuote)
	p.was(t, "preview ai_project_manager of usr_1")
}

func TestAChangeThatIsRefusedChangesNothingAndSaysWhy(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		words  string
	}{
		{billing.ErrNotSubscribed, 409, "You have no paid plan to change"},
		{billing.ErrOff, 404, "Nothing can be paid here"},
		{billing.ErrUnreachable, 503, "Nothing was changed"},
		{fault.Body("tier", "must be one of ai_buddy"), 422, "The tier must be one of ai_buddy."},
		{gated(billing.CodeOwed, "Your plan is on hold."), 402, `href="/app/billing/portal"`},
	} {
		p := newProduct().paying(plan.Secretary).quoted(plan.Manager)
		p.err = c.err
		a := signedIn(t, p).post("/app/billing/change", "tier", "ai_project_manager")
		a.has(t, c.status, c.words)
		a.lacks(t, "Your plan is changed")
	}
}
