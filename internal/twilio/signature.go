package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// signature is what Twilio puts into X-Twilio-Signature for a form that it posts
// to an address. Every field counts, also those we have no use for; of a field
// that is there several times, its different values do, in order. (The SDK's own
// validator takes the first of them.)
func signature(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			mac.Write([]byte(name))
			mac.Write([]byte(v))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signed reports whether somebody who knows one of the tokens has signed the form.
// Twilio is not consistent about the port in the address, so the standard one may
// be written out or left out.
func signed(tokens []string, address string, form url.Values, given string) bool {
	ok := 0
	for _, token := range tokens {
		for _, a := range spellings(address) {
			if token != "" && hmac.Equal([]byte(signature(token, a, form)), []byte(given)) {
				ok |= 1
			}
		}
	}
	return ok == 1
}

// spellings returns an address with the standard port written out and left out.
func spellings(address string) []string {
	scheme, rest, _ := strings.Cut(address, "://")
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	host, path, _ := strings.Cut(rest, "/")
	if bare, ok := strings.CutSuffix(host, port); ok {
		return []string{address, scheme + "://" + bare + "/" + path}
	}
	if strings.Contains(host[strings.LastIndex(host, "]")+1:], ":") {
		return []string{address}
	}
	return []string{address, scheme + "://" + host + port + "/" + path}
}
