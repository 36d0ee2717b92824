package stripe

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

func TestARequestWithAnotherKeyIsRefused(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	status, _, body := w.raw("GET", "/v1/customers", "", "Authorization", "Bearer sk_test_somebody_elses_key")
	if status != 401 || errorOf(body)["type"] != "invalid_request_error" {
		t.Errorf("got %d %v, want 401 invalid_request_error", status, body)
	}
	if message, _ := errorOf(body)["message"].(string); !strings.HasPrefix(message, "Invalid API Key provided: sk_test_**") || strings.Contains(message, "somebody") {
		t.Errorf("got %q, want the key to be masked", message)
	}
}

func TestAnUnknownAddressIsRefusedInStripesWords(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	status, header, body := w.raw("GET", "/v1/nothing", "")
	if message, _ := errorOf(body)["message"].(string); status != 404 || !strings.HasPrefix(message, "Unrecognized request URL (GET: /v1/nothing)") {
		t.Errorf("got %d %q", status, message)
	}
	if header.Get("Stripe-Should-Retry") != "false" {
		t.Errorf("got Stripe-Should-Retry %q, want false", header.Get("Stripe-Should-Retry"))
	}
}

func TestTestClocksAreAnsweredWithTheOneClockThereIs(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	_, err := w.client.V1TestHelpersTestClocks.Create(t.Context(), &sdk.TestHelpersTestClockCreateParams{FrozenTime: sdk.Int64(1)})
	if got := refused(t, err); !strings.Contains(got.Msg, "one clock for everything") {
		t.Errorf("got %q", got.Msg)
	}
}

func TestParametersAreCheckedAgainstTheDescription(t *testing.T) {
	tests := []struct{ name, path, form, code, param, message string }{
		{"an unknown parameter", "/v1/customers", form("nick", "x"), "parameter_unknown", "nick", "Received unknown parameter: nick"},
		{"an unknown nested parameter", "/v1/prices", form("currency", "usd", "recurring[interval]", "month", "recurring[unit]", "x"),
			"parameter_unknown", "recurring[unit]", "Received unknown parameter: recurring[unit]"},
		{"two unknown parameters", "/v1/customers", form("a", "1", "b", "2"), "parameter_unknown", "a", "Received unknown parameters: a, b"},
		{"a missing parameter", "/v1/products", "", "parameter_missing", "name", "Missing required param: name."},
		{"a missing nested parameter", "/v1/prices", form("currency", "usd", "recurring[interval_count]", "2"), "parameter_missing", "recurring[interval]",
			"Missing required param: recurring[interval]."},
		{"no whole number", "/v1/customers", form("balance", "1.5"), "parameter_invalid_integer", "balance", "Invalid integer: 1.5"},
		{"no truth", "/v1/products", form("name", "a", "active", "yes"), "", "active", "Invalid boolean: yes"},
		{"a value that is not offered", "/v1/prices", form("currency", "usd", "recurring[interval]", "fortnight"), "", "recurring[interval]",
			"Invalid recurring[interval]: must be one of day, month, week, or year"},
		{"too long a text", "/v1/customers", form("name", strings.Repeat("n", 257)), "", "name", "Invalid string: nnnnnnnnnn...; must be at most 256 characters"},
		{"an object in place of a value", "/v1/customers", form("email[a]", "b"), "", "email", "Invalid string: email must not be an object"},
		{"a value in place of an object", "/v1/prices", form("currency", "usd", "recurring", "month"), "", "recurring", "Invalid object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "2026-01-10")
			status, _, body := w.raw("POST", tt.path, tt.form)
			e := errorOf(body)
			if code, _ := e["code"].(string); status != 400 || code != tt.code || e["param"] != tt.param || e["message"] != tt.message {
				t.Errorf("got %d %v, want code %q, param %q, message %q", status, e, tt.code, tt.param, tt.message)
			}
			if len(w.wrong) != 1 || !strings.Contains(w.wrong[0], tt.param) {
				t.Errorf("got violations %q, want one about %s", w.wrong, tt.param)
			}
		})
	}
}

func TestAKeyThatIsUsedAgainGetsTheFirstAnswer(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	_, first, a := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
	_, again, b := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
	if a["id"] != b["id"] || again.Get("Idempotent-Replayed") != "true" || again.Get("Original-Request") != first.Get("Request-Id") {
		t.Errorf("got %v then %v with headers %v", a["id"], b["id"], again)
	}
	if first.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer says that it is a replay")
	}
	status, _, body := w.raw("POST", "/v1/customers", form("name", "Bob"), "Idempotency-Key", "k1")
	if status != 400 || errorOf(body)["type"] != "idempotency_error" {
		t.Errorf("got %d %v for other parameters, want 400 idempotency_error", status, body)
	}
	w.pass(25 * time.Hour)
	_, _, c := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
	if c["id"] == a["id"] {
		t.Error("a day later the key still gets the old answer")
	}
}

func TestAKeyWhoseRequestIsUnderWayIsRefused(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	w := newWorld(t, "2026-01-10", func(o *Options) {
		o.Faulty = func(_ string, rw http.ResponseWriter, r *http.Request, _ func(int), operate func(http.ResponseWriter)) {
			entered <- true
			<-leave
			operate(rw)
		}
	})
	done := make(chan int)
	go func() {
		status, _, _ := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
		done <- status
	}()
	<-entered
	status, header, body := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
	if status != 409 || errorOf(body)["code"] != "idempotency_key_in_use" || header.Get("Stripe-Should-Retry") != "true" {
		t.Errorf("got %d %v", status, body)
	}
	leave <- true
	if status := <-done; status != 200 {
		t.Errorf("the first request got %d", status)
	}
}

