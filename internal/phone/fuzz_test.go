package phone

import (
	"strings"
	"testing"
)

// A keyword is one whatever its case and the space around it, and no sentence is
// one.
func FuzzKeywordsAreWholeTexts(f *testing.F) {
	for _, s := range []string{"STOP", " stop\n", "stop it", "yes", "Help", "ſtop", "ＳＴＯＰ"} {
		f.Add(s, "", false)
	}
	f.Add("hello", "STOP", true)
	f.Add("hello", "nonsense", true)
	f.Fuzz(func(t *testing.T, body, said string, out bool) {
		got := keywordOf(Incoming{Body: body, OptOut: said}, out)
		switch got {
		case "", Stop, Start, Help:
		default:
			t.Fatalf("%q is the keyword %q", body, got)
		}
		if again := keywordOf(Incoming{Body: " " + strings.ToUpper(body) + "\n", OptOut: said}, out); again != got {
			t.Fatalf("%q is %q, and %q in capitals", body, got, again)
		}
		if got != "" && said == "" && len(strings.Fields(body)) != 1 {
			t.Fatalf("the sentence %q is %q", body, got)
		}
	})
}
