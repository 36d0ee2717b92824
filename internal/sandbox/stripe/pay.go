package stripe

// result is how an attempt to collect an invoice ended.
type result string

const (
	paid       result = "paid"
	failed     result = "failed"
	asks       result = "asks"       // the owner of the card has to be asked
	processing result = "processing" // the bank will say
)

// foresee is how an attempt would end. asked tells that the owner of the card
// agreed to it a moment ago.
func foresee(pm *paymentMethod, asked bool) (result, *decline) {
	if pm == nil {
		return failed, nil
	}
	switch b := pm.Own.Acts; b {
	case authenticates:
		if !asked && !pm.Own.SetUp {
			return asks, nil
		}
	case alwaysAsks:
		if !asked {
			return asks, nil
		}
	case settlesLater, bouncesLater:
		return processing, nil
	default:
		if d := declineOf(b); d != nil {
			return failed, d
		}
	}
	return paid, nil
}

// attempt is foresee, unless somebody ordered that the payment be declined,
// whatever it is made with.
func (e *Engine) attempt(pm *paymentMethod, asked bool) (result, *decline) {
	how, why := foresee(pm, asked)
	if how == paid && e.declined() {
		return failed, declineOf(declines)
	}
	return how, why
}

// declined reports whether the payment of this moment is declined by order. What
// is asked more than once gets the same answer.
func (e *Engine) declined() bool {
	if e.dry || e.opt.Declined == nil {
		return false
	}
	if e.moment.declined == nil {
		ordered := e.opt.Declined()
		e.moment.declined = &ordered
	}
	return *e.moment.declined
}

// collect makes one attempt to collect an open invoice.
func (e *Engine) collect(in *invoice, pm *paymentMethod, asked bool) result {
	how, why := e.attempt(pm, asked)
	pi := e.intentOf(in)
	if pi == nil {
		pi = e.newIntent(in)
	}
	in.Attempted = true
	in.AttemptCount++
	before := e.before(pi)
	if pm != nil {
		pi.Method, pi.MethodTypes = pm.ID, []string{pm.Type}
	}
	switch how {
	case paid:
		e.takeMoney(in, pi, pm, before)
	case asks:
		pi.Status, pi.NextAction = "requires_action", e.toAuthenticate(in)
		e.updated("payment_intent.requires_action", pi, before)
		e.emit("invoice.payment_action_required", in)
	case processing:
		ch := e.newCharge(pi, pm, "pending", nil)
		pi.Status, pi.Own.Settles, pi.NextAction = "processing", e.now()+bankDelay, nil
		e.updated("payment_intent.processing", pi, before)
		e.emit("charge.pending", ch)
	case failed:
		e.noMoney(pi, pm, why, before)
	}
	return how
}

// takeMoney makes a payment succeed, and the invoice paid.
func (e *Engine) takeMoney(in *invoice, pi *paymentIntent, pm *paymentMethod, before map[string]any) {
	ch := e.newCharge(pi, pm, "succeeded", nil)
	pm.Own.SetUp = true
	e.received(in, pi, ch, before)
	if pm.Own.Acts == isDisputed {
		e.openDispute(ch, "fraudulent")
	}
}

// received ends a payment intent whose money is there.
func (e *Engine) received(in *invoice, pi *paymentIntent, ch *charge, before map[string]any) {
	pi.Status, pi.Received, pi.LastError, pi.NextAction, pi.Own.Settles = "succeeded", pi.Amount, nil, nil, 0
	e.emit("charge.succeeded", ch)
	e.updated("payment_intent.succeeded", pi, before)
	if ip := e.paymentOf(in); ip != nil {
		ip.Status, ip.Paid, ip.Transitions.PaidAt = "paid", pi.Amount, e.now()
		e.emit("invoice_payment.paid", ip)
	}
	in.AmountPaid = in.AmountDue
	e.markPaid(in, false)
}

// noMoney makes a payment fail. Without a payment method there is no charge.
func (e *Engine) noMoney(pi *paymentIntent, pm *paymentMethod, why *decline, before map[string]any) {
	pi.Status, pi.NextAction, pi.Method = "requires_payment_method", nil, ""
	if pm == nil {
		return
	}
	ch := e.newCharge(pi, pm, "failed", why)
	pi.LastError = &apiError{Type: cardError, Code: why.code, DeclineCode: why.declineCode, Message: why.message, Charge: ch.ID, PaymentMethod: duplicate(pm)}
	e.emit("charge.failed", ch)
	e.updated("payment_intent.payment_failed", pi, before)
}

