//go:build !js

package store_test

import (
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
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

// thirdRows are rows as the third schema had them.
const thirdRows = `
INSERT INTO users (id, email, password_hash, subscription_tier, stripe_customer_id, email_verified, name, username, grant_tier, grant_reason, created_at, updated_at)
VALUES ('usr_ada', 'ada@example.com', 'hash', 'ai_secretary', 'cus_1', 1, 'Ada', 'ada', 'ai_secretary', 'a pilot', 1000, 1000);
INSERT INTO usage_records (id, user_id, feature, quantity, recorded_at, measured, source_key, created_at)
VALUES ('use_1', 'usr_ada', 'sms_messages', 3, 1767600000000, 4, 'sms:SM1', 1000), ('use_2', 'usr_ada', 'voice_minutes', 2, 1767600000001, 120, 'voice:CA1', 1000);
`

func TestADatabaseFromBeforeBillingKeepsItsLedger(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, e store.Engine) {
		clock := storetest.NewClock()
		s := store.New(e, clock.Now)
		must(t, s.MigrateTo(t.Context(), 3))
		before := ledgerShape(t, s)
		for stmt := range strings.SplitSeq(strings.TrimSpace(thirdRows), ";\n") {
			must(t, exec(t, e, stmt))
		}
		must(t, s.Migrate(t.Context()))

		ada, err := s.UserByCustomer(t.Context(), "cus_1")
		must(t, err)
		if ada.ID != "usr_ada" || ada.Subscription != (plan.Subscription{}) || ada.SpendingCap != (plan.Cap{}) || ada.Grant.Tier != plan.Secretary {
			t.Errorf("got %+v, want a grant and nothing that is paid for", ada)
		}
		totals, err := s.UsageTotals(t.Context(), scope(clock, ada.ID, ""))
		must(t, err)
		if totals.Used[plan.SMSMessages] != 3 || totals.Used[plan.VoiceMinutes] != 2 {
			t.Errorf("got %+v, want what was used before, under no subscription", totals)
		}
		// Nobody is billed for what was used before they paid.
		subscribe(t, s, clock, ada, active(clock, "sub_1"))
		must(t, s.RecordUsage(t.Context(), billing.Record{
			ID: "use_3", UserID: ada.ID, Feature: plan.SMSMessages, Quantity: 3, RecordedAt: clock.Now(), SourceKey: "sms:SM1",
		}))
		if waiting, err := s.WaitingUsage(t.Context(), "", 10); err != nil || len(waiting) != 0 {
			t.Errorf("got %+v, %v, want nothing to report", waiting, err)
		}
		must(t, s.DownTo(t.Context(), 3))
		if got := text(t, e.Reader(), "SELECT group_concat(source_key || '=' || quantity, ' ') FROM (SELECT * FROM usage_records ORDER BY id)"); got != "sms:SM1=3 voice:CA1=2" {
			t.Errorf("taken back, the ledger is %s", got)
		}
		if after := ledgerShape(t, s); after != before || strings.Contains(shape(t, s), "meter_") {
			t.Errorf("taken back, the tables are\n%s\nwant\n%s", after, before)
		}
		must(t, s.Migrate(t.Context()))
	})
}

// ledgerShape is the columns of the tables that billing adds some to.
func ledgerShape(t *testing.T, s *store.Store) string {
	t.Helper()
	return strings.Join(columns(t, s, "users"), " ") + "\n" + strings.Join(columns(t, s, "usage_records"), " ")
}
