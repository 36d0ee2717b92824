package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
	"xswarm.ai/server/internal/task"
)

// apply stores an outcome as it is stored: with the answer to a text.
func apply(t *testing.T, s *store.Store, clock *storetest.Clock, userID string, out assistant.Outcome) error {
	t.Helper()
	in := inboundText(clock, userID, id.New("SM", clock.Now()))
	_, err := s.ReceiveText(t.Context(), phone.Arrival{Text: in})
	must(t, err)
	return s.AnswerText(t.Context(), phone.Answer{MessageID: in.ID, UserID: userID, Outcome: out})
}

// newTask makes a task; each is a millisecond younger than the one before.
func newTask(clock *storetest.Clock, userID, title string, due time.Time) task.Task {
	now := clock.Advance(time.Millisecond)
	return task.Task{
		ID: id.New(id.Task, now), UserID: userID, Title: title, Due: due,
		Priority: task.DefaultPriority, Status: task.Open, CreatedAt: now, UpdatedAt: now,
	}
}

func newFact(clock *storetest.Clock, userID, text string) memory.Fact {
	now := clock.Advance(time.Millisecond)
	return memory.Fact{ID: id.New(id.Fact, now), UserID: userID, Text: text, Confidence: 1, Category: "general", CreatedAt: now, UpdatedAt: now}
}

func open(t *testing.T, s *store.Store, userID string) []task.Task {
	t.Helper()
	list, err := s.OpenTasks(t.Context(), userID, task.MaxOpen)
	must(t, err)
	return list
}

func titles(list []task.Task) string {
	var s []string
	for _, k := range list {
		s = append(s, k.Title)
	}
	return strings.Join(s, ", ")
}

func TestATaskComesBackAsItWasStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		full := newTask(clock, ada.ID, "call Mike — 'ünïcode' 🥛 %_", clock.Now().Add(time.Hour))
		full.DueAllDay, full.Priority, full.Recurring, full.RemindAt, full.Source = true, 1, "FREQ=DAILY", full.Due.Add(-time.Minute), "msg_1"
		plain := newTask(clock, ada.ID, "buy milk", time.Time{})
		full.UpdatedAt, plain.UpdatedAt = clock.Now(), clock.Now()
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{AddTasks: []task.Task{plain, full}}))
		if got := open(t, s, ada.ID); len(got) != 2 || got[0] != full || got[1] != plain {
			t.Errorf("got %+v, want %+v and %+v", got, full, plain)
		}
	})
}

func TestOpenTasksComeInTheOrderOfTheList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		later := clock.Now().Add(time.Hour)
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{AddTasks: []task.Task{
			newTask(clock, ada.ID, "old", time.Time{}), newTask(clock, ada.ID, "late", later.Add(time.Hour)),
			newTask(clock, ada.ID, "soon", later), newTask(clock, ada.ID, "soon too", later), newTask(clock, ada.ID, "young", time.Time{}),
		}}))
		if got, want := titles(open(t, s, ada.ID)), "soon, soon too, late, old, young"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		few, err := s.OpenTasks(t.Context(), ada.ID, 2)
		must(t, err)
		if titles(few) != "soon, soon too" {
			t.Errorf("two of them: got %s", titles(few))
		}
	})
}

func TestPagesOfTasksHaveEachOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		var all []task.Task
		for i := range 7 {
			due := time.Time{}
			if i%2 == 0 {
				due = clock.Now().Add(time.Duration(i/4) * time.Hour).Truncate(time.Hour) // some are due together
			}
			all = append(all, newTask(clock, ada.ID, fmt.Sprint(i), due))
		}
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{AddTasks: all}))
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{CompleteTasks: []string{all[1].ID, all[2].ID}}))
		tasks := task.New(s)
		for status, want := range map[task.Status]string{
			"": "0, 2, 4, 6, 1, 3, 5", task.Open: "0, 4, 6, 3, 5", task.Done: "2, 1", task.Cancelled: "",
		} {
			var got []task.Task
			for cursor := ""; ; {
				page, next, err := tasks.List(t.Context(), ada.ID, status, cursor, 2)
				must(t, err)
				got = append(got, page...)
				if cursor = next; cursor == "" {
					break
				}
			}
			if titles(got) != want {
				t.Errorf("status %q: got %s, want %s", status, titles(got), want)
			}
		}
	})
}

