package account

import (
	"context"
	"time"

	"xswarm.ai/server/internal/jobs"
)

const (
	unverifiedTime = 7 * 24 * time.Hour // how long a sign-up waits to be confirmed
	doneTime       = 7 * 24 * time.Hour // how long a job that is done can be looked up
	deviceTime     = 180 * day          // how long a device is known that is not used
	day            = 24 * time.Hour
)

// Cutoffs says what has had its time.
type Cutoffs struct {
	Now time.Time // limits, sessions and reserved names that ended before it
	// Tokens outlive their end, so that a sign-up can be resent as long as it waits.
	Tokens     time.Time
	Unverified time.Time // users who signed up before it and never confirmed
	Devices    time.Time // devices not used since; each user's last one is kept
}

// Start makes sure that housekeeping happens. It is safe to call at every start
// of every program that shares the database.
func (s *Service) Start(ctx context.Context) error {
	return s.store.EnqueueJobs(ctx, s.housekeeping(s.now()))
}

// housekeeping makes the job of a day. The key makes it one a day.
func (s *Service) housekeeping(at time.Time) jobs.Job {
	return jobs.New(KindHousekeeping, struct{}{}, s.now(),
		jobs.Key("housekeeping:"+at.UTC().Format(time.DateOnly)), jobs.At(at))
}

// keepHouse deletes what has had its time. Tomorrow's job is stored first: a day
// on which it fails must not be the last one.
func (s *Service) keepHouse(ctx context.Context, _ jobs.Job) error {
	now := s.now()
	tomorrow := now.UTC().Truncate(day).Add(day + 3*time.Hour) // when few people are about, in most places
	if err := s.store.EnqueueJobs(ctx, s.housekeeping(tomorrow)); err != nil {
		return err
	}
	err := s.store.CleanAccounts(ctx, Cutoffs{
		Now: now, Tokens: now.Add(-unverifiedTime), Unverified: now.Add(-unverifiedTime),
		Devices: now.Add(-deviceTime),
	})
	if err != nil {
		return err
	}
	return s.store.DeleteDoneJobs(ctx, now.Add(-doneTime))
}
