package twilio

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
)

// exchange is one request and what came of it. It is the transport of the SDK's
// client for that one call, and so knows what the SDK does not pass on.
type exchange struct {
	ctx    context.Context
	client *Client

	status  int
	after   time.Duration // Retry-After
	unsent  bool          // the request certainly did not leave
	failure error         // of the transport, without the address, which may hold a number
}

// RoundTrip sends the request where it belongs, with the caller's context, and
// reads the whole answer: one that is cut off is noticed here, and nothing is
// left open by the SDK.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := x.ctx.Err(); err != nil {
		x.unsent, x.failure = true, err
		return nil, err
	}
	ctx, cancel := context.WithTimeout(x.ctx, timeout)
	defer cancel()
	r = r.Clone(ctx)
	if base := x.client.base; base != nil {
		r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, base.Host
		r.URL.Path = strings.TrimRight(base.Path, "/") + r.URL.Path
		r.URL.RawPath = ""
	}
	resp, err := x.client.Transport.RoundTrip(r)
	if err != nil {
		var op *net.OpError
		x.unsent = errors.As(err, &op) && op.Op == "dial"
		x.failure = err
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is too large")
	}
	if err != nil {
		x.failure = err
		return nil, err
	}
	x.status = resp.StatusCode
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		x.after = time.Duration(n) * time.Second
	}
	if x.status >= 300 && x.status < 400 {
		body = nil // the SDK would read a redirect as it reads an answer
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// Twilio's error codes that mean something to us. All others that come with a 4xx
// are refusals.
const (
	codeAuthenticate = 20003
	codeNotFound     = 20404
	codeTooMany      = 20429
	codeUnavailable  = 21422 // the number has been sold
	codeOptedOut     = 21610
	codeQueueFull    = 21611
)

// laterAgain is when to come back if Twilio does not say.
const laterAgain = 30 * time.Second

// verdict says what an error of the SDK means, as phone.Carrier describes it.
// changes tells whether the request was to change something at Twilio. Messages of
// Twilio's are not passed on: they quote numbers.
func (x *exchange) verdict(err error, changes bool) error {
	if err == nil {
		return nil
	}
	unknown := func(cause error) error {
		if changes {
			return fmt.Errorf("twilio: %w: %w", phone.ErrUnknown, cause)
		}
		return fmt.Errorf("twilio: %w", cause)
	}
	code := errorCode(err)
	said := fmt.Errorf("status %d, error %d", x.status, code)
	switch {
	case x.unsent:
		return fmt.Errorf("twilio: not reached: %w", x.failure)
	case x.failure != nil:
		return unknown(x.failure)
	case x.status == 0:
		return errors.New("twilio: the request could not be made: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")
	case x.status < 300:
		return unknown(errors.New("the answer cannot be read"))
	case x.status < 400:
		return fmt.Errorf("twilio: %w: a redirect, which is not followed", said)
	case x.status == http.StatusTooManyRequests, code == codeTooMany, code == codeQueueFull:
		return jobs.RetryAfter(fmt.Errorf("twilio: too many requests: %w", said), cmp.Or(x.after, laterAgain))
	case x.status == http.StatusUnauthorized, code == codeAuthenticate:
		return fmt.Errorf("twilio: %w: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", said)
	case x.status >= 500, x.status == http.StatusRequestTimeout:
		return unknown(said)
	}
	refusal := &phone.Refusal{Code: strconv.Itoa(code), OptedOut: code == codeOptedOut, Taken: code == codeUnavailable, Cause: said}
	if code == 0 {
		refusal.Code = "http_" + strconv.Itoa(x.status)
	}
	return fmt.Errorf("twilio: %w", refusal)
}

func errorCode(err error) int {
	var legacy *client.TwilioRestError
	var v1 *client.RestErrorV1
	switch {
	case errors.As(err, &legacy):
		return legacy.Code
	case errors.As(err, &v1):
		return v1.Code
	}
	return 0
}
