package main

import (
	"strings"

	"github.com/trustelem/zxcvbn"
	"github.com/trustelem/zxcvbn/match"

	"xswarm.ai/server/internal/account"
)

// guess estimates how a password would be guessed, with the dictionaries and the
// patterns of zxcvbn.
func guess(password string, hints []string) account.Guess {
	result := zxcvbn.PasswordStrength(plain(password), known(hints))
	g := account.Guess{Guesses: result.Guesses}
	// What most of the password is made of says why.
	longest := 0
	for _, m := range result.Sequence {
		if n := m.J - m.I + 1; n > longest && m.Pattern != "bruteforce" {
			longest, g.Pattern = n, patternOf(m)
		}
	}
	return g
}

// ambiguous are the letters for which several signs may stand.
var ambiguous = []string{"4@", "({[<", "69", "1!|", "1|7", "$5", "+7"}

// unsigned puts signs that stand for no letter in the place of those that do.
var unsigned = strings.NewReplacer("@", "~", "(", "^", "{", "&", "[", "*", "<", "-", "!", "_", "|", "=", "$", ";", "+", ":", "%", "?")

// plain is a password with few ways to read its signs as letters. zxcvbn tries
// all of them, a second long for hostile ones; somebody who writes a word means
// one way, and where there are more than a few nobody wrote a word.
func plain(password string) string {
	ways := 1
	for _, signs := range ambiguous {
		n := 0
		for _, sign := range signs {
			if strings.ContainsRune(password, sign) {
				n++
			}
		}
		ways *= max(n, 1)
	}
	if ways > 8 {
		return unsigned.Replace(password)
	}
	return password
}

// known is what hints have that may be in a password: themselves, and their parts.
func known(hints []string) []string {
	var list []string
	for _, h := range hints {
		list = append(list, strings.ToLower(h))
		for _, part := range strings.FieldsFunc(h, func(r rune) bool { return strings.ContainsRune("@._- +", r) }) {
			if len(part) > 2 {
				list = append(list, strings.ToLower(part))
			}
		}
	}
	return list
}

func patternOf(m *match.Match) account.Pattern {
	switch m.Pattern {
	case "spatial":
		return account.Keyboard
	case "sequence":
		return account.Sequence
	case "repeat":
		return account.Repeat
	case "date", "regex":
		return account.Date
	}
	if m.DictionaryName == "passwords" {
		return account.Common
	}
	return account.Word
}
