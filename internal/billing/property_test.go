package billing_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	emulator "xswarm.ai/server/internal/sandbox/stripe"
)

// stage is Stripe after a part of somebody's life, with the webhooks of it.
type stage struct {
	now    time.Time
	box    *emulator.Engine
	events []emulator.Event
}

// life is what somebody does at Stripe while no webhook arrives here: nothing of it
// is stored but the order with which it begins.
type life struct {
	start  frozen
	user   account.User
	stages []stage
}

// liveLife is a plan that is bought, moved up, not paid, paid after all, given back a
// part of, cancelled, and bought again by hand.
func liveLife(t *testing.T) life {
	t.Helper()
	var l life
	var order billing.Checkout
	l.start = freeze(t, func(w *world) {
		l.user = w.somebody("ada")
		var err error
		if order, err = w.billing.Checkout(w.Context(), l.user, billing.CheckoutRequest{Tier: plan.Secretary}); err != nil {
			w.Fatal(err)
		}
	})
	w := l.start.thaw(t)
	customer := w.again(l.user).CustomerID
	subscription := func() string { return w.box.Subscriptions()[0].ID }
	charge := func() string { return w.box.Charges()[0].ID }
	card := func() string { return w.box.Customers()[0].Cards[0].ID }
	for _, step := range []func(){
		func() { w.pay(order, good) },
		func() {
			w.clock.Advance(10 * 24 * time.Hour)
			at := w.clock.Now()
			w.must(w.payments.Upgrade(w.Context(), billing.Change{SubscriptionID: subscription(), Tier: plan.Manager, At: at, Since: at, Key: "up"}))
		},
		func() {
			w.must(w.box.FailCard(card(), true))
			w.clock.Set(l.start.now.AddDate(0, 1, 0).Add(2 * time.Hour))
		},
		func() {
			w.clock.Advance(20 * time.Hour)
			w.must(w.box.FailCard(card(), false))
			w.must(w.box.PayInvoice(w.box.Invoices()[0].ID))
		},
		func() {
			w.clock.Advance(24 * time.Hour)
			w.must(w.box.Refund(charge(), 1234))
		},
		func() { w.clock.Advance(24 * time.Hour); w.must(w.box.CancelNow(subscription())) },
		func() {
			w.clock.Advance(24 * time.Hour)
			prices := w.ask("GET", "/v1/prices", url.Values{"lookup_keys[]": {"xswarm_ai_secretary_monthly"}})["data"].([]any)
			w.ask("POST", "/v1/subscriptions", url.Values{
				"customer": {customer}, "items[0][price]": {prices[0].(map[string]any)["id"].(string)}, "default_payment_method": {card()},
			})
		},
	} {
		step()
		w.box.CatchUp()
		l.stages = append(l.stages, stage{now: w.clock.Now(), box: still(t, w.saved(), w.clock.Now()), events: w.heeded(w.take())})
	}
	return l
}

// heeded are the events that are acted on, and one sort that is not.
func (w *world) heeded(list []emulator.Event) []emulator.Event {
	return slices.DeleteFunc(list, func(e emulator.Event) bool {
		return w.payments.About(e.Type) == billing.AboutNothing && e.Type != "charge.succeeded"
	})
}

// saved is what the emulator knows.
func (w *world) saved() json.RawMessage {
	w.Helper()
	box, err := w.box.Snapshot()
	if err != nil {
		w.Fatal(err)
	}
	return box
}

// events are all webhooks of a life, in the order in which they happened.
func (l life) events() (all []emulator.Event) {
	for _, s := range l.stages {
		all = append(all, s.events...)
	}
	return all
}

// decisive are the events of a life without which nothing would be known.
func (l life) decisive() []emulator.Event {
	var list []emulator.Event
	for _, kind := range []string{"checkout.session.completed", "invoice.payment_failed", "charge.refunded", "customer.subscription.deleted"} {
		i := slices.IndexFunc(l.events(), func(e emulator.Event) bool { return e.Type == kind })
		list = append(list, l.events()[i])
	}
	last := l.stages[len(l.stages)-1].events
	i := slices.IndexFunc(last, func(e emulator.Event) bool { return e.Type == "customer.subscription.created" })
	return append(list, last[i])
}

