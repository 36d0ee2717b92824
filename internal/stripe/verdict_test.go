package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
)

// saying answers with a status, headers and a body.
func saying(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func wrong(kind, code string) string {
	return fmt.Sprintf(`{"error":{"type":%q,"code":%q,"message":"Ada Lovelace, ada@example.com","param":"line_items[0][price]"}}`, kind, code)
}

func TestErrorsSayWhatBecameOfARequest(t *testing.T) {
	type want struct {
		gone, refused, declined bool
		code                    string
		later                   time.Duration // that Stripe asks for; 0: a job's own pace
	}
	declined := string(load(t, "error_card_declined.json"))
	missing := string(load(t, "error_missing_customer.json"))
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		want   want
	}{
		"a wrong parameter is refused":                          {saying(400, wrong("invalid_request_error", "parameter_missing")), want{refused: true, code: "parameter_missing"}},
		"a refusal without a code has its type":                 {saying(400, `{"error":{"type":"invalid_request_error"}}`), want{refused: true, code: "invalid_request_error"}},
		"a key that came with another request is refused":       {saying(400, wrong("idempotency_error", "")), want{refused: true, code: "idempotency_error"}},
		"a declined card is told apart, with the bank's reason": {saying(402, declined), want{refused: true, declined: true, code: "insufficient_funds"}},
		"a bank that wants to be asked is a declined card": {saying(402, wrong("invalid_request_error", "subscription_payment_intent_requires_action")),
			want{refused: true, declined: true, code: "subscription_payment_intent_requires_action"}},
		"what is not there is not there":              {saying(404, wrong("invalid_request_error", "resource_missing")), want{gone: true}},
		"nor is a customer that a parameter names":    {saying(400, missing), want{gone: true}},
		"nor is what the second API does not find":    {saying(404, `{"error":{"code":"not_found","message":"x"}}`), want{gone: true}},
		"a page of somebody else's says nothing":      {saying(404, "<html>not found</html>"), want{}},
		"nor does JSON of somebody else's":            {saying(400, `{"message":"Forbidden"}`), want{}},
		"a wrong key is for the operator to mend":     {saying(401, wrong("invalid_request_error", "")), want{}},
		"so is a key that may not":                    {saying(403, wrong("invalid_request_error", "")), want{}},
		"too many requests come back":                 {saying(429, wrong("invalid_request_error", "rate_limit")), want{later: laterAgain}},
		"when Stripe says so":                         {saying(429, wrong("invalid_request_error", "rate_limit"), "Retry-After", "77"), want{later: 77 * time.Second}},
		"within an hour":                              {saying(429, "", "Retry-After", "7200"), want{later: time.Hour}},
		"a lock comes back":                           {saying(409, wrong("invalid_request_error", "lock_timeout")), want{later: laterAgain}},
		"the same request under way comes back":       {saying(409, wrong("idempotency_error", "idempotency_key_in_use")), want{later: laterAgain}},
		"a failure of Stripe's is tried again":        {saying(500, wrong("api_error", "")), want{}},
		"and when it says so":                         {saying(503, "<html>", "Retry-After", "9"), want{later: 9 * time.Second}},
		"what Stripe says to try again is":            {saying(400, wrong("invalid_request_error", "x"), "Stripe-Should-Retry", "true"), want{}},
		"an answer that cannot be read is tried":      {saying(200, "<html>"), want{}},
		"an answer without an id is":                  {saying(200, "{}"), want{}},
		"an answer that is too large is":              {saying(200, `{"id":"`+strings.Repeat("x", maxAnswer)+`"}`), want{}},
		"an answer that is cut off is":                {saying(200, `{"id":`, "Content-Length", "1000"), want{}},
		"a connection that is cut is":                 {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, want{}},
		"a redirect is not followed":                  {saying(307, `{"id":"cus_evil"}`, "Location", "/v1/elsewhere"), want{}},
		"an error whose fields are none is no riddle": {saying(400, `{"error":{"type":7,"code":{},"message":[]}}`), want{}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			a.says("GET /v1/customers", 200, nobody)
			a.mux.HandleFunc("POST /v1/customers", tc.answer)
			_, err := a.CreateCustomer(t.Context(), billing.NewCustomer{UserID: "usr_ada", Email: "ada@example.com", Name: "Ada", Key: "customer:usr_ada"})
			if err == nil {
				t.Fatal("no error")
			}
			if got := len(a.asked("POST", "")); got != 1 {
				t.Errorf("asked %d times, want once: nothing is repeated here", got)
			}
			var r *billing.Refusal
			got := want{gone: errors.Is(err, billing.ErrNoSuch), refused: errors.As(err, &r), later: wait(t, err)}
			if r != nil {
				got.declined, got.code = r.Declined, r.Code
			}
			if tc.want.later == 0 {
				got.later = 0
			}
			if got != tc.want {
				t.Errorf("%v\nmeans %+v, want %+v", err, got, tc.want)
			}
			for _, secret := range []string{"Ada", "ada@", testKey, "127.0.0.1:"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q is in %v", secret, err)
				}
			}
		})
	}
}

