package assistant

import (
	"time"

	"xswarm.ai/server/internal/task"
)

// on says which day it is: "tomorrow, Mon 23 Nov".
func (t *turn) on(at time.Time) string {
	at = at.In(t.now.Location())
	day := at.Format("Mon 2 Jan")
	switch task.Days(t.now, at) {
	case -1:
		return "yesterday, " + day
	case 0:
		return "today, " + day
	case 1:
		return "tomorrow, " + day
	}
	return task.Date(t.now, at)
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
	if t.overdue(k) {
		return "was due " + k.DueWords(t.now)
	}
	return k.DueWords(t.now)
}

// overdue reports whether a task should have been done: by its hour, or by the
// end of its day.
func (t *turn) overdue(k task.Task) bool {
	if k.Due.IsZero() {
		return false
	}
	if k.DueAllDay {
		return task.Days(t.now, k.Due.In(t.now.Location())) < 0
	}
	return k.Due.Before(t.now)
}
