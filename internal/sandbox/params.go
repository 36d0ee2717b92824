package sandbox

import (
	"maps"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// paramRule reports what is wrong with a parameter's value by the official
// description, or "".
type paramRule func(value string) string

func anyText(string) string { return "" }

func oneOf(values ...string) paramRule {
	return func(v string) string {
		for _, w := range values {
			if v == w {
				return ""
			}
		}
		return "is not one of the values of the description"
	}
}

func sidOf(prefix string) paramRule {
	rule := regexp.MustCompile("^" + prefix + "[0-9a-fA-F]{32}$")
	return func(v string) string {
		if v != "" && !rule.MatchString(v) {
			return "is not a " + prefix + " identifier"
		}
		return ""
	}
}

func aNumber(v string) string {
	if _, err := strconv.ParseFloat(v, 64); err != nil {
		return "is not a number"
	}
	return ""
}

func aWholeNumber(v string) string {
	if _, err := strconv.Atoi(v); err != nil {
		return "is not a whole number"
	}
	return ""
}

// within is a whole number with limits.
func within(low, high int) paramRule {
	return func(v string) string {
		problem := aWholeNumber(v)
		if n, _ := strconv.Atoi(v); problem == "" && (n < low || n > high) {
			problem = "is not within the description's limits"
		}
		return problem
	}
}

// aTime is a moment as RFC 3339 writes it.
func aTime(v string) string {
	if _, err := time.Parse(time.RFC3339, v); err != nil {
		return "is not a time like 2026-11-22T10:00:00Z"
	}
	return ""
}

func aURL(v string) string {
	if v != "" && !isWebAddress(v) {
		return "is not an absolute http or https address"
	}
	return ""
}

func isWebAddress(v string) bool {
	u, err := url.Parse(v)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

var (
	aTruth  = oneOf("true", "false")
	aMethod = oneOf("GET", "POST")
	paging  = map[string]paramRule{"PageSize": within(1, 1000), "Page": within(0, math.MaxInt32), "PageToken": anyText}
)

// with returns the rules of both tables.
func with(a, b map[string]paramRule) map[string]paramRule {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// The parameters of each operation, as in Twilio's own OpenAPI files.
var (
	messageParams = map[string]paramRule{
		"To": anyText, "From": anyText, "Body": anyText, "MediaUrl": aURL, "StatusCallback": aURL,
		"MessagingServiceSid": sidOf("MG"), "ApplicationSid": sidOf("AP"), "ContentSid": sidOf("HX"),
		"ContentVariables": anyText, "MaxPrice": aNumber, "ProvideFeedback": aTruth, "Attempt": aWholeNumber,
		"ValidityPeriod": aWholeNumber, "ForceDelivery": aTruth, "ContentRetention": oneOf("retain", "discard"),
		"AddressRetention": oneOf("retain", "obfuscate"), "SmartEncoded": aTruth, "PersistentAction": anyText,
		"TrafficType": oneOf("free"), "ShortenUrls": aTruth, "ScheduleType": oneOf("fixed"), "SendAt": aTime,
		"SendAsMms": aTruth, "RiskCheck": oneOf("enable", "disable"), "FallbackFrom": anyText,
	}
	messageFilters = with(paging, map[string]paramRule{
		"To": anyText, "From": anyText, "DateSent": aMoment, "DateSent<": aMoment, "DateSent>": aMoment,
	})
	searchParams = with(paging, map[string]paramRule{
		"AreaCode": aWholeNumber, "Contains": anyText, "SmsEnabled": aTruth, "MmsEnabled": aTruth,
		"VoiceEnabled": aTruth, "FaxEnabled": aTruth, "Beta": aTruth, "ExcludeAllAddressRequired": aTruth,
		"ExcludeLocalAddressRequired": aTruth, "ExcludeForeignAddressRequired": aTruth, "NearNumber": anyText,
		"NearLatLong": anyText, "Distance": aWholeNumber, "InPostalCode": anyText, "InRegion": anyText,
		"InRateCenter": anyText, "InLata": anyText, "InLocality": anyText,
	})
	numberParams = map[string]paramRule{
		"AccountSid": sidOf("AC"), "ApiVersion": anyText, "FriendlyName": anyText,
		"SmsApplicationSid": sidOf("AP"), "SmsUrl": aURL, "SmsMethod": aMethod,
		"SmsFallbackUrl": aURL, "SmsFallbackMethod": aMethod,
		"StatusCallback": aURL, "StatusCallbackMethod": aMethod,
		"VoiceApplicationSid": sidOf("AP"), "VoiceCallerIdLookup": aTruth, "VoiceUrl": aURL, "VoiceMethod": aMethod,
		"VoiceFallbackUrl": aURL, "VoiceFallbackMethod": aMethod, "VoiceReceiveMode": oneOf("voice", "fax"),
		"EmergencyStatus": oneOf("Active", "Inactive"), "EmergencyAddressSid": sidOf("AD"), "TrunkSid": sidOf("TK"),
		"IdentitySid": sidOf("RI"), "AddressSid": sidOf("AD"), "BundleSid": sidOf("BU"),
	}
	buyParams     = with(numberParams, map[string]paramRule{"PhoneNumber": anyText, "AreaCode": anyText})
	numberFilters = with(paging, map[string]paramRule{
		"Beta": aTruth, "FriendlyName": anyText, "PhoneNumber": anyText, "Origin": anyText,
	})
	verificationFilters = with(paging, map[string]paramRule{
		"TollfreePhoneNumberSid": sidOf("PN"), "Status": oneOf(verificationStates...),
		"ExternalReferenceId": anyText, "IncludeSubAccounts": aTruth, "TrustProductSid": anyText,
	})
)

// manyTimes are the parameters that the description calls arrays.
var manyTimes = []string{"MediaUrl", "PersistentAction"}

// checkParams returns how a request's parameters differ from the description.
func checkParams(rules map[string]paramRule, params url.Values) []Violation {
	var out []Violation
	for _, name := range slices.Sorted(maps.Keys(params)) {
		note := func(problem string, ofValue bool) {
			out = append(out, Violation{Field: name, Problem: problem, Request: excerptOf(params), value: ofValue})
		}
		rule, ok := rules[name]
		if !ok {
			note("is not in the description", false)
			continue
		}
		if len(params[name]) > 1 && !slices.Contains(manyTimes, name) {
			note("is given more than once", false)
		}
		for _, v := range params[name] {
			if problem := rule(v); problem != "" {
				note(problem, true)
				break
			}
		}
	}
	return out
}

// ownCodes are the parameters whose wrong values are refused by the operations,
// each with Twilio's own code.
var ownCodes = []string{"StatusCallback", "MediaUrl", "DateSent", "DateSent<", "DateSent>"}

// refuseValues refuses a request for a value that the description does not allow;
// nil if there is none.
func refuseValues(violations []Violation) *twilioError {
	for _, v := range violations {
		if v.value && !slices.Contains(ownCodes, v.Field) && !strings.HasSuffix(v.Field, "Url") && !strings.HasSuffix(v.Field, "Method") {
			return refuse(http.StatusBadRequest, 20001, "Parameter '%s' is not valid", v.Field)
		}
	}
	return nil
}

// excerptOf writes parameters as people read them, one a line.
func excerptOf(params url.Values) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(params)) {
		for _, v := range params[name] {
			b.WriteString(shortened(name, 60) + "=" + shortened(v, 120) + "\n")
			if b.Len() > 4*maxExcerpt {
				return b.String()
			}
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
