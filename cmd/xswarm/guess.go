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
	result := zxcvbn.PasswordStrength(password, known(hints))
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
