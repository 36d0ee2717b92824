package stripe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
)

// kind is an event that we act on.
type kind struct {
	name  string
	about billing.Subject
}

// kinds are the events that we act on
// (https://docs.stripe.com/api/events/types). Those that are not here are not asked
// for, and ignored where they come by themselves.
func kinds() []kind {
	return []kind{
		{"checkout.session.completed", billing.AboutCheckout},
		{"checkout.session.async_payment_succeeded", billing.AboutCheckout},
		{"checkout.session.async_payment_failed", billing.AboutCheckout},
		{"checkout.session.expired", billing.AboutCheckout},
		{"customer.deleted", billing.AboutCustomer},
		{"customer.subscription.created", billing.AboutCustomer},
		{"customer.subscription.updated", billing.AboutCustomer},
		{"customer.subscription.deleted", billing.AboutCustomer},
		{"customer.subscription.paused", billing.AboutCustomer},
		{"customer.subscription.resumed", billing.AboutCustomer},
		{"customer.subscription.pending_update_applied", billing.AboutCustomer},
		{"customer.subscription.pending_update_expired", billing.AboutCustomer},
		{"customer.subscription.trial_will_end", billing.AboutTrial},
		{"subscription_schedule.created", billing.AboutCustomer},
		{"subscription_schedule.updated", billing.AboutCustomer},
		{"subscription_schedule.released", billing.AboutCustomer},
		{"subscription_schedule.completed", billing.AboutCustomer},
		{"subscription_schedule.canceled", billing.AboutCustomer},
		{"invoice.created", billing.AboutInvoice},
		{"invoice.finalized", billing.AboutInvoice},
		{"invoice.finalization_failed", billing.AboutInvoice},
		{"invoice.paid", billing.AboutInvoice},
		{"invoice.payment_failed", billing.AboutInvoice},
		{"invoice.payment_action_required", billing.AboutConfirmation},
		{"invoice.voided", billing.AboutInvoice},
		{"invoice.marked_uncollectible", billing.AboutInvoice},
		{"charge.refunded", billing.AboutRefund},
		{"charge.dispute.created", billing.AboutDispute},
		{"charge.dispute.closed", billing.AboutDispute},
	}
}

// thinKinds are those that only name what they are about, and come to EventsPath.
func thinKinds() []kind {
	return []kind{
		{"v1.billing.meter.error_report_triggered", billing.AboutMeter},
		{"v1.billing.meter.no_meter_found", billing.AboutMeter},
	}
}

func names(list []kind) []string {
	var all []string
	for _, k := range list {
		all = append(all, k.name)
	}
	return all
}

// About is described by billing.Payments.
func (c *Client) About(name string) billing.Subject {
	for _, k := range append(kinds(), thinKinds()...) {
		if k.name == name {
			return k.about
		}
	}
	return billing.AboutNothing
}

// mostTypes is how many types of events Stripe lists in one go.
const mostTypes = 20

// eventsPage is how many events are asked for at once. Each has a whole object in it,
// which is many times as large when it is read: a hundred are more than an instance of
// a Worker has room for.
const eventsPage = 20

// Events is described by billing.Payments. Stripe keeps events for 30 days. Those
// that only name their object are not listed here: what they tell of shows when usage
// is compared.
func (c *Client) Events(ctx context.Context, since time.Time) ([]billing.Event, error) {
	var all []billing.Event
	for types := range slices.Chunk(names(kinds()), mostTypes) {
		params := &sdk.EventListParams{
			ListParams: page(), Types: sdk.StringSlice(types), CreatedRange: &sdk.RangeQueryParams{GreaterThanOrEqual: since.Unix()},
		}
		params.Limit = sdk.Int64(eventsPage)
		err := each(ctx, c.sdk.V1Events.List, params, func(e *sdk.Event) error {
			b, err := eventOf(e)
			all = append(all, b)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read the events: %w", err)
		}
	}
	slices.SortStableFunc(all, func(a, b billing.Event) int {
		return cmp.Or(a.HappenedAt.Compare(b.HappenedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// eventOf reads an event of a list as one that was delivered is read.
func eventOf(e *sdk.Event) (billing.Event, error) {
	if e.LastResponse == nil {
		return billing.Event{}, errNoID
	}
	s, err := readSnapshot(e.LastResponse.RawJSON)
	if err != nil {
		return billing.Event{}, err
	}
	return s.event(e.LastResponse.RawJSON), nil
}
