package phone

import (
	"context"
	"errors"
	"time"
)

// Carrier is who carries texts and sells numbers.
//
// None of its methods repeats a request: the jobs do that. An error is one of:
//
//   - a *Refusal (in the chain): a definite no, which another attempt will not
//     change;
//   - ErrUnknown (in the chain): the request was sent, and nobody can tell whether
//     it was carried out. Ask before doing it again;
//   - anything else: certainly not carried out, and worth another attempt. When
//     the carrier says when, it is made with jobs.RetryAfter.
type Carrier interface {
	// SendText hands over a text and returns what the carrier made of it.
	SendText(ctx context.Context, t Outgoing) (Receipt, error)
	// FindTexts returns the texts that the carrier has accepted since a moment with
	// exactly these numbers and this body, oldest first.
	FindTexts(ctx context.Context, from, to, body string, since time.Time) ([]Receipt, error)
	// NumbersOnSale returns toll-free numbers that can be bought and can text.
	NumbersOnSale(ctx context.Context) ([]string, error)
	// BuyNumber buys a number and connects it with the product. The label is kept
	// with it at the carrier. A *Refusal with Taken says to try another one.
	BuyNumber(ctx context.Context, number, label string) (Owned, error)
	// OwnedNumbers returns the numbers that were bought with a label.
	OwnedNumbers(ctx context.Context, label string) ([]Owned, error)
	// ReleaseNumber gives a number back to the carrier. Of one that is gone already
	// it returns nil.
	ReleaseNumber(ctx context.Context, o Owned) error
	// SMSState says whether a number may text.
	SMSState(ctx context.Context, o Owned) (SMSState, error)
}

// Outgoing is a text to hand over.
type Outgoing struct {
	ID       string // ours; comes back with what the carrier says about it later
	From, To string
	Body     string
}

// Receipt is what the carrier says about a text that it has accepted.
type Receipt struct {
	SID      string
	State    State
	Segments int // 0: not known yet
	At       time.Time
}

// Owned is a number that was bought.
type Owned struct {
	SID    string
	Number string
}

// Refusal is a definite no of the carrier.
type Refusal struct {
	Code     string // the carrier's, for the record and for support
	OptedOut bool   // the person wants no texts
	Taken    bool   // the number has been sold to somebody else
	Cause    error
}

func (r *Refusal) Error() string { return "refused (" + r.Code + "): " + r.Cause.Error() }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// ErrUnknown says that a request was begun and that nobody can tell whether it
// was carried out.
var ErrUnknown = errors.New("the request was sent and not answered: it may have been carried out")
