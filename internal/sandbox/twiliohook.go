package sandbox

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	twilioPatience = 15 * time.Second // how long the product may take to answer
	retryRest      = 500 * time.Millisecond
)

// twilioCourier delivers webhooks as Twilio does: parameters in a form or in the
// address, signed with the account's token.
type twilioCourier struct{ s *Sandbox }

// announce tells the status callback of a text that the text changed its state.
// The caller holds the lock.
func (s *Sandbox) announce(t Text) {
	if t.StatusCallback == "" || t.Status == "sending" { // of which Twilio tells nobody
		return
	}
	params := map[string]string{
		"MessageSid": t.SID, "SmsSid": t.SID, "MessageStatus": t.Status, "SmsStatus": t.Status,
		"From": t.From, "To": t.To, "AccountSid": s.opt.AccountSID, "ApiVersion": apiVersion,
	}
	if t.ErrorCode != 0 {
		params["ErrorCode"], params["ErrorMessage"] = strconv.Itoa(t.ErrorCode), errorMessages[t.ErrorCode]
	}
	if t.Status == "delivered" {
		params["RawDlrDoneDate"] = t.UpdatedAt.UTC().Format("0601021504")
	}
	s.enqueue(Delivery{Vendor: "twilio", Kind: hookStatus, URL: t.StatusCallback, Method: "POST", Params: params, SID: t.SID})
}

// write makes the request of an attempt.
func (c twilioCourier) write(d Delivery, a *Attempt) (http.Header, string, time.Duration) {
	address, o := c.aim(d)
	a.URL, a.Method = address, d.Method
	if a.Fallback {
		a.Method = d.FallbackMethod
	}
	params, form := d.told(a.Fallback), url.Values{}
	for name, value := range params {
		form.Set(name, value)
	}
	body, h := form.Encode(), http.Header{}
	if a.Method == http.MethodGet {
		separator := "?"
		if strings.Contains(a.URL, "?") {
			separator = "&"
		}
		a.URL, body = a.URL+separator+body, ""
	}
	a.Signature = sign(c.s.opt.AuthToken, c.base(d, *a))
	if a.Method == http.MethodPost {
		h.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	h.Set("X-Twilio-Signature", a.Signature)
	h.Set("I-Twilio-Idempotency-Token", d.Token)
	h.Set("User-Agent", "TwilioProxy/1.1")
	return h, body, min(o.answer, o.total)
}

// aim is where the next attempt goes, and what the address says about the
// connection.
func (twilioCourier) aim(d Delivery) (string, overrides) {
	if d.FellBack {
		return readOverrides(d.Fallback)
	}
	return readOverrides(d.URL)
}

// base is what X-Twilio-Signature signs: the address, then, unless they are in it,
// every field's name and value in the order of the names.
func (twilioCourier) base(d Delivery, a Attempt) string {
	if a.Method == http.MethodGet {
		return a.URL
	}
	params := d.told(a.Fallback)
	var b strings.Builder
	b.WriteString(a.URL)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		b.WriteString(name + params[name])
	}
	return b.String()
}

// sign computes X-Twilio-Signature, keyed with the account's token.
func sign(token, base string) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// took obeys an answer: that to a text may be TwiML.
func (c twilioCourier) took(d *Delivery, out outcome) {
	if d.Kind == hookSMS {
		d.ErrorCode = c.s.obey(d, out)
	}
}

// missed decides what becomes of a webhook that failed, as Twilio does: one more
// attempt if there was no connection (the overrides may ask for more), then the
// fallback, then no more. An answer with an error status is an answer.
func (c twilioCourier) missed(d *Delivery, out outcome) {
	_, o := c.aim(*d)
	why := out.why
	if out.err == nil {
		why = strconv.Itoa(out.status/100) + "xx"
	}
	d.ErrorCode = 11200
	if why == "ct" {
		d.ErrorCode = 11205
	}
	if d.Tries <= o.retries && (slices.Contains(o.on, why) || slices.Contains(o.on, "all")) {
		d.NextAt = c.s.now().Add(retryRest)
		return
	}
	if d.Fallback != "" && !d.FellBack {
		d.FellBack, d.Failure, d.Tries, d.NextAt = true, d.ErrorCode, 0, c.s.now()
		return
	}
	d.State = hookFailed
}

// overrides are what the fragment of a webhook's address may say about the
// connection: rc=2&rp=5xx,rt&ct=1000&rt=5000&tt=15000.
type overrides struct {
	retries       int
	on            []string
	answer, total time.Duration
}

func readOverrides(address string) (string, overrides) {
	o := overrides{retries: 1, on: []string{"ct"}, answer: twilioPatience, total: twilioPatience}
	plain, fragment, ok := strings.Cut(address, "#")
	if !ok {
		return plain, o
	}
	q, err := url.ParseQuery(fragment)
	if err != nil {
		return plain, o
	}
	number := func(name string, low, high int, set func(int)) {
		if n, err := strconv.Atoi(q.Get(name)); err == nil && n >= low && n <= high {
			set(n)
		}
	}
	number("rc", 0, 5, func(n int) { o.retries = n })
	number("rt", 100, 15_000, func(n int) { o.answer = time.Duration(n) * time.Millisecond })
	number("tt", 100, 15_000, func(n int) { o.total = time.Duration(n) * time.Millisecond })
	if q.Has("rp") {
		o.on = strings.Split(q.Get("rp"), ",")
	}
	return plain, o
}
