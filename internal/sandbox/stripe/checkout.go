package stripe

import (
	"net/http"
)

// checkoutSession is a page on which somebody subscribes.
type checkoutSession struct {
	base
	AdaptivePricing  *struct{}         `json:"adaptive_pricing"`
	AllowPromos      *bool             `json:"allow_promotion_codes"`
	Subtotal         int64             `json:"amount_subtotal"`
	Total            int64             `json:"amount_total"`
	AutomaticTax     automaticTax      `json:"automatic_tax"`
	AddressCollect   string            `json:"billing_address_collection,omitempty"`
	CancelURL        string            `json:"cancel_url,omitempty"`
	Reference        string            `json:"client_reference_id,omitempty"`
	Currency         string            `json:"currency"`
	Customer         string            `json:"customer,omitempty"`
	CustomerCreation string            `json:"customer_creation,omitempty"`
	Details          *customerDetails  `json:"customer_details"`
	Email            string            `json:"customer_email,omitempty"`
	Discounts        []sessionDiscount `json:"discounts"`
	ExpiresAt        int64             `json:"expires_at"`
	Invoice          string            `json:"invoice,omitempty"`
	Locale           string            `json:"locale,omitempty"`
	Metadata         labels            `json:"metadata"`
	Mode             string            `json:"mode"`
	Collection       string            `json:"payment_method_collection"`
	MethodOptions    struct{}          `json:"payment_method_options"`
	MethodTypes      []string          `json:"payment_method_types"`
	PaymentStatus    string            `json:"payment_status"`
	Phone            struct {
		Enabled bool `json:"enabled"`
	} `json:"phone_number_collection"`
	Status       string       `json:"status"`
	SubmitType   string       `json:"submit_type,omitempty"`
	Subscription string       `json:"subscription,omitempty"`
	SuccessURL   string       `json:"success_url"`
	TotalDetails totalDetails `json:"total_details"`
	UIMode       string       `json:"ui_mode"`
	URL          string       `json:"url,omitempty"`
	Own          sessionOwn   `json:"_"`
}

// sessionOwn is what a session will make, and what its page was told.
type sessionOwn struct {
	Items       []phaseItem `json:"items"`
	TrialDays   int64       `json:"trial_days,omitempty"`
	TrialEnd    int64       `json:"trial_end,omitempty"`
	Missing     string      `json:"missing,omitempty"` // what a trial does that ends without a payment method
	Mode        billingMode `json:"mode"`
	Description string      `json:"description,omitempty"`
	Metadata    labels      `json:"metadata"` // of the subscription
	KeepAddress bool        `json:"keep_address,omitempty"`
	KeepName    bool        `json:"keep_name,omitempty"`
	Reference   *entry      `json:"entry,omitempty"` // that waits for authentication
}

type sessionDiscount struct {
	Coupon string `json:"coupon,omitempty"`
	Promo  string `json:"promotion_code,omitempty"`
}

type customerDetails struct {
	Address   *address   `json:"address"`
	Email     string     `json:"email,omitempty"`
	Name      string     `json:"name,omitempty"`
	Phone     string     `json:"phone,omitempty"`
	TaxExempt string     `json:"tax_exempt"`
	TaxIDs    []struct{} `json:"tax_ids"`
}

type totalDetails struct {
	Discount int64 `json:"amount_discount"`
	Shipping int64 `json:"amount_shipping"`
	Tax      int64 `json:"amount_tax"`
}

// The limits of how long a session is open.
const (
	sessionAge      = 24 * 3600
	shortestSession = 30 * 60
)

