package stripe

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

// usage reports usage without the library.
func (s *shop) usage(customer, value string, more ...string) (int, map[string]any) {
	s.t.Helper()
	status, _, body := s.raw("POST", "/v1/billing/meter_events", form(append([]string{"event_name", "voice_minutes",
		"payload[stripe_customer_id]", customer, "payload[value]", value}, more...)...))
	return status, body
}

func TestAnIdentifierCountsOnceInADay(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("")
	if status, body := s.usage(cu.ID, "5", "identifier", "voice:CA1"); status != 200 {
		t.Fatalf("got %v", body)
	}
	status, body := s.usage(cu.ID, "5", "identifier", "voice:CA1")
	e := errorOf(body)
	if _, coded := e["code"]; status != 400 || coded || e["message"] != "An event already exists with identifier voice:CA1." || e["type"] != "invalid_request_error" {
		t.Errorf("got %d %v", status, e)
	}
	s.pass(23*time.Hour + 59*time.Minute)
	if status, _ := s.usage(cu.ID, "5", "identifier", "voice:CA1"); status != 400 {
		t.Errorf("got %d within the day", status)
	}
	s.pass(time.Minute)
	if status, _ := s.usage(cu.ID, "5", "identifier", "voice:CA1"); status != 200 {
		t.Errorf("got %d a day later", status)
	}
}

func TestUsageThatCannotBeIsRefused(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("")
	at := func(d time.Duration) string { return string(decimal(ratOf(s.clock().Add(d).Unix()))) }
	tests := []struct {
		name, value string
		more        []string
		status      int
	}{
		{"35 days ago", "1", []string{"timestamp", at(-35 * 24 * time.Hour)}, 200},
		{"longer ago", "1", []string{"timestamp", at(-35*24*time.Hour - time.Second)}, 400},
		{"in 5 minutes", "1", []string{"timestamp", at(5 * time.Minute)}, 200},
		{"later", "1", []string{"timestamp", at(5*time.Minute + time.Second)}, 400},
		{"no number", "many", nil, 400},
		{"no value", "", nil, 400},
		{"12 decimals", "0.123456789012", nil, 200},
		{"13 decimals", "0.1234567890123", nil, 400},
		{"below zero", "-3", nil, 200},
		{"a long identifier", "1", []string{"identifier", strings.Repeat("i", 100)}, 200},
		{"a longer identifier", "1", []string{"identifier", strings.Repeat("i", 101)}, 400},
	}
	for _, tt := range tests {
		if status, body := s.usage(cu.ID, tt.value, tt.more...); status != tt.status {
			t.Errorf("%s: got %d %v, want %d", tt.name, status, body, tt.status)
		}
	}
	if status, _ := s.usage("", "1"); status != 400 {
		t.Errorf("usage of nobody got %d", status)
	}
}

func TestUsageOfOneCustomerIsReportedOneAfterTheOther(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	hold := false
	s := newShop(t, "2026-01-10", func(o *Options) {
		o.Faulty = func(op string, rw http.ResponseWriter, r *http.Request, _ func(int), operate func(http.ResponseWriter)) {
			if op == "meter_events.create" && hold {
				hold = false
				entered <- true
				<-leave
			}
			operate(rw)
		}
	})
	cu, other := s.customer(""), s.customer("")
	hold = true
	done := make(chan int)
	go func() {
		status, _ := s.usage(cu.ID, "1")
		done <- status
	}()
	<-entered
	status, body := s.usage(cu.ID, "1")
	if status != 429 || errorOf(body)["code"] != "lock_timeout" {
		t.Errorf("got %d %v", status, body)
	}
	if status, _ := s.usage(other.ID, "1"); status != 200 {
		t.Errorf("somebody else got %d", status)
	}
	leave <- true
	if status := <-done; status != 200 {
		t.Errorf("the first got %d", status)
	}
}

