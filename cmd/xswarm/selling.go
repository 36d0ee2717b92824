package main

import (
	"context"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/stripe"
)

// sell lets the emulated Stripe sell the plans, as `xswarm setup stripe` does the
// real one. The webhook is the sandbox's to set up: it knows its secret.
func (b *sandboxed) sell(ctx context.Context, cfg app.Config) error {
	if b == nil || !b.payments {
		return nil
	}
	_, err := stripe.New(app.StripeOptions(cfg, transport(), b.Clock())).Setup(ctx, stripe.SetupOptions{})
	return err
}

// warnOfPrices says which prices are below what they cost the operator.
func (p *program) warnOfPrices(cfg app.Config) {
	for _, b := range belowCost(cfg) {
		p.log.Warn("a price is below its cost: " + b.Message)
	}
}
