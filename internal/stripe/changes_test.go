package stripe

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// up moves to AI Project Manager, with one number beyond its three, as it was reckoned
// five minutes before.
var up = billing.Change{
	SubscriptionID: subID, Tier: plan.Manager, At: jan15, Since: jan15.Add(5 * time.Minute), Numbers: 1, Key: "sub:manager",
}

// itemsUp is how the items move then, below a prefix.
func itemsUp(prefix string) map[string]string {
	want := map[string]string{}
	for name, value := range map[string]string{
		"[0][id]": "si_plan", "[0][price]": "price_manager", "[0][quantity]": "1",
		"[1][id]": "si_voice", "[1][price]": "price_manager_voice",
		"[2][id]": "si_sms", "[2][price]": "price_manager_sms",
		"[3][id]": "si_numbers", "[3][price]": "price_numbers", "[3][quantity]": "1",
	} {
		want[prefix+name] = value
	}
	return want
}

func TestAnUpgradeIsOneRequestThatMovesEveryItemInPlace(t *testing.T) {
	a := newAccount(t)
	a.has()
	a.answers("POST /v1/subscriptions/{id}", "subscription.json")
	if err := a.Upgrade(t.Context(), up); err != nil {
		t.Fatal(err)
	}
	if a.changes() != 1 {
		t.Errorf("it takes %d requests", a.changes())
	}
	q := a.only("POST", "/v1/subscriptions/"+subID)
	want := itemsUp("items")
	want["proration_behavior"], want["payment_behavior"] = "always_invoice", "error_if_incomplete"
	want["proration_date"], want["metadata[plan_since]"] = "1768435200", "1768435500"
	same(t, q.Form, want)
	if got := q.Header.Get("Idempotency-Key"); got != up.Key {
		t.Errorf("the key is %q", got)
	}
	if body := q.Form.Encode(); strings.Contains(body, "clear_usage") || strings.Contains(body, "none") {
		t.Errorf("usage is forgiven: %s", body)
	}
}

