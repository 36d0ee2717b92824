package stripe

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	sdk "github.com/stripe/stripe-go/v85"
)

const (
	webhookURL = "https://xswarm.example/webhooks/stripe"
	eventsURL  = "https://xswarm.example/webhooks/stripe/events"
)

var both = SetupOptions{WebhookURL: webhookURL, EventsURL: eventsURL}

// soldHere are the products, literally.
var soldHere = map[string]object{
	"xswarm_ai_secretary":       {"name": "AI Secretary", "description": "An assistant with a number of its own: text it, and it answers.", "metadata": object{"xswarm": "xswarm_ai_secretary", "tier": "ai_secretary"}},
	"xswarm_ai_project_manager": {"name": "AI Project Manager", "description": "For people who run several things at once.", "metadata": object{"xswarm": "xswarm_ai_project_manager", "tier": "ai_project_manager"}},
	"xswarm_ai_cto":             {"name": "AI CTO", "description": "No ceilings, at a price that we agree on with you.", "metadata": object{"xswarm": "xswarm_ai_cto", "tier": "ai_cto"}},
	"xswarm_voice_minutes":      {"name": "Minutes of calls", "description": nil, "metadata": object{"xswarm": "xswarm_voice_minutes", "feature": "voice_minutes"}},
	"xswarm_sms_messages":       {"name": "Text messages", "description": nil, "metadata": object{"xswarm": "xswarm_sms_messages", "feature": "sms_messages"}},
	"xswarm_phone_numbers":      {"name": "Phone numbers", "description": nil, "metadata": object{"xswarm": "xswarm_phone_numbers", "feature": "phone_numbers"}},
}

// empty is an account in which there is nothing, and which makes what it is asked for.
func empty(t *testing.T) *account {
	a := newAccount(t)
	for _, path := range []string{"billing/meters", "prices", "billing_portal/configurations", "webhook_endpoints"} {
		a.says("GET /v1/"+path, 200, nothing)
	}
	a.says("GET /v1/products/{id}", 404, wrong("invalid_request_error", "resource_missing"))
	a.says("GET /v2/core/event_destinations", 200, `{"data":[],"next_page_url":null,"previous_page_url":null}`)
	n := 0
	make := func(w http.ResponseWriter, r *http.Request) {
		n++
		fmt.Fprintf(w, `{"id":"made_%d","secret":"whsec_new","webhook_endpoint":{"signing_secret":"whsec_thin","url":"x"}}`, n)
	}
	for _, path := range []string{"/v1/billing/meters", "/v1/products", "/v1/prices", "/v1/billing_portal/configurations", "/v1/webhook_endpoints", "/v2/core/event_destinations"} {
		a.mux.HandleFunc("POST "+path, make)
	}
	return a
}

// ready is an account in which everything is as it should be. Edits are of what is
// listed at a path.
func ready(t *testing.T, edits map[string]func(object)) *account {
	a := newAccount(t)
	edit := func(path string) func(object) {
		if f := edits[path]; f != nil {
			return f
		}
		return func(object) {}
	}
	a.answers("GET /v1/billing/meters", "meters.json", edit("meters"))
	a.answers("GET /v1/prices", "prices.json", edit("prices"))
	a.answers("GET /v1/billing_portal/configurations", "portal_configurations.json", edit("portal"))
	a.mux.HandleFunc("GET /v1/products/{id}", func(w http.ResponseWriter, r *http.Request) {
		p := maps.Clone(soldHere[r.PathValue("id")])
		p["id"], p["object"], p["active"] = r.PathValue("id"), "product", true
		edit("products")(p)
		json.NewEncoder(w).Encode(p)
	})
	hook := object{"id": "we_1", "object": "webhook_endpoint", "url": webhookURL, "status": "enabled", "api_version": "2026-03-25.dahlia", "enabled_events": names(kinds())}
	edit("webhook")(hook)
	other := object{"id": "we_other", "object": "webhook_endpoint", "url": "https://other.example", "status": "disabled", "enabled_events": []string{"a.b"}}
	destination := object{
		"id": "ed_1", "object": "v2.core.event_destination", "status": "enabled", "event_payload": "thin", "type": "webhook_endpoint",
		"enabled_events": names(thinKinds()), "webhook_endpoint": object{"url": eventsURL}, "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z",
	}
	edit("destination")(destination)
	for path, list := range map[string]object{
		"/v1/webhook_endpoints":       {"object": "list", "has_more": false, "data": []any{other, hook}},
		"/v2/core/event_destinations": {"data": []any{destination}, "next_page_url": nil},
	} {
		a.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { json.NewEncoder(w).Encode(list) })
	}
	return a
}

