package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// The kinds of jobs.
const (
	KindUsage     = "billing.usage"
	KindMeter     = "billing.meter"
	KindEvent     = "billing.event"
	KindLetter    = "billing.letter"
	KindAlert     = "billing.alert"
	KindLapse     = "billing.lapse"
	KindNumbers   = "billing.numbers"
	KindCustomer  = "billing.customer"
	KindCompare   = "billing.compare"
	KindSweep     = "billing.sweep"
	KindReconcile = "billing.reconcile"
)

// Register names the handlers of the package's jobs.
func (s *Service) Register(r *jobs.Runner) {
	r.Handle(KindUsage, s.look)
	r.Handle(KindMeter, s.report)
	r.Handle(KindEvent, s.applyEvent)
	r.Handle(KindLetter, s.write)
	r.Handle(KindAlert, s.mailAlert)
	r.Handle(KindLapse, s.lapse)
	r.Handle(KindNumbers, s.payNumbers)
	r.Handle(KindCustomer, s.tellCustomer)
	r.Handle(KindCompare, s.compare)
	r.Handle(KindSweep, s.sweep)
	r.Handle(KindReconcile, s.reconcile)
	r.Describe(duties)
}

// Start stores the first of the jobs that repeat themselves.
func (s *Service) Start(ctx context.Context) error {
	return s.store.EnqueueJobs(ctx, s.sweepJob(s.now()), s.reconcileJob())
}

const sweepEvery = time.Hour

// swept is the payload of a sweep: since when events are looked for.
type swept struct {
	Since int64 `json:"since"` // seconds since 1970
}

func (s *Service) sweepJob(since time.Time) jobs.Job {
	at := s.now().Truncate(sweepEvery).Add(sweepEvery)
	return jobs.New(KindSweep, swept{since.Unix()}, s.now(), jobs.Key(fmt.Sprintf("sweep:%d", at.Unix())), jobs.At(at))
}

// reconcileAt is when in a day (UTC) what is counted is compared: the day before has
// been counted by then.
const reconcileAt = 3 * time.Hour

func (s *Service) reconcileJob() jobs.Job {
	at := s.now().UTC().Truncate(24 * time.Hour).Add(reconcileAt)
	if !at.After(s.now()) {
		at = at.AddDate(0, 0, 1)
	}
	return jobs.New(KindReconcile, struct{}{}, s.now(), jobs.Key(fmt.Sprintf("reconcile:%d", at.Unix())), jobs.At(at))
}

const (
	overlap   = time.Hour           // how far back events are looked for that did not arrive
	eventTime = 29 * 24 * time.Hour // as long as the provider keeps them, less a day
	staleTime = 2 * time.Hour       // after the end of a period
	keepTime  = 90 * 24 * time.Hour // how long is kept what is over
)

// sweep is the hourly job that makes up for what did not arrive: events that were
// told to nobody, and periods that ended without a word. It lets go what has
// expired. When it fails, the next attempt looks as far back.
func (s *Service) sweep(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[swept](j)
	if err != nil {
		return err
	}
	now := s.now()
	if _, err := s.store.ExpireReservations(ctx, now); err != nil {
		return fmt.Errorf("let reservations go: %w", err)
	}
	if err := s.store.CleanBilling(ctx, now.Add(-keepTime)); err != nil {
		return fmt.Errorf("delete what is over: %w", err)
	}
	if s.payments != nil {
		if err := s.catchUp(ctx, later(time.Unix(p.Since, 0).Add(-overlap), now.Add(-eventTime))); err != nil {
			return err
		}
	}
	return s.store.EnqueueJobs(ctx, s.sweepJob(now))
}

func (s *Service) catchUp(ctx context.Context, since time.Time) error {
	now := s.now()
	missed, err := s.payments.Events(ctx, since)
	if err != nil {
		return s.unreachable("read the events", err)
	}
	for _, e := range missed {
		if err := s.Receive(ctx, e); err != nil { // one that is there changes nothing
			return err
		}
	}
	return s.subscribers(ctx, func(u account.User) error {
		if end := u.Subscription.End; u.CustomerID == "" || end.IsZero() || now.Before(end.Add(staleTime)) {
			return nil
		}
		_, err := s.Refresh(ctx, u.CustomerID)
		return err
	})
}

