package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// onSale returns numbers that can be bought, always in the same order: of
// +1833555 and four digits those that nobody has.
func (s *Sandbox) onSale(fits func(string) bool, limit int) []string {
	var out []string
	for i := 100; i <= 9999 && len(out) < limit; i++ {
		n := fmt.Sprintf("+1833555%04d", i)
		if n != s.opt.SharedNumber && s.number(n) == nil && fits(n) {
			out = append(out, n)
		}
	}
	return out
}

func (s *Sandbox) searchNumbers(c twilioCall) (int, any, *twilioError) {
	country := c.r.PathValue("country")
	if len(country) != 2 {
		return 0, nil, notFound(c.r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []any{}
	// Everything here is for the United States, and there are no faxes.
	if country == "US" && c.get("FaxEnabled") != "true" {
		for _, n := range s.onSale(wanted(c.params), pageSize(c.params)) {
			found = append(found, map[string]any{
				"phone_number": n, "friendly_name": friendly(n), "iso_country": "US", "address_requirements": "none",
				"beta": false, "capabilities": map[string]any{"mms": true, "sms": true, "voice": true},
				"lata": nil, "latitude": nil, "longitude": nil, "locality": nil, "postal_code": nil,
				"rate_center": nil, "region": nil,
			})
		}
	}
	return http.StatusOK, map[string]any{
		"available_phone_numbers": found,
		"uri":                     "/" + apiVersion + "/Accounts/" + s.opt.AccountSID + "/AvailablePhoneNumbers/" + country + "/TollFree.json",
	}, nil
}

// wanted reads the filters of a search. In Contains a star stands for any digit.
func wanted(params url.Values) func(string) bool {
	area, contains := params.Get("AreaCode"), params.Get("Contains")
	return func(n string) bool {
		if area != "" && n[2:5] != area {
			return false
		}
		if contains == "" {
			return true
		}
		digits := strings.TrimPrefix(n, "+")
		for at := 0; at+len(contains) <= len(digits); at++ {
			if likePattern(digits[at:at+len(contains)], strings.TrimPrefix(contains, "+")) {
				return true
			}
		}
		return false
	}
}

func likePattern(digits, pattern string) bool {
	for i := range min(len(digits), len(pattern)) {
		if pattern[i] != '*' && pattern[i] != digits[i] {
			return false
		}
	}
	return true
}
