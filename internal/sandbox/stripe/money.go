package stripe

import "math/big"

// roundHalfUp rounds to whole cents, halves away from zero, as each line of an
// invoice is.
func roundHalfUp(r *big.Rat) int64 {
	num, den := new(big.Int).Set(r.Num()), r.Denom()
	negative := num.Sign() < 0
	num.Abs(num).Mul(num, big.NewInt(2)).Add(num, den)
	n := num.Quo(num, new(big.Int).Mul(den, big.NewInt(2))).Int64()
	if negative {
		return -n
	}
	return n
}

// rat reads a decimal; nothing is 0.
func rat(s *string) *big.Rat {
	if s == nil {
		return new(big.Rat)
	}
	r, ok := new(big.Rat).SetString(*s)
	if !ok {
		return new(big.Rat)
	}
	return r
}

// cost is what a quantity costs at a price, in exact cents. Usage below zero
// costs nothing.
func (p *price) cost(quantity *big.Rat) *big.Rat {
	if quantity.Sign() <= 0 {
		quantity = new(big.Rat)
	}
	if p.BillingScheme != "tiered" {
		return new(big.Rat).Mul(p.transformed(quantity), rat(p.UnitDecimal))
	}
	if p.TiersMode == "volume" {
		return p.volume(quantity)
	}
	return p.graduated(quantity)
}

// transformed divides a quantity into packages.
func (p *price) transformed(quantity *big.Rat) *big.Rat {
	if p.Transform == nil || p.Transform.DivideBy == 0 {
		return quantity
	}
	q := new(big.Rat).Quo(quantity, big.NewRat(p.Transform.DivideBy, 1))
	whole := new(big.Int).Quo(q.Num(), q.Denom())
	if p.Transform.Round == "up" && !q.IsInt() {
		whole.Add(whole, big.NewInt(1))
	}
	return new(big.Rat).SetInt(whole)
}

// graduated charges every unit at the price of the tier in which it lies.
func (p *price) graduated(quantity *big.Rat) *big.Rat {
	sum, from := new(big.Rat), new(big.Rat)
	for i, t := range p.Own.Tiers {
		if i > 0 && quantity.Cmp(from) <= 0 {
			break
		}
		to := quantity
		if t.UpTo != nil && quantity.Cmp(big.NewRat(*t.UpTo, 1)) > 0 {
			to = big.NewRat(*t.UpTo, 1)
		}
		units := new(big.Rat).Sub(to, from)
		sum.Add(sum, new(big.Rat).Mul(units, rat(t.UnitDecimal)))
		sum.Add(sum, rat(t.FlatDecimal))
		from = to
	}
	return sum
}

// volume charges all units at the price of the tier in which the last one lies.
func (p *price) volume(quantity *big.Rat) *big.Rat {
	for _, t := range p.Own.Tiers {
		if t.UpTo == nil || quantity.Cmp(big.NewRat(*t.UpTo, 1)) <= 0 {
			return new(big.Rat).Add(new(big.Rat).Mul(quantity, rat(t.UnitDecimal)), rat(t.FlatDecimal))
		}
	}
	return new(big.Rat)
}

// share is the part num/den of an amount, in whole cents.
func share(amount, num, den int64) int64 {
	if den == 0 {
		return 0
	}
	return roundHalfUp(new(big.Rat).Mul(big.NewRat(amount, 1), big.NewRat(num, den)))
}

// ratOf is a whole number as a fraction.
func ratOf(n int64) *big.Rat { return big.NewRat(n, 1) }
