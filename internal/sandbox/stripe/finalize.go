package stripe

// draftAge is how long an invoice of a cycle stays a draft.
const draftAge = 3600

// minimumCharge is the least that a card can be charged with. What is due below
// it is added to the customer's balance.
const minimumCharge = 50

// finalize makes an invoice one that cannot change any more. Usage that was
// received until now is on it.
func (e *Engine) finalize(in *invoice) *apiError {
	e.compute(in)
	if in.AutomaticTax.Status == "requires_location_inputs" {
		refused := bad("", "customer_tax_location_invalid", "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.")
		before := e.before(in)
		in.LastError, in.AutoAdvance = refused, false
		in.AutomaticTax.DisabledReason = "finalization_requires_location_inputs"
		e.updated("invoice.finalization_failed", in, before)
		return refused
	}
	in.Status, in.FinalizesAt, in.LastError = "open", 0, nil
	in.Transitions.FinalizedAt, in.EffectiveAt = e.now(), e.now()
	e.number(in)
	e.settleBalance(in)
	in.HostedURL = e.opt.PublicURL + "/i/" + in.ID
	in.PDF = in.HostedURL + "/pdf"
	if in.AmountDue > 0 {
		e.newIntent(in)
	}
	e.emit("invoice.finalized", in)
	if in.AmountDue == 0 {
		e.markPaid(in, false)
	}
	return nil
}

// settleBalance takes what the customer has to their good, or owes, into an
// invoice, and leaves the rest for the next one.
func (e *Engine) settleBalance(in *invoice) {
	cu, _ := e.st.Customers.get(in.Customer)
	in.StartingBalance = cu.Balance
	left := in.Total + in.StartingBalance
	in.AmountDue = max(0, left)
	if in.AmountDue < minimumCharge {
		in.AmountDue = 0
	}
	left -= in.AmountDue
	in.EndingBalance, in.AmountRemaining = &left, in.AmountDue
	if left != cu.Balance {
		before := e.before(cu)
		cu.Balance = left
		e.updated("customer.updated", cu, before)
	}
}

func (e *Engine) finalizeInvoice(c *call) (any, *apiError) {
	in, refused := e.theInvoice(c)
	if refused != nil {
		return nil, refused
	}
	if refused := in.mustBe("finalize", "draft"); refused != nil {
		return nil, refused
	}
	c.setFlag("auto_advance", &in.AutoAdvance)
	return in, e.finalize(in)
}

// advance finalizes a draft when its time has come, and collects it.
func (e *Engine) advance(in *invoice) {
	sub, _ := e.st.Subs.get(in.subscription())
	if sub != nil && sub.Pause != nil {
		e.advancePaused(in, sub.Pause.Behavior)
		return
	}
	if e.finalize(in) != nil || in.Status != "open" {
		return
	}
	if in.Collection == "charge_automatically" {
		e.collectAutomatically(in)
	}
}

// advancePaused does with a draft what a subscription says whose payments are
// paused.
func (e *Engine) advancePaused(in *invoice, behavior string) {
	in.AutoAdvance = false
	if behavior == "keep_as_draft" {
		return
	}
	if e.finalize(in) != nil || in.Status != "open" {
		return
	}
	if behavior == "void" {
		e.void(in)
	} else {
		e.giveUp(in)
	}
}

// void takes an invoice back, as if it had never been.
func (e *Engine) void(in *invoice) {
	before := e.before(in)
	in.Status, in.Transitions.VoidedAt, in.NextAttempt, in.AutoAdvance = "void", e.now(), 0, false
	in.AmountRemaining = 0
	e.cancelIntent(in, "void_invoice")
	e.updated("invoice.voided", in, before)
	if sub, ok := e.st.Subs.get(in.subscription()); ok {
		e.afterClosing(sub, in)
	}
}

// giveUp marks an invoice as one that will not be paid.
func (e *Engine) giveUp(in *invoice) {
	before := e.before(in)
	in.Status, in.Transitions.UncollectibleAt, in.NextAttempt, in.AutoAdvance = "uncollectible", e.now(), 0, false
	e.updated("invoice.marked_uncollectible", in, before)
	if sub, ok := e.st.Subs.get(in.subscription()); ok {
		e.afterClosing(sub, in)
	}
}

func (e *Engine) cancelIntent(in *invoice, reason string) {
	pi := e.intentOf(in)
	if pi == nil || pi.Status == "succeeded" || pi.Status == "canceled" {
		return
	}
	before := e.before(pi)
	pi.Status, pi.CanceledAt, pi.CancelReason, pi.NextAction = "canceled", e.now(), reason, nil
	e.updated("payment_intent.canceled", pi, before)
	if ip := e.paymentOf(in); ip != nil {
		ip.Status, ip.Transitions.CanceledAt = "canceled", e.now()
	}
}

func (e *Engine) voidInvoice(c *call) (any, *apiError) {
	return e.closeInvoice(c, "void", e.void, "open", "uncollectible")
}

func (e *Engine) markUncollectible(c *call) (any, *apiError) {
	return e.closeInvoice(c, "mark as uncollectible", e.giveUp, "open")
}

func (e *Engine) closeInvoice(c *call, doing string, do func(*invoice), from ...string) (any, *apiError) {
	in, refused := e.theInvoice(c)
	if refused != nil {
		return nil, refused
	}
	if refused := in.mustBe(doing, from...); refused != nil {
		return nil, refused
	}
	do(in)
	return in, nil
}
