package billing_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// metered is what Stripe counts of somebody's feature, up to now.
func (w *world) metered(u account.User, f plan.Feature) int64 {
	w.Helper()
	for _, m := range w.box.Meters() {
		if m.EventName != "xswarm_"+string(f) {
			continue
		}
		for _, row := range m.Usage {
			if row.Customer == u.CustomerID {
				var n int64
				if _, err := fmt.Sscan(row.Value, &n); err != nil {
					w.Fatal(err)
				}
				return n
			}
		}
	}
	return 0
}

// byHand tells Stripe of usage that nobody used.
func (w *world) byHand(u account.User, f plan.Feature, n int64) {
	w.Helper()
	w.ask("POST", "/v1/billing/meter_events", url.Values{
		"event_name": {"xswarm_" + string(f)}, "payload[stripe_customer_id]": {u.CustomerID}, "payload[value]": {fmt.Sprint(n)},
	})
}

// meter is the id of a feature's meter.
func (w *world) meter(f plan.Feature) string {
	w.Helper()
	for _, m := range w.box.Meters() {
		if m.EventName == "xswarm_"+string(f) {
			return m.ID
		}
	}
	w.Fatalf("there is no meter of %s", f)
	return ""
}

// swallow answers reports of usage as if they were taken, and lets nothing come of
// them.
func swallow(r *http.Request) *httptest.ResponseRecorder {
	if r.Method != "POST" || r.URL.Path != "/v1/billing/meter_events" {
		return nil
	}
	rec := httptest.NewRecorder()
	rec.WriteString(`{"object":"billing.meter_event","identifier":"lost"}`)
	return rec
}

func TestUsageIsReportedByTheHourOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.until(at("2026-01-06 10:10:00"))
	for n := range int64(4) {
		w.use(u, plan.SMSMessages, n+1)
		w.use(u, plan.VoiceMinutes, 10)
		w.clock.Advance(2 * time.Second)
	}
	w.useAt(u, plan.SMSMessages, 100, at("2026-01-06 09:59:59"))
	w.pass(hour)
	events, err := w.store.MeterEvents(t.Context(), billing.MeterSent, u.ID, 50)
	w.must(err)
	var got []string
	for _, m := range events {
		got = append(got, fmt.Sprint(m.Feature, " ", m.At.Format(time.TimeOnly), " ", m.Quantity))
	}
	slices.Sort(got)
	if want := "[sms_messages 09:59:59 100 sms_messages 10:10:06 10 voice_minutes 10:10:06 40]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if w.metered(u, plan.SMSMessages) != 110 || w.metered(u, plan.VoiceMinutes) != 40 {
		t.Errorf("counted are %d and %d", w.metered(u, plan.SMSMessages), w.metered(u, plan.VoiceMinutes))
	}
	w.sound()
}

func TestAReportWhoseAnswerIsLostCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.VoiceMinutes, 77)
	w.loseAnswer("POST", "/v1/billing/meter_events")
	var keys []string
	w.instead = func(r *http.Request) *httptest.ResponseRecorder {
		if r.URL.Path == "/v1/billing/meter_events" {
			keys = append(keys, r.Header.Get("Idempotency-Key"))
		}
		return nil
	}
	w.pass(hour)
	if len(keys) != 2 || keys[0] == keys[1] {
		t.Errorf("it was reported with the keys %v", keys)
	}
	sent, err := w.store.MeterEvents(t.Context(), billing.MeterSent, u.ID, 5)
	if err != nil || len(sent) != 1 || w.metered(u, plan.VoiceMinutes) != 77 {
		t.Errorf("%d are counted of %+v, %v", w.metered(u, plan.VoiceMinutes), sent, err)
	}
	w.sound()
}

func TestUsageThatIsRefusedNeedsAPersonAndIsRepaired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.SMSMessages, 650)
	w.instead = func(r *http.Request) *httptest.ResponseRecorder {
		if r.URL.Path != "/v1/billing/meter_events" {
			return nil
		}
		rec := httptest.NewRecorder()
		rec.WriteHeader(http.StatusBadRequest)
		rec.WriteString(`{"error":{"type":"invalid_request_error","code":"archived_meter","message":"no"}}`)
		return rec
	}
	w.pass(hour)
	w.alerted("meter_rejected")
	if n := w.metered(u, plan.SMSMessages); n != 0 {
		t.Errorf("%d are counted", n)
	}
	w.pass(5 * hour) // it is not told again by itself
	w.alerted("meter_rejected")
	w.instead = nil
	if n, err := w.billing.Repair(t.Context()); err != nil || n != 1 {
		t.Errorf("%d were repaired, %v", n, err)
	}
	w.settle()
	w.sound()
	w.until(at("2026-02-06 00:00:00"))
	w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 650, 500))
	w.sound()
}

