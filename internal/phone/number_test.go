package phone_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
)

// enqueue stores jobs and does them.
func (w *world) enqueue(js ...jobs.Job) {
	w.t.Helper()
	if err := w.store.EnqueueJobs(w.t.Context(), js...); err != nil {
		w.t.Fatal(err)
	}
	w.run()
}

func TestAPlanWithANumberGetsOneAndOnlyOne(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve", plan.Secretary)
	w.carrier.onSale = []string{"+18335550201", "+18335550202"}
	for range 3 { // granted three times
		w.enqueue(w.ProvisionJobs(eve)...)
	}
	list, err := w.Numbers(t.Context(), eve.ID)
	if err != nil || len(list) != 1 || w.carrier.bought != 1 {
		t.Fatalf("has %+v, %v, bought %d", list, err, w.carrier.bought)
	}
	n := list[0]
	if n.Number != "+18335550201" || n.Kind != phone.TollFree || n.SMS != phone.SMSVerified || n.ProviderSID == "" {
		t.Errorf("has %+v", n)
	}
	if w.carrier.owned[0].label != eve.ID {
		t.Errorf("is labelled %q", w.carrier.owned[0].label)
	}
}

func TestAPlanWithoutANumberGetsNone(t *testing.T) {
	w := newWorld(t)
	if js := w.ProvisionJobs(w.bob); len(js) != 0 {
		t.Errorf("jobs %+v", js)
	}
	_, err := w.Provision(t.Context(), w.bob.ID)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Upgrade || !strings.Contains(f.Message, "AI Secretary") {
		t.Errorf("got %v", err)
	}
	// The plan may be gone when the job's turn comes.
	eve := w.user("eve", plan.Secretary)
	js := w.ProvisionJobs(eve)
	w.clock.Advance(time.Hour)
	eve.Grant.Tier = ""
	w.grant(eve)
	w.enqueue(js...)
	if w.carrier.bought != 0 || w.jobsOf("phone.provision")[0].State != jobs.Done {
		t.Errorf("bought %d, the job is %+v", w.carrier.bought, w.jobsOf("phone.provision")[0])
	}
}

func TestWithTextsTurnedOffNoNumberIsBought(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve", plan.Secretary)
	w.TurnOff()
	if js := w.ProvisionJobs(eve); len(js) != 0 {
		t.Errorf("jobs %+v", js)
	}
	if _, err := w.Provision(t.Context(), eve.ID); !errors.Is(err, phone.ErrNoTexts) {
		t.Errorf("got %v", err)
	}
}

func TestANumberThatIsGoneIsNoReasonToStop(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve", plan.Secretary)
	w.carrier.onSale = []string{"+18335550201", "+18335550202"}
	w.carrier.taken = map[string]bool{"+18335550201": true}
	n, err := w.Provision(t.Context(), eve.ID)
	if err != nil || n.Number != "+18335550202" {
		t.Errorf("got %+v, %v", n, err)
	}
}

func TestWhenNoNumberIsOnSaleTheJobTriesAgain(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve", plan.Secretary)
	w.enqueue(w.ProvisionJobs(eve)...)
	if j := w.jobsOf("phone.provision")[0]; j.State != jobs.Queued {
		t.Fatalf("the job is %s", j.State)
	}
	w.carrier.onSale = []string{"+18335550201"}
	w.later(time.Minute)
	if list, _ := w.Numbers(t.Context(), eve.ID); len(list) != 1 {
		t.Errorf("has %+v", list)
	}
}

func TestANumberBoughtByAnAttemptThatDiedIsFoundAgain(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve", plan.Secretary)
	w.carrier.onSale = []string{"+18335550201", "+18335550202"}
	w.carrier.buying = fmt.Errorf("carrier: %w: timeout", phone.ErrUnknown)
	w.enqueue(w.ProvisionJobs(eve)...)
	w.carrier.buying = nil
	w.later(time.Minute)
	list, _ := w.Numbers(t.Context(), eve.ID)
	if w.carrier.bought != 1 || len(list) != 1 || list[0].Number != "+18335550201" {
		t.Errorf("bought %d, has %+v", w.carrier.bought, list)
	}
}

func TestANumberThatMayNotTextYetIsAskedAboutEveryDay(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve", plan.Secretary)
	w.carrier.onSale = []string{"+18335550201"}
	w.carrier.state = phone.SMSPending
	w.enqueue(w.ProvisionJobs(eve)...)
	state := func() phone.SMSState {
		list, err := w.Numbers(context.Background(), eve.ID)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].SMS
	}
	for range 3 {
		if got := state(); got != phone.SMSPending {
			t.Fatalf("is %s", got)
		}
		w.later(24 * time.Hour)
	}
	w.carrier.state = phone.SMSVerified
	w.later(23 * time.Hour)
	if got := state(); got != phone.SMSPending {
		t.Errorf("is %s before the day is over", got)
	}
	w.later(time.Hour)
	if got := state(); got != phone.SMSVerified {
		t.Errorf("is %s", got)
	}
	before := len(w.jobsOf("phone.check_number"))
	w.later(48 * time.Hour)
	if after := len(w.jobsOf("phone.check_number")); after != before {
		t.Errorf("%d more jobs: it is settled", after-before)
	}
}

func TestTheOperatorAssignsANumber(t *testing.T) {
	w := newWorld(t)
	n, err := w.AssignNumber(t.Context(), w.bob.ID, "+1 833 555 0300", phone.SMSPending)
	if err != nil || n.Number != "+18335550300" || n.UserID != w.bob.ID || n.SMS != phone.SMSPending {
		t.Fatalf("got %+v, %v", n, err)
	}
	again, err := w.AssignNumber(t.Context(), w.bob.ID, "+18335550300", phone.SMSVerified)
	if err != nil || again.ID != n.ID || again.SMS != phone.SMSVerified {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := w.AssignNumber(t.Context(), w.bob.ID, adas, phone.SMSVerified); !errors.Is(err, phone.ErrNumberTaken) {
		t.Errorf("Ada's: %v", err)
	}
	for _, tc := range []struct {
		number string
		state  phone.SMSState
		field  string
	}{
		{shared, phone.SMSVerified, "body.number"}, {"833", phone.SMSVerified, "body.number"}, {"+18335550301", "maybe", "body.sms"},
	} {
		_, err := w.AssignNumber(t.Context(), w.bob.ID, tc.number, tc.state)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Fields[0].Location != tc.field {
			t.Errorf("%s %s: %v", tc.number, tc.state, err)
		}
	}
	if _, err := w.AssignNumber(t.Context(), "usr_nobody", "+18335550302", phone.SMSVerified); fault.From(err).Kind != fault.NotFound {
		t.Errorf("to nobody: %v", err)
	}
	events, err := w.store.ListEvents(t.Context(), w.bob.ID, 10)
	assigned := 0
	for _, e := range events {
		if e.Action == "number.assigned" && e.Actor == "operator" && e.Detail["id"] == n.ID {
			assigned++
		}
	}
	if err != nil || assigned != 2 {
		t.Errorf("events %+v, %v", events, err)
	}
}
