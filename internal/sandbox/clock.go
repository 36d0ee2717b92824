package sandbox

import (
	"path/filepath"
	"time"

	"xswarm.ai/server/internal/fault"
)

// longestAdvance is how far one move may go: past it, expiry dates and
// identifiers made of times stop making sense.
const longestAdvance = 10 * 366 * 24 * time.Hour

// Clock returns the sandbox's clock: the real one, ahead by what people added.
// Product and emulators share it.
func (s *Sandbox) Clock() func() time.Time { return s.now }

func (s *Sandbox) now() time.Time {
	return s.opt.Now().Add(time.Duration(s.offset.Load()))
}

// OnClock names something to call after the clock was moved.
func (s *Sandbox) OnClock(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onClock = append(s.onClock, f)
}

// Advance moves the clock forward. It never goes back: what has happened would
// lie in the future.
func (s *Sandbox) Advance(d time.Duration) error {
	if d <= 0 {
		return fault.Body("advance", "must be longer than nothing: the clock only goes forward")
	}
	if d > longestAdvance {
		return fault.Body("advance", "must be at most ten years")
	}
	s.mu.Lock()
	s.offset.Add(int64(d))
	s.st.Offset = s.offset.Load()
	s.changed("clock")
	hooks := s.onClock
	s.mu.Unlock()
	s.payments.CatchUp() // before the product looks
	for _, f := range hooks {
		f()
	}
	return s.save()
}

// Offset is how far the clock of the sandbox whose state lies in dir is ahead,
// for a command that runs beside it. Without a sandbox there it is 0.
func Offset(dir string) (time.Duration, error) {
	s := &Sandbox{file: filepath.Join(dir, stateFile)}
	err := s.load()
	return time.Duration(s.st.Offset), err
}
