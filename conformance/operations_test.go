package conformance_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/sandbox"
)

// operation is one that an emulator answers.
type operation struct {
	name             string // the sandbox's
	method, template string
	called           bool // by our adapters
}

func (o operation) vendor() string {
	switch {
	case strings.HasPrefix(o.template, "/v3/"):
		return "sendgrid"
	case strings.HasPrefix(o.template, "/2010-04-01/"), strings.HasPrefix(o.template, "/v1/Tollfree/"):
		return "twilio"
	}
	return "stripe"
}

func (o operation) String() string { return o.vendor() + " " + o.method + " " + o.template }

const below = "/2010-04-01/Accounts/{AccountSid}/"

// emulated are all operations that the sandbox answers. A new one belongs into
// one of the lists, and into the tour that has its answers checked.
var emulated = slices.Concat(otherOperations, stripeOperations)

// otherOperations are those of Twilio's and SendGrid's.
var otherOperations = []operation{
	{"mail.send", "POST", "/v3/mail/send", true},
	{"scopes.list", "GET", "/v3/scopes", true},
	{"messages.create", "POST", below + "Messages.json", true},
	{"messages.list", "GET", below + "Messages.json", true},
	{"messages.fetch", "GET", below + "Messages/{Sid}.json", false},
	{"available_numbers.list", "GET", below + "AvailablePhoneNumbers/{CountryCode}/TollFree.json", true},
	{"numbers.create", "POST", below + "IncomingPhoneNumbers.json", true},
	{"numbers.create", "POST", below + "IncomingPhoneNumbers/TollFree.json", false},
	{"numbers.list", "GET", below + "IncomingPhoneNumbers.json", true},
	{"numbers.list", "GET", below + "IncomingPhoneNumbers/TollFree.json", false},
	{"numbers.fetch", "GET", below + "IncomingPhoneNumbers/{Sid}.json", false},
	{"numbers.update", "POST", below + "IncomingPhoneNumbers/{Sid}.json", false},
	{"numbers.delete", "DELETE", below + "IncomingPhoneNumbers/{Sid}.json", true},
	{"verifications.list", "GET", "/v1/Tollfree/Verifications", true},
	{"verifications.fetch", "GET", "/v1/Tollfree/Verifications/{Sid}", false},
}

// named are what the sandbox names like operations: webhooks, and people's payments.
var named = []string{"webhook.sms", "webhook.status", "webhook.event", "webhook.thin", "payment"}

// takenForIDs are described paths that the emulator takes for a number's
// identifier, of which it then knows none. It emulates nothing behind them.
var takenForIDs = []string{
	"twilio GET " + below + "IncomingPhoneNumbers/Local.json", "twilio POST " + below + "IncomingPhoneNumbers/Local.json",
	"twilio GET " + below + "IncomingPhoneNumbers/Mobile.json", "twilio POST " + below + "IncomingPhoneNumbers/Mobile.json",
	"stripe GET /v1/charges/search", "stripe GET /v1/invoices/search", "stripe GET /v1/payment_intents/search",
	"stripe GET /v1/prices/search", "stripe GET /v1/subscriptions/search",
}

// explained are paths of Stripe's at which the emulator says that it has something
// else: one clock for everything.
const explained = "/v1/test_helpers/test_clocks"

// pathOf fills in a template.
func pathOf(template string) string {
	p := strings.NewReplacer("{AccountSid}", account, "{CountryCode}", "US").Replace(template)
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(p, "XX"+strings.Repeat("0", 32))
}

