package sandbox

import "slices"

// Mails returns the mails that were delivered, oldest first.
func (s *Sandbox) Mails() []Mail { return copied(s, func(st *state) []Mail { return st.Mails }) }

// Texts returns the texts of both directions, oldest first.
func (s *Sandbox) Texts() []Text { return copied(s, func(st *state) []Text { return st.Texts }) }

// Numbers returns the account's numbers, oldest first.
func (s *Sandbox) Numbers() []Number {
	return copied(s, func(st *state) []Number { return st.Numbers })
}

// Webhooks returns the webhooks and their attempts, oldest first.
func (s *Sandbox) Webhooks() []Delivery {
	return copied(s, func(st *state) []Delivery { return st.Webhooks })
}

// Faults returns the faults that were ordered and are still to come.
func (s *Sandbox) Faults() []Fault { return copied(s, func(st *state) []Fault { return st.Faults }) }

// Violations returns the ways in which requests differed from the official
// descriptions, the one that was met last at the end.
func (s *Sandbox) Violations() []Violation {
	return copied(s, func(st *state) []Violation { return st.Violations })
}

// copied returns a copy of a list. What the items point to is never changed in
// place.
func copied[T any](s *Sandbox, of func(*state) []T) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(of(&s.st))
}

// Reset forgets mails, texts, webhooks, opt-outs, faults and violations. Numbers, what
// is at Stripe, and the clock stay: the product has noted all of them, and a number or
// a customer that is gone, or a past that comes back, is nothing a vendor would do to it.
func (s *Sandbox) Reset() error {
	s.mu.Lock()
	s.st.Mails, s.st.Texts, s.st.Webhooks, s.st.Faults, s.st.Violations = nil, nil, nil, nil, nil
	s.st.OptOuts, s.st.Sources = map[string]bool{}, map[string]Source{}
	for _, topic := range []string{"mails", "texts", "webhooks", "faults", "violations"} {
		s.changed(topic)
	}
	s.mu.Unlock()
	return s.save()
}
