package phone_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/phone"
)

// add adds a phone, which must work, and sends the code.
func (w *world) add(u account.User, number string) phone.Phone {
	w.t.Helper()
	p, err := w.AddPhone(w.t.Context(), u, number, "192.0.2.1")
	if err != nil {
		w.t.Fatal(err)
	}
	w.run()
	return p
}

// wrong makes a wrong code of a right one.
func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestAPhoneIsProvenByTheCodeThatItIsSent(t *testing.T) {
	w := newWorld(t)
	p := w.add(w.bob, "+1 (415) 555-0177")
	if p.Number != bobCell || !p.VerifiedAt.IsZero() {
		t.Errorf("added %+v", p)
	}
	last := w.carrier.accepted[len(w.carrier.accepted)-1]
	if last.From != shared || last.To != bobCell || !strings.Contains(last.Body, "is your xSwarm code") {
		t.Errorf("texted %+v", last.Outgoing)
	}
	code := w.carrier.lastCode(bobCell)
	proven, err := w.VerifyPhone(t.Context(), w.bob, p.ID, " "+code[:3]+" "+code[3:])
	if err != nil || proven.VerifiedAt.IsZero() {
		t.Fatalf("got %+v, %v", proven, err)
	}
	list, err := w.Phones(t.Context(), w.bob.ID)
	if err != nil || len(list) != 1 || list[0].VerifiedAt.IsZero() || list[0].CodeNonce != "" {
		t.Errorf("stored %+v, %v", list, err)
	}
	if again, err := w.VerifyPhone(t.Context(), w.bob, p.ID, "whatever"); err != nil || again.VerifiedAt.IsZero() {
		t.Errorf("verifying what is verified: %+v, %v", again, err)
	}
	before := len(w.carrier.accepted)
	if again := w.add(w.bob, bobCell); again.ID != p.ID || again.VerifiedAt.IsZero() || len(w.carrier.accepted) != before {
		t.Errorf("adding what is proven: %+v, and %d more texts", again, len(w.carrier.accepted)-before)
	}
}

func TestTheCodeIsKeptNowhere(t *testing.T) {
	w := newWorld(t)
	w.add(w.bob, bobCell)
	code := w.carrier.lastCode(bobCell)
	for _, m := range w.texts(w.bob) {
		if strings.Contains(m.Body, code) {
			t.Errorf("the text keeps it: %q", m.Body)
		}
	}
	for _, j := range w.jobsOf("phone.code") {
		if strings.Contains(string(j.Payload), code) {
			t.Errorf("the job keeps it: %s", j.Payload)
		}
	}
	if w.used(w.bob) != 0 {
		t.Error("it is counted")
	}
}

func TestFiveTriesAndTenMinutesAreAllThereIs(t *testing.T) {
	w := newWorld(t)
	p := w.add(w.bob, bobCell)
	code := w.carrier.lastCode(bobCell)
	for range 5 {
		if _, err := w.VerifyPhone(t.Context(), w.bob, p.ID, wrong(code)); !errors.Is(err, phone.ErrWrongCode) {
			t.Fatalf("got %v", err)
		}
	}
	if _, err := w.VerifyPhone(t.Context(), w.bob, p.ID, code); !errors.Is(err, phone.ErrWrongCode) {
		t.Errorf("the sixth try, with the right code: %v", err)
	}
	w.add(w.bob, bobCell)
	if _, err := w.VerifyPhone(t.Context(), w.bob, p.ID, code); !errors.Is(err, phone.ErrWrongCode) {
		t.Errorf("the old code after a new one: %v", err)
	}
	code = w.carrier.lastCode(bobCell)
	w.clock.Advance(10 * time.Minute)
	if _, err := w.VerifyPhone(t.Context(), w.bob, p.ID, code); !errors.Is(err, phone.ErrWrongCode) {
		t.Errorf("after ten minutes: %v", err)
	}
	w.add(w.bob, bobCell)
	w.clock.Advance(10*time.Minute - time.Millisecond)
	if _, err := w.VerifyPhone(t.Context(), w.bob, p.ID, w.carrier.lastCode(bobCell)); err != nil {
		t.Errorf("just in time: %v", err)
	}
}

func TestTryingInParallelGainsNothing(t *testing.T) {
	w := newWorld(t)
	p := w.add(w.bob, bobCell)
	code := w.carrier.lastCode(bobCell)
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() { w.VerifyPhone(t.Context(), w.bob, p.ID, wrong(code)) })
	}
	wg.Wait()
	got, err := w.store.Phone(t.Context(), p.ID)
	if err != nil || got.CodeAttempts != 5 {
		t.Errorf("%d tries counted, %v, want 5", got.CodeAttempts, err)
	}
	if _, err := w.VerifyPhone(t.Context(), w.bob, p.ID, code); !errors.Is(err, phone.ErrWrongCode) {
		t.Errorf("got %v", err)
	}
}

func TestANumberIsOwnedByWhoeverHasProvenItLast(t *testing.T) {
	w := newWorld(t)
	p := w.add(w.bob, adaCell) // the answer does not tell that it is Ada's
	if p.UserID != w.bob.ID || p.Number != adaCell {
		t.Fatalf("added %+v", p)
	}
	if _, err := w.VerifyPhone(t.Context(), w.bob, p.ID, w.carrier.lastCode(adaCell)); err != nil {
		t.Fatal(err)
	}
	list, _ := w.Phones(t.Context(), w.ada.ID)
	if len(list) != 1 || !list[0].VerifiedAt.IsZero() {
		t.Errorf("Ada has %+v", list)
	}
	w.carrier.forget()
	w.receive(incoming(adaCell, adas, "buy milk"))
	if len(w.carrier.accepted) != 0 || w.inbound(w.ada)[0].Quarantine == "" {
		t.Error("the phone still speaks for Ada")
	}
}

