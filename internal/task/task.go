// Package task is what people want done: to-dos, when they are due, and the
// reminders that are promised for them.
package task

import "time"

// Status is where a task is in its life.
type Status string

const (
	Open      Status = "open"
	Done      Status = "done"
	Cancelled Status = "cancelled"
)

// Task is one to-do.
type Task struct {
	ID          string
	UserID      string
	Title       string    // as the person wrote it, at most MaxTitle runes
	Due         time.Time // zero: no date. UTC
	DueAllDay   bool      // the day counts, not the hour
	Priority    int       // 1 (urgent) to 5; 3 by default
	Status      Status
	Recurring   string    // an RRULE, or ""
	RemindAt    time.Time // zero: no reminder
	RemindedAt  time.Time // zero: not yet
	CompletedAt time.Time
	Source      string // what it came from: a message's id
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// MaxTitle is how long a title may be, in runes.
const MaxTitle = 500

// DefaultPriority is the middle of 1 to 5.
const DefaultPriority = 3
