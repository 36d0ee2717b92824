package when

// dayPart is a stretch of the day with a name.
type dayPart int

const (
	none dayPart = iota
	morning
	afternoon
	evening
	night
)

// hours returns the minute of the day that stands for the part where no hour is
// named, and the one at which it is over.
func (p dayPart) hours() (usual, end int) {
	switch p {
	case morning:
		return 9 * 60, 12 * 60
	case afternoon:
		return 14 * 60, 18 * 60
	case evening:
		return 18 * 60, 23 * 60
	}
	return 20 * 60, 24 * 60
}

func partNamed(w string) dayPart {
	switch w {
	case "morning":
		return morning
	case "afternoon":
		return afternoon
	case "evening":
		return evening
	case "night":
		return night
	}
	return none
}

// dayPart reads "in the morning", "at night", and "morning" after a day.
func (r *reader) dayPart(i int, m moment) (moment, int) {
	if m.part != none || !m.exact.IsZero() {
		return m, 0
	}
	p := i
	switch {
	case r.is(i, "in") && r.is(i+1, "the"):
		p = i + 2
	case r.is(i, "at") && r.is(i+1, "night") && (m.hasDay || m.hasClock):
		p = i + 1
	case !m.hasDay || r.ends(i):
		return m, 0
	}
	part := partNamed(r.at(p))
	if part == none || (p == i+2 && part == night) {
		return m, 0
	}
	m.part = part
	return m, p + 1 - i
}

// partMinutes is a part of the day without an hour. Of one that has begun it is
// the next full hour.
func (r *reader) partMinutes(m moment) []int {
	usual, end := m.part.hours()
	list := []int{usual}
	if next := (r.now.Hour() + 1) * 60; m.day == r.today && next > usual && next < end {
		list = append(list, next)
	}
	return list
}
