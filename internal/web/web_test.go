package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
	"xswarm.ai/server/internal/once"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// product stands in for the services: it keeps what it is asked, and answers what
// a test wants.
type product struct {
	calls []string
	err   error // what the next action returns
	user  account.User
	phoneList
	own
	money
	keys
	tasks, done []task.Task
	listErr     error
}

// keys does each request once, as package once does.
type keys struct {
	busy bool // the same request is being worked on
	kept []once.Request
}

func (k *keys) Do(_ context.Context, r once.Request, do func() (once.Answer, error)) (once.Answer, bool, error) {
	if k.busy {
		return once.Answer{}, false, once.ErrInProgress
	}
	if slices.ContainsFunc(k.kept, func(x once.Request) bool { return x.UserID+x.Route+x.Key == r.UserID+r.Route+r.Key }) {
		return once.Answer{}, true, nil
	}
	a, err := do()
	if err == nil {
		k.kept = append(k.kept, r)
	}
	return a, false, err
}

type phoneList struct {
	phones  []phone.Phone
	numbers []phone.Number
	texts   []phone.Text
	next    string
}

// own is what people see of their own accounts.
type own struct {
	sessions []account.Session
	pending  *account.EmailPending
	gone     string // the id of a session that ends by itself
	device   account.Device
	fresh    string // the secret that a device is given at sign-in
}