func TestCompletingTwiceChangesNothingTheSecondTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		a, b := newTask(clock, ada.ID, "a", time.Time{}), newTask(clock, ada.ID, "b", time.Time{})
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{AddTasks: []task.Task{a, b}}))
		done := clock.Advance(time.Minute)
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{CompleteTasks: []string{a.ID}, CancelTasks: []string{b.ID}}))
		clock.Advance(time.Minute)
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{CompleteTasks: []string{a.ID, b.ID}, CancelTasks: []string{a.ID}, RescheduleTasks: []task.Task{a}}))
		list, err := s.ListTasks(t.Context(), ada.ID, "", task.Place{}, 10)
		must(t, err)
		if len(list) != 2 || list[0].Status != task.Done || !list[0].CompletedAt.Equal(done) || !list[0].UpdatedAt.Equal(done) {
			t.Errorf("the completed: got %+v", list)
		}
		if len(list) == 2 && (list[1].Status != task.Cancelled || !list[1].CompletedAt.IsZero()) {
			t.Errorf("the cancelled: got %+v", list[1])
		}
	})
}

func TestATaskIsMovedUntilItsReminderWasGiven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		k := newTask(clock, ada.ID, "call Mike", time.Time{})
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{AddTasks: []task.Task{k}}))
		k.Due = clock.Now().Add(time.Hour)
		k.RemindAt = k.Due
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{RescheduleTasks: []task.Task{k}, Jobs: []jobs.Job{task.RemindJob(k, clock.Now())}}))
		if got := open(t, s, ada.ID)[0]; !got.Due.Equal(k.Due) || !got.RemindAt.Equal(k.RemindAt) || got.Title != k.Title {
			t.Errorf("got %+v", got)
		}
		clock.Set(k.RemindAt)
		given, err := s.GiveReminder(t.Context(), phone.Given{Task: k})
		must(t, err)
		again := k
		again.RemindAt = k.RemindAt.Add(time.Hour)
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{RescheduleTasks: []task.Task{again}}))
		if got := open(t, s, ada.ID)[0]; !given || !got.RemindAt.Equal(k.RemindAt) {
			t.Errorf("given %v, and moved after it: %+v", given, got)
		}
	})
}

// Whatever ids and users an outcome names, only its own user's rows change.
func TestAnOutcomeTouchesOnlyItsUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		k, f := newTask(clock, ada.ID, "Ada's", time.Time{}), newFact(clock, ada.ID, "Ada's")
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{AddTasks: []task.Task{k}, AddFacts: []memory.Fact{f}}))
		moved := k
		moved.Due = clock.Now()
		must(t, apply(t, s, clock, bob.ID, assistant.Outcome{
			CompleteTasks: []string{k.ID}, CancelTasks: []string{k.ID}, RescheduleTasks: []task.Task{moved}, ForgetFacts: []string{f.ID},
			AddTasks: []task.Task{newTask(clock, ada.ID, "forged", time.Time{})}, AddFacts: []memory.Fact{newFact(clock, ada.ID, "forged")},
		}))
		if got := open(t, s, ada.ID); titles(got) != "Ada's" || !got[0].Due.IsZero() {
			t.Errorf("Ada has %+v", got)
		}
		facts, err := s.Facts(t.Context(), ada.ID)
		must(t, err)
		if len(facts) != 1 || facts[0].Text != "Ada's" {
			t.Errorf("about Ada is known %+v", facts)
		}
		if got := open(t, s, bob.ID); titles(got) != "forged" || got[0].UserID != bob.ID {
			t.Errorf("Bob has %+v", got)
		}
		if list, err := s.ListTasks(t.Context(), bob.ID, "", task.Place{}, 10); err != nil || titles(list) != "forged" {
			t.Errorf("Bob sees %s, %v", titles(list), err)
		}
	})
}

