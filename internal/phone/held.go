package phone

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/task"
)

// heldTime is how late a reminder still helps that was held back while its user's
// account was disabled. What was due earlier stays on the list, unsaid.
const heldTime = 24 * time.Hour

// HeldJobs returns the job that gives a user the reminders that were held back.
// It is stored with what enables their account.
func (s *Service) HeldJobs(u account.User) []jobs.Job {
	return []jobs.Job{jobs.New(kindHeld, userJob{u.ID}, s.now())}
}

// giveHeld stores a job for each reminder that was held back. Jobs of their own
// come late or never: they found the account disabled.
func (s *Service) giveHeld(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[userJob](j)
	if err != nil {
		return err
	}
	now := s.now()
	held, err := s.store.HeldReminders(ctx, p.UserID, now.Add(-heldTime), now)
	if err != nil {
		return err
	}
	var js []jobs.Job
	for _, t := range held {
		js = append(js, jobs.New(task.KindRemind, task.RemindPayload{TaskID: t.ID}, now,
			jobs.Key(fmt.Sprintf("held:%s:%s", j.ID, t.ID)), jobs.Lane(t.UserID)))
	}
	return s.store.EnqueueJobs(ctx, js...)
}
