package phone

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// Answer is the answer to a text together with what it calls for.
type Answer struct {
	MessageID string // the text that is answered
	UserID    string
	Outcome   assistant.Outcome
	Reply     *Text // nil: nothing is sent back
	Jobs      []jobs.Job
}

// errNoSender says why a text cannot be sent at all.
var errNoSender = errors.New("no number may text for this user: set TWILIO_PHONE_NUMBER, or wait until the user's own number is verified")

// errOff says why no text can be sent to anybody.
var errOff = errors.New("texts are turned off: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")

// onlyPictures is said to a text without words.
const onlyPictures = "I got that, but I cannot look at pictures or listen to recordings yet. Please tell me in words."

// answer is the job that answers a text. The jobs of a user run one at a time, so
// what is decided here about the allowance holds when it is stored.
func (s *Service) answer(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[textJob](j)
	if err != nil {
		return err
	}
	in, err := s.store.Text(ctx, p.MessageID)
	if fault.Is(err, fault.NotFound) || err == nil && !in.AnsweredAt.IsZero() {
		return nil // deleted with its user, or answered by an earlier run
	}
	if err != nil {
		return fmt.Errorf("read the text: %w", err)
	}
	u, err := s.users.User(ctx, in.UserID)
	if err != nil {
		return fmt.Errorf("read the user: %w", err)
	}
	a, err := s.decide(ctx, u, in)
	if err != nil {
		return err
	}
	if a.Reply != nil {
		a.Jobs = append(a.Jobs, s.sendJob(*a.Reply))
	}
	if err := s.store.AnswerText(ctx, a); err != nil {
		return fmt.Errorf("store the answer: %w", err)
	}
	return nil
}

// decide says what a text is answered.
func (s *Service) decide(ctx context.Context, u account.User, in Text) (Answer, error) {
	a := Answer{MessageID: in.ID, UserID: u.ID}
	if !u.DisabledAt.IsZero() {
		return a, nil
	}
	from, err := s.sender(ctx, u.ID, in.To)
	if err != nil {
		return a, err
	}
	switch err := s.usage.Gate(ctx, u, plan.SMSMessages); {
	case fault.Is(err, fault.Upgrade):
		a.Reply, err = s.refusal(ctx, u, from, in, fault.From(err))
		return a, err
	case err != nil:
		return a, fmt.Errorf("check the allowance: %w", err)
	}
	body := onlyPictures
	if strings.TrimSpace(in.Body) != "" {
		a.Outcome, err = s.assistant.Handle(ctx, assistant.Request{
			User: u, Channel: assistant.SMS, Text: in.Body, Source: in.ID, At: in.CreatedAt,
		})
		if err != nil {
			return a, fmt.Errorf("ask the assistant: %w", err)
		}
		body = a.Outcome.Reply
	}
	if body = Shorten(body, s.baseURL+"/app"); body != "" {
		reply := s.outbound(u.ID, from, in.From, KindText, body, in.ID)
		a.Reply = &reply
	}
	return a, nil
}

// refusal makes the notice that says why there is no answer: one a user, month and
// reason, or everybody who texts on would be told over and over, at our cost.
func (s *Service) refusal(ctx context.Context, u account.User, from string, in Text, why *fault.Error) (*Text, error) {
	key := why.Code + ":" + u.ID + ":" + s.now().UTC().Format("2006-01")
	told, err := s.store.HasReply(ctx, key)
	if err != nil || told {
		return nil, err
	}
	body := why.Message
	if why.Offer != nil {
		body += " See " + why.Offer.URL
	}
	notice := s.outbound(u.ID, from, in.From, KindNotice, body, key)
	return &notice, nil
}

// sender returns the number that texts a user: the one they wrote to if it is
// theirs, else the first of theirs that may text, else the shared one.
func (s *Service) sender(ctx context.Context, userID, preferred string) (string, error) {
	if s.carrier == nil {
		return "", jobs.Permanent(errOff)
	}
	numbers, err := s.store.Numbers(ctx, userID)
	if err != nil {
		return "", fmt.Errorf("read the user's numbers: %w", err)
	}
	from := ""
	for _, n := range numbers {
		if n.SMS == SMSVerified && (from == "" || n.Number == preferred) {
			from = n.Number
		}
	}
	switch {
	case from != "":
		return from, nil
	case s.shared != "":
		return s.shared, nil
	}
	return "", jobs.Permanent(errNoSender)
}

// isNoSender reports whether err says that no number may text.
func isNoSender(err error) bool { return errors.Is(err, errNoSender) || errors.Is(err, errOff) }
