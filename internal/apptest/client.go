// Package apptest is the product seen from outside: a client of its API and of
// the sandbox's control plane, and the stories that must come true over HTTP,
// whatever the product runs on. A build's own test starts it and calls Stories.
package apptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Target is a running product with a sandbox.
type Target struct {
	BaseURL string // of the product
	Sandbox string // of the sandbox: ".../sandbox"
	Shared  string // the service's own number

	// Grant puts a user on a tier; nil: by the inspector's button, which is there
	// when the sandbox runs inside the product.
	Grant func(t *testing.T, userID, tier string)
	// Operate runs one of the operator's commands: "user", "disable", ….
	Operate func(t *testing.T, args ...string)
	// Advance moves the product's clock; nil: it is the sandbox's.
	Advance func(t *testing.T, d time.Duration)
}

// Client is somebody who uses the API.
type Client struct {
	T      *testing.T
	Target Target
	Token  string
	Header map[string]string // of every request
	http   *http.Client
}

// Client returns somebody who is not signed in.
func (x Target) Client(t *testing.T) *Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{T: t, Target: x, http: &http.Client{
		Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// String is the answer, for a failure's message: not all of a long one.
func (a Answer) String() string {
	body := a.Body
	if len(body) > 500 {
		body = body[:500] + "…"
	}
	return fmt.Sprintf("%d %s", a.Status, body)
}

// Code is the problem's code, or "".
func (a Answer) Code() string {
	var p struct{ Code string }
	json.Unmarshal([]byte(a.Body), &p)
	return p.Code
}

// Decode reads the body as JSON into v.
func (a Answer) Decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), v); err != nil {
		t.Fatalf("the answer is not the JSON that was expected: %v\n%s", err, a.Body)
	}
}

// Do sends a request; body is nil, a string (sent as it is) or a value (sent as
// JSON). A path that begins with /sandbox goes to the sandbox.
func (c *Client) Do(method, path string, body any) Answer {
	c.T.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			c.T.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	address := c.Target.BaseURL + path
	if rest, ok := strings.CutPrefix(path, "/sandbox"); ok {
		address = c.Target.Sandbox + rest
	}
	req, err := http.NewRequestWithContext(c.T.Context(), method, address, r)
	if err != nil {
		c.T.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.send(req)
}

// PostForm sends a form, as a page does.
func (c *Client) PostForm(path string, form url.Values) Answer {
	c.T.Helper()
	address := c.Target.BaseURL + path
	if rest, ok := strings.CutPrefix(path, "/sandbox"); ok {
		address = c.Target.Sandbox + rest
	}
	req, err := http.NewRequestWithContext(c.T.Context(), "POST", address, strings.NewReader(form.Encode()))
	if err != nil {
		c.T.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.send(req)
}

func (c *Client) send(req *http.Request) Answer {
	c.T.Helper()
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for name, value := range c.Header {
		req.Header.Set(name, value)
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.T.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.T.Fatal(err)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: string(raw)}
}

// Want sends a request, insists on the status, and decodes the answer into out
// unless that is nil.
func (c *Client) Want(status int, method, path string, body, out any) Answer {
	c.T.Helper()
	a := c.Do(method, path, body)
	if a.Status == http.StatusTooManyRequests && status != a.Status {
		// The stories are told faster than people live them.
		c.Advance(time.Hour)
		a = c.Do(method, path, body)
	}
	if a.Status != status {
		c.T.Fatalf("%s %s: got %s, want %d", method, path, a, status)
	}
	if out != nil {
		a.Decode(c.T, out)
	}
	return a
}

// Eventually waits until f says that it is so; what describes what was waited
// for.
func (c *Client) Eventually(what string, f func() bool) {
	c.T.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !f() {
		if time.Now().After(deadline) {
			c.T.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Mail is a mail as the sandbox shows it.
type Mail struct {
	ID, From, Subject, Text, HTML string
	To                            []string
	Headers                       map[string]string
}

// Mails returns the mails to an address, newest first.
func (c *Client) Mails(to string) []Mail {
	c.T.Helper()
	var list struct{ Data []Mail }
	c.Want(200, "GET", "/sandbox/api/mails", nil, &list)
	var out []Mail
	for _, m := range list.Data {
		for _, a := range m.To {
			if strings.EqualFold(a, to) {
				out = append(out, m)
			}
		}
	}
	return out
}

var tokenLink = regexp.MustCompile(`token=([A-Za-z0-9_-]+)`)

// MailedToken waits for a mail with that in its subject and returns the token in
// its link.
func (c *Client) MailedToken(to, subject string) string {
	c.T.Helper()
	var token string
	c.Eventually(fmt.Sprintf("a mail about %q with a link", subject), func() bool {
		for _, m := range c.Mails(to) {
			if !strings.Contains(strings.ToLower(m.Subject), subject) {
				continue
			}
			if found := tokenLink.FindStringSubmatch(m.Text); found != nil {
				token = found[1]
				return true
			}
		}
		return false
	})
	return token
}

// Text is a text as the sandbox shows it.
type Text struct {
	ID, Direction, From, To, Body, Status string
	Segments                              int
}

// Texts returns the texts that arrived at a person's phone, newest first.
func (c *Client) Texts(phone string) []Text {
	c.T.Helper()
	var list struct{ Data []Text }
	c.Want(200, "GET", "/sandbox/api/texts", nil, &list)
	var out []Text
	for _, t := range list.Data {
		if t.To == phone {
			out = append(out, t)
		}
	}
	return out
}

// SendText texts a number from a person's phone.
func (c *Client) SendText(from, to, body string) {
	c.T.Helper()
	a := c.Do("POST", "/sandbox/api/texts", map[string]string{"from": from, "to": to, "body": body})
	if a.Status/100 != 2 {
		c.T.Fatalf("text the assistant: got %s", a)
	}
}

// Ask texts a number and waits for one more text to arrive at the phone.
func (c *Client) Ask(from, to, body string) string {
	c.T.Helper()
	before := len(c.Texts(from))
	c.SendText(from, to, body)
	return c.NextText(from, before)
}

// NextText waits until more than so many texts have arrived at a phone and
// returns the newest.
func (c *Client) NextText(phone string, before int) string {
	c.T.Helper()
	var got string
	c.Eventually("a text to arrive", func() bool {
		list := c.Texts(phone)
		if len(list) <= before {
			return false
		}
		got = list[0].Body
		return true
	})
	return got
}

// Advance moves the sandbox's clock.
func (c *Client) Advance(d time.Duration) time.Time {
	c.T.Helper()
	var clock struct{ Now time.Time }
	c.Want(200, "POST", "/sandbox/api/clock", map[string]string{"advance": d.String()}, &clock)
	if c.Target.Advance != nil {
		c.Target.Advance(c.T, d)
	}
	return clock.Now
}

// Now is the sandbox's clock.
func (c *Client) Now() time.Time {
	c.T.Helper()
	var clock struct{ Now time.Time }
	c.Want(200, "GET", "/sandbox/api/clock", nil, &clock)
	return clock.Now
}

// Fault makes the next n requests to a vendor fail.
func (c *Client) Fault(vendor, operation, kind string, n int) {
	c.T.Helper()
	a := c.Do("POST", "/sandbox/api/faults", map[string]any{"vendor": vendor, "operation": operation, "kind": kind, "next": n})
	if a.Status/100 != 2 {
		c.T.Fatalf("set a fault: got %s", a)
	}
}
