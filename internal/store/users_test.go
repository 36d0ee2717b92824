package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func TestASignUpIsStoredWithItsTokenEventAndJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		told := 0
		s.OnJobs(func() { told++ })
		in := somebody("ada", clock)
		in.TimeZone, in.WishedPlan = "Asia/Tokyo", plan.CTO
		sent := signUp(t, s, in, clock, "hash of ada")
		u, err := s.UserByEmail(t.Context(), "ada@example.com")
		must(t, err)
		if u != in {
			t.Errorf("got user %+v, want %+v", u, in)
		}
		got, err := s.AccountToken(t.Context(), sent.ID)
		must(t, err)
		sent.User = u
		if got != sent {
			t.Errorf("got token %+v, want %+v", got, sent)
		}
		same, err := s.AccountTokenByHash(t.Context(), sent.Hash)
		must(t, err)
		if same != got {
			t.Errorf("by its hash: got %+v, want %+v", same, got)
		}
		events, err := s.ListEvents(t.Context(), u.ID, 10)
		must(t, err)
		if len(events) != 1 || events[0].Detail["terms"] != true || events[0].Address != "203.0.113.7" || events[0].UserID != u.ID {
			t.Errorf("got events %+v, want one about the user, whole", events)
		}
		if told != 1 || len(listed(t, s)) != 1 {
			t.Errorf("told %d times of %d jobs, want once of one", told, len(listed(t, s)))
		}
	})
}

func TestASignUpWithAKnownAddressStoresOnlyItsToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		first := somebody("ada", clock)
		signUp(t, s, first, clock, "one")
		second := somebody("ada", clock)
		second.Name, second.PasswordHash = "Somebody else", "another hash"
		sent := signUp(t, s, second, clock, "two")
		u, err := s.UserByEmail(t.Context(), first.Email)
		must(t, err)
		if u != first {
			t.Errorf("got user %+v, want %+v", u, first)
		}
		got, err := s.AccountToken(t.Context(), sent.ID)
		must(t, err)
		if got.User.ID != first.ID || got.Name != "Somebody else" || got.PasswordHash != "another hash" {
			t.Errorf("got token %+v, want the second attempt for the first one's user", got)
		}
	})
}

func TestAskingForAMailToNobodyStoresTheJobAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		tok := token("one", account.ForReset, clock)
		must(t, s.AddReset(t.Context(), "nobody@example.com", tok, event(clock), job(clock, "reset")))
		must(t, s.AddResend(t.Context(), "nobody@example.com", tok, clock.Now(), event(clock), job(clock, "resend")))
		for table, want := range map[string]int{"account_tokens": 0, "audit_events": 0, "jobs": 2} {
			if n := count(t, s, table); n != want {
				t.Errorf("got %d rows in %s, want %d", n, table, want)
			}
		}
		_, err := s.AccountToken(t.Context(), tok.ID)
		wantMissing(t, err)
	})
}

func TestResendCopiesTheNewestAttemptOfAnUnconfirmedUserOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := somebody("ada", clock)
		signUp(t, s, u, clock, "one")
		clock.Advance(time.Second)
		newest := u
		newest.Name, newest.WishedPlan = "Newest", plan.Manager
		signUp(t, s, newest, clock, "two")
		clock.Advance(time.Second)
		must(t, s.AddReset(t.Context(), u.Email, token("reset", account.ForReset, clock), event(clock), job(clock, "x")))
		copied := token("three", account.ForVerify, clock)
		must(t, s.AddResend(t.Context(), u.Email, copied, clock.Now(), event(clock), job(clock, "x")))
		got, err := s.AccountToken(t.Context(), copied.ID)
		must(t, err)
		if got.Name != "Newest" || got.WishedPlan != plan.Manager || got.Purpose != account.ForVerify || got.Hash != copied.Hash {
			t.Errorf("got %+v, want a copy of the newest attempt", got)
		}
		must(t, s.VerifyUser(t.Context(), got, "ada", event(clock)))
		late := token("four", account.ForVerify, clock)
		must(t, s.AddResend(t.Context(), u.Email, late, clock.Now(), event(clock), job(clock, "x")))
		_, err = s.AccountToken(t.Context(), late.ID)
		wantMissing(t, err)
	})
}

func TestATokenIsUsedOnceWhoeverComesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		tok := signUp(t, s, somebody("ada", clock), clock, "one")
		tok, err := s.AccountToken(t.Context(), tok.ID)
		must(t, err)
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				switch err := s.VerifyUser(t.Context(), tok, "ada", event(clock)); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, account.ErrInvalidToken):
					t.Errorf("got %v, want %v", err, account.ErrInvalidToken)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || count(t, s, "audit_events WHERE action = 'test'") != 2 {
			t.Errorf("%d of 8 won with %d events, want 1 and its event beside the sign-up's", won.Load(), count(t, s, "audit_events WHERE action = 'test'"))
		}
	})
}

func TestATokenThatExpiredOrHasAnotherPurposeChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		tok := signUp(t, s, somebody("ada", clock), clock, "one")
		tok, err := s.AccountToken(t.Context(), tok.ID)
		must(t, err)
		wrong := tok
		wrong.Purpose = account.ForReset
		if err := s.ResetPassword(t.Context(), wrong, "new", "ada", event(clock), job(clock, "changed")); !errors.Is(err, account.ErrInvalidToken) {
			t.Errorf("another purpose: got %v, want %v", err, account.ErrInvalidToken)
		}
		clock.Advance(time.Hour)
		if err := s.VerifyUser(t.Context(), tok, "ada", event(clock)); !errors.Is(err, account.ErrInvalidToken) {
			t.Errorf("at its end: got %v, want %v", err, account.ErrInvalidToken)
		}
		u, err := s.UserByEmail(t.Context(), "ada@example.com")
		must(t, err)
		if u.EmailVerified || u.PasswordHash != "hash of ada" || count(t, s, "jobs") != 1 {
			t.Errorf("got user %+v and %d jobs, want nothing changed", u, count(t, s, "jobs"))
		}
	})
}

func TestATakenUsernameLeavesTheTokenUnused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		verified(t, s, clock, "first", "ada")
		tok := signUp(t, s, somebody("second", clock), clock, "second")
		tok, err := s.AccountToken(t.Context(), tok.ID)
		must(t, err)
		if err := s.VerifyUser(t.Context(), tok, "ada", event(clock)); !errors.Is(err, account.ErrUsernameTaken) {
			t.Fatalf("got %v, want %v", err, account.ErrUsernameTaken)
		}
		must(t, s.VerifyUser(t.Context(), tok, "ada-2", event(clock)))
	})
}

func TestAResetEndsSessionsAndTokensAndKeepsTheUsername(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := verified(t, s, clock, "ada", "ada")
		must(t, s.AddSession(t.Context(), signIn(session("ses_1", u, clock), clock)))
		var toks []account.Token
		for _, name := range []string{"r1", "r2"} {
			tok := token(name, account.ForReset, clock)
			must(t, s.AddReset(t.Context(), u.Email, tok, event(clock), job(clock, "x")))
			tok, err := s.AccountToken(t.Context(), tok.ID)
			must(t, err)
			toks = append(toks, tok)
		}
		must(t, s.ResetPassword(t.Context(), toks[0], "new hash", "another-name", event(clock), job(clock, "changed")))
		got, err := s.User(t.Context(), u.ID)
		must(t, err)
		want := u
		want.PasswordHash, want.JWTVersion = "new hash", 2
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if err := s.ResetPassword(t.Context(), toks[1], "x", "x", event(clock), job(clock, "x")); !errors.Is(err, account.ErrInvalidToken) {
			t.Errorf("the other token: got %v, want %v", err, account.ErrInvalidToken)
		}
		sess, err := s.Session(t.Context(), "ses_1")
		must(t, err)
		if sess.RevokedAt.IsZero() {
			t.Error("the session goes on")
		}
	})
}

