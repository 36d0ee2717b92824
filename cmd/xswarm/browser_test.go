package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var pictures = flag.Bool("pictures", false, "write the README's pictures into docs/pictures")

// stranger is somebody who has just cloned the repository, with a browser and
// nothing else.
type stranger struct {
	page      *tab // the product's
	inspector *tab
	watching  *tab // the inspector's phone, opened once and never again
	elsewhere *tab // the product's, in another browser
	counted   int  // messages to them in the month to which the clock was moved
}

// What the stranger types.
const (
	strangerEmail    = "sam.rivers@example.com"
	strangerPassword = "four quiet words here"
	strangerFresh    = "seven teapots in the orchard"
	strangerPhone    = "+12025550147"
)

func TestTheStoryComesTrueInABrowser(t *testing.T) {
	s := start(t, t.TempDir())
	page := browser(t, s.target.BaseURL)
	p := &stranger{page: page, inspector: page.another(), watching: page.another(), elsewhere: page.elsewhere()}
	for _, step := range []struct {
		name string
		take func(*stranger, *testing.T)
	}{
		{"complaints of a page are heard", (*stranger).complaintsAreHeard},
		{"the landing page leads to signing up", (*stranger).signsUp},
		{"the mail's link shows a button, which confirms the address", (*stranger).confirms},
		{"signing in needs the keyboard alone", (*stranger).signsIn},
		{"one click in the inspector puts them on AI Secretary", (*stranger).isGranted},
		{"the code on the phone proves it, and a number appears", (*stranger).provesThePhone},
		{"the assistant answers, without a reload", (*stranger).texts},
		{"the reminder arrives at its minute", (*stranger).isReminded},
		{"the account counts every message", (*stranger).isMetered},
		{"another browser is seen, and signed out", (*stranger).signsOutAnotherBrowser},
		{"a new password is for every browser but this one", (*stranger).changesThePassword},
		{"another address waits for both, and is dropped", (*stranger).asksForAnotherAddress},
		{"the username is changed", (*stranger).changesTheUsername},
		{"every page fits a small screen, light and dark", (*stranger).usesASmallScreen},
		{"signed out, the other pages fit as well", (*stranger).signsOut},
	} {
		ok := t.Run(step.name, func(t *testing.T) {
			p.page.T, p.inspector.T, p.watching.T, p.elsewhere.T = t, t, t, t
			step.take(p, t)
			for _, said := range page.complaints.Taken() {
				t.Errorf("a page complains: %s", said)
			}
		})
		if !ok {
			return // the next step begins where this one ends
		}
	}
}

// complaintsAreHeard shows that what the other steps do not hear was not said.
func (p *stranger) complaintsAreHeard(t *testing.T) {
	p.page.open("/")
	for script, complaint := range map[string]string{
		`console.error("ouch")`:                             `console: "ouch"`,
		`setTimeout(() => { throw new Error("ouch") })`:     "exception: Uncaught",
		`document.body.setAttribute("style", "color: red")`: "Content Security Policy",
		`document.body.append(document.createElement("img")); document.images[0].src = "https://elsewhere.example/"`: "Content Security Policy",
	} {
		ask[any](p.page, script)
		heard := ""
		p.page.eventually("the complaint of "+script, func() bool {
			heard += strings.Join(p.page.complaints.Taken(), "\n")
			return strings.Contains(heard, complaint)
		})
	}
	p.page.open("/")
	p.page.complaints.Taken() // said twice
}

func (p *stranger) signsUp(t *testing.T) {
	p.page.open("/")
	p.page.sees("AI Buddy", "AI Secretary", "AI Project Manager", "AI CTO")
	p.picture(p.page, "landing", 1280, 1480, "light")
	p.page.follow("Sign up")
	p.page.fill("Your name", "Sam")
	p.page.fill("Your mail address", strangerEmail)
	p.page.fill("Choose a password", strangerPassword)
	p.page.press("Sign up")
	p.page.sees("Check your mail", strangerEmail)
}

