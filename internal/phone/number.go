package phone

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// checkEvery is how often a number that may not text yet is asked about. The
// carriers take days to weeks.
const checkEvery = 24 * time.Hour

// ErrNumberTaken says that a number is already assigned.
var ErrNumberTaken = fault.New(fault.Conflict, "number_taken", "This number is somebody else's.")

// userJob and numberJob are payloads.
type (
	userJob struct {
		UserID string `json:"user_id"`
	}
	numberJob struct {
		NumberID string `json:"number_id"`
	}
)

// Numbers returns the assistant's numbers of a user, the oldest first.
func (s *Service) Numbers(ctx context.Context, userID string) ([]Number, error) {
	return s.store.Numbers(ctx, userID)
}

// AssignNumber gives a user a number that the operator has already connected.
func (s *Service) AssignNumber(ctx context.Context, userID, raw string, sms SMSState) (Number, error) {
	number, err := s.parse(raw)
	if err != nil {
		return Number{}, fault.Body("number", "must be a phone number in international form, like +18335550100").With(err)
	}
	if number == s.shared {
		return Number{}, fault.Body("number", "is the shared number, which serves everybody")
	}
	if sms != SMSPending && sms != SMSVerified && sms != SMSRejected {
		return Number{}, fault.Body("sms", "must be verified, pending_verification or rejected")
	}
	if _, err := s.users.User(ctx, userID); err != nil {
		return Number{}, err
	}
	now := s.now()
	n := Number{ID: id.New(id.Number, now), UserID: userID, Number: number, Kind: kindOf(number), CreatedAt: now}
	switch have, err := s.store.FindNumber(ctx, number); {
	case err == nil && have.UserID == userID:
		n = have
	case err == nil:
		return Number{}, ErrNumberTaken
	case !fault.Is(err, fault.NotFound):
		return Number{}, fmt.Errorf("look up the number: %w", err)
	}
	n.SMS = sms
	return s.store.SaveNumber(ctx, n, account.ActorOperator)
}

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
	now := s.now()
	if !includesNumber(u, now) {
		return Number{}, fault.New(fault.Upgrade, "upgrade_required",
			plan.UpgradeMessage(plan.PhoneNumbers, u.Entitlement(now).Tier))
	}
	have, err := s.store.Numbers(ctx, userID)
	if err != nil {
		return Number{}, fmt.Errorf("read the user's numbers: %w", err)
	}
	if len(have) > 0 {
		return have[0], nil
	}
	if s.carrier == nil {
		return Number{}, ErrNoTexts
	}
	owned, err := s.acquire(ctx, userID)
	if err != nil {
		return Number{}, err
	}
	state, err := s.carrier.SMSState(ctx, owned)
	if err != nil {
		return Number{}, fmt.Errorf("ask whether the number may text: %w", err)
	}
	n := Number{
		ID: id.New(id.Number, now), UserID: userID, Number: owned.Number, ProviderSID: owned.SID,
		Kind: kindOf(owned.Number), SMS: state, CreatedAt: now,
	}
	return s.store.SaveNumber(ctx, n, account.ActorSystem, s.checkJobs(n)...)
}

// acquire returns a number that was bought for a user, before or now.
func (s *Service) acquire(ctx context.Context, userID string) (Owned, error) {
	owned, err := s.carrier.OwnedNumbers(ctx, userID)
	if err != nil {
		return Owned{}, fmt.Errorf("ask which numbers were bought: %w", err)
	}
	if len(owned) > 0 {
		return owned[0], nil
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

// checkJobs returns the job that asks again whether a number may text, while that
// is not decided.
func (s *Service) checkJobs(n Number) []jobs.Job {
	if n.SMS != SMSPending || n.ProviderSID == "" {
		return nil
	}
	due := s.now().Add(checkEvery)
	return []jobs.Job{jobs.New(kindCheck, numberJob{n.ID}, s.now(),
		jobs.Key("check:"+n.ID+":"+due.UTC().Format("2006-01-02")), jobs.At(due))}
}

// checkNumber is the job that asks the carrier whether a number may text by now.
func (s *Service) checkNumber(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[numberJob](j)
	if err != nil {
		return err
	}
	n, err := s.store.Number(ctx, p.NumberID)
	if fault.Is(err, fault.NotFound) || err == nil && n.SMS != SMSPending {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the number: %w", err)
	}
	if s.carrier == nil {
		return jobs.Permanent(errOff)
	}
	state, err := s.carrier.SMSState(ctx, Owned{SID: n.ProviderSID, Number: n.Number})
	if err != nil {
		return fmt.Errorf("ask whether the number may text: %w", err)
	}
	if state == SMSPending {
		return s.store.EnqueueJobs(ctx, s.checkJobs(n)...)
	}
	return s.store.SetNumberSMS(ctx, n.ID, state)
}
