package stripe

import (
	"errors"
	"maps"
	"reflect"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

var used = billing.MeterEvent{ID: "sms:usr_ada:1767225600:0", UserID: "usr_ada", CustomerID: customer, Feature: plan.SMSMessages, Quantity: 42, At: jan15}

func TestUsageIsToldInWholeUnits(t *testing.T) {
	a := newAccount(t)
	a.says("POST /v1/billing/meter_events", 200, `{"object":"billing.meter_event"}`)
	negative := used
	negative.Quantity = -3
	for _, m := range []billing.MeterEvent{used, used, negative} {
		if err := a.Report(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	q := a.asked("POST", "/v1/billing/meter_events")
	same(t, q[0].Form, map[string]string{
		"event_name": "xswarm_sms_messages", "identifier": used.ID, "timestamp": "1768435200",
		"payload[stripe_customer_id]": customer, "payload[value]": "42",
	})
	if got := q[2].Form.Get("payload[value]"); got != "-3" {
		t.Errorf("a correction is %q", got)
	}
	if q[0].Header.Get("Idempotency-Key") == q[1].Header.Get("Idempotency-Key") {
		t.Error("an attempt that failed there would be answered with its failure for a day")
	}
}

func TestUsageThatWasToldIsNotToldTwice(t *testing.T) {
	duplicate := string(load(t, "error_duplicate_event.json"))
	for name, tc := range map[string]struct {
		status  int
		body    string
		refused bool
		fails   bool
	}{
		"it is there":              {400, duplicate, false, false},
		"the same words elsewhere": {409, duplicate, false, true},
		"another refusal":          {400, `{"error":{"type":"invalid_request_error","code":"timestamp_too_far_in_past","message":"An event is too old"}}`, true, true},
		"a failure":                {500, duplicate, false, true},
	} {
		a := newAccount(t)
		a.says("POST /v1/billing/meter_events", tc.status, tc.body)
		err := a.Report(t.Context(), used)
		var r *billing.Refusal
		if (err != nil) != tc.fails || errors.As(err, &r) != tc.refused {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWhatWasToldIsReadByDay(t *testing.T) {
	a := newAccount(t)
	a.answers("GET /v1/billing/meters", "meters.json")
	a.answers("GET /v1/billing/meters/{id}/event_summaries", "summaries.json")
	got, err := a.Reported(t.Context(), customer, plan.SMSMessages, billing.Period{Start: jan1, End: jan1.AddDate(0, 0, 3)})
	want := map[time.Time]int64{jan1.AddDate(0, 0, 1): 7, jan1.AddDate(0, 0, 2): 12}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	q := a.only("GET", "/v1/billing/meters/mtr_test_sms/event_summaries").Query
	same(t, q, map[string]string{"customer": customer, "start_time": "1767225600", "end_time": "1767484800", "value_grouping_window": "day", "limit": "100"})
}

func TestWithoutAMeterTheOperatorIsToldWhatToDo(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/billing/meters", 200, nothing)
	_, err := a.Reported(t.Context(), customer, plan.SMSMessages, billing.Period{Start: jan1, End: feb1})
	if err == nil || errors.Is(err, billing.ErrNoSuch) {
		t.Errorf("got %v", err)
	}
}

func TestWhatCouldNotBeCountedIsReadFromTheReport(t *testing.T) {
	a := newAccount(t)
	a.answers("GET /v2/core/events/{id}", "thin_error_report_fetched.json")
	got, err := a.MeterErrors(t.Context(), "evt_test_65SwarmReport")
	want := []billing.MeterError{
		{Code: "meter_event_customer_not_found", Message: "There are 3 invalid events", Count: 2, Events: []string{used.ID, "sms:usr_bob:1767225600:0"}},
		{Code: "timestamp_too_far_in_past", Message: "There are 3 invalid events", Count: 1, Events: []string{"voice:usr_eve:1767225600:1"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if q := a.only("GET", "/v2/core/events/evt_test_65SwarmReport"); len(q.Query) != 0 {
		t.Errorf("asked with %v", q.Query)
	}
}

func TestAReportThatIsGoneIsNoSuch(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v2/core/events/{id}", 404, `{"error":{"code":"not_found","message":"No such event"}}`)
	if _, err := a.MeterErrors(t.Context(), "evt_1"); !errors.Is(err, billing.ErrNoSuch) {
		t.Errorf("got %v", err)
	}
}
