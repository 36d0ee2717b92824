package stripe

import "fmt"

// refund gives money back.
type refund struct {
	plain
	Amount     int64   `json:"amount"`
	BalanceTxn string  `json:"balance_transaction,omitempty"`
	Charge     string  `json:"charge"`
	Currency   string  `json:"currency"`
	Dest       refDest `json:"destination_details"`
	Metadata   labels  `json:"metadata"`
	Intent     string  `json:"payment_intent,omitempty"`
	Reason     string  `json:"reason,omitempty"`
	Status     string  `json:"status"`
}

type refDest struct {
	Card struct {
		Reference struct{} `json:"-"`
		Type      string   `json:"type"`
	} `json:"card"`
	Type string `json:"type"`
}

func (e *Engine) createRefund(c *call) (any, *apiError) {
	ch, refused := e.chargeToRefund(c.params)
	if refused != nil {
		return nil, refused
	}
	amount := ch.Amount - ch.Refunded
	c.setInt("amount", &amount)
	meta := labels{}
	if refused := c.metadata(&meta); refused != nil {
		return nil, refused
	}
	r, refused := e.refund(ch, amount, c.str("reason"))
	if refused != nil {
		return nil, refused
	}
	r.Metadata = meta
	return r, nil
}

// chargeToRefund is the charge that a request names, itself or by its intent.
func (e *Engine) chargeToRefund(p params) (*charge, *apiError) {
	id := p.str("charge")
	if pid := p.str("payment_intent"); pid != "" {
		pi, ok := e.st.Intents.get(pid)
		if !ok {
			return nil, unknownID("payment_intent", pid, "payment_intent")
		}
		if id = pi.LatestCharge; id == "" {
			return nil, bad("payment_intent", "", "This PaymentIntent (%s) does not have a successful charge to refund.", pid)
		}
	}
	if id == "" {
		return nil, bad("", "parameter_missing", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	if ch, ok := e.st.Charges.get(id); ok {
		return ch, nil
	}
	return nil, unknownID("charge", id, "charge")
}

func (e *Engine) refund(ch *charge, amount int64, reason string) (*refund, *apiError) {
	left := ch.Amount - ch.Refunded
	switch {
	case ch.Status != "succeeded":
		return nil, bad("", "", "Charge %s has not been paid and cannot be refunded.", ch.ID)
	case ch.Disputed:
		return nil, bad("", "charge_disputed", "Charge %s has been charged back; cannot issue a refund.", ch.ID)
	case left == 0:
		return nil, bad("", "charge_already_refunded", "Charge %s has already been refunded.", ch.ID)
	case amount < 1:
		return nil, bad("amount", "parameter_invalid_integer", "This value must be greater than or equal to 1.")
	case amount > left:
		return nil, bad("amount", "", "Refund amount (%s) is greater than unrefunded amount on charge (%s)", dollars(amount), dollars(left))
	}
	r := &refund{plain: plain{newID("re_3", 23), "refund", e.now()}, Amount: amount, Charge: ch.ID, Currency: ch.Currency,
		Intent: ch.Intent, Reason: reason, Status: "succeeded"}
	r.Dest.Type, r.Dest.Card.Type = "card", "refund"
	r.BalanceTxn = e.book(-amount, ch.Currency, "refund", r.ID)
	before := e.before(ch)
	ch.Refunded += amount
	ch.IsRefunded = ch.Refunded == ch.Amount
	e.st.Refunds.add(r)
	e.emit("refund.created", r)
	e.updated("charge.refunded", ch, before)
	return r, nil
}

func (e *Engine) getRefund(c *call) (any, *apiError) {
	if r, ok := e.st.Refunds.get(c.id); ok {
		return r, nil
	}
	return nil, missing("refund", c.id, "refund")
}

func (e *Engine) listRefunds(c *call) (any, *apiError) {
	c.filters("charge", "payment_intent", "created")
	return page(c, "refund", "/v1/refunds", e.st.Refunds.where(func(r *refund) bool {
		return c.is("charge", r.Charge) && c.is("payment_intent", r.Intent) && c.inTime("created", r.Created)
	}))
}

// dollars writes an amount for people.
func dollars(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s$%d.%02d", sign, cents/100, cents%100)
}
