package conformance_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
)

// wrong is a request that the description refuses.
type wrong struct {
	name string
	conformance.Request
	// overlooked marks what the vendors do not mind: a key that they do not know.
	// The emulator notes it and goes on.
	overlooked bool
}

// wrongs are requests that the descriptions refuse.
func wrongs(t *testing.T, w *world) []wrong {
	t.Helper()
	text := func(change url.Values) conformance.Request {
		form := url.Values{"From": {shared}, "To": {person}, "Body": {"hello"}}
		for name, values := range change {
			if form[name] = values; values == nil {
				form.Del(name)
			}
		}
		return post(path("Messages.json"), form)
	}
	mail := func(change func(map[string]any)) conformance.Request {
		return mailOf(string(edited(t, []byte(unsent), change)))
	}
	number := path("IncomingPhoneNumbers/" + w.Numbers()[0].SID + ".json")
	list := []wrong{
		{"a text to nobody", text(url.Values{"To": nil}), false},
		{"an empty form", post(path("Messages.json"), nil), false},
		{"a text as JSON", conformance.Request{
			Vendor: "twilio", Method: http.MethodPost, Path: path("Messages.json"),
			Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"To":"` + person + `","From":"` + shared + `","Body":"x"}`),
		}, false},
		{"another service's identifier", text(url.Values{"MessagingServiceSid": {"SM1"}}), false},
		{"a field that is not known", text(url.Values{"Message": {"hello"}}), true},
		{"a filter that is not known", get(path("Messages.json"), url.Values{"Sender": {shared}}), true},
		{"a method that there is not", conformance.Request{Vendor: "twilio", Method: http.MethodPut, Path: path("Messages.json"), Header: http.Header{}}, false},
		{"a path that there is not", get(path("Texts.json"), nil), false},
		{"an identifier that is none", get(path("Messages/SM1.json"), nil), false},
		{"another account", get("/2010-04-01/Accounts/AC1/Messages.json", nil), false},
		{"a number with a strange method", post(number, url.Values{"SmsMethod": {"FETCH"}}), false},
		{"a verification that is none", get("/v1/Tollfree/Verifications/1", nil), false},
		{"a mail to nobody", mail(func(m map[string]any) { delete(m, "personalizations") }), false},
		{"a mail from nobody", mail(func(m map[string]any) { delete(m, "from") }), false},
		{"a personalization without a recipient", mail(func(m map[string]any) { delete(inner(m, "personalizations"), "to") }), false},
		{"a recipient without an address", mail(func(m map[string]any) { delete(inner(m, "personalizations", "to"), "email") }), false},
		{"an address that is a number", mail(func(m map[string]any) { inner(m, "personalizations", "to")["email"] = 1 }), false},
		{"recipients that are no list", mail(func(m map[string]any) { inner(m, "personalizations")["to"] = "ada@example.com" }), false},
		{"content without a type", mail(func(m map[string]any) { delete(inner(m, "content"), "type") }), false},
		{"content of the type \"\"", mail(func(m map[string]any) { inner(m, "content")["type"] = "" }), false},
		{"content without a text", mail(func(m map[string]any) { inner(m, "content")["value"] = "" }), false},
		{"an empty subject", mail(func(m map[string]any) { m["subject"] = "" }), false},
		{"a subject of null", mail(func(m map[string]any) { m["subject"] = nil }), false},
		{"categories that repeat", mail(func(m map[string]any) { m["categories"] = []string{"a", "a"} }), false},
		{"too many categories", mail(func(m map[string]any) { m["categories"] = strings.Split("a b c d e f g h i j k", " ") }), false},
		{"a group without its number", mail(func(m map[string]any) { m["asm"] = map[string]any{} }), false},
		{"a switch in words", mail(func(m map[string]any) {
			m["tracking_settings"] = map[string]any{"click_tracking": map[string]any{"enable": "no"}}
		}), false},
		{"an attachment without a name", mail(func(m map[string]any) { m["attachments"] = []any{map[string]any{"content": "YQ=="}} }), false},
		{"an attachment that is hidden", mail(func(m map[string]any) {
			m["attachments"] = []any{map[string]any{"content": "YQ==", "filename": "a", "disposition": "hidden"}}
		}), false},
		{"a pool's name of one letter", mail(func(m map[string]any) { m["ip_pool_name"] = "x" }), false},
		{"a time in words", mail(func(m map[string]any) { m["send_at"] = "tomorrow" }), false},
		{"a key that is not known", mail(func(m map[string]any) { m["bcc"] = []any{} }), true},
		{"a key far down that is not known", mail(func(m map[string]any) { inner(m, "personalizations", "to")["mail"] = "x" }), true},
		{"half a document", mailOf(`{"from":`), false},
		{"a document that is no object", mailOf(`[]`), false},
		{"nothing", mailOf(``), false},
		{"a mail as a form", conformance.Request{
			Vendor: "sendgrid", Method: http.MethodPost, Path: "/v3/mail/send",
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: []byte("from=a"),
		}, false},
	}
	// What Twilio's forms give a type.
	for name, value := range map[string]string{
		"MaxPrice": "much", "Attempt": "1.5", "ValidityPeriod": "long", "ProvideFeedback": "perhaps", "ForceDelivery": "perhaps",
		"SmartEncoded": "perhaps", "ShortenUrls": "perhaps", "SendAsMms": "perhaps", "ContentRetention": "burn",
		"AddressRetention": "burn", "TrafficType": "paid", "ScheduleType": "sometime", "RiskCheck": "maybe",
		"ApplicationSid": "AP1", "ContentSid": "HX1",
	} {
		list = append(list, wrong{"a text with " + name + "=" + value, text(url.Values{name: {value}}), false})
	}
	for name, value := range map[string]string{"PageSize": "all", "Page": "-1"} {
		list = append(list, wrong{"a list with " + name + "=" + value, get(path("Messages.json"), url.Values{name: {value}}), false})
	}
	for name, value := range map[string]string{"AreaCode": "here", "SmsEnabled": "perhaps", "PageSize": "0"} {
		list = append(list, wrong{"a search with " + name + "=" + value, get(path("AvailablePhoneNumbers/US/TollFree.json"), url.Values{name: {value}}), false})
	}
	for name, value := range map[string]string{
		"SmsMethod": "FETCH", "VoiceReceiveMode": "telegraph", "EmergencyStatus": "Perhaps", "SmsApplicationSid": "AP1",
		"TrunkSid": "TK1", "AddressSid": "AD1", "BundleSid": "BU1", "IdentitySid": "RI1", "VoiceCallerIdLookup": "perhaps",
	} {
		list = append(list,
			wrong{"buying with " + name + "=" + value, post(path("IncomingPhoneNumbers.json"), url.Values{"AreaCode": {"833"}, name: {value}}), false},
			wrong{"changing with " + name + "=" + value, post(number, url.Values{name: {value}}), false})
	}
	for name, value := range map[string]string{"Status": "DONE", "TollfreePhoneNumberSid": "PN1", "IncludeSubAccounts": "perhaps"} {
		list = append(list, wrong{"verifications with " + name + "=" + value, get("/v1/Tollfree/Verifications", url.Values{name: {value}}), false})
	}
	return list
}

func TestWhatADescriptionRefusesTheEmulatorRefuses(t *testing.T) {
	b, w := book(t), newWorld(t)
	for _, q := range wrongs(t, w) {
		t.Run(q.name, func(t *testing.T) {
			noted := len(w.Violations())
			x := w.ask(q.Request)
			if found := b.CheckRequest(x.Request); len(found) == 0 {
				t.Fatalf("the description does not refuse it: it does not belong here")
			}
			if q.overlooked {
				if x.Status >= 300 || len(w.Violations()) == noted {
					t.Errorf("answers %d %s, and notes %d violations; want it carried out and noted", x.Status, x.Answer.Body, len(w.Violations())-noted)
				}
				return
			}
			if x.Status < 400 || x.Status >= 500 {
				t.Fatalf("answers %d %s, noted %d", x.Status, x.Answer.Body, len(w.Violations())-noted)
			}
			clean(t, b.CheckRefusal(q.Request, x.Answer))
		})
	}
}