func (e *Engine) createSession(c *call) (any, *apiError) {
	if mode := c.str("mode"); mode != "subscription" {
		return nil, bad("mode", "", "The sandbox has checkout sessions with `mode=subscription` only.")
	}
	s := &checkoutSession{base: e.made(newID("cs_test_a1", 56), "checkout.session"), Mode: "subscription", Status: "open", PaymentStatus: "unpaid",
		UIMode: "hosted_page", ExpiresAt: e.now() + sessionAge, MethodTypes: []string{"card"}, SuccessURL: c.str("success_url"),
		CancelURL: c.str("cancel_url"), Reference: c.str("client_reference_id"), Email: c.str("customer_email"), Collection: "always",
		AddressCollect: c.str("billing_address_collection"), Locale: c.str("locale"), SubmitType: c.str("submit_type"), Discounts: []sessionDiscount{}}
	s.URL = e.opt.PublicURL + "/c/pay/" + s.ID
	for _, read := range []func(*call, *checkoutSession) *apiError{e.readSession, e.readLineItems, e.readSubData, e.readSessionCustomer, e.readSessionDiscounts} {
		if refused := read(c, s); refused != nil {
			return nil, refused
		}
	}
	e.addUp(s)
	e.st.Sessions.add(s)
	return s, nil
}

// reductions are a session's discounts, as an order has them.
func (e *Engine) reductions(s *checkoutSession) []reduction {
	var out []reduction
	for _, d := range s.Discounts {
		r := reduction{}
		if pc, ok := e.st.Promos.get(d.Promo); ok {
			r.promo, d.Coupon = pc, pc.Promotion.Coupon
		}
		if cp, ok := e.st.Coupons.get(d.Coupon); ok {
			r.coupon = cp
			out = append(out, r)
		}
	}
	return out
}

// orderOf is the subscription that a session would make for a customer.
func (e *Engine) orderOf(s *checkoutSession, cu *customer) order {
	o := order{customer: cu, reductions: e.reductions(s), mode: s.Own.Mode, session: s.ID, behaviour: "allow_incomplete", prorate: true, trialEnd: s.Own.TrialEnd}
	if s.Own.TrialDays > 0 {
		o.trialEnd = e.now() + s.Own.TrialDays*86400
	}
	for _, it := range s.Own.Items {
		if p, ok := e.st.Prices.get(it.Price); ok {
			o.items = append(o.items, orderItem{p, it.Quantity, it.Metadata})
		}
	}
	o.set = func(sub *subscription) {
		sub.Metadata, sub.Description, sub.AutomaticTax.Enabled = s.Own.Metadata, s.Own.Description, s.AutomaticTax.Enabled
		if sub.AutomaticTax.Enabled {
			sub.AutomaticTax.Liability = &selfRef{"self"}
		}
		sub.TrialSettings.EndBehavior.Missing = s.Own.Missing
	}
	return o
}

// today is the invoice that a session would make now.
func (e *Engine) today(s *checkoutSession) *invoice {
	cu := &customer{base: e.made(newID("cus_", 14), "customer"), TaxExempt: "none"}
	if of, ok := e.st.Customers.get(s.Customer); ok {
		cu = duplicate(of)
	}
	if s.Details != nil && s.Details.Address != nil {
		cu.Address = s.Details.Address
	}
	dry := e.scratch("")
	dry.st.Customers.add(cu)
	o := dry.orderOf(s, cu)
	sub := dry.st.Subs.add(dry.newSub(o))
	dry.redeem(sub, o.reductions)
	in := dry.firstInvoice(sub, o)
	in.AmountDue, in.Discounts = 0, sub.Discounts
	dry.draft(in)
	return in
}

// addUp writes what a session would cost today.
func (e *Engine) addUp(s *checkoutSession) {
	in := e.today(s)
	s.Subtotal, s.Total, s.TotalDetails = in.Subtotal, in.Total, totalDetails{}
	for _, d := range in.DiscountAmounts {
		s.TotalDetails.Discount += d.Amount
	}
	for _, t := range in.Taxes {
		s.TotalDetails.Tax += t.Amount
	}
	if s.AutomaticTax.Enabled {
		s.AutomaticTax.Status = in.AutomaticTax.Status
	}
}

