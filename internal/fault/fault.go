// Package fault is how the product says that something went wrong, in its own
// terms: a kind, which decides the HTTP status; a stable code, for programs; a
// sentence, for people; and, for bad input, the fields at fault.
//
// Only faults are ever shown to people. Every other error is an internal one:
// it is logged with the request's id and answered with a neutral sentence.
// httpkit holds the one table from kinds to statuses.
package fault

import (
	"errors"
	"time"
)

// Kind says what sort of failure it is. Kinds are few and stable.
type Kind int

const (
	Internal        Kind = iota // ours; the details stay in the log
	Invalid                     // the input is at fault: Fields says where
	Unauthenticated             // nobody, or nobody any more: sign in
	Forbidden                   // known, but not allowed
	NotFound                    // no such thing, or not yours
	Conflict                    // it contradicts what is already there
	TooLarge                    // over a size limit
	TooMany                     // over a rate limit: RetryAfter says when
	Upgrade                     // the plan does not include it
	Unavailable                 // try again: nothing was changed
)

// Field names one part of the input that is at fault.
type Field struct {
	Location string // where: "body.email", "query.limit"
	Message  string // what is wrong and how to mend it; never the value itself
}

// Error is a failure that may be shown to people.
type Error struct {
	Kind       Kind
	Code       string        // stable, snake_case: "invalid_credentials"
	Message    string        // one sentence that says what to do
	Fields     []Field       // for Invalid
	RetryAfter time.Duration // for TooMany and Unavailable; 0: not said
	Offer      *Offer        // for Upgrade: what would help; nil: not said
	Cause      error         // for the log only
}

// Offer is what would help somebody whose plan does not include something.
type Offer struct {
	Feature string // that is not included, or used up
	Tier    string // that they are on
	Plans   []OfferedPlan
	URL     string // the page where plan, cap and card are changed
}

// OfferedPlan is a plan that includes more.
type OfferedPlan struct {
	Tier, Name string
	Price      string // dollars a month, "40.00"; "" where it is agreed with sales
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Code + ": " + e.Cause.Error()
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is a fault with the same code, so that a fault
// declared as a variable can be compared with errors.Is after it was given a
// cause or fields.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// New returns a fault.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Body returns an Invalid fault (code "invalid_request") about one field of
// the JSON body or form: Body("email", "must be an address like ada@example.com").
func Body(field, message string) *Error {
	return &Error{
		Kind: Invalid, Code: "invalid_request",
		Message: "Some of the input cannot be used: see errors.",
		Fields:  []Field{{Location: "body." + field, Message: message}},
	}
}

// Query returns an Invalid fault (code "invalid_request") about one parameter of
// the address: Query("cursor", "must be the next_cursor of the page before").
func Query(name, message string) *Error {
	f := Body(name, message)
	f.Fields[0].Location = "query." + name
	return f
}

// With returns a copy of e that carries the cause, for the log.
func (e *Error) With(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// After returns a copy of e that says when to try again.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// ErrNotFound says that something is not there, or that it is somebody else's:
// which of them is not told.
var ErrNotFound = New(NotFound, "not_found", "There is no such thing here, or it is not yours.")

// Is reports whether err is a fault of a kind.
func Is(err error, k Kind) bool {
	var f *Error
	return errors.As(err, &f) && f.Kind == k
}

// From returns the fault inside err, or an Internal one around it.
func From(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return &Error{
		Kind: Internal, Code: "internal",
		Message: "Something went wrong on our side. It has been noted; please try again later.",
		Cause:   err,
	}
}
