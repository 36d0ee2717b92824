package stripe

// updateSub changes a subscription: what can be refused is read first, then
// everything is applied at once.
func (e *Engine) updateSub(c *call) (any, *apiError) {
	sub, refused := e.theSub(c.id, "id")
	if refused != nil {
		return nil, refused
	}
	return sub, e.update(sub, c.params)
}

func (e *Engine) update(sub *subscription, p params) *apiError {
	if refused := mayUpdate(sub, p); refused != nil {
		return refused
	}
	changes, refused := e.readChanges(sub, p)
	if refused != nil {
		return refused
	}
	pr, refused := e.readProration(sub, p)
	if refused != nil {
		return refused
	}
	reductions, refused := e.readDiscounts(p, sub.Customer)
	if refused != nil {
		return refused
	}
	changed := *sub
	if refused := e.setUpdate(&changed, p); refused != nil {
		return refused
	}
	t, refused := e.readTurn(sub, p, changes, pr)
	if refused != nil {
		return refused
	}
	behavior := p.str("payment_behavior")
	if t.now && behavior == "error_if_incomplete" {
		if pm, how, ok := e.foreseeTurn(sub, t); !ok {
			return e.refusalOf(pm, how)
		}
	}
	before := e.before(sub)
	t.waits = t.now && behavior == "pending_if_incomplete"
	items := sub.Items // the copy above is older than what the turn makes of them
	*sub = changed
	sub.Items = items
	if p.has("discounts") {
		e.redeem(sub, reductions)
	}
	e.turn(sub, t)
	e.updated("customer.subscription.updated", sub, before)
	return nil
}

