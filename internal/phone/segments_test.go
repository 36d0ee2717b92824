package phone

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func TestSegmentsFollowTheNetworksRules(t *testing.T) {
	x := strings.Repeat
	for _, tc := range []struct {
		name string
		body string
		n    int
		gsm  bool
	}{
		{"nothing is one part", "", 1, true},
		{"160 plain characters fit into one", x("a", 160), 1, true},
		{"161 take two", x("a", 161), 2, true},
		{"306 still take two", x("a", 306), 2, true},
		{"307 take three", x("a", 307), 3, true},
		{"459 take three", x("a", 459), 3, true},
		{"460 take four", x("a", 460), 4, true},
		{"national letters of the alphabet are plain", "Äöñ ß Δ £ è ¿", 1, true},
		{"an extended character takes two places", x("€", 80), 1, true},
		{"so 81 of them take two parts", x("€", 81), 2, true},
		{"an extended character is not split", x("a", 152) + "€" + x("a", 152), 3, true},
		{"without the extended one it takes two", x("a", 152) + "ab" + x("a", 152), 2, true},
		{"70 others fit into one", x("д", 70), 1, false},
		{"71 take two", x("д", 71), 2, false},
		{"134 take two", x("д", 134), 2, false},
		{"135 take three", x("д", 135), 3, false},
		{"one curly quote makes it all wide", x("a", 100) + "’", 2, false},
		{"a back-tick is not of the alphabet", "`", 1, false},
		{"35 emoji fit into one", x("😀", 35), 1, false},
		{"36 take two", x("😀", 36), 2, false},
		{"an emoji is not split", x("д", 66) + "😀" + x("д", 66), 3, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n, gsm := Segments(tc.body)
			if n != tc.n || gsm != tc.gsm {
				t.Errorf("Segments = %d, %v, want %d, %v", n, gsm, tc.n, tc.gsm)
			}
		})
	}
}

func TestTheGSMAlphabetHas127PlainCharacters(t *testing.T) {
	if n := utf8.RuneCountInString(gsmBasic); n != 127 { // 128 places, one of them the escape
		t.Errorf("got %d", n)
	}
	if n := utf8.RuneCountInString(gsmExtended); n != 10 {
		t.Errorf("the extension has %d, want 10", n)
	}
}

func FuzzSegmentsAreAsManyAsTheLengthAllows(f *testing.F) {
	for _, s := range []string{"", "hello", strings.Repeat("€", 200), strings.Repeat("😀", 100), "\xff\xfe", strings.Repeat("д", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		n, gsm := Segments(body)
		units, part, alone := len(utf16.Encode([]rune(body))), ucsPart, ucsAlone
		if gsm {
			units = 0
			for _, r := range body {
				units += gsmWidth(r)
			}
			part, alone = gsmPart, gsmAlone
		}
		if n < 1 || (n == 1) != (units <= alone) {
			t.Fatalf("%d units take %d parts", units, n)
		}
		// Not fewer than what fits, and at most one unit of each part wasted.
		if n > 1 && (n*part < units || (n-1)*(part-1) >= units) {
			t.Fatalf("%d units take %d parts of %d", units, n, part)
		}
		short := Shorten(body, "https://xswarm.example/app")
		if n, _ := Segments(short); n > maxSegments {
			t.Fatalf("shortened to %d parts", n)
		}
		if n <= maxSegments && short != strings.TrimSpace(body) {
			t.Fatalf("changed what fits: %q", short)
		}
	})
}

func TestAnAnswerThatIsTooLongIsCutAtAWordAndSaysWhereTheRestIs(t *testing.T) {
	const page = "https://xswarm.example/app"
	got := Shorten(strings.Repeat("buy some milk, ", 60), page)
	if !strings.HasSuffix(got, "... more on your page: "+page) {
		t.Errorf("does not say where the rest is: %q", got)
	}
	head := strings.TrimSuffix(got, "... more on your page: "+page)
	if last := head[strings.LastIndex(head, " ")+1:]; last != "buy" && last != "some" && last != "milk" {
		t.Errorf("is cut inside the word %q", last)
	}
	if n, _ := Segments(got); n != maxSegments {
		t.Errorf("takes %d parts, want all %d", n, maxSegments)
	}
}
