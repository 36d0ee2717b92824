package when

import (
	"strings"
)

// toDay skips a word that leads to a day: "on Friday", "by Friday". eve is true
// for "before".
func (r *reader) toDay(i int) (next int, eve bool) {
	switch r.at(i) {
	case "on", "by", "for", "due":
		return i + 1, false
	case "before":
		return i + 1, true
	}
	return i, false
}

// bound reports whether the word before i ties what follows to something else:
// "last Friday", "the Friday meeting", "until tomorrow".
func (r *reader) bound(i int) bool {
	return r.is(i-1, "the", "a", "an", "my", "our", "your", "his", "her", "their", "last", "past", "previous",
		"until", "till", "til", "since", "through", "thru", "of", "from", "after", "than", "like", "between", "every", "each",
		"was", "were", "is") && !r.words[i-1].stop
}

// dayWord reads today, tonight, tomorrow, "the day after tomorrow" and "this
// evening".
func (r *reader) dayWord(i int, m moment) (moment, int) {
	if m.hasDay || !m.exact.IsZero() {
		return m, 0
	}
	p, eve := r.toDay(i)
	if p == i && r.bound(i) && !r.is(i-1, "is") {
		return m, 0
	}
	if j, ok := r.skip(p, "the", "day", "after", "tomorrow"); ok {
		return m.on(r.today.add(2), never, eve), j - i
	}
	if j, ok := r.skip(p, "day", "after", "tomorrow"); ok {
		return m.on(r.today.add(2), never, eve), j - i
	}
	if r.is(p, "later") && r.is(p+1, "today", "tonight") {
		p++
	}
	switch r.at(p) {
	case "today":
		return m.on(r.today, never, eve), p + 1 - i
	case "tonight":
		if m.part == none {
			m.part = night
			return m.on(r.today, never, false), p + 1 - i
		}
	case "tomorrow", "tmrw", "tmr", "tomorow", "tommorow", "tommorrow":
		return m.on(r.today.add(1), never, eve), p + 1 - i
	case "this":
		if part := partNamed(r.at(p + 1)); part != none && m.part == none {
			m.part = part
			return m.on(r.today, never, false), p + 2 - i
		}
	}
	return m, 0
}

// on gives m its day.
func (m moment) on(d date, s step, eve bool) moment {
	m.hasDay, m.day, m.step, m.eve = true, d, s, eve
	return m
}

// weekday reads "Friday", "on Friday", "this Friday", "next Friday", "Friday next
// week". The next one is that of the week after this; weeks begin on Monday.
func (r *reader) weekday(i int, m moment) (moment, int) {
	if m.hasDay || !m.exact.IsZero() {
		return m, 0
	}
	p, eve := r.toDay(i)
	lead, next := p > i, false
	if r.is(p, "this", "coming", "next") && !r.ends(p+1) {
		lead, next = true, r.is(p, "next")
		p++
	}
	day, ok := weekdayNamed(r.at(p))
	if !ok || (lead && p > i+1 && r.ends(p)) {
		return m, 0
	}
	p++
	if !lead && (r.bound(i) || !r.bareWeekday(p)) {
		return m, 0
	}
	if lead && !r.open(p) && !r.leads(p) && r.is(p-2, "for") {
		return m, 0 // "prepare for Monday meeting"
	}
	if j, ok := r.skip(p, "next", "week"); ok && !r.ends(p) {
		p, next = j, true
	}
	ahead := (int(day-r.today.weekday()) + 7) % 7
	d := r.today.add(ahead)
	if next {
		d = r.today.monday().add(7 + (int(day)+6)%7)
	}
	m = m.on(d, weekly, eve)
	m.weekday = true
	return m, p - i
}

// bareWeekday reports whether the weekday before word p, which nothing leads to,
// is when something is to be done: not so in "Sunday roast" and "he sat".
func (r *reader) bareWeekday(p int) bool {
	if r.is(p-1, "sat", "sun") {
		return !r.ends(p) && r.leads(p)
	}
	return r.open(p) || r.leads(p)
}

// leads reports whether word p begins an hour or a part of the day.
func (r *reader) leads(p int) bool {
	if r.is(p, "morning", "afternoon", "evening", "night", "noon") {
		return true
	}
	if r.is(p, "at", "@") {
		return true
	}
	_, ok := clockWord(r.at(p))
	return ok || (isMeridiem(strings.ReplaceAll(r.at(p+1), ".", "")) && !r.ends(p+1))
}

// week reads "next week", "next week on Tuesday", "next month", "this weekend".
func (r *reader) week(i int, m moment) (moment, int) {
	if m.hasDay || !m.exact.IsZero() {
		return m, 0
	}
	p, eve := r.toDay(i)
	if p == i && r.is(i, "at", "over") {
		p++
	}
	if j, ok := r.skip(p, "the", "weekend"); ok && p > i {
		return m.on(r.weekend(0), never, eve), j - i
	}
	for _, lead := range [][]string{{"the", "end", "of", "the"}, {"end", "of", "the"}, {"the", "end", "of"}, {"end", "of"}} {
		switch j, _ := r.skip(p, lead...); {
		case j > p && r.is(j, "week"):
			return m.on(r.endOfWeek(), never, eve), j + 1 - i
		case j > p && r.is(j, "month"):
			return m.on(r.today.addMonths(1).first().add(-1), never, eve), j + 1 - i
		}
	}
	switch {
	case r.is(p, "this") && r.is(p+1, "weekend"):
		return m.on(r.weekend(0), never, eve), p + 2 - i
	case r.is(p, "next") && r.is(p+1, "weekend"):
		return m.on(r.weekend(7), never, eve), p + 2 - i
	case r.is(p, "next") && r.is(p+1, "month"):
		return m.on(r.today.addMonths(1).first(), never, eve), p + 2 - i
	case r.is(p, "next") && r.is(p+1, "week"):
		p += 2
		monday := r.today.monday().add(7)
		q := p
		if r.is(q, "on") {
			q++
		}
		if day, ok := weekdayNamed(r.at(q)); ok && !r.ends(p) {
			return m.on(monday.add((int(day)+6)%7), never, eve), q + 1 - i
		}
		return m.on(monday, never, eve), p - i
	}
	return m, 0
}

// weekend is the Saturday of this week, or today if that is over, so many days on.
func (r *reader) weekend(on int) date {
	saturday := r.today.monday().add(5 + on)
	if saturday.before(r.today) {
		return r.today
	}
	return saturday
}

// endOfWeek is this week's Friday, or its Sunday if that has passed.
func (r *reader) endOfWeek() date {
	friday := r.today.monday().add(4)
	if friday.before(r.today) {
		return friday.add(2)
	}
	return friday
}

func (d date) first() date { return date{d.year, d.month, 1} }
