// Package when reads what people write about time: "remind me tomorrow at 9 to
// call Mike" is tomorrow, nine in the morning, and "call Mike".
//
// It is a grammar of its own rather than a library's, because a wrong reading is
// worse than none: people trust a reminder that was promised. Of the 205 phrases
// of testdata/phrases.txt, by the conventions written there,
// github.com/olebedev/when v1.1.0 reads 80 rightly; it finds a date in 20 of the
// 35 that name none ("the Friday report"), puts 29 into the past, and does not
// read "at 9", "half past three" or "in 1.5 hours". So, here:
//
//   - What is read lies ahead of now. What can only lie behind is said to be past.
//   - A word that may be about time and may not is left alone.
//   - Nothing is made up: what repeats is said to repeat, not turned into one day.
//   - Now and the zone are given; the same text always reads the same.
//
// It reads English. 12/3 is December 3, as in the United States, unless that
// cannot be (13/3). What was understood is for the caller to say back in words,
// so that a person sees what was made of an ambiguous phrase.
package when

import (
	"strings"
	"time"
)

// Reading is what a text says about time.
type Reading struct {
	Found  bool      // At says when
	At     time.Time // the moment; of a whole day its first, in the zone
	AllDay bool      // a day was named and no hour
	// Past: a moment was named and lies behind now. At is not set.
	Past bool
	// Repeats: more than one moment is meant ("every Monday", "at 8am and 8pm").
	// Nothing else was read.
	Repeats bool
	// Notice is how long before At somebody wants to hear ("30 minutes before …").
	Notice Notice
	// Rest is the text without what was read.
	Rest string
}

// Notice is a span before a moment, in days of the calendar and in time.
type Notice struct {
	Days int
	Time time.Duration
}

// Before returns the moment that lies n before at, in at's zone.
func (n Notice) Before(at time.Time) time.Time {
	if n.Days > 0 {
		day, zone := dateOf(at), at.Location()
		at = walls(day.add(-n.Days), minuteOf(at), zone)[0]
	}
	return at.Add(-n.Time)
}

// Read reads a text, of which now is the moment at which it was said and zone
// where. Text in double quotes is not read.
func Read(text string, now time.Time, zone *time.Location) Reading {
	now = now.In(zone)
	r := &reader{text: text, words: split(text), now: now, zone: zone, today: dateOf(now)}
	if r.repeats() {
		return Reading{Repeats: true, Rest: text}
	}
	notice, spans := r.notice()
	m, read := r.moments(spans)
	if r.several(read) {
		return Reading{Repeats: true, Rest: text}
	}
	spans = append(spans, read...)
	res := Reading{Notice: notice, Rest: r.without(spans)}
	if len(read) > 0 {
		res.At, res.AllDay, res.Found = r.resolve(m)
		res.Past = !res.Found
	}
	return res
}

// reader is one text being read.
type reader struct {
	text  string
	words []word
	now   time.Time // in zone
	zone  *time.Location
	today date
}

// span is a run of words, [from, to).
type span struct{ from, to int }

// moments finds what the text says about when, apart from the words in skip: one
// run of words, or two that stand apart and complete each other, as in "tomorrow
// call Mike at 2pm". The first counts; a second day or hour stays in the text.
func (r *reader) moments(skip []span) (moment, []span) {
	var m moment
	var read []span
	for i := 0; i < len(r.words); {
		if covered(skip, i) {
			i++
			continue
		}
		next, n := r.run(i)
		if n == 0 {
			i++
			continue
		}
		if len(read) == 0 {
			m, read = next, append(read, span{i, i + n})
		} else if joined, ok := m.join(next); ok && len(read) == 1 {
			m, read = joined, append(read, span{i, i + n})
		}
		i += n
	}
	return m, read
}

// run reads as many parts as follow one another at word i.
func (r *reader) run(i int) (moment, int) {
	var m moment
	n := 0
	for i+n < len(r.words) {
		next, k := r.part(i+n, m)
		if k == 0 {
			break
		}
		m, n = next, n+k
	}
	return m, n
}

// part reads one part of a moment at word i into what m says already. It returns
// how many words it took; 0 when there is no such part, or m has it already.
func (r *reader) part(i int, m moment) (moment, int) {
	if r.words[i].quoted {
		return m, 0
	}
	for _, read := range []func(*reader, int, moment) (moment, int){
		(*reader).distance, (*reader).dayWord, (*reader).weekday, (*reader).week,
		(*reader).monthDay, (*reader).numericDate, (*reader).dayOfMonth,
		(*reader).clock, (*reader).dayPart,
	} {
		if next, n := read(r, i, m); n > 0 {
			return next, n
		}
	}
	return m, 0
}

func covered(spans []span, i int) bool {
	for _, s := range spans {
		if s.from <= i && i < s.to {
			return true
		}
	}
	return false
}

// without returns the text without the words in spans.
func (r *reader) without(spans []span) string {
	var b strings.Builder
	end := 0
	for i, w := range r.words {
		if covered(spans, i) {
			b.WriteString(r.text[end:w.start])
			b.WriteByte(' ')
			end = w.next
		}
	}
	b.WriteString(r.text[end:])
	return strings.Trim(strings.Join(strings.Fields(b.String()), " "), " ,;:")
}
