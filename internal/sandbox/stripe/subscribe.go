package stripe

import (
	"fmt"
	"slices"
	"strings"
)

// order is a subscription that somebody wants.
type order struct {
	customer   *customer
	items      []orderItem
	trialEnd   int64
	anchor     int64 // 0: now, or the trial's end
	prorate    bool  // the first period, when it ends at an anchor that was chosen
	reductions []reduction
	method     string
	asked      bool // the owner of the card agreed a moment ago
	behaviour  string
	mode       billingMode
	session    string
	schedule   string
	set        func(*subscription) // what else is said of it
}

type orderItem struct {
	price    *price
	quantity *int64
	metadata labels
}

func (e *Engine) createSub(c *call) (any, *apiError) {
	cu, refused := e.theCustomer(c.str("customer"), "customer")
	if refused != nil {
		return nil, refused
	}
	o := order{customer: cu, behaviour: c.or("payment_behavior", "allow_incomplete"), prorate: c.str("proration_behavior") != "none",
		method: c.str("default_payment_method")}
	if o.items, refused = e.readItems(c.params); refused != nil {
		return nil, refused
	}
	if o.reductions, refused = e.readDiscounts(c.params, cu.ID); refused != nil {
		return nil, refused
	}
	if o.trialEnd, refused = e.readTrial(c.params); refused != nil {
		return nil, refused
	}
	if o.mode, refused = e.readMode(c.params); refused != nil {
		return nil, refused
	}
	if o.anchor = c.int("billing_cycle_anchor"); c.has("billing_cycle_anchor") && o.anchor < e.now() {
		return nil, bad("billing_cycle_anchor", "timestamp_in_past", "billing_cycle_anchor cannot be earlier than the current time")
	}
	if o.method != "" {
		pm, ok := e.st.Methods.get(o.method)
		if !ok || pm.Customer != cu.ID {
			return nil, bad("default_payment_method", "resource_missing", "The customer does not have a payment method with the ID %s. The payment method must be attached to the customer.", o.method)
		}
	}
	meta := labels{}
	if refused := c.metadata(&meta); refused != nil {
		return nil, refused
	}
	if c.sub("automatic_tax").flag("enabled") && !cu.located() {
		return nil, bad("automatic_tax", "customer_tax_location_invalid", "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.")
	}
	o.set = func(sub *subscription) { setSub(c.params, sub, meta) }
	return e.subscribe(o)
}

// setSub takes over the plain settings of a new subscription.
func setSub(p params, sub *subscription, meta labels) {
	sub.Metadata = meta
	p.set("description", &sub.Description)
	p.set("collection_method", &sub.Collection)
	p.setInt("days_until_due", &sub.DaysUntilDue)
	p.setInt("cancel_at", &sub.CancelAt)
	p.setFlag("cancel_at_period_end", &sub.CancelAtPeriodEnd)
	p.sub("automatic_tax").setFlag("enabled", &sub.AutomaticTax.Enabled)
	if sub.AutomaticTax.Enabled {
		sub.AutomaticTax.Liability = &selfRef{"self"}
	}
	settings := p.sub("payment_settings")
	settings.set("save_default_payment_method", &sub.Settings.SaveDefault)
	if settings.has("payment_method_types") {
		sub.Settings.MethodTypes = settings.strs("payment_method_types")
	}
	p.sub("trial_settings").sub("end_behavior").set("missing_payment_method", &sub.TrialSettings.EndBehavior.Missing)
}

// subscribe begins a subscription: its first invoice is made, and collected
// unless the order says otherwise.
func (e *Engine) subscribe(o order) (*subscription, *apiError) {
	sub := e.newSub(o)
	due := e.firstInvoice(sub, o)
	pm := e.methodFor(o.customer, o.method)
	automatic := sub.Collection == "charge_automatically"
	if due.AmountDue+o.customer.Balance > 0 && automatic && o.behaviour != "default_incomplete" {
		how, _ := e.attempt(pm, o.asked)
		switch {
		case pm == nil:
			return nil, noMethod()
		case o.behaviour == "error_if_incomplete" && how != paid && how != processing:
			return nil, e.refusalOf(pm, how)
		}
	}
	e.st.Subs.add(sub)
	e.redeem(sub, o.reductions)
	e.emit("customer.subscription.created", sub)
	if sub.Status == "trialing" {
		e.announceTrial(sub)
		if pm == nil && o.session == "" && automatic {
			sub.PendingSetup = e.st.Setups.add(e.newSetup(sub.Customer, "")).ID
		}
	}
	in := e.firstInvoice(sub, o)
	in.Discounts = e.spendDiscounts(sub)
	if o.session == "" { // a page has said what there is to pay
		e.takePending(in, sub)
	}
	sub.LatestInvoice = in.ID
	e.draft(in)
	e.bill(sub, in, pm, o)
	return sub, nil
}

