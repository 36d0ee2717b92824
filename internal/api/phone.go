package api

import (
	"context"
	"time"

	"xswarm.ai/server/internal/phone"
)

// Phone is one of the user's own phones.
type Phone struct {
	ID         string     `json:"id"`
	Number     string     `json:"number" doc:"E.164." example:"+12025550123"`
	Verified   bool       `json:"verified" doc:"Only from a proven phone the assistant takes texts."`
	VerifiedAt *time.Time `json:"verified_at"`
	CreatedAt  time.Time  `json:"created_at"`
}

func phoneOf(p phone.Phone) Phone {
	return Phone{
		ID: p.ID, Number: p.Number, Verified: !p.VerifiedAt.IsZero(),
		VerifiedAt: optional(p.VerifiedAt), CreatedAt: p.CreatedAt,
	}
}

// optional is null for the zero time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type phonesOutput struct {
	Body struct {
		Data       []Phone `json:"data"`
		NextCursor *string `json:"next_cursor"`
	}
}

func (a *api) phones(ctx context.Context, _ *Empty) (*phonesOutput, error) {
	list, err := a.Phones.Phones(ctx, user(ctx).ID)
	if err != nil {
		return nil, err
	}
	out := &phonesOutput{}
	out.Body.Data = each(list, phoneOf)
	return out, nil
}

type addPhoneInput struct {
	Body struct {
		Number string `json:"number" maxLength:"40" doc:"With its country code." example:"+1 202 555 0123"`
	}
}

type phoneOutput struct {
	Body struct {
		Phone Phone `json:"phone"`
	}
}

func (a *api) addPhone(ctx context.Context, in *addPhoneInput) (*phoneOutput, error) {
	p, err := a.Phones.AddPhone(ctx, user(ctx), in.Body.Number, a.client(ctx))
	if err != nil {
		return nil, err
	}
	out := &phoneOutput{}
	out.Body.Phone = phoneOf(p)
	return out, nil
}

type verifyPhoneInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Code string `json:"code" maxLength:"20" doc:"The six digits of the text." example:"123456"`
	}
}

func (a *api) verifyPhone(ctx context.Context, in *verifyPhoneInput) (*phoneOutput, error) {
	p, err := a.Phones.VerifyPhone(ctx, user(ctx), in.ID, in.Body.Code)
	if err != nil {
		return nil, err
	}
	out := &phoneOutput{}
	out.Body.Phone = phoneOf(p)
	return out, nil
}

type idInput struct {
	ID string `path:"id" maxLength:"64"`
}

func (a *api) removePhone(ctx context.Context, in *idInput) (*Empty, error) {
	return nil, a.Phones.RemovePhone(ctx, user(ctx), in.ID)
}

// Number is one of the assistant's numbers.
type Number struct {
	ID        string         `json:"id"`
	Number    string         `json:"number" doc:"E.164."`
	Type      string         `json:"type" enum:"toll_free,local"`
	SMS       phone.SMSState `json:"sms" enum:"pending_verification,verified,rejected" doc:"Whether it may send texts; until then the service's shared number stands in."`
	CreatedAt time.Time      `json:"created_at"`
}

func numberOf(n phone.Number) Number {
	return Number{ID: n.ID, Number: n.Number, Type: n.Kind, SMS: n.SMS, CreatedAt: n.CreatedAt}
}

type numbersOutput struct {
	Body struct {
		Data       []Number `json:"data"`
		NextCursor *string  `json:"next_cursor"`
	}
}

func (a *api) numbers(ctx context.Context, _ *Empty) (*numbersOutput, error) {
	list, err := a.Phones.Numbers(ctx, user(ctx).ID)
	if err != nil {
		return nil, err
	}
	out := &numbersOutput{}
	out.Body.Data = each(list, numberOf)
	return out, nil
}

type numberOutput struct {
	Body struct {
		Number Number `json:"phone_number"`
	}
}

func (a *api) buyNumber(ctx context.Context, _ *Empty) (*numberOutput, error) {
	n, err := a.Phones.BuyNumber(ctx, user(ctx))
	if err != nil {
		return nil, err
	}
	out := &numberOutput{}
	out.Body.Number = numberOf(n)
	return out, nil
}

func (a *api) releaseNumber(ctx context.Context, in *idInput) (*Empty, error) {
	return nil, a.Phones.ReleaseNumber(ctx, user(ctx), in.ID)
}

// Message is one text.
type Message struct {
	ID        string          `json:"id"`
	Direction phone.Direction `json:"direction" enum:"in,out"`
	From      string          `json:"from"`
	To        string          `json:"to"`
	Body      string          `json:"body"`
	Status    phone.State     `json:"status" enum:"received,queued,accepted,sending,sent,delivered,undelivered,failed,canceled"`
	ErrorCode *string         `json:"error_code" doc:"Why it failed."`
	Segments  int             `json:"segments"`
	InReplyTo *string         `json:"in_reply_to"`
	CreatedAt time.Time       `json:"created_at"`
}

type messagesOutput struct {
	Body struct {
		Data       []Message `json:"data"`
		NextCursor *string   `json:"next_cursor"`
	}
}

func (a *api) messages(ctx context.Context, in *Paging) (*messagesOutput, error) {
	list, next, err := a.Phones.Texts(ctx, user(ctx).ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &messagesOutput{}
	out.Body.NextCursor = some(next)
	out.Body.Data = each(list, func(t phone.Text) Message {
		return Message{
			ID: t.ID, Direction: t.Direction, From: t.From, To: t.To, Body: t.Body, Status: t.State,
			ErrorCode: some(t.ErrorCode), Segments: t.Segments, InReplyTo: some(t.InReplyTo), CreatedAt: t.CreatedAt,
		}
	})
	return out, nil
}
