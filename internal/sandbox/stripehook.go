package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"xswarm.ai/server/internal/sandbox/stripe"
)

const stripePatience = 20 * time.Second // how long the product may take to answer

// stripeRests are how long Stripe waits before it tries once more. In a sandbox
// it tries three times again over a few hours, and does not say when.
func stripeRests() []time.Duration {
	return []time.Duration{5 * time.Minute, 30 * time.Minute, 2 * time.Hour}
}

// stripeCourier delivers events as Stripe does: a body of JSON, signed anew at
// every attempt with the endpoint's secret, in no order that anybody promised.
type stripeCourier struct{ s *Sandbox }

// sendEvent stores an event of Stripe's to deliver.
func (s *Sandbox) sendEvent(e stripe.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := hookEvent
	if e.Thin {
		kind = hookThin
	}
	s.enqueue(Delivery{
		Vendor: "stripe", Kind: kind, URL: e.URL, Method: http.MethodPost, SID: e.Object, Loose: true,
		Event: &HookEvent{ID: e.ID, Type: e.Type, Body: string(e.Body), Secret: e.Secret},
	})
}

func (c stripeCourier) write(d Delivery, a *Attempt) (http.Header, string, time.Duration) {
	a.URL, a.Method = d.URL, d.Method
	at := strconv.FormatInt(a.At.Unix(), 10)
	a.Signature = "t=" + at + ",v1=" + signEvent(d.Event.Secret, at+"."+d.Event.Body)
	return http.Header{
		"Content-Type":     {"application/json; charset=utf-8"},
		"Stripe-Signature": {a.Signature},
		"User-Agent":       {"Stripe/1.0 (+https://stripe.com/docs/webhooks)"},
		"Accept":           {"*/*; q=0.5, application/xml"},
		"Cache-Control":    {"no-cache"},
	}, d.Event.Body, stripePatience
}

// base is what Stripe-Signature signs: when it was signed, a point and the body.
func (stripeCourier) base(d Delivery, a Attempt) string {
	at, _, _ := strings.Cut(strings.TrimPrefix(a.Signature, "t="), ",")
	return at + "." + d.Event.Body
}

// signEvent computes the v1 of Stripe-Signature.
func signEvent(secret, base string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(base))
	return hex.EncodeToString(mac.Sum(nil))
}

func (stripeCourier) took(*Delivery, outcome) {}

// missed has the event sent again later, until Stripe gives up.
func (c stripeCourier) missed(d *Delivery, _ outcome) {
	rests := stripeRests()
	if d.Tries > len(rests) {
		d.State = hookFailed
		return
	}
	d.NextAt = c.s.now().Add(rests[d.Tries-1])
}
