package phone_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
)

// payer is somebody whose plan is paid for, so that more than it includes can be
// had. They have no number yet.
func (w *world) payer(name string, tier plan.Tier) account.User {
	w.t.Helper()
	return w.withPlan(w.user(name, ""), tier)
}

// withPlan lets somebody pay for a plan.
func (w *world) withPlan(u account.User, tier plan.Tier) account.User {
	w.t.Helper()
	now := w.clock.Now()
	u.Subscription = plan.Subscription{ID: "sub_" + u.Name, Tier: tier, Status: plan.Active, Start: now, End: now.AddDate(1, 0, 0)}
	w.subscribe(u)
	return u
}

// subscribe stores what somebody pays for.
func (w *world) subscribe(u account.User) {
	w.t.Helper()
	now := w.clock.Advance(time.Millisecond) // a reading counts if it is newer
	ok, err := w.store.SaveReading(w.t.Context(), billing.Saved{
		UserID: u.ID, Grant: u.Grant, Current: u.Subscription, Tier: u.Entitlement(now).Tier, Reading: billing.Reading{CustomerID: "cus_" + u.Name, At: now},
	})
	if err != nil || !ok {
		w.t.Fatalf("store a subscription: %t, %v", ok, err)
	}
}

// sells puts so many numbers on sale.
func (w *world) sells(n int) {
	w.carrier.onSale = nil
	for i := range n {
		w.carrier.onSale = append(w.carrier.onSale, fmt.Sprintf("+1833555%04d", 200+i))
	}
}

// buy lets somebody buy a number and does what follows.
func (w *world) buy(u account.User) phone.Number {
	w.t.Helper()
	n, err := w.BuyNumber(w.t.Context(), u)
	if err != nil {
		w.t.Fatal(err)
	}
	w.run()
	return n
}

// numbers is how many numbers somebody has.
func (w *world) numbers(u account.User) int {
	w.t.Helper()
	list, err := w.Numbers(w.t.Context(), u.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

// billed are the causes of the jobs that set how many numbers are paid for.
func (w *world) billed(u account.User) map[string]int {
	w.t.Helper()
	causes := map[string]int{}
	for _, j := range w.jobsOf("billing.numbers") {
		if cause, mine := strings.CutPrefix(j.Key, "numbers:"+u.ID+":"); mine {
			causes[cause]++
		}
	}
	return causes
}

func TestNumbersBeyondTheIncludedOnesAreBought(t *testing.T) {
	w := newWorld(t)
	eve := w.payer("eve", plan.Secretary)
	w.sells(5)
	seen := map[string]bool{}
	for range 3 {
		n := w.buy(eve)
		if n.UserID != eve.ID || n.ProviderSID == "" || n.Kind != phone.TollFree || n.SMS != phone.SMSVerified || !n.ReleasedAt.IsZero() {
			t.Errorf("got %+v", n)
		}
		if got := w.billed(eve); got["bought:"+n.ID] != 1 {
			t.Errorf("what is to be paid is not set for %s: %v", n.ID, got)
		}
		seen[n.Number] = true
	}
	if len(seen) != 3 || w.numbers(eve) != 3 || w.carrier.bought != 3 {
		t.Errorf("has %v, bought %d", seen, w.carrier.bought)
	}
	events, err := w.store.ListEvents(t.Context(), eve.ID, 10)
	byUser := 0
	for _, e := range events {
		if e.Action == "number.assigned" && e.Actor == account.ActorUser {
			byUser++
		}
	}
	if err != nil || byUser != 3 {
		t.Errorf("events %+v, %v", events, err)
	}
}

func TestABoughtNumberThatMayNotTextYetIsAskedAbout(t *testing.T) {
	w := newWorld(t)
	eve := w.payer("eve", plan.Secretary)
	w.sells(1)
	w.carrier.state = phone.SMSPending
	if n := w.buy(eve); n.SMS != phone.SMSPending || len(w.jobsOf("phone.check_number")) != 1 {
		t.Errorf("got %+v, jobs %+v", n, w.jobsOf("phone.check_number"))
	}
}

func TestWhoMayNotHaveOneMoreIsToldWhatWouldHelp(t *testing.T) {
	w := newWorld(t)
	w.sells(5)
	owing := w.payer("eve", plan.Secretary)
	owing.Subscription.Status, owing.Subscription.GraceUntil = plan.PastDue, w.clock.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		who  account.User
		has  int
		code string
		says string
	}{
		"free":              {w.bob, 0, "upgrade_required", "AI Secretary"},
		"a grant, used up":  {w.ada, 1, "upgrade_required", "AI Project Manager"}, // nobody can be billed
		"a payment is owed": {owing, 1, "payment_required", "payment failed"},
	} {
		for w.numbers(c.who) < c.has {
			w.buy(c.who)
		}
		before := w.carrier.bought
		_, err := w.BuyNumber(t.Context(), c.who)
		f := fault.From(err)
		if f.Kind != fault.Upgrade || f.Code != c.code || f.Offer == nil || f.Offer.Feature != "phone_numbers" || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: got %+v", name, f)
		}
		if w.carrier.bought != before || w.numbers(c.who) != c.has {
			t.Errorf("%s: bought all the same", name)
		}
	}
}

