package assistant_test

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

func TestUsageIsTold(t *testing.T) {
	w := newWorld(t)
	w.user, w.used = secretary()
	want := "AI Secretary, November 2026:\nCall minutes: 0 of 500 used, 500 left\nTexts: 12 of 500 used, 488 left\nPhone numbers: 1 of 1 used, 0 left"
	for _, text := range []string{
		"usage", "Usage?", "my usage", "what's my usage?", "my plan", "how many messages do I have left?", "how many texts have I used",
		"how many minutes left", "how much do I have left?",
	} {
		if got := w.hear(text).Reply; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := w.hear("how many minutes does an egg take?").Reply; got == want {
		t.Error("a question about eggs was answered with the usage")
	}
}

func TestUsageWithoutALimitOrWithoutTheFeatureIsTold(t *testing.T) {
	w := newWorld(t)
	_, w.used = secretary()
	w.used.Features[0].Included, w.used.Features[0].Remaining = plan.Unlimited, plan.Unlimited
	w.used.Features[1].Used, w.used.Features[1].Overage = 512, 12
	w.used.Features[2].Included, w.used.Features[2].Used = 0, 0
	got := w.hear("usage").Reply
	for _, want := range []string{"Call minutes: 0 used, no limit", "Texts: 512 used of 500 included, 12 extra", "Phone numbers: not included"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want it to contain %q", got, want)
		}
	}
}

func TestPeopleAreHelped(t *testing.T) {
	w := newWorld(t)
	for text, want := range map[string]string{
		"help":                       "remind me to call Mike tomorrow at 2pm",
		"What can you do?":           "remember that",
		"hi":                         "Hello Ada!",
		"Thanks!":                    "You're welcome",
		"":                           `Say "help"`,
		"   \n\t ":                   `Say "help"`,
		"\u202e\u200b":               `Say "help"`,
		"blah blah":                  `say "add blah blah"`,
		"call Mike tomorrow at 2pm":  `say "remind me: call Mike tomorrow at 2pm"`,
		strings.Repeat("blah ", 900): `Say "help"`,
		"my wifi password is x1":     `say "remember that my wifi password is x1"`,
		"2":                          `say "help"`,
		"undo!":                      `say "help"`,
		"add":                        "What should I add?",
		"remember that":              "What should I remember?",
	} {
		out := w.hear(text)
		if !strings.Contains(out.Reply, want) {
			t.Errorf("%.40q: got %q, want it to contain %q", text, out.Reply, want)
		}
		if len(out.AddTasks)+len(out.AddFacts)+len(out.Jobs) != 0 {
			t.Errorf("%.40q: something was changed: %+v", text, out)
		}
	}
}

// What help shows is understood.
func TestEveryExampleOfTheHelpWorks(t *testing.T) {
	w := newWorld(t)
	w.give("one", "two", "buy milk", "last")
	for _, line := range strings.Split(w.hear("help").Reply, "\n")[1:] {
		for _, example := range strings.Split(strings.TrimPrefix(line, "- "), ", or: ") {
			if out := w.say(example); strings.Contains(out.Reply, "Sorry") || strings.Contains(out.Reply, "cannot") {
				t.Errorf("%q: got %q", example, out.Reply)
			}
		}
	}
}

func TestTheSameRequestHasTheSameOutcomeButForIds(t *testing.T) {
	w := newWorld(t)
	w.tell("Anna's birthday is May 3", "Anna likes tea")
	w.give("buy milk", "call Mike")
	for _, text := range []string{
		"remind me to call Anna tomorrow at 2pm", "add eggs", "list", "done 1", "remember that x is y", "what do you know about Anna", "forget about tea", "help", "??", "tomorrow",
	} {
		a, b := w.hear(text), w.hear(text)
		if !reflect.DeepEqual(withoutIDs(a), withoutIDs(b)) {
			t.Errorf("%q: got %+v and then %+v", text, a, b)
		}
	}
}

var ids = regexp.MustCompile(`(tsk|job|fct)_[0-9a-z]+`)

// withoutIDs is an outcome of which the new ids, which cannot be the same twice,
// are taken out.
func withoutIDs(o assistant.Outcome) assistant.Outcome {
	for i := range o.AddTasks {
		o.AddTasks[i].ID = ""
	}
	for i := range o.AddFacts {
		o.AddFacts[i].ID = ""
	}
	for i, j := range o.Jobs {
		j.ID = ""
		j.Key = ids.ReplaceAllString(j.Key, "")
		j.Payload = ids.ReplaceAll(j.Payload, nil)
		o.Jobs[i] = j
	}
	return o
}

