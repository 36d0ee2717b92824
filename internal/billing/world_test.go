package billing_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
	emulator "xswarm.ai/server/internal/sandbox/stripe"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
	"xswarm.ai/server/internal/stripe"
)

const (
	key     = "sk_test_51billing"
	secret  = "whsec_billing"
	product = "https://xswarm.example"
)

// world is the product's money on a real store, with the adapter, in front of the
// emulated Stripe, whose webhooks are delivered when a test says so.
type world struct {
	*testing.T
	clock    *storetest.Clock
	engine   store.Engine // only on the embedded one
	store    *store.Store
	jobs     *jobs.Runner
	box      *emulator.Engine
	payments *stripe.Client
	billing  *billing.Service
	accounts *account.Service
	hooks    *stripe.Webhooks
	letters  *letters

	mu      sync.Mutex
	waiting []emulator.Event // webhooks that were not delivered
	fail    func(*http.Request) error
	lose    func(*http.Request) bool                       // what is done and not answered
	instead func(*http.Request) *httptest.ResponseRecorder // what is answered and not done; nil: as usual
	silent  bool                                           // webhooks get lost
	befall  trouble
	numbers int
}

// newWorld begins on Monday 5 January 2026, 09:00 UTC, with Stripe set up.
func newWorld(t *testing.T, change ...func(*stripe.Options)) *world {
	t.Helper()
	clock, engine := storetest.NewClock(), storetest.EmbeddedEngine(t)
	w := newWorldOn(t, store.New(engine, clock.Now), clock, change...)
	w.engine = engine
	return w
}

func newWorldOn(t *testing.T, s *store.Store, clock *storetest.Clock, change ...func(*stripe.Options)) *world {
	t.Helper()
	w := worldFrom(t, s, clock, nil, change...)
	w.setUp()
	return w
}

// worldFrom is a world whose Stripe begins as the emulator was saved.
func worldFrom(t *testing.T, s *store.Store, clock *storetest.Clock, saved json.RawMessage, change ...func(*stripe.Options)) *world {
	t.Helper()
	w := &world{T: t, clock: clock, store: s, letters: &letters{}}
	var err error
	w.box, err = emulator.New(emulator.Options{
		Key: key, Now: clock.Now, PublicURL: "http://pay.example",
		Send: w.send, Faulty: w.faulty,
		Violated: func(op, field, problem, _ string) { t.Errorf("%s: %s %s", op, field, problem) },
	}, saved)
	if err != nil {
		t.Fatal(err)
	}
	o := stripe.Options{SecretKey: key, BaseURL: "http://stripe.example", Transport: w, Now: clock.Now}
	for _, f := range change {
		f(&o)
	}
	w.payments = stripe.New(o)
	w.accounts = account.New(account.Options{
		Store: s, Secrets: [][]byte{[]byte("a secret of thirty-two characters")}, Now: clock.Now,
		OnGrant: func(u account.User) []jobs.Job { return w.billing.GrantJobs(u) },
	})
	w.as()
	return w
}

func (w *world) service(change ...func(*billing.Options)) *billing.Service {
	o := billing.Options{
		Store: w.store, Payments: w.payments, Users: w, Letters: w.letters, Grace: billing.DefaultGrace,
		BaseURL: product, Operator: "operator@xswarm.example", Now: w.clock.Now,
	}
	for _, f := range change {
		f(&o)
	}
	return billing.New(o)
}

// as lets another service do everything from now on, as if the program had been
// started again with another configuration.
func (w *world) as(change ...func(*billing.Options)) {
	w.jobs = &jobs.Runner{Store: w.store, Log: slog.New(slog.DiscardHandler), Now: w.clock.Now, Parallel: 4}
	w.billing = w.service(change...)
	w.billing.Register(w.jobs)
	w.accounts.Register(w.jobs)
	w.hooks = w.webhooks(secret)
}

