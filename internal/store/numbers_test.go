package store_test

import (
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"testing"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// held gives somebody a number.
func held(t *testing.T, s *store.Store, clock *storetest.Clock, userID, number string) phone.Number {
	t.Helper()
	n, err := s.SaveNumber(t.Context(), phone.Number{
		ID: id.New(id.Number, clock.Now()), UserID: userID, Number: number, ProviderSID: "PN" + number, Kind: phone.TollFree,
		SMS: phone.SMSVerified, CreatedAt: clock.Now(),
	}, "user")
	must(t, err)
	return n
}

func TestANumberThatWasReleasedIsNobodys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		n, kept := held(t, s, clock, ada.ID, "+18335550111"), held(t, s, clock, ada.ID, "+18335550112")
		before, err := s.Reach(t.Context(), phone.Incoming{SID: "SM1", From: "+14155550123", To: n.Number})
		must(t, err)
		if before.ToOwner != ada.ID {
			t.Fatalf("a text to it is %q's", before.ToOwner)
		}
		must(t, s.DeleteNumber(t.Context(), n.ID)) // nobody has given it up
		jobsBefore := count(t, s, "jobs")
		must(t, s.ReleaseNumber(t.Context(), ada.ID, n.ID, jobs.New("release", n.ID, clock.Now()), jobs.New("pay", n.ID, clock.Now())))

		list, err := s.Numbers(t.Context(), ada.ID)
		must(t, err)
		if len(list) != 1 || list[0].ID != kept.ID {
			t.Errorf("has %+v", list)
		}
		if _, err := s.FindNumber(t.Context(), n.Number); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("found by how it is dialled: %v", err)
		}
		after, err := s.Reach(t.Context(), phone.Incoming{SID: "SM1", From: "+14155550123", To: n.Number})
		must(t, err)
		totals, err := s.UsageTotals(t.Context(), billing.Scope{UserID: ada.ID, Period: billing.Month(clock.Now()), Now: clock.Now()})
		must(t, err)
		if after.ToOwner != "" || totals.Used[plan.PhoneNumbers] != 1 {
			t.Errorf("a text to it is %q's, and %d are counted", after.ToOwner, totals.Used[plan.PhoneNumbers])
		}
		got, err := s.Number(t.Context(), n.ID)
		must(t, err)
		if !got.ReleasedAt.Equal(clock.Now()) || got.ProviderSID != n.ProviderSID {
			t.Errorf("by its id: %+v", got)
		}
		if count(t, s, "jobs") != jobsBefore+2 || !noted(t, s, ada.ID, "number.released") {
			t.Errorf("%d more jobs", count(t, s, "jobs")-jobsBefore)
		}
		for _, userID := range []string{ada.ID, bob.ID} { // not while the carrier may still have it
			again := n
			again.ID, again.UserID = id.New(id.Number, clock.Now()), userID
			if _, err := s.SaveNumber(t.Context(), again, "operator", jobs.New("no", 1, clock.Now())); !errors.Is(err, phone.ErrNumberTaken) {
				t.Errorf("assigned again: %v", err)
			}
		}
		for range 2 {
			must(t, s.DeleteNumber(t.Context(), n.ID))
		}
		if _, err := s.Number(t.Context(), n.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("after it was deleted: %v", err)
		}
		if bobs := held(t, s, clock, bob.ID, n.Number); bobs.UserID != bob.ID || !bobs.ReleasedAt.IsZero() {
			t.Errorf("somebody else's now: %+v", bobs)
		}
	})
}

// noted reports whether the newest thing in a user's audit is an action.
func noted(t *testing.T, s *store.Store, userID, action string) bool {
	t.Helper()
	events, err := s.ListEvents(t.Context(), userID, 50)
	must(t, err)
	n := 0
	for _, e := range events {
		if e.Action == action {
			n++
		}
	}
	return n == 1
}

func TestANumberIsReleasedByItsUserAndOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		n := held(t, s, clock, ada.ID, "+18335550111")
		before := count(t, s, "jobs")
		for _, err := range []error{
			s.ReleaseNumber(t.Context(), bob.ID, n.ID, jobs.New("no", 1, clock.Now())),
			s.ReleaseNumber(t.Context(), ada.ID, "num_none", jobs.New("no", 2, clock.Now())),
		} {
			if !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("got %v", err)
			}
		}
		var wg sync.WaitGroup
		var done atomic.Int32
		for range 6 {
			wg.Go(func() {
				switch err := s.ReleaseNumber(t.Context(), ada.ID, n.ID, jobs.New("release", n.ID, clock.Now())); {
				case err == nil:
					done.Add(1)
				case !errors.Is(err, fault.ErrNotFound):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if done.Load() != 1 || count(t, s, "jobs") != before+1 || !noted(t, s, ada.ID, "number.released") {
			t.Errorf("released %d times, %d jobs", done.Load(), count(t, s, "jobs")-before)
		}
	})
}

func TestKnownNumbersAreThoseThatAreStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada := person(t, s, clock, "ada")
		held(t, s, clock, ada.ID, "+18335550111")
		gone := held(t, s, clock, ada.ID, "+18335550112")
		must(t, s.ReleaseNumber(t.Context(), ada.ID, gone.ID))
		got, err := s.KnownNumbers(t.Context(), []string{"+18335550111", "+18335550112", "+18335550113"})
		must(t, err)
		if want := map[string]bool{"+18335550111": true, "+18335550112": true}; !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got, err := s.KnownNumbers(t.Context(), nil); err != nil || len(got) != 0 {
			t.Errorf("of none: %v, %v", got, err)
		}
	})
}
