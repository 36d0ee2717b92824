package apptest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Stories runs every story against a running product.
func Stories(t *testing.T, x Target) {
	for _, s := range []struct {
		name string
		tell func(*testing.T, Target)
	}{
		{"a stranger becomes somebody with an assistant", theStranger},
		{"who somebody is, is proven each time", proof},
		{"nothing tells whether an account exists", silence},
		{"a lost password is replaced", lostPassword},
		{"bad input is refused with the field's name", badInput},
		{"pages and routes that are not there", notThere},
		{"a webhook without a signature changes nothing", unsigned},
		{"unknown senders are stored and not answered", unknownSender},
		{"STOP ends texts and START brings them back", stopAndStart},
		{"the carrier fails and nothing is lost or doubled", failingCarrier},
		{"the mail vendor fails and the mail arrives", failingMail},
		{"the assistant's tools, by text", tools},
		{"somebody without texts is told once", noTexts},
	} {
		t.Run(s.name, func(t *testing.T) { s.tell(t, x) })
	}
}

const goodPassword = "correct horse battery"

var people int

// somebody is the address and the phone of a person who was not there before.
func somebody(t *testing.T) (email, phone string) {
	people++
	return fmt.Sprintf("person%d@example.com", people), fmt.Sprintf("+1202555%04d", 2000+people)
}

// Member signs somebody up, verified and signed in.
func (x Target) Member(t *testing.T, email string) *Client {
	t.Helper()
	c := x.Client(t)
	c.Want(201, "POST", "/auth/signup", map[string]any{
		"email": email, "password": goodPassword, "name": "Ada", "time_zone": "America/New_York",
	}, nil)
	token := c.MailedToken(email, "confirm")
	c.Want(200, "POST", "/auth/verify-email", map[string]string{"token": token}, nil)
	c.SignIn(email, goodPassword)
	return c
}

// SignIn signs in.
func (c *Client) SignIn(email, password string) {
	c.T.Helper()
	var in struct{ Token string }
	c.Want(200, "POST", "/auth/login", map[string]string{"email": email, "password": password}, &in)
	c.Token = in.Token
}

// me is the user's id.
func (c *Client) me() string {
	c.T.Helper()
	var me struct{ User struct{ ID string } }
	c.Want(200, "GET", "/auth/me", nil, &me)
	return me.User.ID
}

// Grant puts the user on a tier.
func (c *Client) Grant(tier string) {
	c.T.Helper()
	if c.Target.Grant != nil {
		c.Target.Grant(c.T, c.me(), tier)
		return
	}
	a := c.PostForm("/sandbox/users/"+c.me()+"/grant", url.Values{"tier": {tier}})
	if a.Status != 303 {
		c.T.Fatalf("grant a tier: got %s", a)
	}
}

var code = regexp.MustCompile(`\b[0-9]{6}\b`)

// Prove adds a phone and gives back the code that arrives on it.
func (c *Client) Prove(phone string) {
	c.T.Helper()
	before := len(c.Texts(phone))
	var added struct {
		Phone struct {
			ID       string
			Verified bool
		}
	}
	c.Want(201, "POST", "/api/phones", map[string]string{"number": phone}, &added)
	if added.Phone.Verified {
		c.T.Fatal("a phone is proven before its code came back")
	}
	digits := code.FindString(c.NextText(phone, before))
	c.Want(200, "POST", "/api/phones/"+added.Phone.ID+"/verify", map[string]string{"code": digits}, &added)
	if !added.Phone.Verified {
		c.T.Fatal("the right code does not prove the phone")
	}
}

// Number waits for the assistant's number.
func (c *Client) Number() string {
	c.T.Helper()
	var number string
	c.Eventually("the assistant to have a number", func() bool {
		var list struct{ Data []struct{ Number string } }
		c.Want(200, "GET", "/api/phone-numbers", nil, &list)
		if len(list.Data) == 0 {
			return false
		}
		number = list.Data[0].Number
		return true
	})
	return number
}

// Owner is a member on AI Secretary with a proven phone and a number.
func (x Target) Owner(t *testing.T) (c *Client, phone, number string) {
	t.Helper()
	email, phone := somebody(t)
	c = x.Member(t, email)
	c.Grant("ai_secretary")
	c.Prove(phone)
	return c, phone, c.Number()
}

