package jobs

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Duty is what the jobs of a kind are for, in sentences for the operator.
type Duty struct {
	Does    string // "Mails the link that confirms an address."
	Missing string // what is amiss while one is dead: "That person cannot sign in yet."
	// CutOff, for work of which nobody can say afterwards whether it was done, is the
	// note that is left with a job that is run again after an attempt was cut off.
	CutOff string
	// Reaches says that people see it done: a mail, a text, an answer.
	Reaches bool
}

// Describe says what the jobs of some kinds are for. Every kind with a handler is
// described.
func (r *Runner) Describe(duties map[string]Duty) {
	if r.duties == nil {
		r.duties = map[string]Duty{}
	}
	maps.Copy(r.duties, duties)
}

// Kinds lists the kinds that have a handler, in order.
func (r *Runner) Kinds() []string { return slices.Sorted(maps.Keys(r.handlers)) }

// Explanation is a job in words: what it is for, where it stands, and what the
// operator can do about it.
type Explanation struct {
	Duty
	Standing string
	Advice   string // "" when nothing need be done
}

// Explain puts a job into words.
func (r *Runner) Explain(j Job) Explanation {
	e := Explanation{Duty: r.duties[j.Kind], Standing: standing(j)}
	if j.State != Dead {
		e.Missing = ""
		return e
	}
	if _, known := r.handlers[j.Kind]; !known {
		e.Advice = "This version of the program does not know the kind. Retry it once the version that stored it runs again, or discard it."
		return e
	}
	e.Advice = "Mend what the error names, then retry the job; every job is safe to run twice."
	if j.Note != "" {
		e.Advice += " Read its note first."
	}
	return e
}

func standing(j Job) string {
	switch j.State {
	case Queued:
		if j.Attempts == 0 {
			return "It waits until it is due."
		}
		return fmt.Sprintf("Attempt %d of %d failed. It is tried again by itself when it is due.", j.Attempts, maxAttempts)
	case Running:
		return fmt.Sprintf("Attempt %d is under way. If the program that works on it has died, another goes on after %s.",
			j.Attempts, j.LeaseUntil.UTC().Format(time.RFC3339))
	case Done:
		return "It is done."
	}
	if j.Attempts >= maxAttempts {
		return fmt.Sprintf("It was given up after %d attempts over about a day.", j.Attempts)
	}
	return fmt.Sprintf("It was given up at attempt %d: it failed in a way that waiting does not mend.", j.Attempts)
}

// Query says which jobs to list, newest first.
type Query struct {
	State  State  // "": every state
	Before string // only ids below it; "": from the newest on
	Limit  int
}
