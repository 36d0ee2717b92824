package apptest

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What two browsers call themselves.
const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	safari  = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
)

const freshPassword = "seven teapots in the orchard"

// refused fails unless an answer is a problem with this status and code, about
// this part of the input if that is not "".
func refused(t *testing.T, what string, a Answer, status int, code, location string) {
	t.Helper()
	if a.Status != status || a.Code() != code {
		t.Errorf("%s: got %s, want %d %s", what, a, status, code)
	}
	if location != "" && !strings.Contains(a.Body, `"location":"`+location+`"`) {
		t.Errorf("%s: %s is not named: %s", what, location, a.Body)
	}
}

// signsIn tries to.
func (c *Client) signsIn(email, password string) Answer {
	c.T.Helper()
	return c.Do("POST", "/auth/login", map[string]string{"email": email, "password": password})
}

// address is the one of the account that c is signed in to.
func (c *Client) address() string {
	c.T.Helper()
	var me struct{ User struct{ Email string } }
	c.Want(200, "GET", "/auth/me", nil, &me)
	return me.User.Email
}

// link waits for a mail that has a link to a page, and returns the link's token.
func (c *Client) link(to, page string) (token string) {
	c.T.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(page) + `\?token=([A-Za-z0-9_-]+)`)
	c.Eventually("a mail with a link to "+page, func() bool {
		for _, m := range c.Mails(to) {
			if found := link.FindStringSubmatch(m.Text); found != nil {
				token = found[1]
				return true
			}
		}
		return false
	})
	return token
}

// told counts the mails to an address whose subject says so.
func (c *Client) told(to, subject string) (n int) {
	c.T.Helper()
	for _, m := range c.Mails(to) {
		if strings.Contains(strings.ToLower(m.Subject), subject) {
			n++
		}
	}
	return n
}

func changedPassword(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	other, before := x.Client(t), *c
	other.SignIn(email, goodPassword)
	change := func(current, fresh string) Answer {
		return c.Do("POST", "/auth/change-password", map[string]string{"current_password": current, "new_password": fresh})
	}
	refused(t, "a wrong password", change("not the password", freshPassword), 422, "invalid_request", "body.current_password")
	for _, weak := range []string{"short", "1234567890", "qwertyuiop", "aaaaaaaaaaaa", email} {
		refused(t, "the new password "+weak, change(goodPassword, weak), 422, "invalid_request", "body.new_password")
	}
	var in struct{ Token string }
	c.Want(200, "POST", "/auth/change-password", map[string]string{"current_password": goodPassword, "new_password": freshPassword}, &in)
	for name, old := range map[string]*Client{"the session that changed it": &before, "another session": other} {
		refused(t, name, old.Do("GET", "/auth/me", nil), 401, "unauthenticated", "")
	}
	c.Token = in.Token
	if got := c.address(); got != email {
		t.Errorf("the new session is that of %q", got)
	}
	refused(t, "the old password", other.signsIn(email, goodPassword), 401, "invalid_credentials", "")
	other.SignIn(email, freshPassword)
	c.Eventually("the owner to be told", func() bool { return c.told(email, "password") == 1 })
}

