package mail

import (
	"context"
	"net/url"
	"strings"

	"xswarm.ai/server/internal/plan"
)

// Owed tells somebody that a payment failed, and until when their plan holds.
func (l *Letters) Owed(ctx context.Context, id, to, name string, tier plan.Tier, url, until string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "payment_owed",
		subject: "Your payment for " + tier.Name() + " failed",
		lead:    "We could not collect the payment for " + tier.Name() + ". Nothing is lost yet.",
		button:  link{"Pay, or change your card", l.payable(url)},
		after: []string{
			"Cards expire, and banks refuse for many reasons. Your plan goes on until " + until + ", but nothing beyond its allowance can be used before the bill is paid.",
			"If it is not paid by then, calls and texts stop. Your tasks and what you asked to be remembered stay, and reminders come by mail.",
		},
	})
}

// OwedReminder tells them again while it is not paid.
func (l *Letters) OwedReminder(ctx context.Context, id, to, name string, tier plan.Tier, url, until string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "payment_reminder",
		subject: "Your payment for " + tier.Name() + " is still open",
		lead:    "The payment for " + tier.Name() + " has not come through yet.",
		button:  link{"Pay, or change your card", l.payable(url)},
		after: []string{
			"Your plan goes on until " + until + ". Then calls and texts stop until the bill is paid.",
			"If you have paid in the meantime, you need not do anything: it can take a moment to arrive here.",
		},
	})
}

// OnHold tells them that the paid features have stopped.
func (l *Letters) OnHold(ctx context.Context, id, to, name string, tier plan.Tier, url string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "payment_on_hold",
		subject: tier.Name() + " is on hold",
		lead:    "The payment for " + tier.Name() + " is still open, so its calls and texts have stopped.",
		button:  link{"Pay, and go on", l.payable(url)},
		after: []string{
			"As soon as the bill is paid, everything goes on as before.",
			"Your tasks and what you asked to be remembered stay, and reminders come by mail.",
			keptNumbers(),
			"If it is never paid, the subscription ends.",
		},
	})
}

// Restored thanks them when what was owed is paid.
func (l *Letters) Restored(ctx context.Context, id, to, name string, tier plan.Tier) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "payment_restored",
		subject: "Thank you: your payment has arrived",
		lead:    "What was open for " + tier.Name() + " is paid, and everything goes on as before.",
		button:  l.plans("See your plan"),
		after:   []string{"You need not do anything."},
	})
}

// ConfirmPayment asks somebody to confirm a payment, since their bank wants it.
func (l *Letters) ConfirmPayment(ctx context.Context, id, to, name, url string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "payment_confirm",
		subject: "Your bank asks you to confirm a payment",
		lead:    "Your bank wants you to confirm the payment for your plan yourself.",
		button:  link{"Confirm the payment", l.payable(url)},
		after: []string{
			"The button leads to our payment provider, and from there to your bank. It takes a minute.",
			"If you do not confirm it, the payment fails, and after a few days your plan is put on hold.",
			"If you would rather not follow a link in a mail about money, sign in and find the bill on your billing page.",
		},
		more: []link{l.plans("Your billing page")},
	})
}

// Alert tells the operator that something is wrong with the money. It has no button:
// what is to be done is in the message.
func (l *Letters) Alert(ctx context.Context, id, to, message string) error {
	return l.post(ctx, id, to, "", letter{
		kind:    "billing_alert",
		subject: "xSwarm: something about payments needs you",
		lead:    "Something about payments needs a person.",
		quote:   oneLine(message, maxAlert),
		after: []string{
			"xswarm billing alerts lists everything that is open, and xswarm billing resolve ends what you have dealt with.",
			"This is mailed once, however long it lasts.",
		},
	})
}

// maxAlert is how much of an alert is mailed; the command line shows all of it.
const maxAlert = 2000

// plans leads to the page where plan, cap, card and bills are looked after.
func (l *Letters) plans(label string) link { return link{label, l.at("/app/billing")} }

// payable returns where a bill can be paid: an address of the payment provider's or
// of our own, or the billing page where that is none.
func (l *Letters) payable(address string) string {
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(address, " \"<>\\") {
		return l.at("/app/billing")
	}
	return address
}
