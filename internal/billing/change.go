package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// Preview is what moving to another plan would mean.
type Preview struct {
	From, To plan.Plan
	// At is when it would begin: now for a higher plan, the end of the period for a
	// lower one.
	At    time.Time
	Now   bool
	Quote Quote
	Lost  []Loss
}

// Loss is something that a plan does not include and somebody has.
type Loss struct {
	Code    string // "numbers", "memory", or the feature: "sms_messages"
	Message string
}

// quoteTime is how long a quote holds: within it, changing costs what was said.
const quoteTime = 15 * time.Minute

// Preview says what moving to a tier would cost, and what would be lost.
func (s *Service) Preview(ctx context.Context, u account.User, tier plan.Tier) (Preview, error) {
	to, err := s.target(u, tier)
	if err != nil {
		return Preview{}, err
	}
	now := s.now().Truncate(time.Second)
	sub := u.Subscription
	from, _ := plan.Of(u.Entitlement(now).Tier)
	p := Preview{From: from, To: to, At: now, Now: true, Quote: Quote{Tier: tier, At: now, Renewal: cents(to.Price)}}
	if p.Lost, err = s.losses(ctx, u, from, to); err != nil {
		return p, err
	}
	switch {
	case !subscribed(u, now):
		p.Quote.Now = cents(to.Price)
	case tier.Above(sub.Tier):
		p.Quote, err = s.quote(ctx, u, p.Quote, to)
	default:
		_, p.At = sub.PeriodAt(now)
		p.Now = tier == sub.Tier
	}
	return p, err
}

// quote reckons what moving to a higher plan costs.
func (s *Service) quote(ctx context.Context, u account.User, q Quote, to plan.Plan) (Quote, error) {
	extra, err := s.extraNumbers(ctx, u, to)
	if err != nil {
		return q, err
	}
	if u.Subscription.Status == plan.Trialing { // nothing is to pay before its end
		q.Renewal += extra * cents(plan.UnitPrices[plan.PhoneNumbers])
		return q, nil
	}
	if err := s.flush(ctx, u.ID, q.At); err != nil { // the change will be for it, too
		return q, err
	}
	q, err = s.payments.Preview(ctx, Change{SubscriptionID: u.Subscription.ID, Tier: to.Tier, At: q.At, Numbers: extra})
	if err != nil {
		return q, s.unreachable("reckon the change", err)
	}
	return q, nil
}

// cents is money as the payment provider counts it, rounded half up.
func cents(m plan.MicroDollars) int64 { return int64((m + plan.Cent/2) / plan.Cent) }

// target checks which plan is wished for.
func (s *Service) target(u account.User, tier plan.Tier) (plan.Plan, error) {
	to, known := plan.Of(tier)
	sub := u.Subscription
	switch {
	case s.payments == nil:
		return to, ErrOff
	case !known:
		return to, fault.Body("tier", "must be one of ai_buddy, ai_secretary, ai_project_manager")
	case to.Custom:
		return to, ErrSales
	}
	if from, ok := plan.Of(sub.Tier); ok && from.Custom && subscribed(u, s.now()) {
		return to, ErrSales // what was agreed on is changed by agreement
	}
	return to, nil
}

// losses is what somebody has, or would have, that another plan does not include.
func (s *Service) losses(ctx context.Context, u account.User, from, to plan.Plan) ([]Loss, error) {
	var list []Loss
	held, err := s.numbers(ctx, u)
	if err != nil {
		return nil, err
	}
	included := to.Included[plan.PhoneNumbers]
	switch over := held - included; {
	case over <= 0:
	case to.Overage:
		list = append(list, Loss{"numbers", fmt.Sprintf("%s includes %s, and you have %d: the others cost $%s each a month, or can be given up.",
			to.Name, several(included, "number"), held, plan.UnitPrices[plan.PhoneNumbers].Dollars())})
	default:
		list = append(list, Loss{"numbers", fmt.Sprintf("%s includes no numbers: %s will be given up after %d days.", to.Name, several(held, "number"), plan.NumberDays)})
	}
	for _, f := range []plan.Feature{plan.SMSMessages, plan.VoiceMinutes} {
		if plan.HasFeature(from.Tier, f) && !plan.HasFeature(to.Tier, f) {
			list = append(list, Loss{string(f), to.Name + " includes no " + f.Words() + "."})
		}
	}
	if to.MemoryDays != plan.Forever && (from.MemoryDays == plan.Forever || to.MemoryDays < from.MemoryDays) {
		list = append(list, Loss{"memory", fmt.Sprintf("%s keeps memory for %d days: what is older will be forgotten, except what you pinned.", to.Name, to.MemoryDays)})
	}
	return list, nil
}

