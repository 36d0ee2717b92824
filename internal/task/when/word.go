package when

import (
	"slices"
	"strings"
	"unicode"
)

// word is one word of the text.
type word struct {
	start  int    // where it begins
	next   int    // where what follows it and its punctuation begins
	low    string // lower case, without the punctuation around it
	stop   bool   // punctuation or the end of the text follows
	quoted bool
}

const (
	opening = "\"'([{“‘¿¡*"
	closing = "\"')]}”’.,;:!?*"
)

// split cuts a text at white space, and after an @ that begins a word.
func split(text string) []word {
	var words []word
	quoted := false
	add := func(start, end int) {
		raw := text[start:end]
		if raw[0] == '@' && len(raw) > 1 {
			words = append(words, word{start: start, next: start + 1, low: "@", quoted: quoted})
			start++
			raw = raw[1:]
		}
		begins := strings.HasPrefix(raw, "\"") || strings.HasPrefix(raw, "“")
		quoted = quoted || begins
		core := strings.TrimRight(strings.TrimLeft(raw, opening), closing)
		w := word{start: start, next: end, quoted: quoted}
		w.low = strings.ReplaceAll(strings.ToLower(core), "’", "'")
		w.stop = strings.ContainsAny(raw[len(raw)-1:], ".,;:!?") && w.low != ""
		if isMeridiem(strings.ReplaceAll(w.low, ".", "")) || isMonthShort(w.low) {
			// The point of "p.m." and "Dec." ends no sentence.
			w.stop = w.stop && !strings.HasSuffix(raw, ".")
		}
		words = append(words, w)
		if begins {
			raw = strings.TrimLeft(raw, opening)
		}
		quoted = quoted && !strings.ContainsAny(raw, "\"”")
	}
	start := -1
	for i, c := range text {
		switch {
		case unicode.IsSpace(c):
			if start >= 0 {
				add(start, i)
			}
			start = -1
		case start < 0:
			start = i
		}
	}
	if start >= 0 {
		add(start, len(text))
	}
	if n := len(words); n > 0 {
		words[n-1].stop = true
	}
	return words
}

// at returns word i in lower case; "" outside of the text and inside quotes.
func (r *reader) at(i int) string {
	if i < 0 || i >= len(r.words) || r.words[i].quoted {
		return ""
	}
	return r.words[i].low
}

// is reports whether word i is one of these.
func (r *reader) is(i int, words ...string) bool { return slices.Contains(words, r.at(i)) }

// skip returns the position after the words, if they are what stands at i.
func (r *reader) skip(i int, words ...string) (int, bool) {
	for k, w := range words {
		if r.at(i+k) != w || (k > 0 && r.words[i+k-1].stop) {
			return i, false
		}
	}
	return i + len(words), true
}

// ends reports whether a sentence, or the text, ends before word i.
func (r *reader) ends(i int) bool { return i >= len(r.words) || (i > 0 && r.words[i-1].stop) }

// open reports whether what was read up to word i may end there: the text ends,
// or goes on with a word that does not belong to what was read. After "at 9",
// "to" and "tomorrow" do not; "Elm" and "people" might.
func (r *reader) open(i int) bool {
	if r.ends(i) {
		return true
	}
	w := r.at(i)
	switch w {
	case "to", "about", "with", "at", "@", "in", "on", "from", "for", "by", "before", "after", "around", "and", "or",
		"but", "so", "because", "if", "when", "re", "regarding", "via", "over", "near", "that", "please", "i", "i'm",
		"today", "tomorrow", "tmrw", "tonight", "this", "next", "noon", "midnight", "sharp", "-", "–", "—":
		return true
	}
	if _, ok := weekdayNamed(w); ok {
		return true
	}
	if _, ok := monthNamed(w); ok && len(w) > 3 {
		return true
	}
	_, ok := clockWord(w)
	return ok
}

// number reads a whole number of at most four digits, or its name.
func number(w string) (int, bool) {
	switch w {
	case "a", "an", "one":
		return 1, true
	case "two", "couple":
		return 2, true
	case "fifteen":
		return 15, true
	case "twenty":
		return 20, true
	case "thirty":
		return 30, true
	case "forty":
		return 40, true
	case "forty-five":
		return 45, true
	case "fifty":
		return 50, true
	case "sixty":
		return 60, true
	case "ninety":
		return 90, true
	}
	names := [...]string{"three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if i := slices.Index(names[:], w); i >= 0 {
		return i + 3, true
	}
	return digits(w, 1, 4)
}

// digits reads a number written with least to most ASCII digits.
func digits(w string, least, most int) (int, bool) {
	if len(w) < least || len(w) > most {
		return 0, false
	}
	n := 0
	for i := range len(w) {
		if w[i] < '0' || w[i] > '9' {
			return 0, false
		}
		n = n*10 + int(w[i]-'0')
	}
	return n, true
}
