package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func answer(status int, kind, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// receive lets Ada's phone text the shared number.
func (w *world) receive(body string) Text {
	w.t.Helper()
	text, err := w.Receive(Incoming{From: ada, To: testShared, Body: body})
	if err != nil {
		w.t.Fatalf("Receive: %v", err)
	}
	return text
}

func (w *world) lastWebhook() Delivery {
	w.t.Helper()
	list := w.Webhooks()
	if len(list) == 0 {
		w.t.Fatal("no webhook was made")
	}
	return list[len(list)-1]
}

func TestATextToANumberIsToldSignedWithEveryField(t *testing.T) {
	w := newWorld(t)
	text := w.receive("What’s on my list? 📋")
	w.pass(0)
	heard := w.product.heard()
	if len(heard) != 1 || !heard[0].valid || heard[0].path != "/webhooks/twilio/sms" {
		t.Fatalf("got %+v, want one valid webhook", heard)
	}
	for name, want := range map[string]string{
		"MessageSid": text.SID, "SmsSid": text.SID, "SmsMessageSid": text.SID, "AccountSid": testSID, "From": ada,
		"To": testShared, "Body": "What’s on my list? 📋", "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
		"ApiVersion": "2010-04-01", "FromCountry": "US",
	} {
		if got := heard[0].form.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if _, ok := heard[0].form["FromCity"]; !ok {
		t.Error("FromCity is missing: Twilio sends it empty")
	}
	if d := w.lastWebhook(); d.State != hookDelivered || d.Verification() != "accepted" {
		t.Errorf("got %s, %s, want delivered, accepted", d.State, d.Verification())
	}
}

func TestMediaIsToldByItsAddress(t *testing.T) {
	w := newWorld(t)
	status, _ := w.call("POST", "/sandbox/api/texts", `{"from":"`+ada+`","to":"`+testShared+`","body":"","media":["https://example.com/a.png"]}`)
	if status != http.StatusCreated {
		t.Fatalf("got %d, want 201", status)
	}
	w.pass(0)
	f := w.product.heard()[0].form
	if f.Get("NumMedia") != "1" || f.Get("MediaUrl0") != "https://example.com/a.png" || f.Get("MediaContentType0") != "image/png" || !strings.HasPrefix(f.Get("MessageSid"), "MM") {
		t.Errorf("got %v, want one picture", f)
	}
}

func TestAnErrorAnswerIsNotTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.product.answers(answer(500, "text/plain", "oops"))
	w.receive("hello")
	w.pass(time.Hour)
	d := w.lastWebhook()
	if len(d.Attempts) != 1 || d.State != hookFailed || d.ErrorCode != 11200 || d.Attempts[0].Status != 500 || d.Answer() != "oops" {
		t.Errorf("got %+v, want one attempt, failed with 11200", d)
	}
}

func TestARefusedSignatureIsShown(t *testing.T) {
	w := newWorld(t)
	w.product.answers(answer(403, "application/json", "{}"))
	w.receive("hello")
	w.pass(0)
	if got := w.data("/sandbox/api/webhooks")[0]; got["verification"] != "refused" || got["status"] != "failed" {
		t.Errorf("got %v, want refused and failed", got)
	}
}

func TestAMissingConnectionIsTriedOnceMoreUnderTheSameToken(t *testing.T) {
	w := newWorld(t)
	w.product.Close()
	w.receive("hello")
	w.pass(0)
	if d := w.lastWebhook(); len(d.Attempts) != 1 || d.State != hookPending {
		t.Fatalf("got %+v, want one attempt and another to come", d)
	}
	w.pass(time.Minute)
	d := w.lastWebhook()
	if len(d.Attempts) != 2 || d.State != hookFailed || d.ErrorCode != 11205 || d.Attempts[0].Error != "no connection" {
		t.Errorf("got %+v, want two attempts, failed with 11205", d)
	}
}

func TestConnectionOverridesAskForMoreAttempts(t *testing.T) {
	w := newWorld(t)
	n := w.Numbers()[0]
	w.mu.Lock()
	w.number(n.Number).SMSURL = w.product.URL + "/sms?a=b#rc=3&rp=5xx,ct"
	w.mu.Unlock()
	w.product.answers(answer(503, "text/plain", ""))
	w.receive("hello")
	for range 10 {
		w.pass(time.Second)
	}
	heard := w.product.heard()
	if len(heard) != 4 {
		t.Fatalf("got %d attempts, want 4", len(heard))
	}
	for _, h := range heard {
		if !h.valid || h.token != heard[0].token || h.path != "/sms?a=b" {
			t.Errorf("got %+v, want the same token, a valid signature without the fragment", h)
		}
	}
}

func TestTheFallbackIsAskedWhenThereIsOne(t *testing.T) {
	w := newWorld(t)
	w.mu.Lock()
	w.number(testShared).SMSFallbackURL = w.product.URL + "/fallback"
	w.mu.Unlock()
	w.product.answers(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/fallback" {
			rw.WriteHeader(500)
		}
	})
	w.receive("hello")
	w.pass(time.Minute)
	heard := w.product.heard()
	if len(heard) != 2 || heard[1].path != "/fallback" || !heard[1].valid || heard[1].form.Get("ErrorCode") != "11200" {
		t.Fatalf("got %+v, want the fallback with the error", heard)
	}
	if d := w.lastWebhook(); d.State != hookDelivered {
		t.Errorf("got %s, want delivered", d.State)
	}
}

