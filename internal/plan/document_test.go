package plan

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestTheDocumentOfThePlansIsCurrent(t *testing.T) {
	const path = "../../docs/tier-features.md"
	got := Document(DefaultCosts())
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run the test with -update and look at the change. got:\n%s", path, got)
	}
}

// The figures that people decide by stand in the document, each plan in its column.
func TestTheDocumentSaysWhatThePlansSay(t *testing.T) {
	lines := map[string][]string{}
	for line := range strings.Lines(Document(DefaultCosts())) {
		if cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|"); len(cells) == len(table)+1 {
			lines[strings.TrimSpace(cells[0])] = cells[1:]
		}
	}
	for title, want := range map[string]string{
		"price a month": "$0 $40 $280 agreed with sales",
		"minutes of calls a month *(calls to come)*":    "0 500 2000 unlimited",
		"texts sent a month":                            "0 500 2000 unlimited",
		"numbers of the assistant's own":                "0 1 3 10",
		"one more minute":                               "none $0.013 $0.013 included",
		"one more text":                                 "none $0.008 $0.008 included",
		"one more number, a month":                      "none $2 $2 none",
		"spending cap, unless another one is chosen":    "none $80, hard $560, hard none",
		"personas of one's own *(to come)*":             "3 unlimited unlimited unlimited",
		"recipients of outgoing mail a day *(to come)*": "100 unlimited unlimited unlimited",
	} {
		if got := strings.Join(strings.Fields(strings.Join(lines[title], " ")), " "); got != want {
			t.Errorf("%s: got %q, want %q", title, got, want)
		}
	}
}

func TestHowLongMemoryIsKeptIsSaidAsThePlanHasIt(t *testing.T) {
	for days, want := range map[int]string{30: "kept for 30 days", 365: "kept for a year", 730: "kept for two years", Forever: "without an end date", 90: "kept for 90 days"} {
		if got := (Plan{MemoryDays: days}).Retention(); got != want {
			t.Errorf("%d: got %q, want %q", days, got, want)
		}
	}
	for _, p := range All() {
		if n := strings.Count(strings.Join(p.Points, "\n"), "Memory "+p.Retention()); n != 1 {
			t.Errorf("%s: the points say %d times how long memory is kept: %q", p.Name, n, p.Points)
		}
	}
}
