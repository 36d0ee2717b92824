package billing_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/plan"
	emulator "xswarm.ai/server/internal/sandbox/stripe"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/db"
	"xswarm.ai/server/internal/store/storetest"
)

// killer ends the program at one of its steps to the outside: a write to the
// database, or a request that changes something at Stripe. Either the step was not
// done yet, or it was and nobody heard of it. From then on nothing goes through until
// the program is begun anew.
type killer struct {
	mu    sync.Mutex
	steps int // so far
	at    int // the step to be killed at; 0 for none
	after bool
	dead  bool
	stop  context.CancelFunc
}

var errKilled = errors.New("the program was killed")

// step does one, if the program lives through it.
func (k *killer) step(do func() error) error {
	k.mu.Lock()
	k.steps++
	here := k.at != 0 && k.steps == k.at
	dead := k.dead
	k.dead = k.dead || here
	k.mu.Unlock()
	if dead {
		return errKilled
	}
	var err error
	if !here || k.after {
		err = do()
	}
	if here {
		k.stop()
		return errKilled
	}
	return err
}

func (k *killer) isDead() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.dead
}

// mortal is a database in front of which the program can be killed.
type mortal struct {
	store.Engine
	killer *killer
}

// One is described by store.Engine.
func (e mortal) One(ctx context.Context, f func(db.DBTX) error) error {
	return e.killer.step(func() error { return e.Engine.One(ctx, f) })
}

// Batch is described by store.Engine.
func (e mortal) Batch(ctx context.Context, f func(db.DBTX) error) error {
	return e.killer.step(func() error { return e.Engine.Batch(ctx, f) })
}

// mortalWorld is a fork whose program can be killed.
type mortalWorld struct {
	*fork
	killer *killer
	begun  int // how often it was begun anew
}

func (f frozen) mortal(t *testing.T) *mortalWorld {
	t.Helper()
	k := &killer{}
	w := &mortalWorld{fork: f.thaw(t, func(e store.Engine) store.Engine { return mortal{e, k} }), killer: k}
	w.guard()
	return w
}

