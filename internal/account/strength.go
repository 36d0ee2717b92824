package account

import (
	"slices"
	"strings"
	"unicode/utf8"

	"xswarm.ai/server/internal/fault"
)

const (
	minPassword = 10   // characters
	maxPassword = 1024 // bytes; longer ones only keep processors busy

	// enoughGuesses is what a password has to withstand. Over the network somebody
	// gets 50 guesses an hour at an account; and whoever steals the hashes has to
	// pay 100,000 rounds for each, so that a hundred million of them are no bargain.
	// It is also where zxcvbn begins to call a password safe (its score 3).
	enoughGuesses = 1e8

	// An estimate takes more than the square of the length: the first characters
	// must do, so that a hostile password costs less than its hash.
	maxGuessed = 24
)

// Guess is how a password would be guessed.
type Guess struct {
	Guesses float64
	Pattern Pattern
}

// Pattern is what makes most of a password easy to guess.
type Pattern string

// The patterns.
const (
	Common   Pattern = "common"   // a leaked password
	Keyboard Pattern = "keyboard" // keys side by side
	Sequence Pattern = "sequence" // abc, 789
	Repeat   Pattern = "repeat"
	Date     Pattern = "date"
	Word     Pattern = "word" // of a language, or a name
	Other    Pattern = ""
)

// sentences say why a password was refused and what helps.
var sentences = map[Pattern]string{
	Common:   "is a common password, with a digit or two perhaps: those are tried first. " + whatHelps,
	Keyboard: "follows the rows of a keyboard, or a sequence: those are guessed early. " + whatHelps,
	Sequence: "is mostly a sequence: those are guessed early. " + whatHelps,
	Repeat:   "repeats itself: saying a thing twice hardly makes it harder to guess. " + whatHelps,
	Date:     "is mostly a date: there are few, and they are guessed early. " + whatHelps,
	Word:     "is little more than a word or a name: those are guessed early. " + whatHelps,
	Other:    "is too easily guessed. " + whatHelps,
}

const whatHelps = "Take a few words that have nothing to do with each other"

// CheckPassword says why a password must not be anybody's new one; nil: it may be.
// The hints are what is known of whoever it is for: address, name, username.
func (s *Service) CheckPassword(password string, hints ...string) error {
	return s.checkPassword("password", password, hints...)
}

// checkPassword is CheckPassword for a field of another name.
func (s *Service) checkPassword(field, password string, hints ...string) error {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return fault.Body(field, "must be at least 10 characters long")
	case len(password) > maxPassword:
		return fault.Body(field, "must be at most 1024 bytes long")
	case isHint(password, hints):
		return fault.Body(field, "must not be your address or your name")
	case isCommon(password):
		return fault.Body(field, sentences[Common])
	}
	if p, ok := isPatterned(password); ok {
		return fault.Body(field, sentences[p])
	}
	if s.guess == nil {
		return nil
	}
	g := s.guess(prefix(password, maxGuessed), append(slices.Clone(hints), "xswarm"))
	if g.Guesses < enoughGuesses {
		return fault.Body(field, sentences[g.Pattern])
	}
	return nil
}

// isHint reports whether a password is one of the hints, or the part of an
// address before the @, whatever signs and digits are around or in it.
func isHint(password string, hints []string) bool {
	p := letters(password)
	for _, h := range hints {
		local, _, _ := strings.Cut(h, "@")
		for _, h := range []string{h, local} {
			if strings.EqualFold(strings.TrimSpace(password), strings.TrimSpace(h)) {
				return true
			}
			if l := letters(h); len(l) > 2 && (p == l || p == l+l) {
				return true
			}
		}
	}
	return false
}

// letters are those of a text, in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (r < 'a' || r > 'z') {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// prefix is the first n characters of s.
func prefix(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