// webhooks takes in events that are signed with one of some secrets.
func (w *world) webhooks(secrets ...string) *stripe.Webhooks {
	return stripe.NewWebhooks(stripe.WebhookOptions{
		Secrets: secrets, EventSecrets: secrets, Inbox: w.billing, Now: w.clock.Now,
		Fail: func(rw http.ResponseWriter, _ *http.Request, err error) { http.Error(rw, err.Error(), 400) },
	})
}

// User is described by billing.Users.
func (w *world) User(ctx context.Context, id string) (account.User, error) {
	return w.store.User(ctx, id)
}

// RoundTrip takes the adapter's requests to the emulator.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	fail, lose, instead := w.fail, w.lose, w.instead
	w.mu.Unlock()
	if fail != nil {
		if err := fail(r); err != nil {
			return nil, err
		}
	}
	rec := (*httptest.ResponseRecorder)(nil)
	if instead != nil {
		rec = instead(r)
	}
	if rec == nil {
		rec = httptest.NewRecorder()
		if err := w.answered(rec, r); err != nil {
			return nil, err
		}
	}
	if rec.Code >= 400 && rec.Code != http.StatusNotFound {
		w.Logf("%s %s: %d %s", r.Method, r.URL, rec.Code, strings.Join(strings.Fields(rec.Body.String()), " "))
	}
	if lose != nil && lose(r) {
		return nil, errLost
	}
	res := rec.Result()
	res.Request = r
	return res, nil
}

var errLost = errors.New("the connection was cut before the answer came")

// loseAnswer lets the next request of a method to a path be done and not answered.
func (w *world) loseAnswer(method, path string) {
	lost := false
	w.lose = func(r *http.Request) bool {
		if lost || r.Method != method || !strings.HasPrefix(r.URL.Path, path) {
			return false
		}
		lost = true
		return true
	}
}

// setUp lets the emulated Stripe sell the plans and tell us things.
func (w *world) setUp() {
	w.Helper()
	if _, err := w.payments.Setup(w.Context(), stripe.SetupOptions{}); err != nil {
		w.Fatal(err)
	}
	w.box.Tell(product+stripe.WebhookPath, secret)
	w.box.TellThin(product+stripe.EventsPath, secret)
}

// somebody is a new user without a plan.
func (w *world) somebody(name string) account.User {
	w.Helper()
	now := w.clock.Now()
	u := account.User{
		ID: id.New(id.User, now), Email: name + "@example.com", EmailVerified: true, Name: name, Username: name,
		TimeZone: "America/New_York", PasswordHash: "x",
	}
	e := account.Event{ID: id.New(id.Audit, now), UserID: u.ID, Actor: "system", Action: "test", At: now}
	if err := w.store.CreateUser(w.Context(), u, account.Token{}, e); err != nil {
		w.Fatal(err)
	}
	return w.again(u)
}

// again is a user as they are now.
func (w *world) again(u account.User) account.User {
	w.Helper()
	u, err := w.store.User(w.Context(), u.ID)
	if err != nil {
		w.Fatal(err)
	}
	return u
}

// buy lets somebody buy a plan with a card, and everything that follows be done.
func (w *world) buy(u account.User, tier plan.Tier, card string) account.User {
	w.Helper()
	c, err := w.billing.Checkout(w.Context(), u, billing.CheckoutRequest{Tier: tier})
	if err != nil {
		w.Fatal(err)
	}
	w.pay(c, card)
	w.settle()
	return w.again(u)
}

// pay fills in the page of an order.
func (w *world) pay(c billing.Checkout, card string) {
	w.Helper()
	if _, err := w.box.Pay(c.SessionID, card, true); err != nil {
		w.Fatal(err)
	}
}

// subscriber is somebody new on a plan.
func (w *world) subscriber(name string, tier plan.Tier) account.User {
	w.Helper()
	u := w.buy(w.somebody(name), tier, good)
	if got := u.Entitlement(w.clock.Now()); got.Tier != tier || got.Source != plan.Paid {
		w.Fatalf("%s is on %+v", name, got)
	}
	return u
}

