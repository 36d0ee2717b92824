package conformance_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"xswarm.ai/server/internal/mail"
)

// name is how a person is called in a letter, from the plain to the hostile.
var names = []string{
	"Ada Lovelace", "", "Zoë, \"the\" Ünïcode; 王", "Dr. José 🐝", "evil\r\nBcc: everyone@example.com", strings.Repeat("x", 500),
}

// letters are all letters that the product writes, by the name of their method.
func letters(ctx context.Context, l *mail.Letters, name string) map[string]func() error {
	const id, to = "job_01k8z3v8zq6r9b3c1d2e3f4g5h", "ada@example.com"
	return map[string]func() error{
		"Verify":            func() error { return l.Verify(ctx, id, to, name, "vt_abc-123") },
		"AlreadyRegistered": func() error { return l.AlreadyRegistered(ctx, id, to, name) },
		"Reset":             func() error { return l.Reset(ctx, id, to, name, "rt_abc-123") },
		"PasswordChanged":   func() error { return l.PasswordChanged(ctx, id, to, name) },
		"Reminder": func() error {
			return l.Reminder(ctx, id, to, name, "call Mike about\nthe <b>fence</b> "+strings.Repeat("é", 600), "today, 2:00 PM")
		},
	}
}

func TestEveryLetterIsWritten(t *testing.T) {
	written := letters(t.Context(), &mail.Letters{}, "")
	methods := reflect.TypeFor[*mail.Letters]()
	for i := range methods.NumMethod() {
		if name := methods.Method(i).Name; written[name] == nil {
			t.Errorf("mail.Letters.%s is not among the letters that are checked: add it to letters", name)
		}
	}
}

// sendLetters sends every letter to every name.
func (w *world) sendLetters() {
	w.t.Helper()
	l := &mail.Letters{Sender: w.sender, BaseURL: "https://xswarm.example"}
	for _, name := range names {
		for kind, send := range letters(w.t.Context(), l, name) {
			if err := send(); err != nil {
				w.t.Errorf("%s to %q: %v", kind, name, err)
			}
		}
	}
}
