package account_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

// sentence is what is said against a password; "" if nothing is.
func sentence(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	wantFields(t, err, "password")
	return fault.From(err).Fields[0].Message
}

func TestNewPasswordsAreCheckedAndTheSentenceSaysWhatHelps(t *testing.T) {
	s := newWorld(t).Service
	hints := []string{"ada.lovelace@example.com", "Ada Lovelace", "countess"}
	for p, want := range map[string]string{
		"nine char":                "at least 10 characters",
		"":                         "at least 10 characters",
		"пароль":                   "at least 10 characters",
		strings.Repeat("xy", 513):  "at most 1024 bytes",
		"ada.lovelace@example.com": "your address or your name",
		"ADA.LOVELACE":             "your address or your name",
		"adalovelace1815":          "your address or your name",
		"Lovelace, Ada":            "", // it takes the estimate to see that
		"Ada Lovelace":             "your address or your name",
		"countess12":               "your address or your name",
		"countess-countess":        "your address or your name",
		"Password2024!":            "is a common password",
		"qwertyuiop12":             "follows the rows of a keyboard",
		"0123456789":               "follows the rows of a keyboard",
		"passwordpassword":         "repeats itself",
		"correct horse battery":    "",
		"countess of somewhere":    "",
	} {
		got := sentence(t, s.CheckPassword(p, hints...))
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%.30q: got %q, want %q", p, got, want)
		}
		if strings.HasPrefix(got, "is ") && !strings.Contains(got, "Take a few words") {
			t.Errorf("%.30q: %q does not say what helps", p, got)
		}
	}
}

func TestWhatAnEstimateCallsEasyIsRefused(t *testing.T) {
	var asked []string
	guesses, pattern := 1e8-1, account.Date
	w := newWorld(t, func(o *account.Options) {
		o.Guess = func(p string, hints []string) account.Guess {
			asked = append(asked, p)
			if strings.Join(hints, " ") != "ada@example.com Ada xswarm" {
				t.Errorf("got hints %q", hints)
			}
			return account.Guess{Guesses: guesses, Pattern: pattern}
		}
	})
	long := strings.Repeat("щ", 30) + strings.Repeat("correct horse ", 20)
	if got := sentence(t, w.CheckPassword("correct horse battery", ada, "Ada")); !strings.HasPrefix(got, "is mostly a date") {
		t.Errorf("got %q", got)
	}
	guesses = 1e8
	must(t, w.CheckPassword(long, ada, "Ada"))
	if n := utf8.RuneCountInString(asked[1]); n != 24 || !utf8.ValidString(asked[1]) {
		t.Errorf("%d characters were estimated, want the first 24 of so many", n)
	}
	// What the plain rules refuse is not estimated, nor what is too long.
	for _, p := range []string{"short", strings.Repeat("x", 2000), "qwertyuiop12"} {
		if w.CheckPassword(p, ada, "Ada") == nil {
			t.Errorf("%.20q was taken", p)
		}
	}
	if len(asked) != 2 {
		t.Errorf("estimated %d passwords, want 2", len(asked))
	}
}

func TestAnOldPasswordThatIsTooShortNowStillSignsIn(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	hash, err := w.hasher(rounds).Hash(w.ctx, "eight888")
	must(t, err)
	w.exec("UPDATE users SET password_hash = ? WHERE id = ?", hash, u.ID)
	_, err = w.login(ada, "eight888")
	must(t, err)
}
