package phone

import (
	"errors"
	"strings"
)

var errE164 = errors.New("not a phone number in international form, like +14155550123")

// ParseE164 reads a number in international form and returns it without the
// spaces, dots, dashes and brackets that people write. It knows the form only,
// not which numbers exist; the server build is given a library that does.
func ParseE164(s string) (string, error) {
	digits, ok := strings.CutPrefix(strings.TrimSpace(s), "+")
	if !ok {
		return "", errE164
	}
	digits = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "\u00a0", "").Replace(digits)
	if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' ||
		strings.Trim(digits, "0123456789") != "" {
		return "", errE164
	}
	// A number of the North American plan has exactly ten digits, and neither its
	// area nor its exchange begins with 0 or 1.
	if digits[0] == '1' && (len(digits) != 11 || digits[1] < '2' || digits[4] < '2') {
		return "", errE164
	}
	return "+" + digits, nil
}

// tollFreePrefixes are the areas of the North American plan whose calls the
// called party pays for.
var tollFreePrefixes = []string{"+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888"}

// kindOf says which kind of number it is.
func kindOf(number string) string {
	for _, p := range tollFreePrefixes {
		if strings.HasPrefix(number, p) {
			return TollFree
		}
	}
	return Local
}