// smsUsed is how many messages the usage page counts.
func (c *Client) smsUsed() int64 {
	c.T.Helper()
	var usage struct {
		Features []struct {
			Feature  string
			Used     int64
			Included *int64
		}
	}
	c.Want(200, "GET", "/billing/usage", nil, &usage)
	for _, f := range usage.Features {
		if f.Feature == "sms_messages" {
			return f.Used
		}
	}
	c.T.Fatal("usage does not name sms_messages")
	return 0
}

// has fails unless text contains each of the words.
func has(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
			t.Errorf("%q does not say %q", text, w)
		}
	}
}

func theStranger(t *testing.T, x Target) {
	email, phone := somebody(t)
	c := x.Client(t)
	c.Want(201, "POST", "/auth/signup", map[string]any{
		"email": "  " + strings.ToUpper(email) + " ", "password": goodPassword, "name": "Ada",
		"time_zone": "America/New_York", "plan": "ai_cto",
	}, nil)
	if a := c.Do("POST", "/auth/login", map[string]string{"email": email, "password": goodPassword}); a.Status != 403 || a.Code() != "email_not_verified" {
		t.Errorf("signing in before the address is confirmed: got %d %s", a.Status, a.Code())
	}
	token := c.MailedToken(email, "confirm")
	if page := c.Do("GET", "/verify-email?token="+token, nil); page.Status != 200 || !strings.Contains(page.Body, "<form") {
		t.Errorf("the link's page: got %d", page.Status)
	}
	var verified struct {
		User struct {
			EmailVerified bool   `json:"email_verified"`
			Tier          string `json:"subscription_tier"`
			Username      string
		}
	}
	c.Want(200, "POST", "/auth/verify-email", map[string]string{"token": token}, &verified)
	if !verified.User.EmailVerified || verified.User.Tier != "ai_buddy" || verified.User.Username == "" {
		t.Errorf("after the link: got %+v; a wish must grant nothing", verified.User)
	}
	c.SignIn(email, goodPassword)
	c.Grant("ai_secretary")
	var plan struct {
		Plan   struct{ Tier string }
		Source string
		Wished *string `json:"wished_plan"`
	}
	c.Want(200, "GET", "/billing/subscription", nil, &plan)
	if plan.Plan.Tier != "ai_secretary" || plan.Source != "grant" || plan.Wished == nil || *plan.Wished != "ai_cto" {
		t.Errorf("the plan after the grant: got %+v", plan)
	}
	c.Prove(phone)
	number := c.Number()

	has(t, c.Ask(phone, number, "remind me to call Mike tomorrow at 2pm"), "call Mike", "tomorrow", "2:00 PM")
	has(t, c.Ask(phone, number, "what's on my list?"), "call Mike", "2:00 PM")

	var tasks struct {
		Data []struct {
			Title    string
			DueDate  time.Time  `json:"due_date"`
			Reminded *time.Time `json:"reminded_at"`
		}
	}
	c.Want(200, "GET", "/api/tasks", nil, &tasks)
	if len(tasks.Data) != 1 || tasks.Data[0].Title != "call Mike" || tasks.Data[0].Reminded != nil {
		t.Fatalf("the list: got %+v", tasks.Data)
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	due := tasks.Data[0].DueDate
	now := c.Now().In(zone)
	want := time.Date(now.Year(), now.Month(), now.Day()+1, 14, 0, 0, 0, zone)
	if !due.Equal(want) {
		t.Errorf("due: got %s, want %s", due.In(zone), want)
	}

	before := len(c.Texts(phone))
	c.Advance(due.Sub(c.Now()) - time.Minute)
	c.Eventually("the minute before to pass quietly", func() bool { return true })
	if n := len(c.Texts(phone)); n != before {
		t.Errorf("%d texts came before the reminder was due", n-before)
	}
	c.Advance(time.Minute)
	has(t, c.NextText(phone, before), "call Mike")

	counted := int64(3)
	if due.UTC().Month() != now.UTC().Month() {
		counted = 1 // usage begins anew
	}
	c.Eventually("the messages to be counted", func() bool { return c.smsUsed() == counted })
	page := c.page("/app")
	has(t, page, "AI Secretary", "call Mike", number)
	c.Eventually("the texts to be delivered", func() bool {
		var list struct {
			Data []struct{ Direction, Status string }
		}
		c.Want(200, "GET", "/api/messages", nil, &list)
		for _, m := range list.Data {
			if m.Direction == "out" && m.Status != "delivered" {
				return false
			}
		}
		return len(list.Data) >= 5
	})
}

// page reads a page as the signed-in user.
func (c *Client) page(path string) string {
	c.T.Helper()
	req, err := http.NewRequestWithContext(c.T.Context(), "GET", c.Target.BaseURL+path, nil)
	if err != nil {
		c.T.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "xswarm_session", Value: c.Token})
	a := c.send(req)
	if a.Status != http.StatusOK {
		c.T.Fatalf("%s: got %s", path, a)
	}
	return a.Body
}

