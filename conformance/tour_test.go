package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"xswarm.ai/server/conformance"
	"xswarm.ai/server/internal/sandbox"
)

// everything is a mail that uses all that the emulator knows.
const everything = `{
	"personalizations": [{
		"to": [{"email": "ada@example.com", "name": "Ada"}], "cc": [{"email": "mike@example.com"}], "bcc": [{"email": "eve@example.com"}],
		"subject": "Hello -name-", "headers": {"X-One": "1"}, "substitutions": {"-name-": "Ada"}, "custom_args": {"msg_id": "job_1"}
	}, {"to": [{"email": "zoe@example.com"}], "from": {"email": "help@xswarm.example"}, "send_at": 1795338000}],
	"from": {"email": "noreply@xswarm.example", "name": "xSwarm"}, "reply_to": {"email": "ada@xswarm.example"},
	"subject": "Hello", "content": [{"type": "text/plain", "value": "a"}, {"type": "text/html", "value": "<p>a</p>"}, {"type": "text/calendar", "value": "BEGIN:VCALENDAR"}],
	"attachments": [{"content": "YQ==", "type": "text/plain", "filename": "a.txt", "disposition": "attachment"}],
	"headers": {"X-Two": "2"}, "categories": ["reminder", "b"], "send_at": 1795338000, "batch_id": "b", "ip_pool_name": "pool",
	"asm": {"group_id": 1, "groups_to_display": [1]},
	"mail_settings": {"bypass_list_management": {"enable": false}, "footer": {"enable": false, "text": "t", "html": "h"}, "sandbox_mode": {"enable": false}},
	"tracking_settings": {
		"click_tracking": {"enable": false, "enable_text": false}, "open_tracking": {"enable": false, "substitution_tag": "%o%"},
		"subscription_tracking": {"enable": false, "text": "t", "html": "h", "substitution_tag": "%s%"},
		"ganalytics": {"enable": false, "utm_source": "a", "utm_medium": "b", "utm_term": "c", "utm_content": "d", "utm_campaign": "e"}
	}
}`

// unsent is a mail that is only to be checked, by the vendor's own means.
const unsent = `{"personalizations": [{"to": [{"email": "ada@example.com"}]}], "from": {"email": "noreply@xswarm.example"},
	"subject": "Hello", "content": [{"type": "text/plain", "value": "a"}], "mail_settings": {"sandbox_mode": {"enable": true}}}`

// tour makes a request of every operation of the emulators in every state that
// their answers tell apart. All of them are to be carried out.
func (w *world) tour() {
	w.t.Helper()
	w.ask(mailOf(everything))
	w.ask(mailOf(unsent))
	w.tourTexts()
	w.tourNumbers()
	w.tourVerifications()
}

// sid returns the identifier in an answer.
func (w *world) sid(x exchange) string {
	w.t.Helper()
	var body struct{ SID string }
	if err := json.Unmarshal(x.Answer.Body, &body); err != nil || body.SID == "" {
		w.t.Fatalf("%s: %d %s", x, x.Status, x.Answer.Body)
	}
	return body.SID
}

func (w *world) tourTexts() {
	w.t.Helper()
	send := func(form url.Values) string {
		form.Set("From", shared)
		form.Set("To", person)
		return w.sid(w.ask(post(path("Messages.json"), form)))
	}
	sids := []string{
		send(url.Values{"Body": {"hello"}}),
		send(url.Values{"MediaUrl": {"https://example.com/a.png", "https://example.com/b.jpg"}}),
		send(url.Values{
			"Body": {"hello"}, "StatusCallback": {"http://127.0.0.1:1/gone"}, "MaxPrice": {"0.5"}, "ProvideFeedback": {"false"},
			"Attempt": {"1"}, "ValidityPeriod": {"3600"}, "ForceDelivery": {"true"}, "ContentRetention": {"retain"},
			"AddressRetention": {"obfuscate"}, "SmartEncoded": {"true"}, "ShortenUrls": {"false"}, "RiskCheck": {"disable"},
			"PersistentAction": {"mailto:a@example.com"}, "SendAsMms": {"false"}, "TrafficType": {"free"},
		}),
	}
	if err := w.SetVerification(shared, "IN_REVIEW"); err != nil {
		w.t.Fatal(err)
	}
	sids = append(sids, send(url.Values{"Body": {"blocked by the carriers"}}))
	for _, in := range []sandbox.Incoming{
		{From: person, To: shared, Body: "what's on my list?"},
		{From: person, To: shared, Media: []string{"https://example.com/a.gif"}},
	} {
		t, err := w.Receive(in)
		if err != nil {
			w.t.Fatal(err)
		}
		sids = append(sids, t.SID)
	}
	for _, later := range []time.Duration{0, 150 * time.Millisecond, 200 * time.Millisecond, time.Second} { // queued, sending, sent, delivered
		w.pass(later)
		for _, sid := range sids {
			w.ask(get(path("Messages/"+sid+".json"), nil))
		}
	}
	for _, filter := range []url.Values{
		nil,
		{"PageSize": {"2"}},
		{"PageSize": {"2"}, "Page": {"1"}, "PageToken": {"PA1"}},
		{"From": {shared}, "To": {person}, "DateSent>": {"2026-11-22T00:00:00Z"}, "DateSent<": {"2027-11-22T00:00:00Z"}},
		{"To": {"+12025550999"}}, // nothing
	} {
		w.ask(get(path("Messages.json"), filter))
	}
}

