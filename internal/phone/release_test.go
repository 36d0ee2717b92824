package phone_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
)

// bought gives Ada a second number, beside the one that was assigned by hand.
func (w *world) bought() phone.Number {
	w.t.Helper()
	w.ada = w.withPlan(w.ada, plan.Secretary)
	w.sells(3)
	return w.buy(w.ada)
}

func TestANumberThatIsGivenUpIsNobodysAtOnce(t *testing.T) {
	w := newWorld(t)
	n := w.bought()
	w.clock.Advance(time.Second)
	if err := w.ReleaseNumber(t.Context(), w.ada, n.ID); err != nil {
		t.Fatal(err)
	}
	// Before the carrier has heard of it:
	list, err := w.Numbers(t.Context(), w.ada.ID)
	if err != nil || len(list) != 1 || list[0].Number != adas || len(w.carrier.released) != 0 {
		t.Errorf("has %+v, %v, released %v", list, err, w.carrier.released)
	}
	if _, err := w.store.FindNumber(t.Context(), n.Number); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is found: %v", err)
	}
	if u, err := w.usage.Usage(t.Context(), w.ada); err != nil || u.Features[2].Feature != plan.PhoneNumbers || u.Features[2].Used != 1 {
		t.Errorf("counted %+v, %v", u.Features, err)
	}
	w.run()
	if !slices.Equal(w.carrier.released, []string{n.ProviderSID}) || len(w.carrier.owned) != 0 {
		t.Errorf("released %v, owned %v", w.carrier.released, w.carrier.owned)
	}
	if _, err := w.store.Number(t.Context(), n.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still stored: %v", err)
	}
	if got := w.billed(w.ada); got["released:"+n.ID] != 1 || got["bought:"+n.ID] != 1 {
		t.Errorf("what is paid for is not set anew: %v", got)
	}
	events, _ := w.store.ListEvents(t.Context(), w.ada.ID, 10)
	if events[0].Action != "number.released" || events[0].Actor != "user" || events[0].Detail["id"] != n.ID {
		t.Errorf("events %+v", events)
	}
}

