package words_test

import (
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/internal/words"
)

func TestWordsLoseCaseAndPunctuation(t *testing.T) {
	for text, want := range map[string]string{
		"Anna’s  Birthday!":        "anna birthday",
		"don't -- forget":          "dont forget",
		"Köln, ÎLE; Δέλτα":         "köln île δέλτα",
		"call 555-0100":            "call 555 0100",
		"":                         "",
		"'' ’ --":                  "",
		"the dogs' bowl":           "the dogs bowl",
		"\xff\xfe not quite text ": "not quite text",
	} {
		if got := words.Same(text); got != want {
			t.Errorf("Same(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestFormsOfOneWordShareAStem(t *testing.T) {
	for _, forms := range [][]string{
		{"call", "calls", "called", "calling"},
		{"party", "parties"},
		{"stop", "stopped", "stopping", "stops"},
		{"like", "likes", "liked", "liking"},
		{"box", "boxes"},
		{"watch", "watches", "watching"},
		{"bus"}, {"boss"}, {"sing"}, {"red"},
	} {
		for _, f := range forms {
			if got, want := words.Stem(f), words.Stem(forms[0]); got != want {
				t.Errorf("Stem(%q) = %q, and of %q it is %q", f, got, forms[0], want)
			}
		}
	}
	if words.Stem("bus") == words.Stem("bu") || words.Stem("sing") == words.Stem("s") {
		t.Error("a short word lost what was no ending")
	}
}

func TestLittleWordsCountOnlyWhenThereIsNothingElse(t *testing.T) {
	if got := words.Stems("when is the birthday of Anna?"); !slices.Equal(got, []string{"birthday", "anna"}) {
		t.Errorf("got %q", got)
	}
	if got := words.Stems("who am I"); len(got) != 3 {
		t.Errorf("little words alone: got %q, want all three", got)
	}
}

func FuzzStems(f *testing.F) {
	for _, s := range []string{"Anna's birthdays", "’''s", "ééing", "aaing", "\xc3(ing"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range words.Stems(s) {
			if w == "" || strings.ContainsAny(w, " \t\n") {
				t.Errorf("%q is no stem", w)
			}
		}
		if words.Same(words.Same(s)) != words.Same(s) {
			t.Errorf("the normal form %q of %q is not stable", words.Same(s), s)
		}
	})
}