func TestAnOutcomeIsStoredWholeOrNotAtAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		k := newTask(clock, ada.ID, "call Mike", clock.Now().Add(time.Hour))
		k.RemindAt = k.Due
		out := assistant.Outcome{AddTasks: []task.Task{k}, Jobs: []jobs.Job{task.RemindJob(k, clock.Now())}}
		must(t, apply(t, s, clock, ada.ID, out))
		// The id is taken, so nothing of this may stay.
		err := apply(t, s, clock, ada.ID, assistant.Outcome{
			AddFacts: []memory.Fact{newFact(clock, ada.ID, "x")}, CompleteTasks: []string{k.ID},
			AddTasks: []task.Task{newTask(clock, ada.ID, "new", time.Time{}), k},
		})
		if err == nil {
			t.Error("a task with the id of another was stored")
		}
		if got := titles(open(t, s, ada.ID)); got != "call Mike" || count(t, s, "memory_facts") != 0 || count(t, s, "jobs") != 1 {
			t.Errorf("got %s, %d facts, %d jobs", got, count(t, s, "memory_facts"), count(t, s, "jobs"))
		}
	})
}

func TestFactsComeNewestFirstInPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		var all []memory.Fact
		for i := range 5 {
			all = append(all, newFact(clock, ada.ID, fmt.Sprint("fact ", i)))
		}
		all[0].Source, all[0].Confidence, all[0].Category = "msg_1", 0.5, "home"
		for i := range all {
			all[i].UpdatedAt = clock.Now()
		}
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{AddFacts: all}))
		var got []memory.Fact
		facts := memory.New(s)
		for cursor := ""; ; {
			page, next, err := facts.List(t.Context(), ada.ID, cursor, 2)
			must(t, err)
			got = append(got, page...)
			if cursor = next; cursor == "" {
				break
			}
		}
		slices.Reverse(got)
		if !slices.Equal(got, all) {
			t.Errorf("got %+v, want %+v", got, all)
		}
		must(t, apply(t, s, clock, ada.ID, assistant.Outcome{ForgetFacts: []string{all[1].ID, all[1].ID, "fct_none"}}))
		left, err := facts.All(t.Context(), ada.ID)
		must(t, err)
		if len(left) != 4 || slices.ContainsFunc(left, func(f memory.Fact) bool { return f.ID == all[1].ID }) {
			t.Errorf("left are %+v", left)
		}
		if found, err := facts.Recall(t.Context(), ada.ID, "fact", 2); err != nil || len(found) != 2 || found[0].Text != "fact 4" {
			t.Errorf("recall: got %+v, %v", found, err)
		}
	})
}

// A conversation over the real store: what is said in one text is there in the next.
func TestAConversationIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		ada.TimeZone = "America/New_York" // 4:00 AM there
		a := assistant.New(assistant.Options{Tasks: task.New(s), Facts: memory.New(s), Usage: noUsage{}, Now: clock.Now})
		for _, turn := range []struct{ said, answer string }{
			{"remind me to call Mike tomorrow at 2pm", "I'll remind you tomorrow, Tue 6 Jan, 2:00 PM: call Mike"},
			{"add buy milk", "Added: buy milk"},
			{"remind me to water the plants", "When should I remind you?"},
			{"at noon", "I'll remind you today, Mon 5 Jan, 12:00 PM: water the plants"},
			{"what's on my list?", "1. water the plants (today, 12:00 PM)\n2. call Mike (tomorrow, 2:00 PM)\n3. buy milk"},
			{"done 3", "Done: buy milk. 2 left"},
			{"remember that Anna's birthday is May 3", "I'll remember"},
			{"when is Anna's birthday?", "Anna's birthday is May 3"},
			{"forget about Anna's birthday", "Forgotten"},
			{"when is Anna's birthday?", "I do not know that"},
		} {
			clock.Advance(time.Second)
			out, err := a.Handle(t.Context(), assistant.Request{User: ada, Channel: assistant.SMS, Text: turn.said, At: clock.Now()})
			must(t, err)
			if !strings.Contains(out.Reply, turn.answer) {
				t.Errorf("%q: got %q, want it to contain %q", turn.said, out.Reply, turn.answer)
			}
			must(t, apply(t, s, clock, ada.ID, out))
		}
		if n := count(t, s, "jobs"); n != 2 {
			t.Errorf("%d jobs, want one a reminder", n)
		}
	})
}

type noUsage struct{}

func (noUsage) Usage(context.Context, account.User) (billing.Usage, error) {
	return billing.Usage{}, nil
}