func proof(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	for name, token := range map[string]string{
		"none": "", "nonsense": "abc", "one of another maker": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9.",
		"a changed one": c.Token[:len(c.Token)-2] + "xx",
	} {
		stranger := x.Client(t)
		stranger.Token = token
		if a := stranger.Do("GET", "/auth/me", nil); a.Status != 401 || a.Code() != "unauthenticated" || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("token: %s: got %d %s", name, a.Status, a.Code())
		}
	}
	second := x.Client(t)
	second.SignIn(email, goodPassword)
	c.Want(204, "POST", "/auth/logout", nil, nil)
	if a := c.Do("GET", "/auth/me", nil); a.Status != 401 {
		t.Errorf("after signing out: got %d", a.Status)
	}
	third := x.Client(t)
	third.SignIn(email, goodPassword)
	second.Want(204, "POST", "/auth/logout", map[string]bool{"all": true}, nil)
	for name, other := range map[string]*Client{"this one": second, "the other": third} {
		if a := other.Do("GET", "/auth/me", nil); a.Status != 401 {
			t.Errorf("%s after signing out everywhere: got %d", name, a.Status)
		}
	}
}

func silence(t *testing.T, x Target) {
	email, _ := somebody(t)
	x.Member(t, email)
	unknown, _ := somebody(t)
	c := x.Client(t)
	same := func(what, path string, body func(email string) any) {
		t.Helper()
		a, b := c.Do("POST", path, body(email)), c.Do("POST", path, body(unknown))
		a.Body = strings.ReplaceAll(a.Body, email, "ADDRESS")
		b.Body = strings.ReplaceAll(b.Body, unknown, "ADDRESS")
		if a.Status != b.Status || a.Body != b.Body {
			t.Errorf("%s: known %d %s, unknown %d %s", what, a.Status, a.Body, b.Status, b.Body)
		}
	}
	same("a wrong password", "/auth/login", func(e string) any { return map[string]string{"email": e, "password": "wrong password"} })
	same("a forgotten one", "/auth/forgot-password", func(e string) any { return map[string]string{"email": e} })
	same("the mail again", "/auth/resend-verification", func(e string) any { return map[string]string{"email": e} })
	same("signing up", "/auth/signup", func(e string) any { return map[string]string{"email": e, "password": goodPassword} })
	c.Eventually("the owner to be told of the sign-up", func() bool {
		for _, m := range c.Mails(email) {
			if strings.Contains(m.Subject, "already") {
				return true
			}
		}
		return false
	})
}

