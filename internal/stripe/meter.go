package stripe

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// The fields of a meter event's payload, as the meters are told of them.
const (
	payloadCustomer = "stripe_customer_id"
	payloadValue    = "value"
)

// knownEvent is how the message begins with which Stripe refuses an event that it
// has. There is no code for it.
const knownEvent = "An event already exists with identifier"

// Report is described by billing.Payments. What makes it safe to repeat is the
// event's identifier. The idempotency key is a new one each time: with the same one,
// an attempt that failed over there would be answered with its failure for a day.
func (c *Client) Report(ctx context.Context, m billing.MeterEvent) error {
	ctx, x := begin(ctx)
	_, err := c.sdk.V1BillingMeterEvents.Create(ctx, &sdk.BillingMeterEventCreateParams{
		Params: c.fresh(), EventName: sdk.String(meterOf(m.Feature)), Identifier: sdk.String(m.ID),
		Timestamp: sdk.Int64(m.At.Unix()),
		Payload:   map[string]string{payloadCustomer: m.CustomerID, payloadValue: strconv.FormatInt(m.Quantity, 10)},
	})
	if x.status == http.StatusBadRequest && strings.HasPrefix(x.refusal.message, knownEvent) {
		return nil
	}
	if err := x.verdict(err); err != nil {
		return fmt.Errorf("report usage: %w", err)
	}
	return nil
}

// Reported is described by billing.Payments.
func (c *Client) Reported(ctx context.Context, customer string, f plan.Feature, p billing.Period) (map[time.Time]int64, error) {
	meter, err := c.meter(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("find the meter: %w", err)
	}
	days, err := list(ctx, c.sdk.V1BillingMeterEventSummaries.List, &sdk.BillingMeterEventSummaryListParams{
		ListParams: page(), ID: sdk.String(meter.ID), Customer: sdk.String(customer),
		StartTime: sdk.Int64(p.Start.Unix()), EndTime: sdk.Int64(p.End.Unix()), ValueGroupingWindow: sdk.String("day"),
	})
	if err != nil {
		return nil, fmt.Errorf("read what was reported: %w", err)
	}
	sums := map[time.Time]int64{}
	for _, d := range days {
		if n := int64(math.Round(d.AggregatedValue)); n != 0 {
			sums[unix(d.StartTime)] += n
		}
	}
	return sums, nil
}

// meter finds the meter of a feature.
func (c *Client) meter(ctx context.Context, f plan.Feature) (*sdk.BillingMeter, error) {
	all, err := list(ctx, c.sdk.V1BillingMeters.List, &sdk.BillingMeterListParams{
		ListParams: page(), Status: sdk.String(string(sdk.BillingMeterStatusActive)),
	})
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.EventName == meterOf(f) {
			return m, nil
		}
	}
	return nil, fmt.Errorf("stripe: there is no active meter %s: run xswarm setup stripe", meterOf(f))
}

// meterReport is the event with which Stripe says that usage could not be counted.
// It is read without the SDK's types, which link every event that there is.
type meterReport struct {
	sdk.APIResource
	Data struct {
		Summary string `json:"developer_message_summary"`
		Reason  struct {
			ErrorTypes []struct {
				Code         string `json:"code"`
				ErrorCount   int64  `json:"error_count"`
				SampleErrors []struct {
					Request struct {
						Identifier string `json:"identifier"`
					} `json:"request"`
				} `json:"sample_errors"`
			} `json:"error_types"`
		} `json:"reason"`
	} `json:"data"`
}

// MeterErrors is described by billing.Payments.
func (c *Client) MeterErrors(ctx context.Context, eventID string) ([]billing.MeterError, error) {
	if !pathID.MatchString(eventID) {
		return nil, errNoPath
	}
	ctx, x := begin(ctx)
	var report meterReport
	params := &sdk.V2CoreEventRetrieveParams{Params: sdk.Params{Context: ctx}}
	err := c.api.Call(http.MethodGet, sdk.FormatURLPath("/v2/core/events/%s", eventID), c.o.SecretKey, params, &report)
	if err := x.verdict(err); err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	var all []billing.MeterError
	for _, e := range report.Data.Reason.ErrorTypes {
		me := billing.MeterError{Code: plain(e.Code), Message: report.Data.Summary, Count: e.ErrorCount}
		for _, s := range e.SampleErrors {
			if s.Request.Identifier != "" {
				me.Events = append(me.Events, s.Request.Identifier)
			}
		}
		all = append(all, me)
	}
	return all, nil
}
