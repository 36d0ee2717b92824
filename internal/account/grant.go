package account

import (
	"context"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

const maxReason = 500

// Grant gives somebody a tier, or takes the operator's grant away when g has
// none. Who did it and why is kept; what must happen next (a number, for
// example) is stored in the same transaction, and so is the job that notes the
// grant's end.
func (s *Service) Grant(ctx context.Context, idOrEmail string, g plan.Grant, actor string) (User, error) {
	if err := s.checkGrant(g); err != nil {
		return User{}, err
	}
	u, err := s.Find(ctx, idOrEmail)
	if err != nil {
		return User{}, err
	}
	before := u.Grant
	g.Until = g.Until.Truncate(time.Millisecond) // as it is stored
	u.Grant = g
	if g.Tier == "" {
		u.Grant = plan.Grant{}
	}
	js := s.onGrant(u)
	if !u.Grant.Until.IsZero() {
		js = append(js, s.grantEnd(u))
	}
	e := s.event(u.ID, actor, "account.granted", "", grantDetail(before, g))
	if err := s.store.SetGrant(ctx, u, u.Standing(s.now()), e, js...); err != nil {
		return User{}, err
	}
	return s.User(ctx, u.ID)
}

// Standing is what is kept of where somebody stands, for lists and for the ledger.
// What they may use does not wait for it: that follows the clock.
type Standing struct {
	Tier    plan.Tier // that lists show
	Metered string    // the subscription that usage is reported to; "" for none
}

// Standing is where the user stands at a moment.
func (u User) Standing(now time.Time) Standing {
	return Standing{Tier: u.Entitlement(now).Tier, Metered: plan.Metered(u.Subscription, u.Grant, now)}
}

func (s *Service) checkGrant(g plan.Grant) error {
	var wrong problems
	if g.Tier != "" && !g.Tier.Valid() {
		wrong.add(fault.Body("tier", "must be one of ai_buddy, ai_secretary, ai_project_manager, ai_cto, or empty to take the grant away"))
	}
	if !g.Until.IsZero() && !g.Until.After(s.now()) {
		wrong.add(fault.Body("until", "must be in the future"))
	}
	if len(g.Reason) > maxReason {
		wrong.add(fault.Body("reason", "must be at most 500 bytes long"))
	}
	return wrong.err()
}

func grantDetail(before, g plan.Grant) map[string]any {
	d := map[string]any{"tier": string(g.Tier), "before": string(before.Tier), "reason": g.Reason}
	if !g.Until.IsZero() {
		d["until"] = g.Until.UTC().Format(time.RFC3339)
	}
	return d
}

func (s *Service) grantEnd(u User) jobs.Job {
	return jobs.New(KindGrantEnded, userPayload{UserID: u.ID}, s.now(), jobs.At(u.Grant.Until))
}

// endGrant notes that a grant has ended. What people may use does not wait for
// it: that follows the clock. A grant that was prolonged or replaced since is
// left alone.
func (s *Service) endGrant(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[userPayload](j)
	if err != nil {
		return err
	}
	u, err := s.store.User(ctx, p.UserID)
	if fault.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	now := s.now()
	e := s.event(u.ID, ActorSystem, "account.grant_ended", "", nil)
	if err := s.store.EndGrant(ctx, u.ID, u.Standing(now), now, e); err != nil {
		return err
	}
	return s.store.EnqueueJobs(ctx, s.onGrant(u)...)
}
