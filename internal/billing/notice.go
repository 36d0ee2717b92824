package billing

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// look is the job that looks at what was recorded in a span of the clock: people are
// told how much is left, and the payment provider what was used.
func (s *Service) look(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[recorded](j)
	if err != nil {
		return err
	}
	users, err := s.store.UsersOfUsage(ctx, Period{Start: time.Unix(p.From, 0), End: time.Unix(p.Until, 0)})
	if err != nil {
		return fmt.Errorf("read who used something: %w", err)
	}
	for _, userID := range users {
		u, err := s.users.User(ctx, userID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the user: %w", err)
		}
		if err := s.notify(ctx, u); err != nil {
			return err
		}
	}
	if s.payments == nil {
		return nil
	}
	return s.store.EnqueueJobs(ctx, s.meterJob(fmt.Sprint(p.From)))
}

// percents are at which parts of an allowance, and of the cap, people are told.
var percents = []int{50, 80, 100}

// notify tells somebody that a part of their allowance or of their cap is used: once
// each in a period, and of several that were passed at once only the highest.
func (s *Service) notify(ctx context.Context, u account.User) error {
	st, err := s.stand(ctx, u)
	if err != nil {
		return err
	}
	period := st.Scope.Period.Start.Unix()
	for _, l := range Lines(st.Entitlement, st.Totals.Used) {
		if l.Feature == plan.PhoneNumbers || l.Included <= 0 {
			continue
		}
		err := s.notifyAt(ctx, u, fmt.Sprintf("allowance:%s:%s:%d", l.Feature, st.Entitlement.Tier, period), l.Used, l.Included, letter{
			UserID: u.ID, What: letterAllowance, Feature: l.Feature, Used: l.Used, Included: l.Included,
			Overage: st.Entitlement.Overage(),
		})
		if err != nil {
			return err
		}
	}
	if st.Cap.Limit <= 0 {
		return nil
	}
	cost := st.Earlier + overage(Lines(st.Entitlement, st.Totals.Used))
	return s.notifyAt(ctx, u, fmt.Sprintf("cap:%d:%d", st.Cap.Limit, st.Period.Start.Unix()), int64(cost), int64(st.Cap.Limit), letter{
		UserID: u.ID, What: letterCap, Cost: cost, Limit: st.Cap.Limit, Soft: st.Cap.Soft,
	})
}

func (s *Service) notifyAt(ctx context.Context, u account.User, key string, used, limit int64, l letter) error {
	told := false
	for i := len(percents) - 1; i >= 0; i-- {
		percent := percents[i]
		if used*100 < limit*int64(percent) {
			continue
		}
		at := fmt.Sprintf("%s:%d", key, percent)
		var js []jobs.Job
		if !told {
			l.Percent = percent
			js = append(js, s.letterJob(l, u.ID+":"+at))
		}
		fresh, err := s.store.Notice(ctx, u.ID, at, js...)
		if err != nil {
			return fmt.Errorf("store a notice: %w", err)
		}
		if !fresh {
			return nil // and all below it
		}
		told = true
	}
	return nil
}
