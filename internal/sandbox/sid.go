package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
)

// newSID makes an identifier as Twilio does: two letters and 32 hexadecimal
// digits.
func newSID(prefix string) string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return prefix + hex.EncodeToString(b[:])
}

var (
	e164Rule = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	nanpRule = regexp.MustCompile(`^\+1[2-9][0-9]{2}[2-9][0-9]{6}$`)
	freeRule = regexp.MustCompile(`^\+18(00|33|44|55|66|77|88)[2-9][0-9]{6}$`)
)

// isE164 reports whether s could be a telephone number: its form, and, in North
// America, its plan.
func isE164(s string) bool {
	if len(s) > 1 && s[1] == '1' {
		return nanpRule.MatchString(s)
	}
	return e164Rule.MatchString(s)
}

func isTollFree(number string) bool { return freeRule.MatchString(number) }
