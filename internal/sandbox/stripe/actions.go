package stripe

import (
	"errors"
	"slices"
)

// act does something that the inspector was asked for.
func (e *Engine) act(name string, what func() *apiError) error {
	var refused *apiError
	e.do(moment{operation: name}, func() { refused = what() })
	if refused != nil {
		return refusal(refused)
	}
	return nil
}

// PayInvoice attempts to collect an open invoice with what its customer pays
// with. A draft is made final first.
func (e *Engine) PayInvoice(id string) error {
	return e.act("inspector.pay", func() *apiError {
		_, refused := e.payInvoice(&call{id: id})
		return refused
	})
}

// VoidInvoice takes an open invoice back.
func (e *Engine) VoidInvoice(id string) error {
	return e.act("inspector.void", func() *apiError {
		_, refused := e.voidInvoice(&call{id: id})
		return refused
	})
}

// FailCard makes a payment method fail from now on, or pay again.
func (e *Engine) FailCard(id string, fails bool) error {
	return e.act("inspector.fail_card", func() *apiError {
		pm, ok := e.st.Methods.get(id)
		if !ok {
			return missing("PaymentMethod", id, "payment_method")
		}
		if pm.Own.Acts = pays; fails {
			pm.Own.Acts = failsFromNowOn
		}
		return nil
	})
}

// Refund gives a charge back: so many cents of it, or with 0 all that is left.
func (e *Engine) Refund(charge string, cents int64) error {
	return e.act("inspector.refund", func() *apiError {
		ch, ok := e.st.Charges.get(charge)
		if !ok {
			return missing("charge", charge, "charge")
		}
		if cents == 0 {
			cents = ch.Amount - ch.Refunded
		}
		_, refused := e.refund(ch, cents, "requested_by_customer")
		return refused
	})
}

// OpenDispute has the payer's bank take a charge back until it is decided.
func (e *Engine) OpenDispute(charge string) error {
	return e.act("inspector.dispute", func() *apiError {
		ch, ok := e.st.Charges.get(charge)
		if !ok {
			return missing("charge", charge, "charge")
		}
		_, refused := e.openDispute(ch, "")
		return refused
	})
}

// CloseDispute decides a dispute: the money comes back if it is won.
func (e *Engine) CloseDispute(id string, won bool) error {
	return e.act("inspector.close_dispute", func() *apiError {
		d, ok := e.st.Disputes.get(id)
		if !ok {
			return missing("dispute", id, "dispute")
		}
		return e.closeDispute(d, map[bool]string{true: "won", false: "lost"}[won])
	})
}

// PauseCollection does with a subscription's invoices what behavior says
// (keep_as_draft, mark_uncollectible, void), or with "" collects them again.
func (e *Engine) PauseCollection(subscription, behavior string) error {
	return e.act("inspector.pause", func() *apiError {
		sub, ok := e.st.Subs.get(subscription)
		if !ok {
			return missing("subscription", subscription, "id")
		}
		p := map[string]any{"pause_collection": ""}
		if behavior != "" {
			p["pause_collection"] = map[string]any{"behavior": behavior}
		}
		return e.update(sub, params{m: p})
	})
}

// CancelNow ends a subscription at once, without a last invoice.
func (e *Engine) CancelNow(subscription string) error {
	return e.act("inspector.cancel", func() *apiError {
		_, refused := e.cancelSub(&call{id: subscription})
		return refused
	})
}

// SetDunning says what becomes of a subscription whose last payment attempt
// failed: cancel, unpaid or past_due.
func (e *Engine) SetDunning(end string) error {
	if !slices.Contains([]string{"cancel", "unpaid", "past_due"}, end) {
		return errors.New("stripe: dunning ends in cancel, unpaid or past_due")
	}
	return e.act("inspector.dunning", func() *apiError {
		e.st.Dunning = end
		return nil
	})
}
