package phone

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
)

// CodeOptedOut is the error code of a text that was not sent, as the person
// wants none. The others are the carrier's.
const CodeOptedOut = "opted_out"

// Report is what the carrier says about a text: when it is handed over, or later.
type Report struct {
	MessageID string // "" when the carrier does not say
	SID       string
	State     State
	ErrorCode string
	Segments  int // 0: not known
	// BySegment says how it is counted, if it is.
	BySegment bool
	Jobs      []jobs.Job // what is done instead of a text that was not delivered
}

// Failure is the end of a text that the carrier did not take.
type Failure struct {
	MessageID string
	ErrorCode string
	OptOut    string     // the number of a person who wants no texts, to be remembered; "" for none
	Jobs      []jobs.Job // what is done instead
}

// slack is how far the carrier's clock may be behind ours. Texts that we know are
// left out of what is found, so it may be wide.
const slack = time.Hour

// settling is how long the carrier is given until it lists what it accepted.
const settling = 15 * time.Second

// send is the job that sends a text.
func (s *Service) send(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[textJob](j)
	if err != nil {
		return err
	}
	t, err := s.store.Text(ctx, p.MessageID)
	if fault.Is(err, fault.NotFound) {
		return nil // deleted with its user
	}
	if err != nil {
		return fmt.Errorf("read the text: %w", err)
	}
	return s.deliver(ctx, t, t.Body)
}

// deliver hands a text to the carrier, once. That a request is begun is stored
// before it is made: an attempt that finds it begun, and the outcome not
// recorded, asks the carrier first whether it has the text.
func (s *Service) deliver(ctx context.Context, t Text, body string) error {
	if t.ProviderSID != "" || t.State != Queued {
		return nil
	}
	if s.carrier == nil {
		return jobs.Permanent(errOff)
	}
	out, err := s.store.OptedOut(ctx, t.To)
	if err != nil {
		return fmt.Errorf("look up opt-outs: %w", err)
	}
	if !t.AttemptedAt.IsZero() {
		done, err := s.adopt(ctx, t, body)
		if done || err != nil {
			return err
		}
	}
	if out {
		return s.fail(ctx, t, Failure{ErrorCode: CodeOptedOut})
	}
	ok, err := s.store.BeginText(ctx, t.ID)
	if err != nil || !ok {
		return err
	}
	r, err := s.carrier.SendText(ctx, Outgoing{ID: t.ID, From: t.From, To: t.To, Body: body})
	if err != nil {
		return s.unsent(ctx, t, err)
	}
	return s.accepted(ctx, t, r)
}

// adopt looks for a text among those that the carrier has. Texts that are the
// same in every respect may have been accepted: those known as others' are left
// out, and of the rest the oldest is as good as any.
func (s *Service) adopt(ctx context.Context, t Text, body string) (done bool, err error) {
	found, err := s.carrier.FindTexts(ctx, t.From, t.To, body, t.AttemptedAt.Add(-slack))
	if err != nil {
		return false, fmt.Errorf("ask whether an earlier attempt was accepted: %w", err)
	}
	sids := make([]string, len(found))
	for i, r := range found {
		sids[i] = r.SID
	}
	known, err := s.store.KnownTexts(ctx, sids)
	if err != nil {
		return false, fmt.Errorf("look up texts: %w", err)
	}
	for _, r := range found {
		if !known[r.SID] {
			return true, s.accepted(ctx, t, r)
		}
	}
	if wait := t.AttemptedAt.Add(settling).Sub(s.now()); wait > 0 {
		return false, jobs.RetryAfter(errors.New("an earlier attempt may still show up at the carrier"), wait)
	}
	return false, nil
}

// accepted records that the carrier has a text.
func (s *Service) accepted(ctx context.Context, t Text, r Receipt) error {
	state := r.State
	if state.Rank() < Accepted.Rank() {
		state = Accepted
	}
	ok, err := s.store.AcceptText(ctx, Report{MessageID: t.ID, SID: r.SID, State: state, Segments: r.Segments, BySegment: s.bySegment})
	if err != nil {
		return fmt.Errorf("record that the text was accepted: %w", err)
	}
	if ok {
		return nil
	}
	// Somebody else has recorded something since this attempt began.
	now, err := s.store.Text(ctx, t.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil // deleted with its user
	case err != nil:
		return fmt.Errorf("read the text: %w", err)
	case now.ProviderSID == "":
		return errors.New("what the carrier has is another text of the same words: look again")
	}
	return jobs.Noted(jobs.Permanent(errors.New("the carrier has accepted the text twice")), "was sent twice")
}

// unsent records that an attempt failed and says what becomes of the job.
func (s *Service) unsent(ctx context.Context, t Text, err error) error {
	err = fmt.Errorf("send the text: %w", err)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		f := Failure{ErrorCode: refusal.Code}
		if refusal.OptedOut {
			f.OptOut = t.To
		}
		// A refusal is an outcome, and it is on record: nothing is left to be done.
		return s.fail(ctx, t, f)
	case errors.Is(err, ErrUnknown):
		return jobs.Noted(err, "an attempt was not answered; the carrier was asked whether it had the text before it was sent again")
	}
	// Certainly not accepted: the next attempt need not ask. If this is not stored
	// it asks in vain, no more.
	if rerr := s.store.RetractText(ctx, t.ID); rerr != nil {
		return errors.Join(err, rerr)
	}
	return err
}

// fail gives a text up. A reminder that cannot be texted is sent by mail.
func (s *Service) fail(ctx context.Context, t Text, f Failure) error {
	f.MessageID = t.ID
	if isReminder(t.InReplyTo) {
		f.Jobs = append(f.Jobs, s.remindMailJob(t.InReplyTo))
	}
	if err := s.store.FailText(ctx, f); err != nil {
		return fmt.Errorf("record that the text was refused: %w", err)
	}
	return nil
}

// Status takes in what the carrier says about a text of ours. A text that is not
// ours is nothing to complain about: the carrier cannot help it.
func (s *Service) Status(ctx context.Context, u Update) error {
	instead, err := s.instead(ctx, u)
	if err != nil {
		return err
	}
	err = s.store.ReportText(ctx, Report{
		MessageID: u.MessageID, SID: u.SID, State: u.State, ErrorCode: u.ErrorCode, BySegment: s.bySegment, Jobs: instead,
	})
	if err != nil {
		return fmt.Errorf("record a text's state: %w", err)
	}
	return nil
}

// instead says what is done for a text that was accepted and not delivered: a
// reminder goes by mail, once.
func (s *Service) instead(ctx context.Context, u Update) ([]jobs.Job, error) {
	if u.MessageID == "" || u.State != Undelivered && u.State != Failed {
		return nil, nil
	}
	t, err := s.store.Text(ctx, u.MessageID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the text: %w", err)
	}
	if t.State.Final() || !isReminder(t.InReplyTo) {
		return nil, nil // a late report changes nothing, so nothing follows from it
	}
	return []jobs.Job{s.remindMailJob(t.InReplyTo)}, nil
}
