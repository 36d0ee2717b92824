package stripe

import (
	"maps"
	"strings"
	"testing"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// down moves to AI Secretary at the end of the period, with three numbers.
var down = billing.Change{SubscriptionID: subID, Tier: plan.Secretary, At: jan15, Numbers: 3, Key: "sub:secretary"}

// downPhases are the two phases of it.
func downPhases() map[string]string {
	return map[string]string{
		"end_behavior": "release", "metadata[xswarm]": "xswarm_move", "metadata[tier]": "ai_secretary",
		"phases[0][start_date]": "1767225600", "phases[0][end_date]": "1769904000",
		"phases[0][items][0][price]": "price_manager", "phases[0][items][0][quantity]": "1",
		"phases[0][items][1][price]": "price_manager_voice", "phases[0][items][2][price]": "price_manager_sms",
		"phases[0][items][3][price]": "price_numbers", "phases[0][items][3][quantity]": "2",
		"phases[1][duration][interval]": "month", "phases[1][duration][interval_count]": "1",
		"phases[1][proration_behavior]": "create_prorations",
		"phases[1][items][0][price]":    "price_secretary", "phases[1][items][0][quantity]": "1",
		"phases[1][items][1][price]": "price_secretary_voice", "phases[1][items][2][price]": "price_secretary_sms",
		"phases[1][items][3][price]": "price_numbers", "phases[1][items][3][quantity]": "3",
	}
}

func TestAMoveDownIsAScheduleOfTwoPhases(t *testing.T) {
	a := newAccount(t)
	a.has(managed(t))
	a.answers("POST /v1/subscription_schedules", "schedule.json")
	a.answers("POST /v1/subscription_schedules/{id}", "schedule_moving.json")
	if err := a.Schedule(t.Context(), down); err != nil {
		t.Fatal(err)
	}
	q := a.asked("POST", "")
	if len(q) != 2 || q[0].Path != "/v1/subscription_schedules" || q[1].Path != "/v1/subscription_schedules/sub_sched_1Swarm" {
		t.Fatalf("asked %v", q)
	}
	same(t, q[0].Form, map[string]string{"from_subscription": subID})
	same(t, q[1].Form, downPhases())
	if k0, k1 := q[0].Header.Get("Idempotency-Key"), q[1].Header.Get("Idempotency-Key"); k0 == k1 || k0 == down.Key || k1 == down.Key {
		t.Errorf("the keys are %q and %q", k0, k1)
	}
}

func TestAScheduleThatIsThereIsChanged(t *testing.T) {
	a := newAccount(t)
	a.has(scheduling(t, "schedule_moving.json"))
	a.answers("POST /v1/subscription_schedules/{id}", "schedule_moving.json")
	if err := a.Schedule(t.Context(), down); err != nil {
		t.Fatal(err)
	}
	same(t, a.only("POST", "").Form, downPhases())
}

func TestAMoveDownKeepsWhatElseWasAgreedOn(t *testing.T) {
	a := newAccount(t)
	a.has(managed(t), func(o object) {
		o["discounts"] = []any{"di_half"}
		o["automatic_tax"] = object{"enabled": true}
		o["default_tax_rates"] = []any{object{"id": "txr_1", "object": "tax_rate"}}
		o["collection_method"], o["days_until_due"] = "send_invoice", 14
		o["status"], o["trial_end"] = "trialing", feb1.Unix()
	})
	a.answers("POST /v1/subscription_schedules", "schedule.json")
	a.answers("POST /v1/subscription_schedules/{id}", "schedule_moving.json")
	if err := a.Schedule(t.Context(), down); err != nil {
		t.Fatal(err)
	}
	want := downPhases()
	for _, phase := range []string{"phases[0]", "phases[1]"} {
		maps.Copy(want, map[string]string{
			phase + "[discounts][0][discount]": "di_half", phase + "[automatic_tax][enabled]": "true",
			phase + "[default_tax_rates][0]": "txr_1", phase + "[collection_method]": "send_invoice",
			phase + "[invoice_settings][days_until_due]": "14",
		})
	}
	want["phases[0][trial_end]"] = "1769904000"
	same(t, a.asked("POST", "/v1/subscription_schedules/")[0].Form, want)
}

func TestAMoveToComeIsTakenBack(t *testing.T) {
	a := newAccount(t)
	a.has(scheduling(t, "schedule_moving.json"))
	a.answers("POST /v1/subscription_schedules/{id}/release", "schedule.json", with("status", "released"))
	if err := a.Unschedule(t.Context(), down); err != nil {
		t.Fatal(err)
	}
	q := a.only("POST", "/v1/subscription_schedules/sub_sched_1Swarm/release")
	if q.Header.Get("Idempotency-Key") == down.Key || len(q.Form) != 0 {
		t.Errorf("asked %v with %q", q.Form, q.Header.Get("Idempotency-Key"))
	}
}

func TestAScheduleThatIsStillThereIsReleasedBeforeTheEndIsSet(t *testing.T) {
	a := newAccount(t)
	a.has(scheduling(t, "schedule.json"))
	a.answers("POST /v1/subscription_schedules/{id}/release", "schedule.json", with("status", "released"))
	a.answers("POST /v1/subscriptions/{id}", "subscription.json")
	if err := a.CancelAtEnd(t.Context(), down, true); err != nil {
		t.Fatal(err)
	}
	a.only("POST", "/v1/subscription_schedules/sub_sched_1Swarm/release")
	same(t, a.only("POST", "/v1/subscriptions/"+subID).Form, map[string]string{"cancel_at_period_end": "true"})
	if last := a.asked("POST", ""); !strings.HasSuffix(last[len(last)-1].Path, subID) {
		t.Errorf("the end is set first: %v", last)
	}
}

func TestWhereNoMoveIsToComeThereIsNothingToTakeBack(t *testing.T) {
	for _, edit := range []func(object){with("schedule", nil), scheduling(t, "schedule.json", with("status", "released"))} {
		a := newAccount(t)
		a.has(edit)
		if err := a.Unschedule(t.Context(), down); err != nil || a.changes() != 0 {
			t.Errorf("got %v after %d changes", err, a.changes())
		}
	}
}

func TestNumbersAreSetByWhatIsThere(t *testing.T) {
	without := func(o object) { o["items"].(object)["data"] = itemsIn(o)[:3] }
	two := with("livemode", false)
	for name, tc := range map[string]struct {
		is       func(object)
		quantity int64
		method   string
		path     string
		key      string
		want     map[string]string
	}{
		"the first":         {without, 1, "POST", "/v1/subscription_items", "k:add", map[string]string{"subscription": subID, "price": "price_numbers", "quantity": "1", "proration_behavior": "create_prorations"}},
		"one more":          {two, 3, "POST", "/v1/subscription_items/si_numbers", "k:set", map[string]string{"quantity": "3", "proration_behavior": "create_prorations"}},
		"none any more":     {two, 0, "DELETE", "/v1/subscription_items/si_numbers", "k:none", map[string]string{"proration_behavior": "create_prorations"}},
		"as many as before": {two, 2, "", "", "", nil},
		"none as before":    {without, 0, "", "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			a.has(tc.is)
			a.says("POST /v1/subscription_items", 200, `{"id":"si_numbers","object":"subscription_item"}`)
			a.says("POST /v1/subscription_items/{id}", 200, `{"id":"si_numbers","object":"subscription_item"}`)
			a.says("DELETE /v1/subscription_items/{id}", 200, `{"id":"si_numbers","object":"subscription_item","deleted":true}`)
			if err := a.SetNumbers(t.Context(), subID, tc.quantity, "k"); err != nil {
				t.Fatal(err)
			}
			if tc.method == "" {
				if a.changes() != 0 {
					t.Errorf("asked %v", a.all)
				}
				return
			}
			q := a.only(tc.method, "")
			if q.Path != tc.path || q.Header.Get("Idempotency-Key") != tc.key {
				t.Errorf("asked %s with %q", q.Path, q.Header.Get("Idempotency-Key"))
			}
			form := q.Form
			if tc.method == "DELETE" {
				form = q.Query
			}
			same(t, form, tc.want)
		})
	}
	if err := newAccountWith(t).SetNumbers(t.Context(), subID, -1, "k"); err == nil || !strings.Contains(err.Error(), "quantity") {
		t.Errorf("fewer than none: got %v", err)
	}
}

func newAccountWith(t *testing.T) *account {
	a := newAccount(t)
	a.has()
	return a
}