func (p *stranger) confirms(t *testing.T) {
	p.inspector.open("/sandbox/mail")
	p.inspector.eventually("the mail", func() bool {
		return ask[bool](p.inspector, `document.querySelector("#mails a") !== null`)
	})
	p.inspector.do("open the mail", chromedp.Click(`#mails a`, chromedp.NodeVisible))
	p.inspector.sees(strangerEmail, "Links in this mail")
	letter := p.inspector.appearing("iframe", "/html")
	letter.sees("Confirm")
	p.picture(p.inspector, "mailbox", 1280, 800, "light")

	letter.do("click the button in the mail", chromedp.Click(`a.buttonlink`, chromedp.NodeVisible))
	opened := p.inspector.appearing("page", "/verify-email")
	opened.sees("Confirm your address")
	opened.press("Confirm my address")
	opened.sees("Your address is confirmed")
	opened.close()
}

func (p *stranger) signsIn(t *testing.T) {
	p.page.open("/login")
	p.page.types(kb.Tab)
	if got := p.page.focused(); got != "Skip to the content" {
		t.Errorf("the first Tab leads to %q", got)
	}
	p.page.types(kb.Enter)
	for _, want := range []struct{ field, words string }{{"email", strangerEmail}, {"password", strangerPassword}} {
		p.page.types(kb.Tab)
		if got := p.page.focused(); got != want.field {
			t.Fatalf("Tab leads to %q, want %q", got, want.field)
		}
		if !ask[bool](p.page, `parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2`) {
			t.Errorf("the focus cannot be seen on %q", want.field)
		}
		p.page.types(want.words)
	}
	p.page.types(kb.Enter)
	p.page.sees("Hello Sam", "AI Buddy", "America/New_York")
}

func (p *stranger) isGranted(t *testing.T) {
	p.inspector.open("/sandbox/users")
	p.inspector.sees(strangerEmail)
	p.inspector.do("put them on AI Secretary", chromedp.Click(
		fmt.Sprintf(`//li[contains(., %q)]//button[normalize-space()="Put on AI Secretary"]`, strangerEmail), chromedp.NodeVisible))
	p.inspector.sees("The plan was changed.")
	p.page.open("/app")
	p.page.sees("AI Secretary", "Given to you by the operator")
}

func (p *stranger) provesThePhone(t *testing.T) {
	p.page.fill("Add a phone", "+1 202 555 0147")
	p.page.press("Send me a code")
	p.page.sees("not proven yet")

	p.inspector.open("/sandbox/phone")
	p.inspector.do("take the phone", chromedp.Click(
		fmt.Sprintf(`//ul[@aria-label="Conversations"]//a[contains(., %q)]`, strangerPhone), chromedp.NodeVisible))
	var code string
	p.inspector.eventually("the code", func() bool {
		code = sixDigits.FindString(ask[string](p.inspector, `document.getElementById("talk").innerText`))
		return code != ""
	})
	p.page.fill("Code from the text", code)
	p.page.press("Prove it")
	p.page.eventually("the phone to be proven", func() bool { return p.page.says("proven") && !p.page.says("not proven yet") })
	p.page.eventually("the assistant's number", func() bool {
		p.page.open("/app")
		return p.page.says("Text your assistant at")
	})
}

func (p *stranger) texts(t *testing.T) {
	p.watching.open("/sandbox/phone?phone=%2B12025550147")
	p.watching.sees("Your assistant")
	if !ask[bool](p.watching, `window.first = true`) {
		t.Fatal("the page cannot be marked")
	}
	p.inspector.open("/sandbox/phone?phone=%2B12025550147")
	for _, text := range []struct{ say, answer string }{
		{"remind me to call Mike tomorrow at 2pm", "2:00 PM"},
		{"what's on my list?", "call Mike"},
	} {
		before := p.arrived()
		p.sends(text.say)
		p.watching.eventually("an answer", func() bool { return p.arrived() > before })
		if got := ask[string](p.watching, `[...document.querySelectorAll("#talk .theirs")].at(-1).innerText`); !strings.Contains(got, text.answer) {
			t.Errorf("%s: got %q, which does not say %q", text.say, got, text.answer)
		}
	}
	p.inspector.sees("call Mike")
	if !ask[bool](p.watching, `window.first === true`) {
		t.Error("the page that only watches was loaded again")
	}
}

// sends texts the assistant from the page of the phone, and waits for the page that
// comes after it.
func (p *stranger) sends(text string) {
	ask[any](p.inspector, `window.before = true`)
	p.inspector.do("write a text", chromedp.SendKeys(`#body`, text, chromedp.NodeVisible))
	p.inspector.press("Send")
	p.inspector.eventually("the next page", func() bool {
		return ask[bool](p.inspector, `window.before !== true && document.readyState === "complete"`)
	})
}