func newProduct() *product {
	free, _ := plan.Of(plan.Buddy)
	p := &product{
		user: account.User{ID: "usr_1", Email: "ada@example.com", Name: "Ada", TimeZone: "America/New_York"},
	}
	p.sub = billing.Subscription{Plan: free, Entitlement: plan.Entitlement{Tier: plan.Buddy, Source: plan.Free}}
	p.usage.Period = billing.Period{Start: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	for _, f := range plan.Features {
		p.usage.Features = append(p.usage.Features, billing.FeatureUsage{Feature: f})
	}
	return p
}

// called notes a call and returns the error that the test wants.
func (p *product) called(format string, args ...any) error {
	p.calls = append(p.calls, fmt.Sprintf(format, args...))
	return p.err
}

func (p *product) SignUp(_ context.Context, s account.SignUp) error {
	return p.called("sign up %s %s %s %s %s from %s", s.Email, s.Password, s.Name, s.TimeZone, s.Plan, s.Client)
}
func (p *product) ResendVerification(_ context.Context, email, client string) error {
	return p.called("resend %s from %s", email, client)
}
func (p *product) VerifyEmail(_ context.Context, token string) (account.User, error) {
	return p.user, p.called("verify %s", token)
}
func (p *product) Login(_ context.Context, c account.Credentials) (account.Session, error) {
	p.device = c.Device
	s := account.Session{ID: "ses_1", Token: "good", ExpiresAt: now.Add(7 * 24 * time.Hour), User: p.user, DeviceToken: p.fresh}
	return s, p.called("login %s %s from %s", c.Email, c.Password, c.Client)
}

// Authenticate knows one session, whose token is "good"; with "broken" it fails
// inside.
func (p *product) Authenticate(_ context.Context, token string) (account.Session, error) {
	switch token {
	case "good":
		return account.Session{ID: "ses_1", Token: token, User: p.user}, nil
	case "broken":
		return account.Session{}, fmt.Errorf("disk on fire at /var/secret")
	}
	return account.Session{}, account.ErrUnauthenticated
}
func (p *product) Logout(_ context.Context, s account.Session, all bool) error {
	return p.called("logout %s all=%t", s.ID, all)
}
func (p *product) ForgotPassword(_ context.Context, email, client string) error {
	return p.called("forgot %s from %s", email, client)
}
func (p *product) ResetPassword(_ context.Context, token, password, client string) (account.User, error) {
	return p.user, p.called("reset %s %s from %s", token, password, client)
}
func (p *product) ChangePassword(_ context.Context, s account.Session, in account.PasswordChange) (account.Session, error) {
	p.device = in.Device
	fresh := account.Session{ID: "ses_9", Token: "fresh", ExpiresAt: now.Add(7 * 24 * time.Hour), User: p.user, DeviceToken: p.fresh}
	return fresh, p.called("change password of %s from %s to %s from %s", s.ID, in.Current, in.New, in.Client)
}
func (p *product) Sessions(context.Context, string) ([]account.Session, error) {
	return p.sessions, p.listErr
}
func (p *product) EndSession(_ context.Context, s account.Session, id string) error {
	if id == p.gone {
		return fault.ErrNotFound
	}
	return p.called("end %s of %s", id, s.User.ID)
}
func (p *product) EndOtherSessions(_ context.Context, s account.Session) error {
	return p.called("end all of %s but %s", s.User.ID, s.ID)
}
func (p *product) ChangeEmail(_ context.Context, s account.Session, in account.EmailChange) error {
	return p.called("change address of %s to %s with %s from %s", s.User.ID, in.Email, in.Password, in.Client)
}
func (p *product) PendingEmail(context.Context, string) (account.EmailPending, error) {
	if p.pending == nil {
		return account.EmailPending{}, fault.ErrNotFound
	}
	return *p.pending, nil
}
func (p *product) ConfirmEmailChange(_ context.Context, token, client string) (account.EmailPending, bool, error) {
	err := p.called("confirm address %s from %s", token, client)
	if p.pending == nil {
		return account.EmailPending{}, false, err
	}
	return *p.pending, p.pending.ConfirmedOld && p.pending.ConfirmedNew, err
}
func (p *product) CancelEmailChange(_ context.Context, token, client string) error {
	return p.called("cancel address %s from %s", token, client)
}
func (p *product) DropEmailChange(_ context.Context, s account.Session) error {
	return p.called("drop address of %s", s.User.ID)
}
func (p *product) ChangeUsername(_ context.Context, s account.Session, username, client string) (account.User, error) {
	return p.user, p.called("change username of %s to %s from %s", s.User.ID, username, client)
}
func (p *product) AddPhone(_ context.Context, u account.User, raw, client string) (phone.Phone, error) {
	return phone.Phone{}, p.called("add phone %s of %s from %s", raw, u.ID, client)
}
func (p *product) VerifyPhone(_ context.Context, u account.User, id, code string) (phone.Phone, error) {
	return phone.Phone{}, p.called("prove phone %s of %s with %s", id, u.ID, code)
}
func (p *product) RemovePhone(_ context.Context, u account.User, id string) error {
	return p.called("remove phone %s of %s", id, u.ID)
}
func (p *product) Phones(context.Context, string) ([]phone.Phone, error)   { return p.phones, nil }
func (p *product) Numbers(context.Context, string) ([]phone.Number, error) { return p.numbers, nil }
func (p *product) BuyNumber(_ context.Context, u account.User) (phone.Number, error) {
	return phone.Number{}, p.called("buy a number for %s", u.ID)
}
func (p *product) ReleaseNumber(_ context.Context, u account.User, id string) error {
	return p.called("release %s of %s", id, u.ID)
}
func (p *product) Texts(_ context.Context, _, cursor string, _ int) ([]phone.Text, string, error) {
	return p.texts, p.next, p.listErr
}
func (p *product) List(_ context.Context, user string, status task.Status, cursor string, _ int) ([]task.Task, string, error) {
	if status == task.Done {
		return p.done, "", nil
	}
	return p.tasks, p.next, p.listErr
}

// browser asks the pages as a browser would, and keeps its cookies.
type browser struct {
	t       *testing.T
	handler http.Handler
	session string // the cookie's value, "" for none
	device  string // that of the other one
	headers map[string]string
}

func open(t *testing.T, p *product, change ...func(*Options)) *browser {
	o := Options{
		Accounts: p, Phones: p, Billing: p, Tasks: p, Once: p, BaseURL: "https://xswarm.example",
		Client:    func(*http.Request) string { return "203.0.113.7" },
		Reference: templ.Raw("<h1>API</h1>"),
		Now:       func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&o)
	}
	return &browser{t: t, handler: httpkit.Identify(New(o)), headers: map[string]string{}}
}

