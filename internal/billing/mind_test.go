package billing_test

import (
	"errors"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// Whoever has cancelled and cannot pay for a higher plan stays cancelled: they were
// told that nothing was changed.
func TestAnUpgradeThatIsDeclinedDoesNotTakeBackTheCancellation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	u = w.moves(u, plan.Buddy)
	w.must(w.box.FailCard(w.box.Customers()[0].Cards[0].ID, true))
	_, err := w.billing.Change(t.Context(), u, billing.ChangeRequest{Tier: plan.Manager})
	if !errors.Is(err, billing.ErrDeclined) {
		t.Errorf("got %v, want declined", err)
	}
	w.settle()
	u = w.on(u, plan.Secretary)
	if u.Subscription.EndsAt.IsZero() {
		t.Error("the subscription renews itself again")
	}
	w.pass(40 * 24 * time.Hour)
	w.on(u, plan.Buddy)
	if n := len(w.box.Charges()); n != 1 {
		t.Errorf("%d charges", n)
	}
	w.sound()
}

// An upgrade that was declined can be tried again with another card and the same
// quote: the card's no is not given again.
func TestADeclinedUpgradeGoesThroughWithAnotherCardAndTheSameQuote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.moves(w.subscriber("ada", plan.Secretary), plan.Buddy)
	card := w.box.Customers()[0].Cards[0].ID
	w.clock.Advance(10 * 24 * time.Hour)
	quote, err := w.billing.Preview(t.Context(), u, plan.Manager)
	w.must(err)
	request := billing.ChangeRequest{Tier: plan.Manager, At: quote.Quote.At}
	w.must(w.box.FailCard(card, true))
	if _, err := w.billing.Change(t.Context(), u, request); !errors.Is(err, billing.ErrDeclined) {
		t.Errorf("got %v, want declined", err)
	}
	w.clock.Advance(3 * time.Minute)
	w.must(w.box.FailCard(card, false))
	u, err = w.billing.Change(t.Context(), u, request)
	w.must(err)
	w.settle()
	w.on(u, plan.Manager)
	if !u.Subscription.EndsAt.IsZero() {
		t.Error("the higher plan ends with the period")
	}
	if list := w.invoices(u); len(list) != 2 || list[1].Total != quote.Quote.Now {
		t.Errorf("paid %+v, quoted %d", list, quote.Quote.Now)
	}
	w.sound()
}

// Somebody goes back and forth between two pages of quotes that are still good. What
// they clicked on last is what is so.
func TestWhatWasChosenLastIsSoThoughTheQuoteIsOld(t *testing.T) {
	t.Parallel()
	for name, tier := range map[string]plan.Tier{"a lower plan": plan.Secretary, "cancelled": plan.Buddy} {
		w := newWorld(t)
		u := w.subscriber("ada", plan.Manager)
		at := w.clock.Now().Truncate(time.Second)
		for range 3 {
			w.clock.Advance(20 * time.Second)
			_, err := w.billing.Change(t.Context(), w.again(u), billing.ChangeRequest{Tier: tier, At: at})
			w.must(err)
			if s := w.again(u).Subscription; s.EndsAt.IsZero() && s.Next != tier {
				t.Errorf("%s: it was answered that it is done, and is not: %+v", name, s)
			}
			w.clock.Advance(20 * time.Second)
			_, err = w.billing.Change(t.Context(), w.again(u), billing.ChangeRequest{Tier: plan.Manager, At: at})
			w.must(err)
			if s := w.again(u).Subscription; !s.EndsAt.IsZero() || s.Next != "" {
				t.Errorf("%s: it was answered that it is taken back, and is not: %+v", name, s)
			}
		}
	}
}

// moves changes somebody's plan.
func (w *world) moves(u account.User, tier plan.Tier) account.User {
	w.Helper()
	u, err := w.billing.Change(w.Context(), u, billing.ChangeRequest{Tier: tier})
	if err != nil {
		w.Fatal(err)
	}
	w.settle()
	return w.again(u)
}