func TestSummariesAreOfAlignedTimesAndALittleLate(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("")
	day := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	list := func(from, to time.Time, window string) ([]*sdk.BillingMeterEventSummary, error) {
		p := &sdk.BillingMeterEventSummaryListParams{ID: &s.meter.ID, Customer: &cu.ID, StartTime: sdk.Int64(from.Unix()), EndTime: sdk.Int64(to.Unix())}
		if window != "" {
			p.ValueGroupingWindow = &window
		}
		var out []*sdk.BillingMeterEventSummary
		for sum, err := range s.client.V1BillingMeterEventSummaries.List(t.Context(), p).All(t.Context()) {
			if err != nil {
				return nil, err
			}
			out = append(out, sum)
		}
		return out, nil
	}
	s.use(cu, "1.5")
	s.useAt(cu, "2", day.Add(-time.Hour))
	got, err := list(day.AddDate(0, 0, -1), day.AddDate(0, 0, 1), "day")
	if must(s.world, got, err); len(got) != 0 {
		t.Errorf("got %d summaries at once: they are made a second later", len(got))
	}
	s.pass(time.Second)
	got, err = list(day.AddDate(0, 0, -1), day.AddDate(0, 0, 1), "day")
	if must(s.world, got, err); len(got) != 2 || got[0].AggregatedValue != 1.5 || got[1].AggregatedValue != 2 || got[1].StartTime != day.AddDate(0, 0, -1).Unix() {
		t.Errorf("got %+v", got)
	}
	got, err = list(day.Add(-time.Minute), day.Add(time.Minute), "")
	if must(s.world, got, err); len(got) != 1 || got[0].AggregatedValue != 0 {
		t.Errorf("got %+v around midnight", got)
	}
	for window, from := range map[string]time.Time{"day": day.Add(time.Hour), "hour": day.Add(time.Minute), "": day.Add(time.Second)} {
		if _, err := list(from, day.AddDate(0, 0, 1), window); refused(t, err).HTTPStatusCode != 400 {
			t.Errorf("%q: got %v for a time that is not aligned", window, err)
		}
	}
}

func TestUsageIsTakenBackWithinADay(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small, s.smallVoice)
	s.usage(cu.ID, "1500", "identifier", "one")
	s.usage(cu.ID, "1500", "identifier", "two")
	cancel := func(id string) error {
		_, err := s.client.V1BillingMeterEventAdjustments.Create(t.Context(), &sdk.BillingMeterEventAdjustmentCreateParams{EventName: sdk.String("voice_minutes"),
			Type: sdk.String("cancel"), Cancel: &sdk.BillingMeterEventAdjustmentCreateCancelParams{Identifier: &id}})
		return err
	}
	if err := cancel("one"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"one", "three"} {
		if got := refused(t, cancel(id)); got.HTTPStatusCode != 400 {
			t.Errorf("%s: got %d", id, got.HTTPStatusCode)
		}
	}
	s.pass(24 * time.Hour)
	if got := refused(t, cancel("two")); got.HTTPStatusCode != 400 {
		t.Errorf("a day later got %d", got.HTTPStatusCode)
	}
	s.until("2026-02-10T13:00:00Z")
	if in := s.latest(sub); in.Total != 4000+1300 {
		t.Errorf("got %d\n%s", in.Total, lines(in))
	}
}

