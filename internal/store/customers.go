package store

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

// UserByCustomer is described by billing.Store.
func (s *Store) UserByCustomer(ctx context.Context, customerID string) (account.User, error) {
	row, err := s.read().UserByCustomer(ctx, &customerID)
	return userOf(row), found(err, "read user")
}

// LinkCustomer is described by billing.Store.
func (s *Store) LinkCustomer(ctx context.Context, userID, customerID string, e account.Event) (bool, error) {
	ok, err := s.change(ctx, func(b *batch) error {
		return b.LinkCustomer(ctx, db.LinkCustomerParams{ID: userID, CustomerID: &customerID, Now: b.now})
	}, e)
	switch {
	case isUnique(err, "users.stripe_customer_id"):
		return false, nil
	case ok || err != nil:
		return ok, failed("link customer", err)
	}
	u, err := s.User(ctx, userID)
	return u.CustomerID == customerID, err
}

// SaveReading is described by billing.Store.
func (s *Store) SaveReading(ctx context.Context, in billing.Saved) (bool, error) {
	ok, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		gone := ""
		if in.Reading.Gone {
			gone = in.Reading.CustomerID
		}
		err := b.SaveReading(ctx, db.SaveReadingParams{
			ID: in.UserID, Subscription: db.Paid(in.Current), MeteredSubscription: opt(in.Metered), SubscriptionTier: string(in.Tier),
			ReadAt: millis(in.Reading.At), GoneCustomer: gone, Now: b.now,
			GrantTier: opt(string(in.Grant.Tier)), GrantUntil: optMillis(in.Grant.Until),
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.saveSubscriptions(ctx, in); err != nil {
			return err
		}
		for _, e := range in.Events {
			if err := b.audit(ctx, e); err != nil {
				return err
			}
		}
		return b.enqueue(ctx, in.Jobs...)
	}))
	if ok || err != nil {
		return ok, failed("save reading", err)
	}
	_, err = s.User(ctx, in.UserID) // something newer is stored, or another grant, unless there is nobody
	return false, err
}

// saveSubscriptions stores every subscription of a reading, and its spans.
func (b *batch) saveSubscriptions(ctx context.Context, in billing.Saved) error {
	readAt := millis(in.Reading.At)
	for _, h := range in.Reading.Subscriptions {
		err := b.SaveSubscription(ctx, db.SaveSubscriptionParams{
			ID: h.ID, UserID: in.UserID, CustomerID: in.Reading.CustomerID, Tier: string(h.Tier), Status: string(h.Status),
			Detail: db.Paid(h.Subscription), ReadAt: readAt, Now: b.now,
		})
		if err != nil {
			return err
		}
	}
	if in.Reading.Gone {
		err := b.EndSubscriptionsOf(ctx, db.EndSubscriptionsOfParams{
			UserID: in.UserID, CustomerID: in.Reading.CustomerID, ReadAt: readAt, Now: b.now,
		})
		if err != nil {
			return err
		}
	}
	for _, span := range in.Spans {
		err := b.AddSpan(ctx, db.AddSpanParams{
			SubscriptionID: span.SubscriptionID, StartsAt: millis(span.Start), UserID: in.UserID, Tier: string(span.Tier), CreatedAt: b.now,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Subscribers is described by billing.Store.
func (s *Store) Subscribers(ctx context.Context, after string, limit int) ([]account.User, error) {
	rows, err := s.read().Subscribers(ctx, db.SubscribersParams{After: after, Most: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("list subscribers: %w", err)
	}
	return usersOf(rows), nil
}

// Spans is described by billing.Store.
func (s *Store) Spans(ctx context.Context, subscriptionID string, p billing.Period) ([]billing.Span, error) {
	rows, err := s.read().Spans(ctx, db.SpansParams{
		SubscriptionID: subscriptionID, Since: millis(p.Start), Until: millis(p.End),
	})
	if err != nil {
		return nil, fmt.Errorf("list spans: %w", err)
	}
	list := make([]billing.Span, len(rows))
	for i, r := range rows {
		list[i] = billing.Span{SubscriptionID: r.SubscriptionID, Tier: plan.Tier(r.Tier), Start: at(r.StartsAt)}
	}
	return list, nil
}

// SetCap is described by billing.Store.
func (s *Store) SetCap(ctx context.Context, userID string, c plan.Cap, e account.Event) error {
	p := db.SetCapParams{ID: userID}
	if c.Chosen {
		limit := int64(c.Limit)
		p.SpendingCap, p.Soft = &limit, flag(c.Soft)
	}
	ok, err := s.change(ctx, func(b *batch) error {
		p.Now = b.now
		return b.SetCap(ctx, p)
	}, e)
	if err == nil && !ok {
		return account.ErrNoUser
	}
	return failed("set spending cap", err)
}

// capOf is the way back from SetCap.
func capOf(u db.User) plan.Cap {
	if u.SpendingCap == nil {
		return plan.Cap{}
	}
	return plan.Cap{Limit: plan.MicroDollars(*u.SpendingCap), Soft: u.SpendingCapSoft == 1, Chosen: true}
}