func TestANumberThatWasBoughtAndNotRecordedIsTakenFirst(t *testing.T) {
	w := newWorld(t)
	eve := w.payer("eve", plan.Secretary)
	w.sells(5)
	first := w.buy(eve)
	w.carrier.buying = fmt.Errorf("carrier: %w: timeout", phone.ErrUnknown)
	_, err := w.BuyNumber(t.Context(), eve)
	if !errors.Is(err, phone.ErrNoNumber) || !errors.Is(err, phone.ErrUnknown) || fault.From(err).Kind != fault.Unavailable {
		t.Fatalf("got %v", err)
	}
	if w.numbers(eve) != 1 || len(w.billed(eve)) != 1 {
		t.Errorf("has %d numbers, pays for %v", w.numbers(eve), w.billed(eve))
	}
	w.carrier.buying = nil
	if n := w.buy(eve); n.Number == first.Number || w.carrier.bought != 2 {
		t.Errorf("got %s, bought %d: one was there already", n.Number, w.carrier.bought)
	}
	if n := w.buy(eve); w.carrier.bought != 3 || w.numbers(eve) != 3 {
		t.Errorf("got %s, bought %d: all that were there are recorded", n.Number, w.carrier.bought)
	}
}

func TestANumberThatIsSoldMeanwhileIsNoReasonToFail(t *testing.T) {
	w := newWorld(t)
	eve := w.payer("eve", plan.Secretary)
	w.sells(3)
	w.carrier.taken = map[string]bool{w.carrier.onSale[0]: true, w.carrier.onSale[1]: true}
	last := w.carrier.onSale[2]
	if n := w.buy(eve); n.Number != last {
		t.Errorf("got %s, want %s", n.Number, last)
	}
	if _, err := w.BuyNumber(t.Context(), eve); !errors.Is(err, phone.ErrNoNumber) {
		t.Errorf("nothing is on sale: got %v", err)
	}
}

func TestAnAccountHasAtMostTwentyFiveNumbers(t *testing.T) {
	w := newWorld(t)
	eve := w.payer("eve", plan.Secretary)
	for i := range 24 {
		if _, err := w.AssignNumber(t.Context(), eve.ID, fmt.Sprintf("+1844555%04d", 100+i), phone.SMSVerified); err != nil {
			t.Fatal(err)
		}
	}
	w.sells(2)
	w.buy(eve)
	_, err := w.BuyNumber(t.Context(), eve)
	if !errors.Is(err, phone.ErrTooManyNumbers) || fault.From(err).Kind != fault.Conflict || w.carrier.bought != 1 {
		t.Errorf("got %v, bought %d", err, w.carrier.bought)
	}
	list, err := w.Numbers(t.Context(), eve.ID)
	if err != nil || w.ReleaseNumber(t.Context(), eve, list[0].ID) != nil {
		t.Fatal(err)
	}
	if w.buy(eve); w.numbers(eve) != 25 {
		t.Errorf("has %d", w.numbers(eve))
	}
}

func TestBuyingAndGivingUpOverAndOverIsStopped(t *testing.T) {
	w := newWorld(t)
	eve := w.payer("eve", plan.Secretary)
	w.sells(50)
	for range 10 {
		n := w.buy(eve)
		if err := w.ReleaseNumber(t.Context(), eve, n.ID); err != nil {
			t.Fatal(err)
		}
		w.run()
	}
	_, err := w.BuyNumber(t.Context(), eve)
	if !errors.Is(err, account.ErrTooMany) || fault.From(err).RetryAfter <= 0 || w.carrier.bought != 10 {
		t.Errorf("got %v, bought %d", err, w.carrier.bought)
	}
	dan := w.payer("dan", plan.Secretary)
	w.buy(dan) // it is everybody's own limit
	w.later(24 * time.Hour)
	w.buy(eve)
}

func TestWithTextsTurnedOffNoNumberIsSold(t *testing.T) {
	w := newWorld(t)
	eve := w.payer("eve", plan.Secretary)
	w.sells(1)
	w.TurnOff()
	if _, err := w.BuyNumber(t.Context(), eve); !errors.Is(err, phone.ErrNoNumber) || w.carrier.bought != 0 {
		t.Errorf("got %v", err)
	}
}

func TestTheFirstNumberIsRefusedAsEveryOtherIs(t *testing.T) {
	w := newWorld(t)
	eve := w.payer("eve", plan.Secretary)
	eve.Subscription.Status, eve.Subscription.GraceUntil = plan.Unpaid, w.clock.Now()
	w.subscribe(eve)
	_, err := w.Provision(t.Context(), eve.ID)
	if f := fault.From(err); f.Kind != fault.Upgrade || f.Code != "payment_required" || f.Offer == nil {
		t.Errorf("got %+v", f)
	}
}

func TestTheOperatorsAssignmentIsPaidForOnce(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		if _, err := w.AssignNumber(context.Background(), w.ada.ID, adas, phone.SMSVerified); err != nil {
			t.Fatal(err)
		}
	}
	list, _ := w.Numbers(t.Context(), w.ada.ID)
	if got := w.billed(w.ada); len(got) != 1 || got["assigned:"+list[0].ID] != 1 {
		t.Errorf("got %v", got)
	}
}
