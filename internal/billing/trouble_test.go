package billing_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
	"xswarm.ai/server/internal/store/storetest"
	"xswarm.ai/server/internal/stripe"
)

// trouble is what happens to an operation of Stripe's: see emulator.Options.Faulty.
type trouble func(operation string, w http.ResponseWriter, r *http.Request, refuse func(int), operate func(http.ResponseWriter))

// faulty lets happen to an operation what a test wants.
func (w *world) faulty(operation string, rw http.ResponseWriter, r *http.Request, refuse func(int), operate func(http.ResponseWriter)) {
	w.mu.Lock()
	befall := w.befall
	w.mu.Unlock()
	if befall == nil {
		operate(rw)
		return
	}
	befall(operation, rw, r, refuse, operate)
}

// errCut says that the connection was cut.
var errCut = errors.New("connection reset by peer")

// answered lets the emulator answer, unless the connection is cut meanwhile.
func (w *world) answered(rw http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			err = errCut
		} else if p != nil {
			panic(p)
		}
	}()
	w.box.Handler().ServeHTTP(rw, r)
	return nil
}

// troubles are the ways in which Stripe can be in trouble while something is asked
// for.
var troubles = map[string]trouble{
	"429": func(_ string, rw http.ResponseWriter, _ *http.Request, refuse func(int), _ func(http.ResponseWriter)) {
		refuse(429)
	},
	"500": func(_ string, rw http.ResponseWriter, _ *http.Request, refuse func(int), _ func(http.ResponseWriter)) {
		refuse(500)
	},
	"503": func(_ string, rw http.ResponseWriter, _ *http.Request, refuse func(int), _ func(http.ResponseWriter)) {
		refuse(503)
	},
	"a page": func(_ string, rw http.ResponseWriter, _ *http.Request, _ func(int), _ func(http.ResponseWriter)) {
		rw.Header().Set("Content-Type", "text/html")
		rw.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(rw, "<!doctype html><title>Bad gateway</title>")
	},
	"a page that says it is well": func(_ string, rw http.ResponseWriter, _ *http.Request, _ func(int), _ func(http.ResponseWriter)) {
		rw.Header().Set("Content-Type", "text/html")
		fmt.Fprint(rw, "<!doctype html><title>Please sign in to this network</title>")
	},
	"cut before": func(string, http.ResponseWriter, *http.Request, func(int), func(http.ResponseWriter)) {
		panic(http.ErrAbortHandler)
	},
	"cut after": func(_ string, _ http.ResponseWriter, _ *http.Request, _ func(int), operate func(http.ResponseWriter)) {
		operate(httptest.NewRecorder())
		panic(http.ErrAbortHandler)
	},
	"a page after": func(_ string, rw http.ResponseWriter, _ *http.Request, _ func(int), operate func(http.ResponseWriter)) {
		operate(httptest.NewRecorder())
		rw.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(rw, "<!doctype html><title>Bad gateway</title>")
	},
}

// hit lets trouble befall the n-th change that Stripe is asked for from now on, and
// returns the changes that it was asked for.
func (w *world) hit(n int, by trouble) *[]string {
	var asked []string
	w.mu.Lock()
	defer w.mu.Unlock()
	w.befall = func(op string, rw http.ResponseWriter, r *http.Request, refuse func(int), operate func(http.ResponseWriter)) {
		if r.Method == http.MethodGet {
			operate(rw)
			return
		}
		w.mu.Lock()
		asked = append(asked, op)
		now := len(asked) == n
		w.mu.Unlock()
		if now {
			by(op, rw, r, refuse, operate)
			return
		}
		operate(rw)
	}
	return &asked
}

// insists clicks again, some seconds later each time, until it is done. Nobody is
// told in between that it cannot be done.
func (w *world) insists(what string, click func() error) {
	w.Helper()
	var err error
	for range 4 {
		if err = click(); err == nil {
			return
		}
		if !errors.Is(err, billing.ErrUnreachable) {
			w.Errorf("%s: %v", what, err)
		}
		w.clock.Advance(7 * time.Second)
	}
	w.Fatalf("%s: in vain: %v", what, err)
}

