package sandbox

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"
)

const (
	testStripeKey = "sk_test_sandboxedkeyofthetests"
	hookSecret    = "whsec_ofthetests"
	thinSecret    = "whsec_test_ofthetests"
)

// withStripe lets the product be told of Stripe's events.
func withStripe(o *Options) {
	o.StripeKey, o.StripeWebhookSecret, o.StripeEventsSecret = testStripeKey, hookSecret, thinSecret
}

// stripe is the official library, pointed at the emulator.
func (w *world) stripe() *sdk.Client {
	return sdk.NewClient(testStripeKey, sdk.WithBackends(sdk.NewBackendsWithConfig(&sdk.BackendConfig{
		HTTPClient:        &http.Client{Transport: toSandbox{w.url + "/sandbox/vendors/stripe"}, Timeout: 5 * time.Second},
		MaxNetworkRetries: new(int64), LeveledLogger: &sdk.LeveledLogger{Level: sdk.LevelNull},
	})))
}

// customer makes a customer at Stripe, of which the product is told.
func (w *world) customer(email string) *sdk.Customer {
	w.t.Helper()
	c, err := w.stripe().V1Customers.Create(w.t.Context(), &sdk.CustomerCreateParams{Email: &email})
	if err != nil {
		w.t.Fatalf("create a customer: %v", err)
	}
	return c
}

// letter is an event as the product got it.
type letter struct {
	path, signature, agent, kind string
	event                        sdk.Event
	valid                        error
}

// mailbox is a product that notes the events that it is told of, and answers with
// a status.
type mailbox struct {
	mu     sync.Mutex
	got    []letter
	status int
}

func (m *mailbox) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	l := letter{path: r.URL.Path, signature: r.Header.Get("Stripe-Signature"), agent: r.UserAgent(), kind: r.Header.Get("Content-Type")}
	l.event, l.valid = webhook.ConstructEventWithOptions(raw, l.signature, hookSecret, webhook.ConstructEventOptions{IgnoreTolerance: true})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, l)
	if m.status != 0 {
		rw.WriteHeader(m.status)
	}
}

// taken returns what has come since the last call.
func (m *mailbox) taken() []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	got := m.got
	m.got = nil
	return got
}

func (m *mailbox) answers(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status = status
}

// newPaidWorld is a world with Stripe, whose product notes events.
func newPaidWorld(t *testing.T, change ...func(*Options)) (*world, *mailbox) {
	w, m := newWorld(t, append([]func(*Options){withStripe}, change...)...), &mailbox{}
	w.product.answers(m.ServeHTTP)
	return w, m
}

func TestAnEventIsToldSignedWithoutAnySetUp(t *testing.T) {
	w, m := newPaidWorld(t)
	made := w.customer("ada@example.com")
	w.pass(0)
	got := m.taken()
	if len(got) != 1 || got[0].valid != nil || got[0].path != "/webhooks/stripe" || got[0].event.Type != "customer.created" {
		t.Fatalf("got %+v, want one event with a valid signature", got)
	}
	if got[0].kind != "application/json; charset=utf-8" || !strings.HasPrefix(got[0].agent, "Stripe/1.0") || got[0].event.Data.Object["id"] != made.ID {
		t.Errorf("got %+v, want Stripe's header and the customer", got[0])
	}
	d := w.lastWebhook()
	if d.State != hookDelivered || d.Verification() != "accepted" || d.SID != made.ID || d.Vendor != "stripe" {
		t.Errorf("got %+v, want it delivered", d)
	}
}

