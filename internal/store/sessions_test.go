package store_test

import (
	"errors"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func TestASessionComesBackWithItsUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := verified(t, s, clock, "ada", "ada")
		want := session("ses_1", u, clock)
		must(t, s.AddSession(t.Context(), signIn(want, clock)))
		got, err := s.Session(t.Context(), "ses_1")
		must(t, err)
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		_, err = s.Session(t.Context(), "ses_unknown")
		wantMissing(t, err)
	})
}

func TestASessionIsStoredOnlyForTheUserThatWasSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := verified(t, s, clock, "ada", "ada")
		changed := u
		changed.JWTVersion++
		unconfirmed := somebody("other", clock)
		signUp(t, s, unconfirmed, clock, "other")
		unknown := u
		unknown.ID = "usr_unknown"
		for name, v := range map[string]account.User{"changed": changed, "unconfirmed": unconfirmed, "unknown": unknown} {
			err := s.AddSession(t.Context(), signIn(session("ses_"+name, v, clock), clock))
			if !errors.Is(err, account.ErrInvalidCredentials) {
				t.Errorf("%s: got %v, want %v", name, err, account.ErrInvalidCredentials)
			}
		}
		if n := count(t, s, "sessions"); n != 0 {
			t.Errorf("got %d sessions, want none", n)
		}
	})
}

func TestASignInReplacesTheHashItComparedAndGivesTriesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := verified(t, s, clock, "ada", "ada")
		_, err := s.CountTries(t.Context(), clock.Now(), []account.Try{{Key: "mine", Most: 1, Window: time.Hour}, {Key: "other", Most: 1, Window: time.Hour}})
		must(t, err)
		in := signIn(session("ses_1", u, clock), clock)
		in.Rehash, in.Refund = account.Rehash{Old: u.PasswordHash, Fresh: "fresh"}, []string{"", "mine"}
		must(t, s.AddSession(t.Context(), in))
		in = signIn(session("ses_2", u, clock), clock)
		in.Rehash = account.Rehash{Old: u.PasswordHash, Fresh: "too late"}
		must(t, s.AddSession(t.Context(), in))
		got, err := s.User(t.Context(), u.ID)
		must(t, err)
		if got.PasswordHash != "fresh" {
			t.Errorf("got hash %q, want the first one's", got.PasswordHash)
		}
		if count(t, s, "limits WHERE key = 'mine'") != 0 || count(t, s, "limits WHERE key = 'other'") != 1 {
			t.Error("the wrong tries were given back")
		}
	})
}

func TestSessionsEndOneOrAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u, v := verified(t, s, clock, "ada", "ada"), verified(t, s, clock, "other", "other")
		for name, of := range map[string]account.User{"ses_1": u, "ses_2": u, "ses_3": v} {
			must(t, s.AddSession(t.Context(), signIn(session(name, of, clock), clock)))
		}
		open := func(want string) {
			t.Helper()
			got := ""
			for _, name := range []string{"ses_1", "ses_2", "ses_3"} {
				sess, err := s.Session(t.Context(), name)
				must(t, err)
				if sess.RevokedAt.IsZero() {
					got += name[4:]
				}
			}
			if got != want {
				t.Errorf("got sessions %q open, want %q", got, want)
			}
		}
		events := count(t, s, "audit_events")
		for i, user := range []string{v.ID, u.ID, u.ID} {
			ended, err := s.EndSession(t.Context(), user, "ses_1", event(clock))
			must(t, err)
			if ended != (i == 1) {
				t.Errorf("call %d, as %s: it ended the session: %t", i+1, user, ended)
			}
		}
		open("23")
		if n := count(t, s, "audit_events") - events; n != 1 {
			t.Errorf("got %d events for ending one, want 1", n)
		}
		must(t, s.EndSessions(t.Context(), u.ID, event(clock)))
		open("3")
		got, err := s.User(t.Context(), u.ID)
		must(t, err)
		other, err := s.User(t.Context(), v.ID)
		must(t, err)
		if got.JWTVersion != 2 || other.JWTVersion != 1 {
			t.Errorf("got versions %d and %d, want 2 and 1", got.JWTVersion, other.JWTVersion)
		}
	})
}
