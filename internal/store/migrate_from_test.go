//go:build !js

package store_test

import (
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// firstRows are rows as the first schema had them.
const firstRows = `
INSERT INTO users (id, email, password_hash, email_verified, name, username, disabled_at, created_at, updated_at)
VALUES ('usr_ada', 'ada@example.com', 'hash', 1, 'Ada', 'ada', NULL, 1000, 1000),
       ('usr_bob', 'bob@example.com', 'hash', 1, 'Bob', NULL, 2000, 1000, 1000);
INSERT INTO sessions (id, user_id, expires_at, created_at, updated_at) VALUES ('ses_1', 'usr_ada', 9000000000000, 1500, 1500);
INSERT INTO account_tokens (id, user_id, purpose, token_hash, password_hash, expires_at, created_at, updated_at)
VALUES ('tok_1', 'usr_ada', 'verify', 'h1', 'p', 9000000000000, 1000, 1000);
INSERT INTO limits (key, window_start, count, expires_at, created_at, updated_at) VALUES ('login:both:x', 1767602700000, 3, 1767605400000, 1000, 1000);
`

func TestADatabaseOfTheFirstSchemaKeepsItsRows(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, e store.Engine) {
		clock := storetest.NewClock()
		s := store.New(e, clock.Now)
		must(t, s.MigrateTo(t.Context(), 1))
		for stmt := range strings.SplitSeq(strings.TrimSpace(firstRows), ";\n") {
			must(t, exec(t, e, stmt))
		}
		wantPending(t, s, true)
		must(t, s.Migrate(t.Context()))
		wantPending(t, s, false)

		ada, err := s.User(t.Context(), "usr_ada")
		must(t, err)
		if ada.Operator || ada.DisabledReason != "" || ada.Username != "ada" {
			t.Errorf("got %+v", ada)
		}
		bob, err := s.User(t.Context(), "usr_bob")
		must(t, err)
		if bob.DisabledAt.IsZero() || bob.DisabledReason != "" {
			t.Errorf("got %+v, want to be disabled for a reason that nobody gave", bob)
		}
		all, err := s.Sessions(t.Context(), ada.ID, clock.Now())
		must(t, err)
		if len(all) != 1 || all[0].Device != "" || all[0].User != ada {
			t.Errorf("got sessions %+v", all)
		}
		must(t, s.TouchSession(t.Context(), "ses_1", clock.Now()))
		tok, err := s.AccountToken(t.Context(), "tok_1")
		must(t, err)
		if tok.Network != "" || tok.PasswordHash != "p" {
			t.Errorf("got %+v", tok)
		}
		counts, err := s.CountTries(t.Context(), clock.Now(), []account.Try{
			{}, {Key: "login:both:x", Most: 3, Window: time.Hour, Growth: account.Growth{First: time.Second, Most: time.Minute}},
		})
		must(t, err)
		if len(counts) != 1 || counts[0].N != 4 || counts[0].Refused {
			t.Errorf("got %+v, want the fourth try taken in", counts)
		}
		_, seen, err := s.UserAtSignIn(t.Context(), ada.Email, "", []string{"x"})
		must(t, err)
		if seen.Any {
			t.Error("a device is known: everybody's next sign-in would be mailed about")
		}
		// And back: what the second schema added goes, what was there stays.
		must(t, s.DownTo(t.Context(), 1))
		var n int
		must(t, e.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM users JOIN sessions ON user_id = users.id").Scan(&n))
		if n != 1 {
			t.Errorf("taken back, there are %d sessions, want 1", n)
		}
		must(t, s.Migrate(t.Context()))
	})
}
