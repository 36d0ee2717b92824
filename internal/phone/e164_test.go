package phone

import "testing"

func TestNumbersInInternationalFormAreTidied(t *testing.T) {
	for in, want := range map[string]string{
		"+14155550123":         "+14155550123",
		" +1 (415) 555-0123 ":  "+14155550123",
		"+49 30 123456":        "+4930123456",
		"+44.20.7946.0958":     "+442079460958",
		"+1 415\u00a0555 0123": "+14155550123",
	} {
		if got, err := ParseE164(in); got != want || err != nil {
			t.Errorf("ParseE164(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestWhatIsNoInternationalNumberIsRefused(t *testing.T) {
	for _, in := range []string{
		"", "+", "4155550123", "0014155550123", "+1415555012", "+141555501234", "+11155550123",
		"+14151550123", "+0123456789", "+123456", "+1234567890123456", "+1415555CALL", "+1415555012३", "++14155550123",
	} {
		if got, err := ParseE164(in); err == nil {
			t.Errorf("ParseE164(%q) = %q, want an error", in, got)
		}
	}
}

func FuzzParsingANumberTwiceChangesNothing(f *testing.F) {
	f.Add("+1 (415) 555-0123")
	f.Add("+")
	f.Fuzz(func(t *testing.T, s string) {
		once, err := ParseE164(s)
		if err != nil {
			return
		}
		if twice, err := ParseE164(once); twice != once || err != nil {
			t.Fatalf("ParseE164(%q) = %q, then %q, %v", s, once, twice, err)
		}
	})
}

func TestAssignedNumbersAreTollFreeByTheirArea(t *testing.T) {
	for number, want := range map[string]string{
		"+18335550100": TollFree, "+18005550100": TollFree, "+14155550100": Local, "+498005550100": Local,
	} {
		if got := kindOf(number); got != want {
			t.Errorf("kindOf(%s) = %s, want %s", number, got, want)
		}
	}
}