func TestUsageOfNobodyIsToldLaterByAThinEvent(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	dest, err := s.client.V2CoreEventDestinations.Create(t.Context(), &sdk.V2CoreEventDestinationCreateParams{Name: sdk.String("usage"), Type: sdk.String("webhook_endpoint"),
		EventPayload: sdk.String("thin"), EnabledEvents: []*string{sdk.String("v1.billing.meter.error_report_triggered"), sdk.String("v1.billing.meter.no_meter_found")},
		Include:         []*string{sdk.String("webhook_endpoint.signing_secret"), sdk.String("webhook_endpoint.url")},
		WebhookEndpoint: &sdk.V2CoreEventDestinationCreateWebhookEndpointParams{URL: sdk.String("http://product.test/thin")}})
	must(s.world, dest, err)
	s.forget()
	if status, body := s.usage("cus_nobody", "3", "identifier", "lost"); status != 200 {
		t.Fatalf("got %d %v: Stripe takes it first", status, body)
	}
	if status, _, _ := s.raw("POST", "/v1/billing/meter_events", form("event_name", "nothing", "payload[value]", "1")); status != 400 {
		t.Errorf("an unknown meter got %d", status)
	}
	s.pass(59 * time.Second)
	if got := s.types(); len(got) != 0 {
		t.Errorf("got %v at once", got)
	}
	s.pass(time.Second)
	ev := s.the("v1.billing.meter.error_report_triggered")
	if !ev.Thin || ev.URL != "http://product.test/thin" || ev.Secret != dest.WebhookEndpoint.SigningSecret || ev.Secret == "" || ev.Object != s.meter.ID {
		t.Errorf("got %+v", ev)
	}
	if strings.Contains(string(ev.Body), "lost") {
		t.Error("the webhook says more than that something happened")
	}
	signed := sdk.GenerateTestSignedPayload(&sdk.UnsignedPayload{Payload: ev.Body, Secret: ev.Secret})
	note, err := s.client.ParseEventNotification(signed.Payload, signed.Header, ev.Secret)
	if err != nil {
		t.Fatal(err)
	}
	full, err := note.(*sdk.V1BillingMeterErrorReportTriggeredEventNotification).FetchEvent(t.Context())
	must(s.world, full, err)
	kind := full.Data.Reason.ErrorTypes[0]
	if kind.Code != "meter_event_customer_not_found" || kind.SampleErrors[0].Request.Identifier != "lost" {
		t.Errorf("got %+v", kind)
	}
	s.the("v1.billing.meter.no_meter_found")
}

func TestAMeterChangesNothingButItsName(t *testing.T) {
	s := newShop(t, "2026-01-10")
	m, err := s.client.V1BillingMeters.Update(t.Context(), s.meter.ID, &sdk.BillingMeterUpdateParams{DisplayName: sdk.String("Minutes")})
	if must(s.world, m, err).DisplayName != "Minutes" {
		t.Errorf("got %s", m.DisplayName)
	}
	again := form("display_name", "Again", "event_name", "voice_minutes", "default_aggregation[formula]", "sum")
	if status, _, _ := s.raw("POST", "/v1/billing/meters", again); status != 400 {
		t.Errorf("a second meter of the same events got %d", status)
	}
	m, err = s.client.V1BillingMeters.Deactivate(t.Context(), s.meter.ID, nil)
	if must(s.world, m, err).Status != "inactive" || m.StatusTransitions.DeactivatedAt == 0 {
		t.Errorf("got %s", m.Status)
	}
	m, err = s.client.V1BillingMeters.Reactivate(t.Context(), s.meter.ID, nil)
	if must(s.world, m, err).Status != "active" {
		t.Errorf("got %s", m.Status)
	}
}

func TestMetersCountOrTakeTheLast(t *testing.T) {
	for formula, want := range map[string]string{"count": "3", "last": "7", "sum": "12"} {
		s := newShop(t, "2026-01-10")
		cu := s.customer("")
		status, _, m := s.raw("POST", "/v1/billing/meters", form("display_name", "M", "event_name", "m", "default_aggregation[formula]", formula))
		if status != 200 {
			t.Fatal(m)
		}
		for i, v := range []string{"2", "3", "7"} {
			s.raw("POST", "/v1/billing/meter_events", form("event_name", "m", "payload[stripe_customer_id]", cu.ID, "payload[value]", v,
				"timestamp", string(decimal(ratOf(s.clock().Unix()-100+int64(i))))))
		}
		s.pass(time.Minute)
		start := s.clock().Add(-time.Hour)
		_, _, body := s.raw("GET", "/v1/billing/meters/"+m["id"].(string)+"/event_summaries?"+url.Values{"customer": {cu.ID},
			"start_time": {string(decimal(ratOf(start.Unix())))}, "end_time": {string(decimal(ratOf(s.clock().Unix())))}}.Encode(), "")
		data, _ := body["data"].([]any)
		if got, _ := json.Marshal(data[0].(map[string]any)["aggregated_value"]); string(got) != want {
			t.Errorf("%s: got %s, want %s", formula, got, want)
		}
	}
}
