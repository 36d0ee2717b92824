package when

import (
	"slices"
	"strings"
	"time"
)

// monthDay reads "Dec 3", "December 3rd, 2027", "3 December", "the 3rd of Dec".
func (r *reader) monthDay(i int, m moment) (moment, int) {
	if (m.hasDay && !m.weekday) || !m.exact.IsZero() {
		return m, 0
	}
	p, eve := r.toDay(i)
	lead := p > i
	if !lead && r.bound(i) && !r.is(i-1, "the", "is") {
		return m, 0
	}
	if r.is(p, "the") {
		p++
	}
	month, ok := monthNamed(r.at(p))
	day, ordinal := 0, false
	if ok {
		verb := r.is(p, "may", "march", "mar") && !lead // "march 10 miles"
		p++
		if r.is(p, "the") {
			p++
		}
		day, ordinal = dayNumber(r.at(p))
		if day == 0 || r.ends(p) || (verb && !ordinal && !r.open(p+1)) {
			return m, 0
		}
	} else {
		if day, ordinal = dayNumber(r.at(p)); day == 0 || r.ends(p+1) {
			return m, 0
		}
		p++
		if r.is(p, "of") {
			p++
		}
		// "if 3 may come", "until 5 march".
		if month, ok = monthNamed(r.at(p)); !ok || (r.is(p, "may", "march", "mar") && !ordinal && !lead && !r.open(p+1)) {
			return m, 0
		}
	}
	p++
	d, s := date{r.today.year, month, day}, yearly
	if year, ok := digits(r.at(p), 4, 4); ok && year >= 1900 && year < 2200 && r.words[p-1].commaOnly(r.text) {
		d.year, s, p = year, never, p+1
	} else if !d.exists() {
		if d, ok = yearly.after(d); !ok {
			return m, 0
		}
	}
	if !d.exists() {
		return m, 0
	}
	m = m.on(d, s, eve)
	m.weekday = false
	return m, p - i
}

// commaOnly reports whether nothing but white space and a comma follows the word.
func (w word) commaOnly(text string) bool {
	return !w.stop || strings.HasSuffix(text[w.start:w.next], ",")
}

// dayNumber reads the day of a month: 3, 3rd, third. 0 when it is none.
func dayNumber(w string) (day int, ordinal bool) {
	names := [...]string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}
	if i := slices.Index(names[:], w); i >= 0 {
		return i + 1, true
	}
	for _, suffix := range []string{"st", "nd", "rd", "th"} {
		if root, ok := strings.CutSuffix(w, suffix); ok {
			w, ordinal = root, true
			break
		}
	}
	if n, ok := digits(w, 1, 2); ok && n >= 1 && n <= 31 {
		return n, ordinal
	}
	return 0, false
}

// numericDate reads 12/3, 12/3/2027 and 2027-12-03.
func (r *reader) numericDate(i int, m moment) (moment, int) {
	if (m.hasDay && !m.weekday) || !m.exact.IsZero() {
		return m, 0
	}
	p, eve := r.toDay(i)
	d, s, ok := numeric(r.at(p), r.today)
	lead := p > i || m.hasDay || m.hasClock
	if !ok || (!lead && (r.bound(i) || fraction(r.at(p)) || !(r.open(p+1) || r.leads(p+1)))) {
		return m, 0
	}
	m = m.on(d, s, eve)
	m.weekday = false
	return m, p + 1 - i
}

func numeric(w string, today date) (date, step, bool) {
	if y, m, d, ok := three(w, "-"); ok && len(y) == 4 {
		return dated(y, m, d, today)
	}
	if a, b, y, ok := three(w, "/"); ok && (len(y) == 4 || len(y) == 2) {
		if len(y) == 2 {
			y = "20" + y
		}
		if d, s, ok := dated(y, a, b, today); ok {
			return d, s, true
		}
		return dated(y, b, a, today)
	}
	a, b, ok := strings.Cut(w, "/")
	if !ok || w == "24/7" {
		return date{}, never, false
	}
	if d, s, ok := dated("", a, b, today); ok {
		return d, s, true
	}
	return dated("", b, a, today)
}

func three(w, sep string) (a, b, c string, ok bool) {
	parts := strings.Split(w, sep)
	if len(parts) != 3 {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

// dated makes a date of its numbers; without a year it is one that comes round.
func dated(year, month, day string, today date) (date, step, bool) {
	m, ok1 := digits(month, 1, 2)
	d, ok2 := digits(day, 1, 2)
	if !ok1 || !ok2 || m < 1 || m > 12 {
		return date{}, never, false
	}
	if year == "" {
		res := date{today.year, time.Month(m), d}
		if res.exists() {
			return res, yearly, true
		}
		res, ok := yearly.after(res)
		return res, yearly, ok
	}
	y, ok := digits(year, 4, 4)
	res := date{y, time.Month(m), d}
	return res, never, ok && y >= 1900 && y < 2200 && res.exists()
}

func fraction(w string) bool {
	switch w {
	case "1/2", "1/3", "2/3", "1/4", "3/4", "1/8", "50/50", "9/11":
		return true
	}
	return false
}

// dayOfMonth reads "on the 3rd", but not "on the 3rd floor".
func (r *reader) dayOfMonth(i int, m moment) (moment, int) {
	if m.hasDay || !m.exact.IsZero() {
		return m, 0
	}
	p, eve := r.toDay(i)
	if p == i || !r.is(p, "the") {
		return m, 0
	}
	day, ordinal := dayNumber(r.at(p + 1))
	if !ordinal || !r.open(p+2) {
		return m, 0
	}
	d := date{r.today.year, r.today.month, day}
	if !d.exists() {
		d, _ = monthly.after(d)
	}
	return m.on(d, monthly, eve), p + 2 - i
}