// userJob is the payload of a job about a user.
type userJob struct {
	UserID string `json:"user_id"`
}

// GrantJobs makes the job that reads a subscription anew when a grant came or went:
// which of them counts may be another now.
func (s *Service) GrantJobs(u account.User) []jobs.Job {
	if u.CustomerID == "" {
		return nil
	}
	js := []jobs.Job{jobs.New(KindLapse, userJob{u.ID}, s.now())}
	if !u.Grant.Until.IsZero() {
		js = append(js, s.lapseJob(u.ID, u.Grant.Until))
	}
	return js
}

// lapseJob makes the job that looks again when an entitlement ends by the clock.
func (s *Service) lapseJob(userID string, at time.Time) jobs.Job {
	return jobs.New(KindLapse, userJob{userID}, s.now(), jobs.Key(fmt.Sprintf("lapse:%s:%d", userID, at.Unix())), jobs.At(at.Add(time.Second)))
}

// lapse notes that an entitlement has ended. What may be used does not wait for it:
// that follows the clock.
func (s *Service) lapse(ctx context.Context, j jobs.Job) error {
	u, err := s.userOf(ctx, j)
	if err != nil || u.CustomerID == "" || s.payments == nil {
		return err
	}
	_, err = s.Refresh(ctx, u.CustomerID)
	return err
}

// userOf reads whom a job is about; the zero user if they are gone.
func (s *Service) userOf(ctx context.Context, j jobs.Job) (account.User, error) {
	p, err := jobs.Decode[userJob](j)
	if err != nil {
		return account.User{}, err
	}
	u, err := s.users.User(ctx, p.UserID)
	if fault.Is(err, fault.NotFound) {
		return account.User{}, nil
	}
	if err != nil {
		return u, fmt.Errorf("read the user: %w", err)
	}
	return u, nil
}

// CustomerJobs makes the job that is stored when somebody's address is another: bills
// are to go there.
func (s *Service) CustomerJobs(u account.User) []jobs.Job {
	if u.CustomerID == "" {
		return nil
	}
	return []jobs.Job{jobs.New(KindCustomer, userJob{u.ID}, s.now(), jobs.Lane("customer:"+u.ID))}
}

// tellCustomer is the job that tells the payment provider somebody's address.
func (s *Service) tellCustomer(ctx context.Context, j jobs.Job) error {
	u, err := s.userOf(ctx, j)
	if err != nil || u.CustomerID == "" || s.payments == nil {
		return err
	}
	if err := s.payments.UpdateCustomer(ctx, u.CustomerID, u.Email, u.Name); err != nil && !errors.Is(err, ErrNoSuch) {
		return s.unreachable("tell the new address", err)
	}
	return nil
}

// numbersJob makes the job that pays for numbers beyond the included ones, one for a
// key.
func (s *Service) numbersJob(userID, key string) jobs.Job {
	return jobs.New(KindNumbers, userJob{userID}, s.now(), jobs.Key("numbers:"+key), jobs.Lane("numbers:"+userID))
}

// NumbersJob makes the job that is stored with a change of the numbers that somebody
// holds: "bought:num_…", "released:num_…". There is one for a cause.
func (s *Service) NumbersJob(userID, cause string) jobs.Job {
	return s.numbersJob(userID, userID+":"+cause)
}

// payNumbers is the job that makes the subscription pay for as many numbers as there
// are beyond the included ones.
func (s *Service) payNumbers(ctx context.Context, j jobs.Job) error {
	u, err := s.userOf(ctx, j)
	if err != nil || u.ID == "" || s.payments == nil {
		return err
	}
	e := u.Entitlement(s.now())
	p, _ := plan.Of(u.Subscription.Tier)
	if _, ok := entitling(u.Subscription, s.now()); !ok || !p.Overage || e.Overdue {
		return nil
	}
	extra, err := s.extraNumbers(ctx, u, p)
	if err != nil {
		return err
	}
	if err := s.payments.SetNumbers(ctx, u.Subscription.ID, extra, fmt.Sprintf("%s:%d", j.ID, j.Attempts)); err != nil {
		return s.unreachable("pay for numbers", err)
	}
	return nil
}
