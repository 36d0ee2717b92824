package mail

import (
	"strings"
	"unicode"
)

const (
	maxName    = 60  // longer ones are not greeted by
	maxSubject = 150 // longer ones are cut by most readers anyway
	maxTitle   = 500
)

// greeting is how a letter begins.
func greeting(name string) string {
	if name = greetable(name); name != "" {
		return "Hello " + name + ","
	}
	return "Hello,"
}

// greetable returns a name that can be put into a letter, or "". Anybody can sign
// up with anybody's address, and the name they give is then delivered by us; so
// what is long, or what a mail reader would make a link of, is left out.
func greetable(name string) string {
	name = clean(name)
	if len([]rune(name)) > maxName || strings.ContainsAny(name, `/\:@<>[]{}|`) || linkable(name) {
		return ""
	}
	return name
}

// linkable reports whether a dot stands directly before two letters or digits, as
// in the name of a host. "Dr. Ada" and "J.R.R. Tolkien" do not have that.
func linkable(s string) bool {
	rs := []rune(s)
	for i, r := range rs {
		// Readers take the full-width and ideographic dots for dots too.
		if strings.ContainsRune(".。.。․", r) && i+2 < len(rs) && word(rs[i+1]) && word(rs[i+2]) {
			return true
		}
	}
	return false
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' }

// oneLine returns s as one clean line of at most limit runes.
func oneLine(s string, limit int) string {
	s = clean(s)
	if rs := []rune(s); len(rs) > limit {
		s = strings.TrimSpace(string(rs[:limit-1])) + "…"
	}
	return s
}

// clean returns s as one line: what ends a line or a header, is invisible, or
// turns the reading direction is taken out, so that it can neither begin a header
// of its own nor disguise what it says.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r) && r != '\u200d': // it joins emoji
			return -1
		case unicode.In(r, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}
