package account_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

func TestTheOperatorMakesAccounts(t *testing.T) {
	w := newWorld(t)
	u, err := w.Create(w.ctx, account.NewUser{Email: "Ada@example.com", Password: password, Name: "Ada", Verified: true})
	must(t, err)
	if !u.EmailVerified || u.Username != "ada" || u.TimeZone != "UTC" {
		t.Errorf("got %+v, want a confirmed user in UTC", u)
	}
	w.session(ada)
	_, err = w.Create(w.ctx, account.NewUser{Email: ada, Password: password, Verified: true})
	wantError(t, err, account.ErrEmailTaken)
	second, err := w.Create(w.ctx, account.NewUser{Email: "ada@b.example", Password: password, Verified: true})
	must(t, err)
	if second.Username != "ada-2" {
		t.Errorf("got username %q, want ada-2", second.Username)
	}
	_, err = w.Create(w.ctx, account.NewUser{Email: "x", Password: "y"})
	wantFields(t, err, "email password")
}

func TestAnAccountThatTheOperatorMadeMayConfirmItself(t *testing.T) {
	w := newWorld(t)
	u, err := w.Create(w.ctx, account.NewUser{Email: ada, Password: password, Name: "Ada"})
	must(t, err)
	if u.EmailVerified || u.Username != "" {
		t.Errorf("got %+v, want an unconfirmed user", u)
	}
	w.runJobs()
	_, err = w.VerifyEmail(w.ctx, w.mailbox.last(t, "verify", ada).token)
	must(t, err)
	w.session(ada)
}

func TestFindTakesAnIDOrAnAddress(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	odd := w.member("usr_x@example.com")
	for key, want := range map[string]string{u.ID: u.ID, "ADA@example.com ": u.ID, "usr_x@example.com": odd.ID} {
		got, err := w.Find(w.ctx, key)
		if err != nil || got.ID != want {
			t.Errorf("%q: got %q, %v, want %q", key, got.ID, err, want)
		}
	}
	for _, key := range []string{"usr_unknown", "nobody@example.com"} {
		if _, err := w.Find(w.ctx, key); err != account.ErrNoUser {
			t.Errorf("%q: got %v, want %v", key, err, account.ErrNoUser)
		}
	}
	_, err := w.Find(w.ctx, "nonsense")
	wantFields(t, err, "email")
}

func TestListPagesThroughEverybodyNewestFirst(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 5 {
		w.clock.Advance(time.Second)
		u, err := w.Create(w.ctx, account.NewUser{Email: fmt.Sprintf("p%d@example.com", i), Password: password, Verified: true})
		must(t, err)
		want = append([]string{u.ID}, want...)
	}
	var got []string
	cursor, pages := "", 0
	for {
		users, next, err := w.List(w.ctx, cursor, 2)
		must(t, err)
		for _, u := range users {
			got = append(got, u.ID)
		}
		pages++
		if next == "" {
			break
		}
		cursor = next
	}
	if strings.Join(got, " ") != strings.Join(want, " ") || pages != 3 {
		t.Errorf("got %v in %d pages, want %v in 3", got, pages, want)
	}
}

func TestAGrantCountsUntilItEnds(t *testing.T) {
	w := newWorld(t, func(o *account.Options) {
		o.OnGrant = func(u account.User) []jobs.Job {
			return []jobs.Job{jobs.New("test.granted", u.Grant.Tier, o.Now(), jobs.At(o.Now().Add(1000*time.Hour)))}
		}
	})
	u := w.member(ada)
	granted := w.clock.Advance(time.Second)
	until := granted.Add(48 * time.Hour)
	got, err := w.Grant(w.ctx, ada, plan.Grant{Tier: plan.Secretary, Until: until, Reason: "a pilot"}, account.ActorOperator)
	must(t, err)
	if want := (plan.Grant{Tier: plan.Secretary, Until: until, Reason: "a pilot"}); got.Grant != want {
		t.Errorf("got grant %+v, want %+v", got.Grant, want)
	}
	if tier := w.storedTier(u.ID); tier != "ai_secretary" {
		t.Errorf("got stored tier %q, want ai_secretary", tier)
	}
	if q := w.pendingJobs(); len(q) != 2 {
		t.Errorf("got jobs %+v, want the hook's and the one at the end", q)
	}
	w.clock.Advance(48 * time.Hour)
	if tier := got.Entitlement(w.clock.Now()).Tier; tier != plan.Buddy {
		t.Errorf("got %q at the end, before any job ran; want %q", tier, plan.Buddy)
	}
	w.runJobs()
	if tier := w.storedTier(u.ID); tier != "ai_buddy" {
		t.Errorf("got stored tier %q after the end, want ai_buddy", tier)
	}
	if got, want := w.actions(u.ID), "sign_up_asked verified granted grant_ended"; got != want {
		t.Errorf("got events %q, want %q", got, want)
	}
	events, err := w.store.ListEvents(w.ctx, u.ID, 2)
	must(t, err)
	e := events[1] // events[0] is the end
	if e.Detail["tier"] != "ai_secretary" || e.Detail["reason"] != "a pilot" || e.Actor != "operator" || !e.At.Equal(granted) {
		t.Errorf("got event %+v, want who gave what, when and why", e)
	}
}

