package billing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// Subject is what an event of the payment provider is about, and so what is read
// again when it comes.
type Subject string

// The subjects. What is about anything else is stored and ignored.
const (
	AboutNothing      Subject = ""
	AboutCustomer     Subject = "customer" // or a subscription
	AboutCheckout     Subject = "checkout" // an order's page
	AboutInvoice      Subject = "invoice"
	AboutConfirmation Subject = "confirmation" // an invoice whose payment must be confirmed
	AboutTrial        Subject = "trial"        // one that ends soon
	AboutRefund       Subject = "refund"
	AboutDispute      Subject = "dispute"
	AboutMeter        Subject = "meter" // usage that was told and could not be counted
)

// eventJob is the payload of a job that acts on an event.
type eventJob struct {
	EventID string `json:"event_id"`
}

// Receive stores what the payment provider told, with the job that acts on it. The
// same event again does nothing.
func (s *Service) Receive(ctx context.Context, e Event) error {
	e.State, e.CreatedAt = EventReceived, s.now()
	j := jobs.New(KindEvent, eventJob{e.ID}, s.now(), jobs.Key("event:"+e.ID), jobs.Lane("billing:"+cmp.Or(e.CustomerID, e.ID)))
	if _, err := s.store.AddPaymentEvent(ctx, e, j); err != nil {
		return fmt.Errorf("store the event: %w", err)
	}
	return nil
}

// applyEvent is the job that acts on an event.
func (s *Service) applyEvent(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[eventJob](j)
	if err != nil {
		return err
	}
	e, err := s.store.PaymentEvent(ctx, p.EventID)
	if fault.Is(err, fault.NotFound) {
		return nil // deleted since: it was old
	}
	if err != nil {
		return fmt.Errorf("read the event: %w", err)
	}
	if s.payments == nil {
		return jobs.Permanent(errors.New("payments are turned off: set STRIPE_SECRET_KEY and retry the job"))
	}
	state, note, err := s.act(ctx, e)
	switch {
	case errors.Is(err, errGone):
		state, note, err = EventIgnored, "the customer was deleted", nil
	case errors.Is(err, ErrStranger):
		state, note, err = EventAlarming, ErrStranger.Message, s.strange(ctx, e)
	}
	if err != nil {
		return err
	}
	if err := s.store.SettlePaymentEvent(ctx, e.ID, state, note); err != nil {
		return fmt.Errorf("store what came of the event: %w", err)
	}
	return nil
}

// strange raises the alert of an event about somebody who is not known here.
func (s *Service) strange(ctx context.Context, e Event) error {
	return s.alert(ctx, Alert{
		Key: "unknown_customer:" + cmp.Or(e.CustomerID, e.ObjectID), Kind: "unknown_customer",
		Message: fmt.Sprintf("The event %s (%s) is about the customer %s, who is nobody here: nothing was granted. If you know whose it is: xswarm billing link USER %s, then xswarm billing replay %s.",
			e.ID, e.Kind, cmp.Or(e.CustomerID, "of "+e.ObjectID), cmp.Or(e.CustomerID, "CUSTOMER"), e.ID),
	})
}

// act reads again what an event is about.
func (s *Service) act(ctx context.Context, e Event) (EventState, string, error) {
	switch subject := s.payments.About(e.Kind); subject {
	case AboutNothing:
		return EventIgnored, "", nil
	case AboutCustomer:
		return s.reread(ctx, e, e.CustomerID)
	case AboutCheckout:
		return s.actOnCheckout(ctx, e)
	case AboutInvoice, AboutConfirmation:
		return s.actOnInvoice(ctx, e, subject)
	case AboutTrial:
		return s.actOnTrial(ctx, e)
	case AboutRefund:
		return s.actOnRefund(ctx, e)
	case AboutDispute:
		return s.actOnDispute(ctx, e)
	case AboutMeter:
		return s.actOnMeter(ctx, e)
	}
	return EventIgnored, "", nil
}

// reread refreshes a customer; without one there is nothing to do.
func (s *Service) reread(ctx context.Context, e Event, customerID string) (EventState, string, error) {
	if customerID == "" {
		return EventIgnored, "it is nobody's", nil
	}
	u, err := s.Refresh(ctx, customerID)
	if err != nil {
		return "", "", err
	}
	return EventApplied, "now on " + u.Entitlement(s.now()).Tier.Name(), nil
}

func (s *Service) actOnCheckout(ctx context.Context, e Event) (EventState, string, error) {
	c, err := s.store.CheckoutBySession(ctx, e.ObjectID)
	if err == nil {
		if c, err = s.settleCheckout(ctx, c); err != nil {
			return "", "", err
		}
		return EventApplied, "the order is " + string(c.State), nil
	}
	if !fault.Is(err, fault.NotFound) {
		return "", "", fmt.Errorf("read the order: %w", err)
	}
	// Not made by us, or by us and not recorded: its customer says whose it is.
	read, err := s.payments.Checkout(ctx, e.ObjectID)
	if errors.Is(err, ErrNoSuch) || err == nil && read.State != CheckoutComplete {
		return EventIgnored, "an order that is not ours", nil
	}
	if err != nil {
		return "", "", s.unreachable("read the checkout", err)
	}
	return s.reread(ctx, e, read.CustomerID)
}

