package sandbox

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hand is somebody in the middle of something on a page, when it is brought up to
// date.
type hand struct {
	name, path string
	width      int64
	prepare    func(*reader)          // what is there before
	hold       func(*reader)          // what the hand does
	under      string                 // what the mouse is over
	update     func(r *reader, i int) // what happens meanwhile
	rows       string                 // what an update adds one of
	offer      func(i int) string     // what the button says then
	keeps      string                 // an expression that must be as it was when all is shown
}

const updates = 20

// seen is everything on a page that must not change under a hand.
const seen = `(() => {
	const place = (e) => { const box = e.getBoundingClientRect(); return [box.x, box.y, box.width, box.height] };
	const talk = document.getElementById("talk");
	return JSON.stringify({
		scroll: [scrollX, scrollY, talk && talk.scrollTop],
		selection: getSelection().toString(),
		focus: document.activeElement.id || document.activeElement.getAttribute("href"),
		fields: [...document.querySelectorAll("main input, main textarea, main select")].map((f) => [f.id, f.value, f.type === "textarea" ? f.selectionStart : 0]),
		open: [...document.querySelectorAll("details")].map((d) => [d.id, d.open]),
		places: [document.querySelector(UNDER), document.activeElement].map(place),
		hovered: document.querySelectorAll(UNDER + ":hover").length,
	});
})()`

// watch notes, at every picture that the browser paints, what differs.
const watch = `(() => {
	window.before = %[1]s;
	window.changes = [];
	const look = () => {
		const now = %[1]s;
		if (now !== window.before && window.changes.length < 5) window.changes.push(now);
		requestAnimationFrame(look);
	};
	requestAnimationFrame(look);
})()`

func plus(i int) string { return fmt.Sprintf("%d new – show", i) }

// manyMails lets mails arrive until the list is longer than the screen.
func manyMails(r *reader) {
	for range 30 {
		r.mail(aLetter())
	}
}

func oneMoreMail(r *reader, _ int) { r.mail(aLetter()) }