func TestTheEndOfAGrantThatWasProlongedTakesNothing(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	for _, hours := range []time.Duration{24, 72} {
		_, err := w.Grant(w.ctx, u.ID, plan.Grant{Tier: plan.Manager, Until: w.clock.Now().Add(hours * time.Hour)}, account.ActorOperator)
		must(t, err)
	}
	w.clock.Advance(24 * time.Hour)
	w.runJobs()
	if tier := w.storedTier(u.ID); tier != "ai_project_manager" {
		t.Errorf("got %q, want the prolonged grant untouched", tier)
	}
	w.clock.Advance(48 * time.Hour)
	w.runJobs()
	if tier := w.storedTier(u.ID); tier != "ai_buddy" {
		t.Errorf("got %q, want ai_buddy", tier)
	}
}

func TestAGrantThatEndsLeavesWhatIsPaidFor(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	now := w.clock.Now()
	sub := plan.Subscription{ID: "sub_1", Tier: plan.Secretary, Status: plan.Active, Start: now, End: now.AddDate(0, 1, 0)}
	_, err := w.store.SaveReading(w.ctx, billing.Saved{
		UserID: u.ID, Current: sub, Metered: sub.ID, Tier: sub.Tier, Reading: billing.Reading{At: now, CustomerID: "cus_1"},
	})
	must(t, err)
	want := func(when, tier, metered string) {
		t.Helper()
		if gotTier, got := w.storedTier(u.ID), w.metered(u.ID); gotTier != tier || got != metered {
			t.Errorf("%s: on %s, usage is reported to %q, want %s and %q", when, gotTier, got, tier, metered)
		}
	}
	want("paid", "ai_secretary", "sub_1")
	until := now.Add(24 * time.Hour)
	_, err = w.Grant(w.ctx, u.ID, plan.Grant{Tier: plan.Secretary, Until: until}, account.ActorOperator)
	must(t, err)
	want("a grant of the same", "ai_secretary", "sub_1")
	_, err = w.Grant(w.ctx, u.ID, plan.Grant{Tier: plan.CTO, Until: until}, account.ActorOperator)
	must(t, err)
	want("a grant of more", "ai_cto", "")
	w.clock.Advance(24 * time.Hour)
	w.runJobs()
	want("after it", "ai_secretary", "sub_1")
	if n := strings.Count(w.actions(u.ID), "grant_ended"); n != 1 {
		t.Errorf("the end was noted %d times, want once", n)
	}
	_, err = w.Grant(w.ctx, u.ID, plan.Grant{Tier: plan.Manager}, account.ActorOperator)
	must(t, err)
	_, err = w.Grant(w.ctx, u.ID, plan.Grant{}, account.ActorOperator)
	must(t, err)
	want("taken away", "ai_secretary", "sub_1")
}

func TestTheEndOfAGrantOfAnAccountThatIsGoneIsNothing(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	_, err := w.Grant(w.ctx, u.ID, plan.Grant{Tier: plan.Manager, Until: w.clock.Now().Add(time.Hour)}, account.ActorOperator)
	must(t, err)
	must(t, w.engine.One(w.ctx, func(tx db.DBTX) error {
		_, err := tx.ExecContext(w.ctx, "DELETE FROM users WHERE id = ?", u.ID)
		return err
	}))
	w.clock.Advance(time.Hour)
	w.runJobs()
	js, err := w.store.ListJobs(w.ctx, jobs.Query{State: jobs.Done, Limit: 100})
	must(t, err)
	if !slices.ContainsFunc(js, func(j jobs.Job) bool { return j.Kind == account.KindGrantEnded }) {
		t.Errorf("got %+v, want the job done", js)
	}
}

func TestAGrantCanBeTakenAway(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	_, err := w.Grant(w.ctx, ada, plan.Grant{Tier: plan.CTO}, account.ActorOperator)
	must(t, err)
	got, err := w.Grant(w.ctx, ada, plan.Grant{Reason: "the pilot is over"}, account.ActorOperator)
	must(t, err)
	if got.Grant != (plan.Grant{}) || w.storedTier(u.ID) != "ai_buddy" {
		t.Errorf("got %+v on %q, want nothing left of the grant", got.Grant, w.storedTier(u.ID))
	}
}

func TestAGrantThatMakesNoSenseIsRefused(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	_, err := w.Grant(w.ctx, ada, plan.Grant{Tier: "enterprise", Until: w.clock.Now(), Reason: strings.Repeat("x", 501)}, account.ActorOperator)
	wantFields(t, err, "tier until reason")
	_, err = w.Grant(w.ctx, "nobody@example.com", plan.Grant{Tier: plan.CTO}, account.ActorOperator)
	wantError(t, err, account.ErrNoUser)
	if got := w.actions(u.ID); strings.Contains(got, "granted") {
		t.Errorf("got events %q, want no grant", got)
	}
}

// metered is the subscription that a user's usage is reported to.
func (w *world) metered(id string) (subID string) {
	w.t.Helper()
	must(w.t, w.engine.Reader().QueryRowContext(w.ctx, "SELECT coalesce(metered_subscription, '') FROM users WHERE id = ?", id).Scan(&subID))
	return subID
}

func (w *world) storedTier(id string) (tier string) {
	w.t.Helper()
	must(w.t, w.engine.Reader().QueryRowContext(w.ctx, "SELECT subscription_tier FROM users WHERE id = ?", id).Scan(&tier))
	return tier
}
