// Package twilio is the carrier: texts and numbers through Twilio's API with the
// official SDK, and the webhooks by which Twilio tells us things.
//
// Twilio's words, numbers of errors and forms of ids live here and nowhere else.
// What a text or a state means is the phone package's to say.
package twilio

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	messaging "github.com/twilio/twilio-go/rest/messaging/v1"

	"xswarm.ai/server/internal/phone"
)

// Where Twilio's webhooks lead, below the public address.
const (
	SMSPath    = "/webhooks/twilio/sms"
	StatusPath = "/webhooks/twilio/status"
)

// persistence asks Twilio, in a webhook's address, to try again when we could not
// take something in. By itself it does so only when there is no connection. It is
// no part of what is signed.
const persistence = "#rc=3&rp=5xx,ct,rt"

// timeout is how long a call may take.
const timeout = 15 * time.Second

// maxAnswer is how much of an answer is read.
const maxAnswer = 1 << 20

// Options says whose account it is and how Twilio is reached.
type Options struct {
	AccountSID string
	AuthToken  string
	// BaseURL stands in for all of Twilio's hosts, whose paths do not collide; ""
	// is the real ones.
	BaseURL string
	// Transport makes the requests.
	Transport http.RoundTripper
	// CallbackBase is our own public address, without a slash at the end.
	CallbackBase string
}

// Client is Twilio as a phone.Carrier.
type Client struct {
	Options
	base *url.URL // nil: the real hosts
}

var _ phone.Carrier = (*Client)(nil)

// New returns a Client. It panics when it is given no transport or a base that is
// no address: both are for the program to get right.
func New(o Options) *Client {
	if o.Transport == nil {
		panic("twilio: no transport")
	}
	c := &Client{Options: o}
	if o.BaseURL != "" {
		base, err := url.Parse(o.BaseURL)
		if err != nil || base.Host == "" {
			panic("twilio: the base is no address")
		}
		c.base = base
	}
	return c
}

// call begins a call of the API. The SDK takes no context and remembers nothing of
// an answer but its body, so each call has a service and a transport of its own.
func (c *Client) call(ctx context.Context) *exchange {
	return &exchange{ctx: ctx, client: c}
}

// handler is what the SDK's services are made of. It is not made by the SDK's own
// function, which would read hosts from the environment.
func (x *exchange) handler() *client.RequestHandler {
	sdk := &client.Client{
		Credentials: client.NewCredentials(x.client.AccountSID, x.client.AuthToken),
		HTTPClient: &http.Client{
			Transport:     x,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	sdk.SetAccountSid(x.client.AccountSID)
	return &client.RequestHandler{Client: sdk}
}

func (x *exchange) api() *api.ApiService { return api.NewApiService(x.handler()) }

func (x *exchange) messaging() *messaging.ApiService { return messaging.NewApiService(x.handler()) }
