package when

import "time"

// date is a day of the calendar, in no zone.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, m, d}
}

// minuteOf is the minute of the day that a clock on the wall shows.
func minuteOf(t time.Time) int { return t.Hour()*60 + t.Minute() }

func (d date) utc() time.Time { return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC) }

func (d date) add(days int) date { return dateOf(d.utc().AddDate(0, 0, days)) }

// addMonths keeps the day of the month, or takes the last where there is none: a
// month after January 31 is the end of February.
func (d date) addMonths(n int) date {
	first := dateOf(time.Date(d.year, d.month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
	for day := d.day; ; day-- {
		if t := (date{first.year, first.month, day}); t.exists() {
			return t
		}
	}
}

func (d date) before(e date) bool { return d.utc().Before(e.utc()) }

func (d date) weekday() time.Weekday { return d.utc().Weekday() }

// exists reports whether there is such a day: not February 30.
func (d date) exists() bool { return d.day >= 1 && dateOf(d.utc()) == d }

// monday is the first day of d's week.
func (d date) monday() date { return d.add(-(int(d.weekday()+6) % 7)) }

// walls returns the moments at which a clock on the wall in zone shows minute of
// the day d, earliest first. That is one, as a rule. When clocks are set back an
// hour is shown twice. When they are set forward an hour is never shown: then it
// is the moment at which it would be if they were not, as people who did not
// think of it would have it (2:30 becomes 3:30).
func walls(d date, minute int, zone *time.Location) []time.Time {
	shown := d.utc().Add(time.Duration(minute) * time.Minute)
	_, before := shown.AddDate(0, 0, -1).In(zone).Zone()
	_, after := shown.AddDate(0, 0, 1).In(zone).Zone()
	var found []time.Time
	for _, offset := range []int{max(before, after), min(before, after)} {
		t := shown.Add(-time.Duration(offset) * time.Second).In(zone)
		_, has := t.Zone()
		if has == offset && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	if len(found) == 0 {
		found = append(found, shown.Add(-time.Duration(before)*time.Second).In(zone))
	}
	return found
}

// step is how a day that may recur goes on when its moment has passed.
type step int

const (
	never   step = iota // "tomorrow": the day itself is meant
	daily               // no day was named
	weekly              // "Friday"
	monthly             // "the 3rd"
	yearly              // "December 3"
)

// after returns the next day after d by step. ok is false where there is none.
func (s step) after(d date) (next date, ok bool) {
	switch s {
	case daily:
		return d.add(1), true
	case weekly:
		return d.add(7), true
	case monthly:
		for n := 1; n <= 2; n++ {
			first := dateOf(time.Date(d.year, d.month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
			if next = (date{first.year, first.month, d.day}); next.exists() {
				return next, true
			}
		}
	case yearly:
		for n := 1; n <= 8; n++ { // February 29 may be eight years away
			if next = (date{d.year + n, d.month, d.day}); next.exists() {
				return next, true
			}
		}
	}
	return d, false
}

func weekdayNamed(w string) (time.Weekday, bool) {
	switch w {
	case "monday", "mon":
		return time.Monday, true
	case "tuesday", "tue", "tues":
		return time.Tuesday, true
	case "wednesday", "wed":
		return time.Wednesday, true
	case "thursday", "thu", "thur", "thurs":
		return time.Thursday, true
	case "friday", "fri":
		return time.Friday, true
	case "saturday", "sat":
		return time.Saturday, true
	case "sunday", "sun":
		return time.Sunday, true
	}
	return 0, false
}

func monthNamed(w string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		name := lower(m.String())
		if w == name || w == name[:3] || (m == time.September && w == "sept") {
			return m, true
		}
	}
	return 0, false
}

func isMonthShort(w string) bool {
	_, ok := monthNamed(w)
	return ok && len(w) <= 4
}

// lower is strings.ToLower for the capital that begins an English month.
func lower(name string) string { return string(name[0]+'a'-'A') + name[1:] }
