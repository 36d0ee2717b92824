package conformance_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
)

// The tests in this file are about the checks themselves: each breaks a message
// that is without fault in one way, and wants exactly that to be found. A check
// that does not bite any more would pass everything.

// bites fails unless a check finds the fault at a field and by a rule.
func bites(t *testing.T, name string, found []conformance.Finding, field, rule string) {
	t.Helper()
	if !slices.ContainsFunc(found, func(f conformance.Finding) bool { return f.Field == field && f.Rule == rule }) {
		t.Errorf("%s: the check does not bite: it wants %q at %q and finds:%s", name, rule, field, conformance.List(found))
	}
}

// clean fails if something is found in a message without fault.
func clean(t *testing.T, found []conformance.Finding) {
	t.Helper()
	if len(found) > 0 {
		t.Fatalf("found in a message without fault:%s", conformance.List(found))
	}
}

func basic(q conformance.Request) conformance.Request {
	r := &http.Request{Header: q.Header.Clone()}
	r.SetBasicAuth(account, authToken)
	q.Header = r.Header
	return q
}

func TestTheCheckOfFormsBites(t *testing.T) {
	b := book(t)
	form := func(change func(url.Values)) conformance.Request {
		f := url.Values{"From": {shared}, "To": {person}, "Body": {"hello"}, "StatusCallback": {"https://xswarm.example/s"}}
		change(f)
		return basic(post(path("Messages.json"), f))
	}
	with := func(name string, values ...string) conformance.Request {
		return form(func(f url.Values) { f[name] = values })
	}
	whole := form(func(url.Values) {})
	clean(t, b.CheckRequest(whole))
	clean(t, b.CheckRequest(with("MediaUrl", "https://a.example", "https://b.example")))
	for _, c := range []struct {
		name        string
		q           conformance.Request
		field, rule string
	}{
		{"a required field is missing", form(func(f url.Values) { f.Del("To") }), "To", "required"},
		{"the body is empty", basic(post(path("Messages.json"), nil)), "", "required"},
		{"an unknown field", with("Bodyy", "x"), "Bodyy", "undeclared"},
		{"a field of another spelling", with("body", "x"), "body", "undeclared"},
		{"a field given twice", with("Body", "a", "b"), "Body", "repeated"},
		{"words for a number", with("MaxPrice", "much"), "MaxPrice", "type"},
		{"a fraction for a whole number", with("Attempt", "1.5"), "Attempt", "type"},
		{"no boolean", with("ShortenUrls", "perhaps"), "ShortenUrls", "type"},
		{"no value of the enumeration", with("ScheduleType", "sometime"), "ScheduleType", "enum"},
		{"an identifier of another kind", with("MessagingServiceSid", "AC"+strings.Repeat("0", 32)), "MessagingServiceSid", "pattern"},
		{"an identifier that is too short", with("ContentSid", "HX0"), "ContentSid", "minLength"},
		{"an account that is none", basic(post("/2010-04-01/Accounts/AC1/Messages.json", nil)), "AccountSid", "pattern"},
	} {
		bites(t, c.name, b.CheckRequest(c.q), c.field, c.rule)
	}
	other := with("Body", "x")
	other.Header.Set("Content-Type", "application/json")
	bites(t, "JSON where a form is described", b.CheckRequest(other), "", "undeclared")
	open := with("Body", "x")
	open.Header.Del("Authorization")
	bites(t, "no credentials", b.CheckRequest(open), "Authorization", "required")
	open.Header.Set("Authorization", "Bearer x")
	bites(t, "credentials of another kind", b.CheckRequest(open), "Authorization", "required")
}

