package account

import (
	"slices"
	"strings"
)

// maxPattern is how many characters of a password are looked at for patterns.
const maxPattern = 64

// isPatterned finds the passwords that no dictionary is needed for: those that
// repeat themselves, and those made of sequences and rows of keys.
func isPatterned(password string) (Pattern, bool) {
	runes := []rune(strings.ToLower(prefix(password, maxPattern)))
	if repeats(runes) {
		return Repeat, true
	}
	if runs := countRuns(runes); runs*minRun <= len(runes) {
		return Keyboard, true
	}
	return "", false
}

// repeats reports whether a password is one part, of at most half its length, over
// and over, or made of hardly any characters.
func repeats(p []rune) bool {
	different := map[rune]bool{}
	for _, r := range p {
		different[r] = true
	}
	if len(different) < 4 {
		return true
	}
	for n := 1; n <= len(p)/2; n++ {
		i := n
		for i < len(p) && p[i] == p[i-n] {
			i++
		}
		if i == len(p) {
			return true
		}
	}
	return false
}

// minRun is how long the runs of a password are on average when it is nothing but
// runs. Those of words are shorter than two.
const minRun = 3

// rows are what fingers and minds run along, also backwards.
var rows = [][]rune{
	[]rune("abcdefghijklmnopqrstuvwxyz"), []rune("01234567890"),
	[]rune("qwertyuiop[]"), []rune("qwertzuiop"), []rune("azertyuiop"),
	[]rune("asdfghjkl;'"), []rune("zxcvbnm,./"), []rune("yxcvbnm"), []rune("!@#$%^&*()_+"),
	[]rune("1qaz"), []rune("2wsx"), []rune("3edc"), []rune("4rfv"), []rune("5tgb"), []rune("6yhn"), []rune("7ujm"),
	[]rune("147"), []rune("258"), []rune("369"),
}

// countRuns splits a password into as few runs along the rows as it takes when
// each is made as long as it can be.
func countRuns(p []rune) int {
	n := 0
	for len(p) > 0 {
		p = p[longestRun(p):]
		n++
	}
	return n
}

// longestRun is how many characters p begins with that run along one row.
func longestRun(p []rune) int {
	best := 1
	for _, row := range rows {
		at := slices.Index(row, p[0])
		if at < 0 {
			continue
		}
		for _, step := range []int{1, -1} {
			n := 1
			for i := at + step; n < len(p) && i >= 0 && i < len(row) && row[i] == p[n]; i += step {
				n++
			}
			best = max(best, n)
		}
	}
	return best
}
