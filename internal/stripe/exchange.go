package stripe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

// timeout is how long a request may take, with its answer.
const timeout = 15 * time.Second

// maxAnswer is how much of an answer is read: a page of a hundred events is a few
// megabytes at most.
const maxAnswer = 8 << 20

// pageSize is how many things are asked for at once: the most that Stripe gives.
const pageSize = 100

// maxRequests is how many pages of a list are read: more of them is a mistake of ours,
// or a list that says of each empty page that there is another one.
const maxRequests = 1250

// exchange is what came of the last request of a call. It travels in the call's
// context, since the SDK does not pass everything on.
type exchange struct {
	requests  int           // so far
	status    int           // of the last one, as all below
	requestID string        // Stripe's, for its support
	after     time.Duration // Retry-After
	again     bool          // Stripe says that another attempt makes sense
	replayed  bool          // the answer is that of an earlier request with the same key
	refusal   refusal
	failure   error // of the transport, without the address
}

type exchangeKey struct{}

// begin returns a context in which requests note what comes of them.
func begin(ctx context.Context) (context.Context, *exchange) {
	x := new(exchange)
	return context.WithValue(ctx, exchangeKey{}, x), x
}

// pathID is what can be a part of an address: all ids that Stripe makes.
var pathID = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_.-]{0,254}$`)

var errNoPath = errors.New("stripe: an id is missing, or is none")

// call makes a request that has parameters only.
func call[P, T any](ctx context.Context, f func(context.Context, P) (T, error), params P) (T, error) {
	ctx, x := begin(ctx)
	v, err := f(ctx, params)
	for x.broke() && nextKey(params) {
		v, err = f(ctx, params)
	}
	return v, x.verdict(err)
}

// callOn makes a request about something that has an id.
func callOn[P, T any](ctx context.Context, f func(context.Context, string, P) (T, error), id string, params P) (T, error) {
	var none T
	if !pathID.MatchString(id) { // it would ask for a list, or for something else
		return none, errNoPath
	}
	ctx, x := begin(ctx)
	v, err := f(ctx, id, params)
	for x.broke() && nextKey(params) {
		v, err = f(ctx, id, params)
	}
	return v, x.verdict(err)
}

// broke reports whether the answer is that of an earlier request, at which something
// broke at Stripe. With its key it is given for a day, whatever it is that was wrong
// (https://docs.stripe.com/api/idempotent_requests).
func (x *exchange) broke() bool { return x.replayed && x.status >= 500 }

// maxKey is how long an idempotency key may be.
const maxKey = 255

// nextKey gives a request the key that follows on its own, the same one whoever asks:
// so what was done with that one is found again. It reports whether there is one.
//
// What broke may have been done in part. All that we ask for twice is read before it
// is changed, or lies unused: a customer without a card, a page that nobody was shown.
func nextKey(params any) bool {
	p, ok := params.(sdk.ParamsContainer)
	if !ok {
		return false
	}
	key := p.GetParams().IdempotencyKey
	if key == nil || len(*key)+len(":again") > maxKey {
		return false
	}
	p.GetParams().IdempotencyKey = sdk.String(*key + ":again")
	return true
}

// list reads all pages of a list.
func list[P, T any](ctx context.Context, f func(context.Context, P) *sdk.V1List[T], params P) ([]T, error) {
	var all []T
	err := each(ctx, f, params, func(v T) error { all = append(all, v); return nil })
	if err != nil {
		return nil, err
	}
	return all, nil
}

// each reads all pages of a list and hands on what is in them as it comes, so that
// no more than a page is held.
func each[P, T any](ctx context.Context, f func(context.Context, P) *sdk.V1List[T], params P, take func(T) error) error {
	ctx, x := begin(ctx)
	for v, err := range f(ctx, params).All(ctx) {
		if err != nil {
			return x.verdict(err)
		}
		if err := take(v); err != nil {
			return err
		}
	}
	return nil
}

// page is the parameters of a list that is read in large pages.
func page(expand ...string) sdk.ListParams {
	p := sdk.ListParams{Limit: sdk.Int64(pageSize)}
	for _, field := range expand {
		p.AddExpand(field)
	}
	return p
}

// transport sends the SDK's requests where they belong. It reads the whole answer: one
// that is cut off is noticed here, and nothing is left open.
type transport struct {
	next http.RoundTripper
	// base stands in for Stripe's address; nil is the real one. The SDK could be told,
	// and would then not understand an address whose path does not begin with /v1.
	base *url.URL
}

// userAgent is what we call ourselves. The SDK would add what it finds in the
// environment.
const userAgent = "xSwarm stripe-go/" + sdk.ClientVersion

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		x = new(exchange)
	}
	*x = exchange{requests: x.requests + 1}
	if x.requests > maxRequests {
		x.failure = errors.New("the list has no end")
		return nil, x.failure
	}
	resp, err := t.trip(r, x)
	if err != nil {
		x.failure = err
		return nil, err
	}
	return resp, nil
}

func (t transport) trip(r *http.Request, x *exchange) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r = r.Clone(ctx)
	r.Header.Set("User-Agent", userAgent)
	r.Header.Del("X-Stripe-Client-User-Agent")
	if t.base != nil {
		r.URL.Scheme, r.URL.Host, r.Host = t.base.Scheme, t.base.Host, t.base.Host
		r.URL.Path = strings.TrimRight(t.base.Path, "/") + r.URL.Path
		r.URL.RawPath = ""
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, errors.New("the answer is too large")
	}
	x.note(resp, body)
	if x.status >= 300 && x.status < 400 {
		body = nil // the SDK would read a redirect as it reads an answer
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// note keeps what matters of an answer.
func (x *exchange) note(resp *http.Response, body []byte) {
	x.status = resp.StatusCode
	x.requestID = plain(resp.Header.Get("Request-Id"))
	x.again = resp.Header.Get("Stripe-Should-Retry") == "true"
	x.replayed = resp.Header.Get("Idempotent-Replayed") == "true"
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		x.after = min(time.Duration(n)*time.Second, time.Hour)
	}
	if x.status >= 400 {
		x.refusal = refusalOf(body)
	}
}
