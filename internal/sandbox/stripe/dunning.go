package stripe

// retries are the days after which a payment that failed is attempted again.
func retries() []int64 { return []int64{3, 5, 7} }

// collectAutomatically attempts to collect an invoice, as often as dunning says.
func (e *Engine) collectAutomatically(in *invoice) {
	cu, ok := e.st.Customers.get(in.Customer)
	in.NextAttempt = 0
	if !ok || cu.Own.Deleted {
		return
	}
	sub, _ := e.st.Subs.get(in.subscription())
	chosen := []string{in.DefaultMethod}
	if sub != nil {
		chosen = append(chosen, sub.DefaultMethod)
	}
	how := e.collect(in, e.methodFor(cu, chosen...), false)
	if how == failed || how == asks {
		e.afterFailure(in, how, true)
	}
}

// afterFailure says what a failed payment makes of the invoice and its
// subscription. An automatic one is attempted again, until dunning gives up.
func (e *Engine) afterFailure(in *invoice, how result, automatic bool) {
	if automatic {
		in.NextAttempt = 0
		if days := retries(); in.Own.Retries < len(days) && in.BillingReason != "subscription_create" {
			in.NextAttempt = e.now() + days[in.Own.Retries]*86400
			in.Own.Retries++
		}
	}
	e.emit("invoice.payment_failed", in)
	if cu, ok := e.st.Customers.get(in.Customer); ok && !cu.Delinquent {
		before := e.before(cu)
		cu.Delinquent = true
		e.updated("customer.updated", cu, before)
	}
	sub, ok := e.st.Subs.get(in.subscription())
	if !ok || sub.over() {
		return
	}
	if sub.Status == "active" && sub.PendingUpdate == nil {
		before := e.before(sub)
		sub.Status = "past_due"
		e.updated("customer.subscription.updated", sub, before)
	}
	if automatic && in.NextAttempt == 0 && sub.Status == "past_due" {
		e.giveUpOn(sub)
	}
}

// giveUpOn does with a subscription what the account's settings say, when the
// last attempt failed.
func (e *Engine) giveUpOn(sub *subscription) {
	switch e.st.Dunning {
	case "cancel":
		e.endSubscription(sub, "payment_failed")
	case "unpaid":
		before := e.before(sub)
		sub.Status = "unpaid"
		e.updated("customer.subscription.updated", sub, before)
	}
}

// afterPayment sets a subscription right whose invoice was paid.
func (e *Engine) afterPayment(sub *subscription, in *invoice) {
	if u := sub.Own.Pending; u != nil && u.Invoice == in.ID {
		e.applyPending(sub)
	}
	e.clearDebt(sub)
	before := e.before(sub)
	switch sub.Status {
	case "incomplete":
		sub.Status = "active"
	case "past_due", "unpaid":
		if in.ID == sub.LatestInvoice {
			sub.Status = "active"
		}
	}
	if pi := e.intentOf(in); pi != nil && sub.Settings.SaveDefault == "on_subscription" && sub.DefaultMethod == "" {
		sub.DefaultMethod = pi.Method
	}
	e.updated("customer.subscription.updated", sub, before)
}

// afterClosing sets a subscription right whose latest invoice nobody has to pay
// any more.
func (e *Engine) afterClosing(sub *subscription, in *invoice) {
	e.clearDebt(sub)
	before := e.before(sub)
	switch {
	case sub.Status == "incomplete" && in.ID == sub.LatestInvoice:
		sub.Status, sub.EndedAt = "incomplete_expired", e.now()
		e.closeSchedule(sub)
	case (sub.Status == "past_due" || sub.Status == "unpaid") && in.ID == sub.LatestInvoice:
		sub.Status = "active"
	}
	e.updated("customer.subscription.updated", sub, before)
}

// clearDebt marks a customer as one who owes nothing, when that is so.
func (e *Engine) clearDebt(sub *subscription) {
	cu, ok := e.st.Customers.get(sub.Customer)
	if !ok || !cu.Delinquent {
		return
	}
	_, owes := e.st.Invoices.first(func(in *invoice) bool { return in.Customer == cu.ID && in.Status == "open" && in.Attempted })
	if owes {
		return
	}
	before := e.before(cu)
	cu.Delinquent = false
	e.updated("customer.updated", cu, before)
}