func lostPassword(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	c.Want(202, "POST", "/auth/forgot-password", map[string]string{"email": email}, nil)
	token := c.MailedToken(email, "new password")
	const fresh = "a quite different one"
	c.Want(200, "POST", "/auth/reset-password", map[string]string{"token": token, "password": fresh}, nil)
	if a := c.Do("GET", "/auth/me", nil); a.Status != 401 {
		t.Errorf("an old session after the reset: got %d", a.Status)
	}
	if a := c.Do("POST", "/auth/login", map[string]string{"email": email, "password": goodPassword}); a.Status != 401 || a.Code() != "invalid_credentials" {
		t.Errorf("the old password: got %d %s", a.Status, a.Code())
	}
	c.SignIn(email, fresh)
	for name, bad := range map[string]string{"a used token": token, "a foreign one": strings.Repeat("A", len(token)), "a short one": "x"} {
		a := c.Do("POST", "/auth/reset-password", map[string]string{"token": bad, "password": fresh})
		if a.Status != 422 || a.Code() != "invalid_token" {
			t.Errorf("%s: got %d %s", name, a.Status, a.Code())
		}
	}
	c.Want(202, "POST", "/auth/forgot-password", map[string]string{"email": email}, nil)
	c.Eventually("a second mail about the password", func() bool {
		n := 0
		for _, m := range c.Mails(email) {
			if strings.Contains(m.Subject, "new password") && tokenLink.MatchString(m.Text) {
				n++
			}
		}
		return n >= 2
	})
	late := c.MailedToken(email, "new password")
	c.Advance(61 * time.Minute)
	if a := c.Do("POST", "/auth/reset-password", map[string]string{"token": late, "password": fresh}); a.Code() != "invalid_token" {
		t.Errorf("a token of an hour ago: got %d %s", a.Status, a.Code())
	}
}

func badInput(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	long := strings.Repeat("x", 70<<10)
	for _, bad := range []struct {
		name, method, path string
		body               any
		status             int
		code, location     string
	}{
		{"no JSON", "POST", "/auth/signup", "{", 400, "bad_request", ""},
		{"an array", "POST", "/auth/signup", "[]", 422, "invalid_request", "body"},
		{"nothing", "POST", "/auth/signup", "", 400, "bad_request", ""},
		{"an unknown field", "POST", "/auth/signup", `{"email":"a@example.com","password":"s3cret-s3cret","role":"admin"}`, 422, "invalid_request", "body.role"},
		{"a wrong type", "POST", "/auth/signup", `{"email":7,"password":"s3cret-s3cret"}`, 422, "invalid_request", "body.email"},
		{"no address", "POST", "/auth/signup", `{"email":"nobody","password":"s3cret-s3cret"}`, 422, "invalid_request", "body.email"},
		{"a short password", "POST", "/auth/signup", `{"email":"a@example.com","password":"s3cret"}`, 422, "invalid_request", "body.password"},
		{"no such zone", "POST", "/auth/signup", `{"email":"a@example.com","password":"s3cret-s3cret","time_zone":"Mars/Olympus"}`, 422, "invalid_request", "body.time_zone"},
		{"no such plan", "POST", "/auth/signup", `{"email":"a@example.com","password":"s3cret-s3cret","plan":"enterprise"}`, 422, "invalid_request", "body.plan"},
		{"too large", "POST", "/auth/signup", `{"email":"` + long + `"}`, 413, "too_large", ""},
		{"no such phone", "POST", "/api/phones", `{"number":"12"}`, 422, "invalid_request", "body.number"},
		{"a page too long", "GET", "/api/tasks?limit=1000", nil, 422, "invalid_request", "query.limit"},
		{"no such status", "GET", "/api/tasks?status=late", nil, 422, "invalid_request", "query.status"},
		{"a wrong cursor", "GET", "/api/messages?cursor=%2Fx", nil, 422, "invalid_request", "query.cursor"},
		{"somebody else's phone", "DELETE", "/api/phones/phn_01h00000000000000000000000", nil, 404, "not_found", ""},
	} {
		t.Run(bad.name, func(t *testing.T) {
			a := c.Do(bad.method, bad.path, bad.body)
			if a.Status != bad.status || a.Code() != bad.code {
				t.Errorf("got %d %s, want %d %s\n%s", a.Status, a.Code(), bad.status, bad.code, a.Body)
			}
			if a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("X-Request-ID") == "" {
				t.Errorf("headers: %v", a.Header)
			}
			if strings.Contains(a.Body, "s3cret") {
				t.Errorf("the password is repeated: %s", a.Body)
			}
			if bad.location != "" && !strings.Contains(a.Body, `"location":"`+bad.location+`"`) {
				t.Errorf("%s is not named: %s", bad.location, a.Body)
			}
		})
	}
}

