package when_test

import (
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"xswarm.ai/server/internal/task/when"
)

func TestPhrasesReadAsPeopleMeanThem(t *testing.T) {
	for _, p := range phrases(t) {
		t.Run(p.said.Format("Mon 15.04 ")+p.text, func(t *testing.T) {
			got := when.Read(p.text, p.said, p.said.Location())
			if due := show(got); due != p.due {
				t.Errorf("due: got %s, want %s", due, p.due)
			}
			if p.due != "repeats" && got.Rest != p.rest {
				t.Errorf("rest: got %q, want %q", got.Rest, p.rest)
			}
			if again := when.Read(p.text, p.said, p.said.Location()); again != got {
				t.Errorf("read again: got %+v, want %+v", again, got)
			}
		})
	}
}

// phrase is a line of testdata/phrases.txt, which explains itself.
type phrase struct {
	said            time.Time
	text, due, rest string
}

func phrases(t testing.TB) (list []phrase) {
	t.Helper()
	file, err := os.ReadFile("testdata/phrases.txt")
	if err != nil {
		t.Fatal(err)
	}
	var said time.Time
	for n, line := range strings.Split(string(file), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if moment, ok := strings.CutPrefix(line, "at "); ok && !strings.Contains(line, "|") {
			i := strings.LastIndexByte(moment, ' ')
			zone, err := time.LoadLocation(moment[i+1:])
			if err != nil {
				t.Fatalf("line %d: %v", n+1, err)
			}
			if said, err = time.ParseInLocation("Mon 2006-01-02 15:04", moment[:i], zone); err != nil {
				t.Fatalf("line %d: %v", n+1, err)
			}
			if got := said.Format("Mon"); got != moment[:3] {
				t.Fatalf("line %d: that day is a %s", n+1, got)
			}
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) != 3 {
			t.Fatalf("line %d: want text | due | rest", n+1)
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		list = append(list, phrase{said, parts[0], parts[1], parts[2]})
	}
	if len(list) < 100 {
		t.Fatalf("only %d phrases", len(list))
	}
	return list
}

func show(r when.Reading) string {
	switch {
	case r.Repeats:
		return "repeats"
	case r.Past:
		return "past"
	case !r.Found:
		return "-"
	case r.AllDay:
		return r.At.Format("2006-01-02")
	}
	return r.At.Format("2006-01-02 15:04")
}

func TestAnHourShownTwiceIsTheOneAhead(t *testing.T) {
	zone := newYork(t)
	for said, want := range map[string]string{
		"2026-11-01T00:10:00-04:00": "2026-11-01T01:30:00-04:00",
		"2026-11-01T01:45:00-04:00": "2026-11-01T01:30:00-05:00", // the first has passed
		"2026-11-01T01:45:00-05:00": "2026-11-02T01:30:00-05:00",
	} {
		now, err := time.Parse(time.RFC3339, said)
		if err != nil {
			t.Fatal(err)
		}
		got := when.Read("call Mike at 1:30am", now, zone)
		if got.At.Format(time.RFC3339) != want {
			t.Errorf("said at %s: got %s, want %s", said, got.At.Format(time.RFC3339), want)
		}
	}
}

func TestANoticeIsReadBesideTheMomentItComesBefore(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, newYork(t))
	for _, c := range []struct {
		text, rest, remind string
	}{
		{"30 minutes before the meeting tomorrow at 3pm", "the meeting", "2026-11-23 14:30"},
		{"an hour before my flight on Dec 3 at 10:30", "my flight", "2026-12-03 09:30"},
		{"the day before Anna's party on Friday at 8pm", "Anna's party", "2026-11-26 20:00"},
		{"of the meeting tomorrow at 3pm, 30 minutes before", "of the meeting", "2026-11-23 14:30"},
		{"of the meeting tomorrow at 3pm 15 min in advance", "of the meeting", "2026-11-23 14:45"},
		{"to leave 10 minutes before 5pm", "to leave", "2026-11-22 16:50"},
		{"to leave two days before Friday at 5pm", "to leave", "2026-11-25 17:00"},
	} {
		got := when.Read(c.text, now, now.Location())
		if !got.Found || got.Rest != c.rest {
			t.Errorf("%q: got %+v, want rest %q", c.text, got, c.rest)
			continue
		}
		if remind := got.Notice.Before(got.At).Format("2006-01-02 15:04"); remind != c.remind {
			t.Errorf("%q: notice at %s, want %s", c.text, remind, c.remind)
		}
	}
	if got := when.Read("eat 2 hours before bed", now, now.Location()); got.Found || got.Notice != (when.Notice{}) {
		t.Errorf("no moment was named, and got %+v", got)
	}
}

func TestADayOfNoticeIsADayOfTheCalendar(t *testing.T) {
	zone := newYork(t)
	at := time.Date(2027, 3, 14, 20, 0, 0, 0, zone) // a day of 23 hours
	if got, want := (when.Notice{Days: 1}).Before(at), time.Date(2027, 3, 13, 20, 0, 0, 0, zone); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzWhatIsReadLiesAhead(f *testing.F) {
	for _, p := range phrases(f) {
		f.Add(p.text, p.said.Unix(), uint8(0))
	}
	f.Add("at \xff\x00 9 \u202e tonight", int64(0), uint8(1))
	f.Add(strings.Repeat("at 9 on the 3rd half past in 2 ", 50), int64(1<<33), uint8(2))
	zones := []string{"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia", "UTC", "Asia/Kathmandu"}
	f.Fuzz(func(t *testing.T, text string, unix int64, z uint8) {
		zone, err := time.LoadLocation(zones[int(z)%len(zones)])
		if err != nil {
			t.Skip(err)
		}
		now := time.Unix(unix&(1<<33-1), 0).In(zone) // up to the year 2242
		got := when.Read(text, now, zone)
		switch {
		case got.Found && got.AllDay:
			if y, m, d := now.Date(); got.At.Before(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Add(-26 * time.Hour)) {
				t.Errorf("%q at %s: the day %s has passed", text, now, got.At)
			}
			if got.At.Format("2006-01-02") < now.Format("2006-01-02") {
				t.Errorf("%q at %s: the day %s has passed", text, now, got.At)
			}
		case got.Found:
			if !got.At.After(now) {
				t.Errorf("%q at %s: %s has passed", text, now, got.At)
			}
		case !got.At.IsZero():
			t.Errorf("%q: nothing found, and yet %s", text, got.At)
		}
		if got.Found && got.At.After(now.AddDate(220, 0, 0)) {
			t.Errorf("%q: %s is too far", text, got.At)
		}
		if len(got.Rest) > len(text) {
			t.Errorf("%q: more is left: %q", text, got.Rest)
		}
		if !got.Found && !got.Past && !got.Repeats && got.Notice == (when.Notice{}) &&
			got.Rest != strings.Trim(strings.Join(strings.Fields(text), " "), " ,;:") {
			t.Errorf("%q: nothing was read, and %q is left", text, got.Rest)
		}
	})
}

func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
