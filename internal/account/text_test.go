package account

import (
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/internal/fault"
)

func TestNormaliseEmail(t *testing.T) {
	long := strings.Repeat("d", 60)
	for raw, want := range map[string]string{
		"ada@example.com":                        "ada@example.com",
		"  ADA@Example.COM\n":                    "ada@example.com",
		"ada+notes@example.co.uk":                "ada+notes@example.co.uk",
		"o'hara@example.com":                     "o'hara@example.com",
		"a@xn--bcher-kva.example":                "a@xn--bcher-kva.example",
		"":                                       "",
		"ada":                                    "",
		"ada@":                                   "",
		"@example.com":                           "",
		"ada@@example.com":                       "",
		"ada@example":                            "",
		"ada@example.c":                          "",
		"ada@example..com":                       "",
		"ada@-example.com":                       "",
		"ada@exa_mple.com":                       "",
		"ada@[127.0.0.1]":                        "",
		"ada@127.0.0.1":                          "",
		"ada@example.com.":                       "",
		".ada@example.com":                       "",
		"a da@example.com":                       "",
		`"a da"@example.com`:                     "",
		"ada@example.com,b@c.com":                "",
		"<ada@example.com>":                      "",
		"ada@bücher.example":                     "",
		"ада@example.com":                        "",
		strings.Repeat("a", 65) + "@example.com": "",
		"ada@" + long + "." + long + "." + long + "." + long + "." + long + ".com": "",
		"ada@" + strings.Repeat("d", 64) + ".com":                                  "",
		"ada@example.com\x00":      "",
		"ada(comment)@example.com": "",
	} {
		got, err := NormaliseEmail(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", raw, got, err, want)
		}
	}
	_, err := NormaliseEmail("ada@bücher.example")
	if f := fault.From(err); !strings.Contains(f.Fields[0].Message, "xn--") {
		t.Errorf("got %q, want a hint at the form that is taken", f.Fields[0].Message)
	}
}

func FuzzNormaliseEmail(f *testing.F) {
	for _, s := range []string{"ada@example.com", "A@B.CD", "\"x\"@y.zz", "é@b.cd", "a@b.cd\r\nBcc: x@y.zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		email, err := NormaliseEmail(raw)
		if err != nil {
			if email != "" {
				t.Fatalf("%q: got %q with an error", raw, email)
			}
			return
		}
		if len(email) > maxEmail || strings.Count(email, "@") != 1 || strings.ContainsFunc(email, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("%q was taken as %q", raw, email)
		}
		if again, err := NormaliseEmail(email); again != email || err != nil {
			t.Fatalf("%q: normalised once %q, twice %q, %v", raw, email, again, err)
		}
	})
}

func TestUsernameCandidates(t *testing.T) {
	for email, want := range map[string]string{
		"ada@example.com":                "ada ada-2 ada-3 ada-4 ada-5",
		"Ada.Lovelace@example.com":       "ada.lovelace ada.lovelace-2 ada.lovelace-3 ada.lovelace-4 ada.lovelace-5",
		"ada+news@example.com":           "ada ada-2 ada-3 ada-4 ada-5",
		"__a--b!!c__@example.com":        "a-b-c a-b-c-2 a-b-c-3 a-b-c-4 a-b-c-5",
		"a@example.com":                  "",
		"!!!@example.com":                "",
		"admin@example.com":              "",
		"no.reply@example.com":           "",
		"support2@example.com":           "",
		"4dm1n@example.com":              "",
		"wehrnacht-x@example.com":        "wehrnacht-x wehrnacht-x-2 wehrnacht-x-3 wehrnacht-x-4 wehrnacht-x-5",
		strings.Repeat("x", 64) + "@e.x": strings.Repeat("x", 20) + " " + strings.Repeat("x", 20) + "-2 " + strings.Repeat("x", 20) + "-3 " + strings.Repeat("x", 20) + "-4 " + strings.Repeat("x", 20) + "-5",
	} {
		all := slices.Collect(usernames(email))
		tail := all[len(all)-6:]
		if got := strings.Join(all[:len(all)-6], " "); got != want {
			t.Errorf("%s: got %q, want %q", email, got, want)
		}
		for _, name := range all {
			if len(name) < minUsername || len(name) > maxUsername || strings.Trim(name, lettersDigits+"._-") != "" {
				t.Errorf("%s: %q is no username", email, name)
			}
		}
		if strings.Join(tail, " ") == strings.Join(slices.Collect(usernames(email))[len(all)-6:], " ") {
			t.Errorf("%s: the last candidates %v are not random", email, tail)
		}
	}
}

