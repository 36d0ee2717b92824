package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// The sandbox's demo user: somebody on AI Secretary whose phone is proven.
const (
	demoEmail = "demo@example.com"
	demoPhone = "+12025550123"
)

// patience is how long the demo user's set-up may take.
const patience = 20 * time.Second

// welcome makes the demo user, once, and says what can be tried.
func (b *sandboxed) welcome(p *program, s *server) error {
	if b == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	password, err := keptWord(b.dir, "demo-password", func() string { return strings.ToLower(rand.Text()[:12]) })
	if err != nil {
		return err
	}
	number, err := b.demo(ctx, s, password)
	if p.ctx.Err() != nil {
		return nil
	}
	if err != nil {
		// Somebody may have sent STOP from the demo phone, say: no reason not to serve.
		fmt.Fprintf(p.stdout, "The demo user could not be set up: %v\n", plainly(err))
		return nil
	}
	base := s.cfg.BaseURL
	if !b.texts {
		fmt.Fprintf(p.stdout, `
demo user: %s (without a phone, since texts are not emulated here)
password: %s

Sign up as somebody new at %s/signup; the mail arrives at %s/sandbox/mail.
`, demoEmail, password, base, base)
		return nil
	}
	fmt.Fprintf(p.stdout, `
demo user: %s
password: %s
your phone: %s
assistant's number: %s

Three things to try:
  1. Text the assistant: open %s/sandbox/phone and write "remind me to call Mike tomorrow at 2pm".
  2. Move the clock to tomorrow at %s/sandbox/clock and see the reminder arrive.
  3. Sign up as somebody new at %s/signup; the mail arrives at %s/sandbox/mail.
`, demoEmail, password, demoPhone, number, base, base, base, base)
	return nil
}

// demo makes sure that the demo user is there and complete, by the product's own
// doors, and returns their assistant's number. Where texts are real, or turned
// off, they have none: it would be bought, and somebody's phone would ring.
func (b *sandboxed) demo(ctx context.Context, s *server, password string) (string, error) {
	u, err := s.app.Accounts.Find(ctx, demoEmail)
	if fault.Is(err, fault.NotFound) {
		u, err = s.app.Accounts.Create(ctx, account.NewUser{
			Email: demoEmail, Password: password, Name: "Demo", TimeZone: "America/New_York", Verified: true,
		})
	}
	if err != nil || !b.texts {
		return "", err
	}
	if u.Grant.Tier == "" {
		if u, err = s.app.Accounts.Grant(ctx, u.ID, plan.Grant{Tier: plan.Secretary, Reason: "demo"}, "operator"); err != nil {
			return "", err
		}
	}
	if err := b.proveDemoPhone(ctx, s, u); err != nil {
		return "", err
	}
	n, err := s.app.Phones.Provision(ctx, u.ID)
	return n.Number, err
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// proveDemoPhone has the code texted to the demo phone, and reads it there.
func (b *sandboxed) proveDemoPhone(ctx context.Context, s *server, u account.User) error {
	phones, err := s.app.Phones.Phones(ctx, u.ID)
	if err != nil {
		return err
	}
	for _, p := range phones {
		if !p.VerifiedAt.IsZero() {
			return nil // they may have chosen another one: leave it
		}
	}
	seen := map[string]bool{} // codes of earlier starts: each would use up a try
	for _, text := range b.Texts() {
		seen[text.SID] = true
	}
	p, err := s.app.Phones.AddPhone(ctx, u, demoPhone, "")
	if err != nil {
		return err
	}
	for {
		for _, text := range b.Texts() {
			code := sixDigits.FindString(text.Body)
			if code != "" && text.To == demoPhone && !seen[text.SID] {
				seen[text.SID] = true
				if _, err := s.app.Phones.VerifyPhone(ctx, u, p.ID, code); err == nil {
					return nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("the code did not arrive at the demo phone")
		case <-time.After(20 * time.Millisecond):
		}
	}
}