// outcomes counts them.
func outcomes(steps []Step) map[Outcome]int {
	n := map[Outcome]int{}
	for _, s := range steps {
		n[s.Outcome]++
	}
	return n
}

func TestAnEmptyAccountIsSetUpWhole(t *testing.T) {
	a := empty(t)
	r, err := a.Setup(t.Context(), both)
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes(r.Steps); got[Made] != 2+6+7+1+1+1 || len(got) != 1 {
		t.Errorf("got %v", r.Steps)
	}
	if r.WebhookSecret != "whsec_new" || r.EventSecret != "whsec_thin" {
		t.Errorf("the secrets are %q and %q", r.WebhookSecret, r.EventSecret)
	}
	for _, s := range r.Steps {
		if s.ID == "" || strings.Contains(s.What+s.Note, "whsec") {
			t.Errorf("step %+v", s)
		}
	}
	keys := map[string]bool{}
	for _, q := range a.asked("POST", "") {
		keys[q.Header.Get("Idempotency-Key")] = true
	}
	if len(keys) != 18 {
		t.Errorf("%d keys for 18 requests", len(keys))
	}
}

func TestPricesAreMadeAsThePlansSay(t *testing.T) {
	a := empty(t)
	if _, err := a.Setup(t.Context(), both); err != nil {
		t.Fatal(err)
	}
	byKey := map[string]asked{}
	for _, q := range a.asked("POST", "/v1/prices") {
		byKey[q.Form.Get("lookup_key")] = q
	}
	common := map[string]string{"currency": "usd", "transfer_lookup_key": "true", "tax_behavior": "exclusive", "recurring[interval]": "month"}
	for key, want := range map[string]map[string]string{
		"xswarm_ai_secretary_monthly": {
			"product": "xswarm_ai_secretary", "nickname": "AI Secretary", "unit_amount": "4000", "recurring[usage_type]": "licensed",
			"metadata[xswarm]": "xswarm_ai_secretary_monthly", "metadata[tier]": "ai_secretary",
		},
		"xswarm_ai_project_manager_monthly": {
			"product": "xswarm_ai_project_manager", "nickname": "AI Project Manager", "unit_amount": "28000", "recurring[usage_type]": "licensed",
			"metadata[xswarm]": "xswarm_ai_project_manager_monthly", "metadata[tier]": "ai_project_manager",
		},
		"xswarm_ai_secretary_voice_minutes": {
			"product": "xswarm_voice_minutes", "nickname": "AI Secretary: minutes of calls", "recurring[usage_type]": "metered", "recurring[meter]": "made_1",
			"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers[0][up_to]": "500", "tiers[0][unit_amount]": "0",
			"tiers[1][up_to]": "inf", "tiers[1][unit_amount_decimal]": "1.3",
			"metadata[xswarm]": "xswarm_ai_secretary_voice_minutes", "metadata[tier]": "ai_secretary", "metadata[feature]": "voice_minutes",
		},
		"xswarm_ai_project_manager_sms_messages": {
			"product": "xswarm_sms_messages", "nickname": "AI Project Manager: text messages", "recurring[usage_type]": "metered", "recurring[meter]": "made_2",
			"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers[0][up_to]": "2000", "tiers[0][unit_amount]": "0",
			"tiers[1][up_to]": "inf", "tiers[1][unit_amount_decimal]": "0.8",
			"metadata[xswarm]": "xswarm_ai_project_manager_sms_messages", "metadata[tier]": "ai_project_manager", "metadata[feature]": "sms_messages",
		},
		"xswarm_phone_numbers_monthly": {
			"product": "xswarm_phone_numbers", "nickname": "A number beyond the included ones", "unit_amount": "200", "recurring[usage_type]": "licensed",
			"metadata[xswarm]": "xswarm_phone_numbers_monthly", "metadata[feature]": "phone_numbers",
		},
	} {
		maps.Copy(want, common)
		want["lookup_key"] = key
		same(t, byKey[key].Form, want)
	}
	if len(byKey) != 7 {
		t.Errorf("made %v", slices.Sorted(maps.Keys(byKey)))
	}
	for key := range byKey {
		if strings.Contains(key, "cto") || strings.Contains(key, "buddy") {
			t.Errorf("%s has a price", key)
		}
	}
}