// mayUpdate refuses what the state of a subscription does not allow.
func mayUpdate(sub *subscription, p params) *apiError {
	if sub.over() {
		for k := range p.m {
			if k != "metadata" && k != "cancellation_details" && k != "expand" {
				return bad(k, "", "A canceled subscription can only update its cancellation_details and metadata.")
			}
		}
	}
	if sub.Status == "incomplete" && p.has("items") {
		return bad("items", "", "Subscriptions whose first payment is incomplete cannot be changed: pay or void the invoice first.")
	}
	if sub.Schedule != "" && (p.has("cancel_at") || p.has("cancel_at_period_end")) {
		return bad("", "", "The subscription is managed by the subscription schedule `%s`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.", sub.Schedule)
	}
	if p.has("cancel_at") && p.flag("cancel_at_period_end") {
		return bad("cancel_at", "", "You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
	}
	return nil
}

// setUpdate takes over what changes no money.
func (e *Engine) setUpdate(sub *subscription, p params) *apiError {
	if refused := p.metadata(&sub.Metadata); refused != nil {
		return refused
	}
	p.set("description", &sub.Description)
	p.set("collection_method", &sub.Collection)
	p.setInt("days_until_due", &sub.DaysUntilDue)
	p.sub("payment_settings").set("save_default_payment_method", &sub.Settings.SaveDefault)
	p.sub("trial_settings").sub("end_behavior").set("missing_payment_method", &sub.TrialSettings.EndBehavior.Missing)
	if in := p.sub("automatic_tax"); in.has("enabled") {
		sub.AutomaticTax.Enabled = in.flag("enabled")
	}
	if id := p.str("default_payment_method"); id != "" {
		pm, ok := e.st.Methods.get(id)
		if !ok || pm.Customer != sub.Customer {
			return bad("default_payment_method", "resource_missing", "The customer does not have a payment method with the ID %s. The payment method must be attached to the customer.", id)
		}
	}
	p.set("default_payment_method", &sub.DefaultMethod)
	details := p.sub("cancellation_details")
	details.set("comment", &sub.Cancellation.Comment)
	details.set("feedback", &sub.Cancellation.Feedback)
	if p.has("pause_collection") {
		sub.Pause = nil
		if in := p.sub("pause_collection"); p.isObject("pause_collection") {
			sub.Pause = &pause{in.str("behavior"), in.int("resumes_at")}
		}
	}
	return e.setCancel(sub, p)
}

// setCancel takes over when a subscription is to end.
func (e *Engine) setCancel(sub *subscription, p params) *apiError {
	if !p.has("cancel_at") && !p.has("cancel_at_period_end") {
		return nil
	}
	at := int64(0)
	switch v := p.str("cancel_at"); {
	case p.flag("cancel_at_period_end"), v == "min_period_end", v == "max_period_end":
		at = sub.periodEnd()
	case v != "":
		if at = p.int("cancel_at"); at <= e.now() {
			return bad("cancel_at", "timestamp_in_past", "Invalid timestamp: cancel_at must be in the future.")
		}
	}
	sub.CancelAtPeriodEnd, sub.CancelAt = p.flag("cancel_at_period_end"), at
	if at == 0 {
		sub.CanceledAt, sub.Cancellation.Reason = 0, ""
	} else {
		sub.CanceledAt, sub.Cancellation.Reason = e.now(), "cancellation_requested"
	}
	return nil
}

// turn is what a request makes of a subscription that costs money.
type turn struct {
	changes  []itemChange
	pr       proration
	reset    bool  // a new period begins now
	endTrial bool  // now
	trialEnd int64 // 0: as it is
	now      bool  // it is invoiced at once
	waits    bool  // it is done only when it is paid
}

func (e *Engine) readTurn(sub *subscription, p params, changes []itemChange, pr proration) (turn, *apiError) {
	t := turn{changes: changes, pr: pr, reset: resets(sub, changes) || p.str("billing_cycle_anchor") == "now"}
	switch v := p.str("trial_end"); {
	case v == "now":
		t.endTrial = sub.Status == "trialing"
	case v != "":
		end, refused := e.readTrial(p)
		if refused != nil {
			return t, refused
		}
		t.trialEnd = end
	}
	t.now = t.reset || t.endTrial || pr.behavior == "always_invoice" && len(changes) > 0
	if sub.Status == "trialing" && !t.endTrial && !t.reset {
		t.now = false
	}
	return t, nil
}

// turn changes a subscription, and invoices that if it must be done at once.
func (e *Engine) turn(sub *subscription, t turn) {
	old := e.dup(sub)
	in := e.turned(sub, t)
	if in == nil {
		return
	}
	if e.finalize(in) != nil || in.Status == "paid" || sub.Collection != "charge_automatically" {
		return
	}
	cu, _ := e.st.Customers.get(sub.Customer)
	pm := e.methodFor(cu, sub.DefaultMethod)
	how, _ := e.attempt(pm, false)
	if t.waits && how != paid {
		e.wait(sub, old, in)
	}
	if how := e.collect(in, pm, false); how == failed || how == asks {
		e.afterFailure(in, how, !t.waits)
	}
}

// turned changes a subscription and returns the draft of what has to be paid at
// once, nil if nothing has.
func (e *Engine) turned(sub *subscription, t turn) *invoice {
	trial := sub.Status == "trialing"
	e.apply(sub, t.changes, t.pr, t.reset)
	switch {
	case t.endTrial || t.reset && trial:
		sub.Status, sub.TrialEnd = "active", e.now()
		fallthrough
	case t.reset:
		sub.Anchor = e.now()
		sub.begin(e.now())
	case t.trialEnd != 0:
		e.extendTrial(sub, t)
	}
	if !t.now {
		return nil
	}
	in := e.newInvoice(sub, "subscription_update")
	if t.reset || t.endTrial {
		in.PeriodEnd = sub.period().Start
		e.putLicensed(in, sub)
	}
	e.takePending(in, sub)
	if len(in.Lines.Data) == 0 {
		return nil
	}
	if t.reset || t.endTrial { // prorations contain the discounts already
		in.Discounts = e.spendDiscounts(sub)
	}
	sub.LatestInvoice = in.ID
	e.draft(in)
	in.FinalizesAt = 0
	return in
}

// extendTrial makes a subscription free until a moment.
func (e *Engine) extendTrial(sub *subscription, t turn) {
	if sub.Status != "trialing" {
		for _, it := range sub.Items.Data {
			e.leave(sub, it, t.pr)
			it.PeriodStart = e.now()
		}
		sub.Status, sub.TrialStart = "trialing", e.now()
	}
	sub.TrialEnd, sub.Anchor = t.trialEnd, t.trialEnd
	for _, it := range sub.Items.Data {
		it.PeriodEnd = t.trialEnd
	}
}

// foreseeTurn reports whether a change would be paid, without doing it.
func (e *Engine) foreseeTurn(sub *subscription, t turn) (*paymentMethod, result, bool) {
	cu, _ := e.st.Customers.get(sub.Customer)
	pm := e.methodFor(cu, sub.DefaultMethod)
	how, _ := e.attempt(pm, false)
	if how == paid || how == processing {
		return pm, how, true
	}
	dry := e.scratch(sub.Customer)
	copied, _ := dry.st.Subs.get(sub.ID)
	in := dry.turned(copied, t)
	return pm, how, in == nil || in.AmountDue == 0
}
