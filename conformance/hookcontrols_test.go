package conformance_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"xswarm.ai/server/conformance"
)

func TestTheCheckOfRefusalsBites(t *testing.T) {
	b := book(t)
	answer := func(body string) conformance.Answer {
		return conformance.Answer{Status: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
	}
	const (
		no   = `{"code": 21211, "message": "Invalid 'To'", "more_info": "https://www.twilio.com/docs/errors/21211", "status": 400}`
		sgNo = `{"errors": [{"message": "Bad Request", "field": null, "help": null}]}`
	)
	clean(t, b.CheckRefusal(conformance.Request{Vendor: "twilio"}, answer(no)))
	clean(t, b.CheckRefusal(conformance.Request{Vendor: "sendgrid"}, answer(sgNo)))
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
		bites(t, c.vendor+": "+c.name, b.CheckRefusal(conformance.Request{Vendor: c.vendor}, a), c.field, c.rule)
	}
	page := answer(no)
	page.Header.Set("Content-Type", "text/html")
	bites(t, "a page", b.CheckRefusal(conformance.Request{Vendor: "twilio"}, page), "", "form")
	bites(t, "no refusal", b.CheckRefusal(conformance.Request{Vendor: "twilio"}, conformance.Answer{Status: 200}), "", "status")
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
