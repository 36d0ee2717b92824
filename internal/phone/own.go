package phone

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
)

// maxPhones is how many phones a user may have.
const maxPhones = 5

// The faults of proving a phone.
var (
	ErrTooManyPhones = fault.New(fault.Conflict, "too_many_phones",
		"You have five phones already. Please remove one first.")
	ErrOptedOut = fault.New(fault.Conflict, "opted_out",
		"This phone has asked for no more texts from us. Please text START to us from it, and then try again.")
	ErrNoTexts = fault.New(fault.Unavailable, "texts_unavailable",
		"We cannot send texts at the moment. Please try again later.")
	ErrWrongCode = fault.New(fault.Invalid, "invalid_code",
		"This is not the code, or it is too old, or it was tried too often. Please try again, or ask for a new one.")
)

// AddPhone adds a phone to a user's own and texts it a code that proves it.
// Repeating it sends a new code. The answer is the same when somebody else has
// proven the number.
func (s *Service) AddPhone(ctx context.Context, u account.User, raw, client string) (Phone, error) {
	number, err := s.parse(raw)
	if err != nil {
		return Phone{}, fault.Body("number", "must be a phone number in international form, like +14155550123").With(err)
	}
	if s.shared == "" || s.carrier == nil {
		return Phone{}, ErrNoTexts
	}
	if err := s.mayBeOwn(ctx, number); err != nil {
		return Phone{}, err
	}
	mine, err := s.store.Phones(ctx, u.ID)
	if err != nil {
		return Phone{}, fmt.Errorf("read the user's phones: %w", err)
	}
	now := s.now()
	p := Phone{ID: id.New(id.Phone, now), UserID: u.ID, Number: number, CreatedAt: now}
	for _, m := range mine {
		if m.Number == number {
			p = m
		}
	}
	if !p.VerifiedAt.IsZero() {
		return p, nil
	}
	if err := s.allowCode(ctx, u.ID, number, client); err != nil {
		return Phone{}, err
	}
	return s.requestCode(ctx, p)
}

// mayBeOwn refuses numbers that cannot be a person's to prove, or get no texts.
func (s *Service) mayBeOwn(ctx context.Context, number string) error {
	ours := number == s.shared
	if !ours {
		_, err := s.store.FindNumber(ctx, number)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("look up the number: %w", err)
		}
		ours = err == nil
	}
	if ours {
		return fault.Body("number", "must be your own phone: this one is an assistant's")
	}
	out, err := s.store.OptedOut(ctx, number)
	if err != nil {
		return fmt.Errorf("look up opt-outs: %w", err)
	}
	if out {
		e := *ErrOptedOut
		e.Message = "This phone has asked for no more texts from us. Please text START to " + s.shared + " from it, and then try again."
		return &e
	}
	return nil
}

// requestCode gives a phone a new code and stores the text that carries it.
func (s *Service) requestCode(ctx context.Context, p Phone) (Phone, error) {
	now := s.now()
	p.CodeNonce, p.CodeExpiresAt, p.CodeAttempts = rand.Text(), now.Add(codeLife), 0
	t := s.outbound(p.UserID, s.shared, p.Number, KindCode, codeBody, "")
	send := jobs.New(kindCode, codeJob{MessageID: t.ID, PhoneID: p.ID, Nonce: p.CodeNonce}, now,
		jobs.Key("send:"+t.ID), jobs.Lane("text:"+t.To))
	ok, err := s.store.SavePhone(ctx, p, maxPhones, t, send)
	if err != nil {
		return Phone{}, fmt.Errorf("store the phone: %w", err)
	}
	if !ok {
		return Phone{}, ErrTooManyPhones
	}
	return p, nil
}

// VerifyPhone proves a phone with the code that was texted to it. Whoever had
// proven the number before has it no more: a number has one owner, the last one
// who held the phone in their hand.
func (s *Service) VerifyPhone(ctx context.Context, u account.User, phoneID, code string) (Phone, error) {
	p, err := s.store.Phone(ctx, phoneID)
	if err != nil || p.UserID != u.ID {
		return Phone{}, notYours(err)
	}
	if !p.VerifiedAt.IsZero() {
		return p, nil
	}
	// The try counts before the code is looked at: trying in parallel gains nothing.
	p, err = s.store.TryCode(ctx, u.ID, phoneID, codeTries)
	if fault.Is(err, fault.NotFound) {
		return Phone{}, ErrWrongCode
	}
	if err != nil {
		return Phone{}, fmt.Errorf("count the try: %w", err)
	}
	if !s.isCode(p, strings.Join(strings.Fields(code), "")) {
		return Phone{}, ErrWrongCode
	}
	p, err = s.store.ProvePhone(ctx, p)
	if fault.Is(err, fault.NotFound) {
		return Phone{}, ErrWrongCode // a new code was asked for in between
	}
	if err != nil {
		return Phone{}, fmt.Errorf("store that the phone is proven: %w", err)
	}
	return p, nil
}

// RemovePhone takes a phone away from a user's own.
func (s *Service) RemovePhone(ctx context.Context, u account.User, phoneID string) error {
	return s.store.RemovePhone(ctx, u.ID, phoneID)
}

// Phones returns a user's own phones, the oldest first.
func (s *Service) Phones(ctx context.Context, userID string) ([]Phone, error) {
	return s.store.Phones(ctx, userID)
}

func notYours(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return fault.ErrNotFound
	}
	return fmt.Errorf("read the phone: %w", err)
}
