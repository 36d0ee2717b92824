//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"xswarm.ai/server/internal/apptest"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/stripe"
)

// buyer is somebody who buys a plan, and moves up, while something goes wrong.
type buyer struct {
	*apptest.Client
	email string
}

// sells lets Stripe sell the plans.
func (w *world) sells() {
	w.t.Helper()
	command(w.t, w.home, w.env(), "", "setup", "stripe")
}

// buyer makes an account beside the running server.
func (w *world) buyer(email string) buyer {
	w.t.Helper()
	command(w.t, w.home, w.env(), password+"\n", "user", "create", email, "--name", "Bea", "--time-zone", "America/New_York")
	b := buyer{w.Client(w.t), email}
	b.SignIn(email, password)
	return b
}

// buyers are so many people who buy.
func (w *world) buyers(n int) (list []buyer) {
	w.t.Helper()
	for i := range n {
		list = append(list, w.buyer(fmt.Sprintf("buyer%d@example.com", i)))
	}
	return list
}

// buying lets those buy whose turn it is, one after the other over all of the kills, and
// reports whether somebody does.
func (c *crowd) buying(buyers []buyer, n, kills int) (does bool) {
	for i, b := range buyers {
		if n == i*kills/len(buyers) {
			c.buys(b)
			does = true
		}
	}
	return does
}

// payingEmail is the address of the subscriber among those who text.
const payingEmail = "owner3@example.com"

// subscriber is somebody with a phone who pays for their plan and has used up the
// texts that it includes: each one more costs something.
func (w *world) subscriber(email, phone string) person {
	w.t.Helper()
	b := w.buyer(email)
	var order struct{ URL string }
	b.Want(200, "POST", "/billing/checkout", map[string]string{"tier": "ai_secretary"}, &order)
	b.Want(200, "POST", "/sandbox/api/payments/checkout/"+path.Base(order.URL), map[string]string{"outcome": "complete"}, nil)
	p := person{Client: b.Client, phone: phone}
	p.number = p.Number()
	p.Prove(phone)
	w.database(func(ctx context.Context, e store.Engine) error {
		s, now := store.New(e, time.Now), time.Now()
		u, err := s.UserByEmail(ctx, email)
		if err != nil {
			return err
		}
		return s.RecordUsage(ctx, billing.Record{
			ID: id.New(id.Usage, now), UserID: u.ID, Feature: plan.SMSMessages, Quantity: usedUp, Measured: usedUp, RecordedAt: now, SourceKey: "sms:before",
		})
	})
	return p
}

// usedUp is how many texts AI Secretary includes.
const usedUp = 500

// buys lets somebody order a plan, pay, come back, and move up. What is not answered
// they do again.
func (c *crowd) buys(b buyer) {
	c.work <- func() {
		var order struct{ URL string }
		a := c.insistsAs(b.Token, "/billing/checkout", map[string]string{"tier": "ai_secretary"})
		if err := json.Unmarshal([]byte(a.body), &order); a.status != 200 || err != nil {
			c.fails("%s orders: got %d %s", b.email, a.status, a.body)
			return
		}
		if again := c.insistsAs(b.Token, "/billing/checkout", map[string]string{"tier": "ai_secretary"}); !strings.Contains(again.body, order.URL) {
			c.fails("%s orders the same again: got %d %s", b.email, again.status, again.body)
		}
		back, err := c.pays(path.Base(order.URL))
		if err != nil {
			c.fails("%s pays: %v", b.email, err)
			return
		}
		c.returns(b.Token, back)
		for moved := false; !moved && c.w.t.Context().Err() == nil; {
			switch a := c.insistsAs(b.Token, "/billing/change", map[string]string{"tier": "ai_project_manager"}); {
			case a.status == 200, a.status == 409 && strings.Contains(a.body, "same_plan"):
				moved = true
			case a.status == 503: // what was asked of Stripe was cut off
				c.rest()
			default:
				c.fails("%s moves up: got %d %s", b.email, a.status, a.body)
				return
			}
		}
		c.note(func(l *ledger) { l.bought = append(l.bought, b) })
	}
}

// fails notes a failure, unless the test is over.
func (c *crowd) fails(format string, args ...any) {
	if c.w.t.Context().Err() == nil {
		c.w.t.Errorf(format, args...)
	}
}

// pays pays on the page of a checkout, and says where that leads back to.
func (c *crowd) pays(session string) (back string, err error) {
	req, err := http.NewRequestWithContext(c.w.t.Context(), "POST", c.w.Sandbox+"/api/payments/checkout/"+session, strings.NewReader(`{"outcome":"complete"}`))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	var paid struct{ Redirect string }
	if err == nil && res.StatusCode != 200 {
		err = fmt.Errorf("got %d %s", res.StatusCode, said)
	}
	if err == nil {
		err = json.Unmarshal(said, &paid)
	}
	return paid.Redirect, err
}

// returns loads the page to which somebody comes back from paying until it is there,
// and with it what they paid for.
func (c *crowd) returns(token, back string) {
	u, err := url.Parse(back)
	if err != nil {
		c.fails("back to %q: %v", back, err)
		return
	}
	for c.w.t.Context().Err() == nil {
		req, err := http.NewRequestWithContext(c.w.t.Context(), "GET", c.w.BaseURL+u.RequestURI(), nil)
		if err != nil {
			c.fails("%v", err)
			return
		}
		req.AddCookie(&http.Cookie{Name: "xswarm_session", Value: token})
		res, err := c.http.Transport.RoundTrip(req)
		if err != nil {
			c.rest()
			continue
		}
		said, err := io.ReadAll(res.Body)
		res.Body.Close()
		switch {
		case err != nil || res.StatusCode >= 500:
			c.rest()
		case res.StatusCode < 400:
			return
		default:
			c.fails("back from paying: got %d %s", res.StatusCode, last(string(said), 300))
			return
		}
	}
}

