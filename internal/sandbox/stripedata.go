package sandbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/sandbox/stripe"
)

// What the inspector shows of Stripe it asks in Stripe's own words, so that it
// shows nothing that the product could not see. These are the parts of Stripe's
// objects that it looks at.

// unix is a time as Stripe writes it; 0 is none.
type unix int64

func (u unix) time() time.Time { return time.Unix(int64(u), 0).UTC() }

// UnmarshalJSON reads seconds, or a time as the /v2 API writes it.
func (u *unix) UnmarshalJSON(raw []byte) error {
	var at time.Time
	if json.Unmarshal(raw, &at) == nil {
		*u = unix(max(at.Unix(), 0))
		return nil
	}
	return json.Unmarshal(raw, (*int64)(u))
}

type payer struct {
	ID         string            `json:"id"`
	Email      string            `json:"email"`
	Name       string            `json:"name"`
	Balance    int64             `json:"balance"`
	Created    unix              `json:"created"`
	Delinquent bool              `json:"delinquent"`
	Metadata   map[string]string `json:"metadata"`
	Settings   struct {
		Method string `json:"default_payment_method"`
	} `json:"invoice_settings"`
}

type subscription struct {
	ID                string `json:"id"`
	Customer          string `json:"customer"`
	Status            string `json:"status"`
	Created           unix   `json:"created"`
	CancelAt          unix   `json:"cancel_at"`
	CancelAtPeriodEnd bool   `json:"cancel_at_period_end"`
	EndedAt           unix   `json:"ended_at"`
	TrialEnd          unix   `json:"trial_end"`
	Method            string `json:"default_payment_method"`
	Schedule          string `json:"schedule"`
	Pause             *struct {
		Behavior string `json:"behavior"`
	} `json:"pause_collection"`
	Items struct {
		Data []subItem `json:"data"`
	} `json:"items"`
}

// over reports whether a subscription has ended.
func (b subscription) over() bool { return b.Status == "canceled" || b.Status == "incomplete_expired" }

// next is when its next invoice is made, if one will be.
func (b subscription) next() (time.Time, bool) {
	if b.over() || b.Status == "paused" || b.Status == "incomplete" || len(b.Items.Data) == 0 {
		return time.Time{}, false
	}
	return b.Items.Data[0].End.time(), true
}

type subItem struct {
	ID       string `json:"id"`
	Quantity *int64 `json:"quantity"` // nil: what is used is counted
	Start    unix   `json:"current_period_start"`
	End      unix   `json:"current_period_end"`
	Price    struct {
		ID        string `json:"id"`
		LookupKey string `json:"lookup_key"`
		Nickname  string `json:"nickname"`
		Amount    *int64 `json:"unit_amount"`
		Currency  string `json:"currency"`
	} `json:"price"`
}

type invoice struct {
	ID          string `json:"id"`
	Number      string `json:"number"`
	Customer    string `json:"customer"`
	Email       string `json:"customer_email"`
	Status      string `json:"status"`
	Reason      string `json:"billing_reason"`
	Currency    string `json:"currency"`
	Created     unix   `json:"created"`
	Due         int64  `json:"amount_due"`
	Paid        int64  `json:"amount_paid"`
	Remaining   int64  `json:"amount_remaining"`
	Total       int64  `json:"total"`
	Attempts    int    `json:"attempt_count"`
	NextAttempt unix   `json:"next_payment_attempt"`
	FinalizesAt unix   `json:"automatically_finalizes_at"`
	URL         string `json:"hosted_invoice_url"`
	Lines       struct {
		Data []invoiceLine `json:"data"`
	} `json:"lines"`
}

type invoiceLine struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	Amount      int64  `json:"amount"`
	Currency    string `json:"currency"`
	Period      struct {
		Start unix `json:"start"`
		End   unix `json:"end"`
	} `json:"period"`
}

type payMethod struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Card *struct {
		Brand string `json:"brand"`
		Last4 string `json:"last4"`
		Month int    `json:"exp_month"`
		Year  int    `json:"exp_year"`
	} `json:"card"`
}

type charge struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Amount   int64  `json:"amount"`
	Refunded int64  `json:"amount_refunded"`
	Currency string `json:"currency"`
	Status   string `json:"status"`
	Failure  string `json:"failure_message"`
	Disputed bool   `json:"disputed"`
	Intent   string `json:"payment_intent"`
	Created  unix   `json:"created"`
	Method   struct {
		Card *struct {
			Brand string `json:"brand"`
			Last4 string `json:"last4"`
		} `json:"card"`
	} `json:"payment_method_details"`
}

