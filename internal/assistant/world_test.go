package assistant_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

// world is a conversation with one user, whose outcomes are kept as the store
// keeps them. What the store does by itself is tested there.
type world struct {
	t       testing.TB
	user    account.User
	now     time.Time
	open    []task.Task
	facts   []memory.Fact
	used    billing.Usage
	service *assistant.Service
	broken  error
}

// newWorld begins on Sunday 22 November 2026 at 10:00 in New York.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, user: account.User{ID: "usr_ada", Name: "Ada", TimeZone: "America/New_York"}}
	w.now = time.Date(2026, 11, 22, 10, 0, 0, 0, w.user.Location())
	w.service = assistant.New(assistant.Options{Tasks: w, Facts: w, Usage: w, Now: func() time.Time { return w.now }})
	return w
}

func (w *world) Open(_ context.Context, userID string) ([]task.Task, error) {
	if userID != w.user.ID {
		w.t.Errorf("the tasks of %q were read", userID)
	}
	slices.SortFunc(w.open, func(a, b task.Task) int {
		p, q := a.Place(), b.Place()
		switch {
		case p.Due < q.Due || p.Due == q.Due && p.ID < q.ID:
			return -1
		case p == q:
			return 0
		}
		return 1
	})
	return slices.Clone(w.open), w.broken
}

func (w *world) All(_ context.Context, userID string) ([]memory.Fact, error) {
	if userID != w.user.ID {
		w.t.Errorf("the facts of %q were read", userID)
	}
	list := slices.Clone(w.facts)
	slices.Reverse(list)
	return list, w.broken
}

func (w *world) Usage(_ context.Context, u account.User) (billing.Usage, error) {
	if u.ID != w.user.ID {
		w.t.Errorf("the usage of %q was read", u.ID)
	}
	return w.used, w.broken
}

// hear returns what becomes of a text, and changes nothing.
func (w *world) hear(text string) assistant.Outcome {
	w.t.Helper()
	out, err := w.service.Handle(context.Background(), assistant.Request{
		User: w.user, Channel: assistant.SMS, Text: text, Source: "msg_1", At: w.now,
	})
	if err != nil {
		w.t.Fatalf("%q: %v", text, err)
	}
	return out
}

// say hears a text, keeps what becomes of it, and lets a minute pass.
func (w *world) say(text string) assistant.Outcome {
	w.t.Helper()
	out := w.hear(text)
	w.open = append(w.open, out.AddTasks...)
	for _, k := range out.RescheduleTasks {
		i := slices.IndexFunc(w.open, func(o task.Task) bool { return o.ID == k.ID })
		if i < 0 {
			w.t.Fatalf("%q: moved a task that is not there: %+v", text, k)
		}
		w.open[i] = k
	}
	for _, gone := range slices.Concat(out.CompleteTasks, out.CancelTasks) {
		w.open = slices.DeleteFunc(w.open, func(o task.Task) bool { return o.ID == gone })
	}
	w.facts = append(w.facts, out.AddFacts...)
	for _, gone := range out.ForgetFacts {
		w.facts = slices.DeleteFunc(w.facts, func(f memory.Fact) bool { return f.ID == gone })
	}
	w.now = w.now.Add(time.Minute)
	return out
}

// give puts tasks without a date on the list.
func (w *world) give(titles ...string) {
	for _, title := range titles {
		w.now = w.now.Add(time.Millisecond)
		w.open = append(w.open, task.Task{
			ID: id.New(id.Task, w.now), UserID: w.user.ID, Title: title, Status: task.Open, Priority: 3, CreatedAt: w.now.Add(-24 * time.Hour),
		})
	}
}

// tell gives facts, oldest first.
func (w *world) tell(facts ...string) {
	for _, text := range facts {
		w.now = w.now.Add(time.Millisecond)
		w.facts = append(w.facts, memory.Fact{ID: id.New(id.Fact, w.now), UserID: w.user.ID, Text: text, CreatedAt: w.now})
	}
}

// local is a moment as the user's clock shows it.
func (w *world) local(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(w.user.Location()).Format("2006-01-02 15:04")
}

func secretary() (account.User, billing.Usage) {
	u := account.User{ID: "usr_ada", TimeZone: "America/New_York", Grant: plan.Grant{Tier: plan.Secretary}}
	return u, billing.Usage{
		Period: billing.Period{Start: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
		Features: []billing.FeatureUsage{
			{Feature: plan.VoiceMinutes, Used: 0, Included: 500, Remaining: 500},
			{Feature: plan.SMSMessages, Used: 12, Included: 500, Remaining: 488},
			{Feature: plan.PhoneNumbers, Used: 1, Included: 1},
		},
	}
}

var errBroken = errors.New("the store does not answer")
