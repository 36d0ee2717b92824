package conformance_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/stripe"
)

// The secrets with which the product is told of Stripe's events.
const (
	eventSecret = "whsec_conformance_events"
	thinSecret  = "whsec_conformance_thin"
)

const (
	userID     = "usr_01k8z3v8zq6r9b3c1d2e3f4g5h"
	billingURL = "https://xswarm.example/app/billing"
)

// payerWith makes a client of Stripe that sells in a certain way.
func (w *world) payerWith(o stripe.Options) *stripe.Client {
	o.SecretKey, o.BaseURL, o.Transport, o.Now = stripeKey, w.vendor+"stripe", w, func() time.Time { return w.now }
	return stripe.New(o)
}

// did notes that a method of the adapter was called, and well.
func (w *world) did(method string, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: %v", method, err)
	}
	w.called[method] = true
}

// object is what Stripe answers with.
type object = map[string]any

// payment makes a request of Stripe's that no adapter makes and that has to be
// carried out. The form is names and values by turns.
func (w *world) payment(operation string, pairs ...string) object {
	w.t.Helper()
	x := w.tryPayment(operation, pairs...)
	if x.Status != http.StatusOK {
		w.t.Fatalf("%s %v: %d %s", x, pairs, x.Status, x.Answer.Body)
	}
	return decoded(w.t, x.Answer.Body)
}

func (w *world) tryPayment(operation string, pairs ...string) exchange {
	w.t.Helper()
	method, path, _ := strings.Cut(operation, " ")
	return w.ask(paymentOf(method, path, pairs...))
}

// paymentOf makes a request of Stripe's as its library does.
func paymentOf(method, path string, pairs ...string) conformance.Request {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	q := conformance.Request{Vendor: "stripe", Method: method, Path: path, Header: stripeHeader()}
	if method != http.MethodPost {
		q.Query = form
		return q
	}
	q.Body = []byte(form.Encode())
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return q
}

// secondPayment makes one of the second API's.
func (w *world) secondPayment(operation, body string) object {
	w.t.Helper()
	method, path, _ := strings.Cut(operation, " ")
	x := w.ask(secondOf(method, path, body))
	if x.Status != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", x, body, x.Status, x.Answer.Body)
	}
	return decoded(w.t, x.Answer.Body)
}

func secondOf(method, path, body string) conformance.Request {
	q := conformance.Request{Vendor: "stripe", Method: method, Path: path, Body: []byte(body), Header: stripeHeader()}
	q.Header.Set("Content-Type", "application/json")
	return q
}

func decoded(t *testing.T, body []byte) object {
	t.Helper()
	var out object
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return out
}

// person does at the sandbox what a person, a bank or the account's owner does:
// checkout/cs_1, invoices/in_1/dispute.
func (w *world) person(deed, how string) object {
	w.t.Helper()
	address := strings.TrimSuffix(w.vendor, "vendors/") + "api/payments/" + deed
	res, err := http.Post(address, "application/json", strings.NewReader(how))
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(res.Body); err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s, %v", deed, how, res.StatusCode, body.Bytes(), err)
	}
	return decoded(w.t, body.Bytes())
}

// payAll has the adapter make every request that it ever makes, in each form that it
// takes.
func (w *world) payAll() {
	w.t.Helper()
	w.setUp()
	customer := w.makesCustomer()
	w.checksOut(customer)
	subscription := w.buys(customer, stripe.Options{})
	w.changesPlan(subscription)
	w.usesAndPays(customer, subscription)
	w.goesWrong()
	w.migrates()
}

func TestEveryMethodOfThePayerIsCalled(t *testing.T) {
	called := maps.Clone(paid(t).called)
	called["About"] = true // which asks nobody
	for _, of := range []reflect.Type{reflect.TypeFor[*stripe.Client](), reflect.TypeFor[billing.Payments]()} {
		for i := range of.NumMethod() {
			if name := of.Method(i).Name; !called[name] {
				t.Errorf("%s.%s is not among the calls that are checked: add it to payAll", of, name)
			}
		}
	}
}

// text returns what an object holds at a key.
func text(o object, keys ...string) string {
	s, _ := inner(o, keys[:len(keys)-1]...)[keys[len(keys)-1]].(string)
	return s
}

// seconds writes a moment as Stripe does.
func seconds(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// change is a move of a subscription to a tier, now.
func (w *world) change(subscription string, t plan.Tier, numbers int64) billing.Change {
	now := w.now.Truncate(time.Second)
	return billing.Change{
		SubscriptionID: subscription, Tier: t, At: now, Since: now, Numbers: numbers,
		Key: "chg_" + strconv.Itoa(len(w.exchanges())),
	}
}