func TestTheCheckOfPathsAndQueriesBites(t *testing.T) {
	b := book(t)
	ask := func(p string, query url.Values) conformance.Request { return basic(get(p, query)) }
	const verifications = "/v1/Tollfree/Verifications"
	clean(t, b.CheckRequest(ask(path("Messages.json"), url.Values{"From": {shared}, "PageSize": {"200"}})))
	clean(t, b.CheckRequest(ask(verifications, url.Values{"Status": {"IN_REVIEW"}})))
	patched := ask(path("Messages.json"), nil)
	patched.Method = http.MethodPatch
	for _, c := range []struct {
		name        string
		q           conformance.Request
		field, rule string
	}{
		{"a path that is not described", ask(path("Messagez.json"), nil), "", "undeclared"},
		{"a method that is not described", patched, "", "undeclared"},
		{"an identifier of another kind", ask(path("Messages/PN"+strings.Repeat("0", 32)+".json"), nil), "Sid", "pattern"},
		{"an unknown parameter", ask(path("Messages.json"), url.Values{"Sender": {"x"}}), "Sender", "undeclared"},
		{"a parameter given twice", ask(path("Messages.json"), url.Values{"From": {"+1", "+2"}}), "From", "repeated"},
		{"a page of no size", ask(path("Messages.json"), url.Values{"PageSize": {"0"}}), "PageSize", "minimum"},
		{"a page that is too large", ask(path("Messages.json"), url.Values{"PageSize": {"1001"}}), "PageSize", "maximum"},
		{"words for a number", ask(path("Messages.json"), url.Values{"PageSize": {"all"}}), "PageSize", "type"},
		{"no boolean", ask(path("AvailablePhoneNumbers/US/TollFree.json"), url.Values{"SmsEnabled": {"perhaps"}}), "SmsEnabled", "type"},
		{"no value of the enumeration", ask(verifications, url.Values{"Status": {"DONE"}}), "Status", "enum"},
		{"an identifier of another kind", ask(verifications, url.Values{"TollfreePhoneNumberSid": {"+18335550199"}}), "TollfreePhoneNumberSid", "pattern"},
	} {
		bites(t, c.name, b.CheckRequest(c.q), c.field, c.rule)
	}
}

// edited returns a JSON document after a change.
func edited(t *testing.T, doc []byte, change func(map[string]any)) []byte {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	change(v)
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// inner returns what lies in a document at a path of keys and of the index 0.
func inner(doc map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		switch v := doc[key].(type) {
		case []any:
			doc = v[0].(map[string]any)
		case map[string]any:
			doc = v
		}
	}
	return doc
}

func TestTheCheckOfMailsBites(t *testing.T) {
	b := book(t)
	request := func(change func(map[string]any)) conformance.Request {
		q := mailOf(string(edited(t, []byte(everything), change)))
		q.Header.Set("Authorization", "Bearer "+mailKey)
		return q
	}
	clean(t, b.CheckRequest(request(func(map[string]any) {})))
	for _, c := range []struct {
		name        string
		change      func(map[string]any)
		field, rule string
	}{
		{"nobody to send to", func(m map[string]any) { delete(m, "personalizations") }, "personalizations", "required"},
		{"no sender", func(m map[string]any) { delete(m, "from") }, "from", "required"},
		{"no recipient", func(m map[string]any) { delete(inner(m, "personalizations"), "to") }, "personalizations.0.to", "required"},
		{"a recipient without an address", func(m map[string]any) { delete(inner(m, "personalizations", "to"), "email") }, "personalizations.0.to.0.email", "required"},
		{"content without a type", func(m map[string]any) { delete(inner(m, "content"), "type") }, "content.0.type", "required"},
		{"empty content", func(m map[string]any) { inner(m, "content")["value"] = "" }, "content.0.value", "minLength"},
		{"a number for a text", func(m map[string]any) { m["subject"] = 1 }, "subject", "type"},
		{"null for a text", func(m map[string]any) { m["subject"] = nil }, "subject", "nullable"},
		{"a text for a time", func(m map[string]any) { m["send_at"] = "tomorrow" }, "send_at", "type"},
		{"a text for a switch", func(m map[string]any) { inner(m, "tracking_settings", "open_tracking")["enable"] = "false" }, "tracking_settings.open_tracking.enable", "type"},
		{"an object for a list", func(m map[string]any) { inner(m, "personalizations")["to"] = map[string]any{"email": "a@b.example"} }, "personalizations.0.to", "type"},
		{"too many categories", func(m map[string]any) { m["categories"] = strings.Split("a b c d e f g h i j k", " ") }, "categories", "maxItems"},
		{"a category twice", func(m map[string]any) { m["categories"] = []string{"a", "a"} }, "categories", "uniqueItems"},
		{"a category that is too long", func(m map[string]any) { m["categories"] = []string{strings.Repeat("x", 256)} }, "categories.0", "maxLength"},
		{"no value of the enumeration", func(m map[string]any) { inner(m, "attachments")["disposition"] = "hidden" }, "attachments.0.disposition", "enum"},
		{"an unknown key", func(m map[string]any) { m["bcc"] = []any{} }, "bcc", "undeclared"},
		{"an unknown key in a list", func(m map[string]any) { inner(m, "personalizations", "to")["mail"] = "x" }, "personalizations.0.to.0.mail", "undeclared"},
		{"an unknown key far down", func(m map[string]any) { inner(m, "tracking_settings", "click_tracking")["on"] = true }, "tracking_settings.click_tracking.on", "undeclared"},
	} {
		bites(t, c.name, b.CheckRequest(request(c.change)), c.field, c.rule)
	}
	q := mailOf(`{"from":`)
	bites(t, "half a document", b.CheckRequest(q), "", "form")
	bites(t, "no credentials", b.CheckRequest(mailOf(unsent)), "Authorization", "required")
}

