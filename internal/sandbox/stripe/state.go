package stripe

import "strings"

// state is the account as it is marshalled. Every type in it is written as
// Stripe writes it; what the emulator remembers beside lies under hidden.
type state struct {
	Products  table[*product]       `json:"products"`
	Prices    table[*price]         `json:"prices"`
	Coupons   table[*coupon]        `json:"coupons"`
	Promos    table[*promotionCode] `json:"promotion_codes"`
	Discounts table[*discount]      `json:"discounts"`
	Customers table[*customer]      `json:"customers"`
	Methods   table[*paymentMethod] `json:"payment_methods"`
	Setups    table[*setupIntent]   `json:"setup_intents"`
	Intents   table[*paymentIntent] `json:"payment_intents"`
	Charges   table[*charge]        `json:"charges"`
	Refunds   table[*refund]        `json:"refunds"`
	Disputes  table[*dispute]       `json:"disputes"`
	Balance   table[*balanceTxn]    `json:"balance_transactions"`
	Meters    table[*meter]         `json:"meters"`
	Usage     table[*meterEvent]    `json:"meter_events"`
	// Totals are the usage of customers by meter, from which invoices are made.
	Totals    map[string][]usagePoint `json:"usage_totals"`
	Reports   []usageReport           `json:"usage_reports"` // of what went wrong, not yet told
	Subs      table[*subscription]    `json:"subscriptions"`
	Schedules table[*schedule]        `json:"subscription_schedules"`
	Invoices  table[*invoice]         `json:"invoices"`
	Items     table[*invoiceItem]     `json:"invoice_items"`
	Payments  table[*invoicePayment]  `json:"invoice_payments"`
	Sessions  table[*checkoutSession] `json:"checkout_sessions"`
	Portals   table[*portalConfig]    `json:"portal_configurations"`
	Visits    table[*portalSession]   `json:"portal_sessions"`
	Endpoints table[*endpoint]        `json:"webhook_endpoints"`
	Dests     table[*destination]     `json:"event_destinations"`
	Events    table[*event]           `json:"events"`
	Thin      table[*thinEvent]       `json:"thin_events"`
	Kept      table[*kept]            `json:"idempotency"`
	// Latest is when something happened last.
	Latest int64 `json:"latest"`
	// PublicURL is where the pages were when the state was saved.
	PublicURL string `json:"public_url"`
	// Dunning is what becomes of a subscription whose last payment attempt failed:
	// cancel, unpaid or past_due.
	Dunning string `json:"dunning"`
}

func newState() *state {
	return &state{Totals: map[string][]usagePoint{}, Dunning: "cancel"}
}

// follow makes the addresses of pages those of where the pages are now.
func (st *state) follow(publicURL string) {
	move := func(address *string) {
		if path, ok := strings.CutPrefix(*address, st.PublicURL+"/"); ok {
			*address = publicURL + "/" + path
		}
	}
	for _, s := range st.Sessions.rows {
		move(&s.URL)
	}
	for _, v := range st.Visits.rows {
		move(&v.URL)
	}
	for _, in := range st.Invoices.rows {
		move(&in.HostedURL)
		move(&in.PDF)
	}
	st.PublicURL = publicURL
}

