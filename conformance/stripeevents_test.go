package conformance_test

// listened are the events that the product acts on.
var listened = []string{
	"charge.dispute.closed", "charge.dispute.created", "charge.refunded",
	"checkout.session.async_payment_failed", "checkout.session.async_payment_succeeded", "checkout.session.completed", "checkout.session.expired",
	"customer.deleted", "customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused",
	"customer.subscription.pending_update_applied", "customer.subscription.pending_update_expired", "customer.subscription.resumed",
	"customer.subscription.trial_will_end", "customer.subscription.updated",
	"invoice.created", "invoice.finalization_failed", "invoice.finalized", "invoice.marked_uncollectible", "invoice.paid",
	"invoice.payment_action_required", "invoice.payment_failed", "invoice.voided",
	"subscription_schedule.canceled", "subscription_schedule.completed", "subscription_schedule.created",
	"subscription_schedule.released", "subscription_schedule.updated",
}
