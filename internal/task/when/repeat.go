package when

// repeats reports whether the text asks for more than one moment. "every" and
// "each" do where time follows, not in "check every room"; "weekly" does where it
// says when, not in "the weekly report".
func (r *reader) repeats() bool {
	for i := range r.words {
		switch r.at(i) {
		case "every", "each":
			if r.cycle(i + 1) {
				return true
			}
		case "daily", "weekly", "monthly", "yearly", "annually", "hourly", "nightly", "biweekly", "fortnightly":
			if r.open(i+1) && !r.bound(i) {
				return true
			}
		case "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays", "weekdays", "weekends":
			if r.is(i-1, "on", "at") {
				return true
			}
		case "once", "twice", "times":
			if _, ok := unit(r.at(i + 2)); ok && r.is(i+1, "a", "per", "each") || r.is(i+1, "daily", "weekly", "monthly") {
				return true
			}
		case "repeatedly":
			return true
		}
	}
	return false
}

// cycle reports whether word i says how often: day, Monday, other week, 2 hours.
func (r *reader) cycle(i int) bool {
	if r.is(i, "other", "single", "second", "third", "few") {
		i++
	}
	w := r.at(i)
	if n, ok := number(w); ok && n > 0 {
		i++
		w = r.at(i)
	}
	switch w {
	case "weekday", "weekdays", "weekend", "weekends", "morning", "afternoon", "evening", "night", "noon", "time", "quarter",
		"mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays":
		return true
	}
	if day, ordinal := dayNumber(w); day > 0 && ordinal {
		return true
	}
	if _, ok := unit(w); ok && len(w) > 2 {
		return true
	}
	if _, ok := weekdayNamed(w); ok {
		return true
	}
	_, ok := monthNamed(w)
	return ok && len(w) > 3 || w == "may"
}

// several reports whether another moment is tied to what was read: "at 8am and
// 8pm", "on Monday and Friday".
func (r *reader) several(read []span) bool {
	for _, s := range read {
		if !r.is(s.to, "and", "or", "&") || r.ends(s.to) {
			continue
		}
		if _, n := r.weekday(s.to+1, moment{}); n > 0 {
			return true
		}
		if _, n := r.dayWord(s.to+1, moment{}); n > 0 {
			return true
		}
		p := s.to + 1
		if r.is(p, "at", "@") {
			p++
		}
		if _, n := r.hour(p, p > s.to+1, false); n > 0 {
			return true
		}
	}
	return false
}
