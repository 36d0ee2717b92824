package when

import (
	"strings"
	"time"
)

// distance reads "in 20 minutes", "in an hour and a half", "in 3 days", "two
// weeks from Friday". Days, weeks and months lead to a day, of which the hour may
// follow; hours and minutes lead to a moment.
func (r *reader) distance(i int, m moment) (moment, int) {
	if m.hasClock || !m.exact.IsZero() {
		return m, 0
	}
	p, in := i, r.is(i, "in", "within")
	if in {
		p++
	} else if r.bound(i) {
		return m, 0
	}
	far, n := r.quantity(p)
	if n == 0 {
		return m, 0
	}
	p += n
	from := moment{hasDay: true, day: r.today}
	switch {
	case in:
		if r.is(p, "time") && !r.ends(p) {
			p++ // "in two weeks' time"
		}
	case r.is(p, "from") && r.is(p+1, "now"):
		p += 2
	case r.is(p, "from") && !far.timed():
		day, k := r.anchor(p + 1)
		if k == 0 {
			return m, 0
		}
		from, p = day, p+1+k
	default:
		return m, 0
	}
	if far.timed() {
		t := walls(far.days(r.today), minuteOf(r.now), r.zone)[0]
		if far.months == 0 && far.day == 0 {
			t = r.now
		} else {
			t = t.Add(time.Duration(r.now.Second()) * time.Second)
		}
		m = moment{exact: t.Add(far.time)}
		return m, p - i
	}
	if m.hasDay {
		return m, 0
	}
	return m.on(far.days(from.day), never, false), p - i
}

// anchor reads the day that a distance counts from.
func (r *reader) anchor(i int) (moment, int) {
	switch r.at(i) {
	case "today":
		return moment{day: r.today}, 1
	case "tomorrow":
		return moment{day: r.today.add(1)}, 1
	}
	p := i
	if r.is(p, "this", "next") {
		p++
	}
	day, ok := weekdayNamed(r.at(p))
	if !ok {
		return moment{}, 0
	}
	d := r.today.add((int(day-r.today.weekday()) + 7) % 7)
	if r.is(i, "next") {
		d = r.today.monday().add(7 + (int(day)+6)%7)
	}
	return moment{day: d}, p + 1 - i
}

// far is a distance in time, as calendars and clocks count.
type far struct {
	months, day int
	time        time.Duration
}

// farthest is how many years ahead a distance may lead.
const farthest = 10

func (f far) timed() bool { return f.time != 0 }

func (f far) days(d date) date { return d.addMonths(f.months).add(f.day) }

func (f far) plus(g far) far { return far{f.months + g.months, f.day + g.day, f.time + g.time} }

func (f far) ok() bool {
	return f != far{} && f.months <= farthest*12 && f.day <= farthest*366 && f.time <= farthest*366*24*time.Hour
}

// quantity reads "20 minutes", "half an hour", "1h30m", "an hour and a half",
// "1 hour and 30 minutes".
func (r *reader) quantity(p int) (far, int) {
	if f, ok := compact(r.at(p)); ok {
		return f, 1
	}
	f, n := r.measure(p)
	if n == 0 {
		return far{}, 0
	}
	q := p + n
	if r.ends(q) {
		return f, n
	}
	if j, ok := r.skip(q, "and", "a", "half"); ok {
		if half, ok := r.halfOf(q - 1); ok {
			return f.plus(half), j - p
		}
	}
	if r.is(q, "and") {
		q++
	}
	if more, k := r.measure(q); k > 0 && more.timed() {
		return f.plus(more), q + k - p
	}
	return f, n
}

// halfOf is half of the unit at word p.
func (r *reader) halfOf(p int) (far, bool) {
	one, ok := unit(r.at(p))
	if !ok || one.time == 0 {
		return far{}, false
	}
	return far{time: one.time / 2}, true
}

// measure reads a number and its unit.
func (r *reader) measure(p int) (far, int) {
	for _, half := range [][]string{{"half", "an"}, {"half", "a"}, {"a", "half"}} {
		if q, ok := r.skip(p, half...); ok {
			if f, ok := r.halfOf(q); ok {
				return f, q + 1 - p
			}
		}
	}
	q := p
	n, ok := number(r.at(q))
	tenths := 0
	if !ok {
		whole, tenth, cut := strings.Cut(r.at(q), ".")
		var ok2 bool
		n, ok = digits(whole, 1, 3)
		if tenths, ok2 = digits(tenth, 1, 1); !cut || !ok || !ok2 {
			return far{}, 0
		}
	}
	q++
	if r.is(q, "couple") && r.is(q-1, "a") {
		n = 2
		q++
	}
	if r.is(q, "of") && r.is(q-1, "couple") {
		q++
	}
	halves := 0
	if j, ok := r.skip(q, "and", "a", "half"); ok {
		q, halves = j, 5
	}
	one, ok := unit(r.at(q))
	if !ok || r.ends(q) && q > p || (tenths+halves > 0 && one.time == 0) || n > 9999 {
		return far{}, 0
	}
	f := far{one.months * n, one.day * n, one.time*time.Duration(n) + one.time/10*time.Duration(tenths+halves)}
	if !f.ok() {
		return far{}, 0
	}
	return f, q + 1 - p
}

// compact reads 20m, 2h, 1h30m, 90min.
func compact(w string) (far, bool) {
	var f far
	for w != "" {
		d := 0
		for d < len(w) && w[d] >= '0' && w[d] <= '9' {
			d++
		}
		u := d
		for u < len(w) && w[u] >= 'a' && w[u] <= 'z' {
			u++
		}
		n, ok := digits(w[:d], 1, 4)
		one, known := unit(w[d:u])
		if !ok || !known || one.months > 0 {
			return far{}, false
		}
		f = f.plus(far{0, one.day * n, one.time * time.Duration(n)})
		w = w[u:]
	}
	return f, f.ok()
}

// unit returns what one of a unit is.
func unit(w string) (far, bool) {
	switch strings.TrimSuffix(w, "'s") {
	case "s", "sec", "secs", "second", "seconds":
		return far{time: time.Second}, true
	case "m", "min", "mins", "minute", "minutes":
		return far{time: time.Minute}, true
	case "h", "hr", "hrs", "hour", "hours":
		return far{time: time.Hour}, true
	case "d", "day", "days":
		return far{day: 1}, true
	case "w", "wk", "wks", "week", "weeks", "fortnights":
		return far{day: 7}, true
	case "fortnight":
		return far{day: 14}, true
	case "month", "months":
		return far{months: 1}, true
	case "year", "years":
		return far{months: 12}, true
	}
	return far{}, false
}
