package assistant_test

import (
	"strings"
	"testing"

	"xswarm.ai/server/internal/memory"
)

func TestWhatIsToldIsRememberedWordForWord(t *testing.T) {
	for text, want := range map[string]string{
		"remember that Anna's birthday is May 3":         "Anna's birthday is May 3",
		"Remember Anna likes Earl Grey.":                 "Anna likes Earl Grey",
		"please note that the garage code is 4711":       "the garage code is 4711",
		"note: WiFi at home is xK9 p_Q":                  "WiFi at home is xK9 p_Q",
		"don't forget that I parked on level 3":          "I parked on level 3",
		"make a note that Bob moved to Köln":             "Bob moved to Köln",
		"remember that the meeting is tomorrow at 9":     "the meeting is tomorrow at 9",
		`remember "the answer is 42"`:                    "the answer is 42",
		"remember that I like 50% cocoa & <b>dark</b> 🍫": "I like 50% cocoa & <b>dark</b> 🍫",
	} {
		w := newWorld(t)
		out := w.say(text)
		if len(out.AddFacts) != 1 || out.AddFacts[0].Text != want {
			t.Errorf("%q: got %+v, want the fact %q", text, out, want)
			continue
		}
		f := out.AddFacts[0]
		if f.UserID != w.user.ID || f.Confidence != 1 || f.Source != "msg_1" || f.ID == "" || f.Category == "" {
			t.Errorf("%q: the fact is not whole: %+v", text, f)
		}
		if out.Reply != "I'll remember: "+want || len(out.AddTasks) != 0 {
			t.Errorf("%q: got %+v", text, out)
		}
		if out = w.say(strings.ToUpper(text)); len(out.AddFacts) != 0 || !strings.Contains(out.Reply, "I know that already") {
			t.Errorf("%q told again: got %+v", text, out)
		}
	}
}

func TestQuestionsAreAnsweredWithWhatWasTold(t *testing.T) {
	w := newWorld(t)
	w.tell("Anna's birthday is May 3", "Mike's birthday is June 1", "the garage code is 4711", "Anna likes Earl Grey tea")
	w.give("buy tea for Anna", "see the dentist")
	for text, want := range map[string]string{
		"when is Anna's birthday?":               "You told me: Anna's birthday is May 3",
		"When’s Mike's birthday":                 "You told me: Mike's birthday is June 1",
		"what's the garage code?":                "You told me: the garage code is 4711",
		"do you remember the code of the garage": "You told me: the garage code is 4711",
		"recall garage":                          "You told me: the garage code is 4711",
		"what do you know about Earl Grey?":      "You told me: Anna likes Earl Grey tea",
		"garage code?":                           "You told me: the garage code is 4711",
		"when do I see the dentist?":             "On your list: see the dentist",
		"what do you know about me?":             "You told me:\n- Anna likes Earl Grey tea\n- the garage code is 4711\n- Mike's",
		"what do you know?":                      "You told me:\n- Anna likes Earl Grey tea",
		"what do you know about quantum foam?":   "I do not know that.",
		"who is the king of France?":             "I do not know that.",
		"recall":                                 "You told me:\n- Anna",
	} {
		out := w.hear(text)
		if !strings.HasPrefix(out.Reply, want) {
			t.Errorf("%q: got %q, want it to begin with %q", text, out.Reply, want)
		}
		if len(out.AddFacts)+len(out.ForgetFacts)+len(out.AddTasks)+len(out.CompleteTasks) != 0 {
			t.Errorf("%q: a question changed something: %+v", text, out)
		}
	}
	if out := newWorld(t).hear("what do you know about me?"); !strings.Contains(out.Reply, "Nothing yet") {
		t.Errorf("nothing was told: %q", out.Reply)
	}
}

func TestForgettingTakesTheOneFactThatIsMeant(t *testing.T) {
	facts := []string{"Anna's birthday is May 3", "Anna likes tea", "the garage code is 4711", "the code of the safe is 12"}
	for _, c := range []struct {
		text   string
		forgot []string
		reply  string
	}{
		{"forget about the garage code", facts[2:3], "Forgotten: the garage code is 4711"},
		{"forget that Anna likes tea", facts[1:2], "Forgotten: Anna likes tea"},
		{"forget Anna's birthday", facts[0:1], "Forgotten: Anna's birthday is May 3"},
		{"forget about Anna", nil, "Which one?"},
		{"forget the code", nil, "- the code of the safe is 12\n- the garage code is 4711"},
		{"forget everything about Anna", facts[:2], "Forgotten:\n- Anna likes tea"},
		{"forget about Bob", nil, `I know nothing about "Bob"`},
		{"forget", nil, "What should I forget?"},
		{"forget everything", nil, "one thing at a time"},
		{"forget it", nil, "Nothing was changed"},
		{"never mind", nil, "Nothing was changed"},
	} {
		w := newWorld(t)
		w.tell(facts...)
		out := w.hear(c.text)
		var forgot []string
		for _, f := range w.facts {
			for _, gone := range out.ForgetFacts {
				if f.ID == gone {
					forgot = append(forgot, f.Text)
				}
			}
		}
		if strings.Join(forgot, "|") != strings.Join(c.forgot, "|") || len(out.ForgetFacts) != len(c.forgot) {
			t.Errorf("%q: forgot %q, want %q", c.text, forgot, c.forgot)
		}
		if !strings.Contains(out.Reply, c.reply) {
			t.Errorf("%q: got %q, want it to contain %q", c.text, out.Reply, c.reply)
		}
	}
}

func TestALongFactIsKeptUpToItsLimitAndItIsSaid(t *testing.T) {
	out := newWorld(t).hear("remember that " + strings.Repeat("ü ", 3000))
	if len(out.AddFacts) != 1 || len([]rune(out.AddFacts[0].Text)) > memory.MaxFact || !strings.Contains(out.Reply, "I kept the beginning") {
		t.Errorf("got %q", out.Reply)
	}
}
