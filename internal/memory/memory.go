// Package memory is what the assistant was asked to remember: facts about a
// person, found again by their words.
package memory

import "time"

// Fact is one thing to remember.
type Fact struct {
	ID         string
	UserID     string
	Text       string  // at most MaxFact runes
	Confidence float64 // 0 to 1; 1 for what the person said themselves
	Category   string
	Source     string // what it was learnt from: a message's id
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// MaxFact is how long a fact may be, in runes.
const MaxFact = 1000
