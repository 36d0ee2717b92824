package when

// clock reads an hour: "at 9", "9:30", "2pm", "2 p.m.", "noon", "half past three".
func (r *reader) clock(i int, m moment) (moment, int) {
	if m.hasClock || !m.exact.IsZero() {
		return m, 0
	}
	p, lead := i, false
	if r.is(i, "at", "@", "by", "around", "before", "after", "for") {
		p, lead = i+1, true
		if r.is(i, "at", "@") && r.is(p, "about", "around", "exactly") {
			p++
		}
	} else if r.bound(i) || r.is(i-1, "to", "-", "–", "and", "for") && !r.words[i-1].stop {
		return m, 0 // "the 2pm train", "from 3 to 5pm"
	}
	if j, ok := r.endOfDay(p); ok {
		m.hasClock, m.hour, m.minute = true, 17, 0
		return m, j - i
	}
	// After a day, and at the beginning, "at 7" is an hour whatever follows.
	sure := r.is(i, "at", "@") && (i == 0 || m.hasDay)
	c, n := r.hour(p, lead && !r.is(i, "for"), sure)
	if h, ok := digits(r.at(p), 1, 2); n == 0 && ok && !lead && m.hasDay && h >= 1 && h <= 12 && (r.ends(p+1) || r.is(p+1, "to")) {
		c, n = hands{hour: h, vague: true}, 1 // "tomorrow 9"
	}
	if n == 0 {
		return m, 0
	}
	if r.is(p+n, "sharp") && !r.ends(p+n) {
		n++
	}
	if zone := zoneNamed(r.at(p + n)); zone != nil && !r.ends(p+n) {
		m.zone = zone
		n++
	}
	m.hasClock, m.hour, m.minute, m.vague = true, c.hour, c.minute, c.vague
	return m, p + n - i
}

// endOfDay reads "eod" and "the end of the day", which is five in the afternoon.
func (r *reader) endOfDay(p int) (int, bool) {
	for _, words := range [][]string{{"eod"}, {"end", "of", "day"}, {"end", "of", "the", "day"}, {"the", "end", "of", "the", "day"}} {
		if j, ok := r.skip(p, words...); ok {
			return j, true
		}
	}
	return p, false
}

// hour reads the hour at word p. Where a word leads to it ("at") it may be bare
// ("9"), if what follows does not belong to it, which is sure in places.
func (r *reader) hour(p int, lead, sure bool) (hands, int) {
	switch r.at(p) {
	case "noon", "midday":
		return hands{hour: 12}, 1
	case "midnight":
		return hands{hour: 24}, 1
	}
	if c, ok := clockWord(r.at(p)); ok {
		if c.vague && !r.ends(p+1) {
			if pm, ok := meridiem(r.at(p + 1)); ok {
				return c.half(pm), 2
			}
		}
		return c, 1
	}
	if c, n := r.past(p, lead); n > 0 {
		return c, n
	}
	h, ok := number(r.at(p))
	if !ok || h > 23 || len(r.at(p)) > 2 && h > 12 || r.is(p, "a", "an", "couple") {
		return hands{}, 0
	}
	if h >= 1 && h <= 12 && !r.ends(p+1) {
		if pm, ok := meridiem(r.at(p + 1)); ok {
			return hands{hour: h}.half(pm), 2
		}
	}
	if r.is(p+1, "o'clock", "oclock") && !r.ends(p+1) && h >= 1 {
		return hands{hour: h, vague: h <= 12}, 2
	}
	// "look at one", "divide by 5 apples", "5 guys at 9 Elm Street".
	if !lead || h == 0 || r.is(p, "one") || !(sure || r.open(p+1)) {
		return hands{}, 0
	}
	return hands{hour: h, vague: h <= 12}, 1
}
