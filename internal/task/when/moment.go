package when

import "time"

// moment is what was read so far, before it is given its place on the calendar.
type moment struct {
	exact time.Time // "in 20 minutes": nothing else is needed

	hasDay  bool
	day     date
	step    step
	weekday bool // the day was named by its weekday alone
	eve     bool // "before Friday": the day before will do

	hasClock bool
	hour     int // 24 is midnight at the end of the day
	minute   int
	vague    bool           // the hour may be in the morning or in the afternoon
	zone     *time.Location // whose clock it is, if not the person's own

	part dayPart
}

// join completes m by what stands elsewhere in the text: a day without an hour by
// an hour without a day. ok is false when they do not complete each other.
func (m moment) join(other moment) (moment, bool) {
	if !m.exact.IsZero() || !other.exact.IsZero() {
		return m, false
	}
	timed, otherTimed := m.hasClock || m.part != none, other.hasClock || other.part != none
	switch {
	case m.hasDay && !timed && !other.hasDay:
		other.hasDay, other.day, other.step, other.weekday, other.eve = true, m.day, m.step, m.weekday, m.eve
		return other, true
	case !m.hasDay && timed && other.hasDay && !otherTimed:
		m.hasDay, m.day, m.step, m.weekday, m.eve = true, other.day, other.step, other.weekday, other.eve
		return m, true
	}
	return m, false
}

// resolve gives m its place on the calendar: the first moment after now that it
// can mean. ok is false when all that it can mean has passed.
func (r *reader) resolve(m moment) (at time.Time, allDay, ok bool) {
	if !m.exact.IsZero() {
		return m.exact, false, true
	}
	if !m.hasDay {
		m.day, m.step = r.today, daily
	}
	if !m.hasClock && m.part == none {
		return r.wholeDay(m)
	}
	zone := r.zone
	if m.zone != nil {
		zone = m.zone
	}
	for range 3 {
		for _, minute := range r.minutes(m) {
			for _, t := range walls(m.day.add(minute/(24*60)), minute%(24*60), zone) {
				if t.After(r.now) {
					return t.In(r.zone), false, true
				}
			}
		}
		if m.day, ok = m.step.after(m.day); !ok {
			break
		}
	}
	return time.Time{}, false, false
}

func (r *reader) wholeDay(m moment) (at time.Time, allDay, ok bool) {
	for m.day.before(r.today) {
		if m.day, ok = m.step.after(m.day); !ok {
			return time.Time{}, false, false
		}
	}
	if m.eve && r.today.before(m.day) {
		m.day = m.day.add(-1)
	}
	return walls(m.day, 0, r.zone)[0], true, true
}

// minutes returns the minutes of m's day that m can mean, likeliest first of
// those that lie ahead. A minute past 24 hours is in the day after.
func (r *reader) minutes(m moment) []int {
	switch {
	case !m.hasClock:
		return r.partMinutes(m)
	case !m.vague:
		at := m.hour*60 + m.minute
		if m.part == night && m.hour < 5 { // "tonight at 1am" comes after tonight's midnight
			if m.day == r.today {
				return []int{at, at + 24*60}
			}
			return []int{at + 24*60}
		}
		return []int{at}
	}
	at := func(hours ...int) (list []int) {
		for _, h := range hours {
			list = append(list, h*60+m.minute)
		}
		return list
	}
	h, noon := m.hour%12, m.hour == 12
	switch {
	case m.part == morning:
		return at(h)
	case m.part == afternoon:
		return at(h + 12)
	case (m.part == evening || m.part == night) && noon:
		return at(24)
	case m.part == evening:
		return at(h + 12)
	case m.part == night && h < 5:
		return at(24 + h)
	case m.part == night:
		return at(h + 12)
	case noon || h < 6:
		// Nobody who leaves it open means five at night.
		return at(h + 12)
	case !m.hasDay || m.day == r.today:
		return at(h, h+12)
	case h == 6:
		return at(18)
	}
	return at(h)
}
