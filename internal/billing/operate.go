package billing

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
)

// What the operator does by hand stands in the audit before it is done.

// noted stores what the operator is about to do.
func (s *Service) noted(ctx context.Context, userID, action string, detail map[string]any) error {
	if err := s.store.AddEvent(ctx, s.event(userID, account.ActorOperator, action, detail)); err != nil {
		return fmt.Errorf("note what is done: %w", err)
	}
	return nil
}

// Events returns what the payment provider told us, newest first.
func (s *Service) Events(ctx context.Context, before string, state EventState, limit int) ([]Event, error) {
	return s.store.PaymentEvents(ctx, before, state, limit)
}

// Event returns one of them, as it came.
func (s *Service) Event(ctx context.Context, eventID string) (Event, error) {
	return s.store.PaymentEvent(ctx, eventID)
}

// Replay acts on an event again. Nothing is done twice by it: what it is about is
// read anew.
func (s *Service) Replay(ctx context.Context, eventID string) error {
	e, err := s.store.PaymentEvent(ctx, eventID)
	if err != nil {
		return err
	}
	if err := s.noted(ctx, "", "billing.event_replayed", map[string]any{"event": e.ID, "kind": e.Kind}); err != nil {
		return err
	}
	j := jobs.New(KindEvent, eventJob{e.ID}, s.now(), jobs.Key("replay:"+id.New(id.Job, s.now())), jobs.Lane("billing:"+cmp.Or(e.CustomerID, e.ID)))
	return s.store.EnqueueJobs(ctx, j)
}

// Link says whose a customer is that was made by hand: a subscription that was sold,
// say. It returns the user as they are then.
func (s *Service) Link(ctx context.Context, u account.User, customerID string) (account.User, error) {
	if s.payments == nil {
		return u, ErrOff
	}
	r, err := s.payments.Read(ctx, customerID)
	switch {
	case errors.Is(err, ErrNoSuch) || err == nil && r.Gone:
		return u, fault.New(fault.NotFound, "not_found", "The payment provider has no such customer.")
	case err != nil:
		return u, s.unreachable("read the customer", err)
	}
	e := s.event(u.ID, account.ActorOperator, "billing.customer_linked", map[string]any{"customer": customerID})
	ok, err := s.store.LinkCustomer(ctx, u.ID, customerID, e)
	if err != nil {
		return u, fmt.Errorf("link the customer: %w", err)
	}
	if !ok {
		return u, fault.New(fault.Conflict, "linked", "That account is another customer already, or that customer is another account's.")
	}
	if err := s.endAlerts(ctx, "unknown_customer:"+customerID); err != nil {
		return u, err
	}
	return s.Refresh(ctx, customerID)
}

// Repair makes what is counted equal to what was used: what was refused is told
// anew, and where a day differs a correction of the difference is told. It returns
// how many events that are.
func (s *Service) Repair(ctx context.Context) (int, error) {
	list, err := s.Drifts(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.noted(ctx, "", "billing.usage_repaired", map[string]any{"differences": len(list)}); err != nil {
		return 0, err
	}
	n, err := s.store.RetryMeterEvents(ctx)
	if err != nil {
		return 0, fmt.Errorf("tell anew what was refused: %w", err)
	}
	// What is refused again, is alerted again.
	if err := s.resolve(ctx, func(a Alert) bool { return a.Kind == "meter_rejected" || a.Kind == "meter_error" }); err != nil {
		return n, err
	}
	for _, d := range list {
		u, err := s.users.User(ctx, d.UserID)
		if err != nil {
			return n, fmt.Errorf("read the user: %w", err)
		}
		if err := s.correct(ctx, u, d); err != nil {
			return n, err
		}
		n++
	}
	return n, s.store.EnqueueJobs(ctx, s.meterJob(fmt.Sprintf("repair:%d", s.now().UnixMilli())))
}
