package web

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

// wrong is the fault of an input whose fields are wrong.
func wrong(fields ...string) *fault.Error {
	f := fault.Body("", "")
	f.Fields = nil
	for _, name := range fields {
		f.Fields = append(f.Fields, fault.Field{Location: "body." + name, Message: "must be another " + name})
	}
	return f
}

func TestSigningUpAsksToLookAtTheMail(t *testing.T) {
	p := newProduct()
	a := open(t, p).post("/signup", "email", "ada@example.com", "password", "secret words", "name", "Ada",
		"time_zone", "Europe/Berlin", "plan", "ai_secretary")
	a.has(t, 200, "Check your mail", "ada@example.com", `action="/resend-verification"`)
	a.lacks(t, "secret words", "sandbox")
	p.was(t, "sign up ada@example.com secret words Ada Europe/Berlin ai_secretary from 203.0.113.7")
}

func TestWhereThereIsASandboxThePageSaysWhereTheMailIs(t *testing.T) {
	open(t, newProduct(), func(o *Options) { o.SandboxURL = "/sandbox" }).
		post("/signup", "email", "ada@example.com", "password", "secret words").has(t, 200, "Open the sandbox")
}

func TestWhatTheBrowserMakesUpDoesNotStopASignUp(t *testing.T) {
	p := newProduct()
	open(t, p).post("/signup", "email", "a@b.c", "password", "secret words", "time_zone", "Mars/Olympus", "plan", "ai_king")
	p.was(t, "sign up a@b.c secret words   ai_buddy from 203.0.113.7")
}

func TestTheChosenPlanComesAlongToTheForm(t *testing.T) {
	open(t, newProduct()).get("/signup?plan=ai_project_manager").has(t, 200, `<option value="ai_project_manager" selected>`)
	open(t, newProduct()).get("/signup?plan=nonsense").has(t, 200, `<option value="ai_buddy" selected>`)
}

func TestMistakesAreNamedAtTheirFieldsAndWhatWasTypedStays(t *testing.T) {
	p := newProduct()
	p.err = wrong("email", "password")
	a := open(t, p).post("/signup", "email", "ada@", "password", "secret words", "name", "Ada", "plan", "ai_secretary")
	a.has(t, 422, "<title>Problem: Sign up",
		`<a href="#email">The address must be another email.</a>`, `role="alert"`, "autofocus",
		`aria-describedby="email-hint email-problem"`, `aria-invalid="true"`, `id="password-problem"`,
		`value="ada@"`, `value="Ada"`, `<option value="ai_secretary" selected>`)
	a.lacks(t, "secret words")
}

func TestAMistakeOfAFieldThatIsNotShownIsStillTold(t *testing.T) {
	p := newProduct()
	p.err = wrong("accepted_terms")
	open(t, p).post("/signup", "email", "a@b.c").has(t, 422, "The accepted terms must be another accepted_terms.")
}

func TestTooManyTriesSayWhenToComeBack(t *testing.T) {
	for target, title := range map[string]string{"/signup": "Sign up", "/login": "Sign in", "/forgot-password": "Choose a new password",
		"/resend-verification": "Ask for a new link", "/reset-password": "Choose a new password"} {
		p := newProduct()
		p.err = account.ErrTooMany.After(11*time.Minute + time.Millisecond)
		a := open(t, p).post(target, "email", "ada@example.com", "password", "secret words", "token", "tok")
		a.has(t, 429, title, "try again in 12 minutes")
		if got := a.Header.Get("Retry-After"); got != "661" {
			t.Errorf("%s: Retry-After = %q, want 661", target, got)
		}
		a.lacks(t, "secret words")
	}
}

func TestInternalFailuresTellAReferenceAndNothingElse(t *testing.T) {
	p := newProduct()
	p.err = errors.New("pq: no such table secrets")
	for _, target := range []string{"/signup", "/login", "/forgot-password", "/resend-verification", "/reset-password", "/verify-email"} {
		a := open(t, p).post(target, "email", "a@b.c", "password", "secret words", "token", "tok")
		a.has(t, 500, "Something went wrong on our side", a.Header.Get("X-Request-ID"))
		a.lacks(t, "no such table", "secret words", "a@b.c")
		if a.Header.Get("X-Request-ID") == "" {
			t.Error("there is no reference")
		}
	}
}

func TestLookingAtALinkDoesNotUseIt(t *testing.T) {
	p := newProduct()
	b := open(t, p)
	b.get("/verify-email?token=t%26%22x").has(t, 200, `name="token" value="t&amp;&#34;x"`, `action="/verify-email"`, "<button")
	b.get("/reset-password?token=t%26%22x").has(t, 200, `name="token" value="t&amp;&#34;x"`, `action="/reset-password"`)
	p.was(t)
}

func TestTheButtonConfirmsTheAddress(t *testing.T) {
	p := newProduct()
	open(t, p).post("/verify-email", "token", "tok").has(t, 200, "Your address is confirmed", `href="/login"`)
	p.was(t, "verify tok")
}

