package conformance

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/twilio/twilio-go/client"
)

// Webhook is a request of Twilio's to us.
type Webhook struct {
	URL    string // as it was given to Twilio, without a fragment
	Header http.Header
	Form   url.Values
}

// The webhooks of texts. A fallback is told what went wrong with the first.
const (
	HookSMS      = "sms"
	HookFallback = "fallback"
	HookStatus   = "status"
)

// fieldRule is what is documented of a field. An optional one need not be there.
type fieldRule struct {
	form     *regexp.Regexp
	optional bool
}

var (
	textSID     = regexp.MustCompile(`^(SM|MM)[0-9a-f]{32}$`)
	accountSID  = regexp.MustCompile(`^AC[0-9a-f]{32}$`)
	serviceSID  = regexp.MustCompile(`^MG[0-9a-f]{32}$`)
	e164        = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	wholeNumber = regexp.MustCompile(`^[0-9]+$`)
	errorCode   = regexp.MustCompile(`^[1-9][0-9]{4}$`)
	webAddress  = regexp.MustCompile(`^https?://[^\s/]+`)
	mediaType   = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)
	anything    = regexp.MustCompile(`(?s)^.*$`)
)

func may(r *regexp.Regexp) fieldRule  { return fieldRule{r, true} }
func must(r *regexp.Regexp) fieldRule { return fieldRule{r, false} }

// webhookFields are the documented fields. There is no OpenAPI description of
// webhooks: https://www.twilio.com/docs/messaging/guides/webhook-request and
// https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks.
var webhookFields = map[string]map[string]fieldRule{
	HookSMS: {
		"MessageSid": must(textSID), "SmsSid": must(textSID), "SmsMessageSid": must(textSID),
		"AccountSid": must(accountSID), "MessagingServiceSid": may(serviceSID), "ApiVersion": must(regexp.MustCompile(`^2010-04-01$`)),
		"From": must(e164), "To": must(e164), "Body": must(anything), "SmsStatus": must(regexp.MustCompile(`^received$`)),
		"NumMedia": must(regexp.MustCompile(`^([0-9]|10)$`)), "NumSegments": must(wholeNumber), "ReferralNumMedia": may(wholeNumber),
		"FromCity": may(anything), "FromState": may(anything), "FromZip": may(anything), "FromCountry": may(anything),
		"ToCity": may(anything), "ToState": may(anything), "ToZip": may(anything), "ToCountry": may(anything),
		"OptOutType": may(regexp.MustCompile(`^(STOP|START|HELP)$`)), "AddOns": may(anything),
	},
	HookStatus: {
		"MessageSid": must(textSID), "SmsSid": must(textSID), "AccountSid": must(accountSID),
		"MessageStatus":       must(regexp.MustCompile(`^(accepted|scheduled|queued|sending|sent|delivered|undelivered|failed|canceled|read)$`)),
		"SmsStatus":           must(regexp.MustCompile(`^[a-z]+$`)),
		"MessagingServiceSid": may(serviceSID), "ApiVersion": must(regexp.MustCompile(`^2010-04-01$`)),
		"From": must(e164), "To": must(e164),
		"ErrorCode": may(errorCode), "ErrorMessage": may(anything),
		"RawDlrDoneDate": may(regexp.MustCompile(`^[0-9]{10}$`)), // YYMMDDhhmm
	},
}

// fallbackFields are what a fallback is told besides.
var fallbackFields = map[string]fieldRule{"ErrorCode": must(errorCode), "ErrorUrl": must(webAddress)}

// mediaField is one of the two fields that each picture of a text has.
var mediaField = regexp.MustCompile(`^(MediaUrl|MediaContentType)([0-9])$`)

// CheckWebhook returns how a webhook differs from what is documented. The
// signature is verified by the vendor's own library.
func CheckWebhook(kind, token string, w Webhook) []Finding {
	var out []Finding
	bad := func(field, rule, format string, args ...any) {
		out = append(out, Finding{Part: "webhook", Field: field, Rule: rule, Says: fmt.Sprintf(format, args...)})
	}
	if got, _, _ := mime.ParseMediaType(w.Header.Get("Content-Type")); got != formType {
		bad("", ruleForm, "its type is %q", got)
	}
	flat := map[string]string{}
	for name := range w.Form {
		flat[name] = w.Form.Get(name)
	}
	v := client.NewRequestValidator(token)
	if !v.Validate(w.URL, flat, w.Header.Get("X-Twilio-Signature")) {
		bad("X-Twilio-Signature", ruleSignature, "does not verify")
	}
	rules := fieldsOf(kind)
	for name, rule := range rules {
		if !rule.optional && !w.Form.Has(name) {
			bad(name, ruleRequired, "is missing")
		}
	}
	for name, values := range w.Form {
		rule, ok := rules[name]
		if m := mediaField.FindStringSubmatch(name); m != nil && kind != HookStatus {
			rule, ok = may(map[string]*regexp.Regexp{"MediaUrl": webAddress, "MediaContentType": mediaType}[m[1]]), true
			if i, _ := strconv.Atoi(m[2]); i >= number(w.Form.Get("NumMedia")) {
				bad(name, ruleUndeclared, "is beyond NumMedia")
			}
		}
		switch {
		case !ok:
			bad(name, ruleUndeclared, "is not documented")
		case len(values) != 1:
			bad(name, ruleRepeated, "is there %d times", len(values))
		case !rule.form.MatchString(values[0]):
			bad(name, "pattern", "cannot be %q", values[0])
		}
	}
	return append(out, agreement(kind, w.Form)...)
}

func fieldsOf(kind string) map[string]fieldRule {
	if kind != HookFallback {
		return webhookFields[kind]
	}
	both := map[string]fieldRule{}
	for _, rules := range []map[string]fieldRule{webhookFields[HookSMS], fallbackFields} {
		for name, rule := range rules {
			both[name] = rule
		}
	}
	return both
}

// agreement returns where fields that say the same thing do not.
func agreement(kind string, form url.Values) []Finding {
	var out []Finding
	bad := func(field, says string) {
		out = append(out, Finding{Part: "webhook", Field: field, Rule: "const", Says: says})
	}
	if form.Get("SmsSid") != form.Get("MessageSid") {
		bad("SmsSid", "is not the same as MessageSid")
	}
	if kind != HookStatus {
		for i := range number(form.Get("NumMedia")) {
			for _, name := range []string{"MediaUrl", "MediaContentType"} {
				if name += strconv.Itoa(i); !form.Has(name) {
					bad(name, "is missing, though NumMedia counts it")
				}
			}
		}
		return out
	}
	status := form.Get("MessageStatus")
	if form.Get("SmsStatus") != status {
		bad("SmsStatus", "is not the same as MessageStatus")
	}
	if failed := status == "failed" || status == "undelivered"; form.Has("ErrorCode") != failed {
		bad("ErrorCode", "is there when a text failed or was not delivered, and only then: "+status)
	}
	if form.Has("RawDlrDoneDate") && !strings.HasSuffix(status, "delivered") {
		bad("RawDlrDoneDate", "is known when the carrier has reported, not before: "+status)
	}
	return out
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
