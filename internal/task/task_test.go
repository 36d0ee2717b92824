package task_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"testing"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/task"
)

var start = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)

// shelf is a store of one user's tasks.
type shelf struct {
	list []task.Task
	err  error
}

func (s shelf) ListTasks(_ context.Context, userID string, status task.Status, after task.Place, limit int) ([]task.Task, error) {
	order := func(a, b task.Place) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID)) }
	var list []task.Task
	for _, k := range s.list {
		if k.UserID == userID && (status == "" || k.Status == status) && order(k.Place(), after) > 0 {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b task.Task) int { return order(a.Place(), b.Place()) })
	return list[:min(limit, len(list))], s.err
}

func (s shelf) OpenTasks(ctx context.Context, userID string, limit int) ([]task.Task, error) {
	return s.ListTasks(ctx, userID, task.Open, task.Place{Due: -1 << 63}, limit)
}

func ada(id, title string, due time.Time, status task.Status) task.Task {
	return task.Task{ID: "tsk_" + id, UserID: "usr_ada", Title: title, Due: due, Status: status}
}

var mine = []task.Task{
	ada("1", "buy milk", time.Time{}, task.Open),
	ada("2", "call Mike", start.Add(time.Hour), task.Open),
	ada("3", "call Anna", start, task.Open),
	ada("4", "sleep", start, task.Done),
	ada("5", "eat", time.Time{}, task.Cancelled),
	{ID: "tsk_6", UserID: "usr_bob", Title: "Bob's", Status: task.Open},
}

func titles(list []task.Task) (s []string) {
	for _, k := range list {
		s = append(s, k.Title)
	}
	return s
}

func TestPagesFollowOneAnotherInTheOrderOfTheList(t *testing.T) {
	s := task.New(shelf{list: mine})
	for status, want := range map[task.Status][]string{
		"":             {"call Anna", "sleep", "call Mike", "buy milk", "eat"},
		task.Open:      {"call Anna", "call Mike", "buy milk"},
		task.Done:      {"sleep"},
		task.Cancelled: {"eat"},
	} {
		for size := 1; size <= 5; size++ {
			var got []string
			cursor := ""
			for range 10 {
				list, next, err := s.List(t.Context(), "usr_ada", status, cursor, size)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, titles(list)...)
				if cursor = next; cursor == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("status %q in pages of %d: got %q, want %q", status, size, got, want)
			}
		}
	}
}

func TestABadPageIsRefusedByItsField(t *testing.T) {
	s := task.New(shelf{list: mine})
	b64 := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for _, c := range []struct {
		status task.Status
		cursor string
		limit  int
		field  string
	}{
		{"", "", -1, "query.limit"}, {"", "", 101, "query.limit"}, {"late", "", 0, "query.status"},
		{"", "garbage!", 0, "query.cursor"}, {"", b64("12"), 0, "query.cursor"}, {"", b64("x tsk_1"), 0, "query.cursor"},
		{"", b64("12 usr_1"), 0, "query.cursor"}, {"", b64("12 tsk_0123456789012345678901234567890123456789"), 0, "query.cursor"},
	} {
		_, _, err := s.List(t.Context(), "usr_ada", c.status, c.cursor, c.limit)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Location != c.field {
			t.Errorf("%+v: got %v, want a fault of %s", c, err, c.field)
		}
	}
}

func TestAStoreThatFailsIsAnError(t *testing.T) {
	broken := errors.New("broken")
	s := task.New(shelf{err: broken})
	if _, _, err := s.List(t.Context(), "usr_ada", "", "", 0); !errors.Is(err, broken) {
		t.Errorf("list: got %v", err)
	}
	if _, err := s.Open(t.Context(), "usr_ada"); !errors.Is(err, broken) {
		t.Errorf("open: got %v", err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add("MTIgdHNrXzE")
	f.Add("LTkyMjMzNzIwMzY4NTQ3NzU4MDggdHNrX3g")
	f.Fuzz(func(t *testing.T, cursor string) {
		list, _, err := task.New(shelf{list: mine}).List(t.Context(), "usr_ada", "", cursor, 100)
		if err != nil && fault.From(err).Kind != fault.Invalid {
			t.Errorf("%q: %v", cursor, err)
		}
		for _, k := range list {
			if k.UserID != "usr_ada" {
				t.Errorf("%q shows %q", cursor, k.Title)
			}
		}
	})
}

func TestAReminderHasOneJobForEachTime(t *testing.T) {
	k := ada("2", "call Mike", start, task.Open)
	k.RemindAt = start.Add(time.Hour)
	a, b := task.RemindJob(k, start), task.RemindJob(k, start.Add(time.Minute))
	if a.Key != "remind:tsk_2:1795363200000" || a.Key != b.Key {
		t.Errorf("keys: got %q and %q", a.Key, b.Key)
	}
	if a.Kind != "task.remind" || a.Lane != "usr_ada" || !a.RunAt.Equal(k.RemindAt) || string(a.Payload) != `{"task_id":"tsk_2"}` {
		t.Errorf("got %+v", a)
	}
	if p, err := jobs.Decode[task.RemindPayload](a); err != nil || p.TaskID != k.ID {
		t.Errorf("payload: got %+v, %v", p, err)
	}
	k.RemindAt = k.RemindAt.Add(time.Minute)
	if moved := task.RemindJob(k, start); moved.Key == a.Key {
		t.Error("another time has the same job")
	}
}

func TestMatchFindsWhatIsMeantAndNothingElse(t *testing.T) {
	list := []task.Task{
		ada("1", "Call Mike", time.Time{}, task.Open), ada("2", "call Mike about 2 chairs", time.Time{}, task.Open),
		ada("3", "report", time.Time{}, task.Open), ada("4", "sales report", time.Time{}, task.Open), ada("5", "100%_done", time.Time{}, task.Open),
	}
	for said, want := range map[string][]string{
		"call mike!":                    {"Call Mike"},
		"mike":                          {"Call Mike", "call Mike about 2 chairs"},
		"calling Mike":                  {"Call Mike", "call Mike about 2 chairs"},
		"chairs":                        {"call Mike about 2 chairs"},
		"the sales report for Anna":     {"sales report"},
		"report":                        {"report"},
		"2":                             {"call Mike about 2 chairs"},
		"%":                             nil,
		"_":                             nil,
		"":                              nil,
		"holiday":                       nil,
		"a call about something Mike's": {"Call Mike"},
	} {
		if got := titles(task.Match(list, said)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}
