package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"
)

// Store is where jobs live. Each method is one statement, so that several
// programs may share one queue.
type Store interface {
	// ClaimJobs takes at most limit jobs that are due at now, and queued or with a
	// lease that ended before wall, sets them running until leaseUntil, counts the
	// attempt, and returns them. At most one job of a lane is running at a time.
	ClaimJobs(ctx context.Context, now, wall, leaseUntil time.Time, limit int) ([]Job, error)
	// FinishJob records how attempt number j.Attempts ended: it stores State,
	// RunAt, Error and Note, and does nothing when the job was claimed again since.
	FinishJob(ctx context.Context, j Job) error
	// NextJob returns when the next queued job is due; ok is false if there is none.
	NextJob(ctx context.Context) (at time.Time, ok bool, err error)
}

// Handler does a job's work. It returns nil when the job is done, or an error:
// plain to be tried again later, Permanent to give up, RetryAfter to be tried
// again at a given time.
type Handler func(ctx context.Context, j Job) error

const (
	maxAttempts = 36              // with the back-off below: about a day, so that a vendor may be down overnight
	lease       = 2 * time.Minute // longer than any handler may take
	handlerTime = 90 * time.Second
	claimEvery  = 5 // seconds after which a runner at rest claims all the same
	firstRetry  = 2 * time.Second
	longestWait = time.Hour
	firstRecord = 250 * time.Millisecond // how soon an outcome that could not be recorded is tried again
	lastRecord  = 8 * time.Second        // and how late
)

// Runner runs the jobs of one program.
type Runner struct {
	Store Store
	Log   *slog.Logger
	// Now is the product's clock: it decides what is due. Leases run on the real
	// one, since moving the sandbox's clock does not make running work late.
	Now func() time.Time
	// Parallel is how many jobs run at a time.
	Parallel int
	// Grace is how long running jobs may go on when Run is told to end.
	Grace time.Duration
	// Watch, when set, is told of each attempt, and returns the context to work in
	// and what is to be told of the job as the attempt has left it.
	Watch func(ctx context.Context, j Job) (context.Context, func(Job))

	handlers map[string]Handler
	duties   map[string]Duty
	wake     chan struct{}
	once     sync.Once
}

// Handle names who does the jobs of a kind. All are named before the first Tick.
func (r *Runner) Handle(kind string, h Handler) {
	if r.handlers == nil {
		r.handlers = map[string]Handler{}
	}
	if _, ok := r.handlers[kind]; ok {
		panic("jobs: two handlers for " + kind)
	}
	r.handlers[kind] = h
}

// Wake tells Run that there may be something to do: a job was stored, or the
// clock was moved. It never blocks.
func (r *Runner) Wake() {
	select {
	case r.wakeups() <- struct{}{}:
	default:
	}
}

func (r *Runner) wakeups() chan struct{} {
	r.once.Do(func() { r.wake = make(chan struct{}, 1) })
	return r.wake
}

// Tick claims what is due, runs it, and returns how many jobs it ran when all
// of them have ended.
func (r *Runner) Tick(ctx context.Context) (int, error) {
	claimed, err := r.claim(ctx, max(r.Parallel, 1))
	if err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	for _, j := range claimed {
		wg.Go(func() { r.run(ctx, j) })
	}
	wg.Wait()
	return len(claimed), nil
}

// Run runs jobs as they become due until ctx ends, and returns when those that
// were running have ended.
func (r *Runner) Run(ctx context.Context) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(r.Grace, cancel) })()
	slots := make(chan struct{}, max(r.Parallel, 1))
	var wg sync.WaitGroup
	defer wg.Wait()
	for ctx.Err() == nil {
		asked := r.Now()
		free := cap(slots) - len(slots)
		var claimed []Job
		if free > 0 {
			var err error
			if claimed, err = r.claim(ctx, free); err != nil && ctx.Err() == nil {
				r.Log.ErrorContext(ctx, "jobs: claim", "err", err)
			}
		}
		for _, j := range claimed {
			slots <- struct{}{}
			wg.Go(func() {
				r.run(work, j)
				<-slots
				r.Wake() // a slot and a lane are free
			})
		}
		if len(claimed) == 0 {
			r.rest(ctx, asked)
		}
	}
}