func TestMetersPortalAndWebhooksAreMadeAsTheyAreUsed(t *testing.T) {
	a := empty(t)
	if _, err := a.Setup(t.Context(), both); err != nil {
		t.Fatal(err)
	}
	same(t, a.asked("POST", "/v1/billing/meters")[0].Form, map[string]string{
		"display_name": "Minutes of calls", "event_name": "xswarm_voice_minutes", "default_aggregation[formula]": "sum",
		"customer_mapping[type]": "by_id", "customer_mapping[event_payload_key]": "stripe_customer_id", "value_settings[event_payload_key]": "value",
	})
	same(t, a.only("POST", "/v1/billing_portal/configurations").Form, map[string]string{
		"metadata[xswarm]": "xswarm_portal", "features[customer_update][enabled]": "true",
		"features[customer_update][allowed_updates][0]": "address", "features[customer_update][allowed_updates][1]": "tax_id",
		"features[invoice_history][enabled]": "true", "features[payment_method_update][enabled]": "true",
		"features[subscription_cancel][enabled]": "true", "features[subscription_cancel][mode]": "at_period_end",
		"features[subscription_update][enabled]": "false",
	})
	hook := a.only("POST", "/v1/webhook_endpoints").Form
	if hook.Get("url") != webhookURL || hook.Get("api_version") != sdk.APIVersion || hook.Get("metadata[xswarm]") != "xswarm_webhook" || !hook.Has(fmt.Sprintf("enabled_events[%d]", len(kinds())-1)) {
		t.Errorf("the webhook endpoint is %v", hook)
	}
	got := parse(t, a.only("POST", "/v2/core/event_destinations").Body)
	want := object{
		"name": "xSwarm", "description": "Usage that could not be counted", "type": "webhook_endpoint", "event_payload": "thin",
		"enabled_events":   []any{"v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found"},
		"webhook_endpoint": object{"url": eventsURL}, "metadata": object{"xswarm": "xswarm_events"},
		"include": []any{"webhook_endpoint.signing_secret", "webhook_endpoint.url"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the event destination is %v\nwant %v", got, want)
	}
}

func TestSetupOfWhatIsReadyChangesNothing(t *testing.T) {
	a := ready(t, nil)
	r, err := a.Setup(t.Context(), both)
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes(r.Steps); got[Found] != 18 || len(got) != 1 || a.changes() != 0 {
		t.Errorf("got %v after %d changes", r.Steps, a.changes())
	}
	drift, err := a.Drift(t.Context(), both)
	if err != nil || len(drift) != 0 {
		t.Errorf("drift %v, %v", drift, err)
	}
}

func TestWithoutPublicAddressesNoWebhooksAreLookedAfter(t *testing.T) {
	r, err := ready(t, nil).Setup(t.Context(), SetupOptions{})
	if err != nil || len(r.Steps) != 16 {
		t.Errorf("got %v, %v", r.Steps, err)
	}
}

func TestADryRunSaysWhatWouldBeDone(t *testing.T) {
	a := empty(t)
	o := both
	o.DryRun = true
	r, err := a.Setup(t.Context(), o)
	if err != nil || outcomes(r.Steps)[Made] != 18 || a.changes() != 0 || r.WebhookSecret != "" {
		t.Errorf("got %v, %v after %d changes", r.Steps, err, a.changes())
	}
}

// inList edits the nth thing of a list.
func inList(n int, edit func(object)) func(object) {
	return func(o object) { edit(o["data"].([]any)[n].(object)) }
}

func TestWhatDiffersIsMendedOrNamed(t *testing.T) {
	tier := func(n int, name string, value any) func(object) {
		return inList(1, func(p object) { p["tiers"].([]any)[n].(object)[name] = value })
	}
	for name, tc := range map[string]struct {
		what string
		edit func(object)
		want Outcome
		path string // that is posted to; "" for none
		note string
	}{
		"a product's name":           {"products", with("name", "AI Secretaries"), Changed, "/v1/products/", ""},
		"a product that is archived": {"products", with("active", false), Changed, "/v1/products/", ""},
		"what is noted on it":        {"products", with("metadata", object{}), Changed, "/v1/products/", ""},
		"a price's name":             {"prices", inList(0, with("nickname", "x")), Changed, "/v1/prices/", ""},
		"what is noted on a price":   {"prices", inList(6, with("metadata", object{})), Changed, "/v1/prices/", ""},
		"a price's amount":           {"prices", inList(0, with("unit_amount", 3900)), Kept, "", "differs in amount"},
		"a price's currency":         {"prices", inList(0, with("currency", "eur")), Kept, "", "differs in currency"},
		"a price's product":          {"prices", inList(0, with("product", "prod_1")), Kept, "", "differs in product"},
		"a yearly price":             {"prices", inList(0, func(p object) { p["recurring"].(object)["interval"] = "year" }), Kept, "", "how often"},
		"a price that is paid once":  {"prices", inList(0, with("recurring", nil)), Kept, "", "how often"},
		"a metered plan":             {"prices", inList(0, func(p object) { p["recurring"].(object)["usage_type"] = "metered" }), Kept, "", "counted"},
		"another meter":              {"prices", inList(1, func(p object) { p["recurring"].(object)["meter"] = "mtr_other" }), Kept, "", "differs in meter"},
		"another allowance":          {"prices", tier(0, "up_to", 600), Kept, "", "differs in tiers"},
		"an allowance that costs":    {"prices", tier(0, "unit_amount_decimal", "0.1"), Kept, "", "differs in tiers"},
		"another overage":            {"prices", tier(1, "unit_amount_decimal", "1.4"), Kept, "", "$0.013 each"},
		"a flat fee":                 {"prices", tier(1, "flat_amount_decimal", "100"), Kept, "", "differs in tiers"},
		"overage that ends":          {"prices", tier(1, "up_to", 9000), Kept, "", "differs in tiers"},
		"volume tiers":               {"prices", inList(1, with("tiers_mode", "volume")), Kept, "", "differs in tiers"},
		"a meter's name":             {"meters", inList(0, with("display_name", "x")), Changed, "/v1/billing/meters/", ""},
		"a meter's sum":              {"meters", inList(0, with("default_aggregation", object{"formula": "count"})), Kept, "", "adds up"},
		"a meter's customer":         {"meters", inList(0, with("customer_mapping", object{"event_payload_key": "c", "type": "by_id"})), Kept, "", "customer"},
		"a meter's value":            {"meters", inList(0, with("value_settings", object{"event_payload_key": "v"})), Kept, "", "value"},
		"a meter that sleeps":        {"meters", inList(0, with("status", "inactive")), Changed, "/v1/billing/meters/mtr_test_voice/reactivate", ""},
		"plans changed in the portal": {"portal", inList(1, func(p object) {
			p["features"].(object)["subscription_update"].(object)["enabled"] = true
		}), Changed, "/v1/billing_portal/configurations/bpc_ours", ""},
		"an end at once in the portal": {"portal", inList(1, func(p object) {
			p["features"].(object)["subscription_cancel"].(object)["mode"] = "immediately"
		}), Changed, "/v1/billing_portal/configurations/bpc_ours", ""},
		"a webhook's events":          {"webhook", with("enabled_events", []string{"invoice.paid"}), Changed, "/v1/webhook_endpoints/we_1", ""},
		"a webhook that is disabled":  {"webhook", with("status", "disabled"), Changed, "/v1/webhook_endpoints/we_1", ""},
		"a webhook's version":         {"webhook", with("api_version", "2020-08-27"), Kept, "", "2020-08-27"},
		"a destination's events":      {"destination", with("enabled_events", []string{"a.b"}), Changed, "/v2/core/event_destinations/ed_1", ""},
		"a destination disabled":      {"destination", with("status", "disabled"), Changed, "/v2/core/event_destinations/ed_1/enable", ""},
		"a destination of whole ones": {"destination", with("event_payload", "snapshot"), Kept, "", "whole events"},
	} {
		t.Run(name, func(t *testing.T) {
			a := ready(t, map[string]func(object){tc.what: tc.edit})
			a.mux.HandleFunc("POST /", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"id":"x"}`)) })
			drift, err := a.Drift(t.Context(), both)
			if err != nil || len(drift) == 0 || a.changes() != 0 {
				t.Fatalf("drift %v, %v after %d changes", drift, err, a.changes())
			}
			if drift[0].Outcome != tc.want || !strings.Contains(drift[0].Note, tc.note) || drift[0].Note == "" {
				t.Errorf("drift %+v", drift)
			}
			r, err := a.Setup(t.Context(), both)
			if err != nil {
				t.Fatal(err)
			}
			if got := outcomes(r.Steps); got[tc.want] != len(drift) || got[Found] != 18-len(drift) {
				t.Errorf("got %v", r.Steps)
			}
			if got := len(a.asked("POST", tc.path)); tc.path == "" && a.changes() != 0 || tc.path != "" && got != len(drift) {
				t.Errorf("asked %v", a.asked("POST", ""))
			}
		})
	}
}

func TestAWebhookThatGetsEverythingIsFine(t *testing.T) {
	a := ready(t, map[string]func(object){"webhook": with("enabled_events", []string{"*"})})
	if drift, err := a.Drift(t.Context(), both); err != nil || len(drift) != 0 {
		t.Errorf("drift %v, %v", drift, err)
	}
}

func TestAMeterThatSleepsAndDiffersIsMadeAnew(t *testing.T) {
	a := ready(t, map[string]func(object){"meters": inList(0, func(m object) {
		m["status"], m["default_aggregation"] = "inactive", object{"formula": "count"}
	})})
	a.says("POST /v1/billing/meters", 200, `{"id":"mtr_new"}`)
	r, err := a.Setup(t.Context(), both)
	if err != nil || r.Steps[0].Outcome != Made || r.Steps[0].ID != "mtr_new" {
		t.Fatalf("got %v, %v", r.Steps, err)
	}
	if got := outcomes(r.Steps); got[Kept] != 2 {
		t.Errorf("the two prices of the old meter: got %v", r.Steps)
	}
}

func TestWhatFailsIsSaidWithWhatWasDone(t *testing.T) {
	a := ready(t, map[string]func(object){"prices": inList(0, with("nickname", "x"))})
	a.says("POST /v1/prices/{id}", 400, wrong("invalid_request_error", "x"))
	r, err := a.Setup(t.Context(), both)
	if err == nil || !strings.Contains(err.Error(), "price xswarm_ai_secretary_monthly") || len(r.Steps) != 8 {
		t.Errorf("got %v, %v", r.Steps, err)
	}
}