func TestWhatBrokeIsAnsweredSoAgainAndWhatWasTooMuchIsTriedAgain(t *testing.T) {
	for status, again := range map[int]int{500: 500, 503: 200, 429: 200} {
		broken := true
		w := newWorld(t, "2026-01-10", func(o *Options) {
			o.Faulty = func(_ string, rw http.ResponseWriter, _ *http.Request, refuse func(int), operate func(http.ResponseWriter)) {
				if broken {
					broken = false
					refuse(status)
					return
				}
				operate(rw)
			}
		})
		w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
		got, header, _ := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
		if replayed := header.Get("Idempotent-Replayed") == "true"; got != again || replayed != (again == 500) {
			t.Errorf("%d, and then: got %d, replayed: %t", status, got, replayed)
		}
		if got, _, _ := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k2"); got != 200 {
			t.Errorf("%d, and then with another key: got %d", status, got)
		}
	}
}

func TestAnAnswerThatGotLostIsGivenToTheRetry(t *testing.T) {
	lose := true
	w := newWorld(t, "2026-01-10", func(o *Options) {
		o.Faulty = func(_ string, rw http.ResponseWriter, _ *http.Request, refuse func(int), operate func(http.ResponseWriter)) {
			if lose {
				lose = false
				operate(httptest.NewRecorder()) // committed, and the answer is lost
				refuse(http.StatusServiceUnavailable)
				return
			}
			operate(rw)
		}
	})
	w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
	status, header, _ := w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
	_, _, list := w.raw("GET", "/v1/customers", "")
	if data, _ := list["data"].([]any); status != 200 || header.Get("Idempotent-Replayed") != "true" || len(data) != 1 {
		t.Errorf("got %d with %d customers, want 200 with 1", status, len(data))
	}
}

func TestListsArePagedBothWays(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	var ids []string
	for range 5 {
		cu, err := w.client.V1Customers.Create(t.Context(), nil)
		ids = append(ids, must(w, cu, err).ID)
	}
	var seen []string
	for cu, err := range w.client.V1Customers.List(t.Context(), &sdk.CustomerListParams{ListParams: sdk.ListParams{Limit: sdk.Int64(2)}}).All(t.Context()) {
		seen = append([]string{must(w, cu, err).ID}, seen...)
	}
	if strings.Join(seen, " ") != strings.Join(ids, " ") {
		t.Errorf("got %v, want %v newest first", seen, ids)
	}
	_, _, body := w.raw("GET", "/v1/customers?limit=2&ending_before="+ids[1], "")
	data, _ := body["data"].([]any)
	if len(data) != 2 || data[0].(map[string]any)["id"] != ids[3] || body["has_more"] != true {
		t.Errorf("got %v before %s", body, ids[1])
	}
	for _, query := range []string{"limit=0", "limit=101", "starting_after=cus_none"} {
		if status, _, _ := w.raw("GET", "/v1/customers?"+query, ""); status != 400 {
			t.Errorf("%s got %d, want 400", query, status)
		}
	}
}

func TestTheStateOutlivesTheEngine(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	w.raw("POST", "/v1/customers", form("name", "Ada", "metadata[user]", "usr_1"), "Idempotency-Key", "k1")
	saved, err := w.engine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	next, err := New(w.engine.opt, saved)
	if err != nil {
		t.Fatal(err)
	}
	again, err := next.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(saved) {
		t.Errorf("got %s\nwant %s", again, saved)
	}
	if _, err := New(w.engine.opt, []byte(`{"customers":7}`)); err == nil {
		t.Error("a state that cannot be read is accepted")
	}
}

func TestTiersCanBeExpandedOfPricesOfWhichSomeHaveNone(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	_, _, product := w.raw("POST", "/v1/products", form("name", "Plan"))
	id, _ := product["id"].(string)
	w.raw("POST", "/v1/prices", form("product", id, "currency", "usd", "unit_amount", "4000", "recurring[interval]", "month"))
	w.raw("POST", "/v1/prices", form("product", id, "currency", "usd", "recurring[interval]", "month", "billing_scheme", "tiered",
		"tiers_mode", "graduated", "tiers[0][up_to]", "inf", "tiers[0][unit_amount]", "2"))
	status, _, list := w.raw("GET", "/v1/prices?expand[]=data.tiers", "")
	data, _ := list["data"].([]any)
	if status != 200 || len(data) != 2 {
		t.Fatalf("got %d %v", status, list)
	}
	if tiers, ok := data[0].(map[string]any)["tiers"].([]any); !ok || len(tiers) != 1 {
		t.Errorf("got %v for the tiered one", data[0])
	}
	if tiers, ok := data[1].(map[string]any)["tiers"]; ok {
		t.Errorf("got the tiers %v for the other", tiers)
	}
	if status, _, _ := w.raw("GET", "/v1/prices?expand[]=data.terms", ""); status != 400 {
		t.Errorf("got %d for what no price has, want 400", status)
	}
}
