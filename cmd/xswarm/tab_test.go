package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"xswarm.ai/server/internal/apptest/chromium"
)

// browser starts a browser and returns its first tab.
func browser(t *testing.T, base string) *tab {
	t.Helper()
	return openTab(t, chromium.Start(t), base, &chromium.Complaints{Meant: refusedPage})
}

// tab is a page of the browser, used as a person does: by what can be read on
// it. All tabs of a browser gather what their pages complain of in one place.
type tab struct {
	*testing.T
	ctx        context.Context
	close      func()
	base       string
	complaints *chromium.Complaints
}

func openTab(t *testing.T, parent context.Context, base string, c *chromium.Complaints, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, shut := chromium.Open(t, parent, c, options...)
	b := &tab{T: t, ctx: ctx, close: shut, base: base, complaints: c}
	b.looks(1280, 800, "light")
	return b
}

// another opens one more tab.
func (b *tab) another() *tab {
	b.Helper()
	return openTab(b.T, b.ctx, b.base, b.complaints)
}

// elsewhere opens a page as another browser would: without a cookie of this one.
func (b *tab) elsewhere() *tab {
	b.Helper()
	return openTab(b.T, b.ctx, b.base, b.complaints, chromedp.WithNewBrowserContext())
}

// appearing is the page or the frame that the browser opens by itself, found by
// a part of its address.
func (b *tab) appearing(kind, address string) *tab {
	b.Helper()
	var found *tab
	b.eventually("a "+kind+" at "+address, func() bool {
		list, err := chromedp.Targets(b.ctx)
		i := slices.IndexFunc(list, func(x *target.Info) bool { return x.Type == kind && strings.Contains(x.URL, address) })
		if err != nil || i < 0 {
			return false
		}
		options := []chromedp.ContextOption{chromedp.WithTargetID(list[i].TargetID), chromedp.WithListener(b.complaints.Hear)}
		if kind == "iframe" {
			options = append(options, chromedp.WithDetachOnCancel()) // closing it would close its page
		}
		ctx, cancel := chromedp.NewContext(b.ctx, options...)
		b.Cleanup(cancel)
		found = &tab{T: b.T, ctx: ctx, close: cancel, base: b.base, complaints: b.complaints}
		return chromedp.Do(ctx) == nil
	})
	return found
}

// do acts on the page; what says which act it is.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.Fatalf("%s: %v\n%s", what, err, b)
	}
}

// eventually waits until something is so.
func (b *tab) eventually(what string, is func() bool) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-ctx.Done():
			b.Fatalf("waited in vain for %s\n%s", what, b)
		}
	}
}

// ask evaluates a JavaScript expression; while the page changes, and when it
// fails, the answer is the zero value.
func ask[T any](b *tab, expression string) T {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, _ := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	return v
}

// String is what the page is and says, for a failure's message.
func (b *tab) String() string {
	text := []rune(ask[string](b, `location.href + "\n" + document.body.innerText`))
	return string(text[:min(len(text), 3000)])
}

// open goes to an address of the server and waits for the page and its script.
func (b *tab) open(path string) {
	b.Helper()
	b.do("open "+path, chromedp.Navigate(b.base+path))
}

// sees waits until all of the words can be read on the page.
func (b *tab) sees(words ...string) {
	b.Helper()
	for _, w := range words {
		b.eventually(fmt.Sprintf("%q", w), func() bool {
			return b.says(w)
		})
	}
}

// says tells whether the words can be read on the page now.
func (b *tab) says(words string) bool {
	return ask[bool](b, fmt.Sprintf(`document.body.innerText.includes(%q)`, words))
}

// press clicks the button with this text, in the page's main part; follow does so
// with a link.
func (b *tab) press(words string)  { b.Helper(); b.click("main", "button", words) }
func (b *tab) follow(words string) { b.Helper(); b.click("body", "a", words) }

func (b *tab) click(part, element, words string) {
	b.Helper()
	b.do("click "+words, chromedp.Click(fmt.Sprintf(`//%s//%s[normalize-space()=%q]`, part, element, words), chromedp.NodeVisible))
}

// field is the selector of the input that a label belongs to.
func field(label string) string {
	return fmt.Sprintf(`//*[@id=//label[starts-with(normalize-space(), %q)]/@for]`, label)
}

// fill types into the field with this label.
func (b *tab) fill(label, words string) {
	b.Helper()
	b.do("fill "+label, chromedp.SendKeys(field(label), words))
}

// types presses keys, wherever the focus is.
func (b *tab) types(keys string) { b.Helper(); b.do("type", chromedp.KeyEvent(keys)) }

// focused is the id of the element that has the focus, or what it says.
func (b *tab) focused() string {
	return ask[string](b, `document.activeElement.id || document.activeElement.textContent.trim()`)
}

// looks sets how large the window is, in CSS pixels, and which colours its person
// likes.
func (b *tab) looks(width, height int64, scheme string) {
	b.Helper()
	b.do("resize", chromium.Look(width, height, scheme)...)
	b.eventually("a "+scheme+" page", func() bool {
		return ask[bool](b, fmt.Sprintf(`innerWidth === %d && matchMedia("(prefers-color-scheme: %s)").matches`, width, scheme))
	})
}

// wider is a script that opens whatever is folded and names what sticks out of the
// page, which would have to be scrolled sideways.
const wider = `(() => {
	for (const d of document.querySelectorAll("details")) d.open = true;
	const page = document.documentElement;
	if (page.scrollWidth <= page.clientWidth) return "";
	const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > page.clientWidth + 0.5);
	return page.scrollWidth + " pixels: " + out.slice(0, 5).map((e) => e.tagName + "." + e.className).join(" ");
})()`

// fits insists that the page as it is shown needs no scrolling sideways, in light
// and in dark, and that these differ.
func (b *tab) fits(what string) {
	b.Helper()
	var backgrounds []string
	for _, scheme := range []string{"dark", "light"} {
		b.looks(360, 740, scheme)
		if out := ask[string](b, wider); out != "" {
			b.Errorf("%s is too wide in %s: %s", what, scheme, out)
		}
		backgrounds = append(backgrounds, ask[string](b, `getComputedStyle(document.body).backgroundColor`))
	}
	if backgrounds[0] == backgrounds[1] {
		b.Errorf("%s is not dark for those who like it dark", what)
	}
}

// refusedPage is what the browser notes of the pages whose status is an error on
// purpose, and of nothing else that cannot be loaded.
var refusedPage = regexp.MustCompile(`^network: .* status of 4\d\d .*\(http://[^/]+(/nowhere|/sandbox/nowhere|/signup|/verify-email|/login|/app/security/password|/app/security/username|/sandbox/phone\?phone=nonsense|/sandbox/vendors/stripe/c/pay/\w+|/app/billing/cap)(#problem)?\)$`)
