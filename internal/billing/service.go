package billing

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// BySegment is the way of counting texts by the parts that the network cuts them
// into.
const BySegment = "segment"

// Options is what a Service needs.
type Options struct {
	Store Store
	// Payments takes the money; nil when nothing can be paid: plans are then granted
	// only.
	Payments Payments
	Users    Users
	Letters  Letters
	// SMSBilling says what of a text is counted: BySegment its parts, all else the
	// text.
	SMSBilling string
	// Grace is how long a plan holds when a payment failed.
	Grace time.Duration
	// OnChange says what else must happen when somebody's entitlement changed, with the
	// user as they are now. Its jobs are stored with the change. It may be nil.
	OnChange func(account.User) []jobs.Job
	// BaseURL is where the pages are, without a slash at the end.
	BaseURL string
	// Operator is whom alerts are mailed to; "" for nobody.
	Operator string
	Now      func() time.Time
	Log      *slog.Logger
}

// Users finds people.
type Users interface {
	User(ctx context.Context, id string) (account.User, error)
}

// DefaultGrace is how long a plan holds when a payment failed, unless the operator
// says otherwise.
const DefaultGrace = 3 * 24 * time.Hour

// Service is what can be done about money.
type Service struct {
	store     Store
	payments  Payments
	users     Users
	letters   Letters
	bySegment bool
	grace     time.Duration
	onChange  func(account.User) []jobs.Job
	baseURL   string
	operator  string
	now       func() time.Time
	log       *slog.Logger
}

// New returns a Service.
func New(o Options) *Service {
	if o.OnChange == nil {
		o.OnChange = func(account.User) []jobs.Job { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		store: o.Store, payments: o.Payments, users: o.Users, letters: o.Letters, bySegment: o.SMSBilling == BySegment,
		grace: o.Grace, onChange: o.OnChange, baseURL: o.BaseURL, operator: o.Operator, now: o.Now, log: o.Log,
	}
}

// ErrOff says that nothing can be paid here.
var ErrOff = fault.New(fault.NotFound, "payments_off",
	"Nothing can be paid here: plans are switched on by whoever runs this server.")

// On reports whether plans can be bought.
func (s *Service) On() bool { return s.payments != nil }

// Subscription returns the plan that a user is on, and why.
func (s *Service) Subscription(u account.User) Subscription {
	now := s.now()
	e, period, _ := counted(u, now)
	p, _ := plan.Of(e.Tier)
	sub := Subscription{
		Plan: p, Entitlement: e, Paid: u.Subscription, Period: period,
		Wished: u.WishedPlan, Customer: u.CustomerID != "",
	}
	if e.Source == plan.Granted {
		sub.Reason = u.Grant.Reason
	}
	return sub
}

// invoicesShown is how many bills are listed at once, unless somebody asks for fewer.
const invoicesShown = 50

// Invoices returns a user's bills, newest first, and the cursor of what follows ("" at
// the end). Drafts are not shown.
func (s *Service) Invoices(ctx context.Context, u account.User, cursor string, limit int) ([]Invoice, string, error) {
	before, err := readCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	if limit <= 0 || limit > invoicesShown {
		limit = invoicesShown
	}
	list, err := s.store.Invoices(ctx, u.ID, before, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("read the bills: %w", err)
	}
	if len(list) <= limit {
		return list, "", nil
	}
	list = list[:limit]
	return list, list[limit-1].cursor(), nil
}

// cursor names a bill's place in the list.
func (i Invoice) cursor() string { return strconv.FormatInt(i.IssuedAt.UnixMilli(), 36) + "_" + i.ID }

// Place is a place in the list of bills: before a moment, and of those of that moment
// before an id. The zero value is the newest end.
type Place struct {
	At time.Time
	ID string
}

func readCursor(cursor string) (Place, error) {
	if cursor == "" {
		return Place{}, nil
	}
	at, invoiceID, ok := strings.Cut(cursor, "_")
	ms, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil {
		return Place{}, fault.Query("cursor", "must be the next_cursor of the page before")
	}
	return Place{time.UnixMilli(ms).UTC(), invoiceID}, nil
}