func TestItemsComeAndGoWithNumbers(t *testing.T) {
	for name, tc := range map[string]struct {
		numbers int64
		edit    func(object)
		want    map[string]string // of the item of the numbers
	}{
		"more": {3, with("livemode", false), map[string]string{"items[3][id]": "si_numbers", "items[3][quantity]": "3", "items[3][price]": "price_numbers"}},
		"none": {0, with("livemode", false), map[string]string{"items[3][id]": "si_numbers", "items[3][deleted]": "true"}},
		"new": {2, func(o object) { o["items"].(object)["data"] = itemsIn(o)[:3] },
			map[string]string{"items[3][price]": "price_numbers", "items[3][quantity]": "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			a.has(tc.edit)
			a.answers("POST /v1/subscriptions/{id}", "subscription.json")
			ch := up
			ch.Numbers = tc.numbers
			if err := a.Upgrade(t.Context(), ch); err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for k, v := range a.only("POST", "").Form {
				if strings.HasPrefix(k, "items[3]") {
					got[k] = v[0]
				}
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestWhatWeHaveNotMadeStaysOnTheSubscription(t *testing.T) {
	a := newAccount(t)
	a.has(func(o object) {
		itemsIn(o)[3].(object)["price"].(object)["metadata"] = object{}
	})
	a.answers("POST /v1/subscriptions/{id}", "subscription.json")
	ch := up
	ch.Numbers = 0
	if err := a.Upgrade(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	if body := a.only("POST", "").Form.Encode(); strings.Contains(body, "si_numbers") {
		t.Errorf("it is touched: %s", body)
	}
}

func TestAnUpgradeThatWasDoneIsNotDoneAgain(t *testing.T) {
	a := newAccount(t)
	a.has(managed(t))
	if err := a.Upgrade(t.Context(), up); err != nil || a.changes() != 0 {
		t.Errorf("got %v after %d changes", err, a.changes())
	}
}

func TestADeclinedCardIsRefusedAndChangesNothing(t *testing.T) {
	a := newAccount(t)
	a.has()
	a.says("POST /v1/subscriptions/{id}", 402, string(load(t, "error_card_declined.json")))
	var r *billing.Refusal
	if err := a.Upgrade(t.Context(), up); !errors.As(err, &r) || !r.Declined || r.Code != "insufficient_funds" {
		t.Errorf("got %v", err)
	}
}

func TestASubscriptionThatWouldForgiveUsageIsLeftAlone(t *testing.T) {
	classic := func(o object) { o["billing_mode"] = object{"type": "classic"} }
	foreign := func(o object) { itemsIn(o)[0].(object)["price"].(object)["metadata"] = object{} }
	empty := func(o object) { o["items"] = nil }
	for code, edit := range map[string]func(object){"classic_billing": classic, "unknown_price": foreign} {
		for name, do := range map[string]func(*account) error{
			"upgrade":  func(a *account) error { return a.Upgrade(t.Context(), up) },
			"schedule": func(a *account) error { return a.Schedule(t.Context(), up) },
			"preview":  func(a *account) error { _, err := a.Preview(t.Context(), up); return err },
		} {
			a := newAccount(t)
			a.has(edit)
			var r *billing.Refusal
			if err := do(a); !errors.As(err, &r) || r.Code != code || a.changes() != 0 {
				t.Errorf("%s: got %v after %d changes", name, err, a.changes())
			}
		}
	}
	a := newAccount(t)
	a.has(empty)
	if err := a.Upgrade(t.Context(), up); err == nil || a.changes() != 0 {
		t.Errorf("without items: got %v", err)
	}
}

func TestAPreviewIsReckonedAsTheChangeWillBe(t *testing.T) {
	a := newAccount(t)
	a.has()
	a.answers("POST /v1/invoices/create_preview", "preview.json")
	q, err := a.Preview(t.Context(), up)
	if err != nil {
		t.Fatal(err)
	}
	if q.Tier != plan.Manager || !q.At.Equal(jan15) || q.Now != 12133 || q.Renewal != 28000+200 || len(q.Lines) != 3 {
		t.Errorf("got %+v", q)
	}
	if l := q.Lines[0]; l.Amount != -2000 || l.Feature != "" || !l.Start.Equal(jan15) || !l.End.Equal(feb1) || l.Quantity != 1 {
		t.Errorf("the first line is %+v", l)
	}
	if l := q.Lines[2]; l.Feature != plan.VoiceMinutes || l.Quantity != 102 || l.Amount != 133 {
		t.Errorf("the third line is %+v", l)
	}
	want := itemsUp("subscription_details[items]")
	want["subscription"] = subID
	want["subscription_details[proration_behavior]"], want["subscription_details[proration_date]"] = "always_invoice", "1768435200"
	same(t, a.only("POST", "/v1/invoices/create_preview").Form, want)
}

func TestACreditIsANegativeAmount(t *testing.T) {
	a := newAccount(t)
	a.has()
	a.answers("POST /v1/invoices/create_preview", "preview.json", with("total", -1500), with("amount_due", 0), with("lines", nil))
	if q, err := a.Preview(t.Context(), up); err != nil || q.Now != -1500 {
		t.Errorf("got %+v, %v", q, err)
	}
}

func TestTheEndIsSetAndTakenBack(t *testing.T) {
	for name, tc := range map[string]struct {
		is     func(object)
		cancel bool
		want   map[string]string // nil: nothing is asked
	}{
		"cancel":                   {with("livemode", false), true, map[string]string{"cancel_at_period_end": "true"}},
		"cancel again":             {with("cancel_at_period_end", true), true, nil},
		"renew":                    {with("cancel_at_period_end", true), false, map[string]string{"cancel_at_period_end": "false"}},
		"renew what goes on":       {with("livemode", false), false, nil},
		"renew what ends on a day": {with("cancel_at", feb1.Unix()), false, map[string]string{"cancel_at": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			a.has(tc.is)
			a.answers("POST /v1/subscriptions/{id}", "subscription.json")
			if err := a.CancelAtEnd(t.Context(), up, tc.cancel); err != nil {
				t.Fatal(err)
			}
			if tc.want == nil {
				if a.changes() != 0 {
					t.Errorf("asked %v", a.asked("POST", ""))
				}
				return
			}
			q := a.only("POST", "/v1/subscriptions/"+subID)
			same(t, q.Form, tc.want)
			if key := q.Header.Get("Idempotency-Key"); !strings.HasPrefix(key, "req_") {
				t.Errorf("the key is %q: setting this, that and this again would leave that", key)
			}
		})
	}
}
