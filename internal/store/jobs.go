package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store/db"
)

var _ jobs.Store = (*Store)(nil)

// EnqueueJobs stores jobs that have no other cause to stand with.
func (s *Store) EnqueueJobs(ctx context.Context, js ...jobs.Job) error {
	return s.batch(ctx, func(b *batch) error { return b.enqueue(ctx, js...) })
}

// ClaimJobs is described by jobs.Store.
func (s *Store) ClaimJobs(ctx context.Context, now, wall, leaseUntil time.Time, limit int) ([]jobs.Job, error) {
	var rows []db.Job
	err := s.one(ctx, func(q *db.Queries) (err error) {
		rows, err = q.ClaimJobs(ctx, db.ClaimJobsParams{
			Now: millis(now), Wall: optMillis(wall), LeaseUntil: optMillis(leaseUntil), Most: int64(limit),
			CutOff: jobs.CutOff,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return jobsOf(rows), nil
}

// FinishJob is described by jobs.Store.
func (s *Store) FinishJob(ctx context.Context, j jobs.Job) error {
	return s.one(ctx, func(q *db.Queries) error {
		return q.FinishJob(ctx, db.FinishJobParams{
			ID: j.ID, Attempts: int64(j.Attempts), State: string(j.State),
			RunAt: millis(j.RunAt), Error: j.Error, Note: j.Note, UpdatedAt: millis(j.UpdatedAt),
		})
	})
}

// ReleaseJobs makes the jobs due again that a program was running when it died,
// without waiting for their leases. Only who knows that no other program runs the
// jobs of this database may call it.
func (s *Store) ReleaseJobs(ctx context.Context) error {
	return s.one(ctx, func(q *db.Queries) error {
		return q.ReleaseJobs(ctx, db.ReleaseJobsParams{CutOff: jobs.CutOff, Now: millis(s.now())})
	})
}

// NextJob is described by jobs.Store.
func (s *Store) NextJob(ctx context.Context) (time.Time, bool, error) {
	ms, err := s.read().NextJob(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	return at(ms), err == nil, err
}

// RetryJob puts a dead job back into the queue, as a person asked.
func (s *Store) RetryJob(ctx context.Context, id string) error {
	err := s.one(ctx, func(q *db.Queries) error {
		_, err := q.RetryJob(ctx, db.RetryJobParams{ID: id, Now: millis(s.now())})
		return err
	})
	if err != nil {
		return found(err, "retry job")
	}
	s.stored()
	return nil
}

// RetryDeadJobs is described by operator.Store.
func (s *Store) RetryDeadJobs(ctx context.Context, kind string) (n int, err error) {
	err = s.one(ctx, func(q *db.Queries) error {
		ids, err := q.RetryDeadJobs(ctx, db.RetryDeadJobsParams{Kind: kind, Now: millis(s.now())})
		n = len(ids)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("retry dead jobs: %w", err)
	}
	s.stored()
	return n, nil
}

// HoldJobs gives up the jobs of some kinds that are due, with a reason, so that a
// person decides whether they are done. It returns how many they were.
func (s *Store) HoldJobs(ctx context.Context, kinds []string, reason string) (n int, err error) {
	list, err := json.Marshal(kinds)
	if err != nil {
		return 0, fmt.Errorf("hold jobs: %w", err)
	}
	err = s.one(ctx, func(q *db.Queries) error {
		ids, err := q.HoldJobs(ctx, db.HoldJobsParams{Error: reason, Now: millis(s.now()), Kinds: string(list)})
		n = len(ids)
		return err
	})
	return n, err
}

// DiscardJob is described by operator.Store.
func (s *Store) DiscardJob(ctx context.Context, id string) error {
	return found(s.one(ctx, func(q *db.Queries) error {
		_, err := q.DiscardJob(ctx, id)
		return err
	}), "discard job")
}

// Job returns one job.
func (s *Store) Job(ctx context.Context, id string) (jobs.Job, error) {
	row, err := s.read().JobByID(ctx, id)
	if err != nil {
		return jobs.Job{}, found(err, "read job")
	}
	return jobOf(row), nil
}

// ListJobs returns jobs, newest first.
func (s *Store) ListJobs(ctx context.Context, q jobs.Query) ([]jobs.Job, error) {
	if q.Before == "" {
		q.Before = lastID
	}
	var rows []db.Job
	var err error
	if q.State == "" {
		rows, err = s.read().ListJobs(ctx, db.ListJobsParams{Before: q.Before, Most: int64(q.Limit)})
	} else {
		rows, err = s.read().ListJobsIn(ctx, db.ListJobsInParams{State: string(q.State), Before: q.Before, Most: int64(q.Limit)})
	}
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return jobsOf(rows), nil
}

// CountJobs counts the jobs that are not done, by kind.
func (s *Store) CountJobs(ctx context.Context) (map[jobs.State]map[string]int, error) {
	rows, err := s.read().CountJobs(ctx)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	count := map[jobs.State]map[string]int{}
	for _, r := range rows {
		state := jobs.State(r.State)
		if count[state] == nil {
			count[state] = map[string]int{}
		}
		count[state][r.Kind] = int(r.Jobs)
	}
	return count, nil
}

// DeleteDoneJobs forgets the jobs that were done before t.
func (s *Store) DeleteDoneJobs(ctx context.Context, t time.Time) error {
	return s.one(ctx, func(q *db.Queries) error { return q.DeleteDoneJobs(ctx, millis(t)) })
}

func jobsOf(rows []db.Job) []jobs.Job {
	list := make([]jobs.Job, len(rows))
	for i, r := range rows {
		list[i] = jobOf(r)
	}
	return list
}

func jobOf(r db.Job) jobs.Job {
	return jobs.Job{
		ID: r.ID, Kind: r.Kind, Payload: []byte(r.Payload), Key: str(r.Key), Lane: str(r.Lane),
		State: jobs.State(r.State), RunAt: at(r.RunAt), Attempts: int(r.Attempts),
		LeaseUntil: optAt(r.LeaseUntil), Error: r.Error, Note: r.Note,
		CreatedAt: at(r.CreatedAt), UpdatedAt: at(r.UpdatedAt),
	}
}
