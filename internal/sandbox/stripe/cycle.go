package stripe

// renew ends a period and begins the next one. The usage of the old one is on
// the new invoice with what the new one costs in advance; it is counted until
// that invoice is final.
func (e *Engine) renew(sub *subscription) {
	at := sub.periodEnd()
	if ends := sub.ends(); ends != 0 && ends <= at || e.endsNow(sub, at) {
		e.finish(sub)
		return
	}
	trial := sub.Status == "trialing"
	if trial && !e.endTrial(sub) {
		return
	}
	before := e.before(sub)
	old := sub.period()
	windows := sub.windows(at, trial)
	e.enterPhase(sub, at)
	sub.begin(at)
	in := e.newInvoice(sub, "subscription_cycle")
	in.PeriodStart, in.PeriodEnd, in.Own.Windows = old.Start, old.End, windows
	e.putLicensed(in, sub)
	in.Discounts = e.spendDiscounts(sub)
	e.takePending(in, sub)
	sub.LatestInvoice = in.ID
	if sub.Status == "unpaid" { // nobody would pay it: it waits for somebody to look at it
		in.AutoAdvance = false
	}
	if sub.Collection == "send_invoice" {
		in.DueDate = e.now() + draftAge + sub.DaysUntilDue*86400
	}
	e.draft(in)
	e.updated("customer.subscription.updated", sub, before)
}

// windows are the usage of all metered items until a moment. What was used in a
// trial costs nothing.
func (s *subscription) windows(until int64, free bool) []usageWindow {
	var out []usageWindow
	for _, it := range s.Items.Data {
		if it.Price.metered() && !free {
			out = append(out, usageWindow{it.ID, it.Price.ID, it.Own.UsageFrom, until})
		}
	}
	return out
}

// begin begins a period at a moment.
func (s *subscription) begin(at int64) {
	end := s.rhythm().after(s.Anchor, at)
	for _, it := range s.Items.Data {
		it.PeriodStart, it.PeriodEnd, it.Own.UsageFrom = at, end, at
	}
}

// putLicensed puts what the current period costs in advance on an invoice.
func (e *Engine) putLicensed(in *invoice, sub *subscription) {
	for _, it := range sub.Items.Data {
		if !it.Price.metered() {
			in.put(e.licensedLine(sub, it, sub.period(), false))
		}
	}
}

// endTrial makes a trial a subscription that is paid for. Without a payment
// method it may end or rest instead; then it reports false.
func (e *Engine) endTrial(sub *subscription) bool {
	cu, _ := e.st.Customers.get(sub.Customer)
	if e.methodFor(cu, sub.DefaultMethod) == nil {
		switch sub.TrialSettings.EndBehavior.Missing {
		case "cancel":
			e.endSubscription(sub, "")
			return false
		case "pause":
			before := e.before(sub)
			sub.Status = "paused"
			e.updated("customer.subscription.paused", sub, before)
			return false
		}
	}
	sub.Status = "active"
	return true
}

// announceTrial tells that a trial will end.
func (e *Engine) announceTrial(sub *subscription) {
	if sub.TrialEnd-trialAhead > e.now() {
		return
	}
	sub.Own.TrialTold = sub.TrialEnd
	e.emit("customer.subscription.trial_will_end", sub)
}

// announceInvoice tells what the next invoice would be as things stand.
func (e *Engine) announceInvoice(sub *subscription) {
	sub.Own.Announced = sub.periodEnd()
	if in := e.upcoming(sub); in != nil {
		e.emit("invoice.upcoming", in)
	}
}

// finish ends a subscription when its time has come. What was used and what
// still waits is invoiced; what was paid for the rest of the period is given back.
func (e *Engine) finish(sub *subscription) {
	for _, it := range sub.Items.Data {
		if !it.Price.metered() && e.now() < it.PeriodEnd {
			e.leave(sub, it, proration{"create_prorations", e.now()})
		}
	}
	e.finalInvoice(sub, "subscription_cycle")
	e.endSubscription(sub, "")
}

// finalInvoice puts what a subscription still owes on an invoice, if there is
// anything.
func (e *Engine) finalInvoice(sub *subscription, reason string) *invoice {
	windows := sub.windows(e.now(), sub.Status == "trialing")
	if len(windows) == 0 && len(e.pendingItems(sub)) == 0 {
		return nil
	}
	in := e.newInvoice(sub, reason)
	in.PeriodStart, in.Own.Windows = sub.period().Start, windows
	in.Discounts = e.spendDiscounts(sub)
	e.takePending(in, sub)
	sub.LatestInvoice = in.ID
	e.draft(in)
	return in
}

// endSubscription ends a subscription now, for a reason of Stripe's or, if that
// is "", because somebody asked for it.
func (e *Engine) endSubscription(sub *subscription, reason string) {
	sub.Status, sub.EndedAt, sub.Pause, sub.PendingUpdate = "canceled", e.now(), nil, nil
	if sub.CanceledAt == 0 {
		sub.CanceledAt = e.now()
	}
	if sub.Cancellation.Reason == "" {
		sub.Cancellation.Reason = orDefault(reason, "cancellation_requested")
	}
	for _, in := range e.st.Invoices.where(func(in *invoice) bool { return in.subscription() == sub.ID && in.Status == "open" }) {
		in.AutoAdvance, in.NextAttempt = false, 0
	}
	e.closeSchedule(sub)
	e.emit("customer.subscription.deleted", sub)
}

// lapse ends a subscription whose first payment did not come.
func (e *Engine) lapse(sub *subscription) {
	before := e.before(sub)
	sub.Status, sub.EndedAt = "incomplete_expired", e.now()
	e.updated("customer.subscription.updated", sub, before)
	e.closeSchedule(sub)
	if in, ok := e.st.Invoices.get(sub.LatestInvoice); ok && in.Status == "open" {
		e.void(in)
	}
}

// unpause collects payments again.
func (e *Engine) unpause(sub *subscription) {
	before := e.before(sub)
	sub.Pause = nil
	e.updated("customer.subscription.updated", sub, before)
}