func TestSomebodyElsesPhoneIsNotFound(t *testing.T) {
	w := newWorld(t)
	p := w.add(w.bob, bobCell)
	if _, err := w.VerifyPhone(t.Context(), w.ada, p.ID, w.carrier.lastCode(bobCell)); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("verify: %v", err)
	}
	if _, err := w.VerifyPhone(t.Context(), w.bob, "phn_nonsense", "123456"); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("verify nothing: %v", err)
	}
	if err := w.RemovePhone(t.Context(), w.ada, p.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("remove: %v", err)
	}
	if err := w.RemovePhone(t.Context(), w.bob, p.ID); err != nil {
		t.Errorf("remove one's own: %v", err)
	}
	if err := w.RemovePhone(t.Context(), w.bob, p.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("remove it again: %v", err)
	}
}

func TestNumbersThatCannotBeOnesOwnAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, number := range []string{"", "911", "415 555 0123", shared, adas} {
		_, err := w.AddPhone(t.Context(), w.bob, number, "192.0.2.1")
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Fields[0].Location != "body.number" {
			t.Errorf("%q: %v", number, err)
		}
	}
	if len(w.jobsOf("phone.code")) != 1 { // Ada's
		t.Error("a code was sent")
	}
}

func TestAPhoneThatWantsNoTextsIsToldHowToChangeThat(t *testing.T) {
	w := newWorld(t)
	w.receive(incoming(bobCell, shared, "STOP"))
	_, err := w.AddPhone(t.Context(), w.bob, bobCell, "192.0.2.1")
	if !errors.Is(err, phone.ErrOptedOut) || !strings.Contains(err.Error(), "START to "+shared) {
		t.Errorf("got %v", err)
	}
	w.receive(incoming(bobCell, shared, "START"))
	w.add(w.bob, bobCell)
}

func TestFivePhonesAreTheMost(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.clock.Advance(time.Hour)
		w.add(w.bob, fmt.Sprintf("+1415555020%d", i))
	}
	w.clock.Advance(time.Hour)
	if _, err := w.AddPhone(t.Context(), w.bob, bobCell, ""); !errors.Is(err, phone.ErrTooManyPhones) {
		t.Errorf("the sixth: %v", err)
	}
	w.add(w.bob, "+14155550204") // a new code for one of the five
}

func TestCodesAreLimitedByUserNumberAndClient(t *testing.T) {
	tooMany := func(t *testing.T, w *world, u account.User, number, client string) {
		t.Helper()
		_, err := w.AddPhone(t.Context(), u, number, client)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.TooMany || f.RetryAfter <= 0 || f.RetryAfter > time.Hour {
			t.Errorf("got %v", err)
		}
	}
	t.Run("a user", func(t *testing.T) {
		w := newWorld(t)
		for range 5 {
			w.add(w.bob, bobCell)
		}
		tooMany(t, w, w.bob, "+14155550201", "192.0.2.9")
		w.clock.Advance(time.Hour)
		w.add(w.bob, "+14155550201")
	})
	t.Run("a number", func(t *testing.T) {
		w := newWorld(t)
		for i := range 5 {
			w.add(w.user(fmt.Sprintf("user%d", i), ""), bobCell)
		}
		tooMany(t, w, w.bob, bobCell, "192.0.2.9")
	})
	t.Run("a client", func(t *testing.T) {
		w := newWorld(t)
		for i := range 20 {
			w.add(w.user(fmt.Sprintf("user%d", i), ""), fmt.Sprintf("+141555502%02d", i))
		}
		tooMany(t, w, w.bob, bobCell, "192.0.2.1")
	})
}

func TestACodeMadeBeforeTheSecretWasRotatedStillCounts(t *testing.T) {
	w := newWorld(t)
	p := w.add(w.bob, bobCell)
	w.RotateSecret([]byte("the next secret, also of 32 bytes or more"))
	if _, err := w.VerifyPhone(t.Context(), w.bob, p.ID, w.carrier.lastCode(bobCell)); err != nil {
		t.Error(err)
	}
}

func TestACodeThatWasReplacedIsNotTexted(t *testing.T) {
	w := newWorld(t)
	w.carrier.forget()
	for range 2 {
		if _, err := w.AddPhone(t.Context(), w.bob, bobCell, ""); err != nil {
			t.Fatal(err)
		}
	}
	w.run()
	if got := w.carrier.bodies(bobCell); len(got) != 1 {
		t.Errorf("texted %q, want the newest code only", got)
	}
}

func TestWithoutASharedNumberOrACarrierNoPhoneCanBeProven(t *testing.T) {
	for _, lose := range []func(*world){func(w *world) { w.SetShared("") }, func(w *world) { w.TurnOff() }} {
		w := newWorld(t)
		lose(w)
		if _, err := w.AddPhone(t.Context(), w.bob, bobCell, ""); !errors.Is(err, phone.ErrNoTexts) {
			t.Errorf("got %v", err)
		}
	}
}
