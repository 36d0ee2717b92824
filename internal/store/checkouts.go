package store

import (
	"context"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store/db"
)

// AddCheckout is described by billing.Store. That a user has one open order is an
// index's to say, so that of two at once one is told.
func (s *Store) AddCheckout(ctx context.Context, c billing.Checkout) (bool, error) {
	err := s.one(ctx, func(q *db.Queries) error {
		return q.AddCheckout(ctx, db.AddCheckoutParams{
			ID: c.ID, UserID: c.UserID, Tier: string(c.Tier), SuccessPath: c.SuccessPath, CancelPath: c.CancelPath,
			SessionID: opt(c.SessionID), Url: c.URL, ExpiresAt: millis(c.ExpiresAt), Now: millis(s.now()),
		})
	})
	if !isUnique(err, "checkouts.user_id") && !isUnique(err, "checkouts.id") {
		return err == nil, failed("store checkout", err)
	}
	open, err := s.OpenCheckoutOf(ctx, c.UserID) // this one, if it is asked for again
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && open.ID == c.ID, err
}

// OpenCheckoutOf is described by billing.Store.
func (s *Store) OpenCheckoutOf(ctx context.Context, userID string) (billing.Checkout, error) {
	row, err := s.read().OpenCheckoutOf(ctx, userID)
	return checkoutOf(row), found(err, "read checkout")
}

// CheckoutByID is described by billing.Store.
func (s *Store) CheckoutByID(ctx context.Context, id string) (billing.Checkout, error) {
	row, err := s.read().CheckoutByID(ctx, id)
	return checkoutOf(row), found(err, "read checkout")
}

// CheckoutBySession is described by billing.Store.
func (s *Store) CheckoutBySession(ctx context.Context, sessionID string) (billing.Checkout, error) {
	row, err := s.read().CheckoutBySession(ctx, &sessionID)
	return checkoutOf(row), found(err, "read checkout")
}

// PlaceCheckout is described by billing.Store.
func (s *Store) PlaceCheckout(ctx context.Context, id, sessionID, url string, expiresAt time.Time) error {
	return found(s.one(ctx, func(q *db.Queries) error {
		_, err := q.PlaceCheckout(ctx, db.PlaceCheckoutParams{
			ID: id, SessionID: &sessionID, Url: url, ExpiresAt: millis(expiresAt), Now: millis(s.now()),
		})
		return err
	}), "place checkout")
}

// EndCheckout is described by billing.Store.
func (s *Store) EndCheckout(ctx context.Context, id string, state billing.CheckoutState) error {
	return failed("end checkout", s.one(ctx, func(q *db.Queries) error {
		return q.EndCheckout(ctx, db.EndCheckoutParams{ID: id, State: string(state), Now: millis(s.now())})
	}))
}

func checkoutOf(r db.Checkout) billing.Checkout {
	return billing.Checkout{
		ID: r.ID, UserID: r.UserID, Tier: plan.Tier(r.Tier), SuccessPath: r.SuccessPath, CancelPath: r.CancelPath,
		SessionID: str(r.SessionID), URL: r.Url, State: billing.CheckoutState(r.State), CreatedAt: at(r.CreatedAt), ExpiresAt: at(r.ExpiresAt),
	}
}
