package store_test

import (
	"errors"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestDevicesAreKnownByTokenOrPlaceAndForTheirUserOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := verified(t, s, clock, "ada", "ada"), verified(t, s, clock, "bob", "bob")
		look := func(u account.User, hash string, places ...string) account.Seen {
			got, seen, err := s.UserAtSignIn(t.Context(), u.Email, hash, places)
			must(t, err)
			if got != u {
				t.Errorf("got %+v, want %+v", got, u)
			}
			return seen
		}
		if got := look(ada, "", "home"); got != (account.Seen{}) {
			t.Errorf("at first: got %+v", got)
		}
		in := signIn(session("ses_1", ada, clock), clock)
		in.Device = account.Sighting{ID: "dev_1", Place: "home", Hash: "secret"}
		must(t, s.AddSession(t.Context(), in))
		in = signIn(session("ses_2", ada, clock), clock)
		in.Device = account.Sighting{ID: "dev_2", Place: "home", Hash: "secret"} // at the same moment
		must(t, s.AddSession(t.Context(), in))

		for _, tc := range []struct {
			hash, place1, place2 string
			want                 account.Seen
		}{
			{"secret", "away", "", account.Seen{Any: true, ByToken: "dev_1"}},
			{"", "home", "", account.Seen{Any: true, ByPlace: "dev_1"}},
			{"other", "away", "home", account.Seen{Any: true, ByPlace: "dev_1"}},
			{"", "away", "", account.Seen{Any: true}},
		} {
			if got := look(ada, tc.hash, tc.place1, tc.place2); got != tc.want {
				t.Errorf("%+v: got %+v", tc, got)
			}
		}
		if got := look(bob, "secret", "home"); got != (account.Seen{}) {
			t.Errorf("Ada's device is known as Bob's: %+v", got)
		}
		_, _, err := s.UserAtSignIn(t.Context(), "nobody@example.com", "secret", []string{"home"})
		wantMissing(t, err)
	})
}

func TestALimitThatGrowsTakesInTriesAtItsOwnPace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		tries := []account.Try{
			{Key: "client", Most: 100, Window: time.Hour},
			{Key: "both", Most: 2, Window: time.Hour, Growth: account.Growth{First: time.Second, Most: 3 * time.Second}},
			{Key: "account", Most: 100, Window: time.Hour},
		}
		// want is how many tries each has counted; pause what is left to wait.
		step := func(client, both, whole int, pause time.Duration) {
			t.Helper()
			counts, err := s.CountTries(t.Context(), clock.Now(), tries)
			must(t, err)
			got := map[string]account.Count{}
			for _, c := range counts {
				got[c.Key] = c
			}
			b := got["both"]
			if got["client"].N != client || b.N != both || got["account"].N != whole || b.Refused != (pause > 0) {
				t.Errorf("got %+v, want %d, %d, %d and a pause of %v", counts, client, both, whole, pause)
			}
			if pause > 0 && b.Until.Sub(clock.Now()) != pause {
				t.Errorf("got a pause of %v, want %v", b.Until.Sub(clock.Now()), pause)
			}
		}
		step(1, 1, 1, 0)
		step(2, 2, 2, 0)
		step(3, 2, 0, time.Second) // the account is not counted, so not returned
		step(4, 2, 0, time.Second)
		clock.Advance(time.Second)
		step(5, 3, 3, 0)
		clock.Advance(time.Second)
		step(6, 3, 0, time.Second)
		clock.Advance(time.Second)
		step(7, 4, 4, 0)
		step(8, 4, 0, 3*time.Second) // not four
		clock.Advance(time.Hour + 3*time.Second)
		step(1, 1, 1, 0) // all forgotten
	})
}

func TestATriedUsernameIsFreeUnlessSomebodyHasOrHadIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := verified(t, s, clock, "ada", "ada"), verified(t, s, clock, "bob", "bob")
		until := clock.Now().Add(time.Minute)
		free := func(name, userID string, want bool) {
			t.Helper()
			got, err := s.UsernameFree(t.Context(), name, userID, clock.Now())
			must(t, err)
			if got != want {
				t.Errorf("%s for %s: got %t, want %t", name, userID, got, want)
			}
		}
		must(t, s.ChangeUsername(t.Context(), ada, "countess", until, event(clock)))
		free("countess", bob.ID, false)
		free("ada", bob.ID, false)
		free("ada", ada.ID, true)
		free("nobody", bob.ID, true)
		for _, name := range []string{"ada", "countess"} {
			wantErr(t, s.ChangeUsername(t.Context(), bob, name, until, event(clock)), account.ErrUsernameTaken)
		}
		// Nobody is given it at verification either.
		tok, err := s.AccountToken(t.Context(), signUp(t, s, somebody("third", clock), clock, "third").ID)
		must(t, err)
		wantErr(t, s.VerifyUser(t.Context(), tok, "ada", event(clock)), account.ErrUsernameTaken)
		u := somebody("fourth", clock)
		u.Username = "ada"
		wantErr(t, s.CreateUser(t.Context(), u, account.Token{}, event(clock)), account.ErrUsernameTaken)
		wantErr(t, s.ChangeUsername(t.Context(), ada, "late", until, event(clock)), account.ErrUnauthenticated)

		clock.Advance(time.Minute)
		free("ada", bob.ID, true)
		must(t, s.VerifyUser(t.Context(), tok, "ada", event(clock)))
		if n := count(t, s, "former_usernames WHERE username = 'ada'"); n != 0 {
			t.Error("a name that somebody has is kept as a former one")
		}
	})
}