func devices(t *testing.T, x Target) {
	type session struct {
		ID, Device, Place string
		Current           bool
		LastUsed          time.Time `json:"last_used_at"`
	}
	var list struct{ Data []session }
	email, _ := somebody(t)
	x.Member(t, email).Want(204, "POST", "/auth/logout", nil, nil)
	c, other, again := x.Client(t), x.Client(t), x.Client(t)
	c.Header = map[string]string{"User-Agent": firefox}
	other.Header = map[string]string{"User-Agent": safari}
	again.Header = other.Header
	c.SignIn(email, goodPassword)
	other.SignIn(email, goodPassword)
	again.SignIn(email, goodPassword)
	c.Want(200, "GET", "/auth/sessions", nil, &list)
	seen := map[string]int{}
	var own, others []session
	for _, s := range list.Data {
		seen[s.Device]++
		if s.Current {
			own = append(own, s)
		} else {
			others = append(others, s)
		}
		if s.Place != "unknown" || s.LastUsed.IsZero() {
			t.Errorf("a session is %+v", s)
		}
	}
	if len(own) != 1 || len(others) != 2 || own[0].Device != "Firefox on Linux" || seen["Safari on macOS"] != 2 {
		t.Fatalf("the sessions are %+v", list.Data)
	}

	stranger, _ := somebody(t)
	refused(t, "somebody else's session", x.Member(t, stranger).Do("DELETE", "/auth/sessions/"+own[0].ID, nil), 404, "not_found", "")
	for _, s := range others {
		c.Want(204, "DELETE", "/auth/sessions/"+s.ID, nil, nil)
		refused(t, "an ended session", c.Do("DELETE", "/auth/sessions/"+s.ID, nil), 404, "not_found", "")
	}
	for _, ended := range []*Client{other, again} {
		refused(t, "a device that was signed out", ended.Do("GET", "/auth/me", nil), 401, "unauthenticated", "")
	}
	c.Want(200, "GET", "/auth/sessions", nil, &list)
	if len(list.Data) != 1 || !list.Data[0].Current {
		t.Errorf("after the others ended: got %+v", list.Data)
	}
	other.SignIn(email, goodPassword)
	again.SignIn(email, goodPassword)
	c.Want(204, "DELETE", "/auth/sessions", nil, nil)
	for name, of := range map[string]struct {
		*Client
		want int
	}{"this device": {c, 200}, "another": {other, 401}, "a third": {again, 401}} {
		if a := of.Do("GET", "/auth/me", nil); a.Status != of.want {
			t.Errorf("%s, after signing out everywhere else: got %d, want %d", name, a.Status, of.want)
		}
	}
	c.Eventually("the owner to be told of both browsers, once each", func() bool { return c.told(email, "new device") == 2 })
}

func changedAddress(t *testing.T, x Target) {
	old, _ := somebody(t)
	fresh, _ := somebody(t)
	c := x.Member(t, old)
	refused(t, "a wrong password", c.Do("POST", "/auth/change-email", map[string]string{"email": fresh, "password": "not the password"}),
		422, "invalid_request", "body.password")
	refused(t, "no address", c.Do("POST", "/auth/change-email", map[string]string{"email": "nobody", "password": goodPassword}),
		422, "invalid_request", "body.email")
	refused(t, "nothing asked for", c.Do("GET", "/auth/change-email", nil), 404, "not_found", "")
	c.Want(202, "POST", "/auth/change-email", map[string]string{"email": fresh, "password": goodPassword}, nil)

	var pending struct {
		Email        string
		ConfirmedOld bool `json:"confirmed_old"`
		ConfirmedNew bool `json:"confirmed_new"`
		Done         bool
		Expires      time.Time `json:"expires_at"`
	}
	confirm := func(token string) {
		t.Helper()
		if page := c.Do("GET", "/confirm-email-change?token="+token, nil); page.Status != 200 || !strings.Contains(page.Body, "<form") {
			t.Errorf("the link's page: got %d", page.Status)
		}
		x.Client(t).Want(200, "POST", "/auth/confirm-email-change", map[string]string{"token": token}, &pending)
	}
	c.Want(200, "GET", "/auth/change-email", nil, &pending)
	if pending.Email != fresh || pending.ConfirmedOld || pending.ConfirmedNew || !pending.Expires.After(c.Now().Add(23*time.Hour)) {
		t.Errorf("the change that waits is %+v", pending)
	}
	byNew, byOld := c.link(fresh, "/confirm-email-change"), c.link(old, "/confirm-email-change")
	confirm(byNew)
	if !pending.ConfirmedNew || pending.ConfirmedOld || pending.Done || c.address() != old {
		t.Errorf("after the new address alone: got %+v", pending)
	}
	confirm(byOld)
	if !pending.ConfirmedNew || !pending.ConfirmedOld || !pending.Done || c.address() != fresh {
		t.Errorf("after both: got %+v, and the address is %s", pending, c.address())
	}
	refused(t, "the old address", x.Client(t).signsIn(old, goodPassword), 401, "invalid_credentials", "")
	x.Client(t).SignIn(fresh, goodPassword)
	refused(t, "a used link", c.Do("POST", "/auth/confirm-email-change", map[string]string{"token": byOld}), 422, "invalid_token", "")
	c.Eventually("both addresses to be told", func() bool {
		return c.told(old, "has a new address") == 1 && c.told(fresh, "has a new address") == 1
	})
}

