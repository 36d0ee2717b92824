package billing_test

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/plan"
)

// entry is a usage record as a test remembers it.
type entry struct {
	feature  plan.Feature
	quantity int64
	at       time.Time
	key      string
}

// diary is what somebody did, beside the ledger.
type diary struct {
	user    account.User
	entries []entry
	moves   []move // the plans that they were on, oldest first
}

// move is a plan, and since when its allowance counts.
type move struct {
	tier plan.Tier
	at   time.Time
}

// tierAt is the plan that counted at a moment.
func (d *diary) tierAt(at time.Time) plan.Tier {
	tier := d.moves[0].tier
	for _, m := range d.moves {
		if !m.at.After(at) {
			tier = m.tier
		}
	}
	return tier
}

// used adds up a feature from one moment to before another. Stripe counts whole
// seconds.
func (d *diary) used(f plan.Feature, start, end time.Time) (sum int64) {
	for _, e := range d.entries {
		if at := e.at.Truncate(time.Second); e.feature == f && !at.Before(start) && at.Before(end) {
			sum += e.quantity
		}
	}
	return sum
}

// cents is what usage costs on a plan: what is beyond the allowance, at the price of
// the plans' page, rounded half up.
func centsOf(tier plan.Tier, f plan.Feature, used int64) int64 {
	included := map[plan.Tier]int64{plan.Secretary: 500, plan.Manager: 2000}[tier]
	price := map[plan.Feature]*big.Rat{plan.VoiceMinutes: big.NewRat(13, 10), plan.SMSMessages: big.NewRat(8, 10)}[f]
	cost := new(big.Rat).Mul(price, new(big.Rat).SetInt64(max(used-included, 0)))
	cost.Add(cost, big.NewRat(1, 2))
	return new(big.Int).Div(cost.Num(), cost.Denom()).Int64()
}

// some is usage of a size that now and then passes an allowance.
func some(random *rand.Rand) (plan.Feature, int64) {
	f := plan.SMSMessages
	if random.IntN(2) == 0 {
		f = plan.VoiceMinutes
	}
	return f, 1 + random.Int64N(1+random.Int64N(400))
}

// uses records what somebody uses, now or a little earlier, perhaps with what was
// recorded before.
func (d *diary) uses(w *mortalWorld, random *rand.Rand) {
	f, n := some(random)
	fresh := entry{f, n, w.clock.Now(), fmt.Sprintf("use:%s:%d", d.user.Name, len(d.entries))}
	batch := []entry{fresh}
	if mine := d.recent(w); len(mine) > 0 && random.IntN(4) == 0 {
		e := mine[random.IntN(len(mine))] // taken back, in the period in which it was counted
		taken := entry{e.feature, -e.quantity, e.at, e.key + ":reversal"}
		if !slices.ContainsFunc(d.entries, func(x entry) bool { return x.key == taken.key }) {
			batch = append(batch, taken)
		}
	}
	d.entries = append(d.entries, batch...)
	for range random.IntN(3) {
		batch = append(batch, d.entries[random.IntN(len(d.entries))])
	}
	random.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
	d.record(w, batch)
}

// recent are the entries of the span that goes on, which can be taken back there.
func (d *diary) recent(w *mortalWorld) (list []entry) {
	since := w.again(d.user).Subscription.CountsFrom(w.clock.Now())
	for _, e := range d.entries {
		if e.quantity > 0 && !e.at.Before(since) {
			list = append(list, e)
		}
	}
	return list
}

func (d *diary) record(w *mortalWorld, batch []entry) {
	w.Helper()
	var records []billing.Record
	for _, e := range batch {
		records = append(records, billing.Record{
			ID: id.New(id.Usage, w.clock.Now()), UserID: d.user.ID, Feature: e.feature, Quantity: e.quantity, Measured: e.quantity,
			RecordedAt: e.at, SourceKey: e.key,
		})
	}
	w.survive("record", func(ctx context.Context) error { return w.billing.Record(ctx, records...) })
}

// changes moves up now, or down when the period ends, or takes that back.
func (d *diary) changes(w *mortalWorld) {
	w.Helper()
	u := w.again(d.user)
	switch sub := u.Subscription; {
	case sub.Next != "":
		w.moves(u, sub.Tier)
	case sub.Tier == plan.Secretary:
		w.moves(u, plan.Manager)
		d.moves = append(d.moves, move{plan.Manager, w.again(u).Subscription.Since})
	default:
		w.moves(u, plan.Secretary)
	}
}

