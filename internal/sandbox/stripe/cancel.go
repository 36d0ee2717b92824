package stripe

// cancelSub ends a subscription now.
func (e *Engine) cancelSub(c *call) (any, *apiError) {
	sub, refused := e.theSub(c.id, "id")
	if refused != nil {
		return nil, refused
	}
	if sub.over() {
		return nil, missing("subscription", c.id, "id")
	}
	details := c.sub("cancellation_details")
	details.set("comment", &sub.Cancellation.Comment)
	details.set("feedback", &sub.Cancellation.Feedback)
	e.cancelNow(sub, c.flag("invoice_now"), c.flag("prorate"))
	return sub, nil
}

// cancelNow ends a subscription. What was used is invoiced only if that is asked
// for, and what was paid and not used is given back only likewise.
func (e *Engine) cancelNow(sub *subscription, invoiceNow, prorate bool) {
	if prorate && sub.Status != "trialing" && sub.Status != "incomplete" {
		for _, it := range sub.Items.Data {
			if !it.Price.metered() {
				e.leave(sub, it, proration{"create_prorations", e.now()})
			}
		}
	}
	var in *invoice
	if invoiceNow {
		in = e.finalInvoice(sub, "subscription_update")
	}
	e.endSubscription(sub, "")
	if in != nil && e.finalize(in) == nil && in.Status == "open" {
		e.collectAutomatically(in)
	}
}

// resumeSub wakes a subscription that rests because its trial ended without a
// payment method.
func (e *Engine) resumeSub(c *call) (any, *apiError) {
	sub, refused := e.theSub(c.id, "id")
	if refused != nil {
		return nil, refused
	}
	if sub.Status != "paused" {
		return nil, bad("", "", "You can only resume a subscription whose status is paused; this one is %s.", sub.Status)
	}
	cu, _ := e.st.Customers.get(sub.Customer)
	pm := e.methodFor(cu, sub.DefaultMethod)
	if how, _ := e.attempt(pm, false); how != paid {
		return nil, e.refusalOf(pm, how)
	}
	before := e.before(sub)
	sub.Status = "active"
	if c.str("billing_cycle_anchor") != "unchanged" {
		sub.Anchor = e.now()
	}
	sub.begin(e.now())
	in := e.newInvoice(sub, "subscription_update")
	e.putLicensed(in, sub)
	e.takePending(in, sub)
	sub.LatestInvoice = in.ID
	e.draft(in)
	e.updated("customer.subscription.resumed", sub, before)
	if e.finalize(in) == nil && in.Status == "open" {
		e.collectAutomatically(in)
	}
	return sub, nil
}
