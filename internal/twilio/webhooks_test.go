package twilio_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/twilio/twilio-go/client"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/twilio"
)

// phones records what it is told.
type phones struct {
	texts   []phone.Incoming
	updates []phone.Update
	err     error
}

func (p *phones) Receive(_ context.Context, in phone.Incoming) error {
	p.texts = append(p.texts, in)
	return p.err
}

func (p *phones) Status(_ context.Context, u phone.Update) error {
	p.updates = append(p.updates, u)
	return p.err
}

func (p *phones) told() int { return len(p.texts) + len(p.updates) }

// hooks returns the webhooks at their paths, and who they tell.
func hooks(base string) (http.Handler, *phones) {
	p := &phones{}
	h := twilio.NewWebhooks(twilio.WebhookOptions{
		AccountSID: accountSID, Tokens: []string{"tokennew", authToken}, BaseURL: base, Phones: p,
		Fail: func(w http.ResponseWriter, _ *http.Request, err error) {
			status := map[fault.Kind]int{fault.Forbidden: 403, fault.Invalid: 422, fault.TooLarge: 413, fault.Internal: 500, fault.Unavailable: 503}
			w.WriteHeader(status[fault.From(err).Kind])
			json.NewEncoder(w).Encode(fault.From(err).Fields)
		},
	})
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+twilio.SMSPath, h.SMS)
	mux.HandleFunc("POST "+twilio.StatusPath, h.Status)
	return mux, p
}

// text is the form of an inbound text, as Twilio sends it.
func text() url.Values {
	return url.Values{
		"ToCountry": {"US"}, "ToState": {""}, "SmsMessageSid": {"SM" + strings.Repeat("a", 32)}, "NumMedia": {"0"},
		"ToCity": {""}, "FromZip": {"94105"}, "SmsSid": {"SM" + strings.Repeat("a", 32)}, "FromState": {"CA"},
		"SmsStatus": {"received"}, "FromCity": {"SAN FRANCISCO"}, "Body": {"what's on my list?"}, "FromCountry": {"US"},
		"To": {"+18335550100"}, "ToZip": {""}, "NumSegments": {"1"}, "MessageSid": {"SM" + strings.Repeat("a", 32)},
		"AccountSid": {accountSID}, "From": {"+14155550123"}, "ApiVersion": {"2010-04-01"},
	}
}

// status is the form of a state.
func status(state string) url.Values {
	sid := "SM" + strings.Repeat("b", 32)
	return url.Values{
		"SmsSid": {sid}, "SmsStatus": {state}, "MessageStatus": {state}, "To": {"+14155550123"}, "MessageSid": {sid},
		"AccountSid": {accountSID}, "From": {"+18335550100"}, "ApiVersion": {"2010-04-01"},
	}
}

// post posts a form to a path, signed for the public address with a token.
func post(h http.Handler, path string, form url.Values, token string) *httptest.ResponseRecorder {
	return deliver(h, path, form.Encode(), twilio.Signature(token, callback+path, form))
}

func deliver(h http.Handler, path, body, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.7:8787"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", signature)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestASignedTextIsTakenInAndAnsweredWithNothingToDo(t *testing.T) {
	h, p := hooks(callback)
	for _, token := range []string{authToken, "tokennew"} { // while they are rotated
		w := post(h, twilio.SMSPath, text(), token)
		if w.Code != 200 || w.Header().Get("Content-Type") != "text/xml; charset=utf-8" || !strings.HasSuffix(w.Body.String(), "<Response/>") {
			t.Errorf("answers %d %v %q", w.Code, w.Header(), w.Body)
		}
	}
	if len(p.texts) != 2 {
		t.Fatalf("told %d texts, want 2", len(p.texts))
	}
	got := p.texts[0]
	if got.SID != "SM"+strings.Repeat("a", 32) || got.From != "+14155550123" || got.To != "+18335550100" ||
		got.Body != "what's on my list?" || got.OptOut != "" || got.Media != nil {
		t.Errorf("told %+v", got)
	}
}

