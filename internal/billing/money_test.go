package billing_test

import (
	"math/big"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// What things cost, written down again from the specification, in cents: the tests
// reckon on their own, with fractions.
const (
	secretary = 4000
	manager   = 28000
	number    = 200
)

// unit is what one unit beyond the allowance costs.
func unit(f plan.Feature) *big.Rat {
	if f == plan.VoiceMinutes {
		return big.NewRat(13, 10)
	}
	return big.NewRat(8, 10)
}

// halfUp rounds to whole cents, a half away from zero.
func halfUp(r *big.Rat) int64 {
	if r.Sign() < 0 {
		return -halfUp(new(big.Rat).Neg(r))
	}
	r = new(big.Rat).Add(r, big.NewRat(1, 2))
	return new(big.Int).Quo(r.Num(), r.Denom()).Int64()
}

// over is what usage costs of which so much is included.
func over(f plan.Feature, used, included int64) int64 {
	return halfUp(new(big.Rat).Mul(unit(f), big.NewRat(max(used-included, 0), 1)))
}

// part is what a monthly price costs for a part of a period.
func part(price int64, left, whole time.Duration) int64 {
	return halfUp(new(big.Rat).Mul(big.NewRat(price, 1), big.NewRat(int64(left), int64(whole))))
}

// lineSum adds up an invoice's lines of a feature ("" for plans).
func lineSum(i billing.Invoice, f plan.Feature) (cents, quantity int64) {
	for _, l := range i.Lines {
		if l.Feature == f {
			cents += l.Amount
			quantity += l.Quantity
		}
	}
	return cents, quantity
}

// adds insists that every invoice is the sum of its lines.
func (w *world) adds(list ...billing.Invoice) {
	w.Helper()
	for _, i := range list {
		var sum int64
		for _, l := range i.Lines {
			sum += l.Amount
		}
		if sum != i.Total {
			w.Errorf("the invoice over %d has lines over %d: %+v", i.Total, sum, i.Lines)
		}
	}
}

// totals insists on what somebody's invoices are over, oldest first, and that all of
// them are in a state.
func (w *world) totals(u string, status string, want ...int64) []billing.Invoice {
	w.Helper()
	list := w.invoicesOf(u)
	if len(list) != len(want) {
		w.Fatalf("%d invoices, want %d: %+v", len(list), len(want), list)
	}
	for i, invoice := range list {
		if invoice.Total != want[i] || invoice.Status != status {
			w.Errorf("invoice %d is %s over %d, want %s over %d: %+v", i, invoice.Status, invoice.Total, status, want[i], invoice.Lines)
		}
	}
	return list
}
