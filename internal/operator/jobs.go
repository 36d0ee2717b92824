package operator

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
)

// Job is a job with its explanation.
type Job struct {
	jobs.Job
	jobs.Explanation
}

const (
	defaultPage = 50
	maxPage     = 100
)

// Jobs returns a page of jobs in a state ("" for every one), newest first, and
// the cursor of the next page, "" after the last. Limit 0 is 50.
func (s *Service) Jobs(ctx context.Context, w Who, state jobs.State, cursor string, limit int) ([]Job, string, error) {
	if err := w.allowed(); err != nil {
		return nil, "", err
	}
	switch state {
	case "", jobs.Queued, jobs.Running, jobs.Done, jobs.Dead:
	default:
		return nil, "", fault.Query("state", "must be queued, running, done or dead")
	}
	if limit == 0 {
		limit = defaultPage
	}
	if limit < 1 || limit > maxPage {
		return nil, "", fault.Query("limit", fmt.Sprintf("must be from 1 to %d", maxPage))
	}
	found, err := s.store.ListJobs(ctx, jobs.Query{State: state, Before: cursor, Limit: limit + 1})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].ID
	}
	list := make([]Job, len(found))
	for i, j := range found {
		list[i] = s.explained(j)
	}
	return list, next, nil
}

func (s *Service) explained(j jobs.Job) Job { return Job{j, s.words.Explain(j)} }

// Job returns one job.
func (s *Service) Job(ctx context.Context, w Who, id string) (Job, error) {
	if err := w.allowed(); err != nil {
		return Job{}, err
	}
	j, err := s.store.Job(ctx, id)
	if err != nil {
		return Job{}, err
	}
	return s.explained(j), nil
}

// Retry makes a dead job due now, as if it had not been tried yet.
func (s *Service) Retry(ctx context.Context, w Who, id string) (Job, error) {
	if err := s.prepare(ctx, w, id, "job.retried"); err != nil {
		return Job{}, err
	}
	if err := dead(s.store.RetryJob(ctx, id)); err != nil {
		return Job{}, err
	}
	return s.Job(ctx, w, id)
}

// RetryAll does so for every dead job of a kind, "" for all kinds, and returns
// how many they were: for when what they needed is back.
func (s *Service) RetryAll(ctx context.Context, w Who, kind string) (int, error) {
	if err := w.allowed(); err != nil {
		return 0, err
	}
	if err := s.note(ctx, w, "jobs.retried", map[string]any{"kind": kind}); err != nil {
		return 0, err
	}
	return s.store.RetryDeadJobs(ctx, kind)
}

// Discard deletes a dead job that is not to be done any more.
func (s *Service) Discard(ctx context.Context, w Who, id string) error {
	if err := s.prepare(ctx, w, id, "job.discarded"); err != nil {
		return err
	}
	return dead(s.store.DiscardJob(ctx, id))
}

// prepare looks whether a job is dead, and notes what is about to be done to it.
func (s *Service) prepare(ctx context.Context, w Who, id, action string) error {
	if err := w.allowed(); err != nil {
		return err
	}
	j, err := s.store.Job(ctx, id)
	if err := dead(err); err != nil {
		return err
	}
	if j.State != jobs.Dead {
		return ErrNoDeadJob
	}
	return s.note(ctx, w, action, map[string]any{"job_id": j.ID, "kind": j.Kind, "error": j.Error})
}

// dead says of which job it is that there is none.
func dead(err error) error {
	if fault.Is(err, fault.NotFound) {
		return ErrNoDeadJob
	}
	return err
}
