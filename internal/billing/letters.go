package billing

import (
	"context"
	"time"

	"xswarm.ai/server/internal/plan"
)

// Letters writes the mails of this package. id is the job's, so that a mail can be
// traced to its cause. An error says what should become of the job.
type Letters interface {
	// Owed says that a payment failed: what is owed can be paid at url until a moment,
	// in the person's words, after which the paid features stop.
	Owed(ctx context.Context, id, to, name string, tier plan.Tier, url, until string) error
	// OwedReminder says it again while it is not paid.
	OwedReminder(ctx context.Context, id, to, name string, tier plan.Tier, url, until string) error
	// OnHold says that the paid features have stopped.
	OnHold(ctx context.Context, id, to, name string, tier plan.Tier, url string) error
	// Restored says that what was owed is paid.
	Restored(ctx context.Context, id, to, name string, tier plan.Tier) error
	// ConfirmPayment says that a bank wants the person to confirm a payment, at url.
	ConfirmPayment(ctx context.Context, id, to, name, url string) error
	// TrialEnds says when a trial ends and what it costs from then on.
	TrialEnds(ctx context.Context, id, to, name string, tier plan.Tier, when string) error
	// Allowance says that so many percent of an allowance are used, and what comes
	// after it: overage, which costs the unit price, or the end.
	Allowance(ctx context.Context, id, to, name string, f plan.Feature, percent int, used, included int64, overage bool) error
	// Cap says that so many percent of the spending cap are reached.
	Cap(ctx context.Context, id, to, name string, percent int, cost, limit plan.MicroDollars, soft bool) error
	// Welcome says that a plan has begun.
	Welcome(ctx context.Context, id, to, name string, tier plan.Tier) error
	// Moved says that a plan was changed, or will be at a moment ("" for now).
	Moved(ctx context.Context, id, to, name string, from, tier plan.Tier, when string) error
	// Ended says that a subscription is over.
	Ended(ctx context.Context, id, to, name string, tier plan.Tier) error
	// Alert tells the operator what is wrong with the money.
	Alert(ctx context.Context, id, to, message string) error
}

// day is how a moment is put into a letter, in a person's zone.
func day(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Monday, 2 January, 15:04")
}
