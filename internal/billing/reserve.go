package billing

import (
	"context"
	"fmt"
	"math"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/plan"
)

// Reserve holds usage for something that is about to begin, a call, so that what
// goes on at the same time cannot promise the same twice. It returns what Gate
// would if the allowance, or the hard cap, has no room for it. The key is the usage
// record's to be: the same again changes nothing.
func (s *Service) Reserve(ctx context.Context, u account.User, f plan.Feature, quantity int64, key string, holds time.Duration) error {
	return s.hold(ctx, u, f, quantity, key, holds, s.store.Reserve)
}

// Extend raises a reservation to a quantity, for something that goes on. What is
// held stays held if there is no room for more.
func (s *Service) Extend(ctx context.Context, u account.User, f plan.Feature, quantity int64, key string, holds time.Duration) error {
	return s.hold(ctx, u, f, quantity, key, holds, s.store.Extend)
}

func (s *Service) hold(ctx context.Context, u account.User, f plan.Feature, quantity int64, key string, holds time.Duration,
	store func(context.Context, Reservation, Budget) (bool, error)) error {
	st, err := s.stand(ctx, u)
	if err != nil {
		return err
	}
	now := s.now()
	r := Reservation{
		ID: id.New(id.Reservation, now), UserID: u.ID, Feature: f, Quantity: quantity, SourceKey: key, ExpiresAt: now.Add(holds),
	}
	ok, err := store(ctx, r, s.budget(st))
	if err != nil {
		return fmt.Errorf("reserve usage: %w", err)
	}
	if ok {
		return nil
	}
	if err := s.Gate(ctx, u, f); err != nil {
		return err
	}
	return s.short(u, f) // one more would do, so many do not
}

// short says that there is some room left, and too little.
func (s *Service) short(u account.User, f plan.Feature) error {
	e := u.Entitlement(s.now())
	switch {
	case e.Overage():
		return s.capped(u, f)
	case s.owes(u):
		return s.owed(u, f)
	}
	return s.upgrade(u, f)
}

// budget is what somebody may still reserve.
func (s *Service) budget(st standing) Budget {
	p, _ := plan.Of(st.Entitlement.Tier)
	b := Budget{
		Scope: st.Scope, Included: map[plan.Feature]int64{}, Overage: st.Entitlement.Overage(), Cap: plan.NoCap,
	}
	for _, f := range plan.Features {
		b.Included[f] = p.Included[f]
		if b.Included[f] == plan.Unlimited {
			b.Included[f] = math.MaxInt32
		}
	}
	if st.Cap.Hard() {
		b.Cap = max(st.Cap.Limit-st.Earlier, 0)
	}
	return b
}

// Settle records what was used in the place of what was held for it. What was used
// was used: it is recorded even if the reservation has expired.
func (s *Service) Settle(ctx context.Context, r Record) error {
	if err := s.store.Settle(ctx, r); err != nil {
		return fmt.Errorf("settle usage: %w", err)
	}
	return nil
}

// Release lets go what was held for something that did not happen.
func (s *Service) Release(ctx context.Context, key string) error {
	if err := s.store.Release(ctx, key); err != nil {
		return fmt.Errorf("release usage: %w", err)
	}
	return nil
}