func (s *Service) actOnInvoice(ctx context.Context, e Event, subject Subject) (EventState, string, error) {
	at := s.now()
	i, err := s.payments.Invoice(ctx, e.ObjectID)
	if errors.Is(err, ErrNoSuch) {
		return EventIgnored, "the invoice is gone", nil // drafts can be deleted
	}
	if err != nil {
		return "", "", s.unreachable("read the invoice", err)
	}
	u, err := s.Refresh(ctx, i.CustomerID)
	if err != nil {
		return "", "", err
	}
	if i.Currency != currency {
		if err := s.alert(ctx, Alert{
			Key: "currency:" + i.ID, Kind: "currency", UserID: u.ID,
			Message: fmt.Sprintf("The invoice %s is in %q; plans cost US dollars. It is stored as it is; look at how its subscription was made.", i.ID, i.Currency),
		}); err != nil {
			return "", "", err
		}
	}
	if err := s.store.SaveInvoice(ctx, u.ID, i, at); err != nil {
		return "", "", fmt.Errorf("store the invoice: %w", err)
	}
	var js []jobs.Job
	if i.Status == "draft" {
		// What waits to be reported still counts in it, for about an hour.
		js = append(js, s.meterJob("invoice:"+i.ID))
	}
	if subject == AboutConfirmation && i.Status == "open" {
		js = append(js, s.letterJob(letter{UserID: u.ID, What: letterConfirm, URL: i.URL}, "confirm:"+i.ID))
	}
	if i.Status == "paid" || i.Status == "open" {
		js = append(js, s.compareJob(i))
	}
	if err := s.store.EnqueueJobs(ctx, js...); err != nil {
		return "", "", fmt.Errorf("store what follows: %w", err)
	}
	return EventApplied, "the invoice is " + i.Status, nil
}

// currency is what everything costs.
const currency = "usd"

func (s *Service) actOnTrial(ctx context.Context, e Event) (EventState, string, error) {
	u, err := s.Refresh(ctx, e.CustomerID)
	if err != nil {
		return "", "", err
	}
	sub := u.Subscription
	if sub.Status != plan.Trialing || sub.ID != e.ObjectID {
		return EventIgnored, "the trial is over", nil
	}
	l := letter{UserID: u.ID, What: letterTrialEnds, Tier: sub.Tier, At: sub.TrialEnd.Unix()}
	if err := s.store.EnqueueJobs(ctx, s.letterJob(l, fmt.Sprintf("trial:%s:%d", sub.ID, l.At))); err != nil {
		return "", "", fmt.Errorf("store the letter: %w", err)
	}
	return EventApplied, "the trial ends " + sub.TrialEnd.Format(time.RFC3339), nil
}

// refundsOf is how far back the bills of a customer are read again when one was
// refunded.
const refundsOf = 400 * 24 * time.Hour

func (s *Service) actOnRefund(ctx context.Context, e Event) (EventState, string, error) {
	customer, err := s.customerOf(ctx, e)
	if err != nil || customer == "" {
		return EventIgnored, "it is nobody's", err
	}
	u, err := s.Refresh(ctx, customer)
	if err != nil {
		return "", "", err
	}
	n, err := s.readInvoices(ctx, u.ID, customer, s.now().Add(-refundsOf))
	if err != nil {
		return "", "", err
	}
	return EventApplied, fmt.Sprintf("%d bills were read again", n), nil
}

// readInvoices reads the bills of a customer since a moment and stores them.
func (s *Service) readInvoices(ctx context.Context, userID, customer string, since time.Time) (int, error) {
	at := s.now()
	list, err := s.payments.Invoices(ctx, customer, since)
	if err != nil {
		return 0, s.unreachable("read the bills", err)
	}
	for _, i := range list {
		if err := s.store.SaveInvoice(ctx, userID, i, at); err != nil {
			return 0, fmt.Errorf("store the invoice: %w", err)
		}
	}
	return len(list), nil
}

func (s *Service) customerOf(ctx context.Context, e Event) (string, error) {
	if e.CustomerID != "" {
		return e.CustomerID, nil
	}
	customer, err := s.payments.CustomerOf(ctx, e)
	if errors.Is(err, ErrNoSuch) {
		return "", nil
	}
	if err != nil {
		return "", s.unreachable("read whose it is", err)
	}
	return customer, nil
}

func (s *Service) actOnDispute(ctx context.Context, e Event) (EventState, string, error) {
	d, err := s.payments.Dispute(ctx, e.ObjectID)
	if errors.Is(err, ErrNoSuch) {
		return EventIgnored, "the dispute is gone", nil
	}
	if err != nil {
		return "", "", s.unreachable("read the dispute", err)
	}
	u, err := s.Refresh(ctx, d.CustomerID)
	if err != nil {
		return "", "", err
	}
	open := d.Status != "won" && d.Status != "lost" && d.Status != "warning_closed"
	err = s.settle(ctx, matter{open, Alert{
		Key: "dispute:" + d.ID, Kind: "dispute", UserID: u.ID,
		Message: fmt.Sprintf("Payment %s over $%s is disputed (%s). Answer it at the payment provider in time; if the account is abused, close it: xswarm user disable %s --reason dispute.",
			d.ChargeID, plan.Cents(d.Amount).Dollars(), d.Reason, u.ID),
	}})
	if err == nil && d.Status == "lost" {
		err = s.alert(ctx, Alert{
			Key: "dispute_lost:" + d.ID, Kind: "dispute_lost", UserID: u.ID,
			Message: fmt.Sprintf("The dispute %s was lost: $%s went back. Decide whether the account goes on.", d.ID, plan.Cents(d.Amount).Dollars()),
		})
	}
	return EventApplied, "the dispute is " + d.Status, err
}
