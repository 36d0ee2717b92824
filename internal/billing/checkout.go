package billing

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/plan"
)

// The faults of buying and changing plans.
var (
	ErrSubscribed = fault.New(fault.Conflict, "already_subscribed",
		"You have a paid plan: change it instead of buying another one.")
	ErrNotSubscribed = fault.New(fault.Conflict, "not_subscribed",
		"You have no paid plan to change: buy one first.")
	ErrSales = fault.New(fault.Conflict, "contact_sales",
		"The price of this plan is agreed with you: please write to us.")
	ErrNoCustomer = fault.New(fault.Conflict, "no_customer",
		"You have never paid here, so there are no cards or bills to look after.")
)

// CheckoutRequest is the wish to buy a plan. The paths are on our own site; "" leads
// to the billing page.
type CheckoutRequest struct {
	Tier        plan.Tier
	SuccessPath string
	CancelPath  string
}

// checkoutTime is how long an order stays open.
const checkoutTime = 23 * time.Hour

// placeTime is how long a request may be about to place an order. One that was never
// answered is given up after that: if it was carried out, nobody knows its page.
const placeTime = time.Minute

// checkoutTries is how often an order is tried anew that another request of the same
// user has changed meanwhile.
const checkoutTries = 3

// Checkout returns where somebody can pay for a plan. One order is open a user: the
// same wish again leads to the same page, another wish ends the one before.
func (s *Service) Checkout(ctx context.Context, u account.User, r CheckoutRequest) (Checkout, error) {
	if err := s.mayBuy(u, &r); err != nil {
		return Checkout{}, err
	}
	customer, err := s.customer(ctx, u)
	if err != nil {
		return Checkout{}, err
	}
	for range checkoutTries {
		c, err := s.openCheckout(ctx, u, customer, r)
		if err != nil || c.SessionID != "" {
			return c, err
		}
	}
	return Checkout{}, fault.New(fault.Unavailable, "busy", "Another order of yours is being made. Please try again in a moment.")
}

// mayBuy checks a wish, and fills in where it leads.
func (s *Service) mayBuy(u account.User, r *CheckoutRequest) error {
	p, known := plan.Of(r.Tier)
	switch {
	case s.payments == nil:
		return ErrOff
	case !known || p.Tier == plan.Buddy:
		return fault.Body("tier", "must be one of ai_secretary, ai_project_manager")
	case p.Custom:
		return ErrSales
	case subscribed(u, s.now()):
		return ErrSubscribed
	}
	for name, path := range map[string]*string{"success_path": &r.SuccessPath, "cancel_path": &r.CancelPath} {
		if *path == "" {
			*path = PagePath
		}
		if !ownPath(*path) {
			return fault.Body(name, "must be a path on this site, like "+PagePath)
		}
	}
	return nil
}

// subscribed reports whether somebody has a subscription that goes on: a second one
// would be paid for twice.
func subscribed(u account.User, now time.Time) bool {
	return u.Subscription.GoesOn(now)
}

// ownPath reports whether a path leads nowhere but to our own site.
func ownPath(path string) bool {
	u, err := url.Parse(path)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && u.Opaque == "" && len(path) <= 512 &&
		strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.HasPrefix(u.Path, "//") &&
		!strings.ContainsFunc(path, func(r rune) bool { return r == '\\' || r <= ' ' || r == 0x7f || r == '{' || r == '}' })
}

// customer returns what a user is called by the payment provider, after making them
// known there, once.
func (s *Service) customer(ctx context.Context, u account.User) (string, error) {
	if u.CustomerID != "" {
		return u.CustomerID, nil
	}
	made, err := s.payments.CreateCustomer(ctx, NewCustomer{
		UserID: u.ID, Email: u.Email, Name: u.Name,
		// Two clicks are one customer. Later, one that was made is found, and one that was
		// deleted must not come back.
		Key: fmt.Sprintf("customer:%s:%d", u.ID, s.now().Unix()/60),
	})
	if err != nil {
		return "", s.unreachable("make the customer", err)
	}
	ok, err := s.store.LinkCustomer(ctx, u.ID, made, s.event(u.ID, account.ActorSystem, "billing.customer_linked", map[string]any{"customer": made}))
	if err != nil {
		return "", fmt.Errorf("link the customer: %w", err)
	}
	if ok {
		return made, nil
	}
	// Somebody was faster: what they stored counts.
	now, err := s.users.User(ctx, u.ID)
	if err != nil {
		return "", err
	}
	if now.CustomerID == "" {
		return "", fmt.Errorf("billing: the customer %s is somebody else's", made)
	}
	return now.CustomerID, nil
}

// openCheckout returns the user's open order with its page. Without one, the order
// has to be made anew.
func (s *Service) openCheckout(ctx context.Context, u account.User, customer string, r CheckoutRequest) (Checkout, error) {
	now := s.now()
	c, err := s.store.OpenCheckoutOf(ctx, u.ID)
	if fault.Is(err, fault.NotFound) {
		c = Checkout{
			ID: id.New(id.Checkout, now), UserID: u.ID, Tier: r.Tier, SuccessPath: r.SuccessPath, CancelPath: r.CancelPath,
			State: CheckoutOpen, CreatedAt: now, ExpiresAt: now.Add(checkoutTime),
		}
		ok, err := s.store.AddCheckout(ctx, c)
		if err != nil || !ok {
			return Checkout{}, err // another request was faster: look again
		}
		return s.place(ctx, c, customer)
	}
	if err != nil {
		return c, fmt.Errorf("read the open order: %w", err)
	}
	same := c.Tier == r.Tier && c.SuccessPath == r.SuccessPath && c.CancelPath == r.CancelPath
	switch {
	case c.SessionID == "" && now.Sub(c.CreatedAt) < placeTime:
		// Another request is placing it: with the same key it is the same page.
		if c, err = s.place(ctx, c, customer); err != nil || same {
			return c, err
		}
	case same && now.Before(c.ExpiresAt):
		return c, nil
	}
	return Checkout{}, s.endCheckout(ctx, u, c)
}

