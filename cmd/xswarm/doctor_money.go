package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/stripe"
)

// Money is looked at twice: what the database knows of it, and what Stripe sells.

const (
	reportMayAge = 2 * time.Hour // of usage: it is reported within minutes
	manyAlerts   = 1000
)

// money looks at the alerts, and at usage that is on no bill.
func (x *examination) money(ctx context.Context, s *store.Store) {
	alerts, err := s.Alerts(ctx, false, manyAlerts)
	if err != nil {
		x.bad("money", err.Error(), "Look at the database's own log.")
		return
	}
	if len(alerts) > 0 {
		var kinds []string
		for _, a := range alerts {
			kinds = append(kinds, a.Kind)
		}
		slices.Sort(kinds)
		x.warn("money", fmt.Sprintf("alerts that last: %d (%s)", len(alerts), strings.Join(slices.Compact(kinds), ", ")),
			"Run xswarm billing alerts: each says what is wrong and what to do.")
	} else {
		x.good("money", "no alert lasts")
	}
	if err := x.unbilled(ctx, s); err != nil {
		x.bad("usage", err.Error(), "Look at the database's own log.")
	}
}

// unbilled looks for usage that Stripe refused to count, or has waited to be told of.
func (x *examination) unbilled(ctx context.Context, s *store.Store) error {
	rejected, err := s.MeterEvents(ctx, billing.MeterRejected, "", manyAlerts)
	if err != nil {
		return err
	}
	pending, err := s.MeterEvents(ctx, billing.MeterPending, "", 1)
	if err != nil {
		return err
	}
	waiting, err := s.WaitingUsage(ctx, "", 1)
	if err != nil {
		return err
	}
	oldest := time.Now()
	for _, m := range pending {
		oldest = earliest(oldest, m.CreatedAt)
	}
	for _, w := range waiting {
		oldest = earliest(oldest, w.Oldest)
	}
	late := time.Since(oldest) > reportMayAge
	if len(rejected) > 0 {
		x.warn("usage", fmt.Sprintf("%d reports of usage were refused for good: they are on no bill", len(rejected)),
			"Run xswarm billing alerts for the reasons, mend them, and run xswarm billing repair.")
	}
	if late {
		fix := "Look whether the server runs and reaches Stripe, and at xswarm jobs list: usage that is reported too late is billed a month later."
		if x.cfg.PaymentMode() == app.Off {
			fix = "Set STRIPE_SECRET_KEY: while payments are turned off nothing is reported."
		}
		x.warn("usage", "some waits to be reported since "+oldest.UTC().Format(time.RFC3339), fix)
	}
	if len(rejected) == 0 && !late {
		x.good("usage", "all of it is reported, or will be within minutes")
	}
	return nil
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// payments asks Stripe whether the key is good, and compares what is sold there with
// the plans.
func (x *examination) payments() {
	const name = "payments (Stripe)"
	for _, b := range belowCost(x.cfg) {
		x.warn("prices", b.Message, "Raise the price in package plan, or set UNIT_COSTS to what units cost you.")
	}
	if x.cfg.PaymentMode() != app.Real {
		x.vendor(name, x.cfg.PaymentMode(), "", nil)
		return
	}
	o := webhooks(x.cfg)
	client := stripe.New(app.StripeOptions(x.cfg, x.clocks, time.Now))
	ctx, cancel := context.WithTimeout(x.ctx, 2*lookTime) // a few dozen requests
	defer cancel()
	err := client.Check(ctx, o.WebhookURL)
	x.vendor(name, app.Real, "Set STRIPE_SECRET_KEY to what Stripe's dashboard shows, with xswarm setup stripe run for that account.", func() error { return err })
	steps, derr := client.Drift(ctx, o)
	if derr != nil && err == nil {
		x.bad("catalogue", derr.Error(), "Let the key read products, prices, meters, the portal and webhooks.")
	}
	x.catalogue(steps, errors.Join(err, derr) == nil)
	if len(x.cfg.StripeEvents) == 0 {
		x.warn(name, "STRIPE_EVENTS_SECRET is not set: nobody is told of usage that Stripe could not count",
			"Set STRIPE_EVENTS_SECRET to what xswarm setup stripe prints, or to what Stripe shows of the event destination.")
	}
}

// webhooks says where Stripe is to tell us things, if it can reach this server.
func webhooks(cfg app.Config) (o stripe.SetupOptions) {
	if cfg.Secure() || cfg.StripeBase != "" {
		o.WebhookURL, o.EventsURL = cfg.BaseURL+stripe.WebhookPath, cfg.BaseURL+stripe.EventsPath
	}
	return o
}

// catalogue names what at Stripe is not as the plans say.
func (x *examination) catalogue(steps []stripe.Step, whole bool) {
	for _, s := range steps {
		what, fix := s.What+" differs: "+s.Note, "Run xswarm setup stripe."
		switch s.Outcome {
		case stripe.Made:
			what = s.What + " is missing"
		case stripe.Kept: // setup leaves it alone: its note says what can be done
			fix = "Do what it says after xswarm setup stripe, or leave it if it is meant."
		}
		x.warn("catalogue", what, fix)
	}
	if whole && len(steps) == 0 {
		x.good("catalogue", "what Stripe sells is what the plans say")
	}
}

// belowCost lists the prices that are below what they cost the operator: where units
// really cost, or where it was said what they do.
func belowCost(cfg app.Config) []plan.BelowCost {
	costs, err := plan.ParseCosts(cfg.UnitCosts)
	charged := cfg.PaymentMode() == app.Real && cfg.StripeBase == ""
	if err != nil || cfg.PaymentMode() == app.Off || !charged && cfg.UnitCosts == "" {
		return nil
	}
	return plan.Floor(costs)
}
