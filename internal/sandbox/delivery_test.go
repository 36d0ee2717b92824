package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// attempt is one of a delivery's, as the control plane tells of it.
func (w *world) attempt(id string, n int) map[string]any {
	w.t.Helper()
	status, d := w.call("GET", "/sandbox/api/webhooks/"+id, "")
	list, _ := d["attempts"].([]any)
	if status != http.StatusOK || n >= len(list) {
		w.t.Fatalf("got %d %v, want attempt %d", status, d, n)
	}
	return list[n].(map[string]any)
}

func TestADeliveryTellsWhatWentOverTheWire(t *testing.T) {
	w := newWorld(t)
	seen := http.Header{}
	w.product.answers(func(rw http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		seen.Set("Host", r.Host)
		rw.Header().Set("Content-Type", "text/plain")
		rw.WriteHeader(http.StatusTeapot)
		rw.Write([]byte("short and stout"))
	})
	text := w.receive("hello")
	w.pass(0)
	a := w.attempt(w.lastWebhook().ID, 0)
	headers := a["headers"].(map[string]any)
	for name := range seen {
		if headers[name] != seen.Get(name) {
			t.Errorf("%s: got %v, want %q", name, headers[name], seen.Get(name))
		}
	}
	if len(headers) != len(seen) {
		t.Errorf("got %v, want what was received: %v", headers, seen)
	}
	base := a["signature_base"].(string)
	if !strings.HasPrefix(base, w.product.URL+"/webhooks/twilio/smsAccountSid"+testSID) || sign(testToken, base) != seen.Get("X-Twilio-Signature") {
		t.Errorf("got %q, want what was signed", base)
	}
	if a["method"] != "POST" || a["status"] != 418.0 || a["answer"] != "short and stout" || a["answer_type"] != "text/plain" || a["params"].(map[string]any)["MessageSid"] != text.SID {
		t.Errorf("got %v, want the request and its answer", a)
	}
	if status, _ := w.call("GET", "/sandbox/api/webhooks/WHx", ""); status != http.StatusNotFound {
		t.Errorf("an unknown one: got %d, want 404", status)
	}
	if status, _, _ := w.page("/sandbox/webhooks/WHx"); status != http.StatusNotFound {
		t.Errorf("its page: got %d, want 404", status)
	}
}

func TestAGetIsSignedByItsAddressAlone(t *testing.T) {
	w := newWorld(t)
	w.mu.Lock()
	w.number(testShared).SMSMethod = "GET"
	w.mu.Unlock()
	w.receive("hello")
	w.pass(0)
	a := w.attempt(w.lastWebhook().ID, 0)
	if heard := w.product.heard(); len(heard) != 1 || !heard[0].valid {
		t.Errorf("got %+v, want one with a valid signature", heard)
	}
	if a["method"] != "GET" || a["signature_base"] != a["url"] || !strings.Contains(a["url"].(string), "Body=hello") {
		t.Errorf("got %v, want the parameters in the address", a)
	}
}

func TestOnlyTheFallbackIsToldOfTheFailure(t *testing.T) {
	w := newWorld(t)
	w.mu.Lock()
	w.number(testShared).SMSFallbackURL = w.product.URL + "/fallback"
	w.mu.Unlock()
	w.product.answers(answer(500, "text/plain", ""))
	w.receive("hello")
	w.pass(time.Minute)
	id := w.lastWebhook().ID
	if first := w.attempt(id, 0)["params"].(map[string]any); first["ErrorCode"] != nil {
		t.Errorf("first: got %v, want no error", first)
	}
	if then := w.attempt(id, 1)["params"].(map[string]any); then["ErrorCode"] != "11200" || then["ErrorUrl"] != w.product.URL+"/webhooks/twilio/sms" {
		t.Errorf("fallback: got %v, want the error", then)
	}
	if _, _, page := w.page("/sandbox/webhooks/" + id); !strings.Contains(page, "as the fallback got them") {
		t.Error("the page does not show what the fallback got")
	}
	w.product.heard()
	if err := w.Resend(id); err != nil {
		t.Fatal(err)
	}
	w.pass(0)
	if heard := w.product.heard(); len(heard) == 0 || heard[0].form.Has("ErrorCode") || !heard[0].valid {
		t.Errorf("sent again: got %+v, want it as it was at first", heard)
	}
}

