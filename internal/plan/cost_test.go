package plan

import (
	"strings"
	"testing"
)

func TestCostsThatAreNotNamedAreTheListPrices(t *testing.T) {
	for _, s := range []string{"", "  "} {
		if c, err := ParseCosts(s); err != nil || c != DefaultCosts() {
			t.Errorf("%q: got %+v and %v, want the defaults", s, c, err)
		}
	}
	c, err := ParseCosts(" voice_minutes=0.021, sms_messages=$0.0079,phone_numbers = 2 ")
	want := DefaultCosts()
	want.VoiceMinute, want.TextOut, want.Number = 21_000, 7_900, 2*Dollar
	if err != nil || c != want {
		t.Errorf("got %+v and %v, want %+v", c, err, want)
	}
	c, err = ParseCosts("speech_minutes=0,sms_received=0")
	want = DefaultCosts()
	want.SpeechMinute, want.TextIn = 0, 0
	if err != nil || c != want {
		t.Errorf("got %+v and %v, want %+v", c, err, want)
	}
}

func TestCostsThatCannotBeReadAreNamed(t *testing.T) {
	for s, want := range map[string]string{
		"voice_minutes":                          `"voice_minutes": must be a name, an equals sign and dollars`,
		"voice_minutes=0.02,":                    `"": must be a name`,
		"sms_messages=0.01,fax_pages=1":          `"fax_pages=1": the name must be one of voice_minutes, speech_minutes, sms_messages, sms_received, phone_numbers`,
		"voice_minutes=cheap":                    `"voice_minutes=cheap": not an amount`,
		"voice_minutes=-1":                       `"voice_minutes=-1": not an amount`,
		"voice_minutes=0.0000001":                `"voice_minutes=0.0000001": not an amount`,
		"phone_numbers=2,phone_numbers=3":        `"phone_numbers=3": phone_numbers is named twice`,
		"phone_numbers=215000":                   `"phone_numbers=215000": nothing costs more than $1,000`,
		"VOICE_MINUTES=0.02":                     `"VOICE_MINUTES=0.02": the name must be`,
		"voice_minutes=0.02;phone_numbers=2.15":  `"voice_minutes=0.02;phone_numbers=2.15": not an amount`,
		"voice_minutes=0.02 , =3":                `" =3": the name must be`,
		"voice_minutes=99999999999999999999999.": `not an amount`,
	} {
		c, err := ParseCosts(s)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", s, err, want)
		}
		if c != (Costs{}) {
			t.Errorf("%q: costs came with the error: %+v", s, c)
		}
	}
}

func TestAUnitCostsAllThatItNeeds(t *testing.T) {
	c := Costs{VoiceMinute: 1, SpeechMinute: 20, TextOut: 300, TextIn: 4_000, Number: 50_000}
	for f, want := range map[Feature]MicroDollars{VoiceMinutes: 21, SMSMessages: 4_300, PhoneNumbers: 50_000, "teleportation": 0} {
		if got := c.Of(f); got != want {
			t.Errorf("%s: got %d, want %d", f, got, want)
		}
	}
	for _, f := range Features {
		if DefaultCosts().Of(f) <= 0 {
			t.Errorf("%s costs nothing by default", f)
		}
	}
}

func FuzzCostsAreReadOrRefusedWhole(f *testing.F) {
	for _, s := range []string{"", "voice_minutes=0.021,sms_messages=0.0079,phone_numbers=2.15", "speech_minutes=0", "=", ",,", "phone_numbers=1e3", "sms_received=$1,000", "\xff=1", "voice_minutes=9223372036854775807"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCosts(s)
		if err != nil {
			if c != (Costs{}) {
				t.Fatalf("%q: costs came with the error %v: %+v", s, err, c)
			}
			return
		}
		for _, l := range c.lines() {
			if *l.amount < 0 || *l.amount > mostCost {
				t.Fatalf("%q: %s is %d", s, l.name, *l.amount)
			}
		}
		for _, b := range Floor(c) {
			if b.Cost <= b.Price || b.Message == "" {
				t.Fatalf("%q: %+v is not below its cost", s, b)
			}
		}
		// What was read, written again, is the same.
		var again []string
		for _, l := range c.lines() {
			again = append(again, l.name+"="+l.amount.Dollars())
		}
		if back, err := ParseCosts(strings.Join(again, ",")); err != nil || back != c {
			t.Fatalf("%q: %+v became %+v, %v", s, c, back, err)
		}
	})
}