func refusedAddress(t *testing.T, x Target) {
	old, _ := somebody(t)
	fresh, _ := somebody(t)
	known, _ := somebody(t)
	c := x.Member(t, old)
	x.Member(t, known)
	ask := func(email string) Answer {
		return c.Want(202, "POST", "/auth/change-email", map[string]string{"email": email, "password": goodPassword}, nil)
	}
	first := ask(fresh)
	byNew, byOld, cancel := c.link(fresh, "/confirm-email-change"), c.link(old, "/confirm-email-change"), c.link(old, "/cancel-email-change")
	refused(t, "confirming by the link that refuses", c.Do("POST", "/auth/confirm-email-change", map[string]string{"token": cancel}), 422, "invalid_token", "")
	x.Client(t).Want(204, "POST", "/auth/cancel-email-change", map[string]string{"token": cancel}, nil)
	for name, token := range map[string]string{"the new address's link": byNew, "the old one's": byOld, "nonsense": "x"} {
		refused(t, name+" after it was refused", c.Do("POST", "/auth/confirm-email-change", map[string]string{"token": token}), 422, "invalid_token", "")
	}
	refused(t, "a refused change", c.Do("GET", "/auth/change-email", nil), 404, "not_found", "")

	if second := ask(known); second.Body != first.Body {
		t.Errorf("a known address is answered %s, an unknown one %s", second, first)
	}
	c.Eventually("the owner of the known address to be told", func() bool { return c.told(known, "already") == 1 })
	for _, m := range c.Mails(known) {
		if strings.Contains(m.Text, "/confirm-email-change") {
			t.Error("the owner of a known address was mailed a link to give it away")
		}
	}
	c.Want(204, "DELETE", "/auth/change-email", nil, nil)
	refused(t, "a dropped change", c.Do("GET", "/auth/change-email", nil), 404, "not_found", "")
	if got := c.address(); got != old {
		t.Errorf("the address is %s", got)
	}
}

func changedUsername(t *testing.T, x Target) {
	email, _ := somebody(t)
	other, _ := somebody(t)
	c, envious := x.Member(t, email), x.Member(t, other)
	var me struct{ User struct{ Username string } }
	c.Want(200, "GET", "/auth/me", nil, &me)
	first := me.User.Username
	change := func(c *Client, name string) Answer {
		return c.Do("POST", "/auth/change-username", map[string]string{"username": name})
	}
	for _, bad := range []string{"", "x", "two words", "-dash", "admin", "p0stmaster", "xswarm-team", strings.Repeat("a", 31)} {
		refused(t, fmt.Sprintf("the name %q", bad), change(c, bad), 422, "invalid_request", "body.username")
	}
	second := first + ".second"
	c.Want(200, "POST", "/auth/change-username", map[string]string{"username": second}, &me)
	if me.User.Username != second {
		t.Errorf("the name is %q, want %q", me.User.Username, second)
	}
	for _, taken := range []string{first, second} {
		refused(t, "somebody else's name "+taken, change(envious, taken), 422, "invalid_request", "body.username")
	}
	c.Want(200, "POST", "/auth/change-username", map[string]string{"username": first}, nil)
	c.Want(200, "POST", "/auth/change-username", map[string]string{"username": second}, nil)
	refused(t, "a fourth name in a month", change(c, first+".fourth"), 429, "too_many_requests", "")
	c.Advance(31 * 24 * time.Hour)
	c.SignIn(email, goodPassword)
	c.Want(200, "POST", "/auth/change-username", map[string]string{"username": first + ".fourth"}, nil)
}