func TestTheOperatorsUsersAreUniqueInAddressAndName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := somebody("ada", clock)
		u.EmailVerified, u.Username = true, "ada"
		must(t, s.CreateUser(t.Context(), u, account.Token{}, event(clock)))
		got, err := s.User(t.Context(), u.ID)
		must(t, err)
		if got != u {
			t.Errorf("got %+v, want %+v", got, u)
		}
		again := somebody("ada", clock)
		if err := s.CreateUser(t.Context(), again, account.Token{}, event(clock)); !errors.Is(err, account.ErrEmailTaken) {
			t.Errorf("got %v, want %v", err, account.ErrEmailTaken)
		}
		namesake := somebody("other", clock)
		namesake.Username = "ada"
		if err := s.CreateUser(t.Context(), namesake, account.Token{}, event(clock)); !errors.Is(err, account.ErrUsernameTaken) {
			t.Errorf("got %v, want %v", err, account.ErrUsernameTaken)
		}
		tok := token("made", account.ForVerify, clock)
		must(t, s.CreateUser(t.Context(), somebody("third", clock), tok, event(clock), job(clock, "verify")))
		if _, err := s.AccountToken(t.Context(), tok.ID); err != nil {
			t.Errorf("the token was not stored: %v", err)
		}
		if n := count(t, s, "jobs"); n != 1 {
			t.Errorf("got %d jobs, want 1", n)
		}
	})
}

func TestUsersAreListedNewestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		for i := range 4 {
			clock.Advance(time.Second)
			signUp(t, s, somebody(fmt.Sprint("p", i), clock), clock, fmt.Sprint(i))
		}
		names := func(before string) (list string, last string) {
			users, err := s.ListUsers(t.Context(), before, 3)
			must(t, err)
			for _, u := range users {
				list, last = list+strings.TrimSuffix(u.Email, "@example.com")+" ", u.ID
			}
			return list, last
		}
		first, last := names("")
		second, _ := names(last)
		if first != "p3 p2 p1 " || second != "p0 " {
			t.Errorf("got %q and %q", first, second)
		}
	})
}

func TestAGrantIsStoredWithItsEventAndJobsAndEndsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := verified(t, s, clock, "ada", "ada")
		u.Grant = plan.Grant{Tier: plan.Secretary, Until: clock.Now().Add(time.Hour), Reason: "a pilot"}
		u.Listed = plan.Secretary
		must(t, s.SetGrant(t.Context(), u, u.Standing(clock.Now()), event(clock), job(clock, "granted"), job(clock, "end")))
		got, err := s.User(t.Context(), u.ID)
		must(t, err)
		if got != u || storedTier(t, s, u.ID) != "ai_secretary" {
			t.Errorf("got %+v on %s, want %+v", got, storedTier(t, s, u.ID), u)
		}
		before := count(t, s, "audit_events")
		must(t, s.EndGrant(t.Context(), u.ID, account.Standing{Tier: plan.Buddy}, clock.Now(), event(clock)))
		if storedTier(t, s, u.ID) != "ai_secretary" {
			t.Error("the grant ended before its time")
		}
		clock.Advance(time.Hour)
		for range 2 {
			must(t, s.EndGrant(t.Context(), u.ID, account.Standing{Tier: plan.Buddy}, clock.Now(), event(clock)))
		}
		if tier := storedTier(t, s, u.ID); tier != "ai_buddy" || count(t, s, "audit_events") != before+1 {
			t.Errorf("got %s and %d more events, want ai_buddy and one", tier, count(t, s, "audit_events")-before)
		}
		u.ID = "usr_unknown"
		if err := s.SetGrant(t.Context(), u, account.Standing{Tier: plan.CTO}, event(clock), job(clock, "x")); !errors.Is(err, account.ErrNoUser) {
			t.Errorf("got %v, want %v", err, account.ErrNoUser)
		}
	})
}

