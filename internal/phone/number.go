package phone

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
)

// checkEvery is how often a number that may not text yet is asked about. The
// carriers take days to weeks.
const checkEvery = 24 * time.Hour

// ErrNumberTaken says that a number is already assigned.
var ErrNumberTaken = fault.New(fault.Conflict, "number_taken", "This number is somebody else's, or is being released.")

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
	return s.store.SaveNumber(ctx, n, account.ActorOperator, s.usage.NumbersJob(userID, "assigned:"+n.ID))
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
	if fault.Is(err, fault.NotFound) || err == nil && (n.SMS != SMSPending || !n.ReleasedAt.IsZero()) {
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
