package stripe

import "time"

// boundary is the n-th end of a period after the anchor, or before it if n is
// negative. The day of the month is the anchor's, or the month's last if it has
// no such day.
func (r *recurring) boundary(anchor int64, n int) int64 {
	switch r.Interval {
	case "day":
		return anchor + int64(n)*r.Count*86400
	case "week":
		return anchor + int64(n)*r.Count*7*86400
	}
	return addMonths(anchor, n*r.months())
}

// months is how many months a period has.
func (r *recurring) months() int {
	if r.Interval == "year" {
		return 12 * int(r.Count)
	}
	return int(r.Count)
}

// after is the first end of a period after a moment.
func (r *recurring) after(anchor, at int64) int64 {
	n := 0
	switch r.Interval {
	case "day", "week":
		n = int((at - anchor) / (r.boundary(0, 1)))
	default:
		a, t := time.Unix(anchor, 0).UTC(), time.Unix(at, 0).UTC()
		n = ((t.Year()-a.Year())*12 + int(t.Month()-a.Month())) / r.months()
	}
	n--
	for r.boundary(anchor, n) <= at {
		n++
	}
	return r.boundary(anchor, n)
}

// addMonths moves a moment by months, to the last day of a shorter one.
func addMonths(at int64, months int) int64 {
	t := time.Unix(at, 0).UTC()
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1).Unix()
}

// day writes a moment as invoices do.
func day(at int64) string { return time.Unix(at, 0).UTC().Format("02 Jan 2006") }

// secondsUntil is how long it is from a moment until another in whole seconds.
func secondsUntil(from time.Time, to int64) time.Duration { return time.Unix(to, 0).Sub(from) }
