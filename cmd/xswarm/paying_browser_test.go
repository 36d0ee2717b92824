package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"xswarm.ai/server/internal/apptest"
)

// payer is somebody who buys a plan, with a browser.
type payer struct {
	*stranger
	client *apptest.Client
}

const payerEmail = "kim.park@example.com"

// The test cards, as the page of the payment provider offers them.
const (
	goodCard       = "4242424242424242"
	declinedCard   = "4000000000000002"
	askedCard      = "4000002500003155"
	failsLaterCard = "4000000000000341"
)

func TestPlansArePaidForInABrowser(t *testing.T) {
	s := start(t, t.TempDir())
	page := browser(t, s.target.BaseURL)
	p := &payer{stranger: &stranger{page: page, inspector: page.another()}, client: s.target.Member(t, payerEmail)}
	for _, step := range []struct {
		name string
		take func(*payer, *testing.T)
	}{
		{"the plans are offered", (*payer).seesThePlans},
		{"a declined card buys nothing", (*payer).isDeclined},
		{"a card whose bank asks buys the plan", (*payer).pays},
		{"what is used is counted day by day", (*payer).texts},
		{"the billing page shows plan, usage and invoice", (*payer).seesBilling},
		{"a spending cap is set", (*payer).setsACap},
		{"another number is bought, and given up", (*payer).getsANumber},
		{"a higher plan begins at once, at the price that was shown", (*payer).movesUp},
		{"a lower plan is to come, and is taken back", (*payer).movesDown},
		{"a payment that fails is told on every page", (*payer).owes},
		{"another card pays it, and all is well", (*payer).paysTheDebt},
		{"cancelling says what is lost", (*payer).cancels},
		{"every page about money fits a small screen", (*payer).onASmallScreen},
	} {
		ok := t.Run(step.name, func(t *testing.T) {
			p.page.T, p.inspector.T, p.client.T = t, t, t
			step.take(p, t)
			for _, said := range page.complaints.Taken() {
				t.Errorf("a page complains: %s", said)
			}
		})
		if !ok {
			return
		}
	}
}

// uses chooses a test card on a page of the payment provider.
func (p *payer) uses(card string) {
	p.page.Helper()
	p.page.do("choose the card "+card, chromedp.Click(fmt.Sprintf(`//input[@name="card" and @value=%q]`, card), chromedp.NodeVisible))
}

// payerPassword is that of every member of the stories.
const payerPassword = "correct horse battery"

// later lets so much time go by that everybody has to sign in again.
func (p *payer) later(d time.Duration) {
	p.page.Helper()
	p.client.Advance(d)
	p.client.SignIn(payerEmail, payerPassword)
	p.signsIn()
}

func (p *payer) signsIn() {
	p.page.Helper()
	p.page.open("/login")
	p.page.fill("Your mail address", payerEmail)
	p.page.fill("Your password", payerPassword)
	p.page.press("Sign in")
	p.page.sees("Hello Ada")
}

func (p *payer) seesThePlans(t *testing.T) {
	p.signsIn()
	p.page.sees("AI Buddy")
	p.page.open("/plans")
	p.page.sees("AI Buddy", "AI Secretary", "AI Project Manager", "AI CTO", "$40", "$280", "How paying works")
	p.picture(p.page, "plans", 1280, 900, "light")
}

func (p *payer) isDeclined(t *testing.T) {
	p.page.press("Buy AI Secretary")
	p.page.sees("Subscribe for $40.00", "Total due today", payerEmail)
	p.uses(declinedCard)
	p.page.press("Subscribe")
	p.page.sees("Your card was declined")
	p.page.fits("the payment page")
	p.page.looks(1280, 800, "light")
}

func (p *payer) pays(t *testing.T) {
	p.uses(askedCard)
	p.page.press("Subscribe")
	p.page.sees("Complete")
	p.page.press("Complete")
	p.page.sees("AI Secretary")
	p.page.eventually("the plan", func() bool {
		p.page.open("/app")
		return p.page.says("AI Secretary") && !p.page.says("Free of charge")
	})
}

// texts lets days go by on which the assistant is texted, and answers.
func (p *payer) texts(t *testing.T) {
	const phone = "+12025550177"
	p.client.Prove(phone)
	number := p.client.Number()
	for _, n := range []int{6, 2, 9, 4} {
		for range n {
			p.client.Ask(phone, number, "what's on my list?")
		}
		p.client.Advance(24 * time.Hour)
	}
}

func (p *payer) seesBilling(t *testing.T) {
	p.page.open("/app/billing")
	p.page.sees("Your plan", "AI Secretary", "21 of 500 used", "Spending cap", "$80", "Invoices", "$40")
	p.picture(p.page, "billing", 1280, 1400, "light")
}

