package stripe

import (
	"context"
	"fmt"
	"slices"
)

// SetupOptions says what Setup is to do.
type SetupOptions struct {
	// WebhookURL and EventsURL are where Stripe is to tell us things: our public address
	// with WebhookPath and EventsPath. "" leaves them out: Stripe cannot reach a machine
	// that is not public.
	WebhookURL string
	EventsURL  string
	// Force makes every price anew. The old ones are archived: nobody buys at them any
	// more, and who has bought goes on paying them.
	Force bool
	// Migrate moves whoever pays an archived price to the one in its place.
	Migrate bool
	// DryRun changes nothing, and says what would be done.
	DryRun bool
}

// Outcome is what Setup did about one thing.
type Outcome string

// The outcomes.
const (
	Found   Outcome = "found"   // it is there, as it should be
	Made    Outcome = "made"    // it was not there
	Changed Outcome = "changed" // it was there and differed
	Kept    Outcome = "kept"    // it is there, differs, and was left as it is: see the note
)

// Step is one thing that Setup looked after.
type Step struct {
	What    string // "price xswarm_ai_secretary_monthly"
	Outcome Outcome
	ID      string // Stripe's; "" for what was not made
	Note    string // how it differs, and what to do about it
}

// SetupReport is what Setup did. The secrets are those of what was made: Stripe tells
// them once. They are to be shown to the operator, and to nobody else.
type SetupReport struct {
	Steps         []Step
	WebhookSecret string
	EventSecret   string
}

// Setup makes the account sell the plans, or sees to it that it does: the meters, the
// products and prices, the portal and the webhooks, all as the plan package and this
// one say. It may be run any number of times. When it fails, what it has done is in
// the report, and the next run goes on from there.
func (c *Client) Setup(ctx context.Context, o SetupOptions) (SetupReport, error) {
	s := &setup{c: c, o: o, meters: map[string]string{}, current: map[string]string{}, archived: map[string]string{}}
	for _, do := range []func(context.Context) error{s.allMeters, s.allProducts, s.allPrices, s.migrate, s.portal, s.webhook, s.destination} {
		if err := do(ctx); err != nil {
			return s.report, fmt.Errorf("set up stripe: %w", err)
		}
	}
	return s.report, nil
}

// Drift returns what at Stripe is not as it should be. It changes nothing.
func (c *Client) Drift(ctx context.Context, o SetupOptions) ([]Step, error) {
	o.DryRun, o.Force, o.Migrate = true, false, false
	r, err := c.Setup(ctx, o)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(r.Steps, func(s Step) bool { return s.Outcome == Found }), nil
}

// setup is a run of Setup.
type setup struct {
	c        *Client
	o        SetupOptions
	report   SetupReport
	meters   map[string]string // ids, by the names of their events
	current  map[string]string // prices, by their lookup keys
	archived map[string]string // lookup keys, by the prices that had them
}

// add notes a step that needs nothing done.
func (s *setup) add(what string, outcome Outcome, id, note string) {
	s.report.Steps = append(s.report.Steps, Step{what, outcome, id, note})
}

// do does a step, unless nothing is to be changed, and notes it.
func (s *setup) do(st Step, f func() (id string, err error)) error {
	if !s.o.DryRun {
		id, err := f()
		if err != nil {
			return fmt.Errorf("%s: %w", st.What, err)
		}
		st.ID = id
	}
	s.report.Steps = append(s.report.Steps, st)
	return nil
}

// missing returns the notes that are not on something, or say something else there.
func missing(have, want map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return true
		}
	}
	return false
}
