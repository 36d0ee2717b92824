package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// ErrStranger says that a customer of the payment provider is nobody's here.
var ErrStranger = fault.New(fault.NotFound, "unknown_customer",
	"Nobody here is that customer: link them with xswarm billing link.")

// errGone says that a customer was deleted at the payment provider, and was nobody's
// any more.
var errGone = errors.New("the customer was deleted")

// Refresh reads a customer from the payment provider and stores what follows: which
// subscription counts, what may be used, and what people are told about it. It is
// the only way in which what is stored of a subscription changes, and does the same
// however often, late or out of order it is called.
func (s *Service) Refresh(ctx context.Context, customerID string) (account.User, error) {
	r, err := s.payments.Read(ctx, customerID)
	if err != nil {
		return account.User{}, s.unreachable("read the customer", err)
	}
	u, err := s.owner(ctx, r)
	if err != nil {
		return u, err
	}
	if err := s.examine(ctx, u, r); err != nil {
		return u, err
	}
	for range saveTries {
		ok, err := s.store.SaveReading(ctx, s.consequences(u, r))
		if err != nil {
			return u, fmt.Errorf("store what was read: %w", err)
		}
		if u, err = s.users.User(ctx, u.ID); err != nil || ok {
			return u, err
		}
	}
	return u, nil // something newer is stored
}

// saveTries is how often a reading is tried to be stored: the operator's grant may
// have been another meanwhile.
const saveTries = 3

// owner returns whose the customer is: who is stored as such, or for whom it was
// made, if they are not another one. An address alone would prove nothing.
func (s *Service) owner(ctx context.Context, r Reading) (account.User, error) {
	u, err := s.store.UserByCustomer(ctx, r.CustomerID)
	if !fault.Is(err, fault.NotFound) {
		return u, err
	}
	if r.Gone {
		return u, errGone
	}
	if r.UserID != "" {
		e := s.event(r.UserID, account.ActorSystem, "billing.customer_linked", map[string]any{"customer": r.CustomerID})
		ok, err := s.store.LinkCustomer(ctx, r.UserID, r.CustomerID, e)
		switch {
		case fault.Is(err, fault.NotFound): // it was made for somebody who is not here
		case err != nil:
			return u, fmt.Errorf("link the customer: %w", err)
		case ok:
			return s.users.User(ctx, r.UserID)
		}
	}
	return u, ErrStranger
}

// examine raises alerts for what cannot be right, and ends those that are.
func (s *Service) examine(ctx context.Context, u account.User, r Reading) error {
	now := s.now()
	going := 0
	var matters []matter
	for _, h := range r.Subscriptions {
		if h.Status == plan.Canceled || h.Status == plan.IncompleteExpired || h.Status == plan.Incomplete {
			continue
		}
		matters = append(matters, matter{h.Tier == "", Alert{
			Key: "unknown_price:" + h.ID, Kind: "unknown_price", UserID: u.ID,
			Message: fmt.Sprintf("The subscription %s is for the price %s, which is no plan: it grants nothing. Give the price the metadata tier, or move the subscription to one of the plans' prices (xswarm setup stripe).", h.ID, h.PriceID),
		}})
		if _, ok := entitling(h.Subscription, now); ok {
			going++
		}
	}
	return s.settle(ctx, append(matters, matter{r.Gone, Alert{
		Key: "customer_deleted:" + r.CustomerID, Kind: "customer_deleted", UserID: u.ID,
		Message: fmt.Sprintf("The customer %s was deleted at the payment provider. The account is on the free plan; if they buy again, they get a new customer.", r.CustomerID),
	}}, matter{going > 1, Alert{
		Key: "two_subscriptions:" + u.ID, Kind: "two_subscriptions", UserID: u.ID,
		Message: fmt.Sprintf("The customer %s pays for %d subscriptions at once. The higher plan counts; cancel the others and refund them.", r.CustomerID, going),
	}})...)
}

func entitling(s plan.Subscription, now time.Time) (plan.Entitlement, bool) {
	e := plan.Entitle(s, plan.Grant{}, now)
	return e, e.Source == plan.Paid
}

// consequences is what follows from a reading.
func (s *Service) consequences(u account.User, r Reading) Saved {
	now := s.now()
	saved := Saved{UserID: u.ID, Reading: r, Grant: u.Grant}
	var owedURL, owedID string
	for i := range r.Subscriptions {
		h := &r.Subscriptions[i]
		if !h.OwedSince.IsZero() {
			h.GraceUntil = h.OwedSince.Add(s.grace)
		}
		if i == 0 {
			saved.Current = h.Subscription
		} else {
			saved.Current = plan.Better(saved.Current, h.Subscription, now)
		}
		if saved.Current.ID == h.ID {
			owedURL, owedID = h.OwedURL, h.OwedID
		}
		if p, ok := plan.Of(h.Tier); ok && p.Overage && !h.Start.IsZero() {
			saved.Spans = append(saved.Spans, Span{SubscriptionID: h.ID, Tier: h.Tier, Start: h.CountsFrom(h.Start)})
		}
	}
	after := u
	after.Subscription = saved.Current
	saved.Tier = after.Entitlement(now).Tier
	saved.Metered = plan.Metered(saved.Current, u.Grant, now)
	t := transition{before: u, after: after, owedURL: owedURL, owedID: owedID}
	saved.Jobs = s.follow(t)
	if t.changed(now) || u.Subscription.Status != after.Subscription.Status {
		saved.Events = append(saved.Events, s.event(u.ID, account.ActorSystem, "billing.subscription_changed", map[string]any{
			"subscription": saved.Current.ID, "status": string(saved.Current.Status), "tier": string(saved.Tier), "before": string(u.Listed),
		}))
	}
	return saved
}