func TestTheSignatureIsOfTheMomentOfTheAttempt(t *testing.T) {
	w, m := newPaidWorld(t)
	m.answers(500)
	w.customer("ada@example.com")
	w.pass(0)
	w.pass(6 * time.Minute)
	got := m.taken()
	if len(got) != 2 || got[0].signature == got[1].signature || got[0].valid != nil || got[1].valid != nil {
		t.Fatalf("got %+v, want two attempts, each signed anew", got)
	}
	_, d := w.call("GET", "/sandbox/api/webhooks/"+w.lastWebhook().ID, "")
	for i, a := range d["attempts"].([]any) {
		base := a.(map[string]any)["signature_base"].(string)
		at, body, _ := strings.Cut(base, ".")
		if got[i].signature != "t="+at+",v1="+signEvent(hookSecret, base) || body != d["body"] {
			t.Errorf("%d: got %q, want what was signed", i, base)
		}
	}
}

func TestAnEventIsTriedThreeTimesAgainOverHours(t *testing.T) {
	w, m := newPaidWorld(t)
	m.answers(503)
	w.customer("ada@example.com")
	w.pass(0)
	for _, step := range []struct {
		wait  time.Duration
		tries int
		state string
	}{
		{4 * time.Minute, 1, hookPending}, {time.Minute, 2, hookPending}, {30 * time.Minute, 3, hookPending},
		{time.Hour, 3, hookPending}, {time.Hour, 4, hookFailed}, {72 * time.Hour, 4, hookFailed},
	} {
		w.pass(step.wait)
		if d := w.lastWebhook(); len(d.Attempts) != step.tries || d.State != step.state {
			t.Errorf("after %s more: got %d attempts, %s, want %d, %s", step.wait, len(d.Attempts), d.State, step.tries, step.state)
		}
	}
	m.taken()
	m.answers(204) // any 2xx will do
	if err := w.Resend(w.lastWebhook().ID); err != nil {
		t.Fatal(err)
	}
	w.pass(0)
	if got := m.taken(); len(got) != 1 || got[0].valid != nil || w.lastWebhook().State != hookDelivered {
		t.Errorf("by hand: got %+v, want it delivered", got)
	}
}

func TestEventsComeTwiceLateOrNeverOnRequest(t *testing.T) {
	w, m := newPaidWorld(t)
	w.order(`{"vendor":"stripe","operation":"webhook.event","next":1,"kind":"duplicate"}`)
	w.customer("ada@example.com")
	w.pass(0)
	if got := m.taken(); len(got) != 2 || got[0].event.ID != got[1].event.ID || got[1].valid != nil {
		t.Errorf("duplicate: got %+v, want the same event twice", got)
	}
	for _, kind := range []string{"reorder", "delay"} {
		w.order(`{"vendor":"stripe","operation":"webhook.any","next":1,"kind":"` + kind + `","delay_ms":60000}`)
		first, second := w.customer("first@example.com"), w.customer("second@example.com")
		w.pass(time.Second)
		w.pass(time.Minute)
		if got := m.taken(); len(got) != 2 || got[0].event.Data.Object["id"] != second.ID || got[1].event.Data.Object["id"] != first.ID {
			t.Errorf("%s: got %+v, want the second first", kind, got)
		}
	}
	w.order(`{"vendor":"stripe","next":1,"kind":"drop"}`)
	w.customer("lost@example.com")
	w.pass(time.Hour)
	if got := m.taken(); len(got) != 0 || w.lastWebhook().State != hookDropped {
		t.Errorf("drop: got %+v, want nothing", got)
	}
	if n, err := w.ResendAll(hookDropped); n != 1 || err != nil {
		t.Fatalf("got %d %v, want one sent again", n, err)
	}
	w.pass(0)
	if got := m.taken(); len(got) != 1 || got[0].valid != nil {
		t.Errorf("resent: got %+v, want it", got)
	}
}