// The cards of the emulator.
const (
	good       = "4242424242424242"
	declined   = "4000000000000002"
	failsLater = "4000000000000341"
	asksBank   = "4000002500003155"
)

// send keeps a webhook until it is delivered.
func (w *world) send(e emulator.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.silent {
		w.waiting = append(w.waiting, e)
	}
}

// take returns the webhooks that wait, and forgets them.
func (w *world) take() []emulator.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.waiting
	w.waiting = nil
	return list
}

// deliver delivers a webhook as Stripe does, and insists that it is taken.
func (w *world) deliver(e emulator.Event) {
	w.Helper()
	if rec := w.post(e, secret, w.clock.Now()); rec.Code != http.StatusOK {
		w.Fatalf("%s: got %d %s", e.Type, rec.Code, rec.Body)
	}
}

// post sends a webhook that was signed with a secret at a moment.
func (w *world) post(e emulator.Event, secret string, at time.Time) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", e.URL, bytes.NewReader(e.Body))
	r.Header.Set("Stripe-Signature", sign(e.Body, secret, at))
	rec := httptest.NewRecorder()
	if e.Thin {
		w.hooks.Thin(rec, r)
	} else {
		w.hooks.Snapshot(rec, r)
	}
	return rec
}

// sign is the header with which Stripe signs a body.
func sign(body []byte, secret string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// settle delivers everything and does everything that is due, until nothing is left.
func (w *world) settle() {
	w.Helper()
	for range 100 {
		w.box.CatchUp()
		list := w.take()
		for _, e := range list {
			w.deliver(e)
		}
		if n := w.work(); n == 0 && len(list) == 0 {
			return
		}
	}
	w.Fatal("there is no end of what is to be done")
}

// work does the jobs that are due, once through, and returns how many it did.
func (w *world) work() int {
	w.Helper()
	done := 0
	for {
		n, err := w.jobs.Tick(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return done
		}
		done += n
	}
}

// pass lets time go by, with everything that falls into it done at its moment.
func (w *world) pass(d time.Duration) {
	w.Helper()
	w.until(w.clock.Now().Add(d))
}

func (w *world) until(end time.Time) {
	w.Helper()
	w.settle() // what is due already
	for now := w.clock.Now(); now.Before(end); now = w.clock.Now() {
		next := end
		if due, ok := w.box.NextDue(); ok && due.After(now) && due.Before(next) {
			next = due
		}
		if due, ok, err := w.store.NextJob(w.Context()); err != nil {
			w.Fatal(err)
		} else if ok && due.After(now) && due.Before(next) {
			next = due
		}
		w.clock.Set(next)
		w.settle()
	}
}

// use records usage, each of the records of a key of its own.
func (w *world) use(u account.User, f plan.Feature, quantity int64) {
	w.Helper()
	w.numbers++
	now := w.clock.Now()
	err := w.billing.Record(w.Context(), billing.Record{
		ID: id.New(id.Usage, now), UserID: u.ID, Feature: f, Quantity: quantity, Measured: quantity,
		RecordedAt: now, SourceKey: fmt.Sprintf("test:%d", w.numbers),
	})
	if err != nil {
		w.Fatal(err)
	}
}

// ask puts a request to the emulator, as somebody at Stripe's dashboard would.
func (w *world) ask(method, path string, form url.Values) map[string]any {
	w.Helper()
	body := strings.NewReader(form.Encode())
	if method == "GET" && len(form) > 0 {
		path, body = path+"?"+form.Encode(), strings.NewReader("")
	}
	r := httptest.NewRequest(method, "http://stripe.example"+path, body)
	r.Header.Set("Authorization", "Bearer "+key)
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	w.box.Handler().ServeHTTP(rec, r)
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code != http.StatusOK {
		w.Fatalf("%s %s: got %d %s", method, path, rec.Code, rec.Body)
	}
	return out
}

// on insists on what somebody may use now.
func (w *world) on(u account.User, tier plan.Tier) account.User {
	w.Helper()
	u = w.again(u)
	if got := u.Entitlement(w.clock.Now()).Tier; got != tier {
		w.Fatalf("%s is on %s, want %s (subscription: %s)", u.Name, got, tier, u.Subscription.Status)
	}
	return u
}

// alerts are the kinds of those that last, in order.
func (w *world) alerts() []string {
	w.Helper()
	list, err := w.billing.Alerts(w.Context(), false)
	if err != nil {
		w.Fatal(err)
	}
	var kinds []string
	for _, a := range list {
		kinds = append(kinds, a.Kind)
	}
	slices.Sort(kinds)
	return kinds
}

// sound insists that nothing was given up and nothing needs a person.
func (w *world) sound() {
	w.Helper()
	if got := w.alerts(); len(got) > 0 {
		w.Errorf("alerts: %v", got)
	}
	dead, err := w.store.ListJobs(w.Context(), jobs.Query{State: jobs.Dead, Limit: 10})
	if err != nil {
		w.Fatal(err)
	}
	for _, j := range dead {
		w.Errorf("%s was given up: %s", j.Kind, j.Error)
	}
}

// invoices are somebody's, oldest first.
func (w *world) invoices(u account.User) []billing.Invoice {
	w.Helper()
	list, _, err := w.billing.Invoices(w.Context(), u, "", 50)
	if err != nil {
		w.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// shuffled puts webhooks into another order, with some of them twice.
func shuffled(random *rand.Rand, list []emulator.Event) []emulator.Event {
	list = slices.Clone(list)
	for _, e := range slices.Clone(list) {
		if random.IntN(4) == 0 {
			list = append(list, e)
		}
	}
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// letters keeps what people were told: "welcome ada@example.com".
type letters struct {
	mu   sync.Mutex
	sent []string
}

func (l *letters) note(what, to string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, what+" "+to)
	return nil
}

// count is how often somebody was told something.
func (l *letters) count(what, name string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, s := range l.sent {
		if s == what+" "+name+"@example.com" {
			n++
		}
	}
	return n
}

func (l *letters) Owed(_ context.Context, _, to, _ string, _ plan.Tier, _, _ string) error {
	return l.note("owed", to)
}
func (l *letters) OwedReminder(_ context.Context, _, to, _ string, _ plan.Tier, _, _ string) error {
	return l.note("owed again", to)
}
func (l *letters) OnHold(_ context.Context, _, to, _ string, _ plan.Tier, _ string) error {
	return l.note("on hold", to)
}
func (l *letters) Restored(_ context.Context, _, to, _ string, _ plan.Tier) error {
	return l.note("restored", to)
}
func (l *letters) ConfirmPayment(_ context.Context, _, to, _, _ string) error {
	return l.note("confirm", to)
}
func (l *letters) TrialEnds(_ context.Context, _, to, _ string, _ plan.Tier, _ string) error {
	return l.note("trial ends", to)
}
func (l *letters) Allowance(_ context.Context, _, to, _ string, f plan.Feature, percent int, _, _ int64, _ bool) error {
	return l.note(fmt.Sprintf("%s %d%%", f, percent), to)
}
func (l *letters) Cap(_ context.Context, _, to, _ string, percent int, _, _ plan.MicroDollars, _ bool) error {
	return l.note(fmt.Sprintf("cap %d%%", percent), to)
}
func (l *letters) Welcome(_ context.Context, _, to, _ string, tier plan.Tier) error {
	return l.note("welcome "+string(tier), to)
}
func (l *letters) Moved(_ context.Context, _, to, _ string, _, tier plan.Tier, when string) error {
	if when != "" {
		return l.note("moves "+string(tier), to)
	}
	return l.note("moved "+string(tier), to)
}
func (l *letters) Ended(_ context.Context, _, to, _ string, tier plan.Tier) error {
	return l.note("ended "+string(tier), to)
}
func (l *letters) Alert(_ context.Context, _, to, message string) error {
	if message == "" {
		return fmt.Errorf("an alert says nothing")
	}
	return l.note("alert", to)
}