// transition is a user before and after a reading.
type transition struct {
	before, after account.User
	owedURL       string
	owedID        string
}

// changed reports whether what may be used is another than when that was last stored.
// What ended by the clock meanwhile has changed, too.
func (t transition) changed(now time.Time) bool {
	was, is := t.before.Entitlement(now), t.after.Entitlement(now)
	return t.before.Listed != is.Tier || was.Source != is.Source
}

// follow returns the jobs that follow from a transition. Each has a key that names
// what it is about, so that the same transition, seen twice, is followed once.
func (s *Service) follow(t transition) []jobs.Job {
	now := s.now()
	was, is := t.before.Entitlement(now), t.after.Entitlement(now)
	old, sub := t.before.Subscription, t.after.Subscription
	var js []jobs.Job
	add := func(j ...jobs.Job) { js = append(js, j...) }
	if t.changed(now) {
		add(s.onChange(t.after)...)
	}
	_, held := entitling(old, now)
	_, holds := entitling(sub, now)
	switch {
	case !held && holds && begins(old, sub):
		add(s.letterJob(letter{UserID: t.after.ID, What: letterWelcome, Tier: sub.Tier}, "welcome:"+sub.ID))
	case old.ID == sub.ID && old.Tier != "" && old.Tier != sub.Tier && holds:
		add(s.letterJob(letter{UserID: t.after.ID, What: letterMoved, From: old.Tier, Tier: sub.Tier},
			fmt.Sprintf("moved:%s:%s:%d", sub.ID, sub.Tier, sub.Since.Unix())))
	case old.ID == sub.ID && old.Status != plan.Canceled && sub.Status == plan.Canceled && old.Tier != "":
		add(s.letterJob(letter{UserID: t.after.ID, What: letterEnded, Tier: old.Tier}, "ended:"+sub.ID))
	}
	if sub.Next != "" && (old.Next != sub.Next || !old.NextAt.Equal(sub.NextAt)) {
		add(s.letterJob(letter{UserID: t.after.ID, What: letterMoved, From: sub.Tier, Tier: sub.Next, At: sub.NextAt.Unix()},
			fmt.Sprintf("moves:%s:%s:%d", sub.ID, sub.Next, sub.NextAt.Unix())))
	}
	add(s.dun(t)...)
	if is.Source == plan.Paid && (was.Tier != is.Tier || old.ID != sub.ID) {
		add(s.numbersJob(t.after.ID, fmt.Sprintf("%s:%s:%d", sub.ID, sub.Tier, sub.Since.Unix())))
	}
	if !is.Until.IsZero() && is.Source == plan.Paid {
		add(s.lapseJob(t.after.ID, is.Until))
	}
	return js
}

// begins reports whether a subscription that holds had given nothing before: it is
// another one, its first payment was under way, or its price was none of ours.
func begins(old, sub plan.Subscription) bool {
	return old.ID != sub.ID || old.Status == plan.Incomplete || !old.Tier.Valid()
}

// dun is what follows from a payment that is owed, or is not any more.
func (s *Service) dun(t transition) []jobs.Job {
	old, sub := t.before.Subscription, t.after.Subscription
	if !sub.Owes() {
		if old.Owes() && old.ID == sub.ID && sub.Status == plan.Active {
			key := fmt.Sprintf("restored:%s:%d", sub.ID, old.OwedSince.Unix())
			return []jobs.Job{
				s.letterJob(letter{UserID: t.after.ID, What: letterRestored, Tier: sub.Tier}, key),
				s.numbersJob(t.after.ID, key), // those given up meanwhile are still on the bill
			}
		}
		return nil
	}
	if old.Owes() && old.OwedSince.Equal(sub.OwedSince) || !sub.Tier.Valid() {
		return nil
	}
	l := letter{UserID: t.after.ID, What: letterOwed, Tier: sub.Tier, At: sub.GraceUntil.Unix(), OwedSince: sub.OwedSince.UnixMilli(), URL: t.owedURL}
	key := "owed:" + t.owedID
	reminder, hold := l, l
	reminder.What, hold.What = letterOwedReminder, letterOnHold
	return []jobs.Job{
		s.letterJob(l, key+":0"),
		s.letterJob(reminder, key+":1", jobs.At(sub.OwedSince.Add(24*time.Hour))),
		s.letterJob(hold, key+":hold", jobs.At(sub.GraceUntil)),
	}
}

// event makes an audit event of this package.
func (s *Service) event(userID, actor, action string, detail map[string]any) account.Event {
	now := s.now()
	return account.Event{ID: id.New(id.Audit, now), UserID: userID, Actor: actor, Action: action, Detail: detail, At: now}
}