func TestFaultsBefallRequestsToStripe(t *testing.T) {
	w, _ := newPaidWorld(t)
	for _, kind := range []string{"429", "500", "503"} {
		w.order(`{"vendor":"stripe","operation":"customers.create","next":1,"kind":"` + kind + `"}`)
		email := "ada@example.com"
		_, err := w.stripe().V1Customers.Create(t.Context(), &sdk.CustomerCreateParams{Email: &email})
		if e, ok := err.(*sdk.Error); !ok || strconv.Itoa(e.HTTPStatusCode) != kind {
			t.Errorf("got %v, want Stripe's %s", err, kind)
		}
	}
	w.order(`{"vendor":"stripe","operation":"customers.create","next":1,"kind":"timeout_after_commit","delay_ms":1}`)
	email := "ada@example.com"
	for { // the library's transport may ask again under the same key, by itself
		p := &sdk.CustomerCreateParams{Email: &email}
		p.SetIdempotencyKey("once")
		if _, err := w.stripe().V1Customers.Create(t.Context(), p); err == nil {
			break
		}
	}
	var list struct {
		Data []struct{ Email string }
	}
	if err := w.payments.Ask("GET /v1/customers", nil, &list); err != nil || len(list.Data) != 1 {
		t.Errorf("got %+v %v, want one customer, although the first answer was lost", list, err)
	}
}

func TestWhatStripeDoesNotDescribeIsAViolation(t *testing.T) {
	w, _ := newPaidWorld(t)
	req, _ := http.NewRequest("POST", w.url+"/sandbox/vendors/stripe/v1/customers", strings.NewReader(url.Values{"colour": {"blue & green"}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+testStripeKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	got := w.Violations()
	if res.StatusCode != http.StatusBadRequest || len(got) != 1 || got[0].Vendor != "stripe" || got[0].Field != "colour" || got[0].Request != "colour=blue & green" {
		t.Errorf("got %d %+v, want the field refused and told of", res.StatusCode, got)
	}
}

func TestStripeOutlivesARestartAndFollowsTheProduct(t *testing.T) {
	w, _ := newPaidWorld(t)
	made := w.customer("ada@example.com")
	w.pass(0)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	moved := &mailbox{}
	w.product = newRecorder(t)
	w.product.answers(moved.ServeHTTP)
	w.options.ProductURL = w.product.URL
	w.open()
	if _, err := w.stripe().V1Customers.Update(t.Context(), made.ID, &sdk.CustomerUpdateParams{Name: sdk.String("Ada")}); err != nil {
		t.Fatal(err)
	}
	w.pass(0)
	if got := moved.taken(); len(got) != 1 || got[0].event.Type != "customer.updated" || got[0].valid != nil {
		t.Errorf("got %+v, want the product told where it is now", got)
	}
	var list struct{ Data []struct{ URL string } }
	if err := w.payments.Ask("GET /v1/webhook_endpoints", nil, &list); err != nil || len(list.Data) != 1 {
		t.Errorf("got %+v %v, want one endpoint", list, err)
	}
}

func TestAResetLeavesWhatTheProductHasNotedAtStripe(t *testing.T) {
	w, m := newPaidWorld(t)
	w.customer("ada@example.com")
	w.pass(0)
	m.taken()
	if status, _ := w.call("POST", "/sandbox/api/reset", ""); status != http.StatusNoContent {
		t.Fatalf("got %d, want 204", status)
	}
	var list struct{ Data []any }
	if err := w.payments.Ask("GET /v1/customers", nil, &list); err != nil || len(list.Data) != 1 {
		t.Errorf("got %v %v, want the customer", list, err)
	}
	if n := len(w.Webhooks()); n != 0 {
		t.Errorf("%d webhooks are left", n)
	}
	w.customer("bob@example.com")
	w.pass(0)
	if got := m.taken(); len(got) != 1 || got[0].valid != nil {
		t.Errorf("got %+v, want the product told as before", got)
	}
}

func TestWithoutAKeyStripeLetsNobodyIn(t *testing.T) {
	w := newWorld(t)
	email := "ada@example.com"
	_, err := w.stripe().V1Customers.Create(t.Context(), &sdk.CustomerCreateParams{Email: &email})
	if e, ok := err.(*sdk.Error); !ok || e.HTTPStatusCode != http.StatusUnauthorized {
		t.Errorf("got %v, want 401", err)
	}
	if n := len(w.Webhooks()); n != 0 {
		t.Errorf("got %d webhooks, want none", n)
	}
}
