package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	b := open(t, newProduct())
	b.session = "good"
	for _, target := range []string{"/", "/signup", "/verify-email?token=x", "/reset-password?token=x", "/confirm-email-change?token=x", "/app", "/app/security", "/nope", loadAssets().css} {
		h := b.get(target).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s = %q, want %q", target, name, got, want)
			}
		}
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %q", target, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || h.Get("Permissions-Policy") == "" {
			t.Errorf("%s: policies %q and %q", target, csp, h.Get("Permissions-Policy"))
		}
	}
}

func TestPersonalPagesAreNotKept(t *testing.T) {
	b := open(t, newProduct())
	b.session = "good"
	for _, target := range []string{"/app", "/app/security", "/cancel-email-change?token=x", "/verify-email?token=x", "/reset-password?token=x", "/login", "/nope"} {
		if got := b.get(target).Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control = %q, want no-store", target, got)
		}
	}
}

func TestAssetsAreKeptForGood(t *testing.T) {
	b := open(t, newProduct())
	a := loadAssets()
	for target, kind := range map[string]string{a.css: "text/css", a.js: "text/javascript", a.icon: "image/svg+xml"} {
		got := b.get(target)
		got.has(t, 200)
		if !strings.Contains(got.Header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(got.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: Cache-Control %q, Content-Type %q", target, got.Header.Get("Cache-Control"), got.Header.Get("Content-Type"))
		}
		b.get("/").has(t, 200, target)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	forms := []string{"/login", "/signup", "/logout", "/forgot-password", "/reset-password", "/verify-email",
		"/resend-verification", "/confirm-email-change", "/cancel-email-change", "/app/security/password", "/app/security/address",
		"/app/security/address/drop", "/app/security/username", "/app/security/sessions/end-others", "/app/security/sessions/ses_2/end", "/app/phones", "/app/phones/phn_1/verify", "/app/phones/phn_1/remove"}
	for name, headers := range map[string]map[string]string{
		"another site":      {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
		"a sister site":     {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.xswarm.example"},
		"an older browser":  {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
		"an opaque origin":  {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
		"ours without lock": {"Sec-Fetch-Site": "cross-site", "Origin": "http://xswarm.example"},
	} {
		for _, target := range forms {
			p := newProduct()
			b := open(t, p)
			b.session, b.headers = "good", headers
			a := b.post(target, "email", "ada@example.com", "password", "12345678", "number", "+12025550123")
			a.has(t, 403, "only taken from our own pages")
			p.was(t)
			if len(a.Cookies()) != 0 {
				t.Errorf("%s, %s: a cookie was set", name, target)
			}
		}
	}
}

func TestOurOwnFormsAreTakenBehindAProxyThatChangesTheHost(t *testing.T) {
	p := newProduct()
	b := open(t, p, func(o *Options) { o.BaseURL = "https://public.example/" })
	b.headers = map[string]string{"Sec-Fetch-Site": "", "Origin": "https://public.example"}
	b.post("/forgot-password", "email", "ada@example.com").has(t, 200)
	p.was(t, "forgot ada@example.com from 203.0.113.7")
}

func TestTheCookieIsForOurServerAlone(t *testing.T) {
	for _, secure := range []bool{true, false} {
		a := open(t, newProduct(), func(o *Options) { o.Secure = secure }).post("/login", "email", "ada@example.com", "password", "secret words")
		a.leads(t, "/app")
		c := a.Cookies()[0]
		if c.Name != CookieName(secure) || strings.HasPrefix(c.Name, "__Host-") != secure || c.Secure != secure {
			t.Errorf("secure %t: the cookie is %s", secure, c)
		}
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 7*24*3600 || c.Value != "good" {
			t.Errorf("secure %t: the cookie is %s", secure, c)
		}
	}
}

func TestHostileWordsStayWords(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	p := newProduct()
	p.user.Name, p.user.Email = evil, evil
	p.sub.Reason, p.sub.Entitlement.Source = evil, plan.Granted
	p.tasks = []task.Task{{Title: evil}}
	p.texts = []phone.Text{{Direction: phone.Inbound, Body: evil, From: evil, State: phone.Received, Quarantine: evil}}
	p.phones = []phone.Phone{{ID: "phn_1", Number: evil}}
	p.numbers = []phone.Number{{Number: evil}}
	p.user.Username = evil
	p.sessions = []account.Session{{ID: evil, Device: evil}}
	p.pending = &account.EmailPending{Email: evil}
	p.next = evil
	b := open(t, p)
	b.session = "good"
	pages := []answer{b.get("/app"), b.get("/verify-email?token=%22%3E%3Cscript%3E"),
		b.get("/app/security?done=" + url.QueryEscape(evil)), b.get("/confirm-email-change?token=%22%3E%3Cscript%3E"),
		b.post("/confirm-email-change", "token", evil)}
	b.session = ""
	pages = append(pages, b.get("/login?next=/%22%3E%3Cscript%3E&why="+url.QueryEscape(evil)), b.post("/signup", "email", evil, "name", evil, "plan", evil, "time_zone", evil), b.get("/%3Cscript%3E"))
	p.err = wrong("email")
	pages = append(pages, b.post("/signup", "email", evil, "name", evil, "plan", evil, "time_zone", evil))
	for i, a := range pages {
		a.lacks(t, "<script>alert", "<img", `"><script>`, "onerror=alert(2)>")
		if !strings.Contains(a.body, "<main") {
			t.Errorf("page %d is no page", i)
		}
	}
}

func TestTargetsAfterSignInAreOurs(t *testing.T) {
	for target, want := range map[string]string{
		"/app":                   "/app",
		"/app?messages=abc":      "/app?messages=abc",
		"/app#tasks":             "/app#tasks",
		"":                       "/app",
		"app":                    "/app",
		"https://evil.example":   "/app",
		"//evil.example":         "/app",
		"///evil.example":        "/app",
		`/\evil.example`:         "/app",
		`\\evil.example`:         "/app",
		"/\t/evil.example":       "/app",
		"/\n/evil.example":       "/app",
		"javascript:alert(1)":    "/app",
		"mailto:a@b.c":           "/app",
		"/%2f/evil.example":      "/app",
		"http:/evil.example":     "/app",
		" /app":                  "/app",
		"/app\r\nSet-Cookie:a=b": "/app",
	} {
		if got := local(target); got != want {
			t.Errorf("local(%q) = %q, want %q", target, got, want)
		}
		a := open(t, newProduct()).post("/login", "email", "a@b.c", "password", "secret words", "next", target)
		if got := a.Header.Get("Location"); got != want {
			t.Errorf("signing in with next %q leads to %q, want %q", target, got, want)
		}
	}
}

func FuzzTargetsNeverLeaveTheSite(f *testing.F) {
	for _, s := range []string{"/app", "//x", `/\x`, "/%2f/x", "https:x", "/a//b", "/..//x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := local(s)
		if !strings.HasPrefix(got, "/") || strings.ContainsAny(got, "\\\r\n\t") ||
			len(got) > 1 && (got[1] == '/' || got[1] == '\\') {
			t.Fatalf("local(%q) = %q", s, got)
		}
	})
}