// arrived is how many texts the page that only watches shows from the assistant.
func (p *stranger) arrived() int {
	return ask[int](p.watching, `document.querySelectorAll("#talk .theirs").length`)
}

func (p *stranger) isReminded(t *testing.T) {
	p.page.open("/app")
	p.page.sees("call Mike", "reminder set")
	due, err := time.Parse(time.RFC3339, ask[string](p.page, `document.querySelector("#tasks time").dateTime`))
	if err != nil {
		t.Fatalf("when the task is due: %v", err)
	}
	p.counted = 3
	if due.UTC().Month() != time.Now().UTC().Month() {
		p.counted = 1 // usage begins anew
	}
	before := p.arrived()
	p.moveClock(due.Add(-time.Minute))
	p.moveClock(due)
	p.watching.eventually("the reminder", func() bool { return p.arrived() > before })
	if got := p.arrived(); got != before+1 {
		t.Errorf("%d texts arrived, want the reminder alone", got-before)
	}
	if !ask[bool](p.watching, `window.first === true`) {
		t.Error("the page that only watches was loaded again")
	}
	p.watching.eventually("the reminder to be delivered", func() bool {
		return ask[bool](p.watching, `[...document.querySelectorAll("#talk .theirs .meta")].every(x => x.innerText.includes("delivered"))`)
	})
	p.picture(p.watching, "phone", 1280, 800, "light")
}

// moveClock moves the clock of product and sandbox to a time, which is chosen in
// the browser's zone.
func (p *stranger) moveClock(to time.Time) {
	p.inspector.open("/sandbox/clock")
	p.inspector.do("choose the time", chromedp.SetValue(field("To a given time"), to.In(newYork(p.page.T)).Format("2006-01-02T15:04")))
	p.inspector.press("Move")
	p.inspector.sees("The clock was moved.")
}

func (p *stranger) isMetered(t *testing.T) {
	p.page.eventually("the messages that were sent", func() bool {
		p.page.open("/app")
		return p.page.says(fmt.Sprintf("%d of 500 used", p.counted))
	})
	p.picture(p.page, "account", 1280, 900, "light")
	p.picture(p.page, "account-dark", 1280, 900, "dark")
	p.picture(p.page, "account-360", 360, 800, "light")
}

// signsInElsewhere signs in, with another browser, and sees the words.
func (p *stranger) signsInElsewhere(password string, sees ...string) {
	p.elsewhere.Helper()
	p.elsewhere.open("/login")
	p.elsewhere.fill("Your mail address", strangerEmail)
	p.elsewhere.fill("Your password", password)
	p.elsewhere.press("Sign in")
	p.elsewhere.sees(sees...)
}

// wasSignedOutElsewhere insists that the other browser is told so.
func (p *stranger) wasSignedOutElsewhere() {
	p.elsewhere.Helper()
	p.elsewhere.open("/app")
	p.elsewhere.sees("You were signed out on this device")
}

func (p *stranger) signsOutAnotherBrowser(t *testing.T) {
	p.signsInElsewhere(strangerPassword, "Hello Sam")
	p.page.follow("Security")
	p.page.sees("Where you are signed in", "this device")
	if n := ask[int](p.page, `document.querySelectorAll(".device").length`); n != 2 {
		t.Errorf("the page shows %d devices, want 2\n%s", n, p.page)
	}
	p.page.do("sign the other out", chromedp.Click(`//li[@class="device"][not(contains(., "this device"))]//button`, chromedp.NodeVisible))
	p.page.sees("That device is signed out.")
	if n := ask[int](p.page, `document.querySelectorAll(".device").length`); n != 1 {
		t.Errorf("the page shows %d devices, want 1\n%s", n, p.page)
	}
	p.wasSignedOutElsewhere()
}

