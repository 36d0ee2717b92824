package when

import (
	"strings"
	"time"
)

// hands is what a clock shows. Vague: it may be the morning or the afternoon.
type hands struct {
	hour, minute int
	vague        bool
}

// half settles which half of the day it is.
func (c hands) half(pm bool) hands {
	c.vague = false
	c.hour %= 12
	if pm {
		c.hour += 12
	}
	return c
}

// past reads "half past three", "quarter to five", "20 past 4".
func (r *reader) past(p int, lead bool) (hands, int) {
	n, minutes := 1, 0
	switch w := r.at(p); w {
	case "half":
		minutes = 30
	case "quarter":
		minutes = 15
	case "a":
		if !r.is(p+1, "quarter") {
			return hands{}, 0
		}
		n, minutes = 2, 15
	default:
		var ok bool
		if minutes, ok = number(w); !ok || !lead || minutes%5 != 0 || minutes > 25 || minutes == 0 {
			return hands{}, 0
		}
		if r.is(p+1, "minutes") {
			n = 2
		}
	}
	to := r.is(p+n, "to") && minutes != 30
	h, ok := number(r.at(p + n + 1))
	if !(to || r.is(p+n, "past")) || !ok || h < 1 || h > 12 || r.ends(p+n) || r.is(p+n+1, "a", "an") {
		return hands{}, 0
	}
	c := hands{hour: h, minute: minutes, vague: true}
	if to {
		c.hour, c.minute = (h+10)%12+1, 60-minutes
	}
	n += 2
	if pm, ok := meridiem(r.at(p + n)); ok && !r.ends(p+n) {
		return c.half(pm), n + 1
	}
	return c, n
}

// clockWord reads an hour that is unmistakable in one word: 2pm, 9:30, 14:00.
func clockWord(w string) (hands, bool) {
	w = strings.ReplaceAll(w, ".m", "m")
	root, pm, marked := w, false, false
	for _, end := range []string{"am", "pm", "a.m", "p.m"} {
		if s, ok := strings.CutSuffix(w, end); ok && s != "" {
			root, pm, marked = s, end[0] == 'p', true
			break
		}
	}
	hour, minute, cut := strings.Cut(root, ":")
	if !cut && marked {
		hour, minute, cut = strings.Cut(root, ".") // 7.30pm
	}
	h, ok := digits(hour, 1, 2)
	if !ok || h > 23 || (!cut && !marked) {
		return hands{}, false
	}
	c := hands{hour: h}
	if cut {
		if c.minute, ok = digits(minute, 2, 2); !ok || c.minute > 59 {
			return hands{}, false
		}
	}
	switch {
	case marked && h >= 1 && h <= 12:
		return c.half(pm), true
	case marked && (h == 0 || !pm):
		return hands{}, false
	}
	// "09:00" and "14:00" are of a day of 24 hours; "9:00" may be in the evening.
	c.vague = !marked && h >= 1 && h <= 12 && hour[0] != '0'
	return c, true
}

func meridiem(w string) (pm, ok bool) {
	w = strings.ReplaceAll(w, ".", "")
	return w == "pm", isMeridiem(w)
}

func isMeridiem(w string) bool { return w == "am" || w == "pm" }

// zoneNamed returns the zone of a clock of which people say the zone, nil for
// none. Only names that mean one thing are known.
func zoneNamed(w string) *time.Location {
	hours := 0
	switch w {
	case "utc", "gmt":
	case "bst", "cet":
		hours = 1
	case "cest":
		hours = 2
	case "edt":
		hours = -4
	case "est", "cdt":
		hours = -5
	case "cst", "mdt":
		hours = -6
	case "mst", "pdt":
		hours = -7
	case "pst":
		hours = -8
	default:
		return nil
	}
	return time.FixedZone(w, hours*60*60)
}