func TestAWebhookIsSentAgainOnRequest(t *testing.T) {
	w := newWorld(t)
	w.receive("hello")
	w.pass(0)
	first := w.product.heard()
	d := w.lastWebhook()
	if status, _ := w.call("POST", "/sandbox/api/webhooks/"+d.ID+"/resend", ""); status != http.StatusAccepted {
		t.Fatalf("got %d, want 202", status)
	}
	if status, body := w.call("POST", "/sandbox/api/webhooks/"+d.ID+"/resend", ""); status != http.StatusConflict || body["code"] != "under_way" {
		t.Errorf("twice: got %d %v, want 409", status, body)
	}
	w.pass(0)
	again := w.product.heard()
	if len(again) != 1 || again[0].token != first[0].token || again[0].form.Get("MessageSid") != first[0].form.Get("MessageSid") {
		t.Errorf("got %+v, want the same webhook", again)
	}
	if status, _ := w.call("POST", "/sandbox/api/webhooks/WHx/resend", ""); status != http.StatusNotFound {
		t.Errorf("an unknown one: got %d, want 404", status)
	}
}

func TestTheAnswerToATextIsObeyed(t *testing.T) {
	for _, c := range []struct {
		name, kind, body string
		texts            string
		code             int
	}{
		{"nothing", "text/xml", "", "", 0},
		{"empty response", "text/xml; charset=utf-8", `<?xml version="1.0"?><Response/>`, "", 0},
		{"a message", "text/xml", `<Response><Message>Hi &amp; hello</Message></Response>`, ada + ":Hi & hello", 0},
		{"with body and media", "application/xml", `<Response><Message><Body>Hi</Body><Media>https://example.com/a.png</Media></Message></Response>`, ada + ":Hi", 0},
		{"two, to somebody else", "text/xml", `<Response><Message>a</Message><Message to="+12025550102">b</Message></Response>`, ada + ":a +12025550102:b", 0},
		{"plain text", "text/plain", "Hi", ada + ":Hi", 0},
		{"unknown element", "text/xml", `<Response><Shout/><Message>a</Message></Response>`, ada + ":a", 12200},
		{"no XML", "text/xml", "hello", "", 12100},
		{"cut off", "text/xml", "<Response><Message>a", "", 12100},
		{"two documents", "text/xml", "<Response/><Response/>", "", 12100},
		{"another root", "text/xml", "<html/>", "", 12100},
		{"JSON", "application/json", "{}", "", 12300},
		{"too long", "text/xml", "<Response><Message>" + strings.Repeat("x", 1601) + "</Message></Response>", "", 21617},
		{"empty message", "text/xml", "<Response><Message/></Response>", "", 14103},
		{"to nobody", "text/xml", `<Response><Message to="x">a</Message></Response>`, "", 14101},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.product.answers(answer(200, c.kind, c.body))
			w.receive("hello")
			w.pass(10 * time.Second)
			var got []string
			for _, text := range w.Texts()[1:] {
				if text.Direction != "outbound-reply" || text.Network {
					t.Errorf("got %+v, want a reply", text)
				}
				got = append(got, text.To+":"+text.Body)
			}
			if strings.Join(got, " ") != c.texts {
				t.Errorf("texts: got %q, want %q", got, c.texts)
			}
			if d := w.Webhooks()[0]; d.ErrorCode != c.code || d.State != hookDelivered {
				t.Errorf("got code %d, %s, want %d, delivered", d.ErrorCode, d.State, c.code)
			}
		})
	}
}