func TestTheCheckOfAnswersBites(t *testing.T) {
	b, w := book(t), newWorld(t)
	w.tourTexts()
	w.tourNumbers()
	first := func(method, p string) exchange {
		i := slices.IndexFunc(w.exchanges(), func(x exchange) bool { return x.Method == method && x.Path == p })
		if i < 0 {
			t.Fatalf("nobody asked %s %s", method, p)
		}
		return w.exchanges()[i]
	}
	text, list, number := first("POST", path("Messages.json")), first("GET", path("Messages.json")), first("POST", path("IncomingPhoneNumbers.json"))
	check := func(x exchange) []conformance.Finding {
		return defects().Without(x.Vendor, b.CheckAnswer(x.Request, x.Answer))
	}
	for _, x := range []exchange{text, list, number} {
		clean(t, check(x))
	}
	for _, c := range []struct {
		name        string
		of          exchange
		change      func(map[string]any)
		field, rule string
	}{
		{"a key of our own", text, func(m map[string]any) { m["xswarm"] = 1 }, "xswarm", "undeclared"},
		{"a key of our own in a list", list, func(m map[string]any) { inner(m, "messages")["xswarm"] = 1 }, "messages.0.xswarm", "undeclared"},
		{"a key of our own in an object", number, func(m map[string]any) { inner(m, "capabilities")["xswarm"] = true }, "capabilities.xswarm", "undeclared"},
		{"a key of the examples is missing", text, func(m map[string]any) { delete(m, "num_segments") }, "num_segments", "example"},
		{"a key of the examples is missing in a list", list, func(m map[string]any) { delete(inner(m, "messages"), "date_sent") }, "messages.0.date_sent", "example"},
		{"a key of the examples is missing in an object", number, func(m map[string]any) { delete(inner(m, "capabilities"), "fax") }, "capabilities.fax", "example"},
		{"the list is missing", list, func(m map[string]any) { delete(m, "messages") }, "messages", "example"},
		{"a number for a text", text, func(m map[string]any) { m["num_segments"] = 1 }, "num_segments", "type"},
		{"a text for a number", list, func(m map[string]any) { m["page"] = "0" }, "page", "type"},
		{"a state that does not exist", text, func(m map[string]any) { m["status"] = "posted" }, "status", "enum"},
		{"an identifier of another kind", text, func(m map[string]any) { m["sid"] = "PN" + strings.Repeat("0", 32) }, "sid", "pattern"},
		{"an identifier of another kind in a list", list, func(m map[string]any) { inner(m, "messages")["sid"] = "SM1" }, "messages.0.sid", "pattern"},
		{"null where there is always something", list, func(m map[string]any) { m["uri"] = nil }, "uri", "nullable"},
		{"a defect of the description with another value", number, func(m map[string]any) { m["sms_application_sid"] = "none" }, "sms_application_sid", "pattern"},
		{"a link to another list", list, func(m map[string]any) { m["first_page_uri"] = path("Calls.json") }, "first_page_uri", "link"},
	} {
		x := c.of
		x.Answer.Body = edited(t, x.Answer.Body, c.change)
		bites(t, c.name, check(x), c.field, c.rule)
	}
	broken := func(change func(*conformance.Answer)) []conformance.Finding {
		x := text
		x.Answer.Header = x.Answer.Header.Clone()
		change(&x.Answer)
		return check(x)
	}
	bites(t, "another status", broken(func(a *conformance.Answer) { a.Status = 200 }), "", "status")
	bites(t, "a page", broken(func(a *conformance.Answer) { a.Header.Set("Content-Type", "text/html") }), "", "form")
	bites(t, "half a document", broken(func(a *conformance.Answer) { a.Body = a.Body[:10] }), "", "form")
	release := first("DELETE", path("IncomingPhoneNumbers/"+w.sid(number)+".json"))
	clean(t, check(release))
	release.Answer.Body = []byte(`{}`)
	bites(t, "something where there is nothing", check(release), "", "undeclared")
}

