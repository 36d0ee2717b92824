package stripe

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestWhateverHappensTheBooksAreInOrder lets random things happen to a few
// customers, and looks at what must always hold.
func TestWhateverHappensTheBooksAreInOrder(t *testing.T) {
	for seed := range 4 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { soak(t, rand.New(rand.NewPCG(uint64(seed), 1))) })
	}
}

func soak(t *testing.T, random *rand.Rand) {
	s := newShop(t, "2026-01-31")
	s.listen()
	s.raw("POST", "/v1/coupons", form("id", "half", "percent_off", "50", "duration", "repeating", "duration_in_months", "2"))
	s.raw("POST", "/v1/coupons", form("id", "ten", "amount_off", "1000", "currency", "usd", "duration", "once"))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	cards := []string{"pm_card_visa", "pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_card_createDispute"}
	licensed := []string{s.small.ID, s.large.ID, s.number.ID}
	usage := []string{s.smallVoice.ID, s.bigVoice.ID}
	for range 3 {
		s.customer(pick(cards...))
	}
	subs := func() (out []string) {
		for _, row := range s.engine.Subscriptions() {
			out = append(out, row.ID)
		}
		return append(out, "sub_none")
	}
	customer := func() string {
		all := s.engine.Customers()
		return all[random.IntN(len(all))].ID
	}
	item := func(sub string) string {
		_, _, body := s.raw("GET", "/v1/subscription_items?subscription="+sub, "")
		data, _ := body["data"].([]any)
		if len(data) == 0 {
			return "si_none"
		}
		return id(data[random.IntN(len(data))].(map[string]any))
	}
	prorate := func() string { return pick("create_prorations", "always_invoice", "none") }
	steps := []func() (string, string){
		func() (string, string) {
			return "/v1/subscriptions", form("customer", customer(), "items[0][price]", pick(licensed...), "items[1][price]", pick(usage...),
				"trial_period_days", pick("0", "0", "10"), "payment_behavior", pick("allow_incomplete", "default_incomplete", "error_if_incomplete"), "discounts[0][coupon]", pick("half", "ten"))
		},
		func() (string, string) {
			sub := pick(subs()...)
			return "/v1/subscriptions/" + sub, form("items[0][id]", item(sub), "items[0][price]", pick(append(licensed, usage...)...), "proration_behavior", prorate(),
				"payment_behavior", pick("allow_incomplete", "pending_if_incomplete", "error_if_incomplete"))
		},
		func() (string, string) {
			return "/v1/subscriptions/" + pick(subs()...), form("cancel_at_period_end", pick("true", "false"))
		},
		func() (string, string) {
			return "/v1/subscriptions/" + pick(subs()...), form("cancel_at", fmt.Sprint(s.clock().Unix()+random.Int64N(60*86400)))
		},
		func() (string, string) {
			return "/v1/subscriptions/" + pick(subs()...), form("trial_end", pick("now", fmt.Sprint(s.clock().Unix()+random.Int64N(40*86400))), "proration_behavior", prorate())
		},
		func() (string, string) {
			return "/v1/subscriptions/" + pick(subs()...), form("billing_cycle_anchor", "now", "proration_behavior", prorate())
		},
		func() (string, string) {
			return "/v1/subscription_items", form("subscription", pick(subs()...), "price", pick(append(licensed, usage...)...), "proration_behavior", prorate())
		},
		func() (string, string) {
			return "/v1/subscription_items/" + item(pick(subs()...)), form("quantity", fmt.Sprint(random.IntN(5)), "proration_behavior", prorate())
		},
		func() (string, string) {
			return "/v1/subscription_schedules", form("from_subscription", pick(subs()...))
		},
		func() (string, string) {
			return "/v1/subscription_schedules", form("customer", customer(), "start_date", fmt.Sprint(s.clock().Unix()+random.Int64N(30*86400)),
				"end_behavior", pick("cancel", "release"), "phases[0][items][0][price]", pick(licensed...), "phases[1][items][0][price]", pick(licensed...))
		},
		func() (string, string) {
			return "/v1/subscriptions/" + pick(subs()...), form("pause_collection[behavior]", pick("void", "keep_as_draft", "mark_uncollectible"),
				"pause_collection[resumes_at]", fmt.Sprint(s.clock().Unix()+random.Int64N(60*86400)))
		},
		func() (string, string) {
			return "/v1/invoices/create_preview", form("subscription", pick(subs()...), "subscription_details[proration_behavior]", prorate())
		},
		func() (string, string) {
			return "/v1/payment_methods/" + pick(cards...) + "/attach", form("customer", customer())
		},
		func() (string, string) {
			return "/v1/billing/meter_events", form("event_name", "voice_minutes", "payload[stripe_customer_id]", customer(), "payload[value]", fmt.Sprint(random.IntN(2000)-50),
				"timestamp", fmt.Sprint(s.clock().Unix()-random.Int64N(5*86400)))
		},
		func() (string, string) {
			return "/v1/invoiceitems", form("customer", customer(), "currency", "usd", "amount", fmt.Sprint(random.IntN(9000)-3000))
		},
		func() (string, string) {
			all := s.engine.Invoices()
			if len(all) == 0 {
				return "/v1/invoices/in_none/pay", ""
			}
			return "/v1/invoices/" + all[random.IntN(len(all))].ID + "/" + pick("pay", "void", "mark_uncollectible", "finalize"), ""
		},
		func() (string, string) {
			who := customer()
			for _, cu := range s.engine.Customers() {
				if cu.ID == who && len(cu.Cards) > 0 {
					return "/v1/customers/" + who, form("invoice_settings[default_payment_method]", cu.Cards[random.IntN(len(cu.Cards))].ID)
				}
			}
			return "/v1/customers/" + who, form("name", "x")
		},
	}
	for range 120 {
		path, body := steps[random.IntN(len(steps))]()
		if status, _, answer := s.raw("POST", path, body); status >= 500 {
			t.Fatalf("%s %s: got %d %v", path, body, status, answer)
		}
		if random.IntN(3) == 0 {
			s.pass(time.Duration(random.Int64N(int64(9 * 24 * time.Hour))))
		}
		s.engine.CatchUp() // a request may have made something due
		inOrder(t, s.engine)
		if t.Failed() {
			t.Fatalf("after %s %s at %s", path, body, s.clock())
		}
	}
	for _, ev := range s.sent {
		for _, problem := range s.engine.problems(ev.Body) {
			if !ev.Thin {
				t.Errorf("%s: %s", ev.Type, problem)
			}
		}
	}
	saved, err := s.engine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	next, err := New(s.engine.opt, saved)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := next.Snapshot(); err != nil || string(again) != string(saved) {
		i := 0
		for i < min(len(again), len(saved)) && again[i] == saved[i] {
			i++
		}
		t.Errorf("the state is another one after it was read (%v): …%s…", err, again[max(0, i-200):min(len(again), i+200)])
	}
}