// place asks for the page of an order, and stores it.
func (s *Service) place(ctx context.Context, c Checkout, customer string) (Checkout, error) {
	placed, err := s.payments.OpenCheckout(ctx, Order{
		ID: c.ID, UserID: c.UserID, CustomerID: customer, Tier: c.Tier,
		SuccessURL: s.baseURL + ReturnPath + "?order=" + c.ID, CancelURL: s.baseURL + c.CancelPath,
	})
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		// The order cannot be placed as it is: it must not stand in the way of the next.
		if err := s.store.EndCheckout(ctx, c.ID, CheckoutExpired); err != nil {
			return c, fmt.Errorf("end the order: %w", err)
		}
	}
	if err != nil {
		return c, s.unreachable("open the checkout", err)
	}
	c.SessionID, c.URL = placed.SessionID, placed.URL
	if !placed.ExpiresAt.IsZero() {
		c.ExpiresAt = placed.ExpiresAt
	}
	if err := s.store.PlaceCheckout(ctx, c.ID, c.SessionID, c.URL, c.ExpiresAt); err != nil {
		return c, fmt.Errorf("store the checkout: %w", err)
	}
	return c, nil
}

// ReturnPath is where people come back to from paying, below the public address.
const ReturnPath = "/app/billing/return"

// endCheckout ends an order that is not wanted any more. One that was paid meanwhile
// has made its user a subscriber.
func (s *Service) endCheckout(ctx context.Context, u account.User, c Checkout) error {
	if c.SessionID == "" {
		return s.store.EndCheckout(ctx, c.ID, CheckoutExpired)
	}
	if err := s.payments.ExpireCheckout(ctx, c.SessionID); err != nil && !isRefusal(err) && !errors.Is(err, ErrNoSuch) {
		return s.unreachable("end the checkout before", err)
	}
	after, err := s.settleCheckout(ctx, c)
	if err != nil {
		return err
	}
	if after.State == CheckoutComplete {
		return ErrSubscribed
	}
	return s.store.EndCheckout(ctx, c.ID, CheckoutExpired)
}

// CheckoutReturn says how an order ended that somebody comes back from. It does not
// wait to be told by an event, but reads it.
func (s *Service) CheckoutReturn(ctx context.Context, u account.User, orderID string) (Checkout, error) {
	if s.payments == nil {
		return Checkout{}, ErrOff
	}
	c, err := s.store.CheckoutByID(ctx, orderID)
	if err != nil {
		return c, err
	}
	if c.UserID != u.ID {
		return Checkout{}, fault.ErrNotFound
	}
	if c.SessionID == "" || c.State != CheckoutOpen {
		return c, nil
	}
	return s.settleCheckout(ctx, c)
}

// settleCheckout reads how far an order is, and stores it with what came of it.
func (s *Service) settleCheckout(ctx context.Context, c Checkout) (Checkout, error) {
	read, err := s.payments.Checkout(ctx, c.SessionID)
	if errors.Is(err, ErrNoSuch) {
		read, err = Checkout{State: CheckoutExpired}, nil
	}
	if err != nil {
		return c, s.unreachable("read the checkout", err)
	}
	c.State, c.Subscription = read.State, read.Subscription
	switch c.State {
	case CheckoutComplete:
		if _, err := s.Refresh(ctx, read.CustomerID); err != nil {
			return c, err
		}
	case CheckoutOpen:
		return c, nil
	}
	if err := s.store.EndCheckout(ctx, c.ID, c.State); err != nil {
		return c, fmt.Errorf("store the order's end: %w", err)
	}
	return c, nil
}

// Portal returns where somebody can change how they pay, see their bills and cancel.
// They are led back to a path of ours.
func (s *Service) Portal(ctx context.Context, u account.User, returnPath string) (string, error) {
	switch {
	case s.payments == nil:
		return "", ErrOff
	case u.CustomerID == "":
		return "", ErrNoCustomer
	}
	if returnPath == "" {
		returnPath = PagePath
	}
	if !ownPath(returnPath) {
		return "", fault.Body("return_path", "must be a path on this site, like "+PagePath)
	}
	address, err := s.payments.OpenPortal(ctx, u.CustomerID, s.baseURL+returnPath)
	if err != nil {
		return "", s.unreachable("open the portal", err)
	}
	return address, nil
}

// unreachable is a failure of the payment provider in a request that somebody waits
// for: nothing was charged, and they may try again.
func (s *Service) unreachable(doing string, err error) error {
	err = fmt.Errorf("%s: %w", doing, err)
	var refusal *Refusal
	switch {
	case fault.From(err).Kind != fault.Internal:
		return err
	case errors.As(err, &refusal) && refusal.Declined:
		return ErrDeclined.With(err)
	case errors.As(err, &refusal):
		return err
	}
	return ErrUnreachable.With(err)
}

// ErrUnreachable says that the payment provider could not be asked.
var ErrUnreachable = fault.New(fault.Unavailable, "payments_unavailable",
	"The payment service does not answer right now. Nothing was changed; please try again in a moment.")

// ErrDeclined says that the card was refused.
var ErrDeclined = fault.New(fault.Upgrade, "payment_declined",
	"Your card was declined, so nothing was changed. Please use another card and try again.")

func isRefusal(err error) bool {
	var r *Refusal
	return errors.As(err, &r)
}
