package conformance

import (
	"encoding/json"
	"fmt"
	"mime"
	"regexp"
)

// CheckRefusal returns how an answer that says no to a request differs from what
// the vendor documents. Twilio's description has no refusals, SendGrid's gives them
// types that its own answers do not have, so their shapes are written down here.
// Stripe describes its own.
func (b *Book) CheckRefusal(q Request, a Answer) []Finding {
	bad := func(field, rule, format string, args ...any) []Finding {
		return []Finding{{Part: "answer", Field: field, Rule: rule, Says: fmt.Sprintf(format, args...)}}
	}
	if a.Status < 400 {
		return bad("", ruleStatus, "%d is no refusal", a.Status)
	}
	if kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type")); kind != "application/json" {
		return bad("", ruleForm, "its type is %q, not application/json", kind)
	}
	var body map[string]any
	if err := json.Unmarshal(a.Body, &body); err != nil {
		return bad("", ruleForm, "%v", err)
	}
	switch q.Vendor {
	case "twilio":
		return twilioRefusal(body, a.Status)
	case "stripe":
		return b.stripeRefusal(q, a, body)
	}
	list, ok := body["errors"].([]any)
	if !ok || len(list) == 0 {
		return bad("errors", ruleRequired, "must be an array of at least one error")
	}
	out := exactly("", body, map[string]typeCheck{"errors": nil})
	for i, item := range list {
		one, _ := item.(map[string]any)
		out = append(out, exactly(at("errors", i), one, map[string]typeCheck{
			"message": aString, "field": aStringOrNull, "help": aStringOrNull,
		})...)
	}
	return out
}

var moreInfo = regexp.MustCompile(`^https://www\.twilio\.com/docs/errors/[0-9]+$`)

func twilioRefusal(body map[string]any, status int) []Finding {
	return exactly("", body, map[string]typeCheck{
		"code":    func(v any) bool { n, ok := v.(float64); return ok && n >= 10000 && n < 100000 && n == float64(int(n)) },
		"message": aString,
		"more_info": func(v any) bool {
			s, ok := v.(string)
			return ok && moreInfo.MatchString(s) && s == fmt.Sprintf("https://www.twilio.com/docs/errors/%v", body["code"])
		},
		"status": func(v any) bool { return v == float64(status) },
	})
}

// typeCheck reports whether a value is of the right kind; nil: any is.
type typeCheck func(any) bool

func aString(v any) bool { s, ok := v.(string); return ok && s != "" }

func aStringOrNull(v any) bool { return v == nil || aString(v) }

// exactly returns what is missing in an object, what is too much and what is
// wrong.
func exactly(field string, object map[string]any, keys map[string]typeCheck) []Finding {
	var out []Finding
	for key, right := range keys {
		switch v, ok := object[key]; {
		case !ok:
			out = append(out, Finding{Part: "answer", Field: join(field, key), Rule: ruleRequired, Says: "is missing"})
		case right != nil && !right(v):
			out = append(out, Finding{Part: "answer", Field: join(field, key), Rule: "type", Says: fmt.Sprintf("cannot be %v", v), Value: v})
		}
	}
	for key := range object {
		if _, ok := keys[key]; !ok {
			out = append(out, Finding{Part: "answer", Field: join(field, key), Rule: ruleUndeclared, Says: "is not documented"})
		}
	}
	return out
}