func TestAnExemptionThatNothingNeedsIsNoticed(t *testing.T) {
	x := conformance.NewExemptions(
		conformance.Exemption{Vendor: "twilio", Part: "answer", Key: "sid", Rule: "pattern", Value: ""},
		conformance.Exemption{Vendor: "twilio", Part: "answer", Key: "uri", Rule: "pattern", Value: ""},
	)
	needed := conformance.Finding{Part: "answer", Field: "messages.0.sid", Rule: "pattern", Value: ""}
	if left := x.Without("twilio", []conformance.Finding{needed}); len(left) != 0 {
		t.Errorf("an exempted finding is left: %v", left)
	}
	for _, other := range []conformance.Finding{
		{Part: "body", Field: "sid", Rule: "pattern", Value: ""}, {Part: "answer", Field: "sid", Rule: "type", Value: ""},
		{Part: "answer", Field: "sids", Rule: "pattern", Value: ""}, {Part: "answer", Field: "sid", Rule: "pattern", Value: "x"},
	} {
		if left := x.Without("twilio", []conformance.Finding{other}); len(left) != 1 {
			t.Errorf("%v is exempted, and is another", other)
		}
	}
	if left := x.Without("sendgrid", []conformance.Finding{needed}); len(left) != 1 {
		t.Error("another vendor's finding is exempted")
	}
	if unused := x.Unused(); len(unused) != 1 || unused[0].Key != "uri" {
		t.Errorf("unused: %v, want that of uri", unused)
	}
}