func TestANumberIsGivenUpOnceAndByItsUserOnly(t *testing.T) {
	w := newWorld(t)
	n := w.bought()
	if err := w.ReleaseNumber(t.Context(), w.bob, n.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("by somebody else: %v", err)
	}
	if err := w.ReleaseNumber(t.Context(), w.ada, "num_none"); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	if err := w.ReleaseNumber(t.Context(), w.ada, n.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.ReleaseNumber(t.Context(), w.ada, n.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("again, before the carrier has it: %v", err)
	}
	w.run()
	if err := w.ReleaseNumber(t.Context(), w.ada, n.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("again, afterwards: %v", err)
	}
	if len(w.carrier.released) != 1 || len(w.jobsOf("phone.release")) != 1 {
		t.Errorf("released %v, jobs %+v", w.carrier.released, w.jobsOf("phone.release"))
	}
}

func TestACarrierThatFailsGetsTheNumberBackLater(t *testing.T) {
	w := newWorld(t)
	n := w.bought()
	w.carrier.releasing = []error{errors.New("carrier: down"), fmt.Errorf("carrier: %w: timeout", phone.ErrUnknown)}
	if err := w.ReleaseNumber(t.Context(), w.ada, n.ID); err != nil {
		t.Fatal(err)
	}
	w.run()
	if len(w.carrier.released) != 0 {
		t.Fatalf("released %v", w.carrier.released)
	}
	// Meanwhile it is still at the carrier, under the user's label, and must not be
	// taken for one that was bought and not recorded.
	if again := w.buy(w.ada); again.Number == n.Number {
		t.Error("the number that was given up came back")
	}
	for range 3 {
		w.later(10 * time.Minute)
	}
	if !slices.Equal(w.carrier.released, []string{n.ProviderSID}) || w.jobsOf("phone.release")[0].State != jobs.Done {
		t.Errorf("released %v, the job is %+v", w.carrier.released, w.jobsOf("phone.release")[0])
	}
	if _, err := w.store.Number(t.Context(), n.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still stored: %v", err)
	}
}

func TestACarrierThatRefusesIsAMatterForTheOperator(t *testing.T) {
	for name, prepare := range map[string]func(*world){
		"it says no":           func(w *world) { w.carrier.releasing = []error{refused} },
		"texts are turned off": func(w *world) { w.TurnOff() },
	} {
		w := newWorld(t)
		n := w.bought()
		prepare(w)
		if err := w.ReleaseNumber(t.Context(), w.ada, n.ID); err != nil {
			t.Fatal(err)
		}
		w.run()
		if j := w.jobsOf("phone.release")[0]; j.State != jobs.Dead {
			t.Errorf("%s: the job is %s", name, j.State)
		}
		kept, err := w.store.Number(t.Context(), n.ID)
		if err != nil || kept.ReleasedAt.IsZero() || w.numbers(w.ada) != 1 {
			t.Errorf("%s: %+v, %v; Ada has %d", name, kept, err, w.numbers(w.ada))
		}
		if _, err := w.AssignNumber(t.Context(), w.bob.ID, n.Number, phone.SMSVerified); !errors.Is(err, phone.ErrNumberTaken) {
			t.Errorf("%s: it is assigned to somebody else meanwhile: %v", name, err)
		}
	}
}

func TestANumberThatWasAssignedByHandIsOnlyForgotten(t *testing.T) {
	w := newWorld(t)
	list, _ := w.Numbers(t.Context(), w.ada.ID)
	if err := w.ReleaseNumber(t.Context(), w.ada, list[0].ID); err != nil {
		t.Fatal(err)
	}
	w.run()
	if len(w.carrier.released) != 0 || w.numbers(w.ada) != 0 {
		t.Errorf("released %v, has %d", w.carrier.released, w.numbers(w.ada))
	}
	n, err := w.AssignNumber(t.Context(), w.bob.ID, adas, phone.SMSVerified)
	if err != nil || n.UserID != w.bob.ID || n.ID == list[0].ID {
		t.Errorf("it cannot be somebody else's: %+v, %v", n, err)
	}
}

func TestATextToANumberThatWasGivenUpIsQuarantined(t *testing.T) {
	w := newWorld(t)
	n := w.bought()
	w.receive(incoming(adaCell, n.Number, "before"))
	if got := w.carrier.bodies(adaCell); len(got) != 1 || w.carrier.accepted[0].From != n.Number {
		t.Fatalf("answered %q", got)
	}
	if err := w.ReleaseNumber(t.Context(), w.ada, n.ID); err != nil {
		t.Fatal(err)
	}
	w.carrier.forget()
	in := incoming(adaCell, n.Number, "afterwards")
	w.receive(in)
	w.receive(incoming(adaCell, n.Number, "and when it is gone"))
	if len(w.carrier.accepted) != 0 || len(w.assistant.heard) != 1 {
		t.Errorf("texted %v, heard %q", w.carrier.accepted, w.assistant.heard)
	}
	for _, text := range w.inbound(w.ada) {
		if text.Body != "before" {
			t.Errorf("it is Ada's: %+v", text)
		}
	}
	if known, err := w.store.KnownTexts(t.Context(), []string{in.SID}); err != nil || !known[in.SID] {
		t.Errorf("it is not kept: %v", err)
	}
}

func TestNothingIsSentFromANumberThatWasGivenUp(t *testing.T) {
	w := newWorld(t)
	n := w.bought()
	list, _ := w.Numbers(t.Context(), w.ada.ID)
	if err := w.ReleaseNumber(t.Context(), w.ada, list[0].ID); err != nil || list[0].Number != adas {
		t.Fatal(err, list)
	}
	w.promise(w.ada, nil)
	w.later(time.Hour)
	if got := w.carrier.accepted; len(got) != 1 || got[0].From != n.Number {
		t.Errorf("texted %+v, want the reminder from the number that is left", got)
	}
}

func TestANumberThatWasGivenUpIsNotAskedAbout(t *testing.T) {
	w := newWorld(t)
	w.carrier.state = phone.SMSPending
	n := w.bought()
	w.carrier.releasing = []error{refused}
	if err := w.ReleaseNumber(t.Context(), w.ada, n.ID); err != nil {
		t.Fatal(err)
	}
	w.later(24 * time.Hour)
	w.later(24 * time.Hour)
	if got := w.jobsOf("phone.check_number"); len(got) != 1 || got[0].State != jobs.Done {
		t.Errorf("jobs %+v", got)
	}
}
