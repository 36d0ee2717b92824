package task

import "time"

// DueWords says when the task is due, short and in the reader's own zone, which
// is now's: "tomorrow, 2:00 PM"; "" if it has no date.
func (t Task) DueWords(now time.Time) string {
	if t.Due.IsZero() {
		return ""
	}
	due := t.Due.In(now.Location())
	var day string
	switch Days(now, due) {
	case -1:
		day = "yesterday"
	case 0:
		day = "today"
	case 1:
		day = "tomorrow"
	default:
		day = Date(now, due)
	}
	if t.DueAllDay {
		return day
	}
	return day + ", " + due.Format("3:04 PM")
}

// Date names a day, with the year only if it is another one: "Mon 23 Nov".
func Date(now, day time.Time) string {
	if day.Year() == now.Year() {
		return day.Format("Mon 2 Jan")
	}
	return day.Format("Mon 2 Jan 2006")
}

// Days counts the days of the calendar from a to b, each in its own zone; they
// may have 23 or 25 hours.
func Days(a, b time.Time) int {
	date := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(date(b).Sub(date(a)) / (24 * time.Hour))
}