func notThere(t *testing.T, x Target) {
	c := x.Client(t)
	if a := c.Do("GET", "/api/nothing", nil); a.Status != 404 || a.Code() != "no_such_route" {
		t.Errorf("an unknown route: got %d %s", a.Status, a.Code())
	}
	if a := c.Do("GET", "/auth/login", nil); a.Status != 405 || a.Header.Get("Allow") != "POST" || a.Code() != "method_not_allowed" {
		t.Errorf("a wrong method: got %d, Allow %q, %s", a.Status, a.Header.Get("Allow"), a.Code())
	}
	if a := c.Do("GET", "/nowhere", nil); a.Status != 404 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("an unknown page: got %d %s", a.Status, a.Header.Get("Content-Type"))
	}
	for _, path := range []string{"/", "/login", "/docs", "/healthz", "/openapi.json"} {
		a := c.Do("GET", path, nil)
		if a.Status != 200 {
			t.Errorf("%s: got %d", path, a.Status)
		}
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: got Content-Security-Policy %q", path, csp)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
	}
	if strings.Contains(c.Do("GET", "/docs", nil).Body, "https://unpkg") {
		t.Error("/docs loads something from elsewhere")
	}
	var description struct{ Paths map[string]any }
	c.Want(200, "GET", "/openapi.json", nil, &description)
	for _, path := range []string{"/auth/signup", "/billing/usage", "/api/phones/{id}/verify", "/api/memory/facts"} {
		if description.Paths[path] == nil {
			t.Errorf("/openapi.json lacks %s", path)
		}
	}
}

func unsigned(t *testing.T, x Target) {
	c, phone, number := x.Owner(t)
	form := url.Values{
		"MessageSid": {"SM00000000000000000000000000000001"}, "AccountSid": {"AC00000000000000000000000000000000"},
		"From": {phone}, "To": {number}, "Body": {"add steal the crown jewels"}, "NumMedia": {"0"},
	}
	for _, path := range []string{"/webhooks/twilio/sms", "/webhooks/twilio/status"} {
		if a := x.Client(t).PostForm(path, form); a.Status != 403 || a.Code() != "invalid_signature" {
			t.Errorf("%s: got %d %s", path, a.Status, a.Code())
		}
	}
	if got := c.Do("GET", "/api/messages", nil).Body; strings.Contains(got, "crown jewels") {
		t.Error("an unsigned text was stored")
	}
}

func unknownSender(t *testing.T, x Target) {
	c, _, number := x.Owner(t)
	_, stranger := somebody(t)
	c.SendText(stranger, number, "what's on my list?")
	c.Eventually("the webhook to be delivered", func() bool {
		return strings.Contains(c.Do("GET", "/sandbox/api/webhooks", nil).Body, stranger[1:])
	})
	// What is sent afterwards is answered: so the stranger's would have been.
	_, phone, own := x.Owner(t)
	c.Ask(phone, own, "help me out, what can you do?")
	if got := c.Texts(stranger); len(got) != 0 {
		t.Errorf("the stranger was answered: %+v", got)
	}
	if got := c.Do("GET", "/api/messages", nil).Body; !strings.Contains(got, stranger) {
		t.Errorf("the owner cannot see what was quarantined: %s", got)
	}
}

func stopAndStart(t *testing.T, x Target) {
	c, phone, number := x.Owner(t)
	has(t, c.Ask(phone, number, "STOP"), "NETWORK MSG")
	used := c.smsUsed()
	other, _ := somebody(t)
	x.Member(t, other).Want(409, "POST", "/api/phones", map[string]string{"number": phone}, nil)
	before := len(c.Texts(phone))
	c.SendText(phone, number, "add water the plants")
	c.Eventually("the task to be added all the same", func() bool {
		return strings.Contains(c.Do("GET", "/api/tasks", nil).Body, "water the plants")
	})
	if got := c.Texts(phone); len(got) != before {
		t.Errorf("somebody who said STOP got %+v", got[0])
	}
	has(t, c.Ask(phone, number, "start"), "NETWORK MSG")
	has(t, c.Ask(phone, number, "what's on my list?"), "water the plants")
	has(t, c.Ask(phone, number, "HELP"), "STOP")
	c.Eventually("only the assistant's answer to be counted", func() bool { return c.smsUsed() == used+1 })
}

