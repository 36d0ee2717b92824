package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// Drift is a day on which the payment provider has counted something else of a
// feature than it was told.
type Drift struct {
	UserID     string
	CustomerID string
	Feature    plan.Feature
	Day        time.Time // its midnight, UTC
	Ours       int64     // that it was told, or should have been
	Theirs     int64     // that it counts
}

// tellAgain is how long the payment provider certainly recognises an event that it
// was told: until then, telling it again is harmless
// (https://docs.stripe.com/api/billing/meter-event/object).
const tellAgain = 23 * time.Hour

// subscribersAtOnce is how many subscribers are read in one go.
const subscribersAtOnce = 100

// Drifts compares what was told with what is counted, of everybody's period that
// goes on, up to the day before yesterday's end: counting takes a while.
func (s *Service) Drifts(ctx context.Context) ([]Drift, error) {
	if s.payments == nil {
		return nil, ErrOff
	}
	var all []Drift
	err := s.subscribers(ctx, func(u account.User) error {
		list, err := s.driftOf(ctx, u)
		all = append(all, list...)
		return err
	})
	return all, err
}

// subscribers calls f for everybody who has a subscription that is not over.
func (s *Service) subscribers(ctx context.Context, f func(account.User) error) error {
	after := ""
	for {
		users, err := s.store.Subscribers(ctx, after, subscribersAtOnce)
		if err != nil {
			return fmt.Errorf("read the subscribers: %w", err)
		}
		for _, u := range users {
			if err := f(u); err != nil {
				return err
			}
			after = u.ID
		}
		if len(users) < subscribersAtOnce {
			return nil
		}
	}
}

func (s *Service) driftOf(ctx context.Context, u account.User) ([]Drift, error) {
	if p, ok := plan.Of(u.Subscription.Tier); !ok || !p.Overage {
		return nil, nil
	}
	now := s.now()
	start, _ := u.Subscription.PeriodAt(now)
	p := Period{Start: start.UTC().Truncate(24 * time.Hour), End: now.UTC().Add(-time.Hour).Truncate(24 * time.Hour)}
	if !p.Start.Before(p.End) {
		return nil, nil
	}
	var list []Drift
	for _, f := range []plan.Feature{plan.VoiceMinutes, plan.SMSMessages} {
		ours, err := s.store.MeteredDays(ctx, u.CustomerID, f, p)
		if err != nil {
			return nil, fmt.Errorf("add up what was told: %w", err)
		}
		theirs, err := s.payments.Reported(ctx, u.CustomerID, f, p)
		if err != nil {
			return nil, s.unreachable("read what is counted", err)
		}
		list = append(list, s.compareDays(u, f, p, ours, theirs)...)
	}
	return list, nil
}

func (s *Service) compareDays(u account.User, f plan.Feature, p Period, ours, theirs map[time.Time]int64) []Drift {
	var list []Drift
	for day := p.Start; day.Before(p.End); day = day.AddDate(0, 0, 1) {
		if ours[day] == theirs[day] {
			continue
		}
		d := Drift{UserID: u.ID, CustomerID: u.CustomerID, Feature: f, Day: day, Ours: ours[day], Theirs: theirs[day]}
		list = append(list, d)
	}
	return list
}

// retell tells again what can be of a day that the provider counts too little of.
func (s *Service) retell(ctx context.Context, d Drift) error {
	if d.Ours <= d.Theirs {
		return nil
	}
	sent, err := s.store.SentMeterEvents(ctx, d.CustomerID, d.Feature, Period{Start: d.Day, End: d.Day.AddDate(0, 0, 1)}, s.now().Add(-tellAgain))
	if err != nil {
		return fmt.Errorf("read what was told: %w", err)
	}
	for _, m := range sent {
		if err := s.payments.Report(ctx, m); err != nil && !isRefusal(err) {
			return s.unreachable("report usage again", err)
		}
	}
	return nil
}

// reconcile is the daily job that compares, tells again what can be, and alerts.
func (s *Service) reconcile(ctx context.Context, _ jobs.Job) error {
	if s.payments != nil {
		list, err := s.Drifts(ctx)
		if err != nil {
			return err
		}
		for _, d := range list {
			if err := s.retell(ctx, d); err != nil {
				return err
			}
			if err := s.alertDrift(ctx, d); err != nil {
				return err
			}
		}
		if err := s.resolveDrifts(ctx, list); err != nil {
			return err
		}
	}
	return s.store.EnqueueJobs(ctx, s.reconcileJob())
}

func (d Drift) key() string {
	return fmt.Sprintf("drift:%s:%s:%s", d.CustomerID, d.Feature, d.Day.Format(time.DateOnly))
}

