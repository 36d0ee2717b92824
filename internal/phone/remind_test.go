package phone_test

import (
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

// promise stores a task with a reminder, as an answer of the assistant does.
func (w *world) promise(u account.User, change func(*task.Task)) task.Task {
	w.t.Helper()
	now := w.clock.Now()
	due := now.Add(time.Hour)
	x := task.Task{
		ID: id.New(id.Task, now), UserID: u.ID, Title: "call Mike", Due: due, RemindAt: due,
		Priority: task.DefaultPriority, Status: task.Open, CreatedAt: now, UpdatedAt: now,
	}
	if change != nil {
		change(&x)
	}
	in := phone.Arrival{Text: phone.Text{
		ID: id.New(id.Message, now), UserID: u.ID, Direction: phone.Inbound, From: adaCell, To: adas, Body: "remind me",
		Kind: phone.KindText, State: phone.Received, ProviderSID: incoming("", "", "").SID, CreatedAt: now,
	}}
	if _, err := w.store.ReceiveText(w.t.Context(), in); err != nil {
		w.t.Fatal(err)
	}
	err := w.store.AnswerText(w.t.Context(), phone.Answer{
		MessageID: in.Text.ID, UserID: u.ID,
		Outcome: assistant.Outcome{AddTasks: []task.Task{x}, Jobs: []jobs.Job{task.RemindJob(x, now)}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return x
}

func TestAReminderComesAsATextAtTheDueMinuteAndOnce(t *testing.T) {
	w := newWorld(t)
	x := w.promise(w.ada, nil)
	w.later(time.Hour - time.Second)
	if len(w.carrier.accepted) != 0 {
		t.Fatalf("texted %v too early", w.carrier.accepted)
	}
	w.later(time.Second)
	w.enqueue(jobs.New(task.KindRemind, task.RemindPayload{TaskID: x.ID}, w.clock.Now())) // the job runs twice
	got := w.carrier.bodies(adaCell)
	// 10:00 UTC is 5:00 in New York.
	if len(got) != 1 || got[0] != "Reminder: call Mike (today, 5:00 AM)" || w.carrier.accepted[0].From != adas {
		t.Errorf("texted %q", got)
	}
	if w.used(w.ada) != 1 || len(w.letters.sent) != 0 {
		t.Errorf("counted %d, mailed %q", w.used(w.ada), w.letters.sent)
	}
}

func TestAReminderComesByMailWhenItCannotBeTexted(t *testing.T) {
	for name, prepare := range map[string]func(w *world){
		"without a proven phone": func(w *world) {
			list, _ := w.Phones(w.t.Context(), w.ada.ID)
			if err := w.RemovePhone(w.t.Context(), w.ada, list[0].ID); err != nil {
				w.t.Fatal(err)
			}
		},
		"when texts are turned off":     func(w *world) { w.TurnOff() },
		"after STOP":                    func(w *world) { w.receive(incoming(adaCell, adas, "STOP")) },
		"without texts in the plan":     func(w *world) { w.ada.Grant.Tier = ""; w.grant(w.ada) },
		"without a number that may":     func(w *world) { w.SetShared(""); w.AssignNumber(w.t.Context(), w.ada.ID, adas, phone.SMSPending) },
		"when the carrier refuses it":   func(w *world) { w.carrier.mishaps = []mishap{{err: refused}} },
		"when the person has opted out": func(w *world) { w.carrier.mishaps = []mishap{{err: optedOut}} },
		"when the allowance is used up": func(w *world) {
			now := w.clock.Now()
			err := w.store.RecordUsage(w.t.Context(), billing.Record{
				ID: id.New(id.Usage, now), UserID: w.ada.ID, Feature: plan.SMSMessages, Quantity: 500, RecordedAt: now, SourceKey: "x",
			})
			if err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			prepare(w)
			x := w.promise(w.ada, nil)
			w.later(time.Hour)
			w.enqueue(jobs.New(task.KindRemind, task.RemindPayload{TaskID: x.ID}, w.clock.Now()))
			if len(w.carrier.accepted) != 0 {
				t.Errorf("texted %v", w.carrier.accepted)
			}
			if len(w.letters.sent) != 1 || w.letters.sent[0] != "ada@example.com: call Mike (today, 5:00 AM)" {
				t.Errorf("mailed %q", w.letters.sent)
			}
		})
	}
}

func TestWhatIsDoneIsNotRemindedOf(t *testing.T) {
	w := newWorld(t)
	x := w.promise(w.ada, nil)
	w.assistant.out = assistant.Outcome{CompleteTasks: []string{x.ID}}
	w.receive(incoming(adaCell, adas, "done"))
	w.carrier.forget()
	w.later(2 * time.Hour)
	if len(w.carrier.accepted) != 0 || len(w.letters.sent) != 0 {
		t.Errorf("texted %v, mailed %q", w.carrier.accepted, w.letters.sent)
	}
	for _, j := range w.jobsOf(task.KindRemind) {
		if j.State != jobs.Done {
			t.Errorf("the job is %s: %s", j.State, j.Error)
		}
	}
}

func TestAReminderSaysWhenInThePersonsOwnZone(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.Parse("2006-01-02 15:04", s) // UTC; New York is five hours behind
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for want, change := range map[string]func(*task.Task){
		"Reminder: call Mike":                                func(x *task.Task) { x.Due = time.Time{} },
		"Reminder: call Mike (tomorrow, 12:30 AM)":           func(x *task.Task) { x.Due = at("2026-01-06 05:30") },
		"Reminder: call Mike (today, 11:30 PM)":              func(x *task.Task) { x.Due = at("2026-01-06 04:30") },
		"Reminder: call Mike (Fri 9 Jan, 9:00 AM)":           func(x *task.Task) { x.Due = at("2026-01-09 14:00") },
		"Reminder: call Mike (yesterday, 9:00 AM)":           func(x *task.Task) { x.Due = at("2026-01-04 14:00") },
		"Reminder: call Mike (Mon 4 Jan 2027, 9:00 AM)":      func(x *task.Task) { x.Due = at("2027-01-04 14:00") },
		"Reminder: call Mike (today)":                        func(x *task.Task) { x.Due, x.DueAllDay = at("2026-01-05 05:00"), true },
		"Reminder: " + strings.Repeat("long ", 59) + "title": func(x *task.Task) { x.Due = time.Time{}; x.Title = strings.Repeat("long ", 59) + "title" },
	} {
		w := newWorld(t)
		w.promise(w.ada, change)
		w.later(time.Hour)
		if got := w.carrier.bodies(adaCell); len(got) != 1 || got[0] != want {
			t.Errorf("texted %q, want %q", got, want)
		}
	}
}

func TestSomebodyOnTheFreePlanIsRemindedByMail(t *testing.T) {
	w := newWorld(t)
	w.prove(w.bob, bobCell)
	w.carrier.forget()
	w.promise(w.bob, nil)
	w.later(time.Hour)
	if len(w.carrier.accepted) != 0 || len(w.letters.sent) != 1 || !strings.HasPrefix(w.letters.sent[0], "bob@example.com: call Mike") {
		t.Errorf("texted %v, mailed %q", w.carrier.accepted, w.letters.sent)
	}
}

func TestAReminderThatIsNotDeliveredComesByMailOnce(t *testing.T) {
	w := newWorld(t)
	w.promise(w.ada, nil)
	w.later(time.Hour)
	sent := w.outbound(w.ada)[0]
	lost := phone.Update{SID: sent.ProviderSID, MessageID: sent.ID, State: phone.Undelivered, ErrorCode: "30003"}
	for range 3 {
		if err := w.Status(t.Context(), lost); err != nil {
			t.Fatal(err)
		}
		w.run()
	}
	if len(w.letters.sent) != 1 || !strings.HasPrefix(w.letters.sent[0], "ada@example.com: call Mike") {
		t.Errorf("mailed %q", w.letters.sent)
	}
	if got := w.used(w.ada); got != 0 {
		t.Errorf("a text that was not delivered counts: %d", got)
	}
}

func TestALateReportOfADeliveredReminderMailsNothing(t *testing.T) {
	w := newWorld(t)
	w.promise(w.ada, nil)
	w.later(time.Hour)
	sent := w.outbound(w.ada)[0]
	for _, state := range []phone.State{phone.Delivered, phone.Undelivered} {
		if err := w.Status(t.Context(), phone.Update{SID: sent.ProviderSID, MessageID: sent.ID, State: state}); err != nil {
			t.Fatal(err)
		}
		w.run()
	}
	if len(w.letters.sent) != 0 {
		t.Errorf("mailed %q", w.letters.sent)
	}
}
