// Package chromium gives tests a browser: pages are looked at as people do, and
// what the browser complains of is heard.
package chromium

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Start starts a browser that belongs to the test alone: it has no tab yet. Without
// one the test fails: what people see is part of the product.
func Start(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("XSWARM_CHROMIUM")
	if path == "" {
		path = "chromium"
	}
	path, err := exec.LookPath(path)
	if err != nil {
		t.Fatalf("%v: the pages are tested in Chromium, which ./scripts/test installs", err)
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-US"), chromedp.Env("TZ=America/New_York", "XDG_CACHE_HOME="+t.TempDir()),
	)
	if os.Geteuid() == 0 {
		flags = append(flags, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), flags...)
	t.Cleanup(cancel)
	return ctx
}

// Open opens a tab, of a browser or beside another tab, whose complaints c hears.
func Open(t *testing.T, parent context.Context, c *Complaints, options ...chromedp.ContextOption) (ctx context.Context, shut func()) {
	t.Helper()
	ctx, shut = chromedp.NewContext(parent, append(options, chromedp.WithListener(c.Hear))...)
	t.Cleanup(shut)
	// The first call must not have a deadline: the tab would end with it.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	return ctx, shut
}

// Look is a screen: its size, whether it is "light" or "dark", and at rest.
func Look(width, height int64, scheme string) []chromedp.Action[chromedp.Void] {
	return []chromedp.Action[chromedp.Void]{
		chromedp.EmulateViewport(width, height),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
			})
			return err
		}),
	}
}

// Complaints is what pages wrote to the console as warnings and errors: their
// script's, and the browser's, such as what the policy of a page refused.
type Complaints struct {
	// Meant, when set, matches what is noted on purpose.
	Meant *regexp.Regexp

	mu   sync.Mutex
	list []string
}

// Hear is told of the browser's events.
func (c *Complaints) Hear(event any) {
	said := complaint(event)
	if said == "" || c.Meant != nil && c.Meant.MatchString(said) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, said)
}

// complaint is what an event complains of; "" if of nothing.
func complaint(event any) (said string) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = "exception: " + e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			said += " " + x.Description
		}
	case *runtime.EventConsoleAPICalled:
		if slices.Contains([]runtime.ConsoleAPICalledType{runtime.ConsoleAPICalledTypeError, runtime.ConsoleAPICalledTypeWarning, runtime.ConsoleAPICalledTypeAssert}, e.Type) {
			said = "console:"
			for _, a := range e.Args {
				said += " " + string(a.Value) + a.Description
			}
		}
	case *log.EventEntryAdded:
		if (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) && !debuggers(e.Entry.Text) {
			said = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
	return said
}

// readsItself is what a debugger makes the browser say of a frame without an origin,
// such as a sandboxed one: it reads the frame's own document as a resource.
var readsItself = regexp.MustCompile(`^Unsafe attempt to load URL (\S+) from frame with URL (\S+)\. Domains`)

// debuggers reports whether an entry is of the debugger's making, not of the page's.
func debuggers(text string) bool {
	m := readsItself.FindStringSubmatch(text)
	return m != nil && m[1] == m[2]
}

// Taken returns the complaints so far and forgets them.
func (c *Complaints) Taken() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.list
	c.list = nil
	return list
}