func TestWhatIsKeptOfADeliveryIsBounded(t *testing.T) {
	w := newWorld(t)
	w.product.answers(answer(500, "text/plain", strings.Repeat("é", answerLimit)))
	w.receive("hello")
	w.pass(0)
	for range maxAttempts + 3 {
		if err := w.Resend(w.lastWebhook().ID); err != nil {
			t.Fatal(err)
		}
		w.pass(0)
	}
	d := w.lastWebhook()
	if len(d.Attempts) != maxAttempts || len([]rune(d.Answer())) != maxAnswer+1 || !strings.HasSuffix(d.Answer(), "…") {
		t.Errorf("got %d attempts and %d characters, want %d and %d", len(d.Attempts), len([]rune(d.Answer())), maxAttempts, maxAnswer+1)
	}
}

// threeHooks are a delivered webhook, a failed one and a dropped one.
func threeHooks(t *testing.T) (w *world, delivered, failed, dropped string) {
	w = newWorld(t)
	w.receive("one")
	w.pass(0)
	delivered = w.lastWebhook().ID
	w.product.answers(answer(500, "text/plain", ""))
	w.receive("two")
	w.pass(0)
	failed = w.lastWebhook().ID
	w.order(`{"vendor":"twilio","operation":"webhook.sms","next":1,"kind":"drop"}`)
	w.receive("three")
	w.pass(0)
	w.product.answers(nil)
	w.product.heard()
	return w, delivered, failed, w.lastWebhook().ID
}

func TestWebhooksAreListedByTheirState(t *testing.T) {
	w, delivered, failed, dropped := threeHooks(t)
	for state, want := range map[string][]string{
		"": {dropped, failed, delivered}, "delivered": {delivered}, "failed": {failed}, "dropped": {dropped}, "pending": {},
	} {
		query := "?status=" + state
		list := w.data("/sandbox/api/webhooks" + query)
		_, _, page := w.page("/sandbox/webhooks" + query)
		if len(list) != len(want) {
			t.Errorf("%q: got %v, want %v", state, list, want)
			continue
		}
		for i, id := range want {
			if list[i]["id"] != id || !strings.Contains(page, "/sandbox/webhooks/"+id) {
				t.Errorf("%q: got %v, want %s, and a link to it", state, list[i]["id"], id)
			}
		}
		if strings.Count(page, `id="li-WH`) != len(want) {
			t.Errorf("%q: the page shows others as well", state)
		}
	}
	if status, body := w.call("GET", "/sandbox/api/webhooks?status=lost", ""); status != http.StatusUnprocessableEntity || body["errors"].([]any)[0].(map[string]any)["location"] != "query.status" {
		t.Errorf("an unknown state: got %d %v, want 422", status, body)
	}
	if status, _, page := w.page("/sandbox/webhooks?status=lost"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "status must be pending") {
		t.Errorf("its page: got %d, want 422 and why", status)
	}
}

func TestManyWebhooksAreSentAgainAtOnce(t *testing.T) {
	w, delivered, failed, dropped := threeHooks(t)
	for _, c := range []struct {
		body  string
		heard []string
	}{
		{`{"status":"failed"}`, []string{"two"}},
		{`{"status":"dropped"}`, []string{"three"}},
		{`{"ids":["` + failed + `","` + delivered + `","` + failed + `"]}`, []string{"one", "two"}},
	} {
		status, body := w.call("POST", "/sandbox/api/webhooks/resend", c.body)
		if status != http.StatusAccepted || body["resent"] != float64(len(c.heard)) {
			t.Errorf("%s: got %d %v, want 202 and %d", c.body, status, body, len(c.heard))
		}
		w.pass(0)
		got := map[string]bool{}
		for _, h := range w.product.heard() {
			got[h.form.Get("Body")] = true
		}
		for _, want := range c.heard {
			if !got[want] || len(got) != len(c.heard) {
				t.Errorf("%s: got %v, want %v", c.body, got, c.heard)
			}
		}
	}
	w.product.answers(answer(500, "text/plain", ""))
	w.Resend(dropped)
	w.pass(0)
	if status, to, _ := w.post("/sandbox/webhooks/resend", url.Values{"status": {"failed"}}); status != http.StatusSeeOther || to != "/sandbox/webhooks?done=resent_all" || w.lastWebhook().State != hookPending {
		t.Errorf("by the page: got %d to %q, %s, want 303 and pending", status, to, w.lastWebhook().State)
	}
	if status, to, _ := w.post("/sandbox/webhooks/"+delivered+"/resend", url.Values{"back": {"page"}}); status != http.StatusSeeOther || to != "/sandbox/webhooks/"+delivered+"?done=resent" {
		t.Errorf("by its page: got %d to %q, want 303", status, to)
	}
}

