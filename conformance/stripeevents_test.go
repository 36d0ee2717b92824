package conformance_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// listened are the events that the product acts on.
var listened = []string{
	"charge.dispute.closed", "charge.dispute.created", "charge.refunded", "checkout.session.async_payment_failed",
	"checkout.session.async_payment_succeeded", "checkout.session.completed", "checkout.session.expired", "customer.deleted",
	"customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused",
	"customer.subscription.pending_update_applied", "customer.subscription.pending_update_expired",
	"customer.subscription.resumed", "customer.subscription.trial_will_end", "customer.subscription.updated",
	"invoice.created", "invoice.finalization_failed", "invoice.finalized", "invoice.marked_uncollectible", "invoice.paid",
	"invoice.payment_action_required", "invoice.payment_failed", "invoice.voided", "subscription_schedule.canceled",
	"subscription_schedule.completed", "subscription_schedule.created", "subscription_schedule.released",
	"subscription_schedule.updated",
}

func TestTheAdapterListensToTheseEventsAndNoOthers(t *testing.T) {
	w := newWorld(t)
	w.setUp()
	want := map[string]bool{}
	for _, name := range listened {
		want[name] = true
	}
	made := 0
	for _, x := range w.asked() {
		if x.Path != "/v1/webhook_endpoints" || x.Method != "POST" {
			continue
		}
		made++
		form, err := url.ParseQuery(string(x.Request.Body))
		if err != nil {
			t.Fatal(err)
		}
		asked := map[string]bool{}
		for name, values := range form {
			if strings.HasPrefix(name, "enabled_events[") {
				asked[values[0]] = true
			}
		}
		differ(t, "is asked for and not in the list", asked, want)
		differ(t, "is in the list and not asked for", want, asked)
	}
	if made == 0 || !slices.IsSorted(listened) {
		t.Errorf("the adapter made %d webhooks, and the list is sorted: %v", made, slices.IsSorted(listened))
	}
}
