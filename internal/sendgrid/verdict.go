package sendgrid

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sendgrid/rest"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/mail"
)

// verdict turns SendGrid's answer into what mail.Sender promises.
func verdict(res *rest.Response) error {
	status := res.StatusCode
	if status >= 200 && status < 300 {
		return nil
	}
	err := fmt.Errorf("sendgrid: status %d: %s", status, said(res.Body))
	switch {
	case status == http.StatusUnauthorized:
		return fmt.Errorf("%w: check SENDGRID_API_KEY", err)
	case status == http.StatusForbidden:
		return fmt.Errorf("%w: check SENDGRID_API_KEY and that FROM_EMAIL is a verified sender", err)
	case status == http.StatusTooManyRequests:
		if d := retryAfter(http.Header(res.Headers)); d > 0 {
			return jobs.RetryAfter(err, d)
		}
		return err
	case status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%w: %w", mail.ErrRejected, err)
	}
	// 5xx: not accepted. Anything else is no answer of Mail Send, and so a wrong
	// address of the API, which can be mended.
	return err
}

// said returns what SendGrid gives as the reason, for the log: without the words
// that hold an address, and not long.
func said(body string) string {
	var answer struct {
		Errors []struct{ Message, Field string }
	}
	if json.Unmarshal([]byte(body), &answer) != nil || len(answer.Errors) == 0 {
		return "no reason given"
	}
	var reasons []string
	for _, e := range answer.Errors {
		words := strings.Fields(e.Field + " " + e.Message)
		for i, w := range words {
			if strings.Contains(w, "@") {
				words[i] = "…"
			}
		}
		reasons = append(reasons, strings.Join(words, " "))
	}
	all := []rune(strings.ToValidUTF8(strings.Trim(strings.Join(reasons, "; "), "; "), "…"))
	if len(all) == 0 {
		return "no reason given"
	}
	if len(all) > 300 {
		all = append(all[:299], '…')
	}
	return string(all)
}

// retryAfter returns how long SendGrid asks to wait, 0 if it does not say. Moments
// are compared with the answer's own date: the product's clock may be another.
func retryAfter(h http.Header) time.Duration {
	wait := time.Duration(0)
	date, err := http.ParseTime(h.Get("Date"))
	known := err == nil
	if s, err := strconv.Atoi(h.Get("Retry-After")); err == nil {
		wait = time.Duration(min(max(s, 0), 3600)) * time.Second
	} else if at, err := http.ParseTime(h.Get("Retry-After")); err == nil && known {
		wait = at.Sub(date)
	} else if s, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil && known {
		wait = time.Unix(min(max(s, 0), 1<<40), 0).Sub(date)
	}
	if wait <= 0 {
		return 0
	}
	return min(wait, time.Hour)
}

// progress is how far a request came.
type progress struct{ connecting, wrote atomic.Bool }

// traced returns a context with which the standard transport notes how far it
// came. Other transports note nothing.
func traced(ctx context.Context) (context.Context, *progress) {
	p := new(progress)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { p.connecting.Store(true) },
		WroteHeaders: func() { p.wrote.Store(true) },
	}), p
}

// unanswered says what an error instead of an answer means: with nothing sent,
// the mail was not accepted; otherwise nobody can tell.
func unanswered(err error, p *progress) error {
	var dial *net.OpError
	notSent := errors.As(err, &dial) && dial.Op == "dial" || p.connecting.Load() && !p.wrote.Load()
	if notSent {
		return fmt.Errorf("sendgrid: not sent: %w", err)
	}
	return fmt.Errorf("%w: sendgrid: %w", mail.ErrUnknown, err)
}