// guard lets requests to Stripe be steps.
func (w *mortalWorld) guard() {
	w.befall = func(_ string, rw http.ResponseWriter, r *http.Request, _ func(int), operate func(http.ResponseWriter)) {
		do := func() error { operate(rw); return nil }
		var err error
		switch {
		case r.Method != http.MethodGet:
			err = w.killer.step(do)
		case w.killer.isDead():
			err = errKilled
		default:
			err = do()
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// survive does something that whoever wants it repeats until it is done: a carrier or
// Stripe its webhook, a person their click, the queue a job. Where the program is
// killed it is begun anew.
func (w *mortalWorld) survive(what string, do func(ctx context.Context) error) {
	w.Helper()
	for range 10 {
		ctx, stop := context.WithCancel(w.Context())
		w.killer.mu.Lock()
		w.killer.stop = stop
		w.killer.mu.Unlock()
		err := do(ctx)
		stop()
		if !w.killer.isDead() {
			if err != nil {
				w.Fatalf("%s: %v", what, err)
			}
			return
		}
		w.begin()
	}
	w.Fatalf("%s: killed again and again", what)
}

// begin begins the program anew, as it does after a kill.
func (w *mortalWorld) begin() {
	w.Helper()
	w.begun++
	w.killer.mu.Lock()
	w.killer.dead, w.killer.at = false, 0
	w.killer.mu.Unlock()
	w.must(w.store.ReleaseJobs(w.Context()))
}

// lives lets everything happen that is due: webhooks are delivered, jobs are done.
func (w *mortalWorld) lives() {
	w.Helper()
	for range 200 {
		w.box.CatchUp()
		list := w.take()
		for _, e := range list {
			w.survive(e.Type, func(context.Context) error { return w.delivered(e) })
		}
		n := 0
		w.survive("jobs", func(ctx context.Context) (err error) { n, err = w.jobs.Tick(ctx); return err })
		if n == 0 && len(list) == 0 {
			return
		}
	}
	w.Fatal("there is no end of what is to be done")
}

// delivered delivers a webhook, and says whether it was taken.
func (w *mortalWorld) delivered(e emulator.Event) error {
	if rec := w.post(e, secret, w.clock.Now()); rec.Code != http.StatusOK {
		return fmt.Errorf("got %d %s", rec.Code, rec.Body)
	}
	return nil
}

// passes lets time go by, with everything done at its moment.
func (w *mortalWorld) passes(d time.Duration) {
	w.Helper()
	w.lives()
	end := w.clock.Now().Add(d)
	for now := w.clock.Now(); now.Before(end); now = w.clock.Now() {
		next := end
		if due, ok := w.box.NextDue(); ok && due.After(now) && due.Before(next) {
			next = due
		}
		due, ok, err := w.store.NextJob(w.Context())
		w.must(err)
		if ok && due.After(now) && due.Before(next) {
			next = due
		}
		w.clock.Set(next)
		w.lives()
	}
}

// records records usage under a key, as often as it takes.
func (w *mortalWorld) records(u account.User, f plan.Feature, quantity int64, key string) {
	w.Helper()
	now := w.clock.Now()
	w.survive(key, func(ctx context.Context) error {
		return w.billing.Record(ctx, billing.Record{
			ID: id.New(id.Usage, now), UserID: u.ID, Feature: f, Quantity: quantity, Measured: quantity, RecordedAt: now, SourceKey: key,
		})
	})
}

// moves changes somebody's plan, as often as it takes.
func (w *mortalWorld) moves(u account.User, tier plan.Tier) {
	w.Helper()
	w.survive("move to "+string(tier), func(ctx context.Context) error {
		u, err := w.store.User(ctx, u.ID)
		if err == nil {
			_, err = w.billing.Change(ctx, u, billing.ChangeRequest{Tier: tier})
		}
		if f := fault.From(err); f != nil && f.Code == "same_plan" && u.Subscription.Tier == tier {
			return nil // it was done and stored, and only the answer was lost
		}
		return err
	})
}

// money is what came of it in money: the ledger, what was told, and what Stripe
// counts and charges. The moments of bills are those of the clock, and the same.
func (w *mortalWorld) money() []string {
	w.Helper()
	list := append(w.rows(usageTable, toldTable, spanTable), w.facts()...)
	for _, i := range w.box.Invoices() {
		for _, l := range i.Lines {
			list = append(list, fmt.Sprintf("line %s %d %s %s", l.Description, l.Amount, l.From, l.To))
		}
	}
	for _, c := range w.box.Charges() {
		list = append(list, fmt.Sprintf("charged %d", c.Amount))
	}
	waiting := w.query("SELECT COUNT(*) FROM meter_outbox WHERE event_id IS NULL")
	return subscriptions.replace(append(list, "waiting "+strings.Join(waiting, "")))
}

// subscriptions finds their names, which Stripe makes up.
var subscriptions = names{regexp.MustCompile(`sub_\w+`), "sub"}

type names struct {
	pattern *regexp.Regexp
	by      string
}

func (n names) replace(list []string) []string {
	for i := range list {
		list[i] = n.pattern.ReplaceAllString(list[i], n.by)
	}
	return list
}

// window is a part of a life in which the program is killed at every step.
type window struct {
	name string
	from func(w *world) account.User
	do   func(w *mortalWorld, u account.User)
}

func windows() []window {
	return []window{
		{"buying", func(w *world) account.User { return w.somebody("ada") }, windowOfBuying},
		{"using", func(w *world) account.User {
			u := w.subscriber("ada", plan.Secretary)
			w.use(u, plan.SMSMessages, 498)
			w.use(u, plan.VoiceMinutes, 350)
			w.pass(time.Hour)
			return u
		}, windowOfUsing},
		{"moving up", func(w *world) account.User {
			u := w.subscriber("ada", plan.Secretary)
			w.use(u, plan.SMSMessages, 520)
			w.pass(10 * 24 * time.Hour)
			w.use(u, plan.SMSMessages, 7)
			w.use(u, plan.VoiceMinutes, 3)
			return u
		}, windowOfMovingUp},
	}
}

// windowOfBuying orders a plan, pays, and uses it.
func windowOfBuying(w *mortalWorld, u account.User) {
	var c billing.Checkout
	w.survive("checkout", func(ctx context.Context) error {
		u, err := w.store.User(ctx, u.ID)
		if err == nil {
			c, err = w.billing.Checkout(ctx, u, billing.CheckoutRequest{Tier: plan.Secretary})
		}
		return err
	})
	w.pay(c, good)
	w.decisive("checkout.session.completed", "invoice.paid")
	w.records(u, plan.SMSMessages, 1, "sms:1")
	w.passes(6 * time.Minute)
}

// windowOfUsing passes the allowance of texts and the half of that of calls, and takes
// one text back.
func windowOfUsing(w *mortalWorld, u account.User) {
	w.records(u, plan.SMSMessages, 5, "sms:1")
	w.records(u, plan.VoiceMinutes, 60, "voice:1")
	w.clock.Advance(time.Minute)
	w.records(u, plan.SMSMessages, -1, "sms:1:reversal")
	w.passes(6 * time.Minute)
}

// windowOfMovingUp moves up, with usage that was not told yet, and goes on using.
func windowOfMovingUp(w *mortalWorld, u account.User) {
	w.moves(u, plan.Manager)
	w.clock.Advance(time.Second)
	w.records(u, plan.SMSMessages, 9, "sms:new")
	w.decisive("customer.subscription.updated", "invoice.paid")
	w.passes(6 * time.Minute)
}

// decisive delivers the first event of some kinds, and forgets what else there is.
func (w *mortalWorld) decisive(kinds ...string) {
	w.Helper()
	list := w.take()
	for _, kind := range kinds {
		for _, e := range list {
			if e.Type == kind {
				w.survive(kind, func(context.Context) error { return w.delivered(e) })
				break
			}
		}
	}
}

func TestAProgramThatIsKilledAtAnyStepLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	for _, win := range windows() {
		t.Run(win.name, func(t *testing.T) {
			t.Parallel()
			var u account.User
			begin := freeze(t, func(w *world) { u = win.from(w) })
			calm := begin.mortal(t)
			win.do(calm, u)
			calm.sound()
			money, standing, letters := calm.money(), calm.standing(), calm.told()
			t.Logf("%d steps; %d rows of money", calm.killer.steps, len(money))
			killed := 0
			for n := range calm.killer.steps {
				for _, after := range []bool{false, true} {
					w := begin.mortal(t)
					w.killer.at, w.killer.after = n+1, after
					win.do(w, u)
					w.same("the money", w.money(), money)
					w.same("what is stored", without(w.standing(), "letter "), without(standing, "letter "))
					w.mailed(letters)
					w.sound()
					if t.Failed() {
						t.Fatalf("killed at step %d, after it was done: %t", n+1, after)
					}
					killed += w.begun
				}
			}
			// What is done at once is not always as many steps.
			if least := calm.killer.steps * 2 * 9 / 10; killed < least {
				t.Errorf("killed %d times, want %d at least", killed, least)
			}
		})
	}
}

func without(list []string, prefix string) (rest []string) {
	for _, s := range list {
		if !strings.HasPrefix(s, prefix) {
			rest = append(rest, s)
		}
	}
	return rest
}

// mailed insists that every letter was mailed, and none twice but where its job says
// that it may have been.
func (w *mortalWorld) mailed(letters []string) {
	w.Helper()
	noted := len(w.query("SELECT id FROM jobs WHERE note LIKE '%sent twice%'"))
	told := w.told()
	w.same("the letters, each once", distinct(told), distinct(letters))
	if n := len(again(told)); n > noted {
		w.Errorf("%d letters were mailed twice, and %d say so: %v", n, noted, told)
	}
}

func distinct(list []string) (one []string) {
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			one = append(one, s)
		}
		seen[s] = true
	}
	return one
}

