package billing_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	emulator "xswarm.ai/server/internal/sandbox/stripe"
)

// events are all that is in the inbox, newest first.
func (w *world) events() []billing.Event {
	w.Helper()
	list, err := w.billing.Events(w.Context(), "", "", 500)
	w.must(err)
	return list
}

// bought is somebody who has paid, of which nothing was told yet.
func bought(t *testing.T) (*world, []emulator.Event) {
	w := newWorld(t)
	w.pay(w.order(w.somebody("ada"), plan.Secretary), good)
	return w, w.take()
}

func TestOnlyWhatStripeHasSignedJustNowIsTakenIn(t *testing.T) {
	t.Parallel()
	w, list := bought(t)
	e, now := list[0], w.clock.Now()
	refuse := func(what string, rec *httptest.ResponseRecorder) {
		if rec.Code == 200 || strings.Contains(rec.Body.String(), secret) {
			t.Errorf("%s: got %d %s", what, rec.Code, rec.Body)
		}
	}
	refuse("with another secret", w.post(e, "whsec_other", now))
	refuse("with no secret", w.post(e, "", now))
	refuse("too old", w.post(e, secret, now.Add(-301*time.Second)))
	refuse("ahead", w.post(e, secret, now.Add(301*time.Second)))
	other := e
	other.Body = bytes.ReplaceAll(e.Body, []byte(`"livemode": false`), []byte(`"livemode": true`))
	if bytes.Equal(other.Body, e.Body) {
		t.Fatal("the event does not say its mode")
	}
	refuse("of the other mode", w.post(other, secret, now))
	other.Body = e.Body[:len(e.Body)-20]
	refuse("cut off", w.post(other, secret, now))
	other.Body = append(bytes.Clone(e.Body), ' ')
	rec := httptest.NewRecorder()
	r := httptest.NewRequest("POST", e.URL, bytes.NewReader(other.Body))
	r.Header.Set("Stripe-Signature", sign(e.Body, secret, now))
	w.hooks.Snapshot(rec, r)
	refuse("changed by a blank", rec)
	r = httptest.NewRequest("POST", e.URL, bytes.NewReader(e.Body))
	rec = httptest.NewRecorder()
	w.hooks.Snapshot(rec, r)
	refuse("unsigned", rec)
	other = e
	other.Thin = true
	refuse("at the other address", w.post(other, secret, now))
	if list := w.events(); len(list) != 0 {
		t.Errorf("%d events were stored", len(list))
	}
	w.settle()
	w.on(w.userCalled("ada"), plan.Buddy)

	w.deliver(e)
	if rec := w.post(e, secret, now.Add(-299*time.Second)); rec.Code != 200 {
		t.Errorf("a late one: got %d", rec.Code)
	}
	if list := w.events(); len(list) != 1 || list[0].ID != e.ID || list[0].State != billing.EventReceived || list[0].Body != string(e.Body) {
		t.Errorf("got %+v", list)
	}
	w.sound()
}

func TestBothSecretsCountWhileTheyAreRolled(t *testing.T) {
	t.Parallel()
	w, list := bought(t)
	w.hooks = w.webhooks("whsec_new", secret)
	for i, e := range list {
		if rec := w.post(e, []string{secret, "whsec_new"}[i%2], w.clock.Now()); rec.Code != 200 {
			t.Errorf("%s: got %d", e.Type, rec.Code)
		}
	}
	w.hooks = w.webhooks("whsec_new")
	if rec := w.post(list[0], secret, w.clock.Now()); rec.Code == 200 {
		t.Error("the old secret still counts")
	}
	w.settle()
	w.on(w.userCalled("ada"), plan.Secretary)
	w.sound()
}

func TestAnEventThatIsOlderThanWhatIsKnownChangesNothing(t *testing.T) {
	t.Parallel()
	w, list := bought(t)
	u := w.userCalled("ada")
	_, err := w.billing.Link(t.Context(), u, u.CustomerID) // which reads it
	w.must(err)
	w.must(w.box.CancelNow(w.again(u).Subscription.ID))
	w.settle()
	w.on(u, plan.Buddy)
	w.pass(day)
	for _, e := range list { // which tell of a subscription that begins
		w.deliver(e)
	}
	w.settle()
	w.on(u, plan.Buddy)
	w.told("ada", "welcome ai_secretary", "ended ai_secretary")
	w.sound()
}

func TestWhatNobodyToldIsFoundByTheHourlySweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.billing.Start(t.Context()))
	w.silent = true
	u := w.somebody("ada")
	w.pay(w.order(u, plan.Secretary), failsLater)
	w.settle()
	w.on(u, plan.Buddy)
	w.pass(hour)
	w.on(u, plan.Secretary)
	w.told("ada", "welcome ai_secretary")
	w.use(u, plan.SMSMessages, 620)
	w.pass(hour)
	w.clock.Set(january.End.Add(-hour))
	w.until(january.End.Add(3 * hour))
	u = w.on(u, plan.Secretary)
	if sub := u.Subscription; sub.Status != plan.PastDue || !sub.OwedSince.Equal(due) {
		t.Errorf("got %+v", sub)
	}
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "owed")
	w.settleDebt(u)
	w.pass(hour)
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 620, 500))
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "owed", "restored")
	for _, e := range w.events() {
		if e.State != billing.EventApplied && e.State != billing.EventIgnored {
			t.Errorf("%s is %s", e.Kind, e.State)
		}
	}
	w.must(w.box.CancelNow(u.Subscription.ID))
	w.pass(hour)
	w.on(u, plan.Buddy)
	w.told("ada", "welcome ai_secretary", "sms_messages 100%", "owed", "restored", "ended ai_secretary")
	w.sound()
}

func TestWhatNobodyToldIsFoundAfterTheProgramStoodStillForDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.billing.Start(t.Context()))
	u := w.subscriber("ada", plan.Secretary)
	w.silent = true
	w.pass(hour)
	w.clock.Set(at("2026-02-20 00:00:00")) // nothing ran meanwhile
	w.box.CatchUp()
	w.work()
	w.on(u, plan.Secretary)
	w.totals("ada", "paid", secretary, secretary)
	w.told("ada", "welcome ai_secretary")
	w.sound()
}

func TestAnEventOfAKindThatNobodyAskedForIsKeptAndIgnored(t *testing.T) {
	t.Parallel()
	w, list := bought(t)
	ignored := 0
	for _, e := range list {
		w.deliver(e)
	}
	w.settle()
	for _, e := range w.events() {
		if e.State == billing.EventIgnored {
			ignored++
		}
	}
	if ignored == 0 {
		t.Error("nothing was ignored")
	}
	strange := emulator.Event{
		ID: "evt_strange", Type: "issuing_card.created", URL: list[0].URL,
		Body: fmt.Appendf(nil, `{"id":"evt_strange","object":"event","type":"issuing_card.created","livemode":false,"created":%d,"api_version":"2030-01-01.xylophone","data":{"object":{"id":7}}}`, w.clock.Now().Unix()),
	}
	w.deliver(strange)
	w.settle()
	if e, err := w.billing.Event(t.Context(), "evt_strange"); err != nil || e.State != billing.EventIgnored {
		t.Errorf("got %+v, %v", e, err)
	}
	w.sound()
}
