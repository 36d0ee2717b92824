package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// replaced is an account that is ready, whose prices are made anew as "new_" and
// their lookup keys, and in which one subscription pays the old ones.
func replaced(t *testing.T, edits ...func(object)) *account {
	var all struct{ Data []object }
	if err := json.Unmarshal(load(t, "prices.json"), &all); err != nil {
		t.Fatal(err)
	}
	a := newAccount(t)
	base := ready(t, nil)
	a.mux.HandleFunc("GET /v1/prices", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		found := []object{}
		for _, p := range all.Data {
			if q.Get("active") == "true" || q.Get("product") == p["product"] && strings.HasPrefix(p["product"].(string), "xswarm_phone") {
				found = append(found, p)
			}
		}
		json.NewEncoder(w).Encode(object{"object": "list", "has_more": false, "data": found})
	})
	a.mux.HandleFunc("POST /v1/prices", func(w http.ResponseWriter, r *http.Request) {
		key := a.asked("POST", "/v1/prices")
		fmt.Fprintf(w, `{"id":"new_%s"}`, key[len(key)-1].Form.Get("lookup_key"))
	})
	a.says("POST /v1/prices/{id}", 200, `{"id":"x"}`)
	a.mux.HandleFunc("GET /v1/subscriptions", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(listed(t, "subscription.json", edits...)))
	})
	a.answers("POST /v1/subscriptions/{id}", "subscription.json")
	for _, path := range []string{"/v1/billing/meters", "/v1/products/", "/v1/billing_portal/", "/v1/webhook_endpoints", "/v2/"} {
		a.mux.Handle("GET "+path, base.mux)
	}
	return a
}

func TestForceMakesEveryPriceAnewAndArchivesTheOldOne(t *testing.T) {
	a := replaced(t)
	r, err := a.Setup(t.Context(), SetupOptions{Force: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes(r.Steps); got[Changed] != 7 || got[Found] != 9 {
		t.Errorf("got %v", r.Steps)
	}
	var archived []string
	for _, q := range a.asked("POST", "/v1/prices/") {
		same(t, q.Form, map[string]string{"active": "false"})
		archived = append(archived, strings.TrimPrefix(q.Path, "/v1/prices/"))
	}
	want := []string{"price_secretary", "price_secretary_voice", "price_secretary_sms", "price_manager", "price_manager_voice", "price_manager_sms", "price_numbers"}
	if !slices.Equal(archived, want) {
		t.Errorf("archived %v", archived)
	}
	if got := len(a.asked("POST", "/v1/subscriptions")); got != 0 {
		t.Errorf("%d subscriptions were touched", got)
	}
	i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.What == "price xswarm_ai_secretary_monthly" })
	if s := r.Steps[i]; s.ID != "new_xswarm_ai_secretary_monthly" || !strings.Contains(s.Note, "price_secretary is archived") {
		t.Errorf("step %+v", s)
	}
}

func TestMigratingMovesSubscriptionsInOneRequestEach(t *testing.T) {
	a := replaced(t)
	r, err := a.Setup(t.Context(), SetupOptions{Force: true, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, a.only("POST", "/v1/subscriptions/"+subID).Form, map[string]string{
		"items[0][id]": "si_plan", "items[0][price]": "new_xswarm_ai_secretary_monthly", "items[0][quantity]": "1",
		"items[1][id]": "si_voice", "items[1][price]": "new_xswarm_ai_secretary_voice_minutes",
		"items[2][id]": "si_sms", "items[2][price]": "new_xswarm_ai_secretary_sms_messages",
		"items[3][id]": "si_numbers", "items[3][price]": "new_xswarm_phone_numbers_monthly", "items[3][quantity]": "2",
		"proration_behavior": "create_prorations", "proration_date": "1768435200", "metadata[plan_since]": "1768435200",
	})
	if i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.What == "subscription "+subID }); i < 0 || r.Steps[i].Outcome != Changed {
		t.Errorf("got %v", r.Steps)
	}
}

func TestAMigrationThatWasCutOffIsFinishedByTheNext(t *testing.T) {
	a := replaced(t)
	if _, err := a.Setup(t.Context(), SetupOptions{Migrate: true}); err != nil {
		t.Fatal(err)
	}
	// Only the price of the numbers is archived here.
	same(t, a.only("POST", "/v1/subscriptions/"+subID).Form, map[string]string{
		"items[0][id]": "si_numbers", "items[0][price]": "price_numbers", "items[0][quantity]": "2",
		"proration_behavior": "create_prorations", "proration_date": "1768435200", "metadata[plan_since]": "1768435200",
	})
}

func TestASubscriptionThatWouldForgiveUsageIsNotMigrated(t *testing.T) {
	a := replaced(t, with("billing_mode", object{"type": "classic"}))
	r, err := a.Setup(t.Context(), SetupOptions{Force: true, Migrate: true})
	if err != nil || len(a.asked("POST", "/v1/subscriptions")) != 0 {
		t.Fatalf("got %v, %v", r.Steps, err)
	}
	if i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.What == "subscription "+subID }); i < 0 || r.Steps[i].Outcome != Kept || r.Steps[i].Note == "" {
		t.Errorf("got %v", r.Steps)
	}
}

func TestADryRunOfAMigrationTouchesNothing(t *testing.T) {
	a := replaced(t)
	r, err := a.Setup(t.Context(), SetupOptions{Force: true, Migrate: true, DryRun: true})
	if err != nil || a.changes() != 0 || outcomes(r.Steps)[Changed] != 8 {
		t.Errorf("got %v, %v after %d changes", r.Steps, err, a.changes())
	}
}

func TestAnEndpointOfAnotherVersionIsMadeAnewBeforeTheOldOneGoes(t *testing.T) {
	a := ready(t, map[string]func(object){"webhook": with("api_version", "2020-08-27")})
	var order []string
	for _, pattern := range []string{"POST /v1/webhook_endpoints", "DELETE /v1/webhook_endpoints/{id}"} {
		a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			order = append(order, r.Method+" "+r.URL.Path)
			w.Write([]byte(`{"id":"we_new","secret":"whsec_new"}`))
		})
	}
	a.mux.HandleFunc("POST /v1/prices", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"id":"price_new"}`)) })
	a.says("POST /v1/prices/{id}", 200, `{"id":"x"}`)
	o := both
	o.Force = true
	r, err := a.Setup(t.Context(), o)
	if err != nil || r.WebhookSecret != "whsec_new" || r.EventSecret != "" {
		t.Fatalf("got %+v, %v", r, err)
	}
	if want := []string{"POST /v1/webhook_endpoints", "DELETE /v1/webhook_endpoints/we_1"}; !slices.Equal(order, want) {
		t.Errorf("asked %v", order)
	}
}
