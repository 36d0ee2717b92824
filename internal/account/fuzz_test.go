package account

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"xswarm.ai/server/internal/fault"
)

var usernameForm = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

func FuzzUsernamesAreMailboxesOfNobodyElse(f *testing.F) {
	for _, s := range []string{"ada@example.com", "postmaster@example.com", "n0-reply@x.yz", "..a..@x.yz", "ä@x.yz", "x+swarm@x.yz", "@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, email string) {
		proposed := map[string]bool{}
		for name := range usernames(email) {
			if !usernameForm.MatchString(name) || len(name) < minUsername || len(name) > maxUsername {
				t.Errorf("%q: %q is no mailbox", email, name)
			}
			if reserved(name) && !strings.HasPrefix(name, "user-") { // who has no name of their own
				t.Errorf("%q: %q is the service's own", email, name)
			}
			proposed[name] = true
		}
		if len(proposed) < 4 {
			t.Errorf("%q: only %d names are proposed", email, len(proposed))
		}
	})
}

func FuzzNamesAreTakenWholeOrRefused(f *testing.F) {
	for _, s := range []string{"Ada Lovelace", "J.R.R. Tolkien", "see evil.example", "a\r\nb", "\u202eadA", "नेहा\u200d", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := cleanName(raw)
		if err != nil {
			if name != "" || !fault.Is(err, fault.Invalid) || len(fault.From(err).Fields) != 1 {
				t.Fatalf("%q: got %q, %v", raw, name, err)
			}
			return
		}
		if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsAny(name, "\r\n\x00<>@/\\\u202e\u2028") {
			t.Fatalf("%q was taken as %q", raw, name)
		}
		if again, err := cleanName(name); again != name || err != nil {
			t.Fatalf("%q: cleaned once %q, twice %q, %v", raw, name, again, err)
		}
	})
}

func FuzzAClientIsCountedAsOneNetwork(f *testing.F) {
	for _, s := range []string{"203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1", "fe80::1%eth0", "nonsense", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, client string) {
		got := Network(client)
		addr, err := netip.ParseAddr(client)
		if err != nil {
			if got != client {
				t.Fatalf("%q became %q", client, got)
			}
			return
		}
		if addr = addr.Unmap().WithZone(""); addr.Is4() {
			if got != addr.String() {
				t.Fatalf("%q became %q", client, got)
			}
			return
		}
		if p, err := netip.ParsePrefix(got); err != nil || p.Bits() != 64 || !p.Contains(addr) || p.Masked() != p {
			t.Fatalf("%q became %q, which is not its /64", client, got)
		}
	})
}

var deviceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$`)

// What a device calls itself is shown, mailed and hashed with where it is.
func FuzzADeviceHasAShortNameOfWordsOnly(f *testing.F) {
	for _, s := range []string{
		"", "curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Mozilla/5.0", "Your account is closed, call +1 900/1",
		"a\r\nBcc: x", "\u202e/1", "-/1", strings.Repeat("x", 5000), "Firefox/ iPhone",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, userAgent string) {
		name := DeviceName(userAgent)
		if !deviceForm.MatchString(name) {
			t.Errorf("%q is called %q", userAgent, name)
		}
		if again := DeviceName(userAgent); again != name {
			t.Errorf("%q is called %q, then %q", userAgent, name, again)
		}
	})
}

// A name that somebody chooses is as one that is proposed, and is as it was asked for.
func FuzzAChosenUsernameIsAMailboxOrRefused(f *testing.F) {
	for _, s := range []string{"ada.lovelace", " Ada ", "no-reply", "n0reply", "a..b", "-ada", "ab", "ääää", "ada@example.com", strings.Repeat("a", 31)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := cleanUsername(raw)
		if err != nil {
			if name != "" || len(fault.From(err).Fields) != 1 {
				t.Fatalf("%q: got %q, %v", raw, name, err)
			}
			return
		}
		if !usernameForm.MatchString(name) || reserved(name) || !strings.EqualFold(name, strings.TrimSpace(raw)) {
			t.Errorf("%q became %q", raw, name)
		}
	})
}
