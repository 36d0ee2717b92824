package mail

import (
	"context"
	"fmt"
	"strings"

	"xswarm.ai/server/internal/plan"
)

// Welcome tells somebody that their plan has begun, and what to do first.
func (l *Letters) Welcome(ctx context.Context, id, to, name string, tier plan.Tier) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "plan_welcome",
		subject: "Welcome to " + tier.Name(),
		lead:    "Thank you: " + tier.Name() + " has begun.",
		button:  link{"Go to your account", l.at("/app")},
		after: append(brings(tier),
			"Your assistant gets a number of its own without your doing. Add your own phone on your account page, so that it knows you, and text it.",
			"You can change or cancel your plan whenever you like; it holds to the end of what is paid for.",
		),
		more: []link{l.plans("Your plan and your bills")},
	})
}

// Moved tells somebody that their plan was changed, or will be at a moment in their
// words.
func (l *Letters) Moved(ctx context.Context, id, to, name string, from, tier plan.Tier, when string) error {
	x := letter{
		kind:    "plan_moved",
		subject: "You are on " + tier.Name() + " now",
		lead:    "Your plan is now " + tier.Name() + ". Before, it was " + from.Name() + ".",
		button:  l.plans("See your plan"),
		after:   append(costs(tier), brings(tier)...),
	}
	if when != "" {
		x.subject = "Your plan will change to " + tier.Name()
		x.lead = "On " + when + " your plan changes from " + from.Name() + " to " + tier.Name() + "."
		x.after = append(x.after, "Until then everything stays as it is. If you would rather keep "+from.Name()+", say so on your billing page before then.")
	}
	return l.post(ctx, id, to, name, x)
}

// Ended tells somebody that their subscription is over.
func (l *Letters) Ended(ctx context.Context, id, to, name string, tier plan.Tier) error {
	free, _ := plan.Of(plan.Buddy)
	return l.post(ctx, id, to, name, letter{
		kind:    "plan_ended",
		subject: "Your subscription to " + tier.Name() + " has ended",
		lead:    "Your subscription to " + tier.Name() + " is over, and it is not renewed.",
		button:  l.plans("Choose a plan again"),
		after: []string{
			"Without another plan you are on " + free.Name + ": your tasks and what you asked to be remembered are there, with memory " + free.Retention() + ", and reminders come by mail.",
			keptNumbers(),
			"What was used beyond the allowance may still come on a last bill.",
			"If that is what you wanted, you need not do anything. Thank you for having been here.",
		},
	})
}

// keptNumbers says what becomes of numbers without a plan that includes them.
func keptNumbers() string {
	return fmt.Sprintf("The assistant's numbers are kept for %d days after a plan has stopped. Then they are given up, and cannot be had again.", plan.NumberDays)
}

// TrialEnds tells somebody when their trial ends and what follows.
func (l *Letters) TrialEnds(ctx context.Context, id, to, name string, tier plan.Tier, when string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "trial_ends",
		subject: "Your trial of " + tier.Name() + " ends soon",
		lead:    "Your trial of " + tier.Name() + " ends on " + when + ".",
		button:  l.plans("See or cancel your plan"),
		after: append(costs(tier),
			"If you like it, you need not do anything: from then on your card is charged every month. If you gave no card, nothing is charged and the plan stops.",
			"If you do not want it, cancel before then and nothing is charged.",
		),
	})
}

// costs says what a plan costs.
func costs(tier plan.Tier) []string {
	p, _ := plan.Of(tier)
	if p.Custom {
		return []string{p.Name + " costs what was agreed with you."}
	}
	return []string{fmt.Sprintf("%s costs %s a month.", p.Name, p.Price)}
}

// brings says what a plan includes, and what more costs; nothing of one that
// includes nothing to be counted.
func brings(tier plan.Tier) []string {
	p, _ := plan.Of(tier)
	var list []string
	for _, f := range plan.Features {
		if p.Included[f] != 0 {
			list = append(list, several(f, p.Included[f]))
		}
	}
	if len(list) == 0 {
		return nil
	}
	said := "It includes " + strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1] + " each month."
	if p.Overage {
		said += fmt.Sprintf(" What goes beyond that is charged once the plan is paid for: %s a minute and %s a text, up to a spending cap that you choose.",
			plan.UnitPrices[plan.VoiceMinutes], plan.UnitPrices[plan.SMSMessages])
	}
	return []string{said}
}

// several writes so many of a feature.
func several(f plan.Feature, n int64) string {
	switch n {
	case plan.Unlimited:
		return "unlimited " + f.Words()
	case 1:
		return "1 " + f.One()
	}
	return fmt.Sprintf("%d %s", n, f.Words())
}