func (p *payer) setsACap(t *testing.T) {
	p.page.open("/app/billing")
	p.page.do("clear the cap", chromedp.SetValue(`input[name="limit"]`, "12,x"))
	p.page.press("Set my spending cap")
	p.page.sees("Please have another look")
	p.page.do("set the cap", chromedp.SetValue(`input[name="limit"]`, "$12.50"))
	p.page.press("Set my spending cap")
	p.page.sees("Your spending cap is set.", "$12.50")
}

func (p *payer) getsANumber(t *testing.T) {
	p.page.eventually("the first number", func() bool {
		p.page.open("/app")
		return p.page.says("Get another number for $2 a month")
	})
	p.page.press("Get another number for $2 a month")
	p.page.sees("Your assistant has another number", "Your assistant’s numbers")
	p.page.fits("two numbers")
	p.page.looks(1280, 800, "light")
	p.page.do("look at giving one up", chromedp.Click(`#numbers li:last-child a[href*="give-up"]`, chromedp.NodeVisible))
	p.page.sees("What you would lose", "You pay $2 a month less")
	p.page.fits("giving a number up")
	p.page.looks(1280, 800, "light")
	p.page.do("give it up", chromedp.Click(`//main//form[contains(@action, "/give-up")]//button`, chromedp.NodeVisible))
	p.page.sees("That number is given up", "Get another number for $2 a month")
	if p.page.says("Your assistant’s numbers") {
		t.Error("there are still several")
	}
}

func (p *payer) movesUp(t *testing.T) {
	p.page.open("/plans")
	p.page.follow("Change to AI Project Manager")
	p.page.sees("AI Project Manager", "$280")
	p.page.do("change", chromedp.Click(`//main//form[contains(@action, "/change")]//button`, chromedp.NodeVisible))
	p.page.sees("Your plan is changed.", "AI Project Manager")
	var sub struct{ Tier string }
	p.client.Want(200, "GET", "/billing/subscription", nil, &sub)
	if sub.Tier != "ai_project_manager" {
		t.Errorf("they are on %s", sub.Tier)
	}
}

func (p *payer) movesDown(t *testing.T) {
	p.page.open("/app/billing/change?tier=ai_secretary")
	p.page.sees("AI Secretary")
	p.page.do("change", chromedp.Click(`//main//form[contains(@action, "/change")]//button`, chromedp.NodeVisible))
	p.page.sees("Your plan will change", "AI Secretary", "Keep AI Project Manager")
	p.page.press("Keep AI Project Manager")
	p.page.sees("Your plan goes on")
	if p.page.says("Keep AI Project Manager") {
		t.Error("the change was not taken back")
	}
}

func (p *payer) owes(t *testing.T) {
	p.page.open("/app/billing/portal")
	p.page.sees("Your subscription")
	p.uses(failsLaterCard)
	p.page.fits("the portal")
	p.page.looks(1280, 800, "light")
	p.page.press("Use this card")
	p.page.eventually("the card to be the one", func() bool {
		return ask[bool](p.page, fmt.Sprintf(`document.querySelector("section[aria-labelledby=card] p").innerText.includes(%q)`, failsLaterCard[12:]))
	})
	p.later(32 * 24 * time.Hour)
	p.page.eventually("what is owed", func() bool {
		p.page.open("/app")
		return p.page.says("payment")
	})
}

func (p *payer) paysTheDebt(t *testing.T) {
	p.page.open("/app/billing/portal")
	p.uses(goodCard)
	p.page.press("Use this card")
	p.page.eventually("the card to be the one", func() bool {
		return ask[bool](p.page, fmt.Sprintf(`document.querySelector("section[aria-labelledby=card] p").innerText.includes(%q)`, goodCard[12:]))
	})
	p.client.Advance(4 * 24 * time.Hour) // it is tried again
	p.page.eventually("that nothing is owed", func() bool {
		var sub struct{ Status string }
		p.client.Want(200, "GET", "/billing/subscription", nil, &sub)
		return sub.Status == "active"
	})
}

func (p *payer) cancels(t *testing.T) {
	p.page.open("/app/billing")
	p.page.follow("Cancel AI Project Manager")
	p.page.sees("AI Buddy", "includes no")
	p.page.do("cancel", chromedp.Click(`//main//form[contains(@action, "/change")]//button`, chromedp.NodeVisible))
	p.page.sees("Your plan will end", "Keep AI Project Manager")
}

func (p *payer) onASmallScreen(t *testing.T) {
	for _, path := range []string{"/plans", "/app/billing", "/app/billing/change?tier=ai_secretary", "/app/billing/change?tier=ai_buddy", "/app/billing/portal", "/app"} {
		p.page.open(path)
		p.page.fits(path)
	}
}
