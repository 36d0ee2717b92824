package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/jobs"
)

// jobsCmd looks after the queue of durable work (docs/jobs.md).
type jobsCmd struct {
	List  jobsList  `cmd:"" help:"List jobs, newest first."`
	Retry jobsRetry `cmd:"" help:"Put a dead job back into the queue."`
}

type jobsList struct {
	State string `enum:"queued,running,done,dead,all" default:"all" help:"Only those: queued, running, done or dead."`
	Limit int    `default:"100" help:"Look at so many."`
}

// Run lists jobs.
func (c jobsList) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		list, err := a.Store.ListJobs(p.ctx, c.Limit)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tKIND\tSTATE\tDUE\tATTEMPTS\tERROR\tNOTE")
		for _, j := range list {
			if c.State == "all" || jobs.State(c.State) == j.State {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", j.ID, j.Kind, j.State,
					j.RunAt.Format(time.RFC3339), j.Attempts, j.Error, j.Note)
			}
		}
		return w.Flush()
	})
}

type jobsRetry struct {
	ID string `arg:"" help:"The job's id."`
}

// Run retries a job.
func (c jobsRetry) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		if err := a.Store.RetryJob(p.ctx, c.ID); err != nil {
			return fmt.Errorf("%s is not a dead job: %w", c.ID, plainly(err))
		}
		fmt.Fprintln(p.stdout, c.ID, "is queued again")
		return nil
	})
}
