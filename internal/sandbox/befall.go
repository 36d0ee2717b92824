package sandbox

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// faulty runs a vendor's operation with the fault that was ordered for it.
// refuse writes the vendor's own words for a status.
func (s *Sandbox) faulty(vendor, operation string, w http.ResponseWriter, r *http.Request,
	refuse func(status int), operate func(http.ResponseWriter)) {
	s.mu.Lock()
	f, ok := s.takeFault(vendor, operation, requestFaults)
	s.mu.Unlock()
	if !ok {
		operate(w)
		return
	}
	delay := f.delay()
	switch f.Kind {
	case lateFault:
		s.pause(r, delay)
		operate(w)
	case "timeout_after_commit":
		operate(discard{http.Header{}})
		s.hang(w, r, delay)
	case "timeout":
		s.hang(w, r, delay)
	default:
		s.pause(r, delay)
		status, err := strconv.Atoi(f.Kind)
		if err != nil {
			status = http.StatusInternalServerError
		}
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		refuse(status)
	}
}

// discard is an answer that nobody gets.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// pause waits on the real clock: the program that asked does, too.
func (s *Sandbox) pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	stop, leave := s.feed.subscribe()
	defer leave()
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-t.C:
			return
		case _, open := <-stop:
			if !open { // the sandbox is stopping
				return
			}
		}
	}
}

// hang keeps the client waiting and then cuts the connection without an answer.
func (s *Sandbox) hang(w http.ResponseWriter, r *http.Request, d time.Duration) {
	if d == 0 {
		d = longestHang
	}
	s.pause(r, d)
	conn, _, err := http.NewResponseController(w).Hijack()
	if errors.Is(err, http.ErrNotSupported) || conn == nil {
		panic(http.ErrAbortHandler) // HTTP/2: the stream is reset
	}
	conn.Close()
}
