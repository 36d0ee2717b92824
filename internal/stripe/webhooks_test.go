package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
)

const (
	secret       = "whsec_endpoint"
	rolledSecret = "whsec_endpoint_before"
	eventSecret  = "whsec_destination"
)

// inbox records what it is told.
type inbox struct {
	events []billing.Event
	err    error
}

func (i *inbox) Receive(_ context.Context, e billing.Event) error {
	i.events = append(i.events, e)
	return i.err
}

// hooks returns the webhooks at their paths, and whom they tell.
func hooks(live bool) (http.Handler, *inbox) {
	in := &inbox{}
	h := NewWebhooks(WebhookOptions{
		Secrets: []string{"", rolledSecret, secret}, EventSecrets: []string{eventSecret}, Live: live, Inbox: in, Now: func() time.Time { return jan15 },
		Fail: func(w http.ResponseWriter, _ *http.Request, err error) {
			f := fault.From(err)
			status := map[fault.Kind]int{fault.Forbidden: 403, fault.Invalid: 422, fault.TooLarge: 413, fault.Internal: 500, fault.Unavailable: 503}
			w.WriteHeader(status[f.Kind])
			json.NewEncoder(w).Encode(object{"code": f.Code, "message": f.Message, "fields": f.Fields})
		},
	})
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+WebhookPath, h.Snapshot)
	mux.HandleFunc("POST "+EventsPath, h.Thin)
	return mux, in
}

// sign is the vendor's own signature of a body.
func sign(body []byte, secret string, at time.Time) string {
	return sdk.GenerateTestSignedPayload(&sdk.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at}).Header
}

func deliver(h http.Handler, path string, body []byte, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Stripe-Signature", signature)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestASignedEventIsTakenInAndAnsweredAtOnce(t *testing.T) {
	body := load(t, "event_subscription_updated.json")
	for _, s := range []string{secret, rolledSecret} {
		h, in := hooks(false)
		w := deliver(h, WebhookPath, body, sign(body, s, jan15))
		if w.Code != 200 || w.Body.String() != "{}" || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("answers %d %v %q", w.Code, w.Header(), w.Body)
		}
		want := billing.Event{
			ID: "evt_1SwarmUpdated", Kind: "customer.subscription.updated", ObjectID: subID, CustomerID: customer,
			HappenedAt: jan1.Add(100 * time.Second), Body: string(body),
		}
		if len(in.events) != 1 || in.events[0] != want {
			t.Errorf("told %+v", in.events)
		}
	}
}

func TestAThinEventIsTakenInAtItsOwnAddress(t *testing.T) {
	body := load(t, "thin_error_report.json")
	h, in := hooks(false)
	if w := deliver(h, EventsPath, body, sign(body, eventSecret, jan15)); w.Code != 200 || w.Body.String() != "{}" {
		t.Errorf("answers %d %q", w.Code, w.Body)
	}
	want := billing.Event{
		ID: "evt_test_65SwarmReport", Kind: "v1.billing.meter.error_report_triggered", ObjectID: "mtr_test_sms",
		HappenedAt: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), Body: string(body),
	}
	if len(in.events) != 1 || in.events[0] != want {
		t.Errorf("told %+v", in.events)
	}
}

func TestEventsAtTheWrongAddressAreToldSo(t *testing.T) {
	snapshot, thin := load(t, "event_subscription_updated.json"), load(t, "thin_error_report.json")
	for path, tc := range map[string]struct {
		body         []byte
		secret, want string
	}{
		WebhookPath: {thin, secret, EventsPath},
		EventsPath:  {snapshot, eventSecret, WebhookPath},
	} {
		h, in := hooks(false)
		w := deliver(h, path, tc.body, sign(tc.body, tc.secret, jan15))
		if w.Code != 422 || !strings.Contains(w.Body.String(), "wrong_endpoint") || !strings.Contains(w.Body.String(), tc.want+".") || len(in.events) != 0 {
			t.Errorf("%s: answers %d %s", path, w.Code, w.Body)
		}
	}
}

func TestAnEventThatStripeHasNotSignedIsToldToNobody(t *testing.T) {
	body := load(t, "event_subscription_updated.json")
	good := sign(body, secret, jan15)
	hex := good[strings.Index(good, "v1=")+3:]
	at := jan15.Unix()
	for name, header := range map[string]string{
		"nothing":                      "",
		"no moment":                    "v1=" + hex,
		"no signature":                 fmt.Sprintf("t=%d", at),
		"another's secret":             sign(body, "whsec_other", jan15),
		"no secret":                    sign(body, "", jan15),
		"the other address's secret":   sign(body, eventSecret, jan15),
		"another body":                 sign([]byte("{}"), secret, jan15),
		"a moment too long ago":        sign(body, secret, jan15.Add(-301*time.Second)),
		"a moment too far ahead":       sign(body, secret, jan15.Add(301*time.Second)),
		"another moment":               strings.Replace(good, fmt.Sprint(at), fmt.Sprint(at+1), 1),
		"two moments":                  fmt.Sprintf("t=1,%s", good),
		"a moment with a sign":         strings.Replace(good, "t=", "t=+", 1),
		"a moment with a zero":         strings.Replace(good, "t=", "t=0", 1),
		"a signature cut short":        good[:len(good)-2],
		"an older scheme":              strings.Replace(good, "v1=", "v0=", 1),
		"a signature that is no hex":   fmt.Sprintf("t=%d,v1=%s", at, strings.Repeat("z", 64)),
		"a header that goes on and on": good + strings.Repeat(",v1="+strings.Repeat("0", 64), 100),
	} {
		h, in := hooks(false)
		if w := deliver(h, WebhookPath, body, header); w.Code != 403 || len(in.events) != 0 || strings.Contains(w.Body.String(), "whsec") {
			t.Errorf("%s: answers %d, told %d", name, w.Code, len(in.events))
		}
	}
}

