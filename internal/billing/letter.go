package billing

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// letter is the payload of a job that mails somebody about their money.
type letter struct {
	UserID    string    `json:"user_id"`
	What      string    `json:"what"`
	Tier      plan.Tier `json:"tier,omitempty"`
	From      plan.Tier `json:"from,omitempty"`
	At        int64     `json:"at,omitempty"`         // seconds since 1970
	OwedSince int64     `json:"owed_since,omitempty"` // milliseconds
	URL       string    `json:"url,omitempty"`        // the payment provider's page

	Feature  plan.Feature      `json:"feature,omitempty"`
	Percent  int               `json:"percent,omitempty"`
	Used     int64             `json:"used,omitempty"`
	Included int64             `json:"included,omitempty"`
	Overage  bool              `json:"overage,omitempty"`
	Cost     plan.MicroDollars `json:"cost,omitempty"`
	Limit    plan.MicroDollars `json:"limit,omitempty"`
	Soft     bool              `json:"soft,omitempty"`
}

// What letters are about.
const (
	letterWelcome      = "welcome"
	letterMoved        = "moved"
	letterEnded        = "ended"
	letterOwed         = "owed"
	letterOwedReminder = "owed_reminder"
	letterOnHold       = "on_hold"
	letterRestored     = "restored"
	letterConfirm      = "confirm_payment"
	letterTrialEnds    = "trial_ends"
	letterAllowance    = "allowance"
	letterCap          = "cap"
)

// letterJob makes the job that mails a letter, one for a key.
func (s *Service) letterJob(l letter, key string, opts ...jobs.Option) jobs.Job {
	return jobs.New(KindLetter, l, s.now(), append(opts, jobs.Key("letter:"+key))...)
}

// write is the job that mails a letter. What is not so any more is not said.
func (s *Service) write(ctx context.Context, j jobs.Job) error {
	l, err := jobs.Decode[letter](j)
	if err != nil {
		return err
	}
	u, err := s.users.User(ctx, l.UserID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the user: %w", err)
	}
	if !u.DisabledAt.IsZero() || l.OwedSince != 0 && !s.stillOwes(u, l) {
		return nil
	}
	return s.mail(ctx, j.ID, u, l)
}

// stillOwes reports whether what a letter is about is owed yet.
func (s *Service) stillOwes(u account.User, l letter) bool {
	return u.Subscription.Owes() && u.Subscription.OwedSince.UnixMilli() == l.OwedSince
}

func (s *Service) mail(ctx context.Context, jobID string, u account.User, l letter) error {
	when := ""
	if l.At != 0 {
		when = day(time.Unix(l.At, 0), u.Location())
	}
	pay := s.baseURL + PortalPath
	switch l.What {
	case letterWelcome:
		return s.letters.Welcome(ctx, jobID, u.Email, u.Name, l.Tier)
	case letterMoved:
		return s.letters.Moved(ctx, jobID, u.Email, u.Name, l.From, l.Tier, when)
	case letterEnded:
		return s.letters.Ended(ctx, jobID, u.Email, u.Name, l.Tier)
	case letterOwed:
		return s.letters.Owed(ctx, jobID, u.Email, u.Name, l.Tier, pay, when)
	case letterOwedReminder:
		return s.letters.OwedReminder(ctx, jobID, u.Email, u.Name, l.Tier, pay, when)
	case letterOnHold:
		return s.letters.OnHold(ctx, jobID, u.Email, u.Name, l.Tier, pay)
	case letterRestored:
		return s.letters.Restored(ctx, jobID, u.Email, u.Name, l.Tier)
	case letterConfirm:
		return s.letters.ConfirmPayment(ctx, jobID, u.Email, u.Name, l.URL)
	case letterTrialEnds:
		return s.letters.TrialEnds(ctx, jobID, u.Email, u.Name, l.Tier, when)
	case letterAllowance:
		return s.letters.Allowance(ctx, jobID, u.Email, u.Name, l.Feature, l.Percent, l.Used, l.Included, l.Overage)
	case letterCap:
		return s.letters.Cap(ctx, jobID, u.Email, u.Name, l.Percent, l.Cost, l.Limit, l.Soft)
	}
	return jobs.Permanent(fmt.Errorf("no letter is called %q", l.What))
}

// PortalPath leads somebody who is signed in to the payment provider's portal, below
// the public address.
const PortalPath = "/app/billing/portal"
