package app

import (
	"context"
	"errors"

	"xswarm.ai/server/internal/mail"
	"xswarm.ai/server/internal/phone"
)

// toldSender is a sender of mail that tells how each mail went.
type toldSender struct {
	mail.Sender
	told func(channel, outcome string)
}

// SendMail is described by mail.Sender.
func (s toldSender) SendMail(ctx context.Context, m mail.Message) error {
	err := s.Sender.SendMail(ctx, m)
	s.told("mail", outcome(err))
	return err
}

// toldCarrier is a carrier that tells how each text went.
type toldCarrier struct {
	phone.Carrier
	told func(channel, outcome string)
}

// SendText is described by phone.Carrier.
func (c toldCarrier) SendText(ctx context.Context, t phone.Outgoing) (phone.Receipt, error) {
	r, err := c.Carrier.SendText(ctx, t)
	c.told("text", outcome(err))
	return r, err
}

// outcome is what became of a mail or a text: accepted, refused for good, unknown,
// or failed, which is tried again.
func outcome(err error) string {
	var refusal *phone.Refusal
	switch {
	case err == nil:
		return "accepted"
	case errors.Is(err, mail.ErrRejected), errors.As(err, &refusal):
		return "refused"
	case errors.Is(err, mail.ErrUnknown), errors.Is(err, phone.ErrUnknown):
		return "unknown"
	}
	return "failed"
}
