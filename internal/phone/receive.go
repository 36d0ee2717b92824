package phone

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"xswarm.ai/server/internal/contact"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
)

// maxBody is how long a text can be, by the carriers' rules, in characters.
const maxBody = 1600

// Reach is what is known of a text that came in.
type Reach struct {
	contact.Text
	OptedOut bool // the sender wants no texts
	Known    bool // the text has been stored before
}

// Arrival is a text that came in with what follows from it.
type Arrival struct {
	Text    Text
	Keyword Keyword // STOP and START change whether the sender gets texts; "" changes nothing
	Reply   *Text   // a notice to send at once
	Jobs    []jobs.Job
}

// Receive takes in a text that the carrier handed over. When it returns nil the
// text is stored, with the job that answers it; a replay stores nothing more.
func (s *Service) Receive(ctx context.Context, in Incoming) error {
	if utf8.RuneCountInString(in.Body) > maxBody {
		return fault.Body("Body", "must have at most 1600 characters")
	}
	known, err := s.store.Reach(ctx, in)
	if err != nil {
		return fmt.Errorf("look up a text's sender: %w", err)
	}
	if known.Known {
		return nil
	}
	known.ToShared = s.shared != "" && in.To == s.shared
	a := s.arrival(in, known)
	if a.Keyword == Help && a.Text.Quarantine == "" && in.OptOut == "" && !known.OptedOut {
		if err := s.help(ctx, &a); err != nil {
			return err
		}
	}
	if _, err = s.store.ReceiveText(ctx, a); err != nil {
		return fmt.Errorf("store a text: %w", err)
	}
	return nil
}

// arrival decides what follows from a text.
func (s *Service) arrival(in Incoming, known Reach) Arrival {
	now := s.now()
	verdict := contact.Judge(known.Text)
	segments, _ := Segments(in.Body)
	a := Arrival{Text: Text{
		ID: id.New(id.Message, now), UserID: verdict.UserID, Direction: Inbound, From: in.From, To: in.To,
		Body: in.Body, Media: in.Media, Segments: segments, Kind: KindText, State: Received,
		ProviderSID: in.SID, Quarantine: string(verdict.Quarantine), CreatedAt: now,
	}}
	a.Keyword = keywordOf(in, known.OptedOut)
	if a.Keyword != "" {
		a.Text.Kind = KindKeyword
		a.Text.AnsweredAt = now // nothing is left to be decided
	}
	switch {
	case verdict.Quarantine != "":
		// Kept, and never answered: that would cost money and tell a stranger that
		// somebody is here. What they say about texts to them counts all the same.
		a.Text.AnsweredAt = time.Time{}
	case a.Keyword == "":
		a.Jobs = append(a.Jobs, jobs.New(kindAnswer, textJob{a.Text.ID}, now,
			jobs.Key("answer:"+in.SID), jobs.Lane(verdict.UserID)))
	}
	return a
}

// help adds the answer to HELP, with what the carriers want to be in it: who it
// is, where to get help, and how to stop.
func (s *Service) help(ctx context.Context, a *Arrival) error {
	from, err := s.sender(ctx, a.Text.UserID, a.Text.To)
	if isNoSender(err) {
		return nil
	}
	if err != nil {
		return err
	}
	reply := s.outbound(a.Text.UserID, from, a.Text.From, KindNotice,
		"xSwarm: text me what to do, or ask \"what's on my list?\". Your page: "+s.baseURL+
			"/app. Message and data rates may apply. Reply STOP to get no more texts.", a.Text.ID)
	a.Reply = &reply
	a.Jobs = append(a.Jobs, s.sendJob(reply))
	return nil
}

// outbound makes a text that waits to be sent.
func (s *Service) outbound(userID, from, to string, kind Kind, body, inReplyTo string) Text {
	segments, _ := Segments(body)
	now := s.now()
	return Text{
		ID: id.New(id.Message, now), UserID: userID, Direction: Outbound, From: from, To: to, Body: body,
		Segments: segments, Kind: kind, State: Queued, InReplyTo: inReplyTo, CreatedAt: now,
	}
}
