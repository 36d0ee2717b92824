package sandbox

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	maxDeliveries = 8 // webhooks under way at a time
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

// courier is how a vendor delivers its webhooks.
type courier interface {
	// write makes the request of an attempt, whose address, method and signature it
	// notes, and says how long the answer may take.
	write(d Delivery, a *Attempt) (h http.Header, body string, patience time.Duration)
	// base is what the signature of an attempt signs.
	base(d Delivery, a Attempt) string
	// took is told of an answer with which a webhook was delivered, missed of any
	// other end of an attempt: it decides whether there is another. The caller
	// holds the lock.
	took(d *Delivery, out outcome)
	missed(d *Delivery, out outcome)
}

// courier returns the one of a delivery's vendor.
func (s *Sandbox) courier(d Delivery) courier {
	if d.Vendor == "stripe" {
		return stripeCourier{s}
	}
	return twilioCourier{s}
}

// deliver makes one attempt at a webhook and records how it ended.
func (s *Sandbox) deliver(ctx context.Context, d Delivery) {
	a := Attempt{At: s.now(), Fallback: d.FellBack}
	header, body, patience := s.courier(d).write(d, &a)
	began := s.opt.Now()
	out := s.send(ctx, &a, header, body, patience)
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
	s.settle(kept, out)
	s.changed("webhooks")
}

// settle notes how an attempt ended. The caller holds the lock.
func (s *Sandbox) settle(d *Delivery, out outcome) {
	d.Tries++
	if out.err == nil && out.status >= 200 && out.status < 300 {
		d.State, d.ErrorCode = hookDelivered, 0
		s.courier(*d).took(d, out)
		return
	}
	s.courier(*d).missed(d, out)
}

// send makes the request of one attempt.
func (s *Sandbox) send(ctx context.Context, a *Attempt, header http.Header, body string, patience time.Duration) outcome {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	wire := &wire{}
	req, err := http.NewRequestWithContext(wire.trace(ctx), a.Method, a.URL, strings.NewReader(body))
	if err != nil {
		a.Error = "the address cannot be used"
		return outcome{err: err, why: "ct"}
	}
	req.Header = header
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