func TestALinkThatDoesNotWorkLeadsToANewOne(t *testing.T) {
	p := newProduct()
	p.err = fmt.Errorf("open token: %w", account.ErrInvalidToken)
	b := open(t, p)
	b.post("/verify-email", "token", "old").has(t, 422, "not valid any more", `action="/resend-verification"`)
	b.get("/verify-email").has(t, 422, "not valid any more", `action="/resend-verification"`)
	b.post("/reset-password", "token", "old", "password", "secret words").has(t, 422, "not valid any more", `action="/forgot-password"`)
	b.get("/reset-password?token=").has(t, 422, "not valid any more", `action="/forgot-password"`)
}

func TestTheMailCanBeSentAgain(t *testing.T) {
	p := newProduct()
	b := open(t, p)
	b.get("/resend-verification").has(t, 200, `action="/resend-verification"`)
	b.post("/resend-verification", "email", "ada@example.com").has(t, 200, "Check your mail")
	p.was(t, "resend ada@example.com from 203.0.113.7")
	p.err = wrong("email")
	b.post("/resend-verification", "email", "ada@").has(t, 422, `id="email-problem"`, `value="ada@"`)
}

func TestSigningInLeadsToWhereOneWantedToGo(t *testing.T) {
	p := newProduct()
	b := open(t, p)
	a := b.get("/app?messages=abc")
	a.leads(t, "/login?next=%2Fapp%3Fmessages%3Dabc")
	b.get(a.Header.Get("Location")).has(t, 200, `name="next" value="/app?messages=abc"`)
	b.post("/login", "email", "ada@example.com", "password", "secret words", "next", "/app?messages=abc").leads(t, "/app?messages=abc")
	b.get("/app").has(t, 200, "Hello Ada")
	b.get("/login").leads(t, "/app")
	p.was(t, "login ada@example.com secret words from 203.0.113.7")
}

func TestWrongPasswordsAreAnsweredAsSuch(t *testing.T) {
	p := newProduct()
	p.err = account.ErrInvalidCredentials
	a := open(t, p).post("/login", "email", "ada@example.com", "password", "wrong words", "next", "/app?tasks=1")
	a.has(t, 401, "The address or the password is wrong.", `value="ada@example.com"`, `value="/app?tasks=1"`)
	a.lacks(t, "wrong words", `action="/resend-verification"`)
	if len(a.Cookies()) != 0 {
		t.Error("a cookie was set")
	}
}

func TestAnUnconfirmedAddressCanAskForItsMailAtOnce(t *testing.T) {
	p := newProduct()
	p.err = account.ErrEmailNotVerified
	open(t, p).post("/login", "email", "ada@example.com", "password", "secret words").
		has(t, 403, "confirm your address", `action="/resend-verification"`, `name="email" value="ada@example.com"`)
}

func TestSigningOutEndsTheSession(t *testing.T) {
	for all, want := range map[string][2]string{
		"":  {"logout ses_1 all=false", "/"},
		"1": {"logout ses_1 all=true", "/login?why=everywhere"},
	} {
		p := newProduct()
		b := open(t, p)
		b.session = "good"
		a := b.post("/logout", "all", all)
		a.leads(t, want[1])
		p.was(t, want[0])
		if c := a.Cookies(); len(c) != 1 || c[0].MaxAge >= 0 || c[0].Value != "" {
			t.Errorf("the cookie is %v, want it taken away", c)
		}
	}
}

func TestSigningOutWithoutASessionIsNoMistake(t *testing.T) {
	p := newProduct()
	b := open(t, p)
	b.session = "stale"
	b.post("/logout").leads(t, "/")
	p.was(t)
}

func TestASessionThatCouldNotBeEndedIsKept(t *testing.T) {
	p := newProduct()
	p.err = errors.New("disk full")
	b := open(t, p)
	b.session = "good"
	a := b.post("/logout")
	a.has(t, 500)
	if len(a.Cookies()) != 0 {
		t.Error("the cookie was taken away, and the session lives on")
	}
}

func TestForgettingAPasswordTellsNothing(t *testing.T) {
	p := newProduct()
	b := open(t, p)
	b.get("/forgot-password").has(t, 200, `action="/forgot-password"`)
	b.post("/forgot-password", "email", "ada@example.com").has(t, 200, "If there is an account with", "ada@example.com")
	p.was(t, "forgot ada@example.com from 203.0.113.7")
	p.err = wrong("email")
	b.post("/forgot-password", "email", "ada@").has(t, 422, `id="email-problem"`)
}

func TestANewPasswordIsTaken(t *testing.T) {
	p := newProduct()
	open(t, p).post("/reset-password", "token", "tok", "password", "new words").has(t, 200, "Your password is changed", `href="/login"`)
	p.was(t, "reset tok new words from 203.0.113.7")
}

func TestAWeakNewPasswordCanBeMended(t *testing.T) {
	p := newProduct()
	p.err = wrong("password")
	a := open(t, p).post("/reset-password", "token", "tok", "password", "weakling")
	a.has(t, 422, `id="password-problem"`, `name="token" value="tok"`)
	a.lacks(t, "weakling")
}

func TestFormsHaveALimit(t *testing.T) {
	p := newProduct()
	open(t, p).post("/signup", "email", strings.Repeat("a", maxForm)).has(t, 413, "too much text")
	open(t, p).do("POST", "/signup", strings.NewReader("email=%zz")).has(t, 422, "did not arrive whole")
	p.was(t)
}
