package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"

	"xswarm.ai/server/internal/jobs"
)

// letter is what a mail says, before it is laid out.
type letter struct {
	kind     string
	subject  string
	greeting string
	lead     string   // the one sentence that matters; also the preview in a list of mails
	quote    string   // the person's own words, set apart
	detail   string   // what belongs to the quote
	button   link     // at most one; zero: none
	after    []string // what else to know, a paragraph each
	more     []link   // places to go, after the paragraphs
	home     string   // the address of the site
}

// link is a place to go and what to call it.
type link struct{ label, href string }

// Letters writes the product's mails. Its methods are called by jobs: each takes
// the job's id, which becomes the mail's own, so that a mail can be traced back to
// its cause, and returns an error that tells the job what to do.
type Letters struct {
	Sender  Sender
	BaseURL string // where the links lead, without a slash at the end
}

// post lays out and sends a letter.
func (l *Letters) post(ctx context.Context, id, to, name string, x letter) error {
	x.home = l.BaseURL
	x.greeting = greeting(name)
	var html bytes.Buffer
	if err := layout(x).Render(ctx, &html); err != nil {
		return fmt.Errorf("lay out %s mail: %w", x.kind, err)
	}
	err := l.Sender.SendMail(ctx, Message{
		ID: id, To: to, ToName: greetable(name), Kind: x.kind,
		Subject: oneLine(x.subject, maxSubject), Text: plainText(x), HTML: html.String(),
	})
	return outcome(x.kind, err)
}

// outcome turns a Sender's error into what should become of the job.
func outcome(kind string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("send %s mail: %w", kind, err)
	switch {
	case errors.Is(err, ErrRejected):
		return jobs.Permanent(err)
	case errors.Is(err, ErrUnknown):
		return jobs.Noted(err, jobs.SentTwice)
	}
	return err
}

// at returns the address of a page of the site.
func (l *Letters) at(path string) string { return l.BaseURL + path }

// withToken returns the address of a page that takes a token.
func (l *Letters) withToken(path, token string) string {
	return l.at(path) + "?token=" + url.QueryEscape(token)
}
