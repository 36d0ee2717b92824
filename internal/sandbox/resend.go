package sandbox

import "xswarm.ai/server/internal/fault"

// Resend delivers a webhook once more.
func (s *Sandbox) Resend(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.delivery(id)
	if d == nil {
		return fault.New(fault.NotFound, "not_found", "There is no such webhook.")
	}
	if s.running[id] || d.State == hookPending {
		return fault.New(fault.Conflict, "under_way", "This webhook is on its way already.")
	}
	s.sendAgain(d)
	s.changed("webhooks")
	return nil
}

// ResendAll delivers every webhook of a state once more and returns how many
// these are.
func (s *Sandbox) ResendAll(state string) (int, error) {
	if state != hookDelivered && state != hookFailed && state != hookDropped {
		return 0, fault.Body("status", "must be delivered, failed or dropped")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := 0
	for i := range s.st.Webhooks {
		if d := &s.st.Webhooks[i]; d.State == state && !s.running[d.ID] {
			s.sendAgain(d)
			sent++
		}
	}
	s.changed("webhooks")
	return sent, nil
}

// ResendThese delivers the named webhooks once more: all of them, or, if one is
// unknown or on its way already, none.
func (s *Sandbox) ResendThese(ids []string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		switch d := s.delivery(id); {
		case d == nil:
			return 0, fault.Body("ids", "must all be webhooks that are still kept")
		case s.running[id] || d.State == hookPending:
			return 0, fault.New(fault.Conflict, "under_way", "One of these webhooks is on its way already.")
		}
	}
	for _, id := range ids {
		s.sendAgain(s.delivery(id))
	}
	s.changed("webhooks")
	return len(ids), nil
}

// sendAgain makes a delivery begin anew. The caller holds the lock.
func (s *Sandbox) sendAgain(d *Delivery) {
	d.State, d.NextAt, d.Tries, d.FellBack, d.ErrorCode = hookPending, s.now(), 0, false, 0
}