func failingCarrier(t *testing.T, x Target) {
	c, phone, number := x.Owner(t)
	used := c.smsUsed()
	for i, kind := range []string{"429", "500", "503", "timeout_after_commit"} {
		c.Fault("twilio", "messages.create", kind, 1)
		title := fmt.Sprintf("errand number %d", i)
		before := len(c.Texts(phone))
		c.SendText(phone, number, "add "+title)
		// The clock moves on, so that the retry is due.
		c.Eventually("the answer after "+kind, func() bool {
			c.Advance(10 * time.Second)
			return len(c.Texts(phone)) > before
		})
		has(t, c.Texts(phone)[0].Body, title)
	}
	c.Eventually("four answers to be counted", func() bool { return c.smsUsed() == used+4 })
	c.Advance(2 * time.Hour)
	c.Ask(phone, number, "usage")
	answers := 0
	for _, m := range c.Texts(phone) {
		if strings.Contains(m.Body, "errand number") {
			answers++
		}
	}
	if answers != 4 {
		t.Errorf("got %d answers to 4 texts", answers)
	}
	c.Fault("twilio", "webhook.sms", "duplicate", 1)
	before := len(c.Texts(phone))
	c.SendText(phone, number, "add errand in duplicate")
	c.NextText(phone, before)
	c.Ask(phone, number, "usage")
	var tasks struct{ Data []struct{ Title string } }
	c.Want(200, "GET", "/api/tasks", nil, &tasks)
	n := 0
	for _, task := range tasks.Data {
		if task.Title == "errand in duplicate" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("a webhook delivered twice made %d tasks", n)
	}
}

func failingMail(t *testing.T, x Target) {
	for _, kind := range []string{"500", "429"} {
		email, _ := somebody(t)
		c := x.Client(t)
		c.Fault("sendgrid", "mail.send", kind, 1)
		c.Want(201, "POST", "/auth/signup", map[string]string{"email": email, "password": goodPassword}, nil)
		c.Eventually("the mail after "+kind, func() bool {
			c.Advance(10 * time.Second)
			return len(c.Mails(email)) == 1
		})
	}
}

func tools(t *testing.T, x Target) {
	c, phone, number := x.Owner(t)
	for _, turn := range []struct {
		say  string
		want []string
	}{
		{"add buy 2 high chairs", []string{"buy 2 high chairs"}},
		{"add call the bank", []string{"call the bank"}},
		{"my tasks", []string{"buy 2 high chairs", "call the bank"}},
		{"done call the bank", []string{"call the bank"}},
		{"remember that Anna's birthday is May 3", []string{"Anna"}},
		{"when is Anna's birthday?", []string{"May 3"}},
		{"forget about Anna's birthday", []string{"Anna"}},
		{"usage", []string{"500"}},
	} {
		has(t, c.Ask(phone, number, turn.say), turn.want...)
	}
	if got := c.Do("GET", "/api/memory/facts", nil).Body; strings.Contains(got, "birthday") {
		t.Errorf("a forgotten fact is still there: %s", got)
	}
	var done struct {
		Data []struct{ Title, Status string }
	}
	c.Want(200, "GET", "/api/tasks?status=done", nil, &done)
	if len(done.Data) != 1 || done.Data[0].Title != "call the bank" {
		raw, _ := json.Marshal(done.Data)
		t.Errorf("what is done: got %s", raw)
	}
}

func noTexts(t *testing.T, x Target) {
	email, phone := somebody(t)
	c := x.Member(t, email)
	c.Prove(phone)
	has(t, c.Ask(phone, x.Shared, "what's on my list?"), "AI Secretary")
	before := len(c.Texts(phone))
	c.SendText(phone, x.Shared, "and now?")
	c.Eventually("the second text to be taken in", func() bool {
		return strings.Contains(c.Do("GET", "/api/messages", nil).Body, "and now?")
	})
	_, other, number := x.Owner(t)
	c.Ask(other, number, "usage")
	if got := c.Texts(phone); len(got) != before {
		t.Errorf("told twice: %+v", got[0])
	}
	if used := c.smsUsed(); used != 0 {
		t.Errorf("a notice was counted: %d", used)
	}
}
