package stripe

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

func TestAWebhookIsWhatTheOfficialLibraryAccepts(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	w.listen()
	w.raw("POST", "/v1/customers", form("name", "Ada"), "Idempotency-Key", "k1")
	ev := w.the("customer.created")
	signed := sdk.GenerateTestSignedPayload(&sdk.UnsignedPayload{Payload: ev.Body, Secret: ev.Secret})
	got, err := w.client.ConstructEvent(signed.Payload, signed.Header, ev.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if got.Type != "customer.created" || got.Livemode || got.Request.IdempotencyKey != "k1" || !strings.HasPrefix(got.Request.ID, "req_") || got.PendingWebhooks != 1 {
		t.Errorf("got %+v", got)
	}
	if got.ID != ev.ID || ev.URL != "http://product.test/webhooks/stripe" || !strings.HasPrefix(ev.Object, "cus_") || ev.Thin {
		t.Errorf("got %+v", ev)
	}
	for _, problem := range w.engine.problems(ev.Body) {
		t.Error(problem)
	}
	fetched, err := w.client.V1Events.Retrieve(t.Context(), ev.ID, nil)
	if must(w, fetched, err).ID != ev.ID {
		t.Errorf("got %s", fetched.ID)
	}
}

func TestAnEndpointGetsOnlyWhatItWantsAndShowsItsSecretOnce(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	create := func(events ...string) *sdk.WebhookEndpoint {
		we, err := w.client.V1WebhookEndpoints.Create(t.Context(), &sdk.WebhookEndpointCreateParams{URL: sdk.String("http://product.test/hooks"), EnabledEvents: sdk.StringSlice(events)})
		return must(w, we, err)
	}
	one, two := create("customer.created"), create("customer.updated", "customer.created")
	if one.Secret == "" || one.Secret == two.Secret {
		t.Errorf("got secrets %q, %q", one.Secret, two.Secret)
	}
	again, err := w.client.V1WebhookEndpoints.Retrieve(t.Context(), one.ID, nil)
	if must(w, again, err).Secret != "" {
		t.Error("the secret is shown again")
	}
	off, err := w.client.V1WebhookEndpoints.Update(t.Context(), two.ID, &sdk.WebhookEndpointUpdateParams{Disabled: sdk.Bool(true)})
	if must(w, off, err).Status != "disabled" {
		t.Errorf("got %s", off.Status)
	}
	_, _, cu := w.raw("POST", "/v1/customers", form("name", "Ada"))
	w.raw("POST", "/v1/customers/"+cu["id"].(string), form("name", "Eve"))
	if got := w.types(); !slices.Equal(got, []string{"customer.created"}) || w.the("customer.created").Secret != one.Secret {
		t.Errorf("got %v", got)
	}
	for name, f := range map[string]string{
		"an unknown event": form("url", "http://a.test/", "enabled_events[]", "customer.sneezed"),
		"a thin event":     form("url", "http://a.test/", "enabled_events[]", "v1.billing.meter.no_meter_found"),
		"no address":       form("url", "a.test", "enabled_events[]", "customer.created"),
		"no events":        form("url", "http://a.test/"),
	} {
		if status, _, _ := w.raw("POST", "/v1/webhook_endpoints", f); status != 400 {
			t.Errorf("%s: got %d", name, status)
		}
	}
	del, err := w.client.V1WebhookEndpoints.Delete(t.Context(), one.ID, nil)
	must(w, del, err)
	w.forget()
	w.raw("POST", "/v1/customers", form("name", "Ada"))
	if got := w.types(); len(got) != 0 {
		t.Errorf("got %v without an endpoint", got)
	}
}

func TestEventsAreListedByTimeAndType(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	_, _, cu := w.raw("POST", "/v1/customers", form("name", "Ada"))
	w.pass(time.Hour)
	since := w.clock().Unix()
	w.raw("POST", "/v1/customers/"+cu["id"].(string), form("name", "Eve"))
	count := func(p *sdk.EventListParams) (n int) {
		for ev, err := range w.client.V1Events.List(t.Context(), p).All(t.Context()) {
			must(w, ev, err)
			n++
		}
		return n
	}
	for want, p := range map[int]*sdk.EventListParams{
		2: {Types: []*string{sdk.String("customer.*")}},
		1: {CreatedRange: &sdk.RangeQueryParams{GreaterThanOrEqual: since}},
		0: {Type: sdk.String("invoice.paid")},
	} {
		if got := count(p); got != want {
			t.Errorf("got %d events, want %d", got, want)
		}
	}
}

func TestTheOrderOfWebhooksIsShuffledAndRepeatable(t *testing.T) {
	order := func(seed uint64) string {
		s := newShop(t, "2026-01-10", func(o *Options) { o.Seed = seed })
		s.listen()
		cu := s.customer("pm_card_visa")
		s.forget()
		s.subscribe(cu, s.small)
		var out []string
		for _, ev := range s.sent {
			out = append(out, ev.Type)
		}
		return strings.Join(out, " ")
	}
	one, again, other := order(1), order(1), order(2)
	if one != again {
		t.Errorf("the same seed gives\n%s\nthen\n%s", one, again)
	}
	if one == other {
		t.Errorf("another seed gives the same order: %s", one)
	}
}

func TestSnapshotsSurviveABusyAccount(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.large, s.bigVoice)
	s.plan(sub, "release", s.small, s.smallVoice)
	s.use(cu, "2500")
	s.session()
	s.portal(cu.ID)
	saved, err := s.engine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	next, err := New(s.engine.opt, saved)
	if err != nil {
		t.Fatal(err)
	}
	again, err := next.Snapshot()
	if err != nil || string(again) != string(saved) {
		t.Errorf("the state is another one after it was read: %v", err)
	}
	s.until("2026-02-10T13:00:00Z")
	next.CatchUp()
	a, b := s.engine.Invoices(), next.Invoices()
	if len(a) != 2 || len(b) != 2 || a[0].Total != b[0].Total || a[0].Status != "paid" || b[0].Status != "paid" {
		t.Errorf("the one goes on with %+v, the other with %+v", a[0], b[0])
	}
}

