package mail

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/plan"
)

// Allowance tells somebody how much of an allowance is used, and what comes after
// it: each further unit at its price, or none.
func (l *Letters) Allowance(ctx context.Context, id, to, name string, f plan.Feature, percent int, used, included int64, overage bool) error {
	x := letter{
		kind:    "allowance",
		subject: part(percent) + " of your " + f.Words() + " are used",
		lead:    fmt.Sprintf("You have used %d of the %s that your plan includes in this period.", used, several(f, included)),
		button:  l.plans("See your usage"),
	}
	if percent < 100 {
		x.after = []string{"You need not do anything. " + afterwards(f, overage)}
		return l.post(ctx, id, to, name, x)
	}
	x.subject = "Your " + f.Words() + " of this period are used up"
	x.lead = fmt.Sprintf("The %s that your plan includes in this period are used up.", several(f, included))
	if overage {
		x.after = []string{fmt.Sprintf("You need not do anything: they go on, and each further %s costs %s, up to your spending cap, which you choose on your billing page.", f.One(), plan.UnitPrices[f])}
	} else {
		x.after = []string{"There are no more until a new period begins, and nothing is charged. If you need more before then, move to a plan that includes it."}
	}
	if f == plan.SMSMessages && !overage {
		x.after = append(x.after, "Until then reminders come by mail.")
	}
	return l.post(ctx, id, to, name, x)
}

// afterwards says what happens when an allowance is used up.
func afterwards(f plan.Feature, overage bool) string {
	if overage {
		return fmt.Sprintf("When they are used up, each further %s costs %s, up to your spending cap.", f.One(), plan.UnitPrices[f])
	}
	return "When they are used up, there are no more until a new period begins, and nothing is charged."
}

// Cap tells somebody how much of their spending cap is reached. A hard one stops
// extra usage when all of it is, a soft one does not.
func (l *Letters) Cap(ctx context.Context, id, to, name string, percent int, cost, limit plan.MicroDollars, soft bool) error {
	x := letter{
		kind:    "spending_cap",
		subject: part(percent) + " of your spending cap is reached",
		lead:    fmt.Sprintf("Extra usage has cost %s in this period. Your spending cap is %s.", cost, limit),
		button:  l.plans("See or change the cap"),
	}
	if percent >= 100 {
		x.subject = "Your spending cap is reached"
	}
	switch {
	case soft && percent >= 100:
		x.after = []string{"You chose to be told, and not to be stopped: calls and texts go on, and each is charged. If you would rather have them stop, make the cap a hard one."}
	case soft:
		x.after = []string{fmt.Sprintf("You need not do anything. At %s we tell you once more, and nothing stops.", limit)}
	case percent >= 100:
		x.after = []string{
			"Calls and texts beyond the allowance have stopped until a new period begins, so that nothing more is charged for them.",
			"If you would rather go on, raise the cap, or move to a plan that includes more.",
		}
	default:
		x.after = []string{fmt.Sprintf("You need not do anything. At %s calls and texts beyond the allowance stop until a new period begins, unless you raise the cap.", limit)}
	}
	return l.post(ctx, id, to, name, x)
}

// part is how much of something is used, at the beginning of a subject.
func part(percent int) string {
	if percent == 50 {
		return "Half"
	}
	return fmt.Sprintf("%d percent", percent)
}
