package assistant

import (
	"context"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/task"
)

// Tasks is where the assistant reads a user's list.
type Tasks interface {
	// Open returns the open tasks as they are numbered on the list.
	Open(ctx context.Context, userID string) ([]task.Task, error)
}

// Facts is where the assistant reads what it was told to remember.
type Facts interface {
	// All returns everything, newest first.
	All(ctx context.Context, userID string) ([]memory.Fact, error)
}

// Usage says what a user has used in the period.
type Usage interface {
	Usage(ctx context.Context, u account.User) (billing.Usage, error)
}

// Options is what a Service needs.
type Options struct {
	Tasks Tasks
	Facts Facts
	Usage Usage
	// Now is asked when a Request does not say when it was said.
	Now func() time.Time
}

// Service answers.
type Service struct{ Options }

// New returns a Service.
func New(o Options) *Service { return &Service{o} }

// turn is one Request being answered.
type turn struct {
	*Service
	user   account.User
	source string
	now    time.Time // in the user's zone
}

// Handle decides what becomes of a Request. It only reads: the same Request over
// the same data has the same Outcome, but for the ids of what is new. An error is
// the store's, and worth another try.
func (s *Service) Handle(ctx context.Context, r Request) (Outcome, error) {
	if r.At.IsZero() {
		r.At = s.Now()
	}
	// Milliseconds are what is stored.
	now := r.At.Truncate(time.Millisecond).In(r.User.Location())
	t := &turn{Service: s, user: r.User, source: r.Source, now: now}
	said := courteous(clean(r.Text))
	out, err := t.answer(ctx, said)
	if err != nil {
		return Outcome{}, fmt.Errorf("answer: %w", err)
	}
	return out, nil
}

// rule is one kind of thing that people say.
type rule struct {
	whole  []string // what they say, word for word
	begins []string // how what they say begins; the rest is told to do
	do     func(t *turn, ctx context.Context, rest string) (Outcome, error)
}

// answer applies the first rule that fits: what is always said as a whole before
// what begins with a word that may begin anything.
func (t *turn) answer(ctx context.Context, said string) (Outcome, error) {
	for _, try := range []func(*turn, context.Context, string) (Outcome, bool, error){
		(*turn).listed, (*turn).counted,
	} {
		if out, ok, err := try(t, ctx, said); ok || err != nil {
			return out, err
		}
	}
	for _, r := range rules() {
		for _, phrase := range r.whole {
			if rest, ok := cut(bare(said), phrase); ok && rest == "" {
				return r.do(t, ctx, "")
			}
		}
		for _, phrase := range r.begins {
			if rest, ok := cut(said, phrase); ok {
				return r.do(t, ctx, rest)
			}
		}
	}
	for _, try := range []func(*turn, context.Context, string) (Outcome, bool, error){
		(*turn).finished, (*turn).placed, (*turn).asked, (*turn).timed,
	} {
		if out, ok, err := try(t, ctx, said); ok || err != nil {
			return out, err
		}
	}
	return t.lost(said)
}

// say is an Outcome that only answers.
func say(format string, a ...any) (Outcome, error) {
	return Outcome{Reply: fmt.Sprintf(format, a...)}, nil
}
