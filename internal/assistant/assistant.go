// Package assistant takes what a person said, on any channel, and decides what
// to answer and what to do.
//
// Handle changes nothing. It returns an Outcome, the answer together with every
// change it calls for, and the channel that asked stores both in one
// transaction: an answer that says "added" and a task that is not there cannot
// happen, nor can a task be added twice because an answer was tried twice.
//
// This first form works by rules and without a model. What a person writes is
// data: it chooses among the rules and fills in titles and facts, and nothing in
// it can say whose tasks are meant. Answers are short, as they may be texts, and
// in characters that a text carries cheaply.
//
// A conversation has no state of its own. Where an answer to a question is needed
// ("When should I remind you?"), what was asked about is already on the list, and
// a text that only names a time is about the newest thing there without one.
package assistant

import (
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/task"
)

// Channel is how the person reached the assistant.
type Channel string

const (
	SMS Channel = "sms"
	Web Channel = "web"
)

// Request is something that a person said. The person is known and trusted: a
// channel hands over nothing from anybody else.
type Request struct {
	User    account.User
	Channel Channel
	Text    string
	// Source is the id of what carried it, kept beside what it leads to.
	Source string
	// At is when it was said: "tomorrow" counts from here, in the user's zone.
	At time.Time
}

// Outcome is what becomes of a Request.
type Outcome struct {
	Reply string // plain text, to be sent back on the same channel

	AddTasks        []task.Task
	RescheduleTasks []task.Task // the user's open tasks, with another time
	CompleteTasks   []string    // ids of the user's open tasks
	CancelTasks     []string    // ids of the user's open tasks
	AddFacts        []memory.Fact
	ForgetFacts     []string // ids of the user's facts
	Jobs            []jobs.Job
}
