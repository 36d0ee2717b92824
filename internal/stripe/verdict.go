package stripe

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/jobs"
)

// refusal is what Stripe says of a request that it did not do
// (https://docs.stripe.com/api/errors).
type refusal struct {
	kind    string // type: card_error, invalid_request_error, …
	code    string
	decline string // the bank's reason
	param   string
	message string // never passed on: it may quote names, addresses and cards
}

// refusalOf reads an answer with an error status. What is no error of Stripe's, the
// page of a proxy say, gives an empty one.
func refusalOf(body []byte) refusal {
	var answer struct {
		Error struct {
			Type        text `json:"type"`
			Code        text `json:"code"`
			DeclineCode text `json:"decline_code"`
			Param       text `json:"param"`
			Message     text `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return refusal{}
	}
	e := answer.Error
	return refusal{
		kind: plain(string(e.Type)), code: plain(string(e.Code)), decline: plain(string(e.DeclineCode)),
		param: plain(string(e.Param)), message: string(e.Message),
	}
}

// text is a string in an answer that may be something else without making the rest
// unreadable.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
	}
	return nil
}

// maxWord is how long a word of Stripe's may be that we repeat.
const maxWord = 80

// plain returns a word of Stripe's if it is one: a code or the name of a field, and
// no prose.
func plain(s string) string {
	if len(s) > maxWord || strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-.[]", r))
	}) {
		return "other"
	}
	return s
}

// laterAgain is when to come back if Stripe is busy and does not say.
const laterAgain = 5 * time.Second

// verdict says what an error of the SDK means, as billing.Payments describes it.
func (x *exchange) verdict(err error) error {
	if err == nil {
		return nil
	}
	said := x.said()
	r := x.refusal
	switch {
	case x.failure != nil:
		return fmt.Errorf("stripe: not reached: %w", x.failure)
	case x.status == 0:
		return errors.New("stripe: the request could not be made: check STRIPE_SECRET_KEY")
	case x.status < 300:
		return fmt.Errorf("stripe: %w: the answer cannot be read", said)
	case x.status < 400:
		return fmt.Errorf("stripe: %w: a redirect, which is not followed", said)
	case x.status == http.StatusUnauthorized:
		return fmt.Errorf("stripe: %w: check STRIPE_SECRET_KEY", said)
	case x.status == http.StatusForbidden:
		return fmt.Errorf("stripe: %w: the key in STRIPE_SECRET_KEY may not do this", said)
	case x.busy():
		return jobs.RetryAfter(fmt.Errorf("stripe: busy: %w", said), cmp.Or(x.after, laterAgain))
	case x.status >= 500 || x.status == http.StatusRequestTimeout || x.again || r.kind == "api_error":
		if x.after > 0 {
			return jobs.RetryAfter(fmt.Errorf("stripe: %w", said), x.after)
		}
		return fmt.Errorf("stripe: %w", said)
	case r == (refusal{}):
		// A page of somebody between us and Stripe is no answer to what was asked.
		return fmt.Errorf("stripe: %w: no answer of Stripe's", said)
	case x.status == http.StatusNotFound || r.code == "resource_missing":
		return fmt.Errorf("stripe: %w: %w", billing.ErrNoSuch, said)
	}
	return fmt.Errorf("stripe: %w", &billing.Refusal{
		Code:     cmp.Or(r.decline, r.code, r.kind, fmt.Sprintf("http_%d", x.status)),
		Declined: x.status == http.StatusPaymentRequired || r.kind == "card_error",
		Cause:    said,
	})
}

// busy reports whether the request came at a bad moment: too many of them, another
// one that holds the same object, or the same one still under way.
func (x *exchange) busy() bool {
	switch x.refusal.code {
	case "lock_timeout", "rate_limit", "idempotency_key_in_use":
		return true
	}
	return x.status == http.StatusTooManyRequests || x.status == http.StatusConflict
}

// said is what may be repeated of an answer.
func (x *exchange) said() error {
	words := []string{fmt.Sprintf("status %d", x.status)}
	for _, w := range []string{x.refusal.kind, x.refusal.code, x.refusal.decline} {
		if w != "" {
			words = append(words, w)
		}
	}
	if x.refusal.param != "" {
		words = append(words, "parameter "+x.refusal.param)
	}
	if x.requestID != "" {
		words = append(words, "request "+x.requestID)
	}
	return errors.New(strings.Join(words, ", "))
}
