package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

var demoPassword = regexp.MustCompile(`password: (\S+)`)

// stripe measures a signed event of Stripe's, verified, stored and acknowledged,
// beside a server that commits one row for the same: events about nothing that we
// act on, and about a customer, who is read from Stripe anew for each of them while
// the next ones arrive. The emulated Stripe is in the same process.
func (b *bench) stripe() error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := b.server(dir)
	if err != nil {
		return err
	}
	defer c.stop()
	i, err := b.reference("insert", dir, "/")
	if err != nil {
		return err
	}
	defer i.stop()
	customer, err := c.buyer()
	if err != nil {
		return err
	}
	secret, err := os.ReadFile(filepath.Join(dir, "sandbox-stripe-webhook-secret"))
	if err != nil {
		return err
	}
	e := &events{c: c, bare: i, secret: string(secret), customer: customer}
	for _, about := range []struct{ what, kind string }{{"about nothing of ours", "product.created"}, {"each acted on", "customer.updated"}} {
		if err := b.eventsAt(rate, e, about.kind, about.what); err != nil {
			return err
		}
	}
	return b.mostEvents(e, "product.created")
}

// events makes the two sides' requests. None is ever the same as another.
type events struct {
	c, bare          *child
	secret, customer string
	series           int
}

func (e *events) event(kind string, n int64) (id, body string) {
	id = fmt.Sprintf("evt_%dBench%d", e.series, n)
	object, _, _ := strings.Cut(kind, ".")
	return id, fmt.Sprintf(`{"id":%q,"object":"event","api_version":"2026-03-25.dahlia","created":%d,"livemode":false,"type":%q,"data":{"object":{"id":%q,"object":%q}}}`,
		id, time.Now().Unix(), kind, e.customer, object)
}

func (e *events) signed(kind string) call {
	return func(n int64) (*http.Request, error) {
		_, body := e.event(kind, n)
		req, err := post(e.c.base+"/webhooks/stripe", "application/json", []byte(body))
		if err == nil {
			req.Header.Set("Stripe-Signature", signEvent(e.secret, body, time.Now()))
		}
		return req, err
	}
}

func (e *events) inserted(kind string) call {
	return func(n int64) (*http.Request, error) {
		id, body := e.event(kind, n)
		return post(e.bare.base+"/", "application/x-www-form-urlencoded", []byte(url.Values{"MessageSid": {id}, "Body": {body}}.Encode()))
	}
}

// eventsAt measures how long events wait to be acknowledged that come at a steady
// rate. What they left to be done is over before the next measurement.
func (b *bench) eventsAt(rate int, e *events, kind, what string) error {
	var ratios, mine, theirs []float64
	for range b.rounds {
		e.series++
		z, err := paced(rate, b.span, http.StatusOK, e.inserted(kind))
		if err != nil {
			return err
		}
		a, err := paced(rate, b.span, http.StatusOK, e.signed(kind))
		if err != nil {
			return err
		}
		if err := e.c.idle(); err != nil {
			return err
		}
		pa, pz := percentile(a, 99), percentile(z, 99)
		ratios, mine, theirs = append(ratios, pa/pz), append(mine, pa), append(theirs, pz)
	}
	row(fmt.Sprintf("Stripe event, p99 at %d/s", rate), fmt.Sprintf("%.2f x  (%.1f ms)", median(ratios), median(mine)),
		fmt.Sprintf("%s; target: at most 3 x a bare committed insert (%.1f ms)", what, median(theirs)))
	return nil
}

// mostEvents measures how many are acknowledged a second when as many come as can.
func (b *bench) mostEvents(e *events, kind string) error {
	var ratios, rates []float64
	for range b.rounds {
		e.series++
		z, err := closed(16, b.span, http.StatusOK, e.inserted(kind))
		if err != nil {
			return err
		}
		a, err := closed(16, b.span, http.StatusOK, e.signed(kind))
		if err != nil {
			return err
		}
		if err := e.c.idle(); err != nil {
			return err
		}
		ratios, rates = append(ratios, a/z), append(rates, a)
	}
	row("Stripe events acknowledged", fmt.Sprintf("%.2f x  (%.0f /s)", median(ratios), median(rates)), "beside bare committed inserts")
	return nil
}

// waiting is the server's metric of events that wait to be acted on.
var waiting = regexp.MustCompile(`xswarm_jobs\{kind="billing\.event",state="(queued|running)"\} [1-9]`)

// idle waits until every event was acted on.
func (c *child) idle() error {
	for begun := time.Now(); time.Since(begun) < 2*time.Minute; time.Sleep(100 * time.Millisecond) {
		res, err := client.Get(c.base + "/metrics")
		if err != nil {
			return err
		}
		raw, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			return fmt.Errorf("/metrics: got %d, %w", res.StatusCode, err)
		}
		if !waiting.Match(raw) {
			return nil
		}
	}
	return errors.New("events still wait to be acted on after two minutes")
}

// buyer lets the demo user buy a plan, and returns what Stripe calls them.
func (c *child) buyer() (customer string, err error) {
	banner, err := c.welcomed()
	if err != nil {
		return "", err
	}
	var in struct{ Token string }
	secret := demoPassword.FindStringSubmatch(banner)[1]
	if err := c.json("POST", "/auth/login", map[string]string{"email": "demo@example.com", "password": secret}, &in); err != nil {
		return "", err
	}
	c.token = in.Token
	var order struct{ URL string }
	if err := c.json("POST", "/billing/checkout", map[string]string{"tier": "ai_secretary"}, &order); err != nil {
		return "", err
	}
	if err := c.json("POST", "/sandbox/api/payments/checkout/"+path.Base(order.URL), map[string]string{"card": "4242424242424242", "outcome": "complete"}, nil); err != nil {
		return "", err
	}
	var customers struct{ Data []struct{ ID string } }
	if err := c.json("GET", "/sandbox/api/payments/customers", struct{}{}, &customers); err != nil {
		return "", err
	}
	if len(customers.Data) != 1 {
		return "", fmt.Errorf("there are %d customers, want 1", len(customers.Data))
	}
	return customers.Data[0].ID, nil
}

// signEvent makes Stripe's signature.
func signEvent(secret, body string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}
