// Package jobs is work that must happen even if the program dies: mail and texts
// to send, messages to answer, reminders to give.
//
// A job is a row, stored in the same transaction as what causes it. Tick claims
// what is due, runs it and records how it ended; the server calls Run, which
// loops over the same steps, and a Worker's cron trigger calls Tick. The states
// are drawn in docs/jobs.md.
//
// A job may be run twice (a program killed between the effect and its record
// leaves no other way), so every handler is safe to run twice.
package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/id"
)

// State is where a job is in its life.
type State string

const (
	Queued  State = "queued"  // waits for RunAt, and for its lane
	Running State = "running" // claimed; the claim ends at LeaseUntil
	Done    State = "done"
	Dead    State = "dead" // given up; a person can retry it
)

// CutOff is a job's Error when an attempt left no record of how it ended: the
// program died in it, or could not reach the database until the lease was over.
const CutOff = "cut off: it is not known how this attempt ended"

// SentTwice is the note on a job that sends what can neither be asked for nor be
// recognised by whom it is sent to, when an attempt was not answered.
const SentTwice = "may have been sent twice: an attempt was not answered, and the vendor gives no way to ask"

// Job is one piece of work.
type Job struct {
	ID      string
	Kind    string
	Payload json.RawMessage
	// Key, when set, is unique over all jobs: the second one with the same key is
	// not stored. It makes the causes of jobs safe to repeat.
	Key string
	// Lane, when set, lets the jobs that share it run one at a time, oldest first.
	// A job that waits for its retry does not hold up its lane.
	Lane  string
	RunAt time.Time

	State    State
	Attempts int    // claims so far, this one included
	Error    string // why the last attempt failed
	Note     string // what a person should know: "may have been sent twice: …"

	LeaseUntil time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Option sets what most jobs do not need.
type Option func(*Job)

// Key makes a second job with the same key a no-op.
func Key(key string) Option { return func(j *Job) { j.Key = key } }

// Lane makes the jobs that share it run one at a time, oldest first.
func Lane(lane string) Option { return func(j *Job) { j.Lane = lane } }

// At sets when the job is due. Without it, that is when it is made.
func At(t time.Time) Option { return func(j *Job) { j.RunAt = t } }

// New makes a job that is due now. The payload is stored as JSON and should hold
// ids, not content: content may have changed by the time the job runs, and
// secrets must not lie in the queue.
func New(kind string, payload any, now time.Time, opts ...Option) Job {
	raw, err := json.Marshal(payload)
	if err != nil {
		panic(fmt.Sprintf("jobs: the payload of %s cannot be stored: %v", kind, err)) // a struct of plain fields always can
	}
	j := Job{
		ID: id.New(id.Job, now), Kind: kind, Payload: raw,
		RunAt: now, State: Queued, CreatedAt: now, UpdatedAt: now,
	}
	for _, o := range opts {
		o(&j)
	}
	return j
}

// Decode reads a job's payload. A payload that does not fit is for a person: the
// job dies.
func Decode[T any](j Job) (T, error) {
	var v T
	if err := json.Unmarshal(j.Payload, &v); err != nil {
		return v, Permanent(fmt.Errorf("read payload: %w", err))
	}
	return v, nil
}

// verdict is an error that knows what should become of its job.
type verdict struct {
	cause error
	dead  bool
	after time.Duration
	note  string
}

func (v *verdict) Error() string { return v.cause.Error() }
func (v *verdict) Unwrap() error { return v.cause }

// Permanent says that another attempt cannot help: the job dies at once.
func Permanent(err error) error {
	return &verdict{cause: err, dead: true, note: verdictOf(err).note}
}

// RetryAfter says when the next attempt makes sense, for a vendor that told us.
func RetryAfter(err error, d time.Duration) error {
	return &verdict{cause: err, after: d, note: verdictOf(err).note}
}

// Noted says that the attempt failed, and leaves a remark for people that stays
// with the job when a later attempt succeeds.
func Noted(err error, note string) error {
	v := &verdict{cause: err, note: note}
	var inner *verdict
	if errors.As(err, &inner) {
		v.dead, v.after = inner.dead, inner.after
	}
	return v
}

func verdictOf(err error) verdict {
	var v *verdict
	if errors.As(err, &v) {
		return *v
	}
	return verdict{cause: err}
}
