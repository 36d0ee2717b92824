package billing_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/plan"
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// at is a moment, in UTC.
func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		panic(err)
	}
	return t
}

// told insists on all that somebody has been written, each letter as often as it is
// named, and nothing else.
func (w *world) told(name string, want ...string) {
	w.Helper()
	w.letters.mu.Lock()
	defer w.letters.mu.Unlock()
	var got []string
	for _, s := range w.letters.sent {
		if what, ok := strings.CutSuffix(s, " "+name+"@example.com"); ok {
			got = append(got, what)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.Errorf("%s was written %q, want %q", name, got, want)
	}
}

// alerted insists on the kinds of the alerts that last.
func (w *world) alerted(want ...string) {
	w.Helper()
	if got := w.alerts(); !slices.Equal(got, want) {
		w.Errorf("alerts: %v, want %v", got, want)
	}
}

// code insists on a fault.
func (w *world) code(err error, want string) *fault.Error {
	w.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != want {
		w.Fatalf("got %v, want the fault %s", err, want)
	}
	return f
}

// must insists that something went well.
func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// may insists that somebody may use one more.
func (w *world) may(u account.User, features ...plan.Feature) {
	w.Helper()
	for _, f := range features {
		if err := w.billing.Gate(w.Context(), w.again(u), f); err != nil {
			w.Errorf("%s may not use more %s: %v", u.Name, f, err)
		}
	}
}

// refused insists that somebody may not use one more, and on why.
func (w *world) refused(u account.User, f plan.Feature, code string) *fault.Error {
	w.Helper()
	got := w.code(w.billing.Gate(w.Context(), w.again(u), f), code)
	if got.Kind != fault.Upgrade || got.Offer == nil || got.Offer.URL != product+billing.PagePath {
		w.Errorf("the refusal of %s is %+v", f, got)
	}
	return got
}

// usage is somebody's report.
func (w *world) usage(u account.User) billing.Usage {
	w.Helper()
	report, err := w.billing.Usage(w.Context(), w.again(u))
	w.must(err)
	return report
}

// line is a feature in somebody's report.
func (w *world) line(u account.User, f plan.Feature) billing.FeatureUsage {
	w.Helper()
	for _, l := range w.usage(u).Features {
		if l.Feature == f {
			return l
		}
	}
	w.Fatalf("the report has no %s", f)
	return billing.FeatureUsage{}
}

// useAt records usage of a moment.
func (w *world) useAt(u account.User, f plan.Feature, quantity int64, when time.Time) {
	w.Helper()
	w.numbers++
	w.must(w.billing.Record(w.Context(), w.record(u, f, quantity, when, fmt.Sprintf("test:%d", w.numbers))))
}

func (w *world) record(u account.User, f plan.Feature, quantity int64, when time.Time, key string) billing.Record {
	return billing.Record{
		ID: id.New(id.Usage, w.clock.Now()), UserID: u.ID, Feature: f, Quantity: quantity, Measured: quantity, RecordedAt: when, SourceKey: key,
	}
}

// change moves somebody to another plan, and does what follows.
func (w *world) change(u account.User, tier plan.Tier) account.User {
	w.Helper()
	_, err := w.billing.Change(w.Context(), w.again(u), billing.ChangeRequest{Tier: tier})
	w.must(err)
	w.settle()
	return w.again(u)
}

// order opens a checkout.
func (w *world) order(u account.User, tier plan.Tier) billing.Checkout {
	w.Helper()
	c, err := w.billing.Checkout(w.Context(), w.again(u), billing.CheckoutRequest{Tier: tier})
	w.must(err)
	return c
}

// invoicesOf are somebody's, by name, oldest first.
func (w *world) invoicesOf(name string) []billing.Invoice {
	w.Helper()
	return w.invoices(w.userCalled(name))
}

// userCalled is somebody by their name.
func (w *world) userCalled(name string) account.User {
	w.Helper()
	u, err := w.store.UserByEmail(w.Context(), name+"@example.com")
	w.must(err)
	return u
}

// charge is the latest payment of somebody's that succeeded.
func (w *world) charge(u account.User) string {
	w.Helper()
	for _, c := range w.box.Charges() {
		if c.Customer == w.again(u).CustomerID && c.Status == "succeeded" {
			return c.ID
		}
	}
	w.Fatalf("%s has paid nothing", u.Name)
	return ""
}

// failCards makes what somebody pays with fail from now on, or pay again.
func (w *world) failCards(u account.User, fails bool) {
	w.Helper()
	for _, c := range w.box.Customers() {
		if c.ID != w.again(u).CustomerID {
			continue
		}
		for _, card := range c.Cards {
			w.must(w.box.FailCard(card.ID, fails))
		}
	}
}

// unpaid is the oldest of somebody's bills that is open.
func (w *world) unpaid(u account.User) billing.Invoice {
	w.Helper()
	for _, i := range w.invoices(u) {
		if i.Status == "open" {
			return i
		}
	}
	w.Fatalf("%s has no open bill", u.Name)
	return billing.Invoice{}
}

// count is how many there are of something at Stripe, in a state.
func count[T any](list []T, is func(T) bool) int {
	n := 0
	for _, x := range list {
		if is(x) {
			n++
		}
	}
	return n
}

// grant gives somebody a tier, with an end or ("") without one; the tier "" takes it
// away.
func (w *world) grant(u account.User, tier plan.Tier, until string) account.User {
	w.Helper()
	g := plan.Grant{Tier: tier, Reason: "a friend"}
	if until != "" {
		g.Until = at(until)
	}
	u, err := w.accounts.Grant(w.Context(), u.ID, g, account.ActorOperator)
	w.must(err)
	return u
}

// page fills in a hosted page and presses one of its buttons.
func (w *world) page(address, button string, fields ...string) {
	w.Helper()
	form := url.Values{"action": {button}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest("POST", strings.TrimPrefix(address, "http://pay.example"), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.box.Handler().ServeHTTP(rec, r)
	if rec.Code >= 400 {
		w.Fatalf("the page answers %d: %s", rec.Code, rec.Body)
	}
}

// failOn fails requests to a path.
func failOn(path string) func(*http.Request) error {
	return func(r *http.Request) error {
		if r.URL.Path == path {
			return errLost
		}
		return nil
	}
}

// codeOf is the code of a fault.
func (w *world) codeOf(err error) string { return fault.From(err).Code }
