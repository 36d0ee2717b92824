package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/stripe"
)

// setupCmd prepares the vendors' accounts.
type setupCmd struct {
	Stripe setupStripe `cmd:"" help:"Make Stripe sell the plans: products, prices, meters, portal and webhooks. It may be run again and again."`
}

type setupStripe struct {
	Live    bool `help:"The key is a live one: real money."`
	Force   bool `help:"Archive every price and make it anew. Subscribers go on paying the old ones."`
	Migrate bool `help:"Move subscribers of archived prices to those in their place."`
	DryRun  bool `help:"Change nothing, and say what would be done."`
}

// Run sets Stripe up.
func (c setupStripe) Run(p *program) error {
	cfg, err := stripeConfig(p)
	if err != nil {
		return err
	}
	if err := c.fits(cfg); err != nil {
		return err
	}
	o := webhooks(cfg)
	o.Force, o.Migrate, o.DryRun = c.Force, c.Migrate, c.DryRun
	r, err := stripe.New(app.StripeOptions(cfg, transport(), time.Now)).Setup(p.ctx, o)
	if werr := printSteps(p.stdout, r.Steps); err == nil {
		err = werr
	}
	if o.WebhookURL == "" {
		fmt.Fprintln(p.stdout, "\nNo webhook was looked at: BASE_URL is not public. Set it, or let Stripe's own command line forward events.")
	}
	if r.WebhookSecret != "" {
		fmt.Fprintf(p.stdout, "\nStripe shows these once. Put them into the server's configuration and start it again:\n  STRIPE_WEBHOOK_SECRET=%s\n", r.WebhookSecret)
	}
	if r.EventSecret != "" {
		fmt.Fprintf(p.stdout, "  STRIPE_EVENTS_SECRET=%s\n", r.EventSecret)
	}
	return err
}

// stripeConfig is the configuration with Stripe's key. What is made by the set-up
// need not be there yet.
func stripeConfig(p *program) (app.Config, error) {
	cfg, err := app.ConfigFrom(func(name string) string {
		v := p.getenv(name)
		if name == "STRIPE_WEBHOOK_SECRET" && v == "" && p.getenv("STRIPE_SECRET_KEY") != "" {
			return "whsec_to_be_made"
		}
		return v
	})
	if err != nil {
		return cfg, err
	}
	switch cfg.PaymentMode() {
	case app.Off:
		return cfg, errors.New("STRIPE_SECRET_KEY is off: there is nothing to set up")
	case app.Sandbox:
		return cfg, errors.New("STRIPE_SECRET_KEY is not set: the sandbox is set up by itself when the server starts")
	}
	return cfg, nil
}

// fits refuses a key of the other of Stripe's two worlds than was meant.
func (c setupStripe) fits(cfg app.Config) error {
	switch live := stripe.Mode(string(cfg.StripeKey)) == stripe.ModeLive; {
	case live && !c.Live:
		return errors.New("STRIPE_SECRET_KEY is a live key: say --live if real money is meant, or use a test key (sk_test_…)")
	case !live && c.Live:
		return errors.New("--live needs a live key (sk_live_…): STRIPE_SECRET_KEY is a test key")
	}
	return nil
}

func printSteps(out io.Writer, steps []stripe.Step) error {
	return table(out, "WHAT\tOUTCOME\tID\tNOTE", func(w io.Writer) {
		for _, s := range steps {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.What, s.Outcome, s.ID, s.Note)
		}
	})
}
