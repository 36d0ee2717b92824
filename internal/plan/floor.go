package plan

import "fmt"

// BelowCost is a price that does not cover what it costs.
type BelowCost struct {
	Tier    Tier    // whose monthly price; "" for that of one more unit
	Feature Feature // of the unit; "" for a plan
	Price   MicroDollars
	Cost    MicroDollars
	Message string // the figures and what to do, for the operator
}

// Floor lists every price that is below its cost: of each unit past the allowance,
// and of each plan whose allowance is used in full. A price that is agreed with
// somebody is not in the table, so the operator has to look at it themselves.
func Floor(c Costs) []BelowCost { return floor(c, table, UnitPrices) }

func floor(c Costs, plans []Plan, prices map[Feature]MicroDollars) []BelowCost {
	var list []BelowCost
	for _, f := range Features {
		price, cost := prices[f], c.Of(f)
		if price >= cost {
			continue
		}
		list = append(list, BelowCost{Feature: f, Price: price, Cost: cost, Message: fmt.Sprintf(
			"One more %s is sold for %s and costs %s: each loses %s. Raise its price in package plan, or say in UNIT_COSTS what you really pay.",
			f.One(), price, cost, cost-price)})
	}
	for _, p := range plans {
		cost := p.fullCost(c)
		if p.Custom || p.Price >= cost {
			continue
		}
		list = append(list, BelowCost{Tier: p.Tier, Price: p.Price, Cost: cost, Message: fmt.Sprintf(
			"%s is sold for %s a month, and its allowance used in full costs %s: whoever uses all of it costs %s more than they pay. Raise its price or lower its allowance in package plan, or say in UNIT_COSTS what you really pay.",
			p.Name, p.Price, cost, cost-p.Price)})
	}
	return list
}

// fullCost is what a plan's allowance costs when all of it is used; what is unlimited
// is left out, since it has no sum.
func (p Plan) fullCost(c Costs) MicroDollars {
	var sum MicroDollars
	for _, f := range Features {
		if n := p.Included[f]; n != Unlimited {
			sum += MicroDollars(n) * c.Of(f)
		}
	}
	return sum
}
