package when

// notice reads how long before something a person wants to hear of it: "30
// minutes before the meeting", or at the end "30 minutes before".
func (r *reader) notice() (Notice, []span) {
	for i := range r.words {
		f, n := r.quantity(i)
		if n == 0 && r.is(i, "the") && r.is(i+1, "day") {
			f, n = far{day: 1}, 2
		}
		p := i + n
		if n == 0 || f.months > 0 || r.ends(p) || r.is(i-1, "in", "within") {
			continue
		}
		switch {
		case i == 0 && r.is(p, "before") && !r.ends(p+1):
			p++
		case i == 0 && r.is(p, "ahead") && r.is(p+1, "of") && !r.ends(p+2):
			p += 2
		case r.is(p, "before", "beforehand", "earlier", "early", "ahead") && r.ends(p+1) && i > 0:
			p++
		case r.is(p, "before") && r.moment(p+1): // "leave 10 minutes before 5pm"
			p++
		case r.is(p, "in") && r.is(p+1, "advance") && r.ends(p+2) && i > 0:
			p += 2
		default:
			continue
		}
		return Notice{Days: f.day, Time: f.time}, []span{{i, p}}
	}
	return Notice{}, nil
}

// moment reports whether a moment begins at word i.
func (r *reader) moment(i int) bool {
	_, n := r.run(i)
	return n > 0
}