func (e *Engine) theSession(c *call) (*checkoutSession, *apiError) {
	if s, ok := e.st.Sessions.get(c.id); ok {
		return s, nil
	}
	return nil, missing("checkout.session", c.id, "session")
}

func (e *Engine) getSession(c *call) (any, *apiError) {
	s, refused := e.theSession(c)
	if refused != nil {
		return nil, refused
	}
	return s, nil
}

func (e *Engine) updateSession(c *call) (any, *apiError) {
	s, refused := e.theSession(c)
	if refused != nil {
		return nil, refused
	}
	return s, c.metadata(&s.Metadata)
}

func (e *Engine) listSessions(c *call) (any, *apiError) {
	c.filters("customer", "subscription", "status", "created")
	return page(c, "checkout session", "/v1/checkout/sessions", e.st.Sessions.where(func(s *checkoutSession) bool {
		return c.is("customer", s.Customer) && c.is("subscription", s.Subscription) && c.is("status", s.Status) && c.inTime("created", s.Created)
	}))
}

func (e *Engine) expireSession(c *call) (any, *apiError) {
	s, refused := e.theSession(c)
	if refused != nil {
		return nil, refused
	}
	if s.Status != "open" {
		refused := bad("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of %s.", s.Status)
		refused.Status = http.StatusBadRequest
		return nil, refused
	}
	e.expire(s)
	return s, nil
}

func (e *Engine) expire(s *checkoutSession) {
	s.Status, s.URL, s.ExpiresAt = "expired", "", min(s.ExpiresAt, e.now())
	e.emit("checkout.session.expired", s)
}

// sessionLine is one line of a session.
type sessionLine struct {
	ID          string   `json:"id"`
	Object      string   `json:"object"`
	Discount    int64    `json:"amount_discount"`
	Subtotal    int64    `json:"amount_subtotal"`
	Tax         int64    `json:"amount_tax"`
	Total       int64    `json:"amount_total"`
	Currency    string   `json:"currency"`
	Description string   `json:"description"`
	Metadata    struct{} `json:"metadata"`
	Price       *price   `json:"price"`
	Quantity    *int64   `json:"quantity"`
}

func (l *sessionLine) ident() string { return l.ID }

// linesOf are a session's lines, with what each costs today.
func (e *Engine) linesOf(s *checkoutSession) []*sessionLine {
	in := e.today(s)
	var out []*sessionLine
	for i, it := range s.Own.Items {
		p, ok := e.st.Prices.get(it.Price)
		if !ok {
			continue
		}
		l := &sessionLine{ID: "li_" + s.ID[len(s.ID)-20:] + string(rune('a'+i)), Object: "item", Currency: p.Currency,
			Description: e.productName(p), Price: p, Quantity: it.Quantity}
		for _, of := range in.Lines.Data {
			if of.Pricing != nil && of.Pricing.Details.Price == p.ID && !of.Own.Usage {
				l.Subtotal, l.Discount = of.Amount, of.Amount-of.net()
				for _, t := range of.Taxes {
					l.Tax += t.Amount
				}
				l.Total = l.Subtotal - l.Discount + l.Tax
			}
		}
		out = append(out, l)
	}
	return out
}

func (e *Engine) listSessionLines(c *call) (any, *apiError) {
	s, refused := e.theSession(c)
	if refused != nil {
		return nil, refused
	}
	return page(c, "line item", "/v1/checkout/sessions/"+s.ID+"/line_items", e.linesOf(s))
}

// tellSession tells what became of a payment that a session made, and that a
// bank took its time for.
func (e *Engine) tellSession(in *invoice, kind, paymentStatus string) {
	s, ok := e.st.Sessions.first(func(s *checkoutSession) bool { return s.Invoice == in.ID })
	if ok {
		s.PaymentStatus = paymentStatus
		e.emit(kind, s)
	}
}
