package account

import (
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"strings"
)

// ErrUsernameTaken says, between the store and this package, that the next
// candidate is to be tried. People never see it.
var ErrUsernameTaken = errors.New("the username is taken")

const (
	minUsername = 3
	maxUsername = 30
)

// usernames proposes names for the owner of an address: its local part, the same
// with a small number, and in the end one that is free for sure. A name becomes
// a mailbox at our domain, so none may be taken for the service's own.
func usernames(email string) iter.Seq[string] {
	local, _, _ := strings.Cut(email, "@")
	base := usernameBase(local)
	return func(yield func(string) bool) {
		if len(base) >= minUsername && !reserved(base) {
			if !yield(base) {
				return
			}
			for n := 2; n <= 5; n++ {
				// A number can make a role of what is none: 108-5 reads like jobs.
				if name := fmt.Sprintf("%s-%d", base, n); !reserved(name) && !yield(name) {
					return
				}
			}
		}
		nobody := base == "" || reserved(base)
		if nobody {
			base = "user"
		}
		for digits := 4; digits <= 9; digits++ {
			if name := base + "-" + randomDigits(digits); (nobody || !reserved(name)) && !yield(name) {
				return
			}
		}
	}
}

// usernameBase makes a username of a local part: a to z, digits, and single
// dots, dashes and underscores inside. What follows a plus is the owner's note.
func usernameBase(local string) string {
	local, _, _ = strings.Cut(strings.ToLower(local), "+")
	var b strings.Builder
	gap := rune(0)
	for _, r := range local {
		if strings.ContainsRune(lettersDigits, r) {
			if gap != 0 && b.Len() > 0 {
				b.WriteRune(gap)
			}
			gap = 0
			b.WriteRune(r)
			continue
		}
		if gap == 0 {
			gap = '-'
			if r == '.' || r == '_' {
				gap = r
			}
		}
	}
	const room = maxUsername - len("-123456789")
	s := b.String()
	return strings.TrimRight(s[:min(len(s), room)], "._-")
}

func randomDigits(n int) string {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	v, err := rand.Int(rand.Reader, most)
	if err != nil {
		panic(err) // the system has no randomness: crypto/rand does not return then
	}
	return fmt.Sprintf("%0*d", n, v)
}

// roles are the mailboxes that mean the service and not a person (RFC 2142, and
// what people take for one).
var roles = []string{
	"abuse", "accounts", "admin", "administrator", "all", "announcements", "api", "assistant", "billing",
	"bounce", "bounces", "ceo", "compliance", "contact", "cto", "daemon", "dns", "everyone", "feedback",
	"finance", "ftp", "help", "helpdesk", "hostmaster", "info", "inquiries", "invoices", "jobs",
	"legal", "mail", "mailerdaemon", "marketing", "moderator", "news", "newsletter", "nobody", "noc",
	"noreply", "notifications", "null", "office", "official", "operator", "orders", "owner", "payments",
	"phishing", "postmaster", "press", "privacy", "refunds", "replies", "reply", "root", "sales",
	"security", "service", "signup", "spam", "ssladmin", "staff", "status", "subscribe", "support",
	"sysadmin", "system", "team", "test", "trust", "undisclosed", "unsubscribe", "user", "users",
	"usenet", "uucp", "webmaster", "welcome", "www", "xswarm",
}

// reserved reports whether a name is a role, or could be taken for one: with
// signs in between, digits that look like letters, or a number behind it.
func reserved(name string) bool {
	whole := skeleton(name)
	bare := skeleton(strings.TrimRight(name, "0123456789._-"))
	for _, r := range roles {
		if s := skeleton(r); s == whole || s == bare {
			return true
		}
	}
	return strings.Contains(whole, skeleton("xswarm")) || strings.HasPrefix(whole, skeleton("noreply"))
}

// skeleton is a name as a hasty eye sees it: what is read alike is the same
// letter, and signs are not seen.
func skeleton(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '.', '-', '_':
			return -1
		case '0':
			return 'o'
		case '1', 'i', 'j':
			return 'l'
		case '3':
			return 'e'
		case '4':
			return 'a'
		case '5':
			return 's'
		case '7':
			return 't'
		case '8':
			return 'b'
		case '9':
			return 'g'
		}
		return r
	}, s)
	return strings.ReplaceAll(strings.ReplaceAll(s, "rn", "m"), "vv", "w")
}
