package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// reading reads a customer who has one subscription.
func reading(t *testing.T, a *account, edits ...func(object)) billing.Held {
	t.Helper()
	a.answers("GET /v1/customers/{id}", "customer.json")
	a.says("GET /v1/subscriptions", 200, listed(t, "subscription.json", edits...))
	r, err := a.Read(t.Context(), customer)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Subscriptions) != 1 {
		t.Fatalf("read %+v", r)
	}
	return r.Subscriptions[0]
}

func TestACustomerIsReadWithAllSubscriptions(t *testing.T) {
	a := newAccount(t)
	h := reading(t, a)
	want := billing.Held{
		Subscription: plan.Subscription{
			ID: subID, Tier: plan.Secretary, Status: plan.Active, Start: jan1, End: feb1, Anchor: jan1, Since: jan1,
		},
		PriceID: "price_secretary", Numbers: 2, Flexible: true,
	}
	if h != want {
		t.Errorf("got %+v\nwant %+v", h, want)
	}
	q := a.only("GET", "/v1/subscriptions").Query
	same(t, q, map[string]string{
		"customer": customer, "status": "all", "limit": "100", "expand[0]": "data.schedule", "expand[1]": "data.latest_invoice",
	})
	r, err := a.Read(t.Context(), customer)
	if err != nil || r.UserID != "usr_ada" || r.CustomerID != customer || r.Gone || !r.At.Equal(jan15) {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestADeletedCustomerIsGone(t *testing.T) {
	a := newAccount(t)
	a.answers("GET /v1/customers/{id}", "customer_deleted.json")
	r, err := a.Read(t.Context(), customer)
	if err != nil || !r.Gone || r.CustomerID != customer || r.UserID != "" || len(r.Subscriptions) != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestACustomerWhoNeverWasIsNoSuch(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/customers/{id}", 404, wrong("invalid_request_error", "resource_missing"))
	if _, err := a.Read(t.Context(), customer); !errors.Is(err, billing.ErrNoSuch) {
		t.Errorf("got %v", err)
	}
}

func TestTheAllowanceCountsFromAChangeInThePeriod(t *testing.T) {
	for since, want := range map[string]time.Time{
		"":           jan1,
		"1768435200": jan15,
		"1764547200": jan1, // before the period
		"1769904000": jan1, // with the next one
		"nonsense":   jan1,
		"-1":         jan1,
	} {
		h := reading(t, newAccount(t), with("metadata", object{"plan_since": since}))
		if !h.Since.Equal(want) {
			t.Errorf("noted %q: counts from %v, want %v", since, h.Since, want)
		}
	}
}

func TestHowASubscriptionEndsIsRead(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(object)
		want time.Time
	}{
		"it renews itself":    {with("cancel_at_period_end", false), time.Time{}},
		"with its period":     {with("cancel_at_period_end", true), feb1},
		"at a date":           {with("cancel_at", jan15.Unix()), jan15},
		"it has ended":        {func(o object) { o["status"], o["ended_at"], o["cancel_at"] = "canceled", jan15.Unix(), feb1.Unix() }, jan15},
		"with its period, as": {func(o object) { o["cancel_at_period_end"], o["cancel_at"] = true, feb1.Unix() }, feb1},
	} {
		if h := reading(t, newAccount(t), tc.edit); !h.EndsAt.Equal(tc.want) {
			t.Errorf("%s: ends at %v, want %v", name, h.EndsAt, tc.want)
		}
	}
}

func TestPausedCollectionSaysWhetherThePlanIsProvided(t *testing.T) {
	for behaviour, want := range map[string][2]bool{"void": {true, false}, "keep_as_draft": {false, true}, "mark_uncollectible": {false, true}} {
		h := reading(t, newAccount(t), with("pause_collection", object{"behavior": behaviour, "resumes_at": nil}))
		if got := [2]bool{h.Suspended, h.Waived}; got != want {
			t.Errorf("%s: suspended and waived are %v, want %v", behaviour, got, want)
		}
	}
}

func TestATrialAndTheWayOfBillingAreRead(t *testing.T) {
	h := reading(t, newAccount(t), func(o object) {
		o["status"], o["trial_end"] = "trialing", jan15.Unix()
		o["billing_mode"] = object{"type": "classic", "flexible": nil}
	})
	if h.Status != plan.Trialing || !h.TrialEnd.Equal(jan15) || h.Flexible {
		t.Errorf("got %+v", h)
	}
}

func TestWhatIsNoPriceOfOursGivesNoPlan(t *testing.T) {
	for name, tc := range map[string]struct {
		edit    func(price object)
		product string // the metadata of its product
		want    plan.Tier
	}{
		"a plan's price":                         {func(object) {}, "", plan.Secretary},
		"another's":                              {with("metadata", object{}), `{}`, ""},
		"one that only says so":                  {with("metadata", object{"tier": "ai_secretary"}), `{"tier":"ai_secretary"}`, ""},
		"one of a tier that there is not":        {with("metadata", object{"tier": "ai_emperor", "xswarm": "x"}), `{"tier":"ai_emperor"}`, ""},
		"one that sales made":                    {with("metadata", object{"tier": "ai_cto"}), "", plan.CTO},
		"one of the product of sales":            {with("metadata", object{}), `{"tier":"ai_cto"}`, plan.CTO},
		"one that was archived and lost its key": {with("lookup_key", nil), "", plan.Secretary},
		"one that is paid once":                  {func(p object) { p["recurring"], p["metadata"] = nil, object{"tier": "ai_cto"} }, "", ""},
		"one of a product that is there no more": {with("metadata", object{}), "gone", ""},
		"one that is metered and says it is the CTO": {func(p object) {
			p["recurring"].(object)["usage_type"], p["metadata"] = "metered", object{"tier": "ai_cto"}
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			switch tc.product {
			case "":
			case "gone":
				a.says("GET /v1/products/{id}", 404, wrong("invalid_request_error", "resource_missing"))
			default:
				a.says("GET /v1/products/{id}", 200, fmt.Sprintf(`{"id":"xswarm_ai_secretary","object":"product","metadata":%s}`, tc.product))
			}
			h := reading(t, a, func(o object) { tc.edit(itemsIn(o)[0].(object)["price"].(object)) })
			if h.Tier != tc.want {
				t.Errorf("it is of %q, want %q", h.Tier, tc.want)
			}
			if tc.want != "" && (h.PriceID != "price_secretary" || !h.End.Equal(feb1)) {
				t.Errorf("got %+v", h)
			}
		})
	}
}

func TestAnUnknownPriceIsNamed(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/products/{id}", 200, `{"id":"prod_1","object":"product","metadata":{}}`)
	h := reading(t, a, func(o object) {
		itemsIn(o)[0].(object)["price"].(object)["metadata"] = object{}
	})
	if h.PriceID != "price_secretary" || h.Tier != "" || !h.Start.Equal(jan1) || h.Numbers != 2 {
		t.Errorf("got %+v", h)
	}
}

// scheduling makes a subscription of AI Project Manager that has a schedule.
func scheduling(t *testing.T, file string, edits ...func(object)) func(object) {
	t.Helper()
	schedule := parse(t, string(load(t, file, edits...)))
	manager := managed(t)
	return func(o object) {
		manager(o)
		o["schedule"] = schedule
	}
}

// managed makes a subscription one of AI Project Manager.
func managed(t *testing.T) func(object) {
	t.Helper()
	var all struct{ Data []object }
	if err := json.Unmarshal(load(t, "prices.json"), &all); err != nil {
		t.Fatal(err)
	}
	return func(o object) {
		for i, item := range itemsIn(o)[:3] {
			item.(object)["price"] = all.Data[3+i]
		}
	}
}

func TestAMoveToComeIsRead(t *testing.T) {
	a := newAccount(t)
	a.mux.HandleFunc("GET /v1/prices/{id}", priceByID(t))
	h := reading(t, a, scheduling(t, "schedule_moving.json"))
	if h.Tier != plan.Manager || h.Next != plan.Secretary || !h.NextAt.Equal(feb1) {
		t.Errorf("moves from %s to %s at %v", h.Tier, h.Next, h.NextAt)
	}
	if got := len(a.asked("GET", "/v1/prices/")); got != 2 {
		t.Errorf("read %d prices: that of the numbers and that of the plan, and no metered one", got)
	}
}

func TestAScheduleThatMovesNowhereIsNoMove(t *testing.T) {
	for name, edit := range map[string]func(object){
		"no phase to come": scheduling(t, "schedule.json"),
		"released":         scheduling(t, "schedule_moving.json", with("status", "released")),
		"not begun":        scheduling(t, "schedule_moving.json", with("current_phase", nil)),
		"to the same plan": func(o object) { scheduling(t, "schedule_moving.json")(o); o["items"] = secretaryItems(t) },
	} {
		a := newAccount(t)
		a.mux.HandleFunc("GET /v1/prices/{id}", priceByID(t))
		if h := reading(t, a, edit); h.Next != "" || !h.NextAt.IsZero() {
			t.Errorf("%s: moves to %q at %v", name, h.Next, h.NextAt)
		}
	}
}

func secretaryItems(t *testing.T) any { return parse(t, string(load(t, "subscription.json")))["items"] }

// owing reads a subscription that is owed for, with these bills open.
func owing(t *testing.T, status string, bills string) (billing.Held, *account) {
	a := newAccount(t)
	a.says("GET /v1/invoices", 200, `{"object":"list","url":"/v1/invoices","has_more":false,"data":[`+bills+`]}`)
	latest := parse(t, string(bill(t, "in_latest", jan15, true)))
	return reading(t, a, with("status", status), with("latest_invoice", latest)), a
}

func bill(t *testing.T, id string, finalized time.Time, attempted bool) []byte {
	return load(t, "invoice.json", func(o object) {
		o["id"], o["status"], o["attempted"] = id, "open", attempted
		o["hosted_invoice_url"] = "https://invoice.stripe.com/i/" + id
		o["status_transitions"] = object{"finalized_at": finalized.Unix()}
	})
}

func TestTheGraceBeginsWithTheOldestBillThatWasTried(t *testing.T) {
	second := jan1.Add(time.Hour)
	bills := string(bill(t, "in_new", jan15, true)) + "," + string(bill(t, "in_untried", jan1, false)) + "," + string(bill(t, "in_old", second, true))
	for _, status := range []string{"past_due", "unpaid"} {
		h, a := owing(t, status, bills)
		if !h.OwedSince.Equal(second) || h.OwedID != "in_old" || h.OwedURL != "https://invoice.stripe.com/i/in_old" {
			t.Errorf("%s: owed since %v: %s", status, h.OwedSince, h.OwedID)
		}
		same(t, a.only("GET", "/v1/invoices").Query, map[string]string{"subscription": subID, "status": "open", "limit": "100"})
	}
}

func TestWhereNoBillIsOpenTheLatestOneBeginsTheGrace(t *testing.T) {
	h, _ := owing(t, "past_due", "")
	if !h.OwedSince.Equal(jan15) || h.OwedID != "in_latest" {
		t.Errorf("owed since %v: %s", h.OwedSince, h.OwedID)
	}
	a := newAccount(t)
	a.says("GET /v1/invoices", 200, nothing)
	if h := reading(t, a, with("status", "past_due"), with("latest_invoice", nil)); !h.OwedSince.Equal(jan1) {
		t.Errorf("owed since %v: a grace without a beginning has no end", h.OwedSince)
	}
}

func TestWhatIsPaidIsNotAskedAbout(t *testing.T) {
	for _, status := range []string{"active", "trialing", "canceled", "incomplete"} {
		a := newAccount(t)
		if h := reading(t, a, with("status", status)); !h.OwedSince.IsZero() || string(h.Status) != status {
			t.Errorf("%s: %+v", status, h)
		}
		if got := len(a.asked("GET", "/v1/invoices")); got != 0 {
			t.Errorf("%s: asked for bills", status)
		}
	}
}
