package stripe

import (
	"encoding/json"
	"net/http"
)

// scratch is a copy of all that belongs to a customer, on which what would happen
// can be tried with the code that does it. It tells nobody.
func (e *Engine) scratch(id string) *Engine {
	st := newState()
	st.Products, st.Prices, st.Meters, st.Totals = e.st.Products.shared(), e.st.Prices.shared(), e.st.Meters.shared(), e.st.Totals
	copyRows(&st.Customers, e.st.Customers, func(cu *customer) bool { return cu.ID == id })
	copyRows(&st.Subs, e.st.Subs, func(s *subscription) bool { return s.Customer == id })
	copyRows(&st.Schedules, e.st.Schedules, func(s *schedule) bool { return s.Customer == id })
	copyRows(&st.Discounts, e.st.Discounts, func(d *discount) bool { return d.Customer == id })
	copyRows(&st.Coupons, e.st.Coupons, func(*coupon) bool { return true })
	copyRows(&st.Promos, e.st.Promos, func(*promotionCode) bool { return true })
	copyRows(&st.Items, e.st.Items, func(ii *invoiceItem) bool { return ii.Customer == id && ii.Invoice == "" })
	copyRows(&st.Invoices, e.st.Invoices, func(in *invoice) bool { return in.Customer == id })
	copyRows(&st.Methods, e.st.Methods, func(pm *paymentMethod) bool { return pm.Customer == id })
	st.relink()
	return &Engine{opt: e.opt, specs: e.specs, shapes: e.shapes, st: st, moment: e.moment, dry: true}
}

// copyRows copies rows of a table with everything in them.
func copyRows[T row](to *table[T], from table[T], which func(T) bool) {
	for _, r := range from.rows {
		if which(r) {
			to.add(duplicate(r))
		}
	}
}

// duplicate copies a value of the state with everything in it.
func duplicate[T any](v T) T {
	b, err := json.Marshal(v)
	var out T
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic("stripe: " + err.Error()) // the state's types can be written and read
	}
	return out
}

// dup copies a subscription, sharing the prices.
func (e *Engine) dup(sub *subscription) *subscription {
	out := duplicate(sub)
	for i, it := range out.Items.Data {
		it.Price = sub.Items.Data[i].Price
	}
	return out
}

// upcoming is what a subscription's next invoice would be as things stand; nil if
// there will be none.
func (e *Engine) upcoming(sub *subscription) *invoice {
	dry := e.scratch(sub.Customer)
	copied, _ := dry.st.Subs.get(sub.ID)
	return dry.next(copied)
}

// next lets a subscription of a scratch run to the end of its period.
func (e *Engine) next(sub *subscription) *invoice {
	if sub.over() || sub.Status == "paused" {
		return nil
	}
	was, at := sub.LatestInvoice, sub.periodEnd()
	if ends := sub.ends(); ends != 0 && ends < at {
		at = ends
	}
	m := e.moment
	e.moment.at = m.at.Add(secondsUntil(m.at, at))
	if sub.ends() == at {
		e.finish(sub)
	} else {
		e.renew(sub)
	}
	e.moment = m
	if sub.LatestInvoice == was {
		return nil
	}
	in, _ := e.st.Invoices.get(sub.LatestInvoice)
	return asPreview(in)
}

// asPreview makes a draft one that is not there.
func asPreview(in *invoice) *invoice {
	in.ID = "upcoming_" + in.ID
	in.Lines.URL = "/v1/invoices/" + in.ID + "/lines"
	in.FinalizesAt = 0
	for _, l := range in.Lines.Data {
		l.Invoice = in.ID
	}
	return in
}

func noUpcoming(customer string) *apiError {
	refused := bad("", "invoice_upcoming_none", "No upcoming invoices for customer: %s", customer)
	refused.Status = http.StatusNotFound
	return refused
}

