package assistant_test

import (
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/task"
)

func TestAReminderIsATaskAndTheJobThatKeepsThePromise(t *testing.T) {
	for _, c := range []struct {
		text, title, due, remind, reply string
	}{
		{"remind me to call Mike tomorrow at 2pm", "call Mike", "2026-11-23 14:00", "2026-11-23 14:00",
			"I'll remind you tomorrow, Mon 23 Nov, 2:00 PM: call Mike"},
		{"Remind me tomorrow at 9 to call Mike", "call Mike", "2026-11-23 09:00", "2026-11-23 09:00", "tomorrow, Mon 23 Nov, 9:00 AM: call Mike"},
		{"remind me in 20 minutes to check the oven", "check the oven", "2026-11-22 10:20", "2026-11-22 10:20", "today, Sun 22 Nov, 10:20 AM: check the oven"},
		{"Hey, could you please remind me to Call MIKE at 9?", "Call MIKE", "2026-11-22 21:00", "2026-11-22 21:00", "today, Sun 22 Nov, 9:00 PM"},
		{"remind me on Friday at 5pm to submit the form", "submit the form", "2026-11-27 17:00", "2026-11-27 17:00", "Fri 27 Nov, 5:00 PM"},
		{"remind me on Jan 3 at noon about the taxes", "the taxes", "2027-01-03 12:00", "2027-01-03 12:00", "Sun 3 Jan 2027, 12:00 PM"},
		{"remind me that rent is due on Friday", "rent is due", "2026-11-27 00:00", "2026-11-27 09:00", "Fri 27 Nov, 9:00 AM: rent is due"},
		{"remind me today to download slides", "download slides", "2026-11-22 00:00", "2026-11-22 18:00", "today, Sun 22 Nov, 6:00 PM"},
		{"remind me of Anna’s party, tonight", "Anna’s party", "2026-11-22 20:00", "2026-11-22 20:00", "8:00 PM"},
		{"set a reminder to stretch in half an hour", "stretch", "2026-11-22 10:30", "2026-11-22 10:30", "stretch"},
		{"add a reminder for tomorrow at 8am: feed the cat", "feed the cat", "2026-11-23 08:00", "2026-11-23 08:00", "feed the cat"},
		{"don't forget to call Mike at 5pm", "call Mike", "2026-11-22 17:00", "2026-11-22 17:00", "5:00 PM"},
		{"remember to call Mike at 5pm", "call Mike", "2026-11-22 17:00", "2026-11-22 17:00", "5:00 PM"},
		{"add call Mike at 5pm and remind me", "call Mike", "2026-11-22 17:00", "2026-11-22 17:00", "5:00 PM"},
		{"can you remind me in the evening to call Bob?", "call Bob", "2026-11-22 18:00", "2026-11-22 18:00", "6:00 PM: call Bob"},
		{"remind me: I have a meeting tomorrow at 3", "I have a meeting", "2026-11-23 15:00", "2026-11-23 15:00", "3:00 PM"},
		{"remind me to buy 2 high chairs tomorrow", "buy 2 high chairs", "2026-11-23 00:00", "2026-11-23 09:00", "9:00 AM"},
		{"remind me 30 minutes before the meeting tomorrow at 3pm", "the meeting", "2026-11-23 15:00", "2026-11-23 14:30", "2:30 PM: the meeting (at 3:00 PM)"},
		// Less than an hour is left: at the time itself, not in the past.
		{"remind me an hour before the call at 10:30", "the call", "2026-11-22 10:30", "2026-11-22 10:30", "10:30 AM: the call"},
	} {
		t.Run(c.text, func(t *testing.T) {
			w := newWorld(t)
			out := w.say(c.text)
			if len(out.AddTasks) != 1 || len(out.Jobs) != 1 {
				t.Fatalf("got %d tasks and %d jobs, want one of each: %q", len(out.AddTasks), len(out.Jobs), out.Reply)
			}
			k, j := out.AddTasks[0], out.Jobs[0]
			if k.Title != c.title || w.local(k.Due) != c.due || w.local(k.RemindAt) != c.remind {
				t.Errorf("got %q due %s, reminder %s; want %q due %s, reminder %s", k.Title, w.local(k.Due), w.local(k.RemindAt), c.title, c.due, c.remind)
			}
			if k.UserID != w.user.ID || k.Status != task.Open || k.Priority != task.DefaultPriority || k.Source != "msg_1" {
				t.Errorf("the task is not whole: %+v", k)
			}
			if want := task.RemindJob(k, k.CreatedAt); j.Kind != want.Kind || j.Key != want.Key || j.Lane != w.user.ID || !j.RunAt.Equal(k.RemindAt) || string(j.Payload) != string(want.Payload) {
				t.Errorf("job: got %+v, want %+v", j, want)
			}
			if !strings.Contains(out.Reply, c.reply) {
				t.Errorf("reply: got %q, want it to contain %q", out.Reply, c.reply)
			}
		})
	}
}

func TestAReminderWithoutATimeIsAskedForAndPromisedByTheNextText(t *testing.T) {
	w := newWorld(t)
	w.give("water the plants")
	out := w.say("remind me to call Mike at 555-0100")
	if len(out.AddTasks) != 1 || len(out.Jobs) != 0 || !out.AddTasks[0].RemindAt.IsZero() {
		t.Fatalf("got %+v, want a task without a reminder", out)
	}
	if !strings.Contains(out.Reply, "When should I remind you?") || !strings.Contains(out.Reply, "without a reminder: call Mike at 555-0100") {
		t.Errorf("reply: %q", out.Reply)
	}
	out = w.say("tomorrow at 2pm")
	if len(out.RescheduleTasks) != 1 || len(out.AddTasks) != 0 || len(out.Jobs) != 1 {
		t.Fatalf("got %+v, want the task moved and its job", out)
	}
	if k := out.RescheduleTasks[0]; k.Title != "call Mike at 555-0100" || w.local(k.RemindAt) != "2026-11-23 14:00" {
		t.Errorf("got %q at %s", k.Title, w.local(k.RemindAt))
	}
	if want := "I'll remind you tomorrow, Mon 23 Nov, 2:00 PM: call Mike at 555-0100"; out.Reply != want {
		t.Errorf("reply: got %q, want %q", out.Reply, want)
	}
}

