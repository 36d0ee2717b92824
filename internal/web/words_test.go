package web

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/task"
)

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestWaitsAreRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 second", 30 * time.Second: "30 seconds", 91 * time.Second: "2 minutes",
		11*time.Minute + 1: "12 minutes", 2*time.Hour + 1: "3 hours",
	} {
		if got := about(d); got != want {
			t.Errorf("about(%s) = %q, want %q", d, got, want)
		}
	}
}

func TestATaskIsOverdueWhenItsMinuteOrItsDayHasPassed(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	due := time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC) // 2:00 PM there
	for _, c := range []struct {
		allDay bool
		after  time.Duration
		want   bool
	}{
		{false, -time.Second, false}, {false, 59 * time.Second, false}, {false, time.Minute, true},
		{true, 9 * time.Hour, false}, {true, 10 * time.Hour, true},
	} {
		if got := overdue(task.Task{Due: due, DueAllDay: c.allDay}, due.Add(c.after), zone); got != c.want {
			t.Errorf("%s after it was due, all day %t: got %t, want %t", c.after, c.allDay, got, c.want)
		}
	}
	if overdue(task.Task{}, due, zone) {
		t.Error("a task that is never due is overdue")
	}
}

func TestMomentsAreSaidInTheZoneWithTheYearWhenItIsAnother(t *testing.T) {
	york, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]string{
		time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC): "Mon 23 Nov, 2:00 PM",
		time.Date(2027, 1, 1, 4, 59, 0, 0, time.UTC):   "Thu 31 Dec, 11:59 PM",
		time.Date(2027, 1, 1, 5, 0, 0, 0, time.UTC):    "Fri 1 Jan 2027, 12:00 AM",
	} {
		if got := clock(at, now, york); got != want {
			t.Errorf("clock(%s) = %q, want %q", at, got, want)
		}
	}
}

func TestTelephoneNumbersOfNorthAmericaAreGrouped(t *testing.T) {
	for e164, want := range map[string]string{"+12025550123": "+1 (202) 555-0123", "+4915112345678": "+4915112345678", "": "", "+1": "+1"} {
		if got := number(e164); got != want {
			t.Errorf("number(%q) = %q, want %q", e164, got, want)
		}
	}
}

func TestWhatIsSaidOfAFieldBecomesASentence(t *testing.T) {
	for predicate, want := range map[string]string{
		"must be shorter":        "The name must be shorter.",
		"That number is taken.":  "That number is taken.",
		"is this yours?":         "The name is this yours?",
		"is wrong: try another!": "The name is wrong: try another!",
	} {
		if got := sentence("The name", predicate); got != want {
			t.Errorf("sentence(%q) = %q, want %q", predicate, got, want)
		}
	}
}