// An emulator that answers a path wants credentials there, and says of all other
// paths that there is nothing. So it can be asked about everything that is
// described, whatever its own lists say.
func TestTheEmulatorsAnswerTheseOperationsAndNoOthers(t *testing.T) {
	w, b := newWorld(t), book(t)
	answered, want := map[string]bool{}, map[string]bool{}
	for _, o := range b.Operations() {
		q := conformance.Request{Vendor: o.Vendor, Method: o.Method, Path: pathOf(o.Template), Header: http.Header{}}
		switch status := w.knock(q); {
		case status == http.StatusUnauthorized:
			answered[o.String()] = true
		case o.Vendor == "stripe" && strings.HasPrefix(o.Template, explained):
			if status != http.StatusBadRequest {
				t.Errorf("%s: %d, want it refused with a word about the clock", o, status)
			}
		case status != http.StatusNotFound && status != http.StatusMethodNotAllowed:
			t.Errorf("%s: %d without credentials", o, status)
		}
	}
	for _, o := range emulated {
		want[o.String()] = true
	}
	for _, name := range takenForIDs {
		if !answered[name] {
			t.Errorf("%s is not taken for an identifier any more: strike it from takenForIDs", name)
		}
		vendor, at, _ := strings.Cut(name, " ")
		method, template, _ := strings.Cut(at, " ")
		if got := w.ask(conformance.Request{Vendor: vendor, Method: method, Path: pathOf(template), Header: http.Header{}}); got.Status != http.StatusNotFound {
			t.Errorf("%s answers %d: it is emulated, and belongs into the list", name, got.Status)
		}
		delete(answered, name)
	}
	differ(t, "answered and not in the list", answered, want)
	differ(t, "in the list and not answered", want, answered)
}

// knock makes a request without credentials and returns its status.
func (w *world) knock(q conformance.Request) int {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), q.Method, w.vendor+q.Vendor+q.Path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

var option = regexp.MustCompile(`<option value="[a-z]+ ([a-z_.]+)">`)

func TestTheSandboxNamesTheseOperationsAndNoOthers(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodGet, "http://localhost/sandbox/faults", nil)
	r.RemoteAddr = "127.0.0.1:50000"
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	page, err := io.ReadAll(rec.Body)
	if err != nil || rec.Code != http.StatusOK {
		t.Fatalf("the page of faults: %d, %v", rec.Code, err)
	}
	offered, want := map[string]bool{}, map[string]bool{}
	for _, m := range option.FindAllSubmatch(page, -1) {
		offered[string(m[1])] = true
	}
	delete(offered, "webhook.any") // stands for each
	for _, o := range emulated {
		want[o.name] = true
	}
	for _, name := range named {
		want[name] = true
	}
	differ(t, "named and not in the list", offered, want)
	differ(t, "in the list and not named", want, offered)
}

// That a fault ordered by name befalls the path shows that the two belong
// together, and how an emulator says that it is not well.
func TestOutagesLookAsTheVendorsDo(t *testing.T) {
	b := book(t)
	for _, o := range otherOperations { // Stripe's are in stripehostile_test.go
		for _, kind := range []string{"429", "500", "503"} {
			w := newWorld(t)
			if _, err := w.AddFault(sandbox.Fault{Vendor: o.vendor(), Operation: o.name, Next: 1, Kind: kind}); err != nil {
				t.Fatalf("%s: %v", o.name, err)
			}
			q := conformance.Request{Vendor: o.vendor(), Method: o.method, Path: pathOf(o.template), Header: http.Header{}}
			if o.name == "mail.send" {
				q = mailOf(`{}`)
			}
			x := w.ask(q)
			if got, _ := json.Number(kind).Int64(); int64(x.Status) != got {
				t.Errorf("%s answers %d to %s, want %s", o.name, x.Status, o, kind)
			}
			if kind == "429" && x.Answer.Header.Get("Retry-After") == "" {
				t.Errorf("%s: 429 without Retry-After", o.name)
			}
			if kind == "503" && o.vendor() == "twilio" { // the balancer's words, before any API's
				if got := x.Answer.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
					t.Errorf("%s: 503 is of the type %q", o.name, got)
				}
				continue
			}
			if found := b.CheckRefusal(x.Request, x.Answer); len(found) > 0 {
				t.Errorf("%s %s:%s\nin %s", o.name, kind, conformance.List(found), x.Answer.Body)
			}
		}
	}
}
