package web

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

// twoDevices is Ada signed in here and on a device that has no name.
func (p *product) twoDevices() *product {
	p.user.Username = "ada"
	p.sessions = []account.Session{
		{ID: "ses_1", Device: "Firefox on Linux", CreatedAt: now.Add(-50 * time.Hour), LastUsedAt: now.Add(-time.Minute)},
		{ID: "ses_2", CreatedAt: now.Add(-time.Hour), LastUsedAt: now.Add(-time.Hour)},
	}
	return p
}

func TestTheAccountLeadsToItsSecurity(t *testing.T) {
	b := signedIn(t, newProduct())
	b.get("/app").has(t, 200, `<a href="/app/security">Look after your account</a>`, `<a href="/app" aria-current="page">`, `<a href="/app/security">Security</a>`)
	b.get("/app/security").has(t, 200, `<a href="/app/security" aria-current="page">Security</a>`, `<a href="/app">`)
	b.session = ""
	b.get("/app/security").leads(t, "/login?next=%2Fapp%2Fsecurity")
	b.get("/").lacks(t, "/app/security")
}

func TestDevicesAreShownWithTheirTimesAndTheOneInUseIsMarked(t *testing.T) {
	a := signedIn(t, newProduct().twoDevices()).get("/app/security")
	a.has(t, 200, "Firefox on Linux", "Unknown device", "place unknown", "Fri 20 Nov, 2:00 AM", `datetime="2026-11-22T08:59:00Z"`,
		`action="/app/security/sessions/ses_2/end"`, `Sign out<span class="whose"> 2, Unknown device</span>`, "Sign out everywhere else", `name="all" value="1"`)
	if n := strings.Count(a.body, "this device<"); n != 1 {
		t.Errorf("%d devices are marked, want 1", n)
	}
}

func TestWithOneDeviceThereIsNothingElseToSignOut(t *testing.T) {
	p := newProduct().twoDevices()
	p.sessions = p.sessions[:1]
	signedIn(t, p).get("/app/security").lacks(t, "everywhere else")
}

func TestADeviceIsSignedOut(t *testing.T) {
	p := newProduct().twoDevices()
	b := signedIn(t, p)
	b.post("/app/security/sessions/ses_2/end").leads(t, "/app/security?done=device-ended")
	b.get("/app/security?done=device-ended").has(t, 200, "That device is signed out.", `role="status"`)
	p.was(t, "end ses_2 of usr_1")
	if b.session != "good" {
		t.Error("this device was signed out as well")
	}
	b.post("/app/security/sessions/ses_1/end").leads(t, "/")
	if b.session != "" {
		t.Error("the cookie of the session that was ended is still there")
	}
}

func TestASessionThatIsNotThereIsSaid(t *testing.T) {
	p := newProduct().twoDevices()
	p.gone = "ses_3"
	signedIn(t, p).post("/app/security/sessions/ses_3/end").has(t, 404, "There is no such thing here")
}

func TestEveryOtherDeviceIsSignedOut(t *testing.T) {
	p := newProduct().twoDevices()
	b := signedIn(t, p)
	b.post("/app/security/sessions/end-others").leads(t, "/app/security?done=others-ended")
	p.was(t, "end all of usr_1 but ses_1")
	p.err = errors.New("disk full")
	b.post("/app/security/sessions/end-others").has(t, 500, "Something went wrong")
}

func TestThePasswordIsChangedAndTheBrowserGoesOnWithTheNewSession(t *testing.T) {
	p := newProduct().twoDevices()
	b := signedIn(t, p)
	b.device, b.headers["User-Agent"] = "known", "Firefox"
	a := b.post("/app/security/password", "current_password", "old words", "new_password", "new words here")
	a.leads(t, "/app/security?done=password-changed")
	p.was(t, "change password of ses_1 from old words to new words here from 203.0.113.7")
	if b.session != "fresh" || b.device != "known" || p.device != (account.Device{UserAgent: "Firefox", Token: "known"}) {
		t.Errorf("the browser holds %q and %q, the service was shown %+v", b.session, b.device, p.device)
	}
}

