package mail

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzNamesAndTitlesBecomeOneHarmlessLine(f *testing.F) {
	for _, s := range []string{"Ada", "a\r\nBcc: b", "\u2028x", "evil.com", strings.Repeat("ä", 200), "\xff\xfe", "a\x00b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := oneLine(s, maxSubject)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxSubject {
			t.Fatalf("oneLine(%q) = %q: not valid, or too long", s, got)
		}
		if strings.ContainsAny(got, "\r\n\x00\u2028\u2029\u0085\u202e") || strings.TrimSpace(got) != got {
			t.Fatalf("oneLine(%q) = %q", s, got)
		}
		if name := greetable(s); strings.ContainsAny(name, "/@<>:") || utf8.RuneCountInString(name) > maxName {
			t.Fatalf("greetable(%q) = %q", s, name)
		}
	})
}
