package task_test

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/task"
)

func TestDueWordsAreInTheReadersZone(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, zone) // 01:00 UTC on the 23rd
	for _, c := range []struct {
		due    time.Time
		allDay bool
		want   string
	}{
		{time.Time{}, false, ""},
		{time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), false, "today, 8:30 PM"},
		{time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC), false, "tomorrow, 2:00 PM"},
		{time.Date(2026, 11, 21, 0, 0, 0, 0, zone), true, "yesterday"},
		{time.Date(2026, 12, 3, 9, 0, 0, 0, zone), true, "Thu 3 Dec"},
		{time.Date(2027, 1, 4, 9, 0, 0, 0, zone), false, "Mon 4 Jan 2027, 9:00 AM"},
	} {
		if got := (task.Task{Due: c.due, DueAllDay: c.allDay}).DueWords(now); got != c.want {
			t.Errorf("%s: got %q, want %q", c.due, got, c.want)
		}
	}
}

func TestDaysCountTheCalendarAlsoOverAChangeOfTheClock(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	saturday := time.Date(2026, 10, 31, 12, 0, 0, 0, zone)
	if got := task.Days(saturday, time.Date(2026, 11, 1, 23, 59, 0, 0, zone)); got != 1 {
		t.Errorf("got %d", got)
	}
	if got := task.Days(saturday, saturday.AddDate(0, 0, -7)); got != -7 {
		t.Errorf("got %d", got)
	}
}
