package plan

// Cap is a spending cap on overage in a period.
type Cap struct {
	Limit MicroDollars // NoCap for none
	// Soft: people are told when it is reached, and go on.
	Soft bool
	// Chosen says that the user set it; else it follows from the plan.
	Chosen bool
}

// Hard reports whether nothing may go beyond the cap.
func (c Cap) Hard() bool { return c.Limit != NoCap && !c.Soft }

// Mode is what the cap does when it is reached, as forms and programs name it.
func (c Cap) Mode() string {
	if c.Soft {
		return "soft"
	}
	return "hard"
}

// capFactor is how many times a plan's price its overage may cost, unless the user
// says otherwise.
const capFactor = 2

// CapFor is the cap that holds for somebody on tier t who has chosen c: without a
// choice twice the plan's price, hard; none where there is no overage to cap.
func CapFor(t Tier, c Cap) Cap {
	p, _ := Of(t)
	switch {
	case !p.Overage:
		return Cap{Limit: NoCap}
	case c.Chosen:
		return c
	}
	return Cap{Limit: capFactor * p.Price}
}