func TestARefusalNamesWhatSupportAsksFor(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/customers", 200, nobody)
	a.mux.HandleFunc("POST /v1/customers", saying(400, wrong("invalid_request_error", "parameter_missing")))
	_, err := a.CreateCustomer(t.Context(), billing.NewCustomer{Key: "k"})
	for _, word := range []string{"400", "invalid_request_error", "parameter_missing", "line_items[0][price]", "req_Swarm123"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in %v", word, err)
		}
	}
}

func TestTheCallersContextEndsACall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := newAccount(t)
	a.mux.HandleFunc("GET /v1/customers/{id}", func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := a.Read(ctx, customer); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	before := len(a.asked("GET", ""))
	if _, err := a.Read(ctx, customer); !errors.Is(err, context.Canceled) || len(a.asked("GET", "")) != before {
		t.Errorf("got %v, and asked all the same", err)
	}
}

func TestAListIsReadToItsEnd(t *testing.T) {
	a := newAccount(t)
	pages := 0
	a.mux.HandleFunc("GET /v1/billing_portal/configurations", func(w http.ResponseWriter, r *http.Request) {
		pages++
		if want := map[int]string{1: "", 2: "bpc_1"}[pages]; r.URL.Query().Get("starting_after") != want {
			t.Errorf("page %d begins after %q", pages, r.URL.Query().Get("starting_after"))
		}
		fmt.Fprintf(w, `{"object":"list","has_more":%t,"data":[{"id":"bpc_%d","metadata":{"xswarm":%q}}]}`,
			pages < 2, pages, map[int]string{2: portalKey}[pages])
	})
	a.answers("POST /v1/billing_portal/sessions", "portal_session.json")
	if _, err := a.OpenPortal(t.Context(), customer, "https://xswarm.example/app/billing"); err != nil {
		t.Fatal(err)
	}
	if got := a.only("POST", "/v1/billing_portal/sessions").Form.Get("configuration"); got != "bpc_2" {
		t.Errorf("opens the portal with %q", got)
	}
}

func TestAListWithoutAnEndIsGivenUp(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/billing_portal/configurations", 200, `{"object":"list","has_more":true,"data":[]}`)
	_, err := a.OpenPortal(t.Context(), customer, "https://xswarm.example")
	if err == nil || !strings.Contains(err.Error(), "no end") || len(a.asked("GET", "")) != maxRequests {
		t.Errorf("got %v after %d requests", err, len(a.asked("GET", "")))
	}
}

func TestWithoutAnIDNobodyIsAsked(t *testing.T) {
	a := newAccount(t)
	for _, id := range []string{"", "..", "cus_1/../../account", "cus 1", "cus_1?expand[]=x"} {
		if _, err := a.Read(t.Context(), id); err == nil {
			t.Errorf("%q is a customer", id)
		}
	}
	if _, err := a.MeterErrors(t.Context(), ""); err == nil {
		t.Error("no event is one")
	}
	if len(a.all) != 0 {
		t.Errorf("asked %v", a.all)
	}
}

func TestAKeySaysWhereItIsGood(t *testing.T) {
	for key, want := range map[string]string{
		"sk_test_1": ModeTest, "rk_test_1": ModeTest, "sk_live_1": ModeLive, "rk_live_1": ModeLive,
		"pk_live_1": "", "live_": "", "": "", "sk_live": "",
	} {
		if got := Mode(key); got != want {
			t.Errorf("%q: got %q, want %q", key, got, want)
		}
	}
}

