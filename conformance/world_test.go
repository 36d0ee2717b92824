package conformance_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/sandbox"
	"xswarm.ai/server/internal/sendgrid"
	payments "xswarm.ai/server/internal/stripe"
	"xswarm.ai/server/internal/twilio"
)

const (
	account   = "AC0123456789abcdef0123456789abcdef"
	authToken = "5f1dc0ffee5f1dc0ffee5f1dc0ffee00"
	mailKey   = "SG.conformance.key"
	shared    = "+18335550199"
	person    = "+12025550101"
	from      = "noreply@xswarm.example"
)

// loaded reads the descriptions once for all tests: it takes seconds.
var loaded = sync.OnceValues(func() (*conformance.Book, error) { return conformance.Load(os.Getenv("XSWARM_OPENAPI_DIR")) })

func book(t *testing.T) *conformance.Book {
	t.Helper()
	if os.Getenv("XSWARM_OPENAPI_DIR") == "" {
		t.Fatal("XSWARM_OPENAPI_DIR is not set: scripts/test installs the vendors' descriptions and sets it")
	}
	b, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exchange is a request to an emulator and its answer.
type exchange struct {
	conformance.Request
	conformance.Answer
	byHand bool // it is no adapter's
}

func (x exchange) String() string { return x.Vendor + " " + x.Method + " " + x.Path }

// world is the sandbox's emulators behind a real server, our real adapters that
// talk to them, and a product that is told things.
type world struct {
	*sandbox.Sandbox
	t       *testing.T
	vendor  string // the address of the emulators
	product string // the product's
	now     time.Time

	mu       sync.Mutex
	recorded []exchange
	hooks    []conformance.Webhook
	events   []eventHook
	answer   int // the product's status; 0: 200

	carrier *twilio.Client
	sender  *sendgrid.Client
	payer   *payments.Client
	called  map[string]bool // the payer's methods
	// pretend is what an adapter reads in place of an answer; nil: the answer.
	pretend func(exchange) []byte
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), called: map[string]bool{}}
	product := httptest.NewServer(http.HandlerFunc(w.told))
	t.Cleanup(product.Close)
	s, err := sandbox.New(sandbox.Options{
		Dir: t.TempDir(), ProductURL: product.URL, AccountSID: account, AuthToken: authToken,
		SendGridKey: mailKey, SharedNumber: shared, MailDomains: []string{"xswarm.example"},
		StripeKey: stripeKey, StripeWebhookSecret: eventSecret, StripeEventsSecret: thinSecret,
		Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	w.Sandbox, w.product, w.vendor = s, product.URL, server.URL+"/sandbox/vendors/"
	w.carrier = twilio.New(twilio.Options{
		AccountSID: account, AuthToken: authToken, BaseURL: w.vendor + "twilio", Transport: w, CallbackBase: product.URL,
	})
	w.sender = sendgrid.New(sendgrid.Options{
		APIKey: mailKey, BaseURL: w.vendor + "sendgrid", FromEmail: from, FromName: "xSwarm", Transport: w,
	})
	w.payer = w.payerWith(payments.Options{})
	return w
}

// RoundTrip makes a request of an adapter's, and records it with its answer.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) { return w.trip(r, false) }

// byHand makes those that no adapter makes.
type byHand struct{ *world }

func (h byHand) RoundTrip(r *http.Request) (*http.Response, error) { return h.trip(r, true) }

func (w *world) trip(r *http.Request, byHand bool) (*http.Response, error) {
	rest := strings.TrimPrefix(r.URL.String(), w.vendor)
	vendor, _, _ := strings.Cut(rest, "/")
	x := exchange{byHand: byHand, Request: conformance.Request{
		Vendor: vendor, Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, "/sandbox/vendors/"+vendor),
		Query: r.URL.Query(), Header: r.Header.Clone(),
	}}
	if r.Body != nil {
		var err error
		if x.Request.Body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(x.Request.Body))
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		return nil, err
	}
	x.Answer = conformance.Answer{Status: res.StatusCode, Header: res.Header, Body: body}
	if w.pretend != nil && !byHand {
		body = w.pretend(x)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.recorded = append(w.recorded, x)
	return res, nil
}

// ask makes a request that no adapter makes. Credentials are added.
func (w *world) ask(q conformance.Request) exchange {
	w.t.Helper()
	u := w.vendor + q.Vendor + q.Path
	if len(q.Query) > 0 {
		u += "?" + q.Query.Encode()
	}
	r, err := http.NewRequestWithContext(w.t.Context(), q.Method, u, bytes.NewReader(q.Body))
	if err != nil {
		w.t.Fatal(err)
	}
	for name, values := range q.Header {
		r.Header[name] = values
	}
	switch q.Vendor {
	case "twilio":
		r.SetBasicAuth(account, authToken)
	case "sendgrid":
		r.Header.Set("Authorization", "Bearer "+mailKey)
	case "stripe":
		r.Header.Set("Authorization", "Bearer "+stripeKey)
	}
	res, err := (&http.Client{Transport: byHand{w}}).Do(r)
	if err != nil {
		w.t.Fatalf("%s %s: %v", q.Method, q.Path, err)
	}
	res.Body.Close()
	exchanges := w.exchanges()
	return exchanges[len(exchanges)-1]
}

func (w *world) exchanges() []exchange {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]exchange(nil), w.recorded...)
}

// asked are the exchanges of our adapters.
func (w *world) asked() []exchange {
	return slices.DeleteFunc(w.exchanges(), func(x exchange) bool { return x.byHand })
}

// told is the product's end of the webhooks.
func (w *world) told(rw http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "/webhooks/stripe") {
		w.toldOfEvent(rw, r)
		return
	}
	r.ParseForm()
	w.mu.Lock()
	w.hooks = append(w.hooks, conformance.Webhook{
		URL: "http://" + r.Host + r.URL.RequestURI(), Header: r.Header.Clone(), Form: r.PostForm,
	})
	status := w.answer
	w.mu.Unlock()
	rw.Header().Set("Content-Type", "text/xml")
	if status != 0 {
		rw.WriteHeader(status)
	}
	io.WriteString(rw, "<Response/>")
}

// answers sets the status with which the product answers from now on.
func (w *world) answers(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = status
}

// heard returns what the product was told since the last call.
func (w *world) heard() []conformance.Webhook {
	w.mu.Lock()
	defer w.mu.Unlock()
	hooks := w.hooks
	w.hooks = nil
	return hooks
}

// pass lets time pass and everything that is due in it happen.
func (w *world) pass(d time.Duration) {
	w.now = w.now.Add(d)
	for w.Tick(context.WithoutCancel(w.t.Context())) > 0 {
	}
}

// path is a path of Twilio's older API, below the account.
func path(rest string) string { return "/2010-04-01/Accounts/" + account + "/" + rest }

// get and post make requests for ask.
func get(p string, query url.Values) conformance.Request {
	return conformance.Request{Vendor: "twilio", Method: http.MethodGet, Path: p, Query: query, Header: http.Header{}}
}

func post(p string, form url.Values) conformance.Request {
	return conformance.Request{
		Vendor: "twilio", Method: http.MethodPost, Path: p, Body: []byte(form.Encode()),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
}

func mailOf(body string) conformance.Request {
	return conformance.Request{
		Vendor: "sendgrid", Method: http.MethodPost, Path: "/v3/mail/send", Body: []byte(body),
		Header: http.Header{"Content-Type": {"application/json"}},
	}
}
