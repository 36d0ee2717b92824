package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"xswarm.ai/server/internal/mail"
	"xswarm.ai/server/internal/phone"
)

// answering is vendors that answer everything with one error.
type answering struct {
	phone.Carrier
	err error
}

func (a answering) SendMail(context.Context, mail.Message) error { return a.err }
func (a answering) SendText(context.Context, phone.Outgoing) (phone.Receipt, error) {
	return phone.Receipt{SID: "SM1"}, a.err
}

func TestHowHandingOverWentIsTold(t *testing.T) {
	for want, err := range map[string]error{
		"accepted": nil, "failed": errors.New("busy"), "refused": fmt.Errorf("x: %w", &phone.Refusal{Cause: errors.New("no")}),
		"unknown": fmt.Errorf("x: %w", phone.ErrUnknown),
	} {
		var said []string
		told := func(channel, outcome string) { said = append(said, channel+" "+outcome) }
		if got := (toldSender{answering{err: err}, told}).SendMail(t.Context(), mail.Message{}); got != err {
			t.Errorf("mail: got %v, want %v", got, err)
		}
		if r, got := (toldCarrier{answering{err: err}, told}).SendText(t.Context(), phone.Outgoing{}); got != err || r.SID != "SM1" {
			t.Errorf("text: got %v, %v, want %v", r, got, err)
		}
		if got := strings.Join(said, ", "); got != "mail "+want+", text "+want {
			t.Errorf("%v: got %s", err, got)
		}
	}
	for err, want := range map[error]string{mail.ErrRejected: "refused", mail.ErrUnknown: "unknown"} {
		if got := outcome(fmt.Errorf("send: %w", err)); got != want {
			t.Errorf("%v: got %s, want %s", err, got, want)
		}
	}
}
