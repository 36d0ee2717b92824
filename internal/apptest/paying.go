package apptest

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// The cards that people have in the sandbox.
const (
	goodCard     = "4242424242424242"
	failingCard  = "4000000000000341" // it is taken, and every later payment fails
	declinedCard = "4000000000000002"
)

// Standing is the plan that somebody is on, as the API says it.
type Standing struct {
	Tier    string
	Source  string
	Status  string
	Period  struct{ Start, End time.Time }
	Ends    bool      `json:"cancel_at_period_end"`
	Grace   time.Time `json:"grace_end"`
	Pending *struct {
		Tier string
		At   time.Time
	} `json:"pending_change"`
}

// Standing asks for it.
func (c *Client) Standing() (s Standing) {
	c.T.Helper()
	c.Want(200, "GET", "/billing/subscription", nil, &s)
	return s
}

// Bill is one of somebody's bills, as the API says it.
type Bill struct {
	ID, Status, Total, Refunded string
	Due                         string `json:"amount_due"`
	Lines                       []struct {
		Description, Amount string
		Quantity            int64
	}
}

// Bills returns them, newest first.
func (c *Client) Bills() []Bill {
	c.T.Helper()
	var list struct{ Data []Bill }
	c.Want(200, "GET", "/billing/invoices", nil, &list)
	return list.Data
}

// Order asks for a plan and returns the name of the session in which it is paid.
func (c *Client) Order(tier string) (session string) {
	c.T.Helper()
	var order struct{ URL string }
	c.Want(200, "POST", "/billing/checkout", map[string]string{"tier": tier}, &order)
	u, err := url.Parse(order.URL)
	if err != nil || !strings.HasPrefix(path.Base(u.Path), "cs_") {
		c.T.Fatalf("the order leads to %q, %v", order.URL, err)
	}
	return path.Base(u.Path)
}

// Pays lets somebody pay for an order with a card, and returns where that leads
// them, or why the card was declined.
func (c *Client) Pays(session, card string) (back, declined string) {
	c.T.Helper()
	outcome := "complete"
	if card == declinedCard {
		outcome = "fail"
	}
	var came struct{ Redirect, Declined string }
	c.Want(200, "POST", "/sandbox/api/payments/checkout/"+session, map[string]string{"card": card, "outcome": outcome}, &came)
	return came.Redirect, came.Declined
}

// Returns follows the way back from paying, with the browser's session.
func (c *Client) Returns(back string) Answer {
	c.T.Helper()
	u, err := url.Parse(back)
	if err != nil {
		c.T.Fatal(err)
	}
	req, err := http.NewRequestWithContext(c.T.Context(), "GET", c.Target.BaseURL+u.RequestURI(), nil)
	if err != nil {
		c.T.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "xswarm_session", Value: c.Token})
	return c.send(req)
}

// Buy buys a plan with a card.
func (c *Client) Buy(tier, card string) {
	c.T.Helper()
	back, declined := c.Pays(c.Order(tier), card)
	if declined != "" {
		c.T.Fatalf("%s was declined: %s", card, declined)
	}
	if a := c.Returns(back); a.Status/100 > 3 {
		c.T.Fatalf("coming back from paying: got %s", a)
	}
	if s := c.Standing(); s.Tier != tier || s.Source != "subscription" {
		c.T.Fatalf("after buying %s: got %+v", tier, s)
	}
}

// customer is what the payment provider calls the user.
func (c *Client) customer() string {
	c.T.Helper()
	var list struct{ Data []struct{ ID string } }
	c.Want(200, "GET", "/sandbox/api/payments/customers?email="+url.QueryEscape(c.address()), nil, &list)
	if len(list.Data) != 1 {
		c.T.Fatalf("%d customers have the user's address, want 1", len(list.Data))
	}
	return list.Data[0].ID
}

// metered is how many texts the payment provider counts in the user's period.
func (c *Client) metered() string {
	c.T.Helper()
	var meters struct {
		Data []struct {
			Event string `json:"event_name"`
			Used  []struct{ Customer, Value string }
		}
	}
	c.Want(200, "GET", "/sandbox/api/payments/meters", nil, &meters)
	customer := c.customer()
	for _, m := range meters.Data {
		for _, u := range m.Used {
			if u.Customer == customer && strings.Contains(m.Event, "sms_messages") {
				return u.Value
			}
		}
	}
	return ""
}

// later lets so much time go by that everybody has to sign in again.
func (c *Client) later(email string, d time.Duration) {
	c.T.Helper()
	c.Advance(d)
	c.SignIn(email, goodPassword)
}

// soon waits until f says that it is so. Now and then time goes by, so that what is
// tried again comes to be: where the sandbox runs apart from the product, the two
// clocks are moved one after the other, and what is signed between is refused.
func (c *Client) soon(what string, f func() bool) {
	c.T.Helper()
	const patience = 2 * time.Second
	next := time.Now().Add(patience)
	c.Eventually(what, func() bool {
		if f() {
			return true
		}
		if time.Now().After(next) {
			c.Advance(10 * time.Minute)
			next = time.Now().Add(patience)
		}
		return false
	})
}