func TestRoleNamesAndTheirLookAlikesAreReserved(t *testing.T) {
	for _, name := range []string{
		"admin", "4dmin", "adm1n", "ad.min", "admln", "admin-2", "n0reply", "no-reply", "noreply.eu", "p0strnaster",
		"supp0rt", "support-24", "ab-use", "root", "r00t", "secur1ty", "www", "vvww", "xswarm-help", "the.xswarm", "b1ll1ng",
	} {
		if !reserved(name) {
			t.Errorf("%q is free", name)
		}
	}
	for _, name := range []string{"ada", "adminton", "supportive.sam", "rooted", "mike", "grace.hopper", "billy"} {
		if reserved(name) {
			t.Errorf("%q is reserved", name)
		}
	}
}

func TestStoredHashesThatMakeNoSenseAreRefused(t *testing.T) {
	good := "pbkdf2-sha256$10$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	p, err := parseHash(good)
	if err != nil || p.String() != good {
		t.Fatalf("got %v, %v, want %s", p, err, good)
	}
	for _, bad := range []string{
		"", "x", "$$$", strings.Replace(good, "sha256", "sha1", 1), strings.Replace(good, "$10$", "$0$", 1),
		strings.Replace(good, "$10$", "$-1$", 1), strings.Replace(good, "$10$", "$99999999999$", 1),
		strings.Replace(good, "$10$", "$100000000$", 1), good + "$x", "pbkdf2-sha256$10$AA$AA", good[:60] + "!",
	} {
		if _, err := parseHash(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, _, err := NewHasher(HasherOptions{Rounds: 1}).Verify(t.Context(), "nonsense", "x"); err == nil {
		t.Error("a hash that cannot be read was compared")
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("pbkdf2-sha256$10$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("pbkdf2-sha256$+10$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parseHash(s)
		if err != nil {
			return
		}
		again, err := parseHash(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q was read as %s and then as %s, %v", s, p, again, err)
		}
	})
}

func TestNobodysHashIsNeverRight(t *testing.T) {
	h := NewHasher(HasherOptions{Rounds: 1, Derive: func(_, _ []byte, _, n int) ([]byte, error) { return make([]byte, n), nil }})
	if right, _, err := h.Verify(t.Context(), "", ""); right || err != nil {
		t.Errorf("got %t, %v, want false even for the key that nobody has", right, err)
	}
}

func TestNetworkIsOneCustomer(t *testing.T) {
	for client, want := range map[string]string{
		"203.0.113.7":          "203.0.113.7",
		"::ffff:203.0.113.7":   "203.0.113.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "",
		"something else":       "something else",
	} {
		if got := Network(client); got != want {
			t.Errorf("%q: got %q, want %q", client, got, want)
		}
	}
}

func TestCommonWordsAreFoundWithWhatPeopleAdd(t *testing.T) {
	for p, want := range map[string]bool{
		"password": true, "Password2024!": true, "P@ssw0rd123": true, "1ILOVEYOU1": true, "--monkey--": true, "letmein12345": true,
		"password123456": false, "ilovey": false, "password password1": false, "": false, "123456": false, "correct horse": false,
		"blue-password-kettle": false,
	} {
		if got := isCommon(p); got != want {
			t.Errorf("%q: got %t, want %t", p, got, want)
		}
	}
}

func TestPatternsAreFoundWithoutADictionary(t *testing.T) {
	for p, want := range map[string]Pattern{
		"qwertyuiop": Keyboard, "QWERTYUIOP123": Keyboard, "1234567890": Keyboard, "0987654321": Keyboard, "abcdefghij": Keyboard,
		"asdfghjkl1": Keyboard, "1qaz2wsx3edc": Keyboard, "zxcvbnm,./": Keyboard, "147258369123": Keyboard, "qwertzuiop": Keyboard,
		"aaaaaaaaaa": Repeat, "passwordpassword": Repeat, "abcdabcdabcd": Repeat, "ababcababc": Repeat, "1212121212": Repeat,
		"дадададада": Repeat, strings.Repeat("x", 1024): Repeat,
		"correct horse battery": "", "blue-kettle-9": "", "kX9#vQ2!pL": "", "пароль из слов": "", "definitely hijacked": "",
		"monopolisation": "", "undefeated stud": "",
	} {
		got, ok := isPatterned(p)
		if got != want || ok != (want != "") {
			t.Errorf("%.20q: got %q, want %q", p, got, want)
		}
	}
}
