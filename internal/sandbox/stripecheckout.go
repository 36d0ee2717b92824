package sandbox

import (
	"cmp"

	"xswarm.ai/server/internal/fault"
)

// The ways in which a person leaves a page on which they are to pay.
const (
	completes = "complete"
	fails     = "fail"
	leaves    = "cancel"
)

// paid is what came of a person's visit to a page on which they are to pay.
type paid struct {
	Redirect string `json:"redirect"` // where the page sends them; "" when they stay
	Declined string `json:"declined"` // why they stay
}

// checkOut lets a person pay, fail to, or leave, as they would on the page of a
// checkout session. Whoever fails has a card that is declined, unless another is
// named; of one that asks for authentication they do not give it.
func (s *Sandbox) checkOut(id, card, outcome string) (paid, error) {
	switch outcome {
	case completes, fails:
	case leaves:
		to, err := s.payments.Leave(id)
		return paid{Redirect: to}, refusedBy(err)
	default:
		return paid{}, fault.Body("outcome", "must be complete, fail or cancel")
	}
	if outcome == completes {
		to, err := s.payments.Pay(id, cmp.Or(card, goodCard), true)
		return paid{Redirect: to}, refusedBy(err)
	}
	to, err := s.payments.Pay(id, cmp.Or(card, declinedCard), false)
	if why := declinedBy(err); why != "" {
		return paid{Declined: why}, nil
	}
	return paid{Redirect: to}, refusedBy(err)
}
