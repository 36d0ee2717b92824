package phone

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// ProvisionJobs returns the job that gets a user the number that their plan
// includes; none for a plan without one. It has no key: Provision is safe to
// repeat, and a plan may be taken away and given back. Its lane keeps two from
// buying at once.
func (s *Service) ProvisionJobs(u account.User) []jobs.Job {
	now := s.now()
	if s.carrier == nil || !includesNumber(u, now) {
		return nil
	}
	return []jobs.Job{jobs.New(kindProvision, userJob{u.ID}, now, jobs.Lane("provision:"+u.ID))}
}

func includesNumber(u account.User, now time.Time) bool {
	return plan.HasFeature(u.Entitlement(now).Tier, plan.PhoneNumbers)
}

func (s *Service) provision(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[userJob](j)
	if err != nil {
		return err
	}
	_, err = s.Provision(ctx, p.UserID)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Upgrade):
		return nil // deleted, or on another plan by now
	case errors.Is(err, ErrNumberTaken), errors.Is(err, ErrNoTexts):
		return jobs.Permanent(err)
	}
	return err
}

// Provision gets a user the one number that their plan includes: the one they
// have, else one that an earlier attempt bought and did not live to record, else
// a new one.
func (s *Service) Provision(ctx context.Context, userID string) (Number, error) {
	u, err := s.users.User(ctx, userID)
	if err != nil {
		return Number{}, err
	}
	have, err := s.store.Numbers(ctx, userID)
	if err != nil {
		return Number{}, fmt.Errorf("read the user's numbers: %w", err)
	}
	if len(have) > 0 {
		return have[0], nil
	}
	if err := s.usage.Gate(ctx, u, plan.PhoneNumbers); err != nil {
		return Number{}, err
	}
	if s.carrier == nil {
		return Number{}, ErrNoTexts
	}
	n, err := s.obtain(ctx, userID)
	if err != nil {
		return Number{}, err
	}
	return s.store.SaveNumber(ctx, n, account.ActorSystem, s.newNumberJobs(n)...)
}