func TestAResendThatCannotBeSendsNothing(t *testing.T) {
	w, delivered, failed, _ := threeHooks(t)
	for body, want := range map[string]int{
		`{"ids":["` + failed + `","WHx"]}`: 422,
		`{"ids":[]}`:                       422,
		`{}`:                               422,
		`{"ids":["` + failed + `"],"status":"failed"}`: 422,
		`{"status":"pending"}`:                         422,
		`{"ids":"all"}`:                                422,
	} {
		if status, got := w.call("POST", "/sandbox/api/webhooks/resend", body); status != want {
			t.Errorf("%s: got %d %v, want %d", body, status, got, want)
		}
	}
	if err := w.Resend(delivered); err != nil {
		t.Fatal(err)
	}
	if status, got := w.call("POST", "/sandbox/api/webhooks/resend", `{"ids":["`+failed+`","`+delivered+`"]}`); status != http.StatusConflict {
		t.Errorf("one on its way: got %d %v, want 409", status, got)
	}
	w.pass(0)
	if heard := w.product.heard(); len(heard) != 1 || heard[0].form.Get("Body") != "one" {
		t.Errorf("got %+v, want the single one alone", heard)
	}
	if status, _, page := w.post("/sandbox/webhooks/resend", url.Values{"status": {"x"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "must be delivered, failed or dropped") {
		t.Errorf("by the page: got %d, want 422 and why", status)
	}
}

func TestAStateOfAnEarlierVersionIsAdopted(t *testing.T) {
	w := newWorld(t)
	old, err := json.Marshal(map[string]any{
		"version":    1,
		"faults":     []any{map[string]any{"vendor": "twilio", "next": 1, "kind": "500"}},
		"violations": []any{map[string]any{"vendor": "twilio", "operation": "messages.create", "field": "X", "problem": "is odd"}},
		"mails":      []any{map[string]any{"id": "old.0", "subject": "old", "to": []string{"ada@example.com"}}},
		"texts":      []any{map[string]any{"sid": "SMold", "direction": "inbound", "from": ada, "to": testShared, "body": "old"}},
		"webhooks":   []any{map[string]any{"id": "WHold", "kind": hookSMS, "params": map[string]string{}, "state": "failed", "answer": "x", "attempts": []any{map[string]any{"status": 500}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := writeFile(w.file, old); err != nil {
		t.Fatal(err)
	}
	w.open()
	if f := w.Faults(); len(f) != 1 || w.CancelFault(f[0].ID) != nil {
		t.Errorf("got %+v, want a fault that can be cancelled", f)
	}
	if v := w.Violations(); len(v) != 1 || v[0].Count != 1 {
		t.Errorf("got %+v, want it once", v)
	}
	for _, path := range []string{"/sandbox/mail/old.0", "/sandbox/phone/messages/SMold", "/sandbox/webhooks/WHold", "/sandbox/violations", "/sandbox/search?q=old"} {
		if status, _, _ := w.page(path); status != http.StatusOK {
			t.Errorf("%s: got %d, want 200", path, status)
		}
	}
	if res := w.mail(aLetter()); res.StatusCode != http.StatusAccepted {
		t.Errorf("a mail: got %d, want 202", res.StatusCode)
	}
}