// toAuthenticate sends the payer to the page on which they agree.
func (e *Engine) toAuthenticate(in *invoice) *nextAction {
	a := &nextAction{Type: "redirect_to_url"}
	a.Redirect.URL = e.opt.PublicURL + "/i/" + in.ID
	return a
}

// markPaid closes an invoice, and sets its subscription right. What was paid
// beside Stripe is no payment that succeeded.
func (e *Engine) markPaid(in *invoice, beside bool) {
	before := e.before(in)
	in.Status, in.AmountRemaining, in.Attempted, in.NextAttempt, in.Transitions.PaidAt = "paid", 0, true, 0, e.now()
	e.updated("invoice.updated", in, before)
	e.emit("invoice.paid", in)
	if !beside {
		e.emit("invoice.payment_succeeded", in)
	}
	if sub, ok := e.st.Subs.get(in.subscription()); ok {
		e.afterPayment(sub, in)
	}
}

// settleBank is what a bank says of a payment a day later.
func (e *Engine) settleBank(pi *paymentIntent) {
	in, ok := e.st.Invoices.get(pi.Own.Invoice)
	pm, ok2 := e.st.Methods.get(pi.Method)
	ch, ok3 := e.st.Charges.get(pi.LatestCharge)
	pi.Own.Settles = 0
	if !ok || !ok2 || !ok3 {
		return
	}
	before := e.before(pi)
	why := declineOf(pm.Own.Acts)
	if why == nil {
		ch.Status = "succeeded"
		ch.BalanceTxn = e.book(ch.Amount, ch.Currency, "charge", ch.ID)
		e.received(in, pi, ch, before)
		e.tellSession(in, "checkout.session.async_payment_succeeded", "paid")
		return
	}
	ch.Status, ch.Paid, ch.IsCaptured, ch.Captured, ch.FailureCode, ch.FailureMessage = "failed", false, false, 0, why.code, why.message
	pi.Status, pi.LastError = "requires_payment_method", &apiError{Type: cardError, Code: why.code, DeclineCode: why.declineCode, Message: why.message, Charge: ch.ID, PaymentMethod: duplicate(pm)}
	e.emit("charge.failed", ch)
	e.updated("payment_intent.payment_failed", pi, before)
	e.tellSession(in, "checkout.session.async_payment_failed", "unpaid")
	e.afterFailure(in, failed, true)
}

func (e *Engine) payInvoice(c *call) (any, *apiError) {
	in, refused := e.theInvoice(c)
	if refused != nil {
		return nil, refused
	}
	switch in.Status {
	case "paid":
		return nil, bad("", "", "Invoice is already paid")
	case "draft":
		if refused := e.finalize(in); refused != nil {
			return nil, refused
		}
	case "void":
		return nil, in.mustBe("pay", "open")
	}
	if in.Status == "paid" {
		return in, nil
	}
	if c.flag("paid_out_of_band") {
		in.AmountPaid = 0
		e.cancelIntent(in, "void_invoice")
		e.markPaid(in, true)
		return in, nil
	}
	return in, e.payNow(in, c.str("payment_method"))
}

// payNow attempts a payment that somebody asked for, with a payment method or
// with the customer's. The refusal says why it did not go well.
func (e *Engine) payNow(in *invoice, method string) *apiError {
	cu, _ := e.st.Customers.get(in.Customer)
	chosen := []string{method, in.DefaultMethod}
	if sub, ok := e.st.Subs.get(in.subscription()); ok {
		chosen = append(chosen, sub.DefaultMethod)
	}
	pm := e.methodFor(cu, chosen...)
	if method != "" {
		of, refused := e.theMethod(method, "payment_method")
		if refused != nil {
			return refused
		}
		pm = of
	}
	if pm == nil {
		return noMethod()
	}
	how := e.collect(in, pm, false)
	if how == paid || how == processing {
		return nil
	}
	e.afterFailure(in, how, false)
	return e.refusalOf(pm, how)
}

func noMethod() *apiError {
	return bad("", "resource_missing", "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.")
}

// refusalOf is what somebody is told whose payment did not go well.
func (e *Engine) refusalOf(pm *paymentMethod, how result) *apiError {
	if how == asks {
		return &apiError{Status: 402, Type: cardError, Code: "authentication_required", DeclineCode: "authentication_required",
			Message: "This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with this invoice."}
	}
	_, why := e.attempt(pm, false)
	if why == nil {
		return noMethod()
	}
	return why.refusal("")
}