func TestTheCheckOfRefusalsBites(t *testing.T) {
	answer := func(body string) conformance.Answer {
		return conformance.Answer{Status: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
	}
	const (
		no   = `{"code": 21211, "message": "Invalid 'To'", "more_info": "https://www.twilio.com/docs/errors/21211", "status": 400}`
		sgNo = `{"errors": [{"message": "Bad Request", "field": null, "help": null}]}`
	)
	clean(t, conformance.CheckRefusal("twilio", answer(no)))
	clean(t, conformance.CheckRefusal("sendgrid", answer(sgNo)))
	for _, c := range []struct {
		name, vendor, body string
		change             func(map[string]any)
		field, rule        string
	}{
		{"no code", "twilio", no, func(m map[string]any) { delete(m, "code") }, "code", "required"},
		{"a code in words", "twilio", no, func(m map[string]any) { m["code"] = "21211" }, "code", "type"},
		{"no message", "twilio", no, func(m map[string]any) { m["message"] = "" }, "message", "type"},
		{"a link to another error", "twilio", no, func(m map[string]any) { m["code"] = 21212 }, "more_info", "type"},
		{"another status", "twilio", no, func(m map[string]any) { m["status"] = 404 }, "status", "type"},
		{"a key of our own", "twilio", no, func(m map[string]any) { m["detail"] = "" }, "detail", "undeclared"},
		{"no errors", "sendgrid", sgNo, func(m map[string]any) { m["errors"] = []any{} }, "errors", "required"},
		{"no message", "sendgrid", sgNo, func(m map[string]any) { delete(inner(m, "errors"), "message") }, "errors.0.message", "required"},
		{"no field", "sendgrid", sgNo, func(m map[string]any) { delete(inner(m, "errors"), "field") }, "errors.0.field", "required"},
		{"help that is no text", "sendgrid", sgNo, func(m map[string]any) { inner(m, "errors")["help"] = 1 }, "errors.0.help", "type"},
		{"a key of our own", "sendgrid", sgNo, func(m map[string]any) { m["detail"] = "" }, "detail", "undeclared"},
	} {
		a := answer(string(edited(t, []byte(c.body), c.change)))
		bites(t, c.vendor+": "+c.name, conformance.CheckRefusal(c.vendor, a), c.field, c.rule)
	}
	page := answer(no)
	page.Header.Set("Content-Type", "text/html")
	bites(t, "a page", conformance.CheckRefusal("twilio", page), "", "form")
	bites(t, "no refusal", conformance.CheckRefusal("twilio", conformance.Answer{Status: 200}), "", "status")
}

func TestTheCheckOfWebhooksBites(t *testing.T) {
	byKind := map[string]conformance.Webhook{}
	for _, h := range hearAll(t) {
		kind := kindOf(h)
		if h.Form.Get("NumMedia") == "10" || byKind[kind].Form == nil || h.Form.Get("MessageStatus") == "undelivered" {
			byKind[kind] = h // the richest of each kind
		}
	}
	check := func(kind string, change func(conformance.Webhook), resign bool) []conformance.Finding {
		h := byKind[kind]
		h.Form, h.Header = maps.Clone(h.Form), h.Header.Clone()
		change(h)
		if resign {
			h.Header.Set("X-Twilio-Signature", signature(h))
		}
		return conformance.CheckWebhook(kind, authToken, h)
	}
	for kind := range byKind {
		clean(t, check(kind, func(conformance.Webhook) {}, true))
		bites(t, kind+": a changed field", check(kind, func(h conformance.Webhook) { h.Form.Set("From", "+12025550999") }, false), "X-Twilio-Signature", "signature")
		for _, name := range []string{"MessageSid", "SmsSid", "AccountSid", "From", "To", "ApiVersion"} {
			bites(t, kind+" without "+name, check(kind, func(h conformance.Webhook) { h.Form.Del(name) }, true), name, "required")
		}
	}
	set := func(name string, values ...string) func(conformance.Webhook) {
		return func(h conformance.Webhook) { h.Form[name] = values }
	}
	del := func(name string) func(conformance.Webhook) {
		return func(h conformance.Webhook) { h.Form.Del(name) }
	}
	for _, c := range []struct {
		kind        string
		change      func(conformance.Webhook)
		field, rule string
	}{
		{conformance.HookSMS, set("Xswarm", "1"), "Xswarm", "undeclared"},
		{conformance.HookSMS, set("ErrorUrl", "https://a.example"), "ErrorUrl", "undeclared"},
		{conformance.HookSMS, set("MessageSid", "PN1"), "MessageSid", "pattern"},
		{conformance.HookSMS, set("SmsSid", "SM"+strings.Repeat("0", 32)), "SmsSid", "const"},
		{conformance.HookSMS, set("Body", "a", "b"), "Body", "repeated"},
		{conformance.HookSMS, set("From", "12025550101"), "From", "pattern"},
		{conformance.HookSMS, set("NumMedia", "11"), "NumMedia", "pattern"},
		{conformance.HookSMS, set("NumMedia", "2"), "MediaUrl9", "undeclared"},
		{conformance.HookSMS, del("MediaContentType3"), "MediaContentType3", "const"},
		{conformance.HookSMS, set("MediaUrl0", "a.png"), "MediaUrl0", "pattern"},
		{conformance.HookSMS, set("SmsStatus", "sent"), "SmsStatus", "pattern"},
		{conformance.HookFallback, del("ErrorCode"), "ErrorCode", "required"},
		{conformance.HookStatus, set("MessageStatus", "posted"), "MessageStatus", "pattern"},
		{conformance.HookStatus, set("SmsStatus", "sent"), "SmsStatus", "const"},
		{conformance.HookStatus, del("ErrorCode"), "ErrorCode", "const"},
		{conformance.HookStatus, set("RawDlrDoneDate", "2026-11-22"), "RawDlrDoneDate", "pattern"},
		{conformance.HookStatus, set("MediaUrl0", "https://a.example"), "MediaUrl0", "undeclared"},
	} {
		bites(t, c.kind, check(c.kind, c.change, true), c.field, c.rule)
	}
	bites(t, "a JSON webhook", check(conformance.HookSMS, func(h conformance.Webhook) { h.Header.Set("Content-Type", "application/json") }, true), "", "form")
}
