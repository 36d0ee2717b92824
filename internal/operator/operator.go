// Package operator is what those who run the service may see and do: it looks
// after the jobs that were given up, which need a person.
//
// Whoever has the machine (the command line, the sandbox's inspector) is the
// operator; over the API it is a user whom the command line has made one. What is
// changed is noted in the audit before it is done, so that nothing is done
// unnoted.
//
// It knows nothing of HTTP or SQL.
package operator

import (
	"context"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
)

// ErrNotOperator answers a user who is none.
var ErrNotOperator = fault.New(fault.Forbidden, "operators_only",
	"This is for the service's operators. One is made on the server: xswarm user set-operator ADDRESS")

// ErrNoDeadJob says that no job with the id has been given up.
var ErrNoDeadJob = fault.New(fault.NotFound, "no_dead_job",
	"There is no job with this id that has been given up.")

// Store is where jobs and the audit lie. What is not there is a fault of kind
// NotFound.
type Store interface {
	ListJobs(ctx context.Context, q jobs.Query) ([]jobs.Job, error)
	Job(ctx context.Context, id string) (jobs.Job, error)
	// RetryJob makes a dead job due now, with its attempts begun anew.
	RetryJob(ctx context.Context, id string) error
	// RetryDeadJobs does so for all of a kind ("": of every kind), and returns how
	// many they were.
	RetryDeadJobs(ctx context.Context, kind string) (int, error)
	// DiscardJob deletes a dead job.
	DiscardJob(ctx context.Context, id string) error
	AddEvent(ctx context.Context, e account.Event) error
}

// Explainer puts jobs into words. It is the runner, which knows the kinds.
type Explainer interface {
	Explain(j jobs.Job) jobs.Explanation
}

// Service is what operators do.
type Service struct {
	store Store
	words Explainer
	now   func() time.Time
}

// New returns a Service.
func New(s Store, words Explainer, now func() time.Time) *Service {
	return &Service{store: s, words: words, now: now}
}

// Who acts: a user, from a client address, or whoever has the machine.
type Who struct {
	User    account.User
	Client  string
	Machine bool
}

// Machine is whoever has the machine.
var Machine = Who{Machine: true}

func (w Who) allowed() error {
	if w.Machine || w.User.Operator {
		return nil
	}
	return ErrNotOperator
}

// note writes down what is about to be done.
func (s *Service) note(ctx context.Context, w Who, action string, detail map[string]any) error {
	now := s.now()
	if w.User.ID != "" {
		detail["by"] = w.User.ID
	}
	return s.store.AddEvent(ctx, account.Event{
		ID: id.New(id.Audit, now), Actor: account.ActorOperator, Action: action,
		Detail: detail, Address: w.Client, At: now,
	})
}
