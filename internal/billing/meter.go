package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

const (
	// draftTime is how long after the end of a period its bill is a draft, in which what
	// was used still counts
	// (https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage).
	draftTime  = time.Hour
	mostEvents = 400 // in one run of the job, so that it ends in time
)

// meterKeys are the features in the ids of meter events.
var meterKeys = map[plan.Feature]string{plan.VoiceMinutes: "voice", plan.SMSMessages: "sms"}

// meterJob makes the job that reports usage, one for a key. They run one at a time:
// the provider takes one event of a customer and meter at a time.
func (s *Service) meterJob(key string) jobs.Job {
	return jobs.New(KindMeter, struct{}{}, s.now(), jobs.Key("meter:"+key), jobs.Lane("meter"))
}

// report is the job that tells the payment provider what was used.
func (s *Service) report(ctx context.Context, j jobs.Job) error {
	if s.payments == nil {
		return nil
	}
	if err := s.allot(ctx, "", time.Time{}); err != nil {
		return err
	}
	n, err := s.tell(ctx, "")
	if err != nil {
		return err
	}
	if n == mostEvents {
		return s.store.EnqueueJobs(ctx, s.meterJob(j.ID))
	}
	return nil
}

// flush reports at once what somebody has used, before their plan changes: what was
// used until then is billed by the old one. What was used since waits for the new one.
func (s *Service) flush(ctx context.Context, userID string, until time.Time) error {
	if err := s.allot(ctx, userID, until); err != nil {
		return err
	}
	_, err := s.tell(ctx, userID)
	return err
}

