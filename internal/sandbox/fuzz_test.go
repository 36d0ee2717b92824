package sandbox

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/phone"
)

// A violation names a parameter that was sent and never repeats its value.
func FuzzParamsAreJudgedByTheirNames(f *testing.F) {
	f.Add("To=%2B12025550147&From=%2B18335550100&Body=hello")
	f.Add("PageSize=x&Nonsense=1&StatusCallback=ftp://x&Attempt=1e9&MessagingServiceSid=MGx")
	f.Add("DateSent>=2026-13-45&To=a&To=b")
	f.Fuzz(func(t *testing.T, body string) {
		params, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		for _, rules := range []map[string]paramRule{messageParams, messageFilters, searchParams, buyParams, numberFilters, verificationFilters} {
			wrong := checkParams(rules, params)
			for _, v := range wrong {
				if _, sent := params[v.Field]; !sent || v.Problem == "" {
					t.Fatalf("%q: got %+v", body, v)
				}
			}
			for name := range params {
				named := slices.ContainsFunc(wrong, func(v Violation) bool { return v.Field == name })
				if _, known := rules[name]; !known && !named {
					t.Fatalf("%q: nothing is said about %q", body, name)
				}
			}
		}
	})
}

// The carrier's count and the product's are made apart, and are the same.
func FuzzCarrierAndProductCountTheSameSegments(f *testing.F) {
	for _, s := range []string{"", "hello", strings.Repeat("€", 81), strings.Repeat("😀", 36), strings.Repeat("a", 152) + "€", "\xff", "\f^{}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := segments(body)
		if want, _ := phone.Segments(body); got != want {
			t.Fatalf("%q: the carrier counts %d, the product %d", body, got, want)
		}
	})
}

// What the fragment of an address asks for stays within Twilio's limits, and the
// rest of the address is as it was.
func FuzzOverridesStayWithinTheirLimits(f *testing.F) {
	f.Add("https://xswarm.ai/webhooks#rc=2&rp=5xx,rt&rt=5000&tt=15000")
	f.Add("https://xswarm.ai/#rc=99&rt=-1&tt=1e9&rp=%zz")
	f.Add("##")
	f.Fuzz(func(t *testing.T, address string) {
		plain, o := readOverrides(address)
		if want, _, _ := strings.Cut(address, "#"); plain != want {
			t.Fatalf("%q became %q", address, plain)
		}
		if o.retries < 0 || o.retries > 5 || o.answer <= 0 || o.answer > 15*time.Second || o.total <= 0 || o.total > 15*time.Second {
			t.Fatalf("%q: got %+v", address, o)
		}
	})
}