// answering is a transport that gives one answer to everything.
type answering struct {
	status int
	body   string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// holed reports whether a list in an answer has nothing in the place of a thing. The
// SDK does not survive that, and Stripe does not write it.
func holed(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			if holed(inner) {
				return true
			}
		}
	case []any:
		return slices.Contains(v, nil) || slices.ContainsFunc(v, holed)
	}
	return false
}

// Whatever Stripe answers, a request was done, refused, about nothing, or is worth
// another attempt; and what Stripe says in prose is not repeated.
func FuzzAnswersAreUnderstoodOrTriedAgain(f *testing.F) {
	for _, file := range []string{"error_card_declined.json", "error_missing_customer.json", "error_duplicate_event.json", "subscription.json", "customer.json", "invoice.json"} {
		f.Add(200, string(load(f, file)))
		f.Add(402, string(load(f, file)))
	}
	f.Add(500, "")
	f.Add(404, `{"error":{"code":"resource_missing","param":"a person: +12025559999"}}`)
	f.Add(200, `{"id":null,"items":{"data":[null]}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		var v any
		if status < 200 || status > 599 || json.Unmarshal([]byte(body), &v) == nil && holed(v) {
			return
		}
		c := New(Options{SecretKey: testKey, BaseURL: "http://127.0.0.1", Transport: answering{status, body}, Now: func() time.Time { return jan15 }})
		ch := billing.Change{SubscriptionID: subID, Tier: "ai_secretary", At: jan15, Key: "k"}
		_, read := c.Read(t.Context(), customer)
		_, invoice := c.Invoice(t.Context(), "in_1")
		_, preview := c.Preview(t.Context(), ch)
		for _, err := range []error{read, invoice, preview, c.Schedule(t.Context(), ch), c.SetNumbers(t.Context(), subID, 1, "k")} {
			var r *billing.Refusal
			switch {
			case err == nil && status >= 300:
				t.Fatalf("%d %q is a success", status, body)
			case errors.As(err, &r) && (r.Code == "" || status < 400 && r.Code != "classic_billing" && r.Code != "unknown_price"):
				t.Fatalf("%d %q is a refusal: %+v", status, body, r)
			case err != nil && (strings.Contains(err.Error(), "2025559999") || strings.Contains(err.Error(), "example.com")):
				t.Fatalf("what Stripe says is in %v", err)
			}
		}
	})
}

// The key of what broke is good for nothing for a day, and what follows on it is the
// same for whoever asks.
func TestWhatBrokeIsAskedForWithTheKeyThatFollows(t *testing.T) {
	var keys []string
	broken := map[string]bool{"customer:usr_1": true, "customer:usr_1:again": true}
	a := newAccount(t)
	a.says("GET /v1/customers", 200, nobody)
	a.mux.HandleFunc("POST /v1/customers", func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		keys = append(keys, key)
		if broken[key] {
			w.Header().Set("Idempotent-Replayed", "true")
			w.WriteHeader(500)
			io.WriteString(w, `{"error":{"type":"api_error"}}`)
			return
		}
		w.Write(load(t, "customer.json"))
	})
	for range 2 {
		keys = nil
		got, err := a.CreateCustomer(t.Context(), billing.NewCustomer{UserID: "usr_1", Email: "ada@example.com", Key: "customer:usr_1"})
		if want := []string{"customer:usr_1", "customer:usr_1:again", "customer:usr_1:again:again"}; err != nil || got == "" || !slices.Equal(keys, want) {
			t.Errorf("got %q %v with the keys %q, want %q", got, err, keys, want)
		}
	}
}

func TestWhatBreaksJustNowIsNotAskedForAgainAtOnce(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/customers", 200, nobody)
	a.says("POST /v1/customers", 500, `{"error":{"type":"api_error"}}`)
	if _, err := a.CreateCustomer(t.Context(), billing.NewCustomer{UserID: "usr_1", Email: "ada@example.com", Key: "k"}); err == nil {
		t.Error("it was made")
	}
	if n := len(a.asked("POST", "/v1/customers")); n != 1 {
		t.Errorf("it was asked for %d times", n)
	}
}