// deed is something that people do at Stripe through us, in several steps.
type deed struct {
	name string
	from func(w *world) account.User
	do   func(w *fork, u account.User)
}

func deeds() []deed {
	subscriber := func(tier plan.Tier) func(*world) account.User {
		return func(w *world) account.User { return w.subscriber("ada", tier) }
	}
	return []deed{
		{"buying", func(w *world) account.User { return w.somebody("ada") }, buyingTwice},
		{"moving up", subscriber(plan.Secretary), movingUp},
		{"moving down", subscriber(plan.Manager), movingDown},
		{"numbers", subscriber(plan.Secretary), moreNumbers},
		{"the portal", subscriber(plan.Secretary), func(w *fork, u account.User) {
			w.insists("portal", func() error { _, err := w.billing.Portal(w.Context(), u, ""); return err })
		}},
	}
}

// later is an hour later, with what is due now done at once.
func (w *fork) later() {
	w.Helper()
	w.settle()
	w.pass(time.Hour)
}

// buyingTwice orders one plan, then rather another, and pays for that.
func buyingTwice(w *fork, u account.User) {
	var last billing.Checkout
	for _, tier := range []plan.Tier{plan.Secretary, plan.Manager} {
		w.insists("checkout", func() (err error) {
			last, err = w.billing.Checkout(w.Context(), w.again(u), billing.CheckoutRequest{Tier: tier})
			return err
		})
	}
	w.pay(last, good)
	w.later()
}

// movingUp cancels, and then moves up with a quote.
func movingUp(w *fork, u account.User) {
	w.use(u, plan.SMSMessages, 520)
	w.changes(u, plan.Buddy)
	w.changes(u, plan.Manager)
	w.use(u, plan.VoiceMinutes, 30)
	w.later()
}

// movingDown moves down, takes it back, cancels, and takes that back.
func movingDown(w *fork, u account.User) {
	for _, tier := range []plan.Tier{plan.Secretary, plan.Manager, plan.Buddy, plan.Manager} {
		w.changes(u, tier)
	}
	w.settle()
}

// changes moves somebody to a tier, with a quote that stays the same while they click.
func (w *world) changes(u account.User, tier plan.Tier) {
	w.Helper()
	var p billing.Preview
	w.insists("preview", func() (err error) {
		p, err = w.billing.Preview(w.Context(), w.again(u), tier)
		return err
	})
	w.clock.Advance(time.Second)
	w.insists("change", func() error {
		_, err := w.billing.Change(w.Context(), w.again(u), billing.ChangeRequest{Tier: tier, At: p.Quote.At})
		var refusal *billing.Refusal
		if errors.As(err, &refusal) {
			w.Errorf("to %s: %v", tier, err)
		}
		return err
	})
}

// moreNumbers takes two numbers beyond the included one, gives one up, then the other.
func moreNumbers(w *fork, u account.User) {
	for _, held := range []int{3, 2, 1} {
		w.hold(u, held)
		w.must(w.store.EnqueueJobs(w.Context(), w.billing.NumbersJob(u.ID, fmt.Sprint(held))))
		w.later()
	}
}

// facts is what is at Stripe in the end, without its names and moments.
func (w *fork) facts() []string {
	var list []string
	for _, c := range w.box.Customers() {
		list = append(list, fmt.Sprintf("customer %s balance %d", c.Email, c.Balance))
	}
	for _, s := range w.box.Sessions() {
		list = append(list, fmt.Sprintf("checkout %s %d", s.Status, s.Total))
	}
	for _, s := range w.box.Subscriptions() {
		list = append(list, fmt.Sprintf("subscription %s %s ends %t scheduled %t", s.Status, s.Items, !s.Ends.IsZero(), s.Schedule != ""))
	}
	for _, i := range w.box.Invoices() {
		list = append(list, fmt.Sprintf("invoice %s %s of %d lines", i.Reason, i.Status, len(i.Lines)))
	}
	for _, c := range w.box.Charges() {
		list = append(list, "charge "+c.Status)
	}
	for _, m := range w.box.Meters() {
		for _, u := range m.Usage {
			list = append(list, fmt.Sprintf("usage %s %s", m.EventName, u.Value))
		}
	}
	return list
}

