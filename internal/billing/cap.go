package billing

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// mostCap is the highest spending cap that can be chosen: more is a mistake.
const mostCap = 10_000 * plan.Dollar

// Cap returns the spending cap that holds for a user.
func (s *Service) Cap(u account.User) plan.Cap {
	return plan.CapFor(u.Entitlement(s.now()).Tier, u.SpendingCap)
}

// SetCap stores which cap somebody chose; one that is not chosen is the plan's
// again.
func (s *Service) SetCap(ctx context.Context, u account.User, c plan.Cap) (account.User, error) {
	if p, _ := plan.Of(u.Entitlement(s.now()).Tier); !p.Overage {
		return u, fault.New(fault.Conflict, "no_overage", "There is nothing to cap: "+p.Name+" never charges for extra usage.")
	}
	if c.Chosen && (c.Limit < 0 || c.Limit > mostCap) {
		return u, fault.Body("limit", "must be from 0 to 10000 dollars")
	}
	if !c.Chosen {
		c = plan.Cap{}
	}
	e := s.event(u.ID, account.ActorUser, "billing.cap_set", map[string]any{
		"limit": c.Limit.Dollars(), "soft": c.Soft, "chosen": c.Chosen, "before": u.SpendingCap.Limit.Dollars(),
	})
	if err := s.store.SetCap(ctx, u.ID, c, e); err != nil {
		return u, fmt.Errorf("store the cap: %w", err)
	}
	return s.users.User(ctx, u.ID)
}