func (p *stranger) changesThePassword(t *testing.T) {
	p.signsInElsewhere(strangerPassword, "Hello Sam")
	p.page.fill("Your password now", "not the password")
	p.page.fill("Your new password", "1234567890")
	p.page.press("Change my password")
	p.page.sees("Please have another look", "The new password ")
	p.page.fits("a refused password")
	if got := p.page.focused(); got != "problem" {
		t.Errorf("the focus is on %q and not on what is wrong", got)
	}
	p.page.looks(1280, 800, "light")

	p.page.fill("Your password now", strangerPassword)
	p.page.fill("Your new password", strangerFresh)
	p.page.press("Change my password")
	p.page.sees("Your password is changed.")
	p.wasSignedOutElsewhere()
	p.signsInElsewhere(strangerPassword, "The address or the password is wrong.")
	p.signsInElsewhere(strangerFresh, "Hello Sam")
	p.page.open("/app")
	p.page.sees("Hello Sam")

	p.page.follow("Security")
	p.page.press("Sign out everywhere else")
	p.page.sees("Every other device is signed out.")
	p.wasSignedOutElsewhere()
}

func (p *stranger) asksForAnotherAddress(t *testing.T) {
	p.picture(p.page, "security", 1280, 960, "light")
	p.page.fill("Your new address", "sam@"+strings.Repeat("long.", 12)+"example.com")
	p.page.do("give the password", chromedp.SendKeys(`#address-password`, strangerFresh))
	p.page.press("Change my address")
	p.page.sees("We have sent a link to each", "You asked to change it to", "not confirmed yet")
	p.page.fits("a change of address that waits")
	p.page.looks(1280, 800, "light")
	p.page.press("Drop this change")
	p.page.sees("Your address stays as it is.", "Your new address")
}

func (p *stranger) changesTheUsername(t *testing.T) {
	p.page.fill("A new username", "admin")
	p.page.press("Change my username")
	p.page.sees("Please have another look", "The username ")
	p.page.do("mend it", chromedp.SetValue(`#username-username`, "sam.on.the.river"))
	p.page.press("Change my username")
	p.page.sees("Your username is changed.", "Yours is sam.on.the.river.")
}

// picture writes a picture for the README, if that was asked for.
func (p *stranger) picture(b *tab, name string, width, height int64, scheme string) {
	b.Helper()
	if !*pictures {
		return
	}
	b.looks(width, height, scheme)
	defer b.looks(1280, 800, "light")
	ask[any](b, `document.activeElement.blur()`) // no ring around what a script has focused
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("..", "..", "docs", "pictures", name+".png"), png, 0o644); err != nil {
		b.Fatal(err)
	}
}

// long is what breaks pages that do not expect it.
var long = "https://example.com/" + strings.Repeat("averylongword", 20)

func (p *stranger) usesASmallScreen(t *testing.T) {
	p.inspector.open("/sandbox/phone?phone=%2B12025550147")
	before := p.arrived()
	p.sends("remind me to read " + long + " tomorrow at 9am")
	p.watching.eventually("an answer", func() bool { return p.arrived() > before })

	p.inspector.open("/sandbox/mail")
	letter := ask[string](p.inspector, `document.querySelector("#mails a").getAttribute("href")`)
	p.page.looks(360, 740, "light")
	for _, path := range []string{
		"/app", "/app/security", "/docs", "/", "/sandbox", "/sandbox/mail", letter, "/sandbox/phone?phone=%2B12025550147", "/sandbox/phone?phone=nonsense",
		"/sandbox/users", "/sandbox/jobs", "/sandbox/webhooks", "/sandbox/numbers", "/sandbox/faults", "/sandbox/violations", "/sandbox/clock", "/sandbox/nowhere",
	} {
		p.page.open(path)
		p.page.fits(path)
	}
}

func (p *stranger) signsOut(t *testing.T) {
	p.page.open("/app")
	p.page.do("sign out", chromedp.Click(`//header//button[normalize-space()="Sign out"]`, chromedp.NodeVisible))
	p.page.sees("Sign in")
	for _, path := range []string{
		"/", "/login", "/signup", "/forgot-password", "/resend-verification", "/verify-email", "/verify-email?token=x",
		"/reset-password?token=x", "/login?why=ended", "/confirm-email-change?token=x", "/cancel-email-change?token=x", "/nowhere",
	} {
		p.page.open(path)
		p.page.fits(path)
	}
	p.page.open("/signup")
	p.page.fill("Your mail address", "nobody@"+strings.Repeat("long", 15))
	p.page.fill("Choose a password", strings.Repeat(" ", 10))
	p.page.press("Sign up")
	p.page.sees("Please have another look")
	p.page.fits("a form with errors")
	if got := p.page.focused(); got != "problem" {
		t.Errorf("the focus is on %q and not on what is wrong", got)
	}
}

// newYork is where the stranger's browser is.
func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
