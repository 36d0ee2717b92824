package stripe

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
)

// Inbox is what the webhooks tell. It takes the same event any number of times.
type Inbox interface {
	Receive(ctx context.Context, e billing.Event) error
}

// WebhookOptions is what Webhooks needs.
type WebhookOptions struct {
	// Secrets are those of the webhook endpoint, EventSecrets those of the event
	// destination: several each while they are rolled.
	Secrets      []string
	EventSecrets []string
	// Live says that our key is a live one: test events are then not for us, and the
	// other way round.
	Live  bool
	Inbox Inbox
	// Fail answers a request with an error.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
	Now  func() time.Time
}

// Webhooks takes in what Stripe tells us. Nothing is stored, and nothing told about
// the reason, unless Stripe has signed it. What it means is found out later: Stripe
// wants its answer at once, and tells things late, twice and in any order.
type Webhooks struct{ o WebhookOptions }

// NewWebhooks returns Webhooks.
func NewWebhooks(o WebhookOptions) *Webhooks { return &Webhooks{o} }

// maxEvent is how large an event may be. Stripe states no limit for webhooks; it
// also hands events to Amazon EventBridge, which takes no more than this by tradition,
// and the largest, of bills with their first ten lines, are a tenth of it.
const maxEvent = 256 << 10

var (
	errSignature = fault.New(fault.Forbidden, "invalid_signature", "The signature is missing or wrong, or too old.")
	errTooLarge  = fault.New(fault.TooLarge, "too_large", "The event is too large: 256 KiB are the most.")
	errMode      = fault.New(fault.Invalid, "wrong_mode",
		"The event is of the other mode than our key: live events need a live key, and test events a test key.")
)

// Snapshot takes in an event that carries its object, at WebhookPath.
func (h *Webhooks) Snapshot(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, h.o.Secrets, func(body []byte) (billing.Event, bool, error) {
		s, err := readSnapshot(body)
		if err != nil {
			return billing.Event{}, false, err
		}
		return s.event(body), *s.Livemode, nil
	})
}

// Thin takes in an event that only names what it is about, at EventsPath.
func (h *Webhooks) Thin(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, h.o.EventSecrets, func(body []byte) (billing.Event, bool, error) {
		t, err := readThin(body)
		if err != nil {
			return billing.Event{}, false, err
		}
		return t.event(body), *t.Livemode, nil
	})
}

// serve verifies an event, hands it on and says that we have it.
func (h *Webhooks) serve(w http.ResponseWriter, r *http.Request, secrets []string, read func([]byte) (billing.Event, bool, error)) {
	body, err := h.verified(w, r, secrets)
	if err == nil {
		err = h.take(r.Context(), body, read)
	}
	if err != nil {
		h.o.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, "{}") // Stripe may be gone: nothing to do about it
}

// verified reads a body that Stripe has signed.
func (h *Webhooks) verified(w http.ResponseWriter, r *http.Request, secrets []string) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvent))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "cut_off", "The request was cut off. Please send it again.").With(err)
	}
	if !signed(secrets, body, r.Header.Get("Stripe-Signature"), h.o.Now()) {
		return nil, errSignature
	}
	return body, nil
}

func (h *Webhooks) take(ctx context.Context, body []byte, read func([]byte) (billing.Event, bool, error)) error {
	e, live, err := read(body)
	if err != nil {
		return err
	}
	if live != h.o.Live {
		return errMode
	}
	return h.o.Inbox.Receive(ctx, e)
}
