package phone

import (
	"context"
	"errors"
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
)

// ReleaseNumber gives a user's number up, for good: from now on it is nobody's, and
// what is paid for is one less. The carrier takes it back a moment later.
func (s *Service) ReleaseNumber(ctx context.Context, u account.User, numberID string) error {
	return s.store.ReleaseNumber(ctx, u.ID, numberID,
		jobs.New(kindRelease, numberJob{numberID}, s.now(), jobs.Key("release:"+numberID)),
		s.usage.NumbersJob(u.ID, "released:"+numberID))
}

// release is the job that gives a number back to the carrier, and forgets it. One
// that the operator assigned by hand is the operator's to give back.
func (s *Service) release(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[numberJob](j)
	if err != nil {
		return err
	}
	n, err := s.store.Number(ctx, p.NumberID)
	if fault.Is(err, fault.NotFound) {
		return nil // an earlier run has done it
	}
	if err != nil {
		return fmt.Errorf("read the number: %w", err)
	}
	if n.ProviderSID != "" {
		if err := s.giveBack(ctx, Owned{SID: n.ProviderSID, Number: n.Number}); err != nil {
			return err
		}
	}
	return s.store.DeleteNumber(ctx, n.ID)
}

func (s *Service) giveBack(ctx context.Context, o Owned) error {
	if s.carrier == nil {
		return jobs.Permanent(errOff)
	}
	err := s.carrier.ReleaseNumber(ctx, o)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return jobs.Permanent(fmt.Errorf("release a number: %w", err))
	case err != nil:
		return fmt.Errorf("release a number: %w", err)
	}
	return nil
}
