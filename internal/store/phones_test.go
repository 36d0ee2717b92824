package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
	"xswarm.ai/server/internal/task"
)

// save gives a phone a code.
func save(t *testing.T, s *store.Store, clock *storetest.Clock, p phone.Phone, most int) bool {
	t.Helper()
	p.CodeNonce, p.CodeExpiresAt = id.New("nonce", clock.Now()), clock.Now().Add(10*time.Minute)
	code := outboundText(clock, p.UserID, "")
	code.Kind = phone.KindCode
	ok, err := s.SavePhone(t.Context(), p, most, code, jobs.New("code", code.ID, clock.Now()))
	must(t, err)
	return ok
}

func newPhone(clock *storetest.Clock, userID, number string) phone.Phone {
	return phone.Phone{ID: id.New(id.Phone, clock.Now()), UserID: userID, Number: number}
}

// prove makes a number somebody's own.
func prove(t *testing.T, s *store.Store, clock *storetest.Clock, userID, number string) phone.Phone {
	t.Helper()
	p := newPhone(clock, userID, number)
	save(t, s, clock, p, 5)
	p, err := s.TryCode(t.Context(), userID, p.ID, 5)
	must(t, err)
	p, err = s.ProvePhone(t.Context(), p)
	must(t, err)
	return p
}

// openTask stores a task with a reminder.
func openTask(t *testing.T, s *store.Store, clock *storetest.Clock, userID string, at time.Time) task.Task {
	t.Helper()
	x := task.Task{
		ID: id.New(id.Task, clock.Now()), UserID: userID, Title: "call Mike", Due: at, RemindAt: at,
		Priority: task.DefaultPriority, Status: task.Open, CreatedAt: clock.Now(),
	}
	in := inboundText(clock, userID, id.New("SM", clock.Now()))
	_, err := s.ReceiveText(t.Context(), phone.Arrival{Text: in})
	must(t, err)
	must(t, s.AnswerText(t.Context(), phone.Answer{
		MessageID: in.ID, UserID: userID, Outcome: assistant.Outcome{AddTasks: []task.Task{x}},
	}))
	return x
}

func TestAPhoneIsSavedWithTheTextOfItsCode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		p := newPhone(clock, ada.ID, "+14155550123")
		for range 2 { // a new code
			if !save(t, s, clock, p, 2) {
				t.Fatal("not saved")
			}
		}
		if !save(t, s, clock, newPhone(clock, ada.ID, "+14155550124"), 2) || save(t, s, clock, newPhone(clock, ada.ID, "+14155550125"), 2) {
			t.Error("two are the most")
		}
		if save(t, s, clock, newPhone(clock, ada.ID, "+14155550123"), 2) {
			t.Error("a number that is there was saved under another id")
		}
		list, err := s.Phones(t.Context(), ada.ID)
		must(t, err)
		if len(list) != 2 || list[0].ID != p.ID && list[1].ID != p.ID || count(t, s, "messages") != 3 || count(t, s, "jobs") != 3 {
			t.Errorf("%+v, %d messages, %d jobs", list, count(t, s, "messages"), count(t, s, "jobs"))
		}
	})
}

func TestTriesAreCountedOneByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		p := newPhone(clock, ada.ID, "+14155550123")
		save(t, s, clock, p, 5)
		var wg sync.WaitGroup
		var allowed atomic.Int32
		for range 12 {
			wg.Go(func() {
				switch _, err := s.TryCode(t.Context(), ada.ID, p.ID, 5); {
				case err == nil:
					allowed.Add(1)
				case fault.From(err).Kind != fault.NotFound:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if allowed.Load() != 5 {
			t.Errorf("%d tries, want 5", allowed.Load())
		}
		save(t, s, clock, p, 5)
		if _, err := s.TryCode(t.Context(), bob.ID, p.ID, 5); fault.From(err).Kind != fault.NotFound {
			t.Errorf("somebody else's: %v", err)
		}
		clock.Advance(10 * time.Minute)
		if _, err := s.TryCode(t.Context(), ada.ID, p.ID, 5); fault.From(err).Kind != fault.NotFound {
			t.Errorf("too late: %v", err)
		}
	})
}

func TestANumberIsProvenByOneUserAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		adas := prove(t, s, clock, ada.ID, "+14155550123")
		bobs := prove(t, s, clock, bob.ID, "+14155550123")
		if adas.VerifiedAt.IsZero() || !bobs.VerifiedAt.Equal(clock.Now()) {
			t.Errorf("proven at %v and %v", adas.VerifiedAt, bobs.VerifiedAt)
		}
		got, err := s.Phone(t.Context(), adas.ID)
		must(t, err)
		if !got.VerifiedAt.IsZero() {
			t.Error("Ada still has it")
		}
		// A code that was replaced meanwhile proves nothing, and takes nothing away.
		save(t, s, clock, adas, 5)
		stale, err := s.TryCode(t.Context(), ada.ID, adas.ID, 5)
		must(t, err)
		save(t, s, clock, adas, 5)
		if _, err := s.ProvePhone(t.Context(), stale); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("a stale code: %v", err)
		}
		got, err = s.Phone(t.Context(), bobs.ID)
		must(t, err)
		if got.VerifiedAt.IsZero() {
			t.Error("Bob has lost it to a stale code")
		}
		if err := s.RemovePhone(t.Context(), ada.ID, bobs.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("remove somebody else's: %v", err)
		}
		must(t, s.RemovePhone(t.Context(), bob.ID, bobs.ID))
		if _, err := s.Phone(t.Context(), bobs.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("after it was removed: %v", err)
		}
	})
}

func TestANumberIsAssignedToOneUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		n := phone.Number{
			ID: id.New(id.Number, clock.Now()), UserID: ada.ID, Number: "+18335550111", ProviderSID: "PN1", Kind: phone.TollFree,
			SMS: phone.SMSPending, CreatedAt: clock.Now(),
		}
		got, err := s.SaveNumber(t.Context(), n, "system", jobs.New("check", 1, clock.Now()))
		must(t, err)
		if got != n {
			t.Errorf("got %+v, want %+v", got, n)
		}
		other := n
		other.ID, other.UserID, other.ProviderSID = id.New(id.Number, clock.Now()), bob.ID, ""
		if _, err := s.SaveNumber(t.Context(), other, "operator", jobs.New("check", 2, clock.Now())); !errors.Is(err, phone.ErrNumberTaken) {
			t.Errorf("somebody else's: %v", err)
		}
		again := n
		again.SMS, again.ProviderSID = phone.SMSRejected, ""
		got, err = s.SaveNumber(t.Context(), again, "operator")
		must(t, err)
		if got.SMS != phone.SMSRejected || got.ProviderSID != "PN1" {
			t.Errorf("again: %+v", got)
		}
		must(t, s.SetNumberSMS(t.Context(), n.ID, phone.SMSVerified))
		list, err := s.Numbers(t.Context(), ada.ID)
		must(t, err)
		if len(list) != 1 || list[0].SMS != phone.SMSVerified || count(t, s, "jobs") != 1 {
			t.Errorf("%+v, %d jobs", list, count(t, s, "jobs"))
		}
		for _, err := range []error{second(s.Number(t.Context(), "num_none")), second(s.FindNumber(t.Context(), "+1"))} {
			if !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