func TestDisablingEndsAllAndEnablingKeepsTheRest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := verified(t, s, clock, "ada", "ada")
		must(t, s.AddSession(t.Context(), signIn(session("ses_1", u, clock), clock)))
		must(t, s.AddReset(t.Context(), u.Email, token("reset", account.ForReset, clock), event(clock), job(clock, "x")))
		must(t, s.AddMove(t.Context(), moving("mov_1", u, "new@example.com", clock), nil, event(clock)))
		events := count(t, s, "audit_events")
		for range 2 {
			must(t, s.Disable(t.Context(), u.ID, "why", event(clock)))
		}
		got, err := s.User(t.Context(), u.ID)
		must(t, err)
		if got.DisabledReason != "why" || !got.DisabledAt.Equal(clock.Now()) || got.JWTVersion != u.JWTVersion+1 {
			t.Errorf("got %+v", got)
		}
		for what, want := range map[string]int{
			"sessions WHERE revoked_at IS NULL": 0, "account_tokens WHERE used_at IS NULL": 0, "email_changes": 0, "audit_events": events + 1,
		} {
			if n := count(t, s, what); n != want {
				t.Errorf("got %d %s, want %d", n, what, want)
			}
		}
		must(t, s.Enable(t.Context(), u.ID, event(clock), job(clock, "held")))
		must(t, s.Enable(t.Context(), u.ID, event(clock), job(clock, "held again")))
		must(t, s.SetOperator(t.Context(), u.ID, true, event(clock)))
		got, err = s.User(t.Context(), u.ID)
		must(t, err)
		u.JWTVersion++
		u.Operator = true
		if got != u {
			t.Errorf("got %+v, want %+v", got, u)
		}
		if n := count(t, s, "jobs WHERE kind LIKE 'held%'"); n != 1 {
			t.Errorf("%d jobs followed, want 1", n)
		}
	})
}

func TestAResendCarriesOnWhatOneNetworkBegan(t *testing.T) {
	for name, tc := range map[string]struct {
		networks []string // of the attempts, oldest first
		from     string
		want     account.Purpose
		network  string
	}{
		"from where it began":              {[]string{"home"}, "home", account.ForVerify, "home"},
		"from elsewhere":                   {[]string{"home", "home"}, "away", account.ForVerify, "home"},
		"from before networks were stored": {[]string{""}, "away", account.ForVerify, ""},
		"after somebody else":              {[]string{"away", "home"}, "home", account.ForVerify, "home"},
		"before somebody else":             {[]string{"home", "away"}, "home", account.ForVerify, "home"},
		"of two, from a third place":       {[]string{"home", "away"}, "train", account.ForReset, ""},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
				u := somebody("ada", clock)
				for _, network := range tc.networks {
					tok := token("attempt"+clock.Now().Format("05"), account.ForVerify, clock)
					tok.PasswordHash, tok.Network = "of "+network, network
					must(t, s.AddSignUp(t.Context(), u, tok, event(clock), job(clock, "x")))
					clock.Advance(time.Second)
				}
				again := token("again", account.ForVerify, clock)
				again.Network = tc.from
				soon := clock.Now().Add(time.Minute)
				must(t, s.AddResend(t.Context(), u.Email, again, soon, event(clock), job(clock, "x")))
				got, err := s.AccountToken(t.Context(), again.ID)
				must(t, err)
				wantHash, wantEnd := "of "+tc.network, again.ExpiresAt
				if tc.want == account.ForReset {
					wantHash, wantEnd = "", soon
				}
				if got.Purpose != tc.want || got.Network != tc.network || got.PasswordHash != wantHash || !got.ExpiresAt.Equal(wantEnd) {
					t.Errorf("got %+v, want %s of %q", got, tc.want, tc.network)
				}
			})
		})
	}
}