func hands() []hand {
	talk := "/sandbox/phone?" + url.Values{"phone": {ada}, "with": {testShared}}.Encode()
	chat := func(r *reader) {
		for i := range 30 {
			r.receive(fmt.Sprint("line ", i))
		}
	}
	oneMoreText := func(r *reader, i int) { r.receive(fmt.Sprint("news ", i)) }
	return []hand{
		{
			name: "scrolled down a list, over a row", path: "/sandbox/mail", width: 1280, prepare: manyMails,
			hold:  func(r *reader) { saw[any](r, `scrollTo(0, 400)`) },
			under: "#mails li:nth-child(9) a", update: oneMoreMail, rows: "#mails li", offer: plus,
		},
		{
			name: "over the first row of a list", path: "/sandbox/mail", width: 360, prepare: manyMails,
			hold: func(*reader) {}, under: "#mails li:first-child a", update: oneMoreMail, rows: "#mails li", offer: plus,
		},
		{
			name: "reading a mail with parts opened and words selected", path: "/sandbox/mail/{mail}", width: 1280, prepare: manyMails,
			hold: func(r *reader) {
				r.does("open", chromedp.Click(`#plain summary`), chromedp.Click(`#source summary`))
				r.selects("#plain pre")
			},
			under: "#plain pre", update: oneMoreMail, rows: "#mails li", offer: plus,
			keeps: `getSelection().toString() + [...document.querySelectorAll("details")].map((d) => d.open)`,
		},
		{
			name: "in a row with the keyboard", path: "/sandbox/mail", width: 360, prepare: manyMails,
			hold:  func(r *reader) { saw[any](r, `document.querySelector("#mails li:nth-child(2) a").focus()`) },
			under: "h1", update: oneMoreMail, rows: "#mails li", offer: plus,
			keeps: `document.activeElement.getAttribute("href")`,
		},
		{
			name: "typing while an earlier line of the conversation is read", path: talk, width: 1280, prepare: chat,
			hold: func(r *reader) {
				r.does("type", chromedp.Click(`#attach summary`), chromedp.SendKeys(`#media`, "https://example.com/a.png"), chromedp.SendKeys(`#body`, "half a sent"))
				saw[any](r, `document.getElementById("talk").scrollTop = 120`)
				r.selects("#talk li:nth-child(4) .bubble p")
				r.does("go on", chromedp.Focus(`#body`))
			},
			under: "#talk li:nth-child(4) .bubble", update: oneMoreText, rows: "#talk li", offer: plus,
			keeps: `document.getElementById("body").value + document.getElementById("media").value + document.activeElement.id + document.getElementById("attach").open`,
		},
		{
			name: "selecting in a small conversation", path: talk, width: 360, prepare: chat,
			hold:  func(r *reader) { r.selects("#talk li:last-child .bubble p") },
			under: ".compose button", update: oneMoreText, rows: "#talk li", offer: plus, keeps: `getSelection().toString()`,
		},
		{
			name: "reading an answer of a webhook", path: "/sandbox/webhooks/{webhook}", width: 1280,
			prepare: func(r *reader) {
				r.product.answers(answer(500, "text/plain", "what went wrong here\nand a long story about it"))
				r.receive("hello")
				r.until(func() bool { return r.lastWebhook().State == hookFailed })
			},
			hold: func(r *reader) {
				r.does("close one and open one", chromedp.Click(`#attempt-1-answer summary`), chromedp.Click(`#attempt-1-base summary`))
				r.selects("#attempt-1-base pre")
			},
			under: "#attempt-1-base pre",
			update: func(r *reader, i int) {
				if err := r.Resend(r.lastWebhook().ID); err != nil {
					r.t.Fatal(err)
				}
				r.until(func() bool { return len(r.lastWebhook().Attempts) == i+1 && r.lastWebhook().State == hookFailed })
			},
			rows: `#webhook li[id^="li-attempt"]`, offer: plus,
			keeps: `getSelection().toString() + [...document.querySelectorAll('[id^="attempt-1-"]')].map((d) => d.open)`,
		},
		{
			name: "with a violation opened", path: "/sandbox/violations", width: 360,
			prepare: func(r *reader) {
				r.violated("twilio", opMessageCreate, []Violation{{Field: "Old", Problem: "is not in the description", Request: "Old=1"}})
			},
			hold:  func(r *reader) { r.does("open", chromedp.Click(`.violation summary`)) },
			under: ".violation pre",
			update: func(r *reader, i int) {
				r.violated("twilio", opMessageCreate, []Violation{{Field: fmt.Sprint("New", i), Problem: "is not in the description"}})
			},
			rows: ".violation", offer: plus, keeps: `document.querySelector(".violation:last-child details").open`,
		},
		{
			name: "filling a form below what changes", path: "/sandbox/faults", width: 360,
			prepare: func(*reader) {},
			hold: func(r *reader) {
				r.does("fill", chromedp.Click(`#requests-timeout`), chromedp.SendKeys(`#requests-delay`, "250"))
			},
			under:  "#requests-delay",
			update: func(r *reader, _ int) { r.order(`{"vendor":"twilio","next":1,"kind":"500"}`) },
			rows:   "#faults li", offer: plus, keeps: `document.getElementById("requests-delay").value + document.getElementById("requests-timeout").checked`,
		},
		{
			name: "over a customer in the list", path: "/sandbox/payments", width: 360,
			prepare: func(r *reader) { r.customer("first@example.com") },
			hold:    func(*reader) {}, under: "#payers li:first-child a",
			update: func(r *reader, i int) { r.customer(fmt.Sprintf("customer%d@example.com", i)) },
			rows:   "#payers li", offer: plus,
		},
		{
			name: "typing an amount with the lines of an invoice opened", path: "{payer}", width: 1280,
			prepare: func(r *reader) {
				customer, _ := r.subscribed("ada@example.com")
				r.mustDo("customers/"+customer+"/card", `{"card":"`+failingCard+`"}`)
				r.clockTo(toNextInvoice)
				r.mustDo("invoices/"+r.newestInvoice(customer).ID+"/finalize", "")
			},
			hold: func(r *reader) {
				r.does("open and type", chromedp.Click(`#payer [id^="lines-"] summary`), chromedp.SendKeys(`#payer input[name="amount"]`, "12.5"))
			},
			under: `#payer input[name="amount"]`,
			update: func(r *reader, _ int) { // a payment that fails
				in := r.newestInvoice(r.data("/sandbox/api/payments/customers")[0]["id"].(string))
				if status, _ := r.call("POST", "/sandbox/api/payments/invoices/"+in.ID+"/pay", ""); status != 422 {
					r.t.Fatalf("got %d, want the payment to fail", status)
				}
			},
			rows: `#payer li[id^="li-ch"]`, offer: plus,
			keeps: `document.querySelector('#payer input[name="amount"]').value + document.querySelector('[id^="lines-"]').open`,
		},
	}
}