func TestATimeAloneIsAboutNothingOnceTheTalkIsOver(t *testing.T) {
	w := newWorld(t)
	w.say("remind me to call Mike")
	w.now = w.now.Add(3 * time.Hour)
	out := w.hear("tomorrow at 2pm")
	if len(out.RescheduleTasks)+len(out.Jobs) != 0 || !strings.Contains(out.Reply, "What should I remind you of tomorrow, Mon 23 Nov, 2:00 PM?") {
		t.Errorf("got %+v", out)
	}
}

func TestATimeAfterAReminderGivesItAgain(t *testing.T) {
	for _, text := range []string{"in 20 minutes", "snooze 20 minutes", "snooze for 20 minutes", "remind me again in 20 minutes", "remind me in 20 minutes"} {
		w := newWorld(t)
		w.give("water the plants")
		first := w.say("remind me to call Mike at 11").AddTasks[0]
		w.now = first.RemindAt.Add(time.Minute)
		w.open[1].RemindedAt = first.RemindAt
		if w.open[0].ID == first.ID {
			w.open[0].RemindedAt, w.open[1].RemindedAt = first.RemindAt, time.Time{}
		}
		out := w.hear(text)
		if len(out.AddTasks) != 1 || len(out.CancelTasks) != 1 || len(out.Jobs) != 1 || out.CancelTasks[0] != first.ID {
			t.Fatalf("%q: got %+v", text, out)
		}
		if k := out.AddTasks[0]; k.Title != "call Mike" || w.local(k.RemindAt) != "2026-11-22 11:21" || k.ID == first.ID || !k.RemindedAt.IsZero() {
			t.Errorf("%q: got %+v", text, k)
		}
	}
}

func TestWhatIsOnTheListAlreadyIsRemindedOfNotDoubled(t *testing.T) {
	w := newWorld(t)
	w.say("add Call Mike")
	out := w.say("remind me to call mike tomorrow at 2pm")
	if len(out.AddTasks) != 0 || len(out.RescheduleTasks) != 1 || len(out.Jobs) != 1 || out.RescheduleTasks[0].Title != "Call Mike" {
		t.Fatalf("got %+v", out)
	}
	// Sent twice, it is promised once.
	out = w.say("remind me to call mike tomorrow at 2pm")
	if len(out.AddTasks)+len(out.RescheduleTasks)+len(out.Jobs) != 0 || !strings.Contains(out.Reply, "2:00 PM: Call Mike") {
		t.Errorf("got %+v", out)
	}
}

func TestWhatCannotBePromisedIsNotPromised(t *testing.T) {
	for text, reply := range map[string]string{
		"remind me every day at 9 to take pills":       "I set one reminder at a time",
		"remind me on Mondays to call Mum":             "I set one reminder at a time",
		"remind me":                                    "What should I remind you of, and when?",
		"remind me!":                                   "What should I remind you of, and when?",
		"remind me tomorrow at 9":                      "What should I remind you of tomorrow, Mon 23 Nov, 9:00 AM?",
		"remind me 2 hours before the party on Friday": "At what hour is that?",
		"remind me to take pills at 8am and 8pm":       "I set one reminder at a time",
		"snooze":                                       "For how long?",
		"today at 9am":                                 "already passed",
		"remind me ...":                                "What should I remind you of",
	} {
		out := newWorld(t).hear(text)
		if len(out.AddTasks)+len(out.Jobs)+len(out.RescheduleTasks) != 0 || !strings.Contains(out.Reply, reply) {
			t.Errorf("%q: got %+v, want no change and %q", text, out, reply)
		}
	}
	for _, text := range []string{"remind me when I get home to feed the dog", "remind me after lunch to feed the dog", "remind me later to feed the dog", "remind me in 5 to feed the dog"} {
		if out := newWorld(t).hear(text); len(out.Jobs) != 0 || len(out.AddTasks) != 1 || out.AddTasks[0].Title != "feed the dog" || !strings.Contains(out.Reply, "When should I remind you?") {
			t.Errorf("%q: got %+v", text, out)
		}
	}
	out := newWorld(t).hear("remind me to call Mike today at 9am")
	if len(out.Jobs) != 0 || len(out.AddTasks) != 1 || !strings.Contains(out.Reply, "already passed") {
		t.Errorf("a time that has passed: got %+v", out)
	}
}

func TestTimesAreInTheUsersZone(t *testing.T) {
	w := newWorld(t)
	w.user.TimeZone = "Europe/Berlin" // 16:00 there
	out := w.hear("remind me to call Mike tomorrow at 2pm")
	if got, want := out.AddTasks[0].Due, time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("due: got %s, want %s", got, want)
	}
	w.now = time.Date(2027, 3, 27, 22, 0, 0, 0, time.UTC) // 23:00 before the clocks go forward
	out = w.hear("remind me at 2:30am to turn the clocks")
	if got, want := out.AddTasks[0].Due, time.Date(2027, 3, 28, 1, 30, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("an hour that is left out: got %s, want %s", got, want)
	}
	if !strings.Contains(out.Reply, "3:30 AM") {
		t.Errorf("the reply must say the hour that will be shown: %q", out.Reply)
	}
}
