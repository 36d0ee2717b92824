package conformance_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/internal/mail"
	"xswarm.ai/server/internal/plan"
)

// names are how a person is called in a letter, from the plain to the hostile.
var names = []string{
	"Ada Lovelace", "", "Zoë, \"the\" Ünïcode; 王", "Dr. José 🐝", "evil\r\nBcc: everyone@example.com", strings.Repeat("x", 500),
}

// letters are all letters that the product writes, by the name of their method.
func letters(ctx context.Context, l *mail.Letters, name string) map[string]func() error {
	const id, to = "job_01k8z3v8zq6r9b3c1d2e3f4g5h", "ada@example.com"
	const bill, when = "https://xswarm.example/app/billing/portal", "Monday, 23 November, 14:00"
	return map[string]func() error{
		"Verify":            func() error { return l.Verify(ctx, id, to, name, "vt_abc-123") },
		"AlreadyRegistered": func() error { return l.AlreadyRegistered(ctx, id, to, name) },
		"Reset":             func() error { return l.Reset(ctx, id, to, name, "rt_abc-123") },
		"PasswordChanged":   func() error { return l.PasswordChanged(ctx, id, to, name) },
		"NewDevice":         func() error { return l.NewDevice(ctx, id, to, name, "Firefox on Linux", "today, 2:00 PM") },
		"EmailChangeOld": func() error {
			return l.EmailChangeOld(ctx, id, to, name, "countess@example.org", "ot_abc-123", "ct_abc-123")
		},
		"EmailChangeNew": func() error { return l.EmailChangeNew(ctx, id, to, name, "nt_abc-123") },
		"EmailChanged":   func() error { return l.EmailChanged(ctx, id, to, name, "countess@example.org") },
		"Reminder": func() error {
			return l.Reminder(ctx, id, to, name, "call Mike about\nthe <b>fence</b> "+strings.Repeat("é", 600), "today, 2:00 PM")
		},
		"Owed":         func() error { return l.Owed(ctx, id, to, name, plan.Secretary, bill, when) },
		"OwedReminder": func() error { return l.OwedReminder(ctx, id, to, name, plan.Secretary, bill, when) },
		"OnHold":       func() error { return l.OnHold(ctx, id, to, name, plan.Secretary, bill) },
		"Restored":     func() error { return l.Restored(ctx, id, to, name, plan.Secretary) },
		"ConfirmPayment": func() error {
			return l.ConfirmPayment(ctx, id, to, name, "https://pay.example/i/acct_1/bill_1?s=ap")
		},
		"TrialEnds": func() error { return l.TrialEnds(ctx, id, to, name, plan.Manager, when) },
		"Allowance": func() error { return l.Allowance(ctx, id, to, name, plan.SMSMessages, 100, 500, 500, true) },
		"Cap":       func() error { return l.Cap(ctx, id, to, name, 80, 64_013_000, 80*plan.Dollar, false) },
		"Welcome":   func() error { return l.Welcome(ctx, id, to, name, plan.CTO) },
		"Moved":     func() error { return l.Moved(ctx, id, to, name, plan.Manager, plan.Secretary, when) },
		"Ended":     func() error { return l.Ended(ctx, id, to, name, plan.Secretary) },
		"Alert": func() error {
			return l.Alert(ctx, id, to, "The customer cus_1 pays for 2 subscriptions at once.\nCancel <one> "+strings.Repeat("é", 3000))
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

// noting is a Sender that remembers what it passes on.
type noting struct {
	mail.Sender
	sent []mail.Message
}

func (n *noting) SendMail(ctx context.Context, m mail.Message) error {
	n.sent = append(n.sent, m)
	return n.Sender.SendMail(ctx, m)
}

func TestEveryFieldOfAMailIsSentInSomeLetter(t *testing.T) {
	w := newWorld(t)
	unused(t, w.sendLetters())
}

// unused reports the fields that are empty in every one of the values.
func unused[T any](t *testing.T, values []T) {
	t.Helper()
	kind := reflect.TypeFor[T]()
	for i := range kind.NumField() {
		if !slices.ContainsFunc(values, func(v T) bool { return !reflect.ValueOf(v).Field(i).IsZero() }) {
			t.Errorf("%s.%s is empty in everything that is sent, so what becomes of it is not checked", kind, kind.Field(i).Name)
		}
	}
}

// sendLetters asks whether the key may send, sends every letter to every name, and
// returns what was sent.
func (w *world) sendLetters() []mail.Message {
	w.t.Helper()
	if err := w.sender.Check(w.t.Context()); err != nil {
		w.t.Error(err)
	}
	sender := &noting{Sender: w.sender}
	l := &mail.Letters{Sender: sender, BaseURL: "https://xswarm.example"}
	for _, name := range names {
		for kind, send := range letters(w.t.Context(), l, name) {
			if err := send(); err != nil {
				w.t.Errorf("%s to %q: %v", kind, name, err)
			}
		}
	}
	return sender.sent
}