// renewed notes a move that has come with the period.
func (d *diary) renewed(w *mortalWorld) {
	sub := w.again(d.user).Subscription
	if last := d.moves[len(d.moves)-1]; sub.Tier != last.tier {
		d.moves = append(d.moves, move{sub.Tier, sub.Start})
	}
}

// Months of usage, in any order and more than once, with plans that change and a
// program that dies now and then, end in the bills that can be reckoned by hand.
func TestBillsAreWhatWasUsedWhateverHappens(t *testing.T) {
	t.Parallel()
	random := chance(t)
	var begin frozen
	var users []account.User
	begin = freeze(t, func(w *world) {
		users = []account.User{w.subscriber("ada", plan.Secretary), w.subscriber("bob", plan.Manager)}
		w.uncap(users...)
	})
	kills, lines := 0, 0
	for range 3 * *moneyRuns {
		w := begin.mortal(t)
		var diaries []*diary
		for i, u := range users {
			diaries = append(diaries, &diary{user: u, moves: []move{{[]plan.Tier{plan.Secretary, plan.Manager}[i], begin.now}}})
		}
		for w.clock.Now().Before(begin.now.AddDate(0, 3, 0)) {
			w.killer.mu.Lock()
			w.killer.at, w.killer.after = 0, random.IntN(2) == 0
			if random.IntN(2) == 0 {
				w.killer.at = w.killer.steps + 1 + random.IntN(60)
			}
			w.killer.mu.Unlock()
			for range 1 + random.IntN(4) {
				d := diaries[random.IntN(len(diaries))]
				d.uses(w, random)
				if random.IntN(9) == 0 {
					d.changes(w)
				}
				w.clock.Advance(time.Duration(random.Int64N(int64(3 * time.Minute))))
			}
			w.passes(time.Duration(random.Int64N(int64(9 * 24 * time.Hour))))
			for _, d := range diaries {
				d.renewed(w)
			}
		}
		w.passes(2 * time.Hour) // in which a bill may be a draft
		kills += w.begun
		for _, d := range diaries {
			lines += d.billed(w)
			d.ledger(w)
		}
		w.sound()
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d kills, %d lines of usage on bills", kills, lines)
	if kills == 0 || lines == 0 {
		t.Error("nothing was tried")
	}
}

// uncap lets people use without an end.
func (w *world) uncap(users ...account.User) {
	w.Helper()
	for _, u := range users {
		_, err := w.billing.SetCap(w.Context(), u, plan.Cap{Limit: 10_000 * plan.Dollar, Soft: true, Chosen: true})
		w.must(err)
	}
}

// billed insists that each bill is what was used in its time, and that there is no
// time that no bill is about. It returns how many spans of usage were on bills.
func (d *diary) billed(w *mortalWorld) int {
	w.Helper()
	type span struct {
		feature    plan.Feature
		start, end time.Time
	}
	spans := map[span]string{} // the bills that they are on
	list := w.invoices(d.user)
	for _, i := range list {
		if i.Status != "paid" {
			w.Errorf("%s of %s is %s", i.ID, d.user.Name, i.Status)
		}
		quantity, cents := map[span]int64{}, map[span]int64{}
		for _, l := range i.Lines {
			if l.Feature != plan.VoiceMinutes && l.Feature != plan.SMSMessages {
				continue
			}
			s := span{l.Feature, l.Start, l.End}
			quantity[s] += l.Quantity
			cents[s] += l.Amount
			if other, there := spans[s]; there && other != i.ID {
				w.Errorf("%s of %s from %s is on two bills", l.Feature, d.user.Name, l.Start)
			}
			spans[s] = i.ID
		}
		for s, n := range quantity {
			tier, used := d.tierAt(s.start), d.used(s.feature, s.start, s.end)
			if n != max(used, 0) || cents[s] != centsOf(tier, s.feature, used) {
				w.Errorf("%s of %s on %s from %s to %s: billed %d for %d cents, used %d for %d",
					s.feature, d.user.Name, tier, s.start, s.end, n, cents[s], used, centsOf(tier, s.feature, used))
			}
		}
	}
	since := w.again(d.user).Subscription.CountsFrom(w.clock.Now())
	for _, f := range []plan.Feature{plan.VoiceMinutes, plan.SMSMessages} {
		var all int64
		for s := range spans {
			if s.feature == f {
				all += d.used(f, s.start, s.end)
			}
		}
		if before := d.used(f, time.Time{}, since); all != before {
			w.Errorf("%s of %s: %d are on bills, %d were used before %s", f, d.user.Name, all, before, since)
		}
	}
	return len(spans)
}

// ledger insists that what is reported of the period that goes on is what was used in
// it, to the micro-dollar, and that Stripe counts all that there ever was.
func (d *diary) ledger(w *mortalWorld) {
	w.Helper()
	u := w.again(d.user)
	sub := u.Subscription
	usage, err := w.billing.Usage(w.Context(), u)
	w.must(err)
	var want plan.MicroDollars
	for i, m := range d.moves {
		start, end := m.at, w.clock.Now().Add(time.Hour)
		if i+1 < len(d.moves) {
			end = d.moves[i+1].at
		}
		if start.Before(usage.Period.Start) {
			start = usage.Period.Start
		}
		if !start.Before(end) {
			continue
		}
		for f, price := range map[plan.Feature]plan.MicroDollars{plan.VoiceMinutes: 13_000, plan.SMSMessages: 8_000} {
			included := map[plan.Tier]int64{plan.Secretary: 500, plan.Manager: 2000}[m.tier]
			want += price * plan.MicroDollars(max(d.used(f, start, end)-included, 0))
		}
	}
	if usage.Cost() != want {
		w.Errorf("%s: overage of %d micro-dollars since %s, want %d", u.Name, usage.Cost(), sub.Start, want)
	}
	for _, f := range []plan.Feature{plan.VoiceMinutes, plan.SMSMessages} {
		if got, all := w.metered(u, f), d.used(f, time.Time{}, w.clock.Now().Add(time.Hour)); got != all {
			w.Errorf("%s: Stripe counts %d %s, want %d", u.Name, got, f, all)
		}
	}
	if n := w.query(fmt.Sprintf("SELECT COUNT(*) FROM usage_records WHERE user_id = '%s'", u.ID)); n[0] != fmt.Sprint(len(d.entries)) {
		w.Errorf("%s: %s records, want %d", u.Name, n[0], len(d.entries))
	}
}

// Calls and texts that go on at the same time do not spend together what there is for
// one of them only.
func TestAHardCapIsNotPassedHoweverManyUseAtOnce(t *testing.T) {
	t.Parallel()
	random := chance(t)
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.SMSMessages, 490)
	w.use(u, plan.VoiceMinutes, 480)
	u, err := w.billing.SetCap(t.Context(), u, plan.Cap{Limit: plan.Dollar, Chosen: true})
	w.must(err)
	var wg sync.WaitGroup
	var mu sync.Mutex
	refused := 0
	atOnce := make(chan bool, 8)
	for i := range 200 {
		f, n := plan.VoiceMinutes, 1+random.Int64N(5)
		if random.IntN(2) == 0 {
			f, n = plan.SMSMessages, 1+random.Int64N(3)
		}
		less, drops := random.Int64N(n), random.IntN(6) == 0
		wg.Go(func() {
			atOnce <- true
			defer func() { <-atOnce }()
			key := fmt.Sprintf("hold:%d", i)
			err := w.billing.Reserve(t.Context(), u, f, n, key, time.Hour)
			switch {
			case fault.Is(err, fault.Upgrade):
				mu.Lock()
				refused++
				mu.Unlock()
				return
			case err != nil:
				t.Error(err)
				return
			case drops:
				err = w.billing.Release(t.Context(), key)
			default:
				err = w.billing.Settle(t.Context(), billing.Record{
					ID: id.New(id.Usage, w.clock.Now()), UserID: u.ID, Feature: f, Quantity: n - less, Measured: n, RecordedAt: w.clock.Now(), SourceKey: key,
				})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	usage, err := w.billing.Usage(t.Context(), u)
	w.must(err)
	if usage.Cost() > plan.Dollar || refused == 0 {
		t.Errorf("overage of $%s, and %d were refused", usage.Cost().Dollars(), refused)
	}
	if usage.Cost() < plan.Dollar/2 {
		t.Errorf("overage of $%s only, and all the others were refused", usage.Cost().Dollars())
	}
	w.pass(32 * 24 * time.Hour)
	if list := w.invoices(u); list[1].Total-4000 > 101 { // two lines, each rounded
		t.Errorf("billed %d cents of overage", list[1].Total-4000)
	}
	w.sound()
}
