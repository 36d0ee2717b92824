package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/operator"
)

// jobsCmd looks after the queue of durable work (docs/jobs.md).
type jobsCmd struct {
	List    jobsList    `cmd:"" help:"List jobs, newest first."`
	Show    jobsShow    `cmd:"" help:"Explain one job: what it is for, why it failed, and what to do."`
	Retry   jobsRetry   `cmd:"" help:"Put dead jobs back into the queue."`
	Discard jobsDiscard `cmd:"" help:"Delete a dead job that is not to be done any more."`
}

type jobsList struct {
	State  string `enum:"queued,running,done,dead,all" default:"all" help:"Only those: queued, running, done or dead."`
	Limit  int    `default:"100" help:"At most so many (1 to 100)."`
	Before string `help:"Only those older than this id: for the next page."`
}

// Run lists jobs.
func (c jobsList) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		state := jobs.State(c.State)
		if c.State == "all" {
			state = ""
		}
		list, next, err := a.Operators.Jobs(p.ctx, operator.Machine, state, c.Before, c.Limit)
		if err != nil {
			return plainly(err)
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tKIND\tSTATE\tDUE\tATTEMPTS\tERROR\tNOTE")
		for _, j := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", j.ID, j.Kind, j.State,
				j.RunAt.Format(time.RFC3339), j.Attempts, strings.SplitN(j.Error, "\n", 2)[0], j.Note)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if next != "" {
			fmt.Fprintf(p.stdout, "\nThere are more: --before %s\n", next)
		}
		return nil
	})
}

type jobsShow struct {
	ID string `arg:"" help:"The job's id."`
}

// Run explains a job.
func (c jobsShow) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		j, err := a.Operators.Job(p.ctx, operator.Machine, c.ID)
		if err != nil {
			return plainly(err)
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		line := func(name, text string) {
			if text != "" {
				fmt.Fprintf(w, "%s\t%s\n", name, text)
			}
		}
		line("id", j.ID)
		line("kind", j.Kind)
		line("does", j.Does)
		line("state", string(j.State))
		line("", j.Standing)
		line("about", string(j.Payload))
		line("stored", j.CreatedAt.Format(time.RFC3339))
		line("due", j.RunAt.Format(time.RFC3339))
		line("last change", j.UpdatedAt.Format(time.RFC3339))
		line("error", j.Error)
		line("note", j.Note)
		line("missing", j.Missing)
		line("advice", j.Advice)
		return w.Flush()
	})
}

type jobsRetry struct {
	ID   string `arg:"" optional:"" help:"The job's id."`
	All  bool   `help:"Every dead job instead of one."`
	Kind string `help:"With --all: only those of a kind."`
}

// Validate is called by kong.
func (c jobsRetry) Validate() error {
	switch {
	case c.ID == "" && !c.All:
		return errors.New("name a job, or say --all")
	case c.ID != "" && c.All:
		return errors.New("name a job or say --all, not both")
	case c.Kind != "" && !c.All:
		return errors.New("--kind goes with --all")
	}
	return nil
}

// Run retries.
func (c jobsRetry) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		if !c.All {
			if _, err := a.Operators.Retry(p.ctx, operator.Machine, c.ID); err != nil {
				return fmt.Errorf("%s: %w", c.ID, plainly(err))
			}
			fmt.Fprintln(p.stdout, c.ID, "is queued again")
			return nil
		}
		n, err := a.Operators.RetryAll(p.ctx, operator.Machine, c.Kind)
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintf(p.stdout, "%d queued again\n", n)
		return nil
	})
}

type jobsDiscard struct {
	ID string `arg:"" help:"The job's id."`
}

// Run discards a job.
func (c jobsDiscard) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		if err := a.Operators.Discard(p.ctx, operator.Machine, c.ID); err != nil {
			return fmt.Errorf("%s: %w", c.ID, plainly(err))
		}
		fmt.Fprintln(p.stdout, c.ID, "is discarded")
		return nil
	})
}
