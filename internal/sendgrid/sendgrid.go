// Package sendgrid delivers mail through SendGrid's v3 Mail Send.
//
// It uses the official SDK for building requests and not for sending them: the
// SDK's Client keeps the body of the mail in a field that concurrent calls share,
// so one person's mail goes out as another's, and its HTTP client is a global
// without a timeout. Here each mail has a request of its own.
//
// Mail Send knows no idempotency key. What was sent and not answered is therefore
// reported as mail.ErrUnknown, and the caller decides; see Client.SendMail.
package sendgrid

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sendgrid/rest"
	sdk "github.com/sendgrid/sendgrid-go"
	v3 "github.com/sendgrid/sendgrid-go/helpers/mail"

	"xswarm.ai/server/internal/mail"
)

const (
	timeout   = 15 * time.Second // of one request, with its answer
	maxAnswer = 64 << 10         // more of an answer is not read
)

// Options is what a Client is made of.
type Options struct {
	APIKey    string
	BaseURL   string // "" for SendGrid itself; else an emulator
	FromEmail string
	FromName  string
	Transport http.RoundTripper // must be given: each build has its own
}

// Client sends mail through SendGrid. It may be used by many at a time.
type Client struct {
	options Options
	http    *rest.Client
}

// New returns a client. It panics without a Transport, which would silently make
// it use the process's shared one.
func New(o Options) *Client {
	if o.Transport == nil {
		panic("sendgrid: no Transport")
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	return &Client{options: o, http: &rest.Client{HTTPClient: &http.Client{
		Transport: bounded{o.Transport},
		// The API redirects nobody; following one would carry the mail elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}}
}

// SendMail asks SendGrid to deliver m, and returns what mail.Sender says. A wrong
// or revoked key counts as something that can be mended: the mail waits for it.
func (c *Client) SendMail(ctx context.Context, m mail.Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("not sent: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ctx, sent := traced(ctx)

	req := sdk.GetRequest(c.options.APIKey, "/v3/mail/send", c.options.BaseURL)
	req.Method = rest.Post
	req.Body = v3.GetRequestBody(c.compose(m))
	res, err := c.http.SendWithContext(ctx, req)
	if res == nil { // an answer whose body was cut still has its status
		return unanswered(err, sent)
	}
	return verdict(res)
}

// bounded is a transport whose answers are not read without end.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxAnswer), res.Body}
	return res, nil
}

var _ mail.Sender = (*Client)(nil)
