package store_test

import (
	"fmt"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

// person stores somebody, for the tests about phones and texts.
func person(t *testing.T, s *store.Store, clock *storetest.Clock, name string) account.User {
	t.Helper()
	now := clock.Now()
	u := account.User{ID: id.New(id.User, now), Email: name + "@example.com", EmailVerified: true, Username: name, TimeZone: "UTC"}
	must(t, s.CreateUser(t.Context(), u, account.Token{}, account.Event{
		ID: id.New(id.Audit, now), UserID: u.ID, Actor: account.ActorOperator, Action: "test", At: now,
	}))
	return u
}

// inboundText makes a text that came in.
func inboundText(clock *storetest.Clock, userID, sid string) phone.Text {
	return phone.Text{
		ID: id.New(id.Message, clock.Now()), UserID: userID, Direction: phone.Inbound, From: "+14155550123", To: "+18335550111",
		Body: "hello", Segments: 1, Kind: phone.KindText, State: phone.Received, ProviderSID: sid, CreatedAt: clock.Now(),
	}
}

// outboundText makes a text to be sent.
func outboundText(clock *storetest.Clock, userID, inReplyTo string) phone.Text {
	return phone.Text{
		ID: id.New(id.Message, clock.Now()), UserID: userID, Direction: phone.Outbound, From: "+18335550111", To: "+14155550123",
		Body: "hello", Segments: 2, Kind: phone.KindText, State: phone.Queued, InReplyTo: inReplyTo, CreatedAt: clock.Now(),
	}
}

// stored stores a text to be sent, as the answer to one that came in.
func stored(t *testing.T, s *store.Store, clock *storetest.Clock, userID string) phone.Text {
	t.Helper()
	in := inboundText(clock, userID, id.New("SM", clock.Now()))
	fresh, err := s.ReceiveText(t.Context(), phone.Arrival{Text: in})
	if !fresh || err != nil {
		t.Fatalf("receive: %v, %v", fresh, err)
	}
	out := outboundText(clock, userID, in.ID)
	must(t, s.AnswerText(t.Context(), phone.Answer{MessageID: in.ID, UserID: userID, Reply: &out}))
	return out
}

func ledger(t *testing.T, s *store.Store, userID string) string {
	t.Helper()
	records, err := s.Usage(t.Context(), userID)
	must(t, err)
	var list []string
	for _, r := range records {
		list = append(list, fmt.Sprintf("%s %+d/%+d", r.SourceKey, r.Quantity, r.Measured))
	}
	return fmt.Sprint(list)
}