func (w *world) tourNumbers() {
	w.t.Helper()
	for _, filter := range []url.Values{
		nil,
		{"SmsEnabled": {"true"}, "VoiceEnabled": {"true"}, "MmsEnabled": {"true"}, "PageSize": {"3"}},
		{"AreaCode": {"833"}, "Contains": {"5550***"}},
		{"AreaCode": {"212"}}, // nothing
	} {
		w.ask(get(path("AvailablePhoneNumbers/US/TollFree.json"), filter))
	}
	w.ask(get(path("AvailablePhoneNumbers/GB/TollFree.json"), nil))

	sid := w.sid(w.ask(post(path("IncomingPhoneNumbers.json"), url.Values{"AreaCode": {"833"}})))
	w.ask(post(path("IncomingPhoneNumbers/TollFree.json"), url.Values{"PhoneNumber": {"+18335550777"}}))
	w.ask(get(path("IncomingPhoneNumbers/"+sid+".json"), nil))
	w.ask(post(path("IncomingPhoneNumbers/"+sid+".json"), url.Values{
		"FriendlyName": {"usr_01"}, "SmsUrl": {"https://xswarm.example/a"}, "SmsMethod": {"POST"}, "SmsFallbackUrl": {"https://xswarm.example/b"},
		"SmsFallbackMethod": {"GET"}, "VoiceUrl": {"https://xswarm.example/c"}, "VoiceMethod": {"GET"}, "VoiceFallbackUrl": {"https://xswarm.example/d"},
		"VoiceFallbackMethod": {"POST"}, "StatusCallback": {"https://xswarm.example/e"}, "StatusCallbackMethod": {"POST"}, "VoiceReceiveMode": {"voice"},
	}))
	for _, filter := range []url.Values{nil, {"PageSize": {"1"}, "Page": {"1"}}, {"FriendlyName": {"usr_01"}}, {"PhoneNumber": {"+18335550777"}, "Beta": {"true"}, "Origin": {"twilio"}}} {
		w.ask(get(path("IncomingPhoneNumbers.json"), filter))
		w.ask(get(path("IncomingPhoneNumbers/TollFree.json"), filter))
	}
	w.ask(conformance.Request{Vendor: "twilio", Method: http.MethodDelete, Path: path("IncomingPhoneNumbers/" + sid + ".json"), Header: http.Header{}})
}

func (w *world) tourVerifications() {
	w.t.Helper()
	const list = "/v1/Tollfree/Verifications"
	number := w.Numbers()[0]
	for _, state := range []string{"PENDING_REVIEW", "IN_REVIEW", "TWILIO_REJECTED", "TWILIO_APPROVED"} {
		if err := w.SetVerification(number.Number, state); err != nil {
			w.t.Fatal(err)
		}
		w.ask(get(list, url.Values{"Status": {state}, "TollfreePhoneNumberSid": {number.SID}, "IncludeSubAccounts": {"false"}}))
		w.ask(get(list+"/"+number.VerificationSID, nil))
	}
	w.ask(get(list, url.Values{"PageSize": {"1"}, "Page": {"1"}}))
}

func TestTheTourItselfAsksAsTheVendorsDescribe(t *testing.T) {
	b, w := book(t), newWorld(t)
	w.tour()
	for _, x := range w.exchanges() {
		if found := b.CheckRequest(x.Request); len(found) > 0 {
			t.Errorf("%s:%s\nin %v %s", x, conformance.List(found), x.Query, x.Request.Body)
		}
	}
}