func TestWhateverHappensToOneRequestItIsDoneOnce(t *testing.T) {
	t.Parallel()
	for _, d := range deeds() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			var u account.User
			begin := freeze(t, func(w *world) { u = d.from(w) })
			calm := begin.thaw(t)
			asked := calm.hit(0, nil)
			d.do(calm, u)
			calm.sound()
			want, stored := calm.facts(), calm.standing()
			if len(*asked) == 0 {
				t.Fatal("nothing was asked for")
			}
			t.Logf("%d changes: %v", len(*asked), *asked)
			for n := range *asked {
				for name, happens := range troubles {
					w := begin.thaw(t)
					w.hit(n+1, happens)
					d.do(w, u)
					w.same("what is at Stripe", w.facts(), want)
					w.same("what is stored", w.standing(), stored)
					w.sound()
					if t.Failed() {
						t.Fatalf("%s in the place of %s, the change number %d", name, (*asked)[n], n+1)
					}
				}
			}
		})
	}
}

// Setting up again what was set up by half makes the rest, and nothing twice.
func TestASetupThatIsCutOffIsMadeWholeByAnother(t *testing.T) {
	t.Parallel()
	blank := func() *world {
		clock := storetest.NewClock()
		return worldFrom(t, storetest.Embedded(t, clock), clock, nil)
	}
	setUp := func(w *world) error {
		_, err := w.payments.Setup(t.Context(), stripe.SetupOptions{WebhookURL: product + stripe.WebhookPath, EventsURL: product + stripe.EventsPath})
		return err
	}
	calm := blank()
	asked := calm.hit(0, nil)
	calm.must(setUp(calm))
	want := calm.catalogue()
	if len(*asked) < 15 {
		t.Errorf("only %v was asked for", *asked)
	}
	names := slices.Sorted(maps.Keys(troubles))
	for n := range *asked {
		w := blank()
		name := names[n%len(names)]
		w.hit(n+1, troubles[name])
		if err := setUp(w); err == nil {
			t.Errorf("%s in the place of %s, and all is well", name, (*asked)[n])
		}
		w.clock.Advance(time.Minute)
		w.must(setUp(w))
		if got := w.catalogue(); got != want {
			t.Fatalf("%s in the place of %s: got %s, want %s", name, (*asked)[n], got, want)
		}
	}
}

// catalogue counts what is sold.
func (w *world) catalogue() string {
	w.Helper()
	count := map[string]int{}
	for _, what := range []string{"products", "prices", "billing/meters", "webhook_endpoints", "billing_portal/configurations"} {
		count[what] = len(w.ask("GET", "/v1/"+what+"?limit=100", nil)["data"].([]any))
	}
	return fmt.Sprint(count)
}

// standing is where people stand in the end, without moments and names.
func (w *fork) standing() []string {
	list := w.rows(
		"SELECT 'user', subscription_tier, metered_subscription IS NULL, stripe_customer_id IS NULL, json_extract(subscription, '$.status'), json_extract(subscription, '$.next'), json_extract(subscription, '$.ends_at') IS NULL FROM users",
		"SELECT 'order', tier, state FROM checkouts",
		"SELECT 'invoice', status, currency FROM invoices",
		"SELECT 'told', feature, SUM(quantity), state FROM meter_events GROUP BY feature, state",
	)
	for _, letter := range w.told() {
		list = append(list, "letter "+letter)
	}
	slices.Sort(list)
	return list
}

// hold gives somebody so many numbers.
func (w *fork) hold(u account.User, n int) {
	w.Helper()
	w.change("DELETE FROM phone_numbers")
	for i := range n {
		w.change(fmt.Sprintf(`INSERT INTO phone_numbers (id, user_id, number, kind, sms_state, created_at, updated_at)
			VALUES ('num_%d', '%s', '+1800555010%d', 'toll_free', 'verified', 1, 1)`, i, u.ID, i))
	}
}

// change runs a statement on the database.
func (w *fork) change(statement string) {
	w.Helper()
	ctx := context.WithoutCancel(w.Context())
	err := w.file.One(ctx, func(tx db.DBTX) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}