// selects selects the words of an element.
func (r *reader) selects(selector string) {
	r.t.Helper()
	if !saw[bool](r, fmt.Sprintf(`(() => { getSelection().selectAllChildren(document.querySelector(%q)); return getSelection().toString() !== "" })()`, selector)) {
		r.t.Fatalf("there is nothing to select in %s", selector)
	}
}

func TestNothingMovesUnderTheReadersHand(t *testing.T) {
	r := newReader(t)
	for _, h := range hands() {
		t.Run(h.name, func(t *testing.T) {
			r.world.t = t
			// What the last page shows is gone with the reset: it would ask for it in vain.
			r.does("leave", chromedp.Navigate("about:blank"))
			if err := r.Reset(); err != nil {
				t.Fatal(err)
			}
			r.product.answers(nil)
			h.prepare(r)
			r.isAtRest()
			switch {
			case strings.HasSuffix(h.path, "{mail}"):
				h.path = mailHref(r.Mails()[5].ID)
			case h.path == "{payer}":
				h.path = payerHref(r.data("/sandbox/api/payments/customers")[0]["id"].(string))
			case strings.HasSuffix(h.path, "{webhook}"):
				h.path = hookHref(r.lastWebhook().ID)
			}
			r.isHeldStill(t, h)
			r.isQuiet()
		})
	}
}

