package stripe

import (
	"context"
	"errors"
	"fmt"
	"slices"

	sdk "github.com/stripe/stripe-go/v85"
)

// tellSecret is what to say of what events are signed with.
const tellSecret = "its secret is told only now"

// webhook sees to the endpoint for events that carry their object.
func (s *setup) webhook(ctx context.Context) error {
	if s.o.WebhookURL == "" {
		return nil
	}
	is, err := s.c.endpoint(ctx, s.o.WebhookURL)
	if err != nil {
		return fmt.Errorf("list the webhook endpoints: %w", err)
	}
	what := "webhook endpoint " + s.o.WebhookURL
	switch {
	case is == nil:
		return s.do(Step{What: what, Outcome: Made, Note: tellSecret}, func() (string, error) { return s.makeEndpoint(ctx) })
	case is.APIVersion != sdk.APIVersion && s.o.Force:
		return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: "it sent another version of the API, and is made anew; " + tellSecret}, func() (string, error) {
			id, err := s.makeEndpoint(ctx) // first, so that nothing is missed
			if err != nil {
				return "", err
			}
			_, err = callOn(ctx, s.c.sdk.V1WebhookEndpoints.Delete, is.ID, &sdk.WebhookEndpointDeleteParams{Params: s.c.fresh()})
			return id, err
		})
	case is.Status != "enabled" || !covers(is.EnabledEvents, kinds()):
		return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: "its events, or that it was disabled"}, func() (string, error) {
			_, err := callOn(ctx, s.c.sdk.V1WebhookEndpoints.Update, is.ID, &sdk.WebhookEndpointUpdateParams{
				Params: s.c.fresh(), EnabledEvents: sdk.StringSlice(names(kinds())), Disabled: sdk.Bool(false),
			})
			return is.ID, err
		})
	case is.APIVersion != sdk.APIVersion:
		s.add(what, Kept, is.ID, "it sends version "+plain(is.APIVersion)+" of the API, not "+sdk.APIVersion+": run setup with --force to make it anew")
		return nil
	}
	s.add(what, Found, is.ID, "")
	return nil
}

// endpoint finds the webhook endpoint with an address; nil if there is none.
func (c *Client) endpoint(ctx context.Context, address string) (*sdk.WebhookEndpoint, error) {
	all, err := list(ctx, c.sdk.V1WebhookEndpoints.List, &sdk.WebhookEndpointListParams{ListParams: page()})
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if e.URL == address {
			return e, nil
		}
	}
	return nil, nil
}

func (s *setup) makeEndpoint(ctx context.Context) (string, error) {
	made, err := call(ctx, s.c.sdk.V1WebhookEndpoints.Create, &sdk.WebhookEndpointCreateParams{
		Params: s.c.fresh(), URL: sdk.String(s.o.WebhookURL), EnabledEvents: sdk.StringSlice(names(kinds())),
		APIVersion: sdk.String(sdk.APIVersion), Description: sdk.String("xSwarm"), Metadata: map[string]string{noteKey: ours + "webhook"},
	})
	if err != nil {
		return "", err
	}
	s.report.WebhookSecret = made.Secret
	return made.ID, nil
}

// covers reports whether a list of events has all of these.
func covers(enabled []string, list []kind) bool {
	if slices.Contains(enabled, "*") {
		return true
	}
	for _, k := range list {
		if !slices.Contains(enabled, k.name) {
			return false
		}
	}
	return true
}

// destination sees to where the events go that only name what they are about. The
// first version of the API does not know them.
func (s *setup) destination(ctx context.Context) error {
	if s.o.EventsURL == "" {
		return nil
	}
	is, err := s.c.destination(ctx, s.o.EventsURL)
	if err != nil {
		return fmt.Errorf("list the event destinations: %w", err)
	}
	what := "event destination " + s.o.EventsURL
	switch {
	case is == nil:
		return s.do(Step{What: what, Outcome: Made, Note: tellSecret}, func() (string, error) { return s.makeDestination(ctx) })
	case is.EventPayload != sdk.V2CoreEventDestinationEventPayloadThin:
		s.add(what, Kept, is.ID, "it sends whole events: delete it at Stripe and run setup again")
		return nil
	case !covers(is.EnabledEvents, thinKinds()):
		return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: "its events"}, func() (string, error) {
			_, err := callOn(ctx, s.c.sdk.V2CoreEventDestinations.Update, is.ID, &sdk.V2CoreEventDestinationUpdateParams{
				Params: s.c.fresh(), EnabledEvents: sdk.StringSlice(names(thinKinds())),
			})
			return is.ID, err
		})
	case is.Status != sdk.V2CoreEventDestinationStatusEnabled:
		return s.do(Step{What: what, Outcome: Changed, ID: is.ID, Note: "it was disabled"}, func() (string, error) {
			_, err := callOn(ctx, s.c.sdk.V2CoreEventDestinations.Enable, is.ID, &sdk.V2CoreEventDestinationEnableParams{Params: s.c.fresh()})
			return is.ID, err
		})
	}
	s.add(what, Found, is.ID, "")
	return nil
}

// destination finds the event destination with an address; nil if there is none.
func (c *Client) destination(ctx context.Context, address string) (*sdk.V2CoreEventDestination, error) {
	ctx, x := begin(ctx)
	all := c.sdk.V2CoreEventDestinations.List(ctx, &sdk.V2CoreEventDestinationListParams{
		Include: sdk.StringSlice([]string{"webhook_endpoint.url"}), Limit: sdk.Int64(pageSize),
	})
	for d, err := range all.All(ctx) {
		if err != nil {
			return nil, x.verdict(err)
		}
		if d.WebhookEndpoint != nil && d.WebhookEndpoint.URL == address {
			return d, nil
		}
	}
	return nil, nil
}

func (s *setup) makeDestination(ctx context.Context) (string, error) {
	made, err := call(ctx, s.c.sdk.V2CoreEventDestinations.Create, &sdk.V2CoreEventDestinationCreateParams{
		Params: s.c.fresh(), Name: sdk.String("xSwarm"), Description: sdk.String("Usage that could not be counted"),
		Type: sdk.String("webhook_endpoint"), EventPayload: sdk.String("thin"), EnabledEvents: sdk.StringSlice(names(thinKinds())),
		WebhookEndpoint: &sdk.V2CoreEventDestinationCreateWebhookEndpointParams{URL: sdk.String(s.o.EventsURL)},
		Metadata:        map[string]string{noteKey: ours + "events"},
		Include:         sdk.StringSlice([]string{"webhook_endpoint.signing_secret", "webhook_endpoint.url"}),
	})
	if err != nil {
		return "", err
	}
	if made.WebhookEndpoint == nil || made.WebhookEndpoint.SigningSecret == "" {
		return made.ID, errors.New("stripe: it was made, and its secret was not told: look it up at Stripe")
	}
	s.report.EventSecret = made.WebhookEndpoint.SigningSecret
	return made.ID, nil
}
