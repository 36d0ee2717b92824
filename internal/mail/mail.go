// Package mail is what the product writes by mail: composing it and handing it
// to whoever delivers it.
//
// A letter is composed once, as sentences and at most one link, and laid out
// twice: as HTML (layout.templ) and as plain text (text.go). So the two can never
// say different things, and whoever writes a new letter writes words only.
//
// Two kinds of text in a letter come from strangers and are handled as such: the
// name somebody signed up with, which may be an advertisement sent through us to
// somebody else's address (name.go), and the title of a task.
//
// The package knows no vendor; see sendgrid for one.
package mail

import (
	"context"
	"errors"
)

// Message is a mail ready to be sent.
type Message struct {
	ID      string // ours: becomes Message-ID and a custom argument, so that it can be found again
	To      string
	ToName  string
	Subject string
	Text    string
	HTML    string
	Kind    string // the template's name, for the vendor's statistics
}

// Sender delivers mail. SendMail returns nil when the vendor has accepted it.
// Otherwise the error is one of: ErrRejected (in the chain) when trying again
// cannot help; ErrUnknown when the request may or may not have been accepted,
// and the vendor gives no way to know; anything else, when it was not accepted
// and may be tried again; jobs.RetryAfter around it says when, if the vendor did.
type Sender interface {
	SendMail(ctx context.Context, m Message) error
}

var (
	// ErrRejected says that the vendor refused the mail for good.
	ErrRejected = errors.New("the mail was refused")
	// ErrUnknown says that nobody can tell whether the mail was accepted.
	ErrUnknown = errors.New("the request was sent and not answered: the mail may have been accepted")
)
