package phone

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// lapseJob is the payload of the job that counts the days since a plan with numbers
// has ended.
type lapseJob struct {
	UserID string `json:"user_id"`
	Since  int64  `json:"since"` // seconds since 1970
	Day    int    `json:"day"`
}

// PlanJobs returns what follows when somebody's plan is another: they get the number
// that it includes, or, if it includes none, theirs are kept for plan.NumberDays.
func (s *Service) PlanJobs(u account.User) []jobs.Job {
	if includesNumber(u, s.now()) {
		return s.ProvisionJobs(u)
	}
	return []jobs.Job{s.lapseJob(lapseJob{UserID: u.ID, Since: s.now().Unix(), Day: 1})}
}

func (s *Service) lapseJob(p lapseJob) jobs.Job {
	at := time.Unix(p.Since, 0).AddDate(0, 0, p.Day)
	return jobs.New(kindLapse, p, s.now(), jobs.Key(fmt.Sprintf("lapse:%s:%d:%d", p.UserID, p.Since, p.Day)), jobs.At(at))
}

// lapse is the job that looks every day whether a plan with numbers is back. When it
// was not for as long as numbers are kept, they are given up.
func (s *Service) lapse(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[lapseJob](j)
	if err != nil {
		return err
	}
	u, err := s.users.User(ctx, p.UserID)
	if fault.Is(err, fault.NotFound) || err == nil && includesNumber(u, s.now()) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the user: %w", err)
	}
	if p.Day < plan.NumberDays {
		p.Day++
		return s.store.EnqueueJobs(ctx, s.lapseJob(p))
	}
	numbers, err := s.store.Numbers(ctx, u.ID)
	if err != nil {
		return fmt.Errorf("read the user's numbers: %w", err)
	}
	for _, n := range numbers {
		if err := s.ReleaseNumber(ctx, u, n.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("give a number up: %w", err)
		}
	}
	return nil
}
