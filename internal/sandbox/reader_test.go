package sandbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"xswarm.ai/server/internal/apptest/chromium"
)

const patience = 30 * time.Second

// reader is somebody who looks at the inspector in a browser of their own.
type reader struct {
	*world
	ctx        context.Context
	complaints chromium.Complaints // of their pages
}

// newReader opens a world that runs by itself, and a browser.
func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{world: newWorld(t, withStripe, func(o *Options) { o.Now = time.Now })}
	r.ctx, _ = chromium.Open(t, chromium.Start(t), &r.complaints)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return r
}

// does acts on the page.
func (r *reader) does(what string, steps ...chromedp.Action[chromedp.Void]) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		r.t.Fatalf("%s: %v", what, err)
	}
}

// looks opens a page on a screen of this size.
func (r *reader) looks(width, height int64, scheme, path string) {
	r.t.Helper()
	r.does("look at "+path, append(chromium.Look(width, height, scheme), chromedp.Navigate(r.url+path))...)
}

// points moves the mouse over the middle of an element.
func (r *reader) points(selector string) {
	r.t.Helper()
	at := saw[[]float64](r, fmt.Sprintf(`(() => { const b = document.querySelector(%q).getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2] })()`, selector))
	if len(at) != 2 {
		r.t.Fatalf("there is nothing to point at: %s", selector)
	}
	r.does("point", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1]))
}

// waits until an expression is true on the page.
func (r *reader) waits(expression string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !saw[bool](r, expression) {
		select {
		case <-again.C:
		case <-ctx.Done():
			text := saw[string](r, `location.href + "\n" + document.body.innerText`)
			r.t.Fatalf("waited in vain for %s\n%s", expression, shortened(text, 3000))
		}
	}
}

// saw evaluates an expression on the page; when it fails, the zero value.
func saw[T any](r *reader, expression string) T {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	v, _ := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	return v
}

// isQuiet insists that no page complained.
func (r *reader) isQuiet() {
	r.t.Helper()
	if list := slices.Compact(r.complaints.Taken()); len(list) > 0 {
		r.t.Errorf("the pages complain:\n%s", strings.Join(list, "\n"))
	}
}

// until waits until something is so in the sandbox.
func (r *reader) until(is func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-ctx.Done():
			r.t.Fatal("waited in vain for the sandbox")
		}
	}
}

// isAtRest waits until nothing is on its way any more.
func (r *reader) isAtRest() {
	r.t.Helper()
	r.until(func() bool {
		open := slices.ContainsFunc(r.Webhooks(), func(d Delivery) bool { return d.State == hookPending })
		return !open && !slices.ContainsFunc(r.Texts(), func(t Text) bool { return len(t.Steps) > 0 })
	})
}
