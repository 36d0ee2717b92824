package conformance_test

import (
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
)

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
