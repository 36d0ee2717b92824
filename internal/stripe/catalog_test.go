package stripe

import (
	"testing"

	"xswarm.ai/server/internal/plan"
)

func TestTheCatalogueIsMadeOfThePlans(t *testing.T) {
	keys, ids := map[string]bool{}, map[string]bool{}
	for _, p := range products() {
		if ids[p.id] || p.name == "" || p.notes[noteKey] != p.id {
			t.Errorf("product %+v", p)
		}
		ids[p.id] = true
	}
	for _, p := range prices() {
		if keys[p.key] || !ids[p.product] || p.amount <= 0 || len(p.key) > 200 {
			t.Errorf("price %+v", p)
		}
		keys[p.key] = true
		if p.meter == "" && p.amount%(plan.Dollar/100) != 0 {
			t.Errorf("%s is no whole number of cents", p.key)
		}
		if p.meter != "" && (p.included <= 0 || !metered(p.feature)) {
			t.Errorf("price %+v", p)
		}
	}
	if len(keys) > 10 {
		t.Errorf("%d prices: Stripe looks up ten keys at a time", len(keys))
	}
}

func TestAFractionOfACentIsWrittenExactly(t *testing.T) {
	for m, want := range map[plan.MicroDollars]float64{13_000: 1.3, 8_000: 0.8, 40 * plan.Dollar: 4000, 1: 0.0001} {
		if got := cents(m); got != want {
			t.Errorf("%d: got %v, want %v", m, got, want)
		}
	}
}

func TestALineOfABillIsAboutWhatItsProductIs(t *testing.T) {
	for id, want := range map[string]plan.Feature{
		"xswarm_voice_minutes": plan.VoiceMinutes, "xswarm_sms_messages": plan.SMSMessages, "xswarm_phone_numbers": plan.PhoneNumbers,
		"xswarm_ai_secretary": "", "prod_1": "", "": "",
	} {
		if got := featureOf(id); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}