// newSub makes a subscription that is not in the account yet.
func (e *Engine) newSub(o order) *subscription {
	sub := &subscription{base: e.made(id24("sub_"), "subscription"), BillingMode: o.mode, Collection: "charge_automatically",
		Currency: o.items[0].price.Currency, Customer: o.customer.ID, DefaultMethod: o.method, Discounts: []string{},
		InvoiceSettings: subInvoices{selfRef{"self"}}, StartDate: e.now(), Status: "incomplete", Settings: subSettings{SaveDefault: "off"},
		TrialSettings: trialSettings{endBehavior{"create_invoice"}}, Schedule: o.schedule}
	sub.Own.Session = o.session
	sub.Items.URL = "/v1/subscription_items?subscription=" + sub.ID
	rhythm := o.items[0].price.Recurring
	sub.Anchor = e.now()
	period := span{rhythm.after(sub.Anchor, e.now()), e.now()}
	switch {
	case o.trialEnd != 0:
		sub.Status, sub.TrialStart, sub.TrialEnd, sub.Anchor = "trialing", e.now(), o.trialEnd, o.trialEnd
		period.End = o.trialEnd
	case o.anchor != 0:
		sub.Anchor = o.anchor
		period.End = min(o.anchor, rhythm.after(o.anchor, e.now()))
	}
	for _, it := range o.items {
		sub.Items.Data = append(sub.Items.Data, e.newSubItem(sub, it, period))
	}
	if o.set != nil {
		o.set(sub)
	}
	return sub
}

func (e *Engine) newSubItem(sub *subscription, it orderItem, period span) *subItem {
	si := &subItem{plain: plain{newID("si_", 14), "subscription_item", e.now()}, PeriodEnd: period.End, PeriodStart: period.Start,
		Discounts: []string{}, Metadata: it.metadata, Price: it.price, Quantity: it.quantity, Subscription: sub.ID, TaxRates: []struct{}{}}
	si.Own.UsageFrom = e.now()
	return si
}

// firstInvoice is what a new subscription costs at once.
func (e *Engine) firstInvoice(sub *subscription, o order) *invoice {
	in := e.newInvoice(sub, "subscription_create")
	period, trial := sub.period(), sub.Status == "trialing"
	whole := sub.rhythm().boundary(period.End, -1)
	for _, it := range sub.Items.Data {
		if it.Price.metered() {
			if sub.BillingMode.Type == "classic" && !trial {
				in.Own.Windows = append(in.Own.Windows, usageWindow{it.ID, it.Price.ID, period.Start, period.Start})
			}
			continue
		}
		if !trial && o.anchor != 0 && !o.prorate {
			continue
		}
		l := e.licensedLine(sub, it, period, trial)
		if !trial && period.Start > whole { // up to the anchor that was chosen
			l.Amount = share(l.Amount, period.End-period.Start, period.End-whole)
		}
		in.put(l)
	}
	for _, r := range o.reductions {
		if r.kept == nil { // foreseen, before it is redeemed
			r.coupon.takeOff("", in.Lines.Data)
		}
	}
	for _, l := range in.Lines.Data {
		in.AmountDue += l.net()
		l.DiscountAmounts = []discountAmount{}
	}
	return in
}

// bill finalizes the first invoice and collects it, and says what that makes of
// the subscription.
func (e *Engine) bill(sub *subscription, in *invoice, pm *paymentMethod, o order) {
	before := e.before(sub)
	defer func() { e.updated("customer.subscription.updated", sub, before) }()
	if e.finalize(in) != nil || in.Status == "paid" {
		return
	}
	in.AutoAdvance = false // what is not paid within a day lapses
	switch {
	case sub.Collection == "send_invoice":
		in.DueDate = e.now() + sub.DaysUntilDue*86400
		sub.Status = "active"
	case o.behaviour == "default_incomplete":
		if pi := e.intentOf(in); pi != nil && pm != nil {
			pi.Method, pi.Status = pm.ID, "requires_confirmation"
		}
	default:
		switch e.collect(in, pm, o.asked) {
		case processing:
			sub.Status = "active"
		case failed:
			e.emit("invoice.payment_failed", in)
		}
	}
}

// describeItems lists what a subscription is of, for people.
func (e *Engine) describeItems(sub *subscription) string {
	var names []string
	for _, it := range sub.Items.Data {
		name := e.productName(it.Price)
		if n := it.quantity(); n != 1 {
			name = fmt.Sprintf("%d × %s", n, name)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
