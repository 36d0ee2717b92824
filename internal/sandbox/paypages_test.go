package sandbox

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

func TestThePagesShowWhoPaysForWhat(t *testing.T) {
	w, _ := newPaidWorld(t)
	customer, b := w.subscribed("<b>ada</b>@example.com")
	_, err := w.stripe().V1BillingMeterEvents.Create(t.Context(), &sdk.BillingMeterEventCreateParams{
		EventName: sdk.String("voice_minutes"), Identifier: sdk.String("voice:CA1"),
		Payload: map[string]string{"stripe_customer_id": customer, "value": "600"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(5 * time.Second)
	in := w.newestInvoice(customer)
	event := w.data("/sandbox/api/payments/events?type=invoice.paid")[0]["id"].(string)
	hook := ""
	for _, d := range w.Webhooks() {
		if d.Event.ID == event {
			hook = d.ID
		}
	}
	for path, want := range map[string][]string{
		"/sandbox":                               {"1 customer", "1 subscription"},
		"/sandbox/payments":                      {"&lt;b&gt;ada", "active", "next invoice", customer},
		payerHref(customer):                      {"Pays with</dt><dd>visa ending in 4242", b.ID, in.ID, "$40.00", "secretary_monthly", "Voice minutes, used", "600", "$41.30", "Give back", "Dispute it", "Pause collection", "Cancel now", "To the next invoice"},
		"/sandbox/payments/events":               {"invoice.paid", "customer.created", "checkout.session.completed"},
		"/sandbox/payments/events?about=" + b.ID: {"customer.subscription.created", b.ID},
		eventHref(event):                         {"invoice.paid", in.ID, "&#34;pending_webhooks&#34;", hookHref(hook)},
		"/sandbox/payments/meters":               {"Voice minutes", "voice_minutes", "600", "&lt;b&gt;ada"},
		"/sandbox/webhooks":                      {"invoice.paid of " + in.ID},
		hookHref(hook):                           {"invoice.paid", event, "HMAC-SHA256", "Stripe-Signature", "Stripe/1.0", "application/json; charset=utf-8", "&#34;object&#34;: &#34;event&#34;", objectHref(in.ID)},
	} {
		status, _, body := w.page(path)
		if status != 200 {
			t.Errorf("%s: got %d, want 200", path, status)
		}
		for _, part := range want {
			if !strings.Contains(body, part) {
				t.Errorf("%s: %q is missing", path, part)
			}
		}
		for _, never := range []string{hookSecret, thinSecret, testStripeKey, "<b>ada", "@stamp"} {
			if strings.Contains(body, never) {
				t.Errorf("%s: shows %q", path, never)
			}
		}
	}
	counts := map[string]string{}
	for _, m := range w.data("/sandbox/api/payments/meters") {
		for _, by := range m["used"].([]any) {
			u := by.(map[string]any)
			counts[m["event_name"].(string)+" "+u["customer"].(string)] = u["value"].(string)
		}
	}
	if counts["voice_minutes "+customer] != "600" {
		t.Errorf("the meters count %v", counts)
	}
	if status, to, _ := w.get("/sandbox/payments/objects/" + in.ID); status != 303 || to != payerHref(customer)+"#li-"+in.ID {
		t.Errorf("an invoice: got %d to %q, want its customer", status, to)
	}
	for _, path := range []string{"/sandbox/payments/customers/cus_none", "/sandbox/payments/customers/a%2Fb", "/sandbox/payments/events/evt_none", "/sandbox/payments/objects/in_none", "/sandbox/payments/objects/x"} {
		if status, _, _ := w.page(path); status != 404 {
			t.Errorf("%s: got %d, want 404", path, status)
		}
	}
}

// get asks for a page and does not follow where it leads.
func (w *world) get(path string) (int, string, string) {
	w.t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(w.url + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	return res.StatusCode, res.Header.Get("Location"), string(raw)
}

func TestTheButtonsOfACustomerDoWhatTheySay(t *testing.T) {
	w, _ := newPaidWorld(t)
	customer, b := w.subscribed("ada@example.com")
	charge := w.data("/sandbox/api/payments/charges")[0]["id"].(string)
	of := func(more string) url.Values {
		form, _ := url.ParseQuery(more)
		form.Set("customer", customer)
		return form
	}
	for _, c := range []struct{ path, form, note string }{
		{"charges/" + charge + "/refund", "amount=12.50", "refund"},
		{"customers/" + customer + "/card", "card=" + failingCard, "card"},
		{"customers/" + customer + "/clock", "to=invoice", "moved"},
		{"customers/" + customer + "/clock", "to=paid", "moved"},
		{"customers/" + customer + "/card", "card=" + goodCard, "card"},
	} {
		if status, to, body := w.post("/sandbox/payments/"+c.path, of(c.form)); status != 303 || to != payerHref(customer)+"?done="+c.note {
			t.Fatalf("%s: got %d to %q, want 303: %s", c.path, status, to, problemOf(body))
		}
		w.pass(0)
	}
	in := w.newestInvoice(customer)
	if in.Status != "open" || w.sub(b.ID).Status != "past_due" {
		t.Errorf("got %s and %s, want an open invoice that was not paid", in.Status, w.sub(b.ID).Status)
	}
	if status, _, body := w.post("/sandbox/payments/invoices/"+in.ID+"/pay", of("")); status != 303 {
		t.Errorf("pay: got %d, want 303: %s", status, problemOf(body))
	}
	for _, c := range []struct{ path, form, words string }{
		{"charges/" + charge + "/refund", "amount=1.5", "an amount like 12.34"},
		{"charges/" + charge + "/refund", "amount=99999", "Stripe says"},
		{"invoices/" + in.ID + "/void", "", "Stripe says"},
		{"customers/" + customer + "/clock", "to=trial", "Nothing of that kind"},
	} {
		status, _, body := w.post("/sandbox/payments/"+c.path, of(c.form))
		if status < 400 || !strings.Contains(body, c.words) || !strings.Contains(body, b.ID) {
			t.Errorf("%s %s: got %d, want the page with %q", c.path, c.form, status, c.words)
		}
	}
	if status, _, _ := w.post("/sandbox/payments/subscriptions/"+b.ID+"/cancel", of("")); status != 303 || !w.sub(b.ID).over() {
		t.Errorf("cancel: got %d, want the subscription ended", status)
	}
	if _, _, body := w.page(payerHref(customer) + "?done=cancel"); !strings.Contains(body, "The subscription has ended.") || strings.Contains(body, "Cancel now") {
		t.Error("the page does not say that it has ended")
	}
}

// problemOf is what a page says that went wrong.
func problemOf(body string) string {
	_, after, _ := strings.Cut(body, `id="problem">`)
	words, _, _ := strings.Cut(after, "<")
	return words
}

func TestThePageOnWhichPeoplePayIsInTheSandbox(t *testing.T) {
	w, _ := newPaidWorld(t)
	session := w.buys(w.opens(), "ada@example.com")
	path := strings.TrimPrefix(session.URL, w.product.URL)
	if _, _, body := w.page("/sandbox/payments"); !strings.Contains(body, "Pages that wait for somebody to pay") || !strings.Contains(body, session.URL) {
		t.Error("the inspector does not name the page")
	}
	status, header, body := w.page(path)
	if status != 200 || !strings.Contains(body, "Subscribe for $40.00") || strings.Contains(header.Get("Content-Security-Policy"), "form-action") {
		t.Fatalf("got %d %v, want the page, whose form may lead elsewhere", status, header)
	}
	req, _ := http.NewRequest("POST", w.url+path, strings.NewReader("card=4242424242424242&action=pay"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 403 {
		t.Errorf("from another site: got %d, want 403", res.StatusCode)
	}
	status, to, _ := w.post(path, url.Values{"card": {goodCard}, "action": {"pay"}})
	if status != 303 || to != w.product.URL+"/app?session="+session.ID {
		t.Errorf("got %d to %q, want the way back", status, to)
	}
	if _, _, body := w.page("/sandbox/payments"); strings.Contains(body, "wait for somebody") {
		t.Error("the inspector still names the page")
	}
}

func TestWhatBecomesOfTheUnpaidIsASetting(t *testing.T) {
	for end, status := range map[string]string{"cancel": "canceled", "unpaid": "unpaid", "past_due": "past_due"} {
		w, _ := newPaidWorld(t)
		customer, b := w.subscribed("ada@example.com")
		w.mustDo("customers/"+customer+"/card", `{"card":"`+failingCard+`"}`)
		if code, to, _ := w.post("/sandbox/payments/dunning", url.Values{"end": {end}}); code != 303 || to != "/sandbox/payments?done=dunning" {
			t.Errorf("%s: got %d to %q, want 303", end, code, to)
		}
		w.clockTo("next_invoice")
		w.pass(20 * 24 * time.Hour)
		if got := w.sub(b.ID).Status; got != status {
			t.Errorf("%s: got %s, want %s", end, got, status)
		}
	}
	w := newWorld(t)
	if code, _, body := w.post("/sandbox/payments/dunning", url.Values{"end": {"never"}}); code != 422 || !strings.Contains(body, "must be cancel") {
		t.Errorf("got %d, want 422 and why", code)
	}
	if code, _ := w.call("POST", "/sandbox/api/payments/dunning", `{"end":"unpaid"}`); code != 200 {
		t.Errorf("got %d, want 200", code)
	}
	if _, body := w.call("GET", "/sandbox/api/payments/dunning", ""); body["end"] != "unpaid" {
		t.Errorf("got %v, want unpaid", body)
	}
}

func TestPaymentsAreSearched(t *testing.T) {
	w, _ := newPaidWorld(t)
	customer, _ := w.subscribed("ada@example.com")
	in := w.newestInvoice(customer)
	for query, want := range map[string]string{
		"ada@example.com": "customer 1", in.ID: "invoice 1", in.Number: "invoice 1", "checkout.session.completed": "event 1",
	} {
		if got := w.finds(query); !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %s", query, got, want)
		}
	}
	if got := w.finds("nothing like this"); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestAmountsAreReadAsPeopleWriteThem(t *testing.T) {
	for in, want := range map[string]int64{
		"12.34": 1234, "12": 1200, "$0.05": 5, "1000.00": 100000,
		"": 0, "0": 0, "0.00": 0, "1.5": 0, "1.": 0, ".50": 0, "1,50": 0, "-3": 0, "1e3": 0, "12.345": 0, "99999999999999999999": 0, "+1": 0,
	} {
		got, err := cents(in)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %d %v, want %d", in, got, err, want)
		}
	}
	for n, want := range map[int64]string{0: "$0.00", 5: "$0.05", 1234: "$12.34", -4130: "−$41.30"} {
		if got := money(n, "usd"); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func FuzzAmountsAreNeverMoreThanWritten(f *testing.F) {
	for _, s := range []string{"12.34", "$1", "0.001", "９", "1_000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		n, err := cents(in)
		if err == nil && (n <= 0 || strings.Trim(in, "$0123456789.") != "") {
			t.Errorf("%q: got %d", in, n)
		}
	})
}