func TestClocksMayDifferByFiveMinutesAndSecretsMayBeRolled(t *testing.T) {
	body := load(t, "event_subscription_updated.json")
	other := sign(body, "whsec_other", jan15)
	for name, header := range map[string]string{
		"late":                            sign(body, secret, jan15.Add(-300*time.Second)),
		"early":                           sign(body, secret, jan15.Add(300*time.Second)),
		"beside another signature":        other + "," + sign(body, secret, jan15)[strings.Index(sign(body, secret, jan15), "v1="):],
		"with spaces and another's field": " " + strings.ReplaceAll(sign(body, secret, jan15), ",", " , ") + ",v2=x",
	} {
		h, in := hooks(false)
		if w := deliver(h, WebhookPath, body, header); w.Code != 200 || len(in.events) != 1 {
			t.Errorf("%s: answers %d %s", name, w.Code, w.Body)
		}
	}
}

func TestEventsOfTheOtherModeAreRefused(t *testing.T) {
	for _, live := range []bool{true, false} {
		for path, file := range map[string]string{WebhookPath: "event_subscription_updated.json", EventsPath: "thin_error_report.json"} {
			body := load(t, file, with("livemode", !live))
			h, in := hooks(live)
			key := map[string]string{WebhookPath: secret, EventsPath: eventSecret}[path]
			if w := deliver(h, path, body, sign(body, key, jan15)); w.Code != 422 || !strings.Contains(w.Body.String(), "wrong_mode") || len(in.events) != 0 {
				t.Errorf("live key %t: answers %d %s", live, w.Code, w.Body)
			}
		}
	}
}

func TestAnotherVersionOfTheAPIIsTakenInAndNoted(t *testing.T) {
	for version, want := range map[any]string{
		"2026-09-30.endive":             "written in version 2026-09-30.endive of the API",
		"2020-08-27":                    "written in version 2020-08-27 of the API",
		"2026-08-26.dahlia":             "",
		"2026-03-25.dahlia":             "",
		"<script>alert(1)</script>.xxx": "written in version other of the API",
		nil:                             "written in version unknown of the API",
	} {
		body := load(t, "event_subscription_updated.json", with("api_version", version))
		h, in := hooks(false)
		if w := deliver(h, WebhookPath, body, sign(body, secret, jan15)); w.Code != 200 || in.events[0].Note != want {
			t.Errorf("%v: answers %d, notes %q", version, w.Code, in.events[0].Note)
		}
	}
}

func TestWhatAnEventIsAboutIsReadFromAnyShape(t *testing.T) {
	for name, tc := range map[string]struct {
		object           any
		object0, custom0 string
	}{
		"an expanded customer":    {object{"id": "in_1", "object": "invoice", "customer": object{"id": "cus_1", "email": "x"}}, "in_1", "cus_1"},
		"a customer itself":       {object{"id": "cus_1", "object": "customer"}, "cus_1", "cus_1"},
		"nobody's":                {object{"id": "du_1", "object": "dispute", "customer": nil}, "du_1", ""},
		"one without an id":       {object{"object": "invoice", "customer": "cus_1"}, "", "cus_1"},
		"ids that are none":       {object{"id": "in_1; drop", "customer": "<cus>"}, "", ""},
		"ids of another type":     {object{"id": 7, "customer": []any{}}, "", ""},
		"an id that goes on":      {object{"id": strings.Repeat("x", 256)}, "", ""},
		"a customer without any":  {object{"id": "in_1", "customer": object{"id": nil}}, "in_1", ""},
		"nothing but an object":   {object{}, "", ""},
		"an upcoming bill's file": {nil, "", customer},
	} {
		body := load(t, "event_invoice_upcoming.json")
		if tc.object != nil {
			body = load(t, "event_invoice_upcoming.json", with("data", object{"object": tc.object}))
		}
		h, in := hooks(false)
		if w := deliver(h, WebhookPath, body, sign(body, secret, jan15)); w.Code != 200 {
			t.Fatalf("%s: answers %d %s", name, w.Code, w.Body)
		}
		if e := in.events[0]; e.ObjectID != tc.object0 || e.CustomerID != tc.custom0 {
			t.Errorf("%s: about %q of %q", name, e.ObjectID, e.CustomerID)
		}
	}
}

