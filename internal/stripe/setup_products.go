package stripe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// allMeters sees to the meters. Stripe lets nothing about a meter be changed but what
// it is called on its pages.
func (s *setup) allMeters(ctx context.Context) error {
	all, err := list(ctx, s.c.sdk.V1BillingMeters.List, &sdk.BillingMeterListParams{ListParams: page()})
	if err != nil {
		return fmt.Errorf("list the meters: %w", err)
	}
	for _, f := range plan.Features {
		if !metered(f) {
			continue
		}
		if err := s.oneMeter(ctx, f, usable(all, meterOf(f))); err != nil {
			return err
		}
	}
	return nil
}

// usable finds the meter of a name: the active one, of which there is one at most, or
// else one that would do if it were.
func usable(all []*sdk.BillingMeter, name string) *sdk.BillingMeter {
	var idle *sdk.BillingMeter
	for _, m := range all {
		switch {
		case m.EventName != name:
		case m.Status == sdk.BillingMeterStatusActive:
			return m
		case len(meterDiffers(m)) == 0:
			idle = m
		}
	}
	return idle
}

func (s *setup) oneMeter(ctx context.Context, f plan.Feature, is *sdk.BillingMeter) error {
	what, name := "meter "+meterOf(f), capitalized(f.Words())
	if is == nil {
		return s.do(Step{What: what, Outcome: Made}, func() (string, error) {
			made, err := call(ctx, s.c.sdk.V1BillingMeters.Create, s.c.newMeter(f, name))
			if err != nil {
				return "", err
			}
			s.meters[meterOf(f)] = made.ID
			return made.ID, nil
		})
	}
	s.meters[meterOf(f)] = is.ID
	if differs := meterDiffers(is); len(differs) > 0 {
		s.add(what, Kept, is.ID, "it differs in "+strings.Join(differs, ", ")+
			", which Stripe does not let be changed: deactivate it there and run setup with --force")
		return nil
	}
	if is.Status != sdk.BillingMeterStatusActive {
		return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: "it was deactivated"}, func() (string, error) {
			_, err := callOn(ctx, s.c.sdk.V1BillingMeters.Reactivate, is.ID, &sdk.BillingMeterReactivateParams{Params: s.c.fresh()})
			return is.ID, err
		})
	}
	if is.DisplayName != name {
		return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: "its name"}, func() (string, error) {
			_, err := callOn(ctx, s.c.sdk.V1BillingMeters.Update, is.ID, &sdk.BillingMeterUpdateParams{Params: s.c.fresh(), DisplayName: sdk.String(name)})
			return is.ID, err
		})
	}
	s.add(what, Found, is.ID, "")
	return nil
}

func (c *Client) newMeter(f plan.Feature, name string) *sdk.BillingMeterCreateParams {
	return &sdk.BillingMeterCreateParams{
		Params: c.fresh(), DisplayName: sdk.String(name), EventName: sdk.String(meterOf(f)),
		DefaultAggregation: &sdk.BillingMeterCreateDefaultAggregationParams{Formula: sdk.String("sum")},
		CustomerMapping:    &sdk.BillingMeterCreateCustomerMappingParams{Type: sdk.String("by_id"), EventPayloadKey: sdk.String(payloadCustomer)},
		ValueSettings:      &sdk.BillingMeterCreateValueSettingsParams{EventPayloadKey: sdk.String(payloadValue)},
	}
}

func meterDiffers(m *sdk.BillingMeter) []string {
	var differs []string
	if m.DefaultAggregation == nil || m.DefaultAggregation.Formula != sdk.BillingMeterDefaultAggregationFormulaSum {
		differs = append(differs, "how it adds up")
	}
	if m.CustomerMapping == nil || m.CustomerMapping.EventPayloadKey != payloadCustomer {
		differs = append(differs, "how it finds the customer")
	}
	if m.ValueSettings == nil || m.ValueSettings.EventPayloadKey != payloadValue {
		differs = append(differs, "how it finds the value")
	}
	return differs
}

// allProducts sees to the products.
func (s *setup) allProducts(ctx context.Context) error {
	for _, want := range products() {
		is, err := callOn(ctx, s.c.sdk.V1Products.Retrieve, want.id, &sdk.ProductRetrieveParams{})
		if errors.Is(err, billing.ErrNoSuch) {
			is, err = nil, nil
		}
		if err != nil {
			return fmt.Errorf("read a product: %w", err)
		}
		if err := s.oneProduct(ctx, want, is); err != nil {
			return err
		}
	}
	return nil
}

func (s *setup) oneProduct(ctx context.Context, want product, is *sdk.Product) error {
	what := "product " + want.id
	if is == nil {
		return s.do(Step{What: what, Outcome: Made}, func() (string, error) {
			params := &sdk.ProductCreateParams{Params: s.c.fresh(), ID: sdk.String(want.id), Name: sdk.String(want.name), Metadata: want.notes}
			if want.description != "" {
				params.Description = sdk.String(want.description)
			}
			made, err := call(ctx, s.c.sdk.V1Products.Create, params)
			if err != nil {
				return "", err
			}
			return made.ID, nil
		})
	}
	if is.Active && is.Name == want.name && is.Description == want.description && !missing(is.Metadata, want.notes) {
		s.add(what, Found, is.ID, "")
		return nil
	}
	return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: "its name, its description or what is noted on it"}, func() (string, error) {
		_, err := callOn(ctx, s.c.sdk.V1Products.Update, is.ID, &sdk.ProductUpdateParams{
			Params: s.c.fresh(), Active: sdk.Bool(true), Name: sdk.String(want.name), Description: sdk.String(want.description), Metadata: want.notes,
		})
		return is.ID, err
	})
}
