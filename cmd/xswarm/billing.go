package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/billing"
)

// billingCmd looks after the money (docs/stripe-payments.md).
type billingCmd struct {
	Events  billingEvents  `cmd:"" help:"List what the payment provider told us, newest first."`
	Show    billingShow    `cmd:"" help:"Show one event, as it came."`
	Replay  billingReplay  `cmd:"" help:"Act on an event again: what it is about is read anew."`
	Alerts  billingAlerts  `cmd:"" help:"List what is wrong with the money and needs a person."`
	Resolve billingResolve `cmd:"" help:"End an alert that is dealt with."`
	Drift   billingDrift   `cmd:"" help:"Compare what the payment provider counts with what it was told."`
	Repair  billingRepair  `cmd:"" help:"Tell it the differences."`
	Link    billingLink    `cmd:"" help:"Say whose a customer is that was made by hand."`
	Refresh billingRefresh `cmd:"" help:"Read somebody's subscription anew."`
}

// table writes lines whose columns stand below each other.
func table(out io.Writer, head string, lines func(w io.Writer)) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	lines(w)
	return w.Flush()
}

type billingEvents struct {
	State  string `enum:"received,applied,ignored,alarming,all" default:"all" help:"Only those: received (not acted on yet), applied, ignored or alarming."`
	Limit  int    `default:"50" help:"At most so many (1 to 500)."`
	Before string `help:"Only those older than this id: for the next page."`
}

// Run lists events.
func (c billingEvents) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		state := billing.EventState(c.State)
		if c.State == "all" {
			state = ""
		}
		list, err := a.Billing.Events(p.ctx, c.Before, state, min(max(c.Limit, 1), 500))
		if err != nil {
			return plainly(err)
		}
		return table(p.stdout, "ID\tKIND\tSTATE\tHAPPENED\tCAME\tABOUT\tNOTE", func(w io.Writer) {
			for _, e := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.Kind, e.State, e.HappenedAt.UTC().Format(time.RFC3339),
					e.CreatedAt.UTC().Format(time.RFC3339), e.ObjectID, e.Note)
			}
		})
	})
}

type billingShow struct {
	ID string `arg:"" help:"The event's id."`
}

// Run shows an event.
func (c billingShow) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		e, err := a.Billing.Event(p.ctx, c.ID)
		if err != nil {
			return fmt.Errorf("%s: %w", c.ID, plainly(err))
		}
		fmt.Fprintf(p.stdout, "%s (%s), %s\n%s\n", e.ID, e.Kind, e.State, e.Note)
		var pretty bytes.Buffer
		if json.Indent(&pretty, []byte(e.Body), "", "  ") != nil {
			pretty.Reset()
			pretty.WriteString(e.Body)
		}
		fmt.Fprintln(p.stdout, pretty.String())
		return nil
	})
}

type billingReplay struct {
	ID string `arg:"" help:"The event's id."`
}

// Run replays an event.
func (c billingReplay) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		if err := a.Billing.Replay(p.ctx, c.ID); err != nil {
			return fmt.Errorf("%s: %w", c.ID, plainly(err))
		}
		fmt.Fprintln(p.stdout, c.ID, "is queued: the running server acts on it")
		return nil
	})
}

type billingAlerts struct {
	All bool `help:"Those that are dealt with, too."`
}

// Run lists alerts.
func (c billingAlerts) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		list, err := a.Billing.Alerts(p.ctx, c.All)
		if err != nil {
			return plainly(err)
		}
		if len(list) == 0 {
			fmt.Fprintln(p.stdout, "Nothing is wrong.")
		}
		for _, x := range list {
			state := "since " + x.CreatedAt.UTC().Format(time.RFC3339)
			if !x.ResolvedAt.IsZero() {
				state = "until " + x.ResolvedAt.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(p.stdout, "%s (%s, seen %d times)\n  %s\n", x.Key, state, x.Count, x.Message)
		}
		return nil
	})
}

type billingResolve struct {
	Key string `arg:"" help:"The alert's key, as xswarm billing alerts shows it."`
}

// Run ends an alert.
func (c billingResolve) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		if err := a.Billing.ResolveAlert(p.ctx, c.Key); err != nil {
			return plainly(err)
		}
		fmt.Fprintln(p.stdout, c.Key, "is dealt with; it comes back if it is still so")
		return nil
	})
}

type billingDrift struct{}

// Run compares.
func (billingDrift) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		list, err := a.Billing.Drifts(p.ctx)
		if err != nil {
			return plainly(err)
		}
		if len(list) == 0 {
			fmt.Fprintln(p.stdout, "What is counted is what was told.")
			return nil
		}
		err = table(p.stdout, "DAY\tCUSTOMER\tFEATURE\tTOLD\tCOUNTED", func(w io.Writer) {
			for _, d := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\n", d.Day.Format(time.DateOnly), d.CustomerID, d.Feature, d.Ours, d.Theirs)
			}
		})
		return errors.Join(err, fmt.Errorf("%d days differ: what can be told again is, every day; for the rest there is xswarm billing repair", len(list)))
	})
}

type billingRepair struct{}

// Run repairs.
func (billingRepair) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		n, err := a.Billing.Repair(p.ctx)
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintf(p.stdout, "%d reports are queued: the running server sends them\n", n)
		return nil
	})
}

type billingLink struct {
	User     string `arg:"" help:"An id or an address."`
	Customer string `arg:"" help:"The customer's id at the payment provider."`
}

// Run links a customer.
func (c billingLink) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		u, err := a.Accounts.Find(p.ctx, c.User)
		if err != nil {
			return fmt.Errorf("%s: %w", c.User, plainly(err))
		}
		u, err = a.Billing.Link(p.ctx, u, c.Customer)
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintf(p.stdout, "%s is %s, on %s\n", u.Email, c.Customer, u.Entitlement(a.Now()).Tier.Name())
		return nil
	})
}

type billingRefresh struct {
	User string `arg:"" help:"An id or an address."`
}

// Run reads a subscription anew.
func (c billingRefresh) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		u, err := a.Accounts.Find(p.ctx, c.User)
		if err != nil {
			return fmt.Errorf("%s: %w", c.User, plainly(err))
		}
		if u.CustomerID == "" {
			return fmt.Errorf("%s has never paid: there is nothing to read", u.Email)
		}
		if !a.Billing.On() {
			return plainly(billing.ErrOff)
		}
		if u, err = a.Billing.Refresh(p.ctx, u.CustomerID); err != nil {
			return plainly(err)
		}
		sub := a.Billing.Subscription(u)
		fmt.Fprintf(p.stdout, "%s is on %s (%s", u.Email, sub.Plan.Name, sub.Entitlement.Source)
		if sub.Paid.Status != "" {
			fmt.Fprintf(p.stdout, ", %s", sub.Paid.Status)
		}
		fmt.Fprintln(p.stdout, ")")
		return nil
	})
}