// catchesUp lets what waits for its hour, or for its five minutes, be done now: events
// are looked for that no webhook told, and usage is reported.
func (w *world) catchesUp() {
	w.t.Helper()
	for _, kind := range []string{billing.KindSweep, billing.KindUsage} {
		w.change("UPDATE jobs SET run_at = 1 WHERE state = 'queued' AND kind = '" + kind + "'")
		until(w.t, kind+" is done", time.Minute, func() (bool, any) {
			var due []string
			w.database(func(ctx context.Context, e store.Engine) error {
				list, err := store.New(e, time.Now).ListJobs(ctx, jobs.Query{Limit: 10_000})
				for _, j := range list {
					if strings.HasPrefix(j.Kind, "billing.") && j.State != jobs.Done && j.RunAt.Before(time.Now()) {
						due = append(due, j.Kind)
					}
				}
				return err
			})
			return len(due) == 0, due
		})
	}
}

// everyBuyerPaysOnce insists that whoever bought is one customer with one
// subscription, and was charged once for it and once for moving up.
func (w *world) everyBuyerPaysOnce(bought []buyer, want int) {
	w.t.Helper()
	if len(bought) != want {
		w.t.Errorf("%d of %d have bought", len(bought), want)
	}
	for _, b := range bought {
		customer := w.onlyCustomer(b.email)
		if live := w.paymentsOf("subscriptions", customer, "status", "active"); live != 1 {
			w.t.Errorf("%s has %d subscriptions", b.email, live)
		}
		if paid := w.paymentsOf("charges", customer, "status", "succeeded"); paid != 2 {
			w.t.Errorf("%s was charged %d times, want for the plan and for the higher one", b.email, paid)
		}
		if open := w.paymentsOf("checkouts", customer, "status", "open"); open != 0 {
			w.t.Errorf("%s has %d more checkouts", b.email, open)
		}
		var sub struct{ Tier string }
		b.Want(200, "GET", "/billing/subscription", nil, &sub)
		if sub.Tier != "ai_project_manager" {
			w.t.Errorf("%s is on %s", b.email, sub.Tier)
		}
	}
}

// onlyCustomer is what an address is called at Stripe, where it must be one.
func (w *world) onlyCustomer(email string) string {
	w.t.Helper()
	var list struct{ Data []struct{ ID string } }
	w.Client(w.t).Want(200, "GET", "/sandbox/api/payments/customers?email="+url.QueryEscape(email), nil, &list)
	if len(list.Data) != 1 {
		w.t.Fatalf("%s is %d customers", email, len(list.Data))
	}
	return list.Data[0].ID
}

// paymentsOf counts what a customer has of something, of those with a value in a field.
func (w *world) paymentsOf(what, customer, field, value string) (n int) {
	w.t.Helper()
	var list struct{ Data []map[string]any }
	w.Client(w.t).Want(200, "GET", "/sandbox/api/payments/"+what+"?customer="+customer, nil, &list)
	for _, row := range list.Data {
		if row[field] == value {
			n++
		}
	}
	return n
}

// everyTextIsReported insists that Stripe counts the texts that somebody has used.
func (w *world) everyTextIsReported(p person, email string) {
	w.t.Helper()
	c := stripe.New(stripe.Options{
		SecretKey: w.settings["STRIPE_SECRET_KEY"], BaseURL: w.settings["STRIPE_API_BASE"], Transport: &http.Transport{}, Now: time.Now,
	})
	today := time.Now().UTC().Truncate(24 * time.Hour)
	customer, used := w.onlyCustomer(email), p.used()
	if used <= usedUp {
		w.t.Errorf("%s has used %d texts only", email, used)
	}
	until(w.t, fmt.Sprintf("Stripe counts the %d texts of %s", used, email), 20*time.Second, func() (bool, any) { // what it is told now, it counts a little later
		days, err := c.Reported(w.t.Context(), customer, plan.SMSMessages, billing.Period{Start: today.AddDate(0, 0, -2), End: today.AddDate(0, 0, 2)})
		if err != nil {
			w.t.Fatal(err)
		}
		var counted int64
		for _, n := range days {
			counted += n
		}
		return counted == int64(used), counted
	})
}

// everyEventIsApplied insists that what Stripe told was acted on, and that nothing
// about money needs a person.
func (w *world) everyEventIsApplied() (events int) {
	w.t.Helper()
	w.database(func(ctx context.Context, e store.Engine) error {
		s := store.New(e, time.Now)
		list, err := s.PaymentEvents(ctx, "", "", 10_000)
		for _, event := range list {
			if event.State != billing.EventApplied && event.State != billing.EventIgnored {
				w.t.Errorf("%s %s is %s: %s", event.Kind, event.ID, event.State, event.Note)
			}
		}
		if err != nil {
			return err
		}
		alerts, err := s.Alerts(ctx, false, 100)
		for _, a := range alerts {
			w.t.Errorf("an alert: %s: %s", a.Kind, a.Message)
		}
		events = len(list)
		return err
	})
	return events
}