// find returns the object that an identifier names.
func (e *Engine) find(id string) (any, bool) {
	st := e.st
	if prefix, _, ok := cutPrefix(id); ok {
		for _, look := range []struct {
			prefix string
			get    func(string) (any, bool)
		}{
			{"cus", any1(&st.Customers)}, {"prod", any1(&st.Products)}, {"price", any1(&st.Prices)},
			{"promo", any1(&st.Promos)}, {"di", any1(&st.Discounts)}, {"pm", any1(&st.Methods)},
			{"seti", any1(&st.Setups)}, {"pi", any1(&st.Intents)}, {"ch", any1(&st.Charges)},
			{"re", any1(&st.Refunds)}, {"du", any1(&st.Disputes)}, {"txn", any1(&st.Balance)},
			{"mtr", any1(&st.Meters)}, {"sub", any1(&st.Subs)}, {"sched", any1(&st.Schedules)},
			{"in", any1(&st.Invoices)}, {"ii", any1(&st.Items)}, {"inpay", any1(&st.Payments)},
			{"cs", any1(&st.Sessions)}, {"bpc", any1(&st.Portals)}, {"evt", any1(&st.Events)},
		} {
			if look.prefix == prefix {
				if o, ok := look.get(id); ok {
					return o, true
				}
			}
		}
	}
	// Products and coupons may have names that the merchant chose.
	if o, ok := st.Products.get(id); ok {
		return o, true
	}
	return any1(&st.Coupons)(id)
}

// any1 is a table's get, for tables of different types in one list.
func any1[T row](t *table[T]) func(string) (any, bool) {
	return func(id string) (any, bool) {
		r, ok := t.get(id)
		return r, ok
	}
}

// cutPrefix splits an identifier: cus_9s6X into cus and the rest.
func cutPrefix(id string) (prefix, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(id, "sub_sched_"); ok {
		return "sched", rest, true
	}
	return strings.Cut(id, "_")
}

// trim lets the oldest of each kind of history go.
func (st *state) trim() {
	st.Events.trim(keep, func(*event) bool { return true })
	st.Thin.trim(keep, func(*thinEvent) bool { return true })
	st.Invoices.trim(keep, func(in *invoice) bool { return in.Status != "draft" && in.Status != "open" })
	st.Items.trim(keep, func(ii *invoiceItem) bool { return ii.Invoice != "" })
	st.Payments.trim(keep, func(*invoicePayment) bool { return true })
	st.Intents.trim(keep, func(pi *paymentIntent) bool { return pi.Status == "succeeded" || pi.Status == "canceled" })
	st.Setups.trim(keep, func(*setupIntent) bool { return true })
	st.Charges.trim(keep, func(*charge) bool { return true })
	st.Refunds.trim(keep, func(*refund) bool { return true })
	st.Disputes.trim(keep, func(*dispute) bool { return true })
	st.Balance.trim(keep, func(*balanceTxn) bool { return true })
	st.Sessions.trim(keep, func(s *checkoutSession) bool { return s.Status != "open" })
	st.Visits.trim(keep, func(*portalSession) bool { return true })
}

// base is what nearly every object begins with.
type base struct {
	ID       string `json:"id"`
	Object   string `json:"object"`
	Created  int64  `json:"created"`
	Livemode bool   `json:"livemode"`
}

func (b *base) ident() string { return b.ID }

// made begins an object.
func (e *Engine) made(id, object string) base {
	return base{ID: id, Object: object, Created: e.now()}
}

// plain is what the objects begin with that have no mode.
type plain struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
}

func (p *plain) ident() string { return p.ID }

// gone is the answer to a deletion.
type gone struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
}

// labels is metadata, which is never null.
type labels map[string]string

// MarshalJSON writes no labels as an empty object.
func (l labels) MarshalJSON() ([]byte, error) { return marshalLabels(l) }

// address is where somebody lives.
type address struct {
	City       string `json:"city,omitempty"`
	Country    string `json:"country,omitempty"`
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	State      string `json:"state,omitempty"`
}

// address reads an address from a parameter; nil when it is unset.
func (p params) address(k string, field **address) {
	if !p.has(k) {
		return
	}
	if p.cleared(k) {
		*field = nil
		return
	}
	a := address{}
	if *field != nil {
		a = **field
	}
	in := p.sub(k)
	in.set("city", &a.City)
	in.set("country", &a.Country)
	in.set("line1", &a.Line1)
	in.set("line2", &a.Line2)
	in.set("postal_code", &a.PostalCode)
	in.set("state", &a.State)
	*field = &a
}
