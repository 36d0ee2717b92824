package account

import (
	"errors"
	"net/mail"
	"strings"

	"xswarm.ai/server/internal/fault"
)

const maxEmail = 254 // what fits into a mail's envelope

// NormaliseEmail returns the one way in which an address is written here:
// without space around it, in lower case. Its error is a fault about the field
// "email".
func NormaliseEmail(raw string) (string, error) {
	email := strings.ToLower(strings.TrimSpace(raw))
	if err := checkEmail(email); err != nil {
		return "", fault.Body("email", err.Error())
	}
	return email, nil
}

var (
	errEmailForm   = errors.New("must be an address like ada@example.com")
	errEmailLength = errors.New("must be at most 254 characters long")
	errEmailASCII  = errors.New("must be written in ASCII; a domain with other letters has such a form too (it begins with xn--)")
)

func checkEmail(email string) error {
	if len(email) > maxEmail {
		return errEmailLength
	}
	for _, c := range []byte(email) {
		switch {
		case c >= 0x80:
			return errEmailASCII
		case c <= ' ' || c == 0x7f:
			return errEmailForm
		}
	}
	// The parser knows the syntax of the local part; what it would also take (a
	// display name, quotes, comments) changes the text and is refused with it.
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email {
		return errEmailForm
	}
	local, domain, _ := strings.Cut(email, "@")
	if len(local) > 64 || strings.ContainsAny(local, `"\`) || !isDomain(domain) {
		return errEmailForm
	}
	return nil
}

// isDomain reports whether s (in lower case) is a host name with at least two
// labels whose last one is no number.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, lettersDigits+"-") != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(last) >= 2 && strings.Trim(last, "0123456789") != ""
}

const lettersDigits = "abcdefghijklmnopqrstuvwxyz0123456789"