// at is the fork with Stripe as it was at the end of a stage.
func (w *fork) at(s stage) {
	w.box = s.box
	w.clock.Set(s.now)
}

// afterwards tells somebody's story to a world that knows nothing of it yet, after
// everything has happened.
func (l life) afterwards(t *testing.T, tell func(w *fork)) *fork {
	t.Helper()
	w := l.start.thaw(t)
	w.at(l.stages[len(l.stages)-1])
	tell(w)
	w.work()
	return w
}

func TestEveryOrderOfTheDecisiveEventsEndsInTheSame(t *testing.T) {
	t.Parallel()
	l := liveLife(t)
	story := l.decisive()
	tables := append(slices.Clone(moneyTables), spanTable, eventTable, queueTable)
	ordered := l.afterwards(t, func(w *fork) {
		for _, e := range story {
			w.deliver(e)
			w.work()
		}
	})
	want, letters := ordered.rows(tables...), ordered.told()
	if u := ordered.on(l.user, plan.Secretary); u.Subscription.Status != plan.Active {
		t.Fatalf("in order: %+v", u.Subscription)
	}
	n := 0
	for order := range permutations(len(story)) {
		n++
		w := l.afterwards(t, func(w *fork) {
			for _, i := range order {
				w.deliver(story[i])
				w.work()
			}
		})
		w.same("what is stored", w.rows(tables...), want)
		w.same("what was told", w.told(), letters)
		if t.Failed() {
			t.Fatalf("in the order %v", order)
		}
	}
	if n != 120 {
		t.Errorf("%d orders were tried", n)
	}
}

// permutations yields every order of n things.
func permutations(n int) func(func([]int) bool) {
	var orders func(order []int, left []int, yield func([]int) bool) bool
	orders = func(order, left []int, yield func([]int) bool) bool {
		if len(left) == 0 {
			return yield(order)
		}
		for i, x := range left {
			if !orders(append(slices.Clone(order), x), slices.Delete(slices.Clone(left), i, i+1), yield) {
				return false
			}
		}
		return true
	}
	return func(yield func([]int) bool) {
		left := make([]int, n)
		for i := range left {
			left[i] = i
		}
		orders(nil, left, yield)
	}
}

func TestAnyOrderOfAllEventsWithRepetitionsEndsInTheSame(t *testing.T) {
	t.Parallel()
	random := chance(t)
	l := liveLife(t)
	tables := append(slices.Clone(moneyTables), spanTable, eventTable, queueTable)
	ordered := l.afterwards(t, func(w *fork) {
		for _, e := range l.events() {
			w.deliver(e)
		}
	})
	want, letters := ordered.rows(tables...), ordered.told()
	for range 15 * *moneyRuns {
		order := shuffled(random, l.events())
		w := l.afterwards(t, func(w *fork) {
			for _, e := range order {
				w.deliver(e)
				if random.IntN(3) == 0 {
					w.work()
				}
			}
		})
		w.same("what is stored", w.rows(tables...), want)
		w.same("what was told", w.told(), letters)
		if t.Failed() {
			t.Fatalf("in the order %v", kinds(order))
		}
	}
}

func kinds(list []emulator.Event) (names []string) {
	for _, e := range list {
		names = append(names, e.Type)
	}
	return names
}

// Webhooks come while life goes on, late, twice, or never; whoever was not told of
// something looks for it.
func TestEventsThatComeLateTwiceOrNeverEndInTheSame(t *testing.T) {
	t.Parallel()
	random := chance(t)
	l := liveLife(t)
	ordered := l.told(t, func(s stage, pool []emulator.Event) (now, later []emulator.Event) { return pool, nil })
	want, spans, events := ordered.rows(moneyTables...), ordered.rows(spanTable), ordered.rows(heardTable)
	for _, what := range []string{"welcome ai_secretary", "moved ai_project_manager", "owed", "restored", "ended ai_project_manager"} {
		if !slices.Contains(ordered.told(), what+" ada@example.com") {
			t.Errorf("in order, %q was not told: %v", what, ordered.told())
		}
	}
	for range 25 * *moneyRuns {
		w := l.told(t, func(s stage, pool []emulator.Event) (now, later []emulator.Event) {
			for _, e := range shuffled(random, pool) {
				switch random.IntN(5) {
				case 0: // never
				case 1:
					later = append(later, e)
				case 2:
					now, later = append(now, e), append(later, e)
				default:
					now = append(now, e)
				}
			}
			return now, later
		})
		w.same("what is stored", w.rows(moneyTables...), want)
		w.same("what was heard", w.rows(heardTable), events)
		w.noMore("spans", w.rows(spanTable), spans)
		w.noMore("letters told again", again(w.told()), again(ordered.told()))
		if t.Failed() {
			t.FailNow()
		}
	}
}

