package web

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

// element is a start tag of a page.
type element struct {
	name string
	attr map[string]string
}

func (e element) has(name string) bool { _, ok := e.attr[name]; return ok }

// elements reads a page's start tags.
func elements(t *testing.T, page string) []element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var list []element
	for {
		token, err := d.Token()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatalf("read page: %v\n%s", err, page)
		}
		if s, ok := token.(xml.StartElement); ok {
			e := element{s.Name.Local, map[string]string{}}
			for _, a := range s.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			list = append(list, e)
		}
	}
}

// everyPage asks for each page, in a state with much on it.
func everyPage(t *testing.T) map[string]answer {
	p := newProduct().secretary()
	p.phones = []phone.Phone{{ID: "phn_1", Number: "+12025550123", VerifiedAt: now}, {ID: "phn_2", Number: "+12025550124"}}
	p.numbers = []phone.Number{{ID: "num_1", Number: "+18885550100", SMS: phone.SMSPending}}
	p.tasks, p.done = []task.Task{{Title: "a", Due: now}}, []task.Task{{Title: "b"}}
	p.texts = []phone.Text{{Direction: phone.Outbound, Kind: phone.KindCode, State: phone.Failed, CreatedAt: now}}
	p.next = "c"
	sandboxed := func(o *Options) { o.SandboxURL, o.Contact = "/sandbox", "a@b.c" }
	b := open(t, p, sandboxed)
	pages := map[string]answer{}
	for _, target := range []string{"/", "/signup", "/login", "/forgot-password", "/resend-verification", "/verify-email?token=x",
		"/verify-email", "/reset-password?token=x", "/login?why=ended", "/confirm-email-change?token=x", "/confirm-email-change",
		"/cancel-email-change?token=x", "/nope"} {
		pages[target] = b.get(target)
	}
	pages["signed up"] = b.post("/signup", "email", "a@b.c")
	pages["confirmed"] = b.post("/verify-email", "token", "x")
	pages["reset"] = b.post("/reset-password", "token", "x")
	pages["address stopped"] = b.post("/cancel-email-change", "token", "x")
	p.twoDevices()
	p.pending = &account.EmailPending{Email: "ada@example.org", ConfirmedNew: true, ExpiresAt: now.Add(time.Hour)}
	pages["address half confirmed"] = b.post("/confirm-email-change", "token", "x")
	p.pending.ConfirmedOld = true
	pages["address confirmed"] = b.post("/confirm-email-change", "token", "x")
	pages["reset asked for"] = b.post("/forgot-password", "email", "a@b.c")
	p.err = wrong("email", "password", "name")
	pages["sign-up refused"] = b.post("/signup", "email", "a")
	p.err = account.ErrEmailNotVerified
	pages["sign-in refused"] = b.post("/login", "email", "a")
	b.session = "good"
	pages["/app"] = b.get("/app?done=code-sent")
	pages["/app/security"] = b.get("/app/security?done=device-ended")
	billingPages(t, pages, sandboxed)
	p.err = wrong("current_password", "new_password")
	pages["password refused"] = b.post("/app/security/password")
	p.err = wrong("email", "password")
	pages["address refused"] = b.post("/app/security/address")
	p.err = wrong("username")
	pages["username refused"] = b.post("/app/security/username")
	p.err = wrong("code")
	pages["code refused"] = b.post("/app/phones/phn_2/verify", "code", "1")
	p.err = wrong("number")
	pages["number refused"] = b.post("/app/phones", "number", "1")
	p.err = io.ErrUnexpectedEOF
	pages["failed"] = b.post("/app/phones", "number", "1")
	return pages
}

// billingPages adds the pages about money.
func billingPages(t *testing.T, pages map[string]answer, options func(*Options)) {
	p := newProduct()
	pages["/plans"] = open(t, p, options).get("/plans")
	pages["/plans, nothing to buy"] = signedIn(t, p, options).get("/plans")
	p.on, p.sub.Wished = true, plan.Secretary
	pages["/app, with numbers to buy"] = signedIn(t, newProduct().paying(plan.Secretary).holding(2), options).get("/app")
	pages["/plans, to buy"] = signedIn(t, p, options).get("/plans")
	pages["/app/billing, free"] = signedIn(t, p, options).get("/app/billing")
	p.paying(plan.Secretary).late(time.Hour)
	p.usage.Features = []billing.FeatureUsage{{Feature: plan.SMSMessages, Used: 600, Included: 500, Overage: 100, Cost: 800_000, Projected: 900_000}}
	p.usage.Days = []billing.Day{{Date: midnight(now), Used: map[plan.Feature]int64{plan.SMSMessages: 3, plan.VoiceMinutes: 4}}}
	p.next, p.cap.Chosen = "c", true
	p.holding(2)
	b := signedIn(t, p, options)
	pages["giving a number up"] = b.get("/app/numbers/num_1/give-up")
	pages["/plans, owing"] = b.get("/plans")
	pages["/app, owing"] = b.get("/app")
	pages["/app/billing"] = b.get("/app/billing?done=changed&invoices=c")
	pages["cap refused"] = b.post("/app/billing/cap", "limit", "x")
	pages["cancelling"] = b.get("/app/billing/change?tier=ai_buddy")
	p.quoted(plan.Manager)
	pages["changing"] = b.get("/app/billing/change?tier=ai_project_manager")
	for _, state := range []billing.CheckoutState{billing.CheckoutOpen, billing.CheckoutComplete, billing.CheckoutExpired} {
		p.order = billing.Checkout{Tier: plan.Secretary, State: state, URL: "https://pay.example/1"}
		pages["order "+string(state)] = b.get("/app/billing/return?order=chk_1")
	}
	p.err = billing.ErrDeclined
	pages["declined"] = b.post("/app/billing/change", "tier", "ai_project_manager")
	p.err = gated(billing.CodeUpgrade, "Not included.")
	pages["not in the plan"] = b.post("/app/phones", "number", "1")
}