func TestARefusedPasswordSaysWhyAtItsField(t *testing.T) {
	p := newProduct().twoDevices()
	p.err = &fault.Error{Kind: fault.Invalid, Code: "invalid_request", Fields: []fault.Field{
		{Location: "body.current_password", Message: "is wrong"},
		{Location: "body.new_password", Message: "This is a common password. A few words that do not belong together are harder to guess."},
	}}
	b := signedIn(t, p)
	a := b.post("/app/security/password", "current_password", "s3cret-1", "new_password", "s3cret-2")
	a.has(t, 422, "<title>Problem: Security", `<a href="#password-current_password">The password is wrong.</a>`,
		`id="password-new_password-problem">This is a common password. A few words`, `aria-invalid="true"`)
	a.lacks(t, "s3cret")
	if b.session != "good" {
		t.Error("the session was changed")
	}
}

func TestTooManyPasswordsSayHowLongToWait(t *testing.T) {
	p := newProduct().twoDevices()
	p.err = account.ErrTooMany.After(4 * time.Second)
	b := signedIn(t, p)
	b.post("/app/security/password", "current_password", "a").has(t, 429, "try again in 4 seconds")
	b.post("/app/security/address", "password", "a").has(t, 429, "try again in 4 seconds")
	b.post("/app/security/username", "username", "a").has(t, 429, "try again in 4 seconds")
}

func TestAnotherAddressIsAskedForAndWaits(t *testing.T) {
	p := newProduct().twoDevices()
	b := signedIn(t, p)
	a := b.get("/app/security")
	a.has(t, 200, "You sign in with <strong>ada@example.com</strong>", `action="/app/security/address#problem"`)
	a.lacks(t, "Drop this change")
	b.post("/app/security/address", "email", "ada@example.org", "password", "old words").leads(t, "/app/security?done=address-asked")
	p.was(t, "change address of usr_1 to ada@example.org with old words from 203.0.113.7")

	p.pending = &account.EmailPending{Email: "ada@example.org", ConfirmedNew: true, ExpiresAt: now.Add(24 * time.Hour)}
	a = b.get("/app/security?done=address-asked")
	a.has(t, 200, "We have sent a link to each", "ada@example.org", "Mon 23 Nov, 4:00 AM", `action="/app/security/address/drop"`,
		`The mail to your address now</span> <span class="tag">not confirmed yet`, `The mail to the new address</span> <span class="tag good">confirmed`)
	a.lacks(t, `action="/app/security/address#problem"`)
	b.post("/app/security/address/drop").leads(t, "/app/security?done=address-dropped")
}

func TestAnAddressThatCannotBeTakenIsNamedAtItsField(t *testing.T) {
	p := newProduct().twoDevices()
	p.pending = &account.EmailPending{Email: "ada@example.org"} // asked for in another tab
	p.err = wrong("email", "password")
	a := signedIn(t, p).post("/app/security/address", "email", "ada@", "password", "old words")
	a.has(t, 422, `<a href="#address-email">`, `id="address-password-problem"`, `value="ada@"`)
	a.lacks(t, "old words")
}

func TestTheUsernameIsChanged(t *testing.T) {
	p := newProduct().twoDevices()
	b := signedIn(t, p)
	b.get("/app/security").has(t, 200, "Yours is <strong>ada</strong>", "reserved for you for a year")
	b.post("/app/security/username", "username", "ada.l").leads(t, "/app/security?done=username-changed")
	b.get("/app/security?done=username-changed").has(t, 200, "stays reserved for you for a year")
	p.was(t, "change username of usr_1 to ada.l from 203.0.113.7")
	p.err = wrong("username")
	b.post("/app/security/username", "username", "admin").has(t, 422, `id="username-username-problem"`, `value="admin"`)
}

func TestFailuresOfOursAreNotBlamedOnAForm(t *testing.T) {
	p := newProduct().twoDevices()
	p.err = errors.New("pq: no such table secrets")
	b := signedIn(t, p)
	for _, target := range []string{"/app/security/password", "/app/security/address", "/app/security/address/drop", "/app/security/username",
		"/app/security/sessions/ses_2/end", "/confirm-email-change", "/cancel-email-change"} {
		b.post(target, "token", "x").has(t, 500, "Something went wrong on our side")
	}
}

