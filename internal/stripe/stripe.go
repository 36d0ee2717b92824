// Package stripe takes the money: customers, checkout, subscriptions, bills and
// meters through Stripe's API with the official SDK, the webhooks by which Stripe
// tells us things, and the catalogue of plans over there.
//
// Stripe's words, fields and forms of ids live here and nowhere else. What a
// subscription or an event means is the billing package's to say.
//
// The SDK is used for what requests and answers look like, and for nothing else: it
// repeats nothing here, logs nothing and tells nothing about itself, and what an
// error means is read from the answer. Every request that changes something carries
// an idempotency key of ours.
package stripe

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
)

// Where Stripe's webhooks lead, below the public address: events that carry their
// object, and those that only name it, which Stripe signs with a secret of their own.
const (
	WebhookPath = "/webhooks/stripe"
	EventsPath  = "/webhooks/stripe/events"
)

// Options says whose account it is, how Stripe is reached, and how plans are sold.
type Options struct {
	SecretKey string
	// BaseURL stands in for Stripe's address; "" is the real one.
	BaseURL string
	// Transport makes the requests.
	Transport http.RoundTripper
	Now       func() time.Time

	// TrialDays is how long a customer's first plan costs nothing; 0 for no trial.
	TrialDays int64
	// Coupon is taken off every plan that is bought; "" for none.
	Coupon string
	// PromotionCodes lets people give a code when they pay. Stripe does not take both
	// that and a coupon; the coupon counts.
	PromotionCodes bool
	// AutomaticTax lets Stripe reckon the tax.
	AutomaticTax bool
}

// Client is Stripe as billing.Payments.
type Client struct {
	o   Options
	sdk *sdk.Client
	api sdk.Backend
}

var _ billing.Payments = (*Client)(nil)

// New returns a Client. It panics without a transport or a clock, or with a base
// that is no address: these are for the program to get right.
func New(o Options) *Client {
	if o.Transport == nil || o.Now == nil {
		panic("stripe: no transport or no clock")
	}
	to := transport{next: o.Transport}
	if o.BaseURL != "" {
		base, err := url.Parse(o.BaseURL)
		if err != nil || base.Host == "" {
			panic("stripe: the base is no address")
		}
		to.base = base
	}
	backends := sdk.NewBackendsWithConfig(&sdk.BackendConfig{
		HTTPClient: &http.Client{
			Transport: to,
			// The API redirects nobody; following would carry the key elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		EnableTelemetry:   sdk.Bool(false),
		MaxNetworkRetries: sdk.Int64(0),
		LeveledLogger:     &sdk.LeveledLogger{Level: sdk.LevelNull}, // it would log bodies
	})
	return &Client{o: o, sdk: sdk.NewClient(o.SecretKey, sdk.WithBackends(backends)), api: backends.API}
}

// The modes of a key.
const (
	ModeLive = "live"
	ModeTest = "test"
)

// Mode returns in which of Stripe's two worlds a secret or restricted key is good;
// "" for what is no such key.
func Mode(key string) string {
	for _, kind := range []string{"sk_", "rk_"} {
		rest, ok := strings.CutPrefix(key, kind)
		switch {
		case ok && strings.HasPrefix(rest, "live_"):
			return ModeLive
		case ok && strings.HasPrefix(rest, "test_"):
			return ModeTest
		}
	}
	return ""
}

// keyed makes the parameters that all requests share, with an idempotency key.
func keyed(key string) sdk.Params {
	return sdk.Params{IdempotencyKey: sdk.String(key)}
}

// fresh is keyed with a key that is used once: for requests that change nothing for
// good, or set what they are told, so that the same may be asked again and again.
// With a key made of what is set, setting A, B and A would leave B.
func (c *Client) fresh() sdk.Params {
	return keyed(id.New("req", c.o.Now()))
}

// unix makes a time of Stripe's seconds; the zero time of 0.
func unix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