// inOrder says what in the books cannot be.
func inOrder(t *testing.T, e *Engine) {
	t.Helper()
	e.look(func() {
		if d, ok := e.nextDue(); ok && d.at <= e.now() {
			t.Errorf("something was due at %s", when(d.at))
		}
		for _, in := range e.st.Invoices.rows {
			invoiceInOrder(t, e, in)
		}
		received := map[string]int64{}
		for _, ch := range e.st.Charges.rows {
			if ch.Status == "succeeded" {
				received[ch.Intent] += ch.Amount
			}
		}
		for _, pi := range e.st.Intents.rows {
			if received[pi.ID] != pi.Received {
				t.Errorf("%s: %d was charged, %d received", pi.ID, received[pi.ID], pi.Received)
			}
		}
		for _, sub := range e.st.Subs.rows {
			subInOrder(t, e, sub)
		}
	})
}

func invoiceInOrder(t *testing.T, e *Engine, in *invoice) {
	t.Helper()
	var subtotal, net, taxes int64
	for _, l := range in.Lines.Data {
		subtotal += l.Amount
		net += l.net()
		if l.Amount > 0 && l.net() < 0 {
			t.Errorf("%s: a discount is larger than its line", in.ID)
		}
	}
	for _, tx := range in.Taxes {
		taxes += tx.Amount
	}
	if in.Subtotal != subtotal || in.Total != net+taxes {
		t.Errorf("%s: subtotal %d, total %d; the lines say %d, %d", in.ID, in.Subtotal, in.Total, subtotal, net+taxes)
	}
	if in.Status == "draft" {
		return
	}
	if in.EndingBalance == nil || in.StartingBalance+in.Total != in.AmountDue+*in.EndingBalance {
		t.Errorf("%s: %d and a total of %d make %d due and %v left", in.ID, in.StartingBalance, in.Total, in.AmountDue, in.EndingBalance)
	}
	if in.Status == "paid" && in.AmountRemaining != 0 || in.Status == "open" && in.AmountRemaining == 0 {
		t.Errorf("%s: it is %s with %d to pay", in.ID, in.Status, in.AmountRemaining)
	}
	if pi := e.intentOf(in); pi != nil && (pi.Status == "succeeded") != (in.Status == "paid") {
		t.Errorf("%s: it is %s, its payment %s", in.ID, in.Status, pi.Status)
	}
}

func subInOrder(t *testing.T, e *Engine, sub *subscription) {
	t.Helper()
	for _, it := range sub.Items.Data {
		if it.PeriodEnd != sub.periodEnd() || it.PeriodStart > it.PeriodEnd {
			t.Errorf("%s: its items have different periods", sub.ID)
		}
		if it.Price.metered() != (it.Quantity == nil) {
			t.Errorf("%s: an item of %s has the wrong quantity", sub.ID, it.Price.ID)
		}
	}
	rests := sub.over() || sub.Status == "paused" || sub.Status == "incomplete"
	if !rests && sub.periodEnd() <= e.now() {
		t.Errorf("%s: it is %s, and its period ended at %s", sub.ID, sub.Status, when(sub.periodEnd()))
	}
	if sub.over() != (sub.EndedAt != 0) {
		t.Errorf("%s: it is %s and ended at %d", sub.ID, sub.Status, sub.EndedAt)
	}
	if sc, ok := e.st.Schedules.get(sub.Schedule); ok && sub.over() && sc.open() {
		t.Errorf("%s: it is over, and its schedule is not", sub.ID)
	}
}