func TestEveryPageCanBeReadAloud(t *testing.T) {
	for name, a := range everyPage(t) {
		t.Run(name, func(t *testing.T) {
			all := elements(t, a.body)
			checkIDs(t, all)
			checkHeadings(t, all)
			checkFields(t, all)
			for _, landmark := range []string{"header", "nav", "main", "footer", "title"} {
				if !slices.ContainsFunc(all, func(e element) bool { return e.name == landmark }) {
					t.Errorf("there is no <%s>", landmark)
				}
			}
			if lang := all[0].attr["lang"]; lang != "en" {
				t.Errorf("the language is %q", lang)
			}
		})
	}
}

func TestNoPageNeedsWhatThePolicyForbids(t *testing.T) {
	for name, a := range everyPage(t) {
		for _, e := range elements(t, a.body) {
			for attr, value := range e.attr {
				if attr == "style" || strings.HasPrefix(attr, "on") {
					t.Errorf("%s: <%s %s>", name, e.name, attr)
				}
				if (attr == "src" || e.name == "link" && attr == "href") && !strings.HasPrefix(value, "/assets/") {
					t.Errorf("%s: <%s> loads %q", name, e.name, value)
				}
				if attr == "action" && !strings.HasPrefix(value, "/") {
					t.Errorf("%s: a form goes to %q", name, value)
				}
			}
			if e.name == "style" || e.name == "script" && !e.has("src") {
				t.Errorf("%s: an inline <%s>", name, e.name)
			}
			if e.name == "form" && e.attr["method"] != "post" {
				t.Errorf("%s: a form that does not post", name)
			}
		}
	}
}

// checkIDs: each id is there once, and what others refer to is there.
func checkIDs(t *testing.T, all []element) {
	t.Helper()
	ids := map[string]int{}
	for _, e := range all {
		if id := e.attr["id"]; id != "" {
			ids[id]++
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("the id %q is there %d times", id, n)
		}
	}
	for _, e := range all {
		refs := strings.Fields(e.attr["aria-describedby"] + " " + e.attr["aria-labelledby"] + " " + e.attr["for"])
		if href := e.attr["href"]; strings.HasPrefix(href, "#") {
			refs = append(refs, href[1:])
		}
		for _, id := range refs {
			if ids[id] == 0 {
				t.Errorf("<%s> refers to %q, which is not there", e.name, id)
			}
		}
	}
}

// checkHeadings: one first heading, and no level is left out.
func checkHeadings(t *testing.T, all []element) {
	t.Helper()
	level, first := 0, 0
	for _, e := range all {
		if len(e.name) != 2 || e.name[0] != 'h' || e.name[1] < '1' || e.name[1] > '6' {
			continue
		}
		n := int(e.name[1] - '0')
		if n == 1 {
			first++
		}
		if n > level+1 {
			t.Errorf("a heading of level %d follows one of level %d", n, level)
		}
		level = n
	}
	if first != 1 {
		t.Errorf("there are %d first headings, want 1", first)
	}
}

// checkFields: each field has a label, and says what is wrong with it.
func checkFields(t *testing.T, all []element) {
	t.Helper()
	labelled := map[string]bool{}
	for _, e := range all {
		if e.name == "label" {
			labelled[e.attr["for"]] = true
		}
	}
	for _, e := range all {
		if (e.name == "input" || e.name == "select") && e.attr["type"] != "hidden" && !e.has("hidden") && !labelled[e.attr["id"]] {
			t.Errorf("the field %q has no label", e.attr["name"])
		}
		if e.has("aria-invalid") && !strings.Contains(e.attr["aria-describedby"], "-problem") {
			t.Errorf("the field %q does not say what is wrong", e.attr["name"])
		}
		if e.attr["type"] == "password" && e.attr["value"] != "" {
			t.Errorf("the field %q holds a password", e.attr["name"])
		}
	}
}