// isHeldStill opens the page, takes it in the hand and lets things happen.
func (r *reader) isHeldStill(t *testing.T, h hand) {
	r.looks(h.width, 740, "light", h.path)
	r.waits(`source.readyState === EventSource.OPEN && !asking`)
	h.hold(r)
	saw[any](r, fmt.Sprintf(`document.querySelector(%q).scrollIntoView({ block: "nearest" })`, h.under))
	r.points(h.under)
	r.waits(fmt.Sprintf(`document.querySelector(%q).matches(":hover")`, h.under))
	expression := strings.ReplaceAll(seen, "UNDER", fmt.Sprintf("%q", h.under))
	before, rows := saw[string](r, expression), saw[int](r, fmt.Sprintf(`document.querySelectorAll(%q).length`, h.rows))
	kept := saw[string](r, fmt.Sprintf(`String(%s)`, or(h.keeps, "0")))
	if before == "" {
		t.Fatal("the page cannot be watched")
	}
	saw[any](r, fmt.Sprintf(watch, expression))
	for i := range updates {
		h.update(r, i+1)
		r.waits(fmt.Sprintf(`!show.hidden && show.textContent === %q`, h.offer(i+1)))
	}
	if after := saw[string](r, expression); after != before {
		t.Errorf("after %d updates: got %s, want %s", updates, after, before)
	}
	if list := saw[[]string](r, `window.changes`); len(list) > 0 {
		t.Errorf("for a moment: got %s, want %s", list[0], before)
	}
	r.does("press the button", chromedp.Click(`#pill button`))
	r.waits(fmt.Sprintf(`show.hidden && document.querySelectorAll(%q).length === %d`, h.rows, rows+updates))
	if got := saw[string](r, fmt.Sprintf(`String(%s)`, or(h.keeps, "0"))); got != kept {
		t.Errorf("when it is shown: got %s, want %s", got, kept)
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestAPageThatNobodyHoldsIsBroughtUpToDateByItself(t *testing.T) {
	r := newReader(t)
	r.mail(aLetter())
	r.looks(1280, 740, "light", "/sandbox/mail")
	r.waits(`source.readyState === EventSource.OPEN`)
	r.mail(aLetter())
	r.waits(`document.querySelectorAll("#mails li").length === 2 && show.hidden`)
	r.points("#mails li a")
	r.mail(aLetter())
	r.waits(`!show.hidden && document.querySelectorAll("#mails li").length === 2`)
	r.points("h1") // and away again
	r.waits(`show.hidden && document.querySelectorAll("#mails li").length === 3`)
	r.isQuiet()
}

func TestAConversationFollowsItsEndAndKeepsTheDraft(t *testing.T) {
	r := newReader(t)
	for i := range 30 {
		r.receive(fmt.Sprint("line ", i))
	}
	r.isAtRest()
	r.looks(360, 740, "dark", phoneHref(ada, testShared))
	r.waits(`source.readyState === EventSource.OPEN && document.activeElement.id === "body"`)
	r.does("type", chromedp.SendKeys(`#body`, "half a sent"))
	r.receive("the latest")
	r.waits(`atBottom(document.getElementById("talk")) && document.getElementById("talk").innerText.includes("the latest")`)
	if got := saw[string](r, `document.activeElement.id + ": " + document.activeElement.value`); got != "body: half a sent" {
		t.Errorf("got %q, want the draft with the focus", got)
	}
	r.waits(`[...document.querySelectorAll("#talk .meta")].at(-1).innerText.includes("heard by xSwarm")`)
	r.isQuiet()
}

func TestTheButtonWorksWithTheKeyboard(t *testing.T) {
	r := newReader(t)
	manyMails(r)
	r.looks(1280, 740, "light", "/sandbox/mail")
	r.waits(`source.readyState === EventSource.OPEN`)
	saw[any](r, `document.querySelector("#mails li:last-child a").focus()`)
	r.mail(aLetter())
	r.waits(`!show.hidden && told.textContent !== ""`)
	r.does("go on", chromedp.KeyEvent(kb.Tab))
	r.waits(`document.activeElement === show`)
	r.does("press", chromedp.KeyEvent(kb.Enter))
	r.waits(`show.hidden && document.activeElement === document.querySelector("#mails li:first-child a")`)
	r.isQuiet()
}

// sideways names what sticks out of a page, when everything in it is opened.
const sideways = `(() => {
	for (const d of document.querySelectorAll("details")) d.open = true;
	const page = document.documentElement;
	if (page.scrollWidth <= page.clientWidth) return "";
	const out = [...document.querySelectorAll("body :not(.side *)")].filter((e) => e.getBoundingClientRect().right > page.clientWidth + 0.5);
	return page.scrollWidth + " pixels: " + out.slice(0, 5).map((e) => e.tagName + "." + e.className).join(" ");
})()`

func TestEveryPageFitsASmallScreen(t *testing.T) {
	r := newReader(t)
	r.SetProduct(&aProduct{})
	long := strings.Repeat("averylongword", 30)
	m := aLetter()
	m.Subject, m.Content[0].Value = long, "https://example.com/"+long
	m.SetHeader("X-"+long[:60], long)
	r.mail(m)
	r.product.answers(answer(500, "text/plain", long))
	if _, err := r.Receive(Incoming{From: ada, To: testShared, Body: long, Media: []string{"https://example.com/" + long}}); err != nil {
		t.Fatal(err)
	}
	r.mustText(ada, long)
	r.order(`{"vendor":"twilio","operation":"verifications.fetch","next":1000,"kind":"timeout_after_commit","delay_ms":600000}`)
	r.violated("twilio", opMessageCreate, []Violation{{Field: long, Problem: "is not in the description", Request: long}})
	r.until(func() bool { return hookOf(r.world, hookSMS).State == hookFailed })
	r.product.answers(nil)
	customer, _ := r.subscribed(long[:200] + "@example.com")
	r.mustDo("invoices/"+r.newestInvoice(customer).ID+"/dispute", "")
	r.mustDo("customers/"+customer+"/card", `{"card":"`+failingCard+`"}`)
	r.clockTo(toNextInvoice)
	r.isAtRest()
	event := hookOf(r.world, hookEvent)
	for _, path := range []string{
		"/sandbox/payments", payerHref(customer), "/sandbox/payments/events", eventHref(event.Event.ID), "/sandbox/payments/meters", hookHref(event.ID),
		"/sandbox", "/sandbox/mail", mailHref(r.Mails()[0].ID), phoneHref(ada, testShared), textHref(r.Texts()[0].SID),
		textHref(r.Texts()[1].SID), "/sandbox/users", "/sandbox/webhooks", "/sandbox/webhooks?status=failed",
		hookHref(hookOf(r.world, hookSMS).ID), "/sandbox/numbers", "/sandbox/faults", "/sandbox/violations",
		"/sandbox/search?q=" + long[:150], "/sandbox/search?q=nothing", "/sandbox/clock",
	} {
		var pages []string
		for _, scheme := range []string{"light", "dark"} {
			r.looks(360, 740, scheme, path)
			if out := saw[string](r, sideways); out != "" {
				t.Errorf("%s is too wide in %s: %s", path, scheme, out)
			}
			pages = append(pages, saw[string](r, `getComputedStyle(document.body).backgroundColor`))
		}
		if pages[0] == pages[1] {
			t.Errorf("%s is not dark for those who like it dark", path)
		}
	}
	r.isQuiet()
}
