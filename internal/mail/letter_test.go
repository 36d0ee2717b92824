package mail

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

// outbox is a Sender that keeps what it is given, or fails.
type outbox struct {
	sent []Message
	err  error
}

func (o *outbox) SendMail(_ context.Context, m Message) error {
	o.sent = append(o.sent, m)
	return o.err
}

// written sends one letter and returns the mail that it became.
func written(t *testing.T, write func(*Letters) error) Message {
	t.Helper()
	var o outbox
	if err := write(&Letters{Sender: &o, BaseURL: "https://xswarm.example"}); err != nil {
		t.Fatalf("writing the letter: %v", err)
	}
	if len(o.sent) != 1 {
		t.Fatalf("%d mails were sent, want 1", len(o.sent))
	}
	return o.sent[0]
}

// every returns a call of every letter, by the name of its kind.
func every(ctx context.Context, name, token, title string) map[string]func(*Letters) error {
	const id, to = "job_01", "ada@example.com"
	return map[string]func(*Letters) error{
		"verify":             func(l *Letters) error { return l.Verify(ctx, id, to, name, token) },
		"already_registered": func(l *Letters) error { return l.AlreadyRegistered(ctx, id, to, name) },
		"reset":              func(l *Letters) error { return l.Reset(ctx, id, to, name, token) },
		"password_changed":   func(l *Letters) error { return l.PasswordChanged(ctx, id, to, name) },
		"new_device": func(l *Letters) error {
			return l.NewDevice(ctx, id, to, name, title, "Monday 23 November 2026, 14:00 UTC")
		},
		"email_change_old": func(l *Letters) error {
			return l.EmailChangeOld(ctx, id, to, name, title, token, token)
		},
		"email_change_new": func(l *Letters) error { return l.EmailChangeNew(ctx, id, to, name, token) },
		"email_changed":    func(l *Letters) error { return l.EmailChanged(ctx, id, to, name, title) },
		"reminder": func(l *Letters) error {
			return l.Reminder(ctx, id, to, name, title, "today, Mon 23 Nov, 2:00 PM")
		},
		"payment_owed": func(l *Letters) error {
			return l.Owed(ctx, id, to, name, plan.Secretary, ownBill, "Monday, 23 November, 14:00")
		},
		"payment_reminder": func(l *Letters) error {
			return l.OwedReminder(ctx, id, to, name, plan.Secretary, ownBill, "Monday, 23 November, 14:00")
		},
		"payment_on_hold":  func(l *Letters) error { return l.OnHold(ctx, id, to, name, plan.Secretary, ownBill) },
		"payment_restored": func(l *Letters) error { return l.Restored(ctx, id, to, name, plan.Secretary) },
		"payment_confirm":  func(l *Letters) error { return l.ConfirmPayment(ctx, id, to, name, bill) },
		"trial_ends": func(l *Letters) error {
			return l.TrialEnds(ctx, id, to, name, plan.Secretary, "Monday, 23 November, 14:00")
		},
		"allowance": func(l *Letters) error {
			return l.Allowance(ctx, id, to, name, plan.SMSMessages, 80, 401, 500, true)
		},
		"spending_cap": func(l *Letters) error {
			return l.Cap(ctx, id, to, name, 50, 40_013_000, 80*plan.Dollar, false)
		},
		"plan_welcome":  func(l *Letters) error { return l.Welcome(ctx, id, to, name, plan.Secretary) },
		"plan_moved":    func(l *Letters) error { return l.Moved(ctx, id, to, name, plan.Secretary, plan.Manager, "") },
		"plan_ended":    func(l *Letters) error { return l.Ended(ctx, id, to, name, plan.Secretary) },
		"billing_alert": func(l *Letters) error { return l.Alert(ctx, id, to, title) },
	}
}

// Where letters about money lead: to our own page, and to the payment provider's.
const (
	ownBill = "https://xswarm.example/app/billing/portal"
	bill    = "https://pay.example/i/acct_1/bill_1?s=ap"
)