// createPreview computes an invoice that is not made: the next one, or what a
// change would cost.
func (e *Engine) createPreview(c *call) (any, *apiError) {
	details := c.sub("subscription_details")
	id := c.str("subscription")
	c.mark("customer") // with a subscription it is that one's
	if id == "" {
		return e.previewNew(c, details)
	}
	real, ok := e.st.Subs.get(id)
	if !ok {
		return nil, unknownID("subscription", id, "subscription")
	}
	dry := e.scratch(real.Customer)
	sub, _ := dry.st.Subs.get(id)
	if refused := dry.previewItems(c, real.Customer, sub); refused != nil {
		return nil, refused
	}
	in, refused := dry.previewChange(sub, c, details)
	if refused != nil {
		return nil, refused
	}
	if in == nil {
		return nil, noUpcoming(real.Customer)
	}
	return in, nil
}

// previewChange is what a subscription of a scratch costs after a change.
func (e *Engine) previewChange(sub *subscription, c *call, details params) (*invoice, *apiError) {
	if sub.over() {
		return nil, nil
	}
	changes, refused := e.readChanges(sub, details)
	if refused != nil {
		return nil, refused
	}
	pr, refused := e.readProration(sub, details)
	if refused != nil {
		return nil, refused
	}
	reductions, refused := e.readDiscounts(c.params, sub.Customer)
	if refused != nil {
		return nil, refused
	}
	if c.has("discounts") {
		e.redeem(sub, reductions)
	}
	if details.flag("cancel_now") {
		if in := e.finalInvoice(sub, "subscription_update"); in != nil {
			return asPreview(in), nil
		}
		return nil, nil
	}
	if refused := e.setCancel(sub, details); refused != nil {
		return nil, refused
	}
	t, refused := e.readTurn(sub, details, changes, pr)
	if refused != nil {
		return nil, refused
	}
	if in := e.turned(sub, t); in != nil {
		return asPreview(in), nil
	}
	return e.next(sub), nil
}

// previewItems adds what a preview puts on the invoice beside.
func (e *Engine) previewItems(c *call, customer string, sub *subscription) *apiError {
	for _, in := range c.list("invoice_items") {
		in.markAll()
		m := map[string]any{"customer": customer}
		for k, v := range in.m {
			m[k] = v
		}
		if sub != nil {
			m["subscription"] = sub.ID
		}
		if _, refused := e.createItem(&call{params: params{m: m}}); refused != nil {
			return refused
		}
	}
	return nil
}

// previewNew is what a new subscription would cost at once.
func (e *Engine) previewNew(c *call, details params) (any, *apiError) {
	cu := &customer{base: e.made(newID("cus_", 14), "customer"), TaxExempt: "none"}
	if id := c.str("customer"); id != "" {
		of, refused := e.theCustomer(id, "customer")
		if refused != nil {
			return nil, refused
		}
		cu = of
	}
	if !details.has("items") {
		for _, sub := range e.st.Subs.where(func(s *subscription) bool { return s.Customer == cu.ID && !s.over() }) {
			if in := e.upcoming(sub); in != nil {
				return in, nil
			}
		}
		return nil, noUpcoming(cu.ID)
	}
	dry := e.scratch(cu.ID)
	dry.st.Customers.add(duplicate(cu))
	o := order{prorate: details.str("proration_behavior") != "none", anchor: details.int("billing_cycle_anchor")}
	o.customer, _ = dry.st.Customers.get(cu.ID)
	var refused *apiError
	if o.items, refused = dry.readItems(details); refused != nil {
		return nil, refused
	}
	if o.trialEnd, refused = dry.readTrial(details); refused != nil {
		return nil, refused
	}
	if o.mode, refused = dry.readMode(details); refused != nil {
		return nil, refused
	}
	reductions, refused := dry.readDiscounts(c.params, cu.ID)
	if refused != nil {
		return nil, refused
	}
	sub := dry.st.Subs.add(dry.newSub(o))
	sub.AutomaticTax.Enabled = c.sub("automatic_tax").flag("enabled")
	dry.redeem(sub, reductions)
	in := dry.firstInvoice(sub, o)
	in.AmountDue, in.Discounts = 0, sub.Discounts
	if refused := dry.previewItems(c, cu.ID, sub); refused != nil {
		return nil, refused
	}
	dry.takePending(in, sub)
	dry.draft(in)
	return asPreview(in), nil
}