func TestAStoreThatFailsIsAnErrorAndNoAnswer(t *testing.T) {
	w := newWorld(t)
	w.broken = errBroken
	for _, text := range []string{"list", "add eggs", "done 1", "remind me to call Mike at 5pm", "remember that x is y", "what is x?", "forget x", "usage", "tomorrow"} {
		out, err := w.service.Handle(context.Background(), assistant.Request{User: w.user, Text: text, At: w.now})
		if !errors.Is(err, errBroken) || out.Reply != "" {
			t.Errorf("%q: got %+v, %v; want the store's error", text, out, err)
		}
	}
}

func TestARequestWithoutATimeIsOfNow(t *testing.T) {
	w := newWorld(t)
	out, err := w.service.Handle(context.Background(), assistant.Request{User: w.user, Text: "remind me in 20 minutes to stretch"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := out.AddTasks[0].Due, w.now.Add(20*time.Minute); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Answers in the alphabet of plain texts cost half of what others do.
func TestAnswersAreWrittenInTheAlphabetOfTexts(t *testing.T) {
	w := newWorld(t)
	w.tell("Anna's birthday is May 3")
	w.give("buy milk", "call Mike", "call Anna")
	for _, text := range []string{
		"help", "hi", "thanks", "list", "done", "done 1", "done call", "delete 2", "add eggs tomorrow", "add eggs", "remind me to eat at 5pm", "remind me to eat",
		"remind me daily to eat", "remember that x is y", "when is Anna's birthday", "what is y", "forget everything", "forget Anna", "usage", "blah", "tomorrow", "snooze",
	} {
		for _, r := range w.hear(text).Reply {
			if r != '\n' && (r < ' ' || r > 'z' || strings.ContainsRune("[\\]^_`", r)) {
				t.Errorf("%q: the answer has %q", text, r)
			}
		}
	}
}

func FuzzHandle(f *testing.F) {
	for _, s := range []string{
		"remind me to call Mike tomorrow at 2pm", "done 2", "what's on my list?", "add \x00\u202e\xff", "remember that x", "forget x", "snooze 2h", "tomorrow", "mark as done",
		"add " + strings.Repeat("é", 3000), "put on my list", "’s", "no. 1", "and remind me", `add "`, "please please", "can you", "in 2 hours", "😀👩‍👩‍👧", "take off my list", "done # 1",
	} {
		f.Add(s, int64(1795359600))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		w := newWorld(t)
		w.now = time.Unix(unix&(1<<32-1), 0).In(w.user.Location())
		w.give("buy milk", "call Mike")
		w.tell("Anna's birthday is May 3")
		w.open = append(w.open, task.Task{ID: "tsk_reminded", UserID: w.user.ID, Title: "sleep", Status: task.Open, CreatedAt: w.now, RemindedAt: w.now})
		out := w.hear(text)
		if out.Reply == "" || !utf8.ValidString(out.Reply) || utf8.RuneCountInString(out.Reply) > 700 {
			t.Errorf("%q: bad answer %q", text, out.Reply)
		}
		for _, k := range append(out.AddTasks, out.RescheduleTasks...) {
			if n := utf8.RuneCountInString(k.Title); n == 0 || n > task.MaxTitle || strings.ContainsFunc(k.Title, unicode.IsControl) || strings.TrimSpace(k.Title) != k.Title {
				t.Errorf("%q: bad title %q", text, k.Title)
			}
			if k.UserID != w.user.ID {
				t.Errorf("%q: a task of %q", text, k.UserID)
			}
			if !k.DueAllDay && !k.Due.IsZero() && !k.Due.After(w.now) || !k.RemindAt.IsZero() && !k.RemindAt.After(w.now) {
				t.Errorf("%q at %s: due %s, reminder %s", text, w.now, k.Due, k.RemindAt)
			}
			if k.RemindAt.IsZero() != (len(out.Jobs) == 0) {
				t.Errorf("%q: a promise and its job belong together: %+v", text, out)
			}
		}
		for _, k := range out.AddFacts {
			if n := utf8.RuneCountInString(k.Text); n == 0 || n > memory.MaxFact || strings.ContainsFunc(k.Text, unicode.IsControl) {
				t.Errorf("%q: bad fact %q", text, k.Text)
			}
		}
		if len(out.CompleteTasks) > 1 || len(out.CancelTasks) > 1 || len(out.AddTasks) > 1 {
			t.Errorf("%q: more than one task: %+v", text, out)
		}
	})
}

func TestAStrangeZoneIsUTC(t *testing.T) {
	w := newWorld(t)
	w.user = account.User{ID: w.user.ID, TimeZone: "Nowhere/Else"}
	out := w.hear("remind me to call Mike tomorrow at 2pm")
	if got, want := out.AddTasks[0].Due, time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