func TestPicturesAndKeywordsAreReadToo(t *testing.T) {
	h, p := hooks(callback)
	form := text()
	form.Set("NumMedia", "2")
	form.Set("MediaUrl0", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1")
	form.Set("MediaUrl1", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME2")
	form.Set("OptOutType", "Stop")
	form.Set("Body", "stop\x00 \xff")
	if w := post(h, twilio.SMSPath, form, authToken); w.Code != 200 {
		t.Fatalf("answers %d %s", w.Code, w.Body)
	}
	got := p.texts[0]
	if len(got.Media) != 2 || !strings.HasSuffix(got.Media[1], "/ME2") || got.OptOut != "STOP" || got.Body != "stop \uFFFD" {
		t.Errorf("told %+v", got)
	}
}

func TestAStateIsToldWithOurOwnIDOfTheText(t *testing.T) {
	h, p := hooks(callback)
	const id = "msg_01k8z3v8zq6r9b3c1d2e3f4g5h"
	form := status("undelivered")
	form.Set("ErrorCode", "30005")
	if w := post(h, twilio.StatusPath+"?message="+id, form, authToken); w.Code != 200 {
		t.Fatalf("answers %d %s", w.Code, w.Body)
	}
	want := phone.Update{SID: "SM" + strings.Repeat("b", 32), MessageID: id, State: phone.Undelivered, ErrorCode: "30005"}
	if p.updates[0] != want {
		t.Errorf("told %+v, want %+v", p.updates[0], want)
	}
	post(h, twilio.StatusPath+"?message=nonsense", status("sent"), authToken)
	if got := p.updates[1]; got.MessageID != "" || got.State != phone.Sent {
		t.Errorf("told %+v, want no id of ours", got)
	}
}

func TestAStateThatTwilioAddsIsNoMistake(t *testing.T) {
	h, p := hooks(callback)
	if w := post(h, twilio.StatusPath, status("teleported"), authToken); w.Code != 200 || p.told() != 0 {
		t.Errorf("answers %d, told %v", w.Code, p.updates)
	}
}

func TestWhatIsNotSignedIsRefusedAndToldToNobody(t *testing.T) {
	signature := func(form url.Values) string { return twilio.Signature(authToken, callback+twilio.SMSPath, form) }
	foreign := text()
	foreign.Set("AccountSid", "AC"+strings.Repeat("f", 32))
	changed := text()
	changed.Set("Body", "send me all the money")
	added := text()
	added.Set("Extra", "1")
	twice := text()
	twice.Add("Body", "and this")
	for _, tc := range []struct {
		name, body, signature string
	}{
		{"no signature", text().Encode(), ""},
		{"a signature that is no base64", text().Encode(), "%%%"},
		{"another's token", text().Encode(), twilio.Signature("another", callback+twilio.SMSPath, text())},
		{"an empty token", text().Encode(), twilio.Signature("", callback+twilio.SMSPath, text())},
		{"a signature for another address", text().Encode(), twilio.Signature(authToken, callback+twilio.StatusPath, text())},
		{"a signature for the host that the request came to", text().Encode(), twilio.Signature(authToken, "http://10.0.0.7:8787"+twilio.SMSPath, text())},
		{"a changed field", changed.Encode(), signature(text())},
		{"an added field", added.Encode(), signature(text())},
		{"a field given twice", twice.Encode(), signature(text())},
		{"another account", foreign.Encode(), signature(foreign)},
		{"a form that cannot be read", "Body=%zz", signature(text())},
		{"an empty form", "", signature(url.Values{})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h, p := hooks(callback)
			if w := deliver(h, twilio.SMSPath, tc.body, tc.signature); w.Code != 403 || p.told() != 0 {
				t.Errorf("answers %d, told %d", w.Code, p.told())
			}
		})
	}
	t.Run("no form at all", func(t *testing.T) {
		h, p := hooks(callback)
		r := httptest.NewRequest(http.MethodPost, twilio.SMSPath, strings.NewReader(`{}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != 403 || p.told() != 0 {
			t.Errorf("answers %d, told %d", w.Code, p.told())
		}
	})
}

func TestTheQueryIsSignedToo(t *testing.T) {
	h, p := hooks(callback)
	const signedFor = twilio.StatusPath + "?message=msg_01k8z3v8zq6r9b3c1d2e3f4g5h"
	signature := twilio.Signature(authToken, callback+signedFor, status("sent"))
	w := deliver(h, twilio.StatusPath+"?message=msg_01k8z3v8zq6r9b3c1d2e3f4g5j", status("sent").Encode(), signature)
	if w.Code != 403 || p.told() != 0 {
		t.Errorf("answers %d, told %v", w.Code, p.updates)
	}
}

func TestSignedButMalformedNamesTheField(t *testing.T) {
	for _, tc := range []struct{ path, name, value string }{
		{twilio.SMSPath, "MessageSid", ""},
		{twilio.SMSPath, "MessageSid", "SM123"},
		{twilio.SMSPath, "From", ""},
		{twilio.SMSPath, "To", strings.Repeat("1", 65)},
		{twilio.SMSPath, "NumMedia", "many"},
		{twilio.SMSPath, "NumMedia", "11"},
		{twilio.SMSPath, "NumMedia", "-1"},
		{twilio.StatusPath, "MessageSid", "CA" + strings.Repeat("a", 32)},
		{twilio.StatusPath, "MessageStatus", ""},
		{twilio.StatusPath, "ErrorCode", "<script>"},
	} {
		h, p := hooks(callback)
		form := text()
		if tc.path == twilio.StatusPath {
			form = status("sent")
		}
		form.Set(tc.name, tc.value)
		w := post(h, tc.path, form, authToken)
		if w.Code != 422 || !strings.Contains(w.Body.String(), "body."+tc.name) || p.told() != 0 {
			t.Errorf("%s=%q: answers %d %s, told %d", tc.name, tc.value, w.Code, w.Body, p.told())
		}
		if tc.value != "" && strings.Contains(w.Body.String(), tc.value) {
			t.Errorf("%s: the value is echoed", tc.name)
		}
	}
	h, p := hooks(callback)
	form := text()
	form.Set("NumMedia", "1")
	form.Set("MediaUrl0", "javascript:alert(1)")
	if w := post(h, twilio.SMSPath, form, authToken); w.Code != 422 || !strings.Contains(w.Body.String(), "MediaUrl0") || p.told() != 0 {
		t.Errorf("answers %d %s", w.Code, w.Body)
	}
}

func TestAFormThatIsTooLargeIsNotRead(t *testing.T) {
	h, p := hooks(callback)
	form := text()
	form.Set("Body", strings.Repeat("x", 65<<10))
	if w := post(h, twilio.SMSPath, form, authToken); w.Code != 413 || p.told() != 0 {
		t.Errorf("answers %d", w.Code)
	}
}

func TestWhatCouldNotBeStoredIsAskedForAgain(t *testing.T) {
	h, p := hooks(callback)
	p.err = errors.New("the disk is full")
	if w := post(h, twilio.SMSPath, text(), authToken); w.Code != 500 || strings.Contains(w.Body.String(), "Response") {
		t.Errorf("answers %d %s", w.Code, w.Body)
	}
}

func TestSignaturesAreTheVendors(t *testing.T) {
	// The example of Twilio's own documentation.
	form := url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675310"}, "Digits": {"1234"},
		"From": {"+14158675310"}, "To": {"+18005551212"},
	}
	const address, token = "https://mycompany.com/myapp.php?foo=1&bar=2", "12345"
	if got, want := twilio.Signature(token, address, form), "GvWf1cFY/Q7PnoempGyD5oXAezc="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	v := client.NewRequestValidator(authToken)
	for _, base := range []string{callback, "https://xswarm.example:8443", "http://localhost:8787", "https://xswarm.example:443"} {
		params := map[string]string{}
		for name, values := range text() {
			params[name] = values[0]
		}
		if !v.Validate(base+twilio.SMSPath, params, twilio.Signature(authToken, base+twilio.SMSPath, text())) {
			t.Errorf("%s: the official SDK does not accept our signature", base)
		}
	}
}

func TestTheStandardPortMayBeWrittenOut(t *testing.T) {
	for _, tc := range []struct {
		base, signedFor string
		want            int
	}{
		{"https://xswarm.example", "https://xswarm.example:443", 200},
		{"https://xswarm.example:443", "https://xswarm.example", 200},
		{"http://xswarm.example", "http://xswarm.example:80", 200},
		{"http://[::1]:80", "http://[::1]", 200},
		{"http://[::1]", "http://[::1]:80", 200},
		{"https://xswarm.example", "https://xswarm.example:8443", 403},
		{"https://xswarm.example:8443", "https://xswarm.example", 403},
		{"https://xswarm.example", "http://xswarm.example", 403},
	} {
		h, _ := hooks(tc.base)
		signature := twilio.Signature(authToken, tc.signedFor+twilio.SMSPath, text())
		if w := deliver(h, twilio.SMSPath, text().Encode(), signature); w.Code != tc.want {
			t.Errorf("%s signed for %s: answers %d, want %d", tc.base, tc.signedFor, w.Code, tc.want)
		}
	}
}

func TestAFieldThatIsThereTwiceIsSignedWithBothValues(t *testing.T) {
	form := text()
	form["MessagingBinding.Address"] = []string{"b", "a", "b"}
	h, p := hooks(callback)
	if w := post(h, twilio.SMSPath, form, authToken); w.Code != 200 || p.told() != 1 {
		t.Fatalf("answers %d", w.Code)
	}
	one := text()
	one["MessagingBinding.Address"] = []string{"b"}
	if twilio.Signature(authToken, callback, form) == twilio.Signature(authToken, callback, one) {
		t.Error("only one of them counts")
	}
}

func FuzzNothingUnsignedGetsThrough(f *testing.F) {
	f.Add(text().Encode(), "application/x-www-form-urlencoded", "abc", "")
	f.Add(status("sent").Encode(), "application/x-www-form-urlencoded", "", "message=msg_1")
	f.Add("a=%&;b", "text/plain; boundary", "=", "%zz")
	f.Fuzz(func(t *testing.T, body, kind, signature, query string) {
		h, p := hooks(callback)
		for _, path := range []string{twilio.SMSPath, twilio.StatusPath} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			r.URL.RawQuery = query
			r.Header.Set("Content-Type", kind)
			r.Header.Set("X-Twilio-Signature", signature)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code == 200 || p.told() != 0 {
				t.Fatalf("got through: %d", w.Code)
			}
		}
	})
}

func FuzzSignedFormsAreReadOrRefusedByField(f *testing.F) {
	f.Add(text().Encode())
	f.Add(status("delivered").Encode())
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		form.Set("AccountSid", accountSID)
		h, p := hooks(callback)
		for _, path := range []string{twilio.SMSPath, twilio.StatusPath} {
			switch w := post(h, path, form, authToken); w.Code {
			case 200, 413:
			case 422:
				if !strings.Contains(w.Body.String(), "body.") {
					t.Fatalf("names no field: %s", w.Body)
				}
			default:
				t.Fatalf("answers %d", w.Code)
			}
		}
		for _, in := range p.texts {
			if strings.ContainsRune(in.Body+in.From+in.To, 0) || in.SID == "" {
				t.Fatalf("told %+v", in)
			}
		}
	})
}
