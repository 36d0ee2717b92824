package sandbox

import (
	"net/http"
	"time"

	"xswarm.ai/server/internal/fault"
)

func (s *Sandbox) showNumbers(w http.ResponseWriter, r *http.Request) { s.numbersPage(w, r, nil) }

func (s *Sandbox) numbersPage(w http.ResponseWriter, r *http.Request, problem error) {
	v, status := s.viewOf(r, "Numbers", "numbers", problem)
	s.show(w, r, status, numbersPage(v, s.Numbers()))
}

func (s *Sandbox) postNumber(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	if err == nil {
		err = s.SetVerification(r.PostForm.Get("number"), r.PostForm.Get("verification"))
	}
	if err != nil {
		s.numbersPage(w, r, err)
		return
	}
	done(w, r, "/sandbox/numbers", "set")
}

// clockSteps are the moves that one click makes.
var clockSteps = [][2]string{{"1m", "+ 1 minute"}, {"1h", "+ 1 hour"}, {"24h", "+ 1 day"}, {"168h", "+ 1 week"}}

func (s *Sandbox) showClock(w http.ResponseWriter, r *http.Request) { s.clockPage(w, r, nil) }

func (s *Sandbox) clockPage(w http.ResponseWriter, r *http.Request, problem error) {
	v, status := s.viewOf(r, "Clock", "clock", problem)
	s.show(w, r, status, clockPage(v, aheadWords(time.Duration(s.offset.Load()))))
}

func (s *Sandbox) postClock(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	if err == nil {
		err = s.moveClock(r.PostForm.Get("advance"), r.PostForm.Get("to"))
	}
	if err != nil {
		s.clockPage(w, r, err)
		return
	}
	done(w, r, "/sandbox/clock", "moved")
}

// moveClock reads what the page's forms send: a step, or a time in UTC as
// browsers write it, with or without seconds.
func (s *Sandbox) moveClock(advance, to string) error {
	if advance != "" {
		d, err := time.ParseDuration(advance)
		if err != nil {
			return fault.Body("advance", "must be a duration like 72h")
		}
		return s.Advance(d)
	}
	if to == toNextInvoice || to == toNextDue {
		return s.moveTo(to)
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, to); err == nil {
			d := at.Sub(s.now())
			if d <= 0 {
				return fault.New(fault.Invalid, "invalid_request", "That time has passed: the clock only goes forward.")
			}
			return s.Advance(d)
		}
	}
	return fault.New(fault.Invalid, "invalid_request", "Please give a date and a time.")
}

func (s *Sandbox) postReset(w http.ResponseWriter, r *http.Request) {
	if err := s.Reset(); err != nil {
		s.showProblem(w, r, "Overview", "overview", err)
		return
	}
	done(w, r, "/sandbox", "emptied")
}