func TestSignedButMalformedNamesTheField(t *testing.T) {
	for path, file := range map[string]string{WebhookPath: "event_subscription_updated.json", EventsPath: "thin_error_report.json"} {
		for field, values := range map[string][]any{
			"id":       {"", "sub_1", 7, "evt_" + strings.Repeat("x", 201), "evt_1\n"},
			"type":     {"", "invoice", "Invoice.Paid", strings.Repeat("a.", 60) + "a", "a.b\n", nil},
			"object":   {"list", "", 7},
			"livemode": {nil},
			"created":  {nil, "yesterday", -1, 1e15, "0001-01-01T00:00:00Z", "99999-01-01T00:00:00Z"},
		} {
			for _, value := range values {
				body := load(t, file, with(field, value))
				h, in := hooks(false)
				key := map[string]string{WebhookPath: secret, EventsPath: eventSecret}[path]
				w := deliver(h, path, body, sign(body, key, jan15))
				if w.Code != 422 || len(in.events) != 0 || !strings.Contains(w.Body.String(), "body."+field) && !strings.Contains(w.Body.String(), "invalid_json") {
					t.Errorf("%s: %s=%v: answers %d %s", path, field, value, w.Code, w.Body)
				}
			}
		}
	}
}

func TestABodyThatIsTooLargeIsNotRead(t *testing.T) {
	body := []byte(strings.Repeat(" ", maxEvent+1))
	h, in := hooks(false)
	if w := deliver(h, WebhookPath, body, sign(body, secret, jan15)); w.Code != 413 || len(in.events) != 0 {
		t.Errorf("answers %d", w.Code)
	}
}

func TestWhatCouldNotBeStoredIsAskedForAgain(t *testing.T) {
	body := load(t, "event_subscription_updated.json")
	h, in := hooks(false)
	in.err = errors.New("the disk is full")
	if w := deliver(h, WebhookPath, body, sign(body, secret, jan15)); w.Code != 500 || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("answers %d %s", w.Code, w.Body)
	}
}

func TestWithoutSecretsNothingIsTakenIn(t *testing.T) {
	body := load(t, "event_subscription_updated.json")
	in := &inbox{}
	h := NewWebhooks(WebhookOptions{Inbox: in, Now: func() time.Time { return jan15 }, Fail: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(403) }})
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, WebhookPath, strings.NewReader(string(body)))
	r.Header.Set("Stripe-Signature", sign(body, "", jan15))
	if h.Snapshot(w, r); w.Code != 403 || len(in.events) != 0 {
		t.Errorf("answers %d", w.Code)
	}
}

// Our signature and the vendor's are the same, and nothing else passes for it.
func FuzzOnlyTheVendorsSignatureIsGood(f *testing.F) {
	f.Add([]byte("{}"), "t=1768435200,v1=00", int64(0))
	f.Add([]byte(`{"id":"evt_1"}`), "t=1768435200,t=1,v1=,v1==,=,", int64(300))
	f.Add([]byte{}, "", int64(-301))
	f.Fuzz(func(t *testing.T, body []byte, header string, off int64) {
		if signed([]string{secret}, body, header, jan15) {
			t.Fatalf("%q passes", header)
		}
		if off > 1e9 || off < -1e9 {
			return
		}
		at := jan15.Add(time.Duration(off) * time.Second)
		want := off >= -300 && off <= 300
		if got := signed([]string{secret}, body, sign(body, secret, at), jan15); got != want {
			t.Fatalf("%d seconds off: got %t, want %t", off, got, want)
		}
		if signed([]string{secret}, append(body, 'x'), sign(body, secret, at), jan15) {
			t.Fatal("a changed body passes")
		}
	})
}

// Whatever is signed, it becomes an event with ids that are ids, or names what is
// wrong with it.
func FuzzSignedBodiesAreReadOrRefused(f *testing.F) {
	for _, file := range []string{"event_subscription_updated.json", "event_invoice_upcoming.json", "thin_error_report.json"} {
		f.Add(load(f, file))
	}
	f.Add([]byte(`{"id":"evt_1","object":"event","type":"a.b","livemode":false,"created":1,"data":{"object":{"customer":[[]]}}}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, in := hooks(false)
		for path, key := range map[string]string{WebhookPath: secret, EventsPath: eventSecret} {
			switch w := deliver(h, path, body, sign(body, key, jan15)); w.Code {
			case 200, 413, 422:
			default:
				t.Fatalf("answers %d %s", w.Code, w.Body)
			}
		}
		for _, e := range in.events {
			if !eventID.MatchString(e.ID) || e.Kind == "" || e.HappenedAt.IsZero() || e.ObjectID != idIn(e.ObjectID) || e.CustomerID != idIn(e.CustomerID) {
				t.Fatalf("told %+v", e)
			}
		}
	})
}
