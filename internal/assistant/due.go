package assistant

import (
	"time"

	"xswarm.ai/server/internal/task"
)

// on says which day it is: "tomorrow, Mon 23 Nov".
func (t *turn) on(at time.Time) string {
	at = at.In(t.now.Location())
	day := at.Format("Mon 2 Jan")
	switch days(t.now, at) {
	case -1:
		return "yesterday, " + day
	case 0:
		return "today, " + day
	case 1:
		return "tomorrow, " + day
	}
	if at.Year() != t.now.Year() {
		day += at.Format(" 2006")
	}
	return day
}

// moment says when it is: "tomorrow, Mon 23 Nov, 2:00 PM".
func (t *turn) moment(at time.Time, allDay bool) string {
	if allDay {
		return t.on(at)
	}
	return t.on(at) + ", " + at.In(t.now.Location()).Format("3:04 PM")
}

// short says when a task is due where there is little room: "tomorrow, 2:00 PM";
// "" if it has no date.
func (t *turn) short(k task.Task) string {
	if k.Due.IsZero() {
		return ""
	}
	at := k.Due.In(t.now.Location())
	day := at.Format("Mon 2 Jan")
	switch days(t.now, at) {
	case -1:
		day = "yesterday"
	case 0:
		day = "today"
	case 1:
		day = "tomorrow"
	default:
		if at.Year() != t.now.Year() {
			day += at.Format(" 2006")
		}
	}
	if !k.DueAllDay {
		day += ", " + at.Format("3:04 PM")
	}
	if t.overdue(k) {
		return "was due " + day
	}
	return day
}

// overdue reports whether a task should have been done: by its hour, or by the
// end of its day.
func (t *turn) overdue(k task.Task) bool {
	if k.DueAllDay {
		return days(t.now, k.Due.In(t.now.Location())) < 0
	}
	return !k.Due.IsZero() && k.Due.Before(t.now)
}

// days counts the days of the calendar from a to b, each in its own zone.
func days(a, b time.Time) int {
	date := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(date(b).Sub(date(a)) / (24 * time.Hour))
}