func (s *Service) alertDrift(ctx context.Context, d Drift) error {
	return s.alert(ctx, Alert{
		Key: d.key(), Kind: "drift", UserID: d.UserID,
		Message: fmt.Sprintf("On %s the payment provider counts %d %s of the customer %s, and was told %d. What can be told again was; if it still differs tomorrow: xswarm billing repair.",
			d.Day.Format(time.DateOnly), d.Theirs, d.Feature, d.CustomerID, d.Ours),
	})
}

// resolveDrifts ends the alerts of what does not differ any more.
func (s *Service) resolveDrifts(ctx context.Context, last []Drift) error {
	return s.resolve(ctx, func(a Alert) bool {
		return a.Kind == "drift" && !slices.ContainsFunc(last, func(d Drift) bool { return d.key() == a.Key })
	})
}

// correct stores one event that makes up for a day's difference, at noon, or where
// the period begins or has come to.
func (s *Service) correct(ctx context.Context, u account.User, d Drift) error {
	at := d.Day.Add(12 * time.Hour)
	start, _ := u.Subscription.PeriodAt(s.now())
	at = later(at, start)
	if now := s.now(); at.After(now) {
		at = now
	}
	n, err := s.store.CountMeterEvents(ctx, d.fix())
	if err != nil {
		return fmt.Errorf("count the corrections: %w", err)
	}
	return s.store.AddCorrection(ctx, MeterEvent{
		ID: fmt.Sprintf("%s%d", d.fix(), n), UserID: d.UserID, CustomerID: d.CustomerID, SubscriptionID: u.Subscription.ID,
		Feature: d.Feature, Quantity: d.Ours - d.Theirs, At: at, State: MeterPending, CreatedAt: s.now(),
	})
}

// fix is how the ids of a day's corrections begin.
func (d Drift) fix() string {
	return fmt.Sprintf("%s%s:%s:%s:", CorrectionPrefix, d.UserID, meterKeys[d.Feature], d.Day.Format("20060102"))
}

// CorrectionPrefix is how the ids of corrections begin: they are no usage.
const CorrectionPrefix = "fix:"

// invoiceJob is the payload of a job about a bill.
type invoiceJob struct {
	InvoiceID string `json:"invoice_id"`
}

// compareJob makes the job that compares a bill with what was used, once.
func (s *Service) compareJob(i Invoice) jobs.Job {
	return jobs.New(KindCompare, invoiceJob{i.ID}, s.now(), jobs.Key("compare:"+i.ID+":"+i.Status))
}

// compare is the job that compares a bill's metered lines with what was told, which
// was what was used.
func (s *Service) compare(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[invoiceJob](j)
	if err != nil {
		return err
	}
	i, err := s.payments.Invoice(ctx, p.InvoiceID)
	if errors.Is(err, ErrNoSuch) {
		return nil
	}
	if err != nil {
		return s.unreachable("read the invoice", err)
	}
	u, err := s.store.UserByCustomer(ctx, i.CustomerID)
	if err != nil {
		return fmt.Errorf("read the user: %w", err)
	}
	var matters []matter
	for _, b := range billed(i) {
		told, err := s.store.Told(ctx, i.SubscriptionID, b.feature, b.period)
		if err != nil {
			return fmt.Errorf("add up what was told: %w", err)
		}
		told = max(told, 0) // more was taken back than used: that is billed as nothing
		matters = append(matters, matter{told != b.quantity, Alert{
			Key: fmt.Sprintf("invoice:%s:%s:%d", i.ID, b.feature, b.period.Start.Unix()), Kind: "invoice_drift", UserID: u.ID,
			Message: fmt.Sprintf("The invoice %s bills %d %s from %s to %s, and we told of %d. Compare xswarm billing drift; credit or bill the difference at the payment provider.",
				i.ID, b.quantity, b.feature, b.period.Start.Format(time.RFC3339), b.period.End.Format(time.RFC3339), told),
		}})
	}
	return s.settle(ctx, matters...)
}

// bill is what an invoice says of one feature over one span of time.
type bill struct {
	feature  plan.Feature
	period   Period
	quantity int64
}

// billed adds up an invoice's metered lines: each tier of a price is a line.
func billed(i Invoice) []bill {
	var list []bill
	for _, l := range i.Lines {
		if l.Feature != plan.VoiceMinutes && l.Feature != plan.SMSMessages {
			continue
		}
		b := bill{l.Feature, Period{l.Start, l.End}, l.Quantity}
		at := slices.IndexFunc(list, func(o bill) bool {
			return o.feature == b.feature && o.period.Start.Equal(b.period.Start) && o.period.End.Equal(b.period.End)
		})
		if at < 0 {
			list = append(list, b)
		} else {
			list[at].quantity += b.quantity
		}
	}
	return list
}
