package main

import (
	"testing"

	"xswarm.ai/server/internal/phone"
)

// A number is taken in the one form that the product, whose own check knows the form
// only, understands, and reading it again changes nothing.
func FuzzNumbersAreReadAsTheyAreStored(f *testing.F) {
	for _, s := range []string{"+1 202 555 0147", "(202) 555-0147", "+49 30 901820", "911", "+", "tel:+12025550147;ext=5", "１２０２５５５０１４７", "1-800-FLOWERS"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := parsePhone(s)
		if err != nil {
			if once != "" {
				t.Fatalf("%q: got %q with an error", s, once)
			}
			return
		}
		if twice, err := parsePhone(once); twice != once || err != nil {
			t.Fatalf("%q is %q, then %q, %v", s, once, twice, err)
		}
		if plain, err := phone.ParseE164(once); plain != once || err != nil {
			t.Fatalf("%q is %q, which the plain check takes for %q, %v", s, once, plain, err)
		}
	})
}
