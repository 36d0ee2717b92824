package plan

import (
	"strings"
	"testing"
)

func TestTheFloorListsWhatIsSoldBelowCostAndNothingElse(t *testing.T) {
	c := Costs{VoiceMinute: 10_000, SpeechMinute: 3_000, TextOut: 8_001, Number: Dollar}
	plans := []Plan{
		{Tier: Buddy, Name: "Free"},
		{Tier: Secretary, Name: "Even", Price: 13 * Dollar, Included: map[Feature]int64{VoiceMinutes: 1000}},
		{Tier: Manager, Name: "Short", Price: 13 * Dollar, Included: map[Feature]int64{VoiceMinutes: 1000, PhoneNumbers: 2}},
		{Tier: CTO, Name: "Agreed", Custom: true, Included: map[Feature]int64{VoiceMinutes: Unlimited, PhoneNumbers: 10}},
	}
	prices := map[Feature]MicroDollars{VoiceMinutes: 13_000, SMSMessages: 8_000, PhoneNumbers: 2 * Dollar}
	list := floor(c, plans, prices)
	if len(list) != 2 {
		t.Fatalf("got %d prices below cost, want the text and one plan: %+v", len(list), list)
	}
	text, short := list[0], list[1]
	if text.Feature != SMSMessages || text.Tier != "" || text.Price != 8_000 || text.Cost != 8_001 {
		t.Errorf("the text: got %+v", text)
	}
	if short.Tier != Manager || short.Feature != "" || short.Price != 13*Dollar || short.Cost != 15*Dollar {
		t.Errorf("the plan: got %+v", short)
	}
	for _, want := range []string{"text message ", "$0.008 ", "$0.008001", "loses $0.000001", "UNIT_COSTS"} {
		if !strings.Contains(text.Message, want) {
			t.Errorf("the text's sentence lacks %q: %s", want, text.Message)
		}
	}
	for _, want := range []string{"Short", "$13 a month", "$15", "$2 more", "UNIT_COSTS"} {
		if !strings.Contains(short.Message, want) {
			t.Errorf("the plan's sentence lacks %q: %s", want, short.Message)
		}
	}
}

func TestUnitsThatCostNothingAreNeverBelowTheFloor(t *testing.T) {
	if list := Floor(Costs{}); len(list) != 0 {
		t.Errorf("got %+v", list)
	}
}

// By the list prices every unit is sold at a loss, which the operator has to know.
func TestTheListPricesAreAboveTheUnitPrices(t *testing.T) {
	below := map[Feature]bool{}
	for _, b := range Floor(DefaultCosts()) {
		below[b.Feature] = true
	}
	for _, f := range Features {
		if !below[f] {
			t.Errorf("%s is not in the list", f)
		}
	}
}
