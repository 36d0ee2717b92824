package main

import (
	"testing"

	"xswarm.ai/server/internal/account"
)

func TestGuessKnowsWhatPeopleChoose(t *testing.T) {
	hints := []string{"ada.lovelace@example.com", "Ada Lovelace", "xswarm"}
	for password, want := range map[string]account.Pattern{
		"summer2025!":   account.Common,
		"trustno1trust": account.Common,
		"elizabeth-ann": account.Word,
		"bvcxzasdfghj":  account.Keyboard,
		"24.12.1987 x":  account.Date,
		"Lovelace, Ada": account.Word,
		"xswarm.1815":   account.Word,
		"lovelace.1815": account.Word,
	} {
		got := guess(password, hints)
		if got.Guesses >= 1e8 || got.Pattern != want {
			t.Errorf("%q: got %.0f guesses because of %q, want fewer than 10^8 because of %q", password, got.Guesses, got.Pattern, want)
		}
	}
	for _, password := range []string{
		"correct horse battery", "blue-kettle-9", "kX9#vQ2!pL", "пароль из слов", "secret words", "new words for ada", "wide blue kettle", "not the password",
		"the stranger's password", "some other password",
	} {
		if got := guess(password, hints); got.Guesses < 1e8 {
			t.Errorf("%q: got %.0f guesses because of %q, want 10^8 or more", password, got.Guesses, got.Pattern)
		}
	}
}

func TestSignsAreReadAsLettersInAFewWaysOnly(t *testing.T) {
	for password, want := range map[string]string{
		"P@$$w0rd1!":               "P@$$w0rd1!",
		"correct horse (battery)":  "correct horse (battery)",
		"4@8({[<369!1|7$5+0%2abcd": "4~8^&*-369_1=7;5:0?2abcd",
	} {
		if got := plain(password); got != want {
			t.Errorf("%q: got %q, want %q", password, got, want)
		}
	}
}

func FuzzGuess(f *testing.F) {
	for _, s := range []string{"", "p@$$w0rd1|!", "4@8({[<369!1|7$5+0%2", "1990-11-22", "\xff\xfe\x00", "пароль из слов", "ababababababababababab", "ﬀİß"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, password, hint string) {
		if len(password) > 24 {
			password = password[:24] // as package account does
		}
		if g := guess(password, []string{hint}); !(g.Guesses >= 0) {
			t.Errorf("%q: got %v guesses", password, g.Guesses)
		}
	})
}
