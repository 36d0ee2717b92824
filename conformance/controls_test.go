package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
)

// The tests here, in answercontrols_test.go and in hookcontrols_test.go are about
// the checks themselves: each breaks a message that is without fault in one way,
// and wants exactly that to be found. A check that does not bite any more would
// pass everything.

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