// allot makes meter events of what waits to be reported, of everybody or of one
// user, until a moment (zero: of all). Each holds what belongs together: one hour of
// one period under one plan.
func (s *Service) allot(ctx context.Context, userID string, until time.Time) error {
	for range mostEvents {
		waiting, err := s.store.WaitingUsage(ctx, userID, mostEvents)
		if err != nil {
			return fmt.Errorf("read what is to be reported: %w", err)
		}
		if !until.IsZero() {
			waiting = slices.DeleteFunc(waiting, func(w Waiting) bool { return !w.Oldest.Before(until) })
		}
		if len(waiting) == 0 {
			return nil
		}
		for _, w := range waiting {
			if err := s.allotOne(ctx, w, until); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) allotOne(ctx context.Context, w Waiting, until time.Time) error {
	p, err := s.together(ctx, w)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		p.End = earlier(p.End, until)
	}
	prefix := fmt.Sprintf("%s:%s:%d:", meterKeys[w.Feature], w.UserID, p.Start.Truncate(time.Hour).Unix())
	n, err := s.store.CountMeterEvents(ctx, prefix)
	if err != nil {
		return fmt.Errorf("count meter events: %w", err)
	}
	m := MeterEvent{
		ID: fmt.Sprintf("%s%d", prefix, n), UserID: w.UserID, CustomerID: w.CustomerID, SubscriptionID: w.SubscriptionID,
		Feature: w.Feature, State: MeterPending, CreatedAt: s.now(),
	}
	_, err = s.store.Allot(ctx, m, p)
	if fault.Is(err, fault.Conflict) {
		return nil // another program was faster with that id: what is left is allotted next
	}
	if err != nil {
		return fmt.Errorf("allot usage to a meter event: %w", err)
	}
	return nil
}

// together is from when to when usage may be reported as one, beginning with the
// oldest that waits: within an hour, and not beyond the end of a period or of a plan.
func (s *Service) together(ctx context.Context, w Waiting) (Period, error) {
	p := Period{Start: w.Oldest, End: w.Oldest.Truncate(time.Hour).Add(time.Hour)}
	u, err := s.users.User(ctx, w.UserID)
	if err != nil {
		return p, fmt.Errorf("read the user: %w", err)
	}
	if u.Subscription.ID == w.SubscriptionID {
		_, end := u.Subscription.PeriodAt(w.Oldest)
		p.End = earlier(p.End, end)
	}
	spans, err := s.store.Spans(ctx, w.SubscriptionID, p)
	if err != nil {
		return p, fmt.Errorf("read the plans of the period: %w", err)
	}
	for _, span := range spans {
		if span.Start.After(p.Start) {
			p.End = earlier(p.End, span.Start)
		}
	}
	return p, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// tell sends the events that wait, and returns how many they were.
func (s *Service) tell(ctx context.Context, userID string) (int, error) {
	pending, err := s.store.MeterEvents(ctx, MeterPending, userID, mostEvents)
	if err != nil {
		return 0, fmt.Errorf("read the meter events: %w", err)
	}
	for _, m := range pending {
		if err := s.tellOne(ctx, m); err != nil {
			return 0, err
		}
	}
	return len(pending), nil
}

func (s *Service) tellOne(ctx context.Context, m MeterEvent) error {
	sent, err := s.timely(ctx, m)
	if err != nil {
		return err
	}
	err = s.payments.Report(ctx, sent)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return s.rejected(ctx, m, refusal.Code)
	}
	if err != nil {
		return s.unreachable("report usage", err)
	}
	note := ""
	if !sent.At.Equal(m.At) {
		note = "late: counted at " + sent.At.UTC().Format(time.RFC3339)
	}
	if err := s.store.SettleMeterEvent(ctx, m.ID, MeterSent, sent.At, note); err != nil {
		return fmt.Errorf("store that usage was reported: %w", err)
	}
	return nil
}

// timely moves an event that comes too late for the bill of its period, or of its
// plan, to where the one begins that goes on: there it is still billed. What was used
// under a plan is billed when it is changed.
func (s *Service) timely(ctx context.Context, m MeterEvent) (MeterEvent, error) {
	u, err := s.users.User(ctx, m.UserID)
	if err != nil {
		return m, fmt.Errorf("read the user: %w", err)
	}
	now := s.now()
	if u.Subscription.ID != m.SubscriptionID {
		return m, nil
	}
	start, _ := u.Subscription.PeriodAt(now)
	open := u.Subscription.CountsFrom(now)
	if draft := now.Before(start.Add(draftTime)); m.At.Before(open) && !(draft && m.At.Before(start)) {
		m.At = open
	}
	return m, nil
}

// rejected stores that an event was refused for good, and alerts: money is being
// lost.
func (s *Service) rejected(ctx context.Context, m MeterEvent, reason string) error {
	if err := s.store.SettleMeterEvent(ctx, m.ID, MeterRejected, m.At, reason); err != nil {
		return fmt.Errorf("store that usage was refused: %w", err)
	}
	return s.alert(ctx, Alert{
		Key: "meter_rejected:" + m.ID, Kind: "meter_rejected", UserID: m.UserID,
		Message: fmt.Sprintf("The payment provider does not count %d %s of %s (%s). Mend the cause (xswarm doctor looks at the meters), then xswarm billing repair.",
			m.Quantity, m.Feature, m.UserID, reason),
	})
}

// actOnMeter marks the events that the provider could not count.
func (s *Service) actOnMeter(ctx context.Context, e Event) (EventState, string, error) {
	list, err := s.payments.MeterErrors(ctx, e.ID)
	if errors.Is(err, ErrNoSuch) {
		return EventIgnored, "the report is gone", nil
	}
	if err != nil {
		return "", "", s.unreachable("read what was not counted", err)
	}
	n := 0
	for _, me := range list {
		for _, eventID := range me.Events {
			m, err := s.store.MeterEvent(ctx, eventID)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return "", "", fmt.Errorf("read the meter event: %w", err)
			}
			if err := s.rejected(ctx, m, me.Code); err != nil {
				return "", "", err
			}
			n++
		}
		if err := s.alert(ctx, Alert{
			Key: "meter_error:" + me.Code, Kind: "meter_error",
			Message: fmt.Sprintf("The payment provider did not count %d reports of usage: %s (%s). xswarm doctor looks at the meters.", me.Count, me.Message, me.Code),
		}); err != nil {
			return "", "", err
		}
	}
	return EventAlarming, fmt.Sprintf("%d meter events were not counted", n), nil
}
