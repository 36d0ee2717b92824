package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/sandbox"
)

// What the descriptions allow and the vendors refuse all the same: it takes a
// look at the account, or a rule that is told in words only.
func TestWhatOnlyTheVendorRefusesIsRefusedInItsWords(t *testing.T) {
	b := book(t)
	text := func(name string, values ...string) conformance.Request {
		form := url.Values{"From": {shared}, "To": {person}, "Body": {"hello"}}
		form[name] = values
		return post(path("Messages.json"), form)
	}
	buy := func(number string) conformance.Request {
		return post(path("IncomingPhoneNumbers.json"), url.Values{"PhoneNumber": {number}})
	}
	mail := func(change func(map[string]any)) conformance.Request {
		return mailOf(string(edited(t, []byte(unsent), change)))
	}
	const nobody = "00000000000000000000000000000000"
	for _, c := range []struct {
		name   string
		q      conformance.Request
		status int
		code   int    // Twilio's
		field  string // SendGrid's
	}{
		{"a number that is none", text("To", "12345"), 400, 21211, ""},
		{"a sender that is no number", text("From", "xSwarm"), 400, 21212, ""},
		{"a sender that is somebody else's", text("From", "+18335550666"), 400, 21606, ""},
		{"a text to itself", text("To", shared), 400, 21266, ""},
		{"somebody who wants no texts", text("To", "+12025550102"), 400, 21610, ""},
		{"no body", text("Body"), 400, 21602, ""},
		{"a body that is too long", text("Body", strings.Repeat("é", 1601)), 400, 21617, ""},
		{"too many pictures", text("MediaUrl", strings.Split(strings.Repeat("https://a.example ", 11), " ")[:11]...), 400, 21623, ""},
		{"a picture from nowhere", text("MediaUrl", "a.png"), 400, 21620, ""},
		{"a callback to nowhere", text("StatusCallback", "a"), 400, 21609, ""},
		{"a text that there is not", get(path("Messages/SM"+nobody+".json"), nil), 404, 20404, ""},
		{"a number that there is not", get(path("IncomingPhoneNumbers/PN"+nobody+".json"), nil), 404, 20404, ""},
		{"a verification that there is not", get("/v1/Tollfree/Verifications/HH"+nobody, nil), 404, 20404, ""},
		{"a number that is not on sale", buy("+12025550101"), 400, 21422, ""},
		{"something to buy that is no number", buy("12345"), 400, 21421, ""},
		{"a sender without a domain of ours", mail(func(m map[string]any) { inner(m, "from")["email"] = "a@b.example" }), 403, 0, "from"},
		{"an address that is none", mail(func(m map[string]any) { inner(m, "personalizations", "to")["email"] = "ada" }), 400, 0, "personalizations.0.to.0.email"},
		{"a header that is SendGrid's", mail(func(m map[string]any) { m["headers"] = map[string]any{"From": "x"} }), 400, 0, "headers"},
		{"a template that there is not", mail(func(m map[string]any) { m["template_id"] = "d-1" }), 400, 0, "template_id"},
		{"HTML before text", mail(func(m map[string]any) {
			m["content"] = []any{map[string]any{"type": "text/html", "value": "x"}, map[string]any{"type": "text/plain", "value": "x"}}
		}), 400, 0, "content"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if _, err := w.Receive(sandbox.Incoming{From: "+12025550102", To: shared, Body: "STOP"}); err != nil {
				t.Fatal(err)
			}
			x := w.ask(c.q)
			clean(t, b.CheckRequest(x.Request)) // else it belongs into wrongs
			if x.Status != c.status {
				t.Fatalf("answers %d %s, want %d", x.Status, x.Answer.Body, c.status)
			}
			clean(t, b.CheckRefusal(c.q, x.Answer))
			var said struct {
				Code   int
				Errors []struct{ Field string }
			}
			if err := json.Unmarshal(x.Answer.Body, &said); err != nil {
				t.Fatal(err)
			}
			if said.Code != c.code || c.field != "" && (len(said.Errors) == 0 || said.Errors[0].Field != c.field) {
				t.Errorf("says %s, want the code %d or the field %q", x.Answer.Body, c.code, c.field)
			}
		})
	}
}

func TestStrangersAreRefusedInTheVendorsWords(t *testing.T) {
	b, w := book(t), newWorld(t)
	for _, o := range emulated {
		r, err := http.NewRequestWithContext(t.Context(), o.method, w.vendor+o.vendor()+pathOf(o.template), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(account, "wrong")
		res, err := (&http.Client{Transport: w}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		x := w.exchanges()[len(w.exchanges())-1]
		if x.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d, want 401", o, x.Status)
		}
		clean(t, b.CheckRefusal(x.Request, x.Answer))
	}
}