// rest waits until there may be something to claim: it is woken, a job falls due
// that was not due at the last claim, or it is time to look for leases that ended.
// Between, the queue is only asked when its next job is due, every second, so that
// jobs stored by another program are found.
func (r *Runner) rest(ctx context.Context, claimed time.Time) {
	for polls := 0; polls < claimEvery; polls++ {
		wait := time.Second
		at, ok, err := r.Store.NextJob(ctx)
		// What was due at the claim and was not given waits for its lane. Wake comes
		// when that is free, unless another program has it.
		due := err == nil && ok && !at.Before(claimed.Truncate(time.Millisecond)) // as it is stored
		if due {
			wait = min(max(at.Sub(r.Now()), 50*time.Millisecond), wait)
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-r.wakeups():
			t.Stop()
			return
		case <-t.C:
		}
		if due && !at.After(r.Now()) {
			return
		}
	}
}

func (r *Runner) claim(ctx context.Context, limit int) ([]Job, error) {
	wall := time.Now()
	claimed, err := r.Store.ClaimJobs(ctx, r.Now(), wall, wall.Add(lease), limit)
	if err != nil {
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	return claimed, nil
}

// run does one claimed job and records how it ended.
func (r *Runner) run(ctx context.Context, j Job) {
	if note := r.duties[j.Kind].CutOff; note != "" && j.Error == CutOff {
		j.Note = note
	}
	ended := func(Job) {}
	if r.Watch != nil {
		ctx, ended = r.Watch(ctx, j)
	}
	err := r.handle(ctx, j)
	if ctx.Err() != nil && err != nil {
		// The program is stopping. The job did not fail: it is due again at once.
		err = RetryAfter(fmt.Errorf("interrupted: %w", err), time.Nanosecond)
	}
	r.settle(&j, err)
	ended(j)
	if !r.record(ctx, j) {
		return // its lease ends and it is run again, which handlers are made for
	}
	if err != nil {
		r.Log.WarnContext(ctx, "jobs: attempt failed", "job", j.ID, "kind", j.Kind,
			"attempt", j.Attempts, "state", j.State, "err", err)
	}
}

// record stores how an attempt ended. A database that cannot be written just now
// (its disk is full, it cannot be reached) is asked again for as long as the lease
// holds: once that is over the work would be done again, and until then the lane
// would stand still.
func (r *Runner) record(ctx context.Context, j Job) bool {
	for wait := firstRecord; ; wait = min(2*wait, lastRecord) {
		// The work is done, or was tried: that must be recorded even while stopping.
		rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		err := r.Store.FinishJob(rctx, j)
		cancel()
		if err == nil {
			return true
		}
		r.Log.ErrorContext(ctx, "jobs: record the outcome", "job", j.ID, "kind", j.Kind, "err", err)
		if !time.Now().Add(wait).Before(j.LeaseUntil) {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
	}
}

func (r *Runner) handle(ctx context.Context, j Job) (err error) {
	h, ok := r.handlers[j.Kind]
	if !ok {
		return Permanent(fmt.Errorf("no handler for jobs of kind %q", j.Kind))
	}
	ctx, cancel := context.WithTimeout(ctx, handlerTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h(ctx, j)
}

// settle writes the outcome into j.
func (r *Runner) settle(j *Job, err error) {
	j.UpdatedAt = r.Now()
	if err == nil {
		j.State, j.Error = Done, ""
		return
	}
	v := verdictOf(err)
	j.Error = err.Error()
	if v.note != "" {
		j.Note = v.note
	}
	if v.dead || j.Attempts >= maxAttempts {
		j.State = Dead
		return
	}
	j.State = Queued
	wait := v.after
	if wait == 0 {
		wait = backoff(j.Attempts)
	}
	j.RunAt = r.Now().Add(wait)
}

// backoff is how long to wait after so many attempts: doubling from firstRetry
// to longestWait, less up to a quarter, so that what failed together does not
// come back together.
func backoff(attempts int) time.Duration {
	wait := longestWait
	if attempts < 12 {
		wait = min(firstRetry<<(attempts-1), longestWait)
	}
	return wait - rand.N(wait/4)
}