func TestStopIsTheNetworksAndUnstopEndsIt(t *testing.T) {
	w := newWorld(t)
	for _, step := range []struct {
		word    string
		network string // what the person is told, in part
		blocked bool
	}{
		{"hello", "", false},
		{"please stop", "", false},
		{" Stop ", `replied with the word "stop"`, true},
		{"STOP", "", true},
		{"help", "", true}, // not to somebody who wants no more
		{"YES", "", true},  // not on toll-free numbers
		{"unstop", `replied "unstop"`, false},
		{"UNSUBSCRIBE", "You have successfully been unsubscribed", true},
		{"start", `replied "start"`, false},
		{"HELP", "Reply STOP to unsubscribe", false},
	} {
		before := len(w.Texts())
		w.receive(step.word)
		w.pass(10 * time.Second)
		after := w.Texts()[before+1:]
		switch {
		case step.network == "" && len(after) != 0:
			t.Errorf("%q: got %+v, want no answer", step.word, after)
		case step.network != "" && (len(after) != 1 || !strings.Contains(after[0].Body, step.network) || !after[0].Network):
			t.Errorf("%q: got %+v, want %q", step.word, after, step.network)
		}
		heard := w.product.heard()
		if len(heard) != 1 || heard[0].form.Get("Body") != step.word {
			t.Errorf("%q: got %+v, want the product to hear of it", step.word, heard)
		}
		_, err := w.text(testShared, ada, "hello")
		if blocked := err != nil && strings.Contains(err.Error(), "21610"); blocked != step.blocked || err != nil && !blocked {
			t.Errorf("after %q: got %v, want blocked %v", step.word, err, step.blocked)
		}
		w.pass(10 * time.Second)
		w.product.heard()
	}
	for _, m := range w.messages() {
		if strings.Contains(m, "NETWORK") {
			t.Errorf("got %q in the account's list, want nothing of the network's", m)
		}
	}
}

// messages are the bodies that the API lists.
func (w *world) messages() []string {
	w.t.Helper()
	status, body := w.request("GET", "/sandbox/vendors/twilio/2010-04-01/Accounts/"+testSID+"/Messages.json", basic(testToken), "", "")
	if status != 200 {
		w.t.Fatalf("got %d, want 200", status)
	}
	var out []string
	for _, m := range body["messages"].([]any) {
		out = append(out, fmt.Sprint(m.(map[string]any)["body"]))
	}
	return out
}

func TestAPhoneCanOnlyTextNumbersThatExist(t *testing.T) {
	w := newWorld(t)
	for body, field := range map[string]string{
		`{"from":"x","to":"` + testShared + `","body":"a"}`:                                           "body.from",
		`{"from":"` + ada + `","to":"x","body":"a"}`:                                                  "body.to",
		`{"from":"` + ada + `","to":"+18335550198","body":"a"}`:                                       "body.to",
		`{"from":"` + testShared + `","to":"` + testShared + `","body":"a"}`:                          "body.to",
		`{"from":"` + ada + `","to":"` + testShared + `","body":""}`:                                  "body.body",
		`{"from":"` + ada + `","to":"` + testShared + `","body":"` + strings.Repeat("x", 1601) + `"}`: "body.body",
		`{"from":"` + ada + `","to":"` + testShared + `","body":"a","media":["file:///etc/passwd"]}`:  "body.media",
		`{"from":7,"to":"` + testShared + `","body":"a"}`:                                             "body.from",
		`{"from":"` + ada + `","to":"` + testShared + `","body":"a","colour":"blue"}`:                 "body.colour",
	} {
		status, got := w.call("POST", "/sandbox/api/texts", body)
		errs, _ := got["errors"].([]any)
		if status != http.StatusUnprocessableEntity || len(errs) != 1 || errs[0].(map[string]any)["location"] != field {
			t.Errorf("%.60s: got %d %v, want 422 about %s", body, status, got, field)
		}
	}
	if n := len(w.Texts()) + len(w.Webhooks()); n != 0 {
		t.Errorf("got %d texts and webhooks, want none", n)
	}
}

// An answer, however odd, may only make texts or a code.
func FuzzTwiML(f *testing.F) {
	f.Add("text/xml", "<Response><Message to='+12025550101'>a<Body>b</Body></Message></Response>")
	f.Add("text/plain", "hi")
	f.Add("text/xml", "<Response><Response/>")
	f.Fuzz(func(t *testing.T, kind, body string) {
		replies, code := readTwiML(kind, body)
		if (code == twimlUnreadable || code == twimlContentType) && len(replies) > 0 {
			t.Errorf("got %d replies and code %d, want none of an unreadable answer", len(replies), code)
		}
	})
}
