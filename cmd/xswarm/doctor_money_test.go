//go:build linux

package main

import (
	"fmt"
	"testing"
	"time"

	"xswarm.ai/server/internal/app"
)

func TestTheDoctorNamesWhatIsOnNoBill(t *testing.T) {
	t.Parallel()
	i := newInstallation(t).withPerson()
	list := i.examined(0)
	wantFinding(t, list, "money", fine, "no alert lasts")
	wantFinding(t, list, "usage", fine, "is reported")
	wantFinding(t, list, "payments", fine, "emulated")

	event := func(id, state string, age time.Duration) {
		at := time.Now().Add(-age).UnixMilli()
		i.execute(fmt.Sprintf(`INSERT INTO meter_events (id, user_id, customer_id, subscription_id, feature, quantity, happened_at, state, created_at, updated_at)
			SELECT '%s', id, 'cus_1', 'sub_1', 'sms_messages', 1, %d, '%s', %d, %d FROM users`, id, at, state, at, at))
	}
	event("sms:1", "pending", time.Hour)
	event("sms:2", "sent", 72*time.Hour)
	wantFinding(t, i.examined(0), "usage", fine, "is reported")
	event("sms:3", "pending", 3*time.Hour)
	list = i.examined(0)
	wantFinding(t, list, "usage", warning, "waits to be reported since "+time.Now().Add(-3*time.Hour).UTC().Format(time.DateOnly))
	wantFinding(t, list, "usage", warning, "reaches Stripe")
	wantFinding(t, i.with("STRIPE_SECRET_KEY=off").examined(0), "usage", warning, "Set STRIPE_SECRET_KEY")
	event("sms:4", "rejected", time.Hour)
	event("sms:5", "rejected", time.Hour)
	wantFinding(t, i.examined(0), "usage", warning, "2 reports of usage were refused")

	for n, kind := range []string{"unknown_price", "dispute", "dispute"} {
		i.execute(fmt.Sprintf("INSERT INTO billing_alerts (key, kind, message, count, created_at, updated_at) VALUES ('a%d', '%s', 'm', 1, 1, 1)", n, kind))
	}
	wantFinding(t, i.examined(0), "money", warning, "3 (dispute, unknown_price)")
	i.execute("UPDATE billing_alerts SET resolved_at = 2")
	wantFinding(t, i.examined(0), "money", fine, "no alert lasts")
	i.examined(1, "--strict")
}

func TestUsageThatWaitsForItsReportIsNoticed(t *testing.T) {
	t.Parallel()
	i := newInstallation(t).withPerson()
	at := time.Now().Add(-5 * time.Hour).UnixMilli()
	i.execute(fmt.Sprintf(`INSERT INTO usage_records (id, user_id, feature, quantity, measured, recorded_at, source_key, subscription_id, created_at)
		SELECT 'usg_1', id, 'sms_messages', 1, 1, %d, 'sms:SM1', 'sub_1', %d FROM users`, at, at))
	wantFinding(t, i.examined(0), "usage", fine, "is reported")
	i.execute(fmt.Sprintf(`INSERT INTO meter_outbox (usage_id, user_id, subscription_id, feature, quantity, recorded_at, created_at, updated_at)
		SELECT 'usg_1', id, 'sub_1', 'sms_messages', 1, %d, %d, %d FROM users`, at, at, at))
	wantFinding(t, i.examined(0), "usage", warning, "waits to be reported")
}

func TestPricesAreComparedWhereUnitsCost(t *testing.T) {
	const dear = "sms_messages=0.1"
	for what, cfg := range map[string]app.Config{
		"real": {StripeKey: "sk_test_x"}, "real, and said": {StripeKey: "sk_test_x", UnitCosts: dear},
		"emulated, and said": {UnitCosts: dear},
	} {
		if len(belowCost(cfg)) == 0 {
			t.Errorf("%s: a text that costs more than its price is sold without a word", what)
		}
	}
	for what, cfg := range map[string]app.Config{
		"emulated": {}, "emulated elsewhere": {StripeKey: "sk_test_x", StripeBase: "http://127.0.0.1:1"},
		"turned off": {StripeKey: "off", UnitCosts: dear},
		"cheap":      {StripeKey: "sk_test_x", UnitCosts: "voice_minutes=0,speech_minutes=0,sms_messages=0,sms_received=0,phone_numbers=0"},
	} {
		if list := belowCost(cfg); len(list) != 0 {
			t.Errorf("%s: got %+v", what, list)
		}
	}
}