// On Turso a transaction is one request, which may be done without an answer.
func TestAProgramOnTursoThatIsKilledAtAnyStepLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	engine, clock, k := storetest.TursoEngine(t), storetest.NewClock(), &killer{}
	w := &mortalWorld{fork: &fork{newWorldOn(t, store.New(mortal{engine, k}, clock.Now), clock), engine}, killer: k}
	w.guard()
	u := w.subscriber("ada", plan.Secretary)
	before := k.steps
	use := func(n int) {
		w.records(u, plan.SMSMessages, 2, fmt.Sprintf("sms:%d", n))
		w.records(u, plan.SMSMessages, -1, fmt.Sprintf("sms:%d:reversal", n))
		w.records(u, plan.VoiceMinutes, 3, fmt.Sprintf("voice:%d", n))
		w.passes(6 * time.Minute)
		used := int64(n) + 1
		wanted := map[plan.Feature]int64{plan.SMSMessages: used, plan.VoiceMinutes: 3 * used}
		for f, want := range wanted {
			if got := w.metered(u, f); got != want {
				t.Fatalf("use %d: Stripe counts %d %s, want %d", n, got, f, want)
			}
		}
		usage, err := w.billing.Usage(t.Context(), w.again(u))
		w.must(err)
		for _, f := range usage.Features {
			if want := wanted[f.Feature]; f.Used != want {
				t.Fatalf("use %d: %d %s in the ledger, want %d", n, f.Used, f.Feature, want)
			}
		}
	}
	use(0)
	steps := k.steps - before
	for n := range 2 * steps {
		k.at, k.after = k.steps+n/2+1, n%2 == 1
		use(n + 1)
	}
	if w.begun < steps {
		t.Errorf("killed %d times at %d steps", w.begun, steps)
	}
	w.sound()
}