// answer is a page as it came.
type answer struct {
	*http.Response
	body string
}

func (b *browser) get(target string) answer { b.t.Helper(); return b.do("GET", target, nil) }

func (b *browser) post(target string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do("POST", target, strings.NewReader(form.Encode()))
}

func (b *browser) do(method, target string, body io.Reader) answer {
	b.t.Helper()
	r := httptest.NewRequest(method, "https://xswarm.example"+target, body)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range b.headers {
		r.Header.Set(name, value)
	}
	if b.session != "" {
		r.AddCookie(&http.Cookie{Name: "xswarm_session", Value: b.session})
	}
	if b.device != "" {
		r.AddCookie(&http.Cookie{Name: "xswarm_device", Value: b.device})
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		switch strings.TrimPrefix(c.Name, "__Host-") {
		case "xswarm_session":
			b.session = c.Value
		case "xswarm_device":
			b.device = c.Value
		default:
			b.t.Errorf("the cookie %s was set", c)
		}
	}
	return answer{w.Result(), w.Body.String()}
}

// has fails the test unless the page came with the status and holds the words.
func (a answer) has(t *testing.T, status int, words ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status = %d, want %d", a.StatusCode, status)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("the page does not hold %q:\n%s", w, a.body)
		}
	}
}

// lacks fails the test if the page holds any of the words.
func (a answer) lacks(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(a.body, w) {
			t.Errorf("the page holds %q:\n%s", w, a.body)
		}
	}
}

// leads fails the test unless the answer sends the browser to target.
func (a answer) leads(t *testing.T, target string) {
	t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != target {
		t.Errorf("got %d to %q, want 303 to %q", a.StatusCode, got, target)
	}
}

// was fails the test unless the services were asked exactly that.
func (p *product) was(t *testing.T, calls ...string) {
	t.Helper()
	if !slices.Equal(p.calls, calls) {
		t.Errorf("the services were asked %q, want %q", p.calls, calls)
	}
}

func TestTheFrontPageShowsThePlansWithPricesAndQuantities(t *testing.T) {
	a := open(t, newProduct()).get("/")
	a.has(t, 200, "AI Buddy", "AI Secretary", "AI Project Manager", "AI CTO",
		"$0<", "$40<", "$280<", "500 call minutes", "2,000 text messages", "1 phone number", "Unlimited call minutes",
		"$0.013 a minute, $0.008 a text, $2 a number", `href="/signup?plan=ai_secretary">Choose <span class="whose">AI Secretary</span>`, `href="/docs"`, `href="/login"`)
	a.lacks(t, "/sandbox", "mailto:", "Sign out")
}

func TestLinksThatDependOnTheServerAreShownWhereTheyLead(t *testing.T) {
	a := open(t, newProduct(), func(o *Options) { o.SandboxURL, o.Contact = "/sandbox", "sales@xswarm.example" }).get("/")
	a.has(t, 200, `href="/sandbox"`, `href="mailto:sales@xswarm.example"`, "Contact sales")
}

func TestTheFrontPageKnowsWhoIsSignedIn(t *testing.T) {
	b := open(t, newProduct())
	b.session = "good"
	a := b.get("/")
	a.has(t, 200, `href="/app"`, "Sign out")
	a.lacks(t, `href="/login"`)
}

func TestTheDocumentationIsShownInTheFrame(t *testing.T) {
	open(t, newProduct()).get("/docs").has(t, 200, "<h1>API</h1>", "API documentation · xSwarm")
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	b := open(t, newProduct())
	for _, target := range []string{"/nope", "/app/nope", "/assets/app.css", "/assets/nope.js", "/signup/x"} {
		b.get(target).has(t, 404, "There is nothing here", `href="/"`)
	}
	a := b.do("DELETE", "/login", nil)
	a.has(t, 405, "cannot be used")
	if got := a.Header.Get("Allow"); !strings.Contains(got, "POST") {
		t.Errorf("Allow = %q", got)
	}
	b.session = "good"
	b.get("/logout").has(t, 405)
}