type dispute struct {
	ID       string `json:"id"`
	Charge   string `json:"charge"`
	Status   string `json:"status"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Created  unix   `json:"created"`
}

type meter struct {
	ID     string `json:"id"`
	Name   string `json:"display_name"`
	Event  string `json:"event_name"`
	Status string `json:"status"`
}

// checkout is a page on which somebody is to pay.
type checkout struct {
	ID       string   `json:"id"`
	Customer nameOnly `json:"customer"`
	Email    string   `json:"customer_email"`
	URL      string   `json:"url"`
	Total    int64    `json:"amount_total"`
	Currency string   `json:"currency"`
	Created  unix     `json:"created"`
	Expires  unix     `json:"expires_at"`
}

type stripeEvent struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Created unix   `json:"created"`
	Related struct {
		ID string `json:"id"`
	} `json:"related_object"` // of a thin one
	Data struct {
		Object struct {
			ID       string   `json:"id"`
			Customer nameOnly `json:"customer"`
		} `json:"object"`
	} `json:"data"`
}

// nameOnly is an identifier, or "" where Stripe has a whole object or nothing.
type nameOnly string

// UnmarshalJSON reads a string and lets everything else be.
func (n *nameOnly) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*n = nameOnly(s)
	}
	return nil
}

// ask runs one of Stripe's operations: POST /v1/customers. What Stripe refuses is
// a fault in its words.
func (s *Sandbox) ask(operation string, form url.Values, into any) error {
	return refusedBy(s.payments.Ask(operation, form, into))
}

// refusedBy makes a fault of a refusal of Stripe's. Any other error stays.
func refusedBy(err error) error {
	var refused *stripe.Refusal
	if !errors.As(err, &refused) {
		return err
	}
	kind := fault.Invalid
	if refused.Status == http.StatusNotFound {
		kind = fault.NotFound
	}
	return fault.New(kind, "stripe_refused", "Stripe says: "+refused.Message)
}

// declinedBy is why a card was refused; "" if that was not it.
func declinedBy(err error) string {
	var refused *stripe.Refusal
	if errors.As(err, &refused) && refused.Status == http.StatusPaymentRequired {
		return refused.Message
	}
	return ""
}

const longestList = 2000 // of Stripe's objects, the newest

// askAll reads a list of Stripe's to its end, newest first.
func askAll[T any](s *Sandbox, path string, form url.Values, id func(T) string) ([]T, error) {
	return askSome(s, path, form, id, longestList)
}

// askSome reads about so many of a list of Stripe's, newest first.
func askSome[T any](s *Sandbox, path string, form url.Values, id func(T) string, limit int) ([]T, error) {
	q := url.Values{"limit": {"100"}}
	for name, values := range form {
		q[name] = values
	}
	var out []T
	for len(out) < limit {
		var page struct {
			Data []T  `json:"data"`
			More bool `json:"has_more"`
		}
		if err := s.ask("GET "+path, q, &page); err != nil {
			return nil, err
		}
		out = append(out, page.Data...)
		if !page.More || len(page.Data) == 0 {
			break
		}
		q.Set("starting_after", id(out[len(out)-1]))
	}
	return out, nil
}

func (s *Sandbox) payers() ([]payer, error) {
	return askAll(s, "/v1/customers", nil, func(p payer) string { return p.ID })
}

// subscriptions are those of a customer, ended ones among them; "" is of all.
func (s *Sandbox) subscriptions(customer string) ([]subscription, error) {
	return askAll(s, "/v1/subscriptions", ofCustomer(customer, "status", "all"), func(b subscription) string { return b.ID })
}

func (s *Sandbox) invoices(customer string) ([]invoice, error) {
	return askAll(s, "/v1/invoices", ofCustomer(customer), func(i invoice) string { return i.ID })
}

// stripeEvents are about so many events, newest first, with the latest thin ones
// among them.
func (s *Sandbox) stripeEvents(limit int) ([]stripeEvent, error) {
	list, err := askSome(s, "/v1/events", nil, func(e stripeEvent) string { return e.ID }, limit)
	if err != nil {
		return nil, err
	}
	var thin struct {
		Data []stripeEvent `json:"data"`
	}
	if err := s.ask("GET /v2/core/events", url.Values{"limit": {"100"}}, &thin); err != nil {
		return nil, err
	}
	for _, e := range thin.Data {
		e.Data.Object.ID = e.Related.ID
		list = append(list, e)
	}
	slices.SortStableFunc(list, func(a, b stripeEvent) int { return cmp.Compare(b.Created, a.Created) })
	return list, nil
}

// openCheckouts are the pages that wait for somebody to pay.
func (s *Sandbox) openCheckouts() ([]checkout, error) {
	return askAll(s, "/v1/checkout/sessions", url.Values{"status": {"open"}}, func(c checkout) string { return c.ID })
}

// ofCustomer filters a list by customer, unless that is "", and by other names and
// values.
func ofCustomer(customer string, more ...string) url.Values {
	q := url.Values{}
	if customer != "" {
		q.Set("customer", customer)
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q
}

// money writes cents as people do.
func money(cents int64, currency string) string {
	sign := ""
	if cents < 0 {
		sign, cents = "−", -cents
	}
	rest := strconv.FormatInt(cents%100+100, 10)[1:]
	unit := map[string]string{"usd": "$", "": "$", "eur": "€"}[currency]
	if unit == "" {
		return sign + strconv.FormatInt(cents/100, 10) + "." + rest + " " + currency
	}
	return sign + unit + strconv.FormatInt(cents/100, 10) + "." + rest
}