func TestCleaningKeepsWhatIsStillGood(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		member := verified(t, s, clock, "ada", "ada")
		must(t, s.AddSession(t.Context(), signIn(session("ses_old", member, clock), clock)))
		signUp(t, s, somebody("gone", clock), clock, "gone")
		waiting := somebody("waiting", clock)
		signUp(t, s, waiting, clock, "waiting")
		_, err := s.CountTries(t.Context(), clock.Now(), []account.Try{{Key: "old", Most: 1, Window: time.Minute}})
		must(t, err)

		clock.Advance(8 * 24 * time.Hour)
		signUp(t, s, waiting, clock, "waiting again")
		must(t, s.AddSession(t.Context(), signIn(session("ses_new", member, clock), clock)))
		_, err = s.CountTries(t.Context(), clock.Now(), []account.Try{{Key: "new", Most: 1, Window: time.Minute}})
		must(t, err)
		week := clock.Now().Add(-7 * 24 * time.Hour)
		must(t, s.CleanAccounts(t.Context(), account.Cutoffs{Now: clock.Now(), Tokens: week, Unverified: week}))

		_, err = s.UserByEmail(t.Context(), "gone@example.com")
		wantMissing(t, err)
		for _, email := range []string{"ada@example.com", "waiting@example.com"} {
			if _, err := s.UserByEmail(t.Context(), email); err != nil {
				t.Errorf("%s: %v", email, err)
			}
		}
		for table, want := range map[string]int{
			"sessions": 1, "sessions WHERE id = 'ses_new'": 1, "limits": 1, "limits WHERE key = 'new'": 1, "account_tokens": 1,
		} {
			if n := count(t, s, table); n != want {
				t.Errorf("got %d of %s, want %d", n, table, want)
			}
		}
	})
}

// somebody is a user as they sign up.
func somebody(name string, clock *storetest.Clock) account.User {
	return account.User{
		ID: id.New(id.User, clock.Now()), Email: name + "@example.com", Name: name, TimeZone: "UTC", Listed: plan.Buddy,
		PasswordHash: "hash of " + name, JWTVersion: 1, CreatedAt: clock.Now(),
	}
}

// token makes a token with a name of its own, good for an hour.
func token(name string, p account.Purpose, clock *storetest.Clock) account.Token {
	return account.Token{
		ID: id.New(id.Token, clock.Now()), Purpose: p, Hash: "hash of token " + name, ExpiresAt: clock.Now().Add(time.Hour),
	}
}

func event(clock *storetest.Clock) account.Event {
	return account.Event{
		ID: id.New(id.Audit, clock.Now()), Actor: account.ActorUser, Action: "test",
		Detail: map[string]any{"terms": true}, Address: "203.0.113.7", At: clock.Now(),
	}
}

// signUp stores an attempt, and returns its token.
func signUp(t *testing.T, s *store.Store, u account.User, clock *storetest.Clock, name string) account.Token {
	t.Helper()
	tok := token(name, account.ForVerify, clock)
	tok.PasswordHash, tok.Name, tok.TimeZone, tok.WishedPlan = u.PasswordHash, u.Name, u.TimeZone, u.WishedPlan
	must(t, s.AddSignUp(t.Context(), u, tok, event(clock), job(clock, "verification")))
	return tok
}

// verified makes a user with a confirmed address.
func verified(t *testing.T, s *store.Store, clock *storetest.Clock, name, username string) account.User {
	t.Helper()
	tok := signUp(t, s, somebody(name, clock), clock, name)
	tok, err := s.AccountToken(t.Context(), tok.ID)
	must(t, err)
	must(t, s.VerifyUser(t.Context(), tok, username, event(clock)))
	u, err := s.User(t.Context(), tok.User.ID)
	must(t, err)
	if !u.EmailVerified || u.Username != username {
		t.Fatalf("got %+v, want them confirmed as %s", u, username)
	}
	return u
}

func session(id string, u account.User, clock *storetest.Clock) account.Session {
	return account.Session{
		ID: id, Device: "curl", User: u, CreatedAt: clock.Now(), LastUsedAt: clock.Now(), ExpiresAt: clock.Now().Add(7 * 24 * time.Hour),
	}
}

// signIn is a session on a device of its own.
func signIn(sess account.Session, clock *storetest.Clock) account.SignIn {
	return account.SignIn{
		Session: sess, Device: account.Sighting{ID: "dev_" + sess.ID, Place: sess.ID, Hash: sess.ID}, Event: event(clock),
	}
}

func storedTier(t *testing.T, s *store.Store, userID string) (tier string) {
	t.Helper()
	must(t, s.Query().QueryRowContext(t.Context(), "SELECT subscription_tier FROM users WHERE id = ?", userID).Scan(&tier))
	return tier
}

func wantMissing(t *testing.T, err error) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.NotFound {
		t.Errorf("got error %v, want one of kind NotFound", err)
	}
}
