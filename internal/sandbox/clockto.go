package sandbox

import (
	"time"

	"xswarm.ai/server/internal/fault"
)

// Moments that the clock can be moved to by name.
const (
	toNextInvoice = "next_invoice" // the next of Stripe's invoices is made
	toNextDue     = "next_due"     // anything happens: at Stripe, to a text, or a webhook is tried again
)

// moveTo moves the clock to a moment that has a name.
func (s *Sandbox) moveTo(name string) error {
	var at time.Time
	var ok bool
	var err error
	switch name {
	case toNextInvoice:
		at, ok, err = s.nextInvoice("")
	case toNextDue:
		at, ok = s.comesNext()
	}
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Conflict, "nothing_ahead", "Nothing of that kind lies ahead.")
	}
	return s.moveUntil(at)
}

// moveUntil moves the clock to a time, unless that has come already.
func (s *Sandbox) moveUntil(at time.Time) error {
	if d := at.Sub(s.now()); d > 0 {
		return s.Advance(d)
	}
	return nil
}

// nextInvoice is when a customer's next invoice is made; "" is anybody's.
func (s *Sandbox) nextInvoice(customer string) (at time.Time, ok bool, err error) {
	subs, err := s.subscriptions(customer)
	if err != nil {
		return at, false, err
	}
	for _, b := range subs {
		if t, will := b.next(); will && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	return at, ok, nil
}

// comesNext is when anything happens that is not under way already.
func (s *Sandbox) comesNext() (at time.Time, ok bool) {
	now := s.now()
	sooner := func(t time.Time) {
		if t.After(now) && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	if t, billed := s.payments.NextDue(); billed {
		sooner(t)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.st.Texts {
		if len(t.Steps) > 0 {
			sooner(t.Steps[0].At)
		}
	}
	for _, d := range s.st.Webhooks {
		if d.State == hookPending {
			sooner(d.NextAt)
		}
	}
	return at, ok
}