func TestNextDueIsWhenThereIsSomethingToDo(t *testing.T) {
	s := newShop(t, "2026-01-10")
	if at, ok := s.engine.NextDue(); ok {
		t.Errorf("got %s of an account without customers", at)
	}
	cu := s.customer("pm_card_visa")
	s.subscribe(cu, s.small)
	if at, ok := s.engine.NextDue(); !ok || at.Format(time.DateTime) != "2026-02-03 12:00:00" {
		t.Errorf("got %s, want a week before the period's end", at)
	}
}

func TestDestinationsAreOfTheSecondAPI(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	make := func(body map[string]any) (int, map[string]any) {
		b, _ := json.Marshal(body)
		status, _, got := w.raw("POST", "/v2/core/event_destinations", string(b), "Content-Type", "application/json")
		return status, got
	}
	good := func() map[string]any {
		return map[string]any{"name": "n", "type": "webhook_endpoint", "event_payload": "thin", "enabled_events": []string{"v1.billing.meter.no_meter_found"},
			"webhook_endpoint": map[string]any{"url": "http://product.test/thin"}}
	}
	status, made := make(good())
	if _, shown := made["webhook_endpoint"]; status != 200 || shown {
		t.Fatalf("got %d %v: its address is not shown unless it is asked for", status, made)
	}
	for name, change := range map[string]func(map[string]any){
		"an unknown field": func(m map[string]any) { m["nick"] = "x" },
		"no name":          func(m map[string]any) { delete(m, "name") },
		"a wrong type":     func(m map[string]any) { m["name"] = 7 },
		"no address":       func(m map[string]any) { delete(m, "webhook_endpoint") },
		"no events":        func(m map[string]any) { m["enabled_events"] = []string{} },
		"another payload":  func(m map[string]any) { m["event_payload"] = "fat" },
	} {
		m := good()
		change(m)
		if status, got := make(m); status != 400 || errorOf(got)["message"] == "" {
			t.Errorf("%s: got %d %v", name, status, got)
		}
	}
	id := made["id"].(string)
	d, err := w.client.V2CoreEventDestinations.Disable(t.Context(), id, nil)
	if must(w, d, err).Status != "disabled" || d.StatusDetails.Disabled.Reason != "user" {
		t.Errorf("got %s", d.Status)
	}
	d, err = w.client.V2CoreEventDestinations.Enable(t.Context(), id, nil)
	if must(w, d, err).Status != "enabled" {
		t.Errorf("got %s", d.Status)
	}
	d, err = w.client.V2CoreEventDestinations.Update(t.Context(), id, &sdk.V2CoreEventDestinationUpdateParams{Name: sdk.String("other"), Include: []*string{sdk.String("webhook_endpoint.url")}})
	if must(w, d, err).Name != "other" || d.WebhookEndpoint.URL != "http://product.test/thin" || d.WebhookEndpoint.SigningSecret != "" {
		t.Errorf("got %+v", d)
	}
	n := 0
	for d, err := range w.client.V2CoreEventDestinations.List(t.Context(), &sdk.V2CoreEventDestinationListParams{Include: []*string{sdk.String("webhook_endpoint.url")}}).All(t.Context()) {
		if must(w, d, err).WebhookEndpoint.URL != "http://product.test/thin" {
			t.Errorf("got %+v", d.WebhookEndpoint)
		}
		n++
	}
	gone, err := w.client.V2CoreEventDestinations.Delete(t.Context(), id, nil)
	must(w, gone, err)
	if status, _, _ := w.raw("GET", "/v2/core/event_destinations/"+id, ""); status != 404 || n != 1 {
		t.Errorf("got %d after it was deleted; listed %d", status, n)
	}
}
