package sandbox

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxDeliveries = 8                // webhooks under way at a time
	webhookTime   = 15 * time.Second // how long the product may take to answer one
	retryRest     = 500 * time.Millisecond
	answerLimit   = 64 << 10
)

// webhookClient calls the product itself, never through a proxy of the
// environment, and takes a redirect for an answer.
func webhookClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{Proxy: nil, MaxIdleConnsPerHost: maxDeliveries, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// outcome is how one attempt ended.
type outcome struct {
	status int    // 0: no answer
	kind   string // answer's type
	body   string
	why    string // "ct" no connection or cut, "rt" no answer in time; "" otherwise
	err    error
}

// deliver makes one attempt at a webhook and records how it ended.
func (s *Sandbox) deliver(ctx context.Context, d Delivery) {
	a := Attempt{At: s.now(), Method: d.Method, Fallback: d.FellBack}
	var o overrides
	a.URL, o = readOverrides(d.URL)
	if d.FellBack {
		a.Method = d.FallbackMethod
		a.URL, o = readOverrides(d.Fallback)
	}
	began := s.opt.Now()
	out := s.send(ctx, &a, d, min(o.answer, o.total))
	a.DurationMS = s.opt.Now().Sub(began).Milliseconds()
	a.Answer, a.AnswerType = shortened(out.body, maxAnswer), shortened(out.kind, 100)

	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, d.ID)
	kept := s.delivery(d.ID)
	if kept == nil || ctx.Err() != nil {
		return // pushed out of the list, or stopping: sent again, under the same token, after a restart
	}
	first := max(len(kept.Attempts)-maxAttempts+1, 0)
	kept.Attempts = append(slices.Clone(kept.Attempts[first:]), a) // a page may be reading them
	s.settle(kept, out, o)
	s.changed("webhooks")
}

// send makes the request of one attempt.
func (s *Sandbox) send(ctx context.Context, a *Attempt, d Delivery, limit time.Duration) outcome {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	params, form := d.told(a.Fallback), url.Values{}
	for name, value := range params {
		form.Set(name, value)
	}
	body := form.Encode()
	if a.Method == http.MethodGet {
		separator := "?"
		if strings.Contains(a.URL, "?") {
			separator = "&"
		}
		a.URL, body = a.URL+separator+body, ""
	}
	a.Signature = sign(s.opt.AuthToken, signatureBase(a.Method, a.URL, params))
	wire := &wire{}
	req, err := http.NewRequestWithContext(wire.trace(ctx), a.Method, a.URL, strings.NewReader(body))
	if err != nil {
		a.Error = "the address cannot be used"
		return outcome{err: err, why: "ct"}
	}
	if a.Method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	req.Header.Set("X-Twilio-Signature", a.Signature)
	req.Header.Set("I-Twilio-Idempotency-Token", d.Token)
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	res, err := s.client.Do(req)
	a.Headers = wire.written()
	if err != nil {
		return a.failed(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if err != nil {
		return a.failed(err)
	}
	a.Status = res.StatusCode
	return outcome{status: res.StatusCode, kind: res.Header.Get("Content-Type"), body: string(answer)}
}

// failed notes that there was no whole answer.
func (a *Attempt) failed(err error) outcome {
	if t := net.Error(nil); errors.As(err, &t) && t.Timeout() && !isDial(err) {
		a.Error = "no answer in time"
		return outcome{err: err, why: "rt"}
	}
	a.Error = "no connection"
	if !isDial(err) {
		a.Error = "the connection was cut"
	}
	return outcome{err: err, why: "ct"}
}

func isDial(err error) bool {
	op := (*net.OpError)(nil)
	return errors.As(err, &op) && op.Op == "dial"
}

// settle decides what becomes of a webhook after an attempt, as Twilio does:
// one more attempt if there was no connection (the overrides may ask for more),
// then the fallback, then no more. An answer with an error status is an answer.
// The caller holds the lock.
func (s *Sandbox) settle(d *Delivery, out outcome, o overrides) {
	d.Tries++
	if out.err == nil && out.status >= 200 && out.status < 300 {
		d.State, d.ErrorCode = hookDelivered, 0
		if d.Kind == hookSMS {
			d.ErrorCode = s.obey(d, out)
		}
		return
	}
	why := out.why
	if out.err == nil {
		why = strconv.Itoa(out.status/100) + "xx"
	}
	d.ErrorCode = 11200
	if why == "ct" {
		d.ErrorCode = 11205
	}
	if d.Tries <= o.retries && (slices.Contains(o.on, why) || slices.Contains(o.on, "all")) {
		d.NextAt = s.now().Add(retryRest)
		return
	}
	if d.Fallback != "" && !d.FellBack {
		d.FellBack, d.Failure, d.Tries, d.NextAt = true, d.ErrorCode, 0, s.now()
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
	o := overrides{retries: 1, on: []string{"ct"}, answer: webhookTime, total: webhookTime}
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
