package conformance_test

import (
	"context"
	"strconv"

	"github.com/stripe/stripe-go/v85"
)

// listened are the events that the product acts on.
var listened = []string{
	"charge.dispute.closed", "charge.dispute.created", "charge.refunded",
	"checkout.session.async_payment_failed", "checkout.session.async_payment_succeeded", "checkout.session.completed", "checkout.session.expired",
	"customer.deleted", "customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused",
	"customer.subscription.pending_update_applied", "customer.subscription.pending_update_expired", "customer.subscription.resumed",
	"customer.subscription.trial_will_end", "customer.subscription.updated", "customer.updated",
	"invoice.created", "invoice.finalization_failed", "invoice.finalized", "invoice.marked_uncollectible", "invoice.overdue", "invoice.paid",
	"invoice.payment_action_required", "invoice.payment_failed", "invoice.upcoming", "invoice.voided",
	"payment_method.attached", "payment_method.automatically_updated", "payment_method.detached", "radar.early_fraud_warning.created",
}

func callMeters(ctx context.Context, c *stripe.Client) map[string]func() error {
	return map[string]func() error{
		"a meter": func() error {
			return failing(c.V1BillingMeters.Create(ctx, &stripe.BillingMeterCreateParams{
				DisplayName: new("Voice minutes"), EventName: new("voice_minutes"),
				DefaultAggregation: &stripe.BillingMeterCreateDefaultAggregationParams{Formula: new("sum")},
				CustomerMapping:    &stripe.BillingMeterCreateCustomerMappingParams{Type: new("by_id"), EventPayloadKey: new("stripe_customer_id")},
				ValueSettings:      &stripe.BillingMeterCreateValueSettingsParams{EventPayloadKey: new("value")},
			}))
		},
		"all meters": func() error {
			return first(ctx, c.V1BillingMeters.List(ctx, &stripe.BillingMeterListParams{Status: new("active")}))
		},
		"another name of a meter": func() error {
			return failing(c.V1BillingMeters.Update(ctx, "mtr_1", &stripe.BillingMeterUpdateParams{DisplayName: new("Voice minutes")}))
		},
		"use": func() error {
			return failing(c.V1BillingMeterEvents.Create(ctx, &stripe.BillingMeterEventCreateParams{
				EventName: new("voice_minutes"), Identifier: new("voice:CA0123456789abcdef0123456789abcdef"), Timestamp: new(midnight),
				Payload: map[string]string{"stripe_customer_id": "cus_1", "value": strconv.Itoa(12)},
			}))
		},
		"use that was none": func() error {
			return failing(c.V1BillingMeterEventAdjustments.Create(ctx, &stripe.BillingMeterEventAdjustmentCreateParams{
				EventName: new("voice_minutes"), Type: new("cancel"),
				Cancel: &stripe.BillingMeterEventAdjustmentCreateCancelParams{Identifier: new("voice:CA0123456789abcdef0123456789abcdef")},
			}))
		},
		"use a day": func() error {
			return first(ctx, c.V1BillingMeterEventSummaries.List(ctx, &stripe.BillingMeterEventSummaryListParams{
				ID: new("mtr_1"), Customer: new("cus_1"), StartTime: new(midnight - 86400), EndTime: new(midnight), ValueGroupingWindow: new("day"),
			}))
		},
	}
}

func callEvents(ctx context.Context, c *stripe.Client) map[string]func() error {
	const hook = "https://xswarm.example/webhooks/stripe"
	return map[string]func() error{
		"a webhook": func() error {
			return failing(c.V1WebhookEndpoints.Create(ctx, &stripe.WebhookEndpointCreateParams{
				URL: new(hook), APIVersion: new(stripe.APIVersion), EnabledEvents: stripe.StringSlice(listened), Description: new("xSwarm"), Metadata: map[string]string{"app": "xswarm"},
			}))
		},
		"all webhooks": func() error { return first(ctx, c.V1WebhookEndpoints.List(ctx, nil)) },
		"another webhook": func() error {
			return failing(c.V1WebhookEndpoints.Update(ctx, "we_1", &stripe.WebhookEndpointUpdateParams{EnabledEvents: stripe.StringSlice(listened), Disabled: new(false), URL: new(hook)}))
		},
		"no webhook": func() error { return failing(c.V1WebhookEndpoints.Delete(ctx, "we_1", nil)) },
		"what has happened": func() error {
			return first(ctx, c.V1Events.List(ctx, &stripe.EventListParams{
				CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: midnight}, Types: stripe.StringSlice(listened[:20]), ListParams: stripe.ListParams{Limit: new(int64(100))},
			}))
		},
		"an event": func() error { return failing(c.V1Events.Retrieve(ctx, "evt_1", nil)) },
		"a destination": func() error {
			return failing(c.V2CoreEventDestinations.Create(ctx, &stripe.V2CoreEventDestinationCreateParams{
				Name: new("xSwarm"), Type: new("webhook_endpoint"), EventPayload: new("thin"),
				EnabledEvents:   stripe.StringSlice([]string{"v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found"}),
				WebhookEndpoint: &stripe.V2CoreEventDestinationCreateWebhookEndpointParams{URL: new(hook)},
				Include:         stripe.StringSlice([]string{"webhook_endpoint.signing_secret", "webhook_endpoint.url"}),
			}))
		},
		"all destinations": func() error {
			return first(ctx, c.V2CoreEventDestinations.List(ctx, &stripe.V2CoreEventDestinationListParams{Include: []*string{new("webhook_endpoint.url")}, Limit: new(int64(20))}))
		},
		"another destination": func() error {
			return failing(c.V2CoreEventDestinations.Update(ctx, "ed_test_1", &stripe.V2CoreEventDestinationUpdateParams{
				EnabledEvents: stripe.StringSlice([]string{"v1.billing.meter.no_meter_found"}), WebhookEndpoint: &stripe.V2CoreEventDestinationUpdateWebhookEndpointParams{URL: new(hook)},
			}))
		},
		"a thin event": func() error { return failing(c.V2CoreEvents.Retrieve(ctx, "evt_test_1", nil)) },
	}
}
