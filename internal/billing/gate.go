package billing

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// Check says whether a user may use one more, with what is on its way and what is
// held taken for used. Past the allowance the spending cap decides, if it is hard.
func (s *Service) Check(ctx context.Context, u account.User, f plan.Feature) (plan.Limit, error) {
	st, err := s.stand(ctx, u)
	if err != nil {
		return plan.Limit{}, err
	}
	taken := s.taken(st.Totals)
	l := st.Entitlement.Check(f, taken[f])
	if !l.Overage || f == plan.PhoneNumbers || !st.Cap.Hard() {
		return l, nil
	}
	taken[f]++
	if st.Earlier+overage(Lines(st.Entitlement, taken)) > st.Cap.Limit {
		l.Allowed, l.Overage, l.Capped = false, false, true
	}
	return l, nil
}

// taken is what was used, is on its way or is held.
func (s *Service) taken(t Totals) map[plan.Feature]int64 {
	taken := map[plan.Feature]int64{}
	for _, f := range plan.Features {
		taken[f] = max(t.Used[f], 0) + t.Reserved[f]
	}
	if s.bySegment {
		taken[plan.SMSMessages] += t.PendingSegments
	} else {
		taken[plan.SMSMessages] += t.PendingTexts
	}
	return taken
}

// The codes of the faults that Gate returns.
const (
	CodeUpgrade = "upgrade_required"     // the plan does not include it, or it is used up
	CodeCapped  = "spending_cap_reached" // the user's own cap
	CodeOwed    = "payment_required"     // a payment is owed
)

// Gate is the one answer to "may they use one more of this?", for every channel.
// It returns nil if they may, and else a fault of kind Upgrade whose message can be
// shown or sent as it is, and which carries for programs what would help.
func (s *Service) Gate(ctx context.Context, u account.User, f plan.Feature) error {
	l, err := s.Check(ctx, u, f)
	switch {
	case err != nil:
		return err
	case l.Allowed:
		return nil
	case l.Capped:
		return s.capped(u, f)
	case s.owes(u):
		return s.owed(u, f)
	}
	return s.upgrade(u, f)
}

// owes reports whether a payment that is owed keeps a user from more.
func (s *Service) owes(u account.User) bool {
	return u.Subscription.Owes() && u.Entitlement(s.now()).Source != plan.Granted
}

func (s *Service) upgrade(u account.User, f plan.Feature) error {
	up := plan.UpgradeFrom(u.Entitlement(s.now()).Tier, f)
	return s.refused(CodeUpgrade, up.Message, up)
}

func (s *Service) capped(u account.User, f plan.Feature) error {
	tier := u.Entitlement(s.now()).Tier
	up := plan.UpgradeFrom(tier, f)
	c := plan.CapFor(tier, u.SpendingCap)
	return s.refused(CodeCapped, fmt.Sprintf(
		"Your spending cap of $%s for extra usage is reached. Raise it, or move to a plan that includes more.", c.Limit.Dollars()), up)
}

func (s *Service) owed(u account.User, f plan.Feature) error {
	up := plan.UpgradeFrom(u.Entitlement(s.now()).Tier, f)
	what := "Your plan is on hold, since its last payment failed."
	if u.Entitlement(s.now()).Overdue {
		what = "Your last payment failed, so nothing beyond the allowance can be used."
	}
	return s.refused(CodeOwed, what+" Pay the open bill or change your card, and it goes on at once.", up)
}

// refused makes the fault. Its link leads to where something can be done about it.
func (s *Service) refused(code, message string, up plan.Upgrade) error {
	f := fault.New(fault.Upgrade, code, message)
	f.Offer = &fault.Offer{Feature: string(up.Feature), Tier: string(up.Tier), URL: s.baseURL + PagePath}
	for _, p := range up.Plans {
		offered := fault.OfferedPlan{Tier: string(p.Tier), Name: p.Name}
		if !p.Custom {
			offered.Price = p.Price.Dollars()
		}
		f.Offer.Plans = append(f.Offer.Plans, offered)
	}
	return f
}

// PagePath is where plan, cap and card are changed, below the public address.
const PagePath = "/app/billing"