func TestLettersReadAsInTheGoldenFiles(t *testing.T) {
	for kind, write := range every(t.Context(), "Ada Lovelace", "vt_abc-123", "call Mike about the fence") {
		t.Run(kind, func(t *testing.T) {
			m := written(t, write)
			toName := "Ada Lovelace"
			if kind == "billing_alert" { // the operator has no name
				toName = ""
			}
			if m.Kind != kind || m.ID != "job_01" || m.To != "ada@example.com" || m.ToName != toName {
				t.Errorf("got kind %q, id %q, to %q, name %q", m.Kind, m.ID, m.To, m.ToName)
			}
			golden(t, kind+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
			golden(t, kind+".html", m.HTML)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run the test with -update and look at the change. got:\n%s", name, got)
	}
}

func TestTokensAreEscapedInLinksOfBothForms(t *testing.T) {
	for _, kind := range []string{"verify", "reset", "email_change_old", "email_change_new"} {
		m := written(t, every(t.Context(), "Ada", `a b&c=d"<x>`, "")[kind])
		const want = `?token=a+b%26c%3Dd%22%3Cx%3E`
		if !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) {
			t.Errorf("%s: the token is not escaped as %s in:\n%s\n%s", kind, want, m.Text, m.HTML)
		}
	}
}

func TestHostileNamesAndTitlesStayText(t *testing.T) {
	const evil = "<script>alert(1)</script>\r\nBcc: all@example.com\r\n\r\n<img src=x onerror=y>"
	for kind, write := range every(t.Context(), evil, "t", evil) {
		m := written(t, write)
		for _, bad := range []string{"<script", "<img", "\r"} {
			if strings.Contains(m.HTML, bad) {
				t.Errorf("%s: the HTML contains %q", kind, bad)
			}
		}
		for what, header := range map[string]string{"subject": m.Subject, "name": m.ToName} {
			if strings.ContainsAny(header, "\r\n\x00") {
				t.Errorf("%s: the %s %q can begin a header of its own", kind, what, header)
			}
		}
		if strings.Contains(m.Text, "\nBcc:") {
			t.Errorf("%s: the text has a line that the title brought along:\n%s", kind, m.Text)
		}
	}
}

func TestNamesAreGreetedOnlyIfTheyAreNames(t *testing.T) {
	for name, want := range map[string]string{
		"Ada":                            "Hello Ada,",
		"  Ada \t Lovelace ":             "Hello Ada Lovelace,",
		"J.R.R. Tolkien":                 "Hello J.R.R. Tolkien,",
		"Dr. Ada O'Neill-Müller":         "Hello Dr. Ada O'Neill-Müller,",
		"李小龍":                            "Hello 李小龍,",
		"":                               "Hello,",
		"\u202eevil\u202c":               "Hello evil,",
		"Win at evil.com":                "Hello,",
		"http://evil":                    "Hello,",
		"evil。com now":                   "Hello,",
		"ada@example.com":                "Hello,",
		"<b>Ada</b>":                     "Hello,",
		strings.Repeat("free money ", 9): "Hello,",
	} {
		if got := greeting(name); got != want {
			t.Errorf("greeting(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestLongTitlesAreCutInTheSubjectAndKeptInTheLetter(t *testing.T) {
	title := strings.Repeat("very ", 60) + "long"
	m := written(t, every(t.Context(), "Ada", "", title)["reminder"])
	if n := len([]rune(m.Subject)); n != maxSubject && n != maxSubject-1 {
		t.Errorf("the subject has %d runes, want about %d", n, maxSubject)
	}
	if !strings.HasSuffix(m.Subject, "…") || !strings.Contains(m.HTML, title) {
		t.Errorf("subject %q; the whole title is in the letter: %t", m.Subject, strings.Contains(m.HTML, title))
	}
}

func TestAReminderWithoutADueTimeSaysNone(t *testing.T) {
	m := written(t, func(l *Letters) error { return l.Reminder(t.Context(), "job_1", "a@b.c", "", "rest", "") })
	if strings.Contains(m.Text, "Due") || strings.Contains(m.HTML, "Due") {
		t.Errorf("a due time is mentioned:\n%s", m.Text)
	}
}

func TestTextLinesAreShortExceptForLinks(t *testing.T) {
	for kind, write := range every(t.Context(), "Ada", strings.Repeat("x", 90), strings.Repeat("many words ", 30)) {
		for line := range strings.Lines(written(t, write).Text) {
			if len([]rune(line)) > lineWidth+1 && !strings.Contains(line, "https://") {
				t.Errorf("%s: a line is %d long: %q", kind, len(line), line)
			}
		}
	}
}

func TestFailuresTellTheJobWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		state jobs.State
		note  bool
	}{
		"accepted":  {nil, jobs.Done, false},
		"refused":   {fmt.Errorf("bad address: %w", ErrRejected), jobs.Dead, false},
		"uncertain": {fmt.Errorf("cut: %w", ErrUnknown), jobs.Queued, true},
		"not taken": {errors.New("503"), jobs.Queued, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := &Letters{Sender: &outbox{err: c.err}, BaseURL: "https://xswarm.example"}
			j := settled(t, func(ctx context.Context) error { return l.PasswordChanged(ctx, "job_1", "a@b.c", "") })
			if j.State != c.state || (j.Note != "") != c.note {
				t.Errorf("the job is %s with note %q, want %s and a note: %t", j.State, j.Note, c.state, c.note)
			}
			if strings.Contains(j.Error+j.Note, "a@b.c") {
				t.Errorf("the address is in %q %q", j.Error, j.Note)
			}
		})
	}
}
