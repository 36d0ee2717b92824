package plan

import "testing"

func TestDollars(t *testing.T) {
	for m, want := range map[MicroDollars]string{
		0: "0.00", 8_000: "0.008", 16_000: "0.016", 40 * Dollar: "40.00", 1: "0.000001",
		-13_000: "-0.013", 1_234_560_000: "1234.56",
	} {
		if got := m.Dollars(); got != want {
			t.Errorf("%d: got %s, want %s", m, got, want)
		}
	}
}

func TestMoneyIsWrittenAsPeopleReadIt(t *testing.T) {
	for m, want := range map[MicroDollars]string{
		0: "$0", 40 * Dollar: "$40", 8_000: "$0.008", 2_150_000: "$2.15", 2_500_000: "$2.50", 1_234_500_000: "$1,234.50",
		1_000_000 * Dollar: "$1,000,000", 999 * Dollar: "$999", -13_000: "-$0.013", -1_500 * Dollar: "-$1,500",
		1: "$0.000001", 13_000: "$0.013", 96_000: "$0.096", 500_000: "$0.50", 2 * Dollar: "$2", 1_234_567_890_000: "$1,234,567.89", -8_000: "-$0.008",
	} {
		if got := m.String(); got != want {
			t.Errorf("%d: got %s, want %s", m, got, want)
		}
	}
}

func TestCents(t *testing.T) {
	for cents, want := range map[int64]string{0: "0.00", 1: "0.01", 4000: "40.00", 123450: "1234.50", -5: "-0.05", -50: "-0.50"} {
		if got := Cents(cents).Dollars(); got != want {
			t.Errorf("%d: got %s, want %s", cents, got, want)
		}
	}
}

func TestParseDollars(t *testing.T) {
	for s, want := range map[string]MicroDollars{
		"0": 0, "25": 25 * Dollar, "25.5": 25_500_000, " $1,234.50 ": 1_234_500_000, "1,000,000": 1_000_000 * Dollar, "0.013": 13_000, "0.000001": 1,
	} {
		if got, err := ParseDollars(s); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "$", ".5", "5.", "-1", "+1", "1e3", "0.0000001", "1.2.3", "ten", "99999999999999999999", "0x10", "1 000", "1.-5", "10,5", "1,23", "1,2345", ",500", "1,", "1,,000", "1234,567", "1.000,5"} {
		if got, err := ParseDollars(s); err == nil {
			t.Errorf("%q: got %d", s, got)
		}
	}
}

func FuzzParseDollars(f *testing.F) {
	for _, s := range []string{"25", "$1,234.50", "0.000001", "9223372036853.999999", "-1", "1e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseDollars(s)
		if err != nil {
			return
		}
		if m < 0 {
			t.Fatalf("%q is %d", s, m)
		}
		if back, err := ParseDollars(m.Dollars()); err != nil || back != m {
			t.Errorf("%q is %d, written %s, read %d, %v", s, m, m.Dollars(), back, err)
		}
	})
}

func TestTheCapIsTwiceThePriceUnlessOneWasChosen(t *testing.T) {
	chosen := Cap{Limit: 5 * Dollar, Soft: true, Chosen: true}
	for _, c := range []struct {
		tier Tier
		cap  Cap
		want Cap
	}{
		{Secretary, Cap{}, Cap{Limit: 80 * Dollar}},
		{Manager, Cap{}, Cap{Limit: 560 * Dollar}},
		{Manager, chosen, chosen},
		{Buddy, chosen, Cap{Limit: NoCap}},
		{CTO, chosen, Cap{Limit: NoCap}},
		{"enterprise", chosen, Cap{Limit: NoCap}},
	} {
		if got := CapFor(c.tier, c.cap); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.tier, got, c.want)
		}
	}
}
