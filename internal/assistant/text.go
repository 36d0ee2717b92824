package assistant

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how much of a message is read, in runes. Longer than any text.
const maxText = 2000

// clean makes one line of what was said: without control characters, and without
// the invisible ones that turn or hide what follows, joiners of letters and
// pictures apart.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case r == '\u200c', r == '\u200d':
			return r
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text, _ = limit(strings.Join(strings.Fields(text), " "), maxText)
	return strings.TrimSpace(text)
}

// limit keeps the first n runes of a text. cut is true if it has more.
func limit(text string, n int) (kept string, cut bool) {
	if len(text) <= n {
		return text, false
	}
	for i := range text {
		if n == 0 {
			return text[:i], true
		}
		n--
	}
	return text, false
}

// brief is a text as it stands in an answer, which has little room.
func brief(text string, n int) string {
	kept, cut := limit(text, n)
	if !cut {
		return text
	}
	if i := strings.LastIndexByte(kept, ' '); i > len(kept)*2/3 {
		kept = kept[:i]
	}
	return strings.TrimRight(kept, " ,;:.") + "..."
}

// cut returns what follows a phrase at the beginning of a text, if it is there
// and ends a word. Case and apostrophes do not count: "What’s on" begins with
// "whats on".
func cut(text, phrase string) (rest string, ok bool) {
	i := 0
	for _, want := range phrase {
		r, n := utf8.DecodeRuneInString(text[i:])
		for apostrophe(r) {
			i += n
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		if n == 0 || unicode.ToLower(r) != want {
			return "", false
		}
		i += n
	}
	rest = text[i:]
	if next, _ := utf8.DecodeRuneInString(rest); rest != "" && (unicode.IsLetter(next) || unicode.IsDigit(next) || apostrophe(next) || next == '-') {
		return "", false
	}
	return strings.TrimLeft(rest, " :;,.!-–—"), true
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == '`' }

// cutEnd returns what comes before a phrase at the end of a text, if it is there
// and begins a word.
func cutEnd(text, phrase string) (rest string, ok bool) {
	for i := range text {
		if i > 0 && text[i-1] != ' ' {
			continue
		}
		if after, ok := cut(bare(text[i:]), phrase); ok && after == "" && i > 0 {
			return strings.TrimRight(text[:i], " ,;"), true
		}
	}
	return text, false
}

// bare is a text without the punctuation at its end.
func bare(text string) string { return strings.TrimRight(text, " .,;:!?") }

// courteous takes off what is only said to be polite.
func courteous(text string) string {
	for again := true; again; {
		again = false
		for _, p := range []string{
			"please", "pls", "kindly", "hey", "hi", "hello", "ok", "okay", "assistant", "xswarm",
			"can you", "could you", "would you", "will you", "i want you to", "i need you to", "i would like you to", "id like you to",
		} {
			if rest, ok := cut(text, p); ok && rest != "" {
				text, again = rest, true
				if strings.HasSuffix(p, " you") {
					text = strings.TrimRight(text, " ?") // "can you …?" is no question
				}
			}
		}
	}
	for _, p := range []string{"please", "pls"} {
		if rest, ok := cutEnd(text, p); ok {
			text = rest
		}
	}
	for _, p := range []string{"thanks", "thank you", "thx"} {
		// Without the comma it may be what is to be done: "say thank you".
		if rest, ok := cutEnd(text, p); ok && strings.ContainsAny(text[len(rest):len(rest)+1], ",.!;") {
			text = rest
		}
	}
	return text
}

// unquoted takes off the quotes around a whole text.
func unquoted(text string) string {
	for _, q := range [][2]string{{"\"", "\""}, {"“", "”"}, {"'", "'"}, {"‘", "’"}, {"«", "»"}} {
		inner, ok := strings.CutPrefix(text, q[0])
		if inner, ok2 := strings.CutSuffix(inner, q[1]); ok && ok2 && !strings.Contains(inner, q[0]) {
			return strings.TrimSpace(inner)
		}
	}
	return text
}

// meant is what is left of a text as a title or a fact: in the person's own words
// and case, without the quotes and the end of the sentence. "" if it says nothing.
func meant(text string) string {
	text = unquoted(strings.Trim(text, " ,;:"))
	text = strings.TrimLeft(text, " ,;:.!?-–—")
	if dot, ok := strings.CutSuffix(text, "."); ok && !abbreviated(dot) {
		text = dot
	}
	if strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsSymbol(r) }) < 0 {
		return ""
	}
	return strings.TrimSpace(text)
}

// abbreviated reports whether a text ends with a word to which the point belongs:
// "Jr.", "p.m.", "…".
func abbreviated(text string) bool {
	last := text[strings.LastIndexByte(text, ' ')+1:]
	return len(last) <= 2 || strings.ContainsAny(last, ".")
}
