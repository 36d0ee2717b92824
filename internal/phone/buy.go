package phone

import (
	"context"
	"errors"
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// MaxNumbers is how many numbers a user may have.
const MaxNumbers = 25

// The faults of buying a number.
var (
	ErrTooManyNumbers = fault.New(fault.Conflict, "too_many_numbers",
		"You have 25 numbers already, which is the most that one account can have. Please give one up first.")
	ErrNoNumber = fault.New(fault.Unavailable, "numbers_unavailable",
		"No number could be had just now, and you pay for none. Please try again later.")
)

// BuyNumber gets a user one more number: one that their plan includes, or one that
// is paid for by the month. A number that an earlier attempt bought and did not
// live to record is taken instead of a new one.
//
// Two attempts at the same moment may find the same number and give it twice; then
// the user holds, and pays for, one.
func (s *Service) BuyNumber(ctx context.Context, u account.User) (Number, error) {
	if err := s.usage.Gate(ctx, u, plan.PhoneNumbers); err != nil {
		return Number{}, err
	}
	if s.carrier == nil {
		return Number{}, ErrNoNumber
	}
	have, err := s.store.Numbers(ctx, u.ID)
	if err != nil {
		return Number{}, fmt.Errorf("read the user's numbers: %w", err)
	}
	if len(have) >= MaxNumbers {
		return Number{}, ErrTooManyNumbers
	}
	if err := s.allowPurchase(ctx, u.ID); err != nil {
		return Number{}, err
	}
	n, err := s.obtain(ctx, u.ID)
	if err != nil {
		return Number{}, ErrNoNumber.With(err)
	}
	return s.store.SaveNumber(ctx, n, account.ActorUser, s.newNumberJobs(n)...)
}

// obtain gets a number for a user from the carrier. It is not stored yet.
func (s *Service) obtain(ctx context.Context, userID string) (Number, error) {
	owned, err := s.acquire(ctx, userID)
	if err != nil {
		return Number{}, err
	}
	state, err := s.carrier.SMSState(ctx, owned)
	if err != nil {
		return Number{}, fmt.Errorf("ask whether the number may text: %w", err)
	}
	now := s.now()
	return Number{
		ID: id.New(id.Number, now), UserID: userID, Number: owned.Number, ProviderSID: owned.SID,
		Kind: kindOf(owned.Number), SMS: state, CreatedAt: now,
	}, nil
}

// newNumberJobs are stored with a number that was bought.
func (s *Service) newNumberJobs(n Number) []jobs.Job {
	return append(s.checkJobs(n), s.usage.NumbersJob(n.UserID, "bought:"+n.ID))
}

// acquire returns a number that was bought for a user, before or now.
func (s *Service) acquire(ctx context.Context, userID string) (Owned, error) {
	found, ok, err := s.unrecorded(ctx, userID)
	if err != nil || ok {
		return found, err
	}
	onSale, err := s.carrier.NumbersOnSale(ctx)
	if err != nil {
		return Owned{}, fmt.Errorf("search for a number: %w", err)
	}
	for _, number := range onSale {
		o, err := s.carrier.BuyNumber(ctx, number, userID)
		var refusal *Refusal
		if errors.As(err, &refusal) && refusal.Taken {
			continue
		}
		if err != nil {
			return Owned{}, fmt.Errorf("buy a number: %w", err)
		}
		return o, nil
	}
	return Owned{}, errors.New("buy a number: none is on sale")
}

// unrecorded returns a number that was bought for a user and is not stored. One
// that they have given up is: it must not come back while it is being released.
func (s *Service) unrecorded(ctx context.Context, userID string) (Owned, bool, error) {
	owned, err := s.carrier.OwnedNumbers(ctx, userID)
	if err != nil {
		return Owned{}, false, fmt.Errorf("ask which numbers were bought: %w", err)
	}
	numbers := make([]string, len(owned))
	for i, o := range owned {
		numbers[i] = o.Number
	}
	known, err := s.store.KnownNumbers(ctx, numbers)
	if err != nil {
		return Owned{}, false, err
	}
	for _, o := range owned {
		if !known[o.Number] {
			return o, true, nil
		}
	}
	return Owned{}, false, nil
}