// guessing tries wrong passwords until it has to wait, and says for how long.
func (c *Client) guessing(email string) time.Duration {
	c.T.Helper()
	for range 10 {
		a := c.signsIn(email, "a wrong password")
		if a.Status == 429 {
			seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
			if err != nil || seconds < 1 {
				c.T.Fatalf("Retry-After is %q", a.Header.Get("Retry-After"))
			}
			return time.Duration(seconds) * time.Second
		}
		refused(c.T, "a wrong password", a, 401, "invalid_credentials", "")
	}
	c.T.Fatal("ten wrong passwords in a row, and no need to wait")
	return 0
}

func growingDelay(t *testing.T, x Target) {
	email, _ := somebody(t)
	nobody, _ := somebody(t)
	c := x.Member(t, email)
	c.Advance(time.Hour) // what other stories tried from here is forgotten
	for _, who := range []string{email, nobody} {
		first := c.guessing(who)
		last := first
		for range 3 {
			c.Advance(last)
			last = c.guessing(who)
		}
		if last <= first {
			t.Errorf("the wait does not grow: from %s to %s", first, last)
		}
		refused(t, "the right password before its time", c.signsIn(who, goodPassword), 429, "too_many_requests", "")
		c.Advance(time.Hour)
	}
	page := c.PostForm("/login", url.Values{"email": {email}, "password": {"a wrong password"}})
	if page.Status != 401 {
		t.Errorf("the page after an hour: got %d", page.Status)
	}
	c.guessing(email)
	page = c.PostForm("/login", url.Values{"email": {email}, "password": {goodPassword}})
	if page.Status != 429 || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, "You can try again in") {
		t.Errorf("the page does not say how long to wait: got %s", page)
	}
	c.Advance(time.Hour)
	page = c.PostForm("/login", url.Values{"email": {email}, "password": {goodPassword}})
	if cookies := strings.Join(page.Header.Values("Set-Cookie"), "\n"); page.Status != 303 ||
		!strings.Contains(cookies, "xswarm_session=") || !strings.Contains(cookies, "xswarm_device=") {
		t.Errorf("the right password in time: got %s with %q", page, cookies)
	}
	refused(t, "a slip after the right password", c.signsIn(email, "a wrong password"), 401, "invalid_credentials", "")
}

func disabled(t *testing.T, x Target) {
	c, phone, number := x.Owner(t)
	email := c.address()
	c.Want(202, "POST", "/auth/forgot-password", map[string]string{"email": email}, nil)
	reset := c.link(email, "/reset-password")
	before := len(c.Texts(phone))

	x.Operate(t, "user", "disable", email, "--reason", "stories")
	refused(t, "the session of a disabled user", c.Do("GET", "/auth/me", nil), 401, "unauthenticated", "")
	wrong, right := c.signsIn(email, "a wrong password"), c.signsIn(email, goodPassword)
	if right.Status != 401 || right.Body != wrong.Body {
		t.Errorf("a disabled user's right password: got %s, a wrong one %s", right, wrong)
	}
	refused(t, "a link mailed before", c.Do("POST", "/auth/reset-password", map[string]string{"token": reset, "password": freshPassword}),
		422, "invalid_token", "")
	c.SendText(phone, number, "what's on my list?")
	// What is sent afterwards is answered: so theirs would have been.
	other, otherPhone, own := x.Owner(t)
	other.Ask(otherPhone, own, "what's on my list?")
	if n := len(c.Texts(phone)); n != before {
		t.Errorf("a disabled user was answered: %+v", c.Texts(phone)[0])
	}

	x.Operate(t, "user", "enable", email)
	refused(t, "a session from before", c.Do("GET", "/auth/me", nil), 401, "unauthenticated", "")
	c.SignIn(email, goodPassword)
	c.Ask(phone, number, "what's on my list?")
}
