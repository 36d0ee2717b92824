package id

import (
	"regexp"
	"testing"
	"time"
)

func TestIDsSortByTimeAndDoNotRepeat(t *testing.T) {
	shape := regexp.MustCompile(`^usr_[0-9a-hjkmnp-tv-z]{26}$`)
	at := time.UnixMilli(1_700_000_000_000)
	seen := map[string]bool{}
	last := ""
	for range 1000 {
		got := New(User, at)
		if !shape.MatchString(got) {
			t.Fatalf("got %q", got)
		}
		if seen[got] {
			t.Fatalf("%q came twice", got)
		}
		if got <= last {
			t.Fatalf("%q does not sort after %q", got, last)
		}
		seen[got], last = true, got
		at = at.Add(time.Millisecond)
	}
}