func several(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// numbers is how many numbers somebody has.
func (s *Service) numbers(ctx context.Context, u account.User) (int64, error) {
	now := s.now()
	t, err := s.store.UsageTotals(ctx, Scope{UserID: u.ID, Period: Month(now), Now: now})
	if err != nil {
		return 0, fmt.Errorf("count the numbers: %w", err)
	}
	return t.Used[plan.PhoneNumbers], nil
}

// extraNumbers is how many of them a plan does not include, and are paid for.
func (s *Service) extraNumbers(ctx context.Context, u account.User, p plan.Plan) (int64, error) {
	held, err := s.numbers(ctx, u)
	if err != nil || !p.Overage {
		return 0, err
	}
	return max(held-p.Included[plan.PhoneNumbers], 0), nil
}

// ChangeRequest is the wish to move to another plan. At, if it is not zero, is that
// of a quote: then it costs what was said.
type ChangeRequest struct {
	Tier plan.Tier
	At   time.Time
}

// Change moves somebody to another plan: to a higher one now, to a lower one, or to
// the free one, at the end of the period. To the plan that they are on it takes back
// what was to come. It returns the user as they are then.
func (s *Service) Change(ctx context.Context, u account.User, r ChangeRequest) (account.User, error) {
	to, err := s.target(u, r.Tier)
	if err != nil {
		return u, err
	}
	now := s.now()
	if !subscribed(u, now) {
		return u, ErrNotSubscribed
	}
	before := headedFor(u.Subscription)
	if u, err = s.Refresh(ctx, u.CustomerID); err != nil { // decided on what is, not on what was
		return u, err
	}
	switch {
	case !subscribed(u, now):
		return u, ErrNotSubscribed
	case before != to.Tier && headedFor(u.Subscription) == to.Tier:
		return u, nil // they asked for it before, and did not hear that it was done
	}
	if r.At.IsZero() {
		r.At = now.Truncate(time.Second)
	}
	if r.At.After(now) || now.Sub(r.At) > quoteTime {
		return u, fault.Body("at", "must be the at of a preview of the last 15 minutes")
	}
	wished := s.change(ctx, u, to, r.At)
	if errors.Is(wished, errSamePlan) {
		return u, wished
	}
	after, err := s.Refresh(ctx, u.CustomerID)
	if wished != nil && (err != nil || headedFor(after.Subscription) != to.Tier) {
		return u, wished
	}
	// If it failed it was done all the same: the answer was lost, or the same request
	// came twice.
	return after, err
}

// headedFor is the plan that a subscription will be when it changes next, if it does.
func headedFor(sub plan.Subscription) plan.Tier {
	switch {
	case sub.Next != "":
		return sub.Next
	case !sub.EndsAt.IsZero():
		return plan.Buddy
	}
	return sub.Tier
}

func (s *Service) change(ctx context.Context, u account.User, to plan.Plan, at time.Time) error {
	sub := u.Subscription
	c := Change{SubscriptionID: sub.ID, Tier: to.Tier, At: at}
	switch {
	case to.Tier == sub.Tier:
		return s.stay(ctx, sub, c)
	case to.Tier.Above(sub.Tier):
		return s.upgradeNow(ctx, u, to, c)
	}
	if err := s.settleLater(ctx, sub, c, to.Tier == plan.Buddy); err != nil {
		return s.unreachable("change the plan", err)
	}
	return nil
}

var errSamePlan = fault.New(fault.Conflict, "same_plan", "You are on this plan already.")

// stay takes back what was to come.
func (s *Service) stay(ctx context.Context, sub plan.Subscription, c Change) error {
	var err error
	switch {
	case sub.Next != "":
		err = s.payments.Unschedule(ctx, c)
	case !sub.EndsAt.IsZero():
		err = s.payments.CancelAtEnd(ctx, c, false)
	default:
		return errSamePlan
	}
	if err != nil {
		return s.unreachable("keep the plan", err)
	}
	return nil
}

// settleLater moves to a lower plan, or ends the subscription, when its period does.
func (s *Service) settleLater(ctx context.Context, sub plan.Subscription, c Change, end bool) error {
	if end {
		if sub.Next != "" {
			if err := s.payments.Unschedule(ctx, c); err != nil {
				return err
			}
		}
		return s.payments.CancelAtEnd(ctx, c, true)
	}
	if !sub.Ends() {
		return s.payments.Schedule(ctx, c)
	}
	if err := s.payments.CancelAtEnd(ctx, c, false); err != nil {
		return err
	}
	err := s.payments.Schedule(ctx, c)
	if err != nil { // whoever has cancelled must not pay for what they cancelled
		return errors.Join(err, s.payments.CancelAtEnd(ctx, c, true))
	}
	return nil
}

// upgradeNow moves to a higher plan now. What was used until now is told first, so
// that it is billed by the plan that it was used under.
func (s *Service) upgradeNow(ctx context.Context, u account.User, to plan.Plan, c Change) error {
	sub := u.Subscription
	if sub.Status != plan.Active && sub.Status != plan.Trialing {
		return s.owed(u, plan.SMSMessages)
	}
	var err error
	if c.Numbers, err = s.extraNumbers(ctx, u, to); err != nil {
		return err
	}
	c.Since = s.now().Truncate(time.Second)
	if err := s.flush(ctx, u.ID, c.Since); err != nil {
		return err
	}
	if sub.Next != "" {
		if err := s.payments.Unschedule(ctx, c); err != nil {
			return s.unreachable("drop the change that was to come", err)
		}
	}
	// Another attempt, with the same quote, is another request: it has another Since,
	// and the card that was refused may be another one now.
	c.Key = fmt.Sprintf("%s:%s:%d:%d", sub.ID, to.Tier, c.At.Unix(), c.Since.Unix())
	if err := s.payments.Upgrade(ctx, c); err != nil {
		return s.unreachable("change the plan", err)
	}
	return nil
}