func TestLinksOfAChangedAddressOnlyShowAButton(t *testing.T) {
	p := newProduct()
	b := open(t, p)
	for target, words := range map[string]string{"/confirm-email-change": "Confirm the change", "/cancel-email-change": "This was not me"} {
		b.get(target+"?token=t%26%22x").has(t, 200, `name="token" value="t&amp;&#34;x"`, `action="`+target+`"`, words)
		b.get(target).has(t, 422, "not valid any more")
	}
	p.was(t)
}

func TestBothLinksChangeTheAddress(t *testing.T) {
	p := newProduct()
	p.pending = &account.EmailPending{Email: "ada@example.org", ConfirmedOld: true}
	b := open(t, p)
	a := b.post("/confirm-email-change", "token", "old")
	a.has(t, 200, "One link is left", "the new address, <strong>ada@example.org</strong>")
	p.pending.ConfirmedOld, p.pending.ConfirmedNew = false, true
	b.post("/confirm-email-change", "token", "new").has(t, 200, "One link is left", "your old address")
	p.pending.ConfirmedOld = true
	b.post("/confirm-email-change", "token", "new").has(t, 200, "Your address is changed", "you sign in with <strong>ada@example.org</strong>")
	p.was(t, "confirm address old from 203.0.113.7", "confirm address new from 203.0.113.7", "confirm address new from 203.0.113.7")
	p.err = account.ErrInvalidToken
	b.post("/confirm-email-change", "token", "used").has(t, 422, "not valid any more", `href="/app/security"`)
	p.err = account.ErrEmailTaken
	b.post("/confirm-email-change", "token", "late").has(t, 409, "There is an account with this address already.")
}

func TestAChangeOfAddressIsStoppedByItsOwner(t *testing.T) {
	p := newProduct()
	b := open(t, p)
	b.post("/cancel-email-change", "token", "tok").has(t, 200, "Your address stays as it is", `href="/forgot-password"`)
	p.was(t, "cancel address tok from 203.0.113.7")
	p.err = account.ErrInvalidToken
	b.post("/cancel-email-change", "token", "tok").has(t, 422, "not valid any more")
}

func TestADeviceIsKnownByItsCookie(t *testing.T) {
	for _, secure := range []bool{true, false} {
		p := newProduct()
		p.fresh = "device secret"
		a := open(t, p, func(o *Options) { o.Secure = secure }).post("/login", "email", "ada@example.com", "password", "secret words")
		if len(a.Cookies()) != 2 {
			t.Fatalf("the cookies are %v", a.Cookies())
		}
		c := a.Cookies()[1]
		if c.Name != cookieName("device", secure) || strings.HasPrefix(c.Name, "__Host-") != secure || c.Secure != secure ||
			!c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 400*24*3600 {
			t.Errorf("secure %t: the cookie is %s", secure, c)
		}
	}
}

func TestAKnownDeviceStaysKnown(t *testing.T) {
	p := newProduct()
	b := open(t, p)
	b.device, b.headers["User-Agent"] = "known", "Firefox"
	a := b.post("/login", "email", "ada@example.com", "password", "secret words")
	if p.device != (account.Device{UserAgent: "Firefox", Token: "known"}) {
		t.Errorf("the service was shown %+v", p.device)
	}
	if c := a.Cookies(); len(c) != 2 || c[1].Value != "known" || c[1].MaxAge != 400*24*3600 {
		t.Errorf("the cookies are %v, want the device's for longer", c)
	}
	b.post("/logout")
	if b.session != "" || b.device != "known" {
		t.Errorf("after signing out the browser holds %q and %q", b.session, b.device)
	}
}

func TestWhoWasSignedOutIsToldWhy(t *testing.T) {
	b := open(t, newProduct())
	b.session = "stale"
	a := b.get("/app/security")
	a.leads(t, "/login?next=%2Fapp%2Fsecurity&why=ended")
	b.get(a.Header.Get("Location")).has(t, 200, "You were signed out on this device", `role="status"`, `name="next" value="/app/security"`)
	b.session = "stale"
	b.post("/app/security/username", "username", "x").leads(t, "/login?next=%2Fapp&why=ended")
	b.get("/login?why=everywhere").has(t, 200, "signed out on every device")
	b.get("/login?why=nonsense").lacks(t, `role="status"`, "nonsense")
}
