package apptest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
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
		{"a changed password ends every other session", changedPassword},
		{"devices are seen and signed out", devices},
		{"an address is changed by both of its owners", changedAddress},
		{"a change of address is refused by one of them", refusedAddress},
		{"a username is changed, and the old one stays reserved", changedUsername},
		{"wrong passwords have to wait longer and longer", growingDelay},
		{"a disabled user is nobody", disabled},
		{"a request that is sent again is done once", sentAgain},
		{"operators see the jobs, and nobody else does", operators},
		{"bad input is refused with the field's name", badInput},
		{"pages and routes that are not there", notThere},
		{"a webhook without a signature changes nothing", unsigned},
		{"unknown senders are stored and not answered", unknownSender},
		{"STOP ends texts and START brings them back", stopAndStart},
		{"the carrier fails and nothing is lost or doubled", failingCarrier},
		{"the mail vendor fails and the mail arrives", failingMail},
		{"the assistant's tools, by text", tools},
		{"somebody without texts is told once", noTexts},
		{"a plan is bought, used, and on the bill", bought},
		{"a plan is changed up at once, and down at its end", changed},
		{"a payment that fails is told, and mended", owing},
		{"a spending cap is chosen", capped},
		{"a payment event without a signature changes nothing", unsignedPayment},
		{"numbers are bought and given up by the pages", numbersPage},
		{"numbers beyond the included one are bought, billed and given up", moreNumbers},
	} {
		t.Run(s.name, func(t *testing.T) { s.tell(t, x) })
	}
}

const goodPassword = "correct horse battery"

var people atomic.Int64

// somebody is the address and the phone of a person who was not there before.
func somebody(t *testing.T) (email, phone string) {
	n := people.Add(1)
	return fmt.Sprintf("person%d@example.com", n), fmt.Sprintf("+1202555%04d", 2000+n)
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