// noMore insists that there is nothing in a list that is not in another one.
func (w *fork) noMore(what string, got, want []string) {
	w.Helper()
	for _, d := range differ(got, want) {
		if strings.HasPrefix(d, "got ") {
			w.Errorf("%s: %s", what, d)
		}
	}
}

// told lives a life again, stage by stage, with the webhooks that choose lets arrive
// during each. What it puts off comes at the end of a later one. Once in a stage, an
// hour after its end, it is looked for what did not arrive.
func (l life) told(t *testing.T, choose func(s stage, pool []emulator.Event) (now, later []emulator.Event)) *fork {
	t.Helper()
	w := l.start.thaw(t)
	w.must(w.billing.Start(w.Context()))
	var pool []emulator.Event
	for i, s := range l.stages {
		w.at(s)
		var now []emulator.Event
		if now, pool = choose(s, append(pool, s.events...)); i == len(l.stages)-1 {
			now, pool = append(now, pool...), nil
		}
		for _, e := range now {
			w.deliver(e)
			if len(now)%2 == 0 {
				w.work()
			}
		}
		w.work()
		w.clock.Set(s.now.Truncate(time.Hour).Add(time.Hour))
		w.work()
	}
	return w
}

func TestTheSameEventHundredTimesAtOnceIsAppliedOnce(t *testing.T) {
	t.Parallel()
	l := liveLife(t)
	tables := append(slices.Clone(moneyTables), spanTable, eventTable, queueTable)
	ordered := l.afterwards(t, func(w *fork) {
		for _, e := range l.events() {
			w.deliver(e)
		}
	})
	w := l.afterwards(t, func(w *fork) {
		random := rand.New(rand.NewPCG(1, 1))
		var wg sync.WaitGroup
		for range 100 {
			e := l.decisive()[0]
			wg.Go(func() {
				if rec := w.post(e, secret, w.clock.Now()); rec.Code != 200 {
					t.Errorf("got %d %s", rec.Code, rec.Body)
				}
			})
		}
		for _, e := range shuffled(random, l.events()) {
			wg.Go(func() {
				if rec := w.post(e, secret, w.clock.Now()); rec.Code != 200 {
					t.Errorf("got %d %s", rec.Code, rec.Body)
				}
			})
		}
		for range 4 { // several programs on one queue
			wg.Go(func() {
				for range 5 {
					if _, err := w.jobs.Tick(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
	w.same("what is stored", w.rows(tables...), ordered.rows(tables...))
	w.same("what was told", w.told(), ordered.told())
	n := w.query("SELECT COUNT(*) FROM jobs WHERE kind = 'billing.event' AND attempts <> 1")
	if n[0] != "0" {
		t.Errorf("%s events were acted on more than once", n[0])
	}
}

// The server is down for hours, in which webhooks come to nothing. What it hears of
// first when it is back is newer than all of them.
func TestWhatWasMissedIsFoundThoughSomethingNewerArrivesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.billing.Start(t.Context()))
	ada, bob := w.subscriber("ada", plan.Secretary), w.subscriber("bob", plan.Secretary)
	w.pass(2 * time.Hour)
	for _, s := range w.box.Subscriptions() {
		if s.Customer == ada.CustomerID {
			w.must(w.box.CancelNow(s.ID))
		}
	}
	w.take() // and nobody was there
	w.clock.Advance(5 * time.Hour)
	w.must(w.box.Refund(w.box.Charges()[0].ID, 100))
	for _, e := range w.take() {
		w.deliver(e)
	}
	w.work()
	w.on(ada, plan.Buddy)
	w.on(bob, plan.Secretary)
	if w.letters.count("ended ai_secretary", "ada") != 1 {
		t.Errorf("letters: %v", w.letters.sent)
	}
	w.sound()
}