func TestUsageThatIsFoundWrongLaterNeedsAPersonToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.ask("POST", "/v1/billing/meters/"+w.meter(plan.VoiceMinutes)+"/deactivate", nil)
	w.use(u, plan.VoiceMinutes, 555)
	w.use(u, plan.SMSMessages, 5)
	w.pass(hour)
	w.alerted("meter_error", "meter_rejected")
	rejected, err := w.store.MeterEvents(t.Context(), billing.MeterRejected, u.ID, 5)
	if err != nil || len(rejected) != 1 || rejected[0].Error != "archived_meter" || rejected[0].Feature != plan.VoiceMinutes {
		t.Errorf("got %+v, %v", rejected, err)
	}
	w.repair() // which does not help while the meter is archived
	w.pass(hour)
	w.alerted("meter_error", "meter_rejected")
	w.ask("POST", "/v1/billing/meters/"+w.meter(plan.VoiceMinutes)+"/reactivate", nil)
	w.repair()
	w.sound()
	w.until(at("2026-02-06 00:00:00"))
	w.totals("ada", "paid", secretary, secretary+over(plan.VoiceMinutes, 555, 500))
	w.sound()
}

// repair repairs, and does what follows.
func (w *world) repair() int {
	w.Helper()
	n, err := w.billing.Repair(w.Context())
	w.must(err)
	w.settle()
	return n
}

func TestWhatIsCountedTooMuchIsFoundAndCorrected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.billing.Start(t.Context()))
	u := w.subscriber("ada", plan.Secretary)
	w.use(u, plan.SMSMessages, 600)
	w.byHand(u, plan.SMSMessages, 70)
	w.pass(hour)
	w.sound() // nobody has looked yet
	w.until(at("2026-01-06 04:00:00"))
	w.alerted("drift")
	drifts, err := w.billing.Drifts(t.Context())
	if err != nil || len(drifts) != 1 || drifts[0].Ours != 600 || drifts[0].Theirs != 670 || drifts[0].Feature != plan.SMSMessages || drifts[0].UserID != u.ID {
		t.Errorf("got %+v, %v", drifts, err)
	}
	w.until(at("2026-01-07 04:00:00"))
	w.alerted("drift") // which telling again does not mend
	if n := w.repair(); n != 1 {
		t.Errorf("%d were repaired", n)
	}
	w.pass(hour)
	if n := w.repair(); n != 0 || w.metered(u, plan.SMSMessages) != 600 {
		t.Errorf("%d were repaired again, and %d are counted", n, w.metered(u, plan.SMSMessages))
	}
	w.until(at("2026-01-08 04:00:00"))
	w.sound()
	w.clock.Set(january.End.Add(-hour))
	w.until(january.End.Add(4 * hour))
	w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 600, 500))
	if l := w.line(u, plan.SMSMessages); l.Used != 0 {
		t.Errorf("the correction is no usage: %+v", l)
	}
	w.sound()
}

func TestWhatIsCountedTooLittleIsToldAgainWhileItIsFresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.billing.Start(t.Context()))
	u := w.subscriber("ada", plan.Secretary)
	w.instead = swallow
	w.until(at("2026-01-06 02:00:00"))
	w.use(u, plan.VoiceMinutes, 30) // too old when it is looked at
	w.until(at("2026-01-06 20:00:00"))
	w.use(u, plan.VoiceMinutes, 620)
	w.pass(hour)
	w.instead = nil
	if n := w.metered(u, plan.VoiceMinutes); n != 0 {
		t.Fatalf("%d are counted", n)
	}
	w.until(at("2026-01-07 04:00:00"))
	w.alerted("drift")
	if n := w.metered(u, plan.VoiceMinutes); n != 620 {
		t.Errorf("%d are counted", n)
	}
	w.until(at("2026-01-08 04:00:00"))
	w.alerted("drift")
	w.repair()
	if n := w.metered(u, plan.VoiceMinutes); n != 650 {
		t.Errorf("%d are counted", n)
	}
	w.until(at("2026-01-09 04:00:00"))
	w.sound()
	w.clock.Set(january.End.Add(-hour))
	w.until(january.End.Add(4 * hour))
	w.totals("ada", "paid", secretary, secretary+over(plan.VoiceMinutes, 650, 500))
	w.sound()
}

func TestABillThatSaysSomethingElseThanTheLedgerNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.subscriber("ada", plan.Secretary)
	w.until(january.End.Add(-hour))
	w.use(u, plan.SMSMessages, 500)
	w.byHand(u, plan.SMSMessages, 100)
	w.until(january.End.Add(3 * hour))
	w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 600, 500))
	w.alerted("invoice_drift")
	list, err := w.billing.Alerts(t.Context(), false)
	if err != nil || list[0].UserID != u.ID || !strings.Contains(list[0].Message, "bills 600 sms_messages") || !strings.Contains(list[0].Message, "we told of 500") {
		t.Errorf("got %+v, %v", list, err)
	}
	if n := count(w.letters.sent, func(s string) bool { return s == "alert operator@xswarm.example" }); n != 1 {
		t.Errorf("the operator was told %d times", n)
	}
}

func TestUsageOfACustomerThatIsGoneHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone, u := w.subscriber("gone", plan.Secretary), w.subscriber("ada", plan.Secretary)
	w.use(gone, plan.SMSMessages, 5)
	w.ask("DELETE", "/v1/customers/"+gone.CustomerID, nil)
	w.use(u, plan.SMSMessages, 600)
	w.pass(hour)
	w.alerted("customer_deleted", "meter_error", "meter_rejected")
	if n := w.metered(u, plan.SMSMessages); n != 600 {
		t.Errorf("%d are counted", n)
	}
	w.until(at("2026-02-06 00:00:00"))
	w.totals("ada", "paid", secretary, secretary+over(plan.SMSMessages, 600, 500))
}
