package stripe

import "slices"

// dispute is a payment that its payer's bank takes back until it is decided.
type dispute struct {
	base
	Amount       int64         `json:"amount"`
	BalanceTxns  []*balanceTxn `json:"balance_transactions"`
	Charge       string        `json:"charge"`
	Currency     string        `json:"currency"`
	Evidence     struct{}      `json:"evidence"`
	EvidenceInfo evidenceInfo  `json:"evidence_details"`
	Refundable   bool          `json:"is_charge_refundable"`
	Metadata     labels        `json:"metadata"`
	Intent       string        `json:"payment_intent,omitempty"`
	Details      disputeMethod `json:"payment_method_details"`
	Reason       string        `json:"reason"`
	Status       string        `json:"status"`
}

type evidenceInfo struct {
	DueBy       int64 `json:"due_by,omitempty"`
	HasEvidence bool  `json:"has_evidence"`
	PastDue     bool  `json:"past_due"`
	Submissions int64 `json:"submission_count"`
}

type disputeMethod struct {
	Card struct {
		Brand    string `json:"brand"`
		CaseType string `json:"case_type"`
		Network  string `json:"network"`
		Code     string `json:"network_reason_code"`
	} `json:"card"`
	Type string `json:"type"`
}

// openDispute takes a payment back until it is decided whose it is.
func (e *Engine) openDispute(ch *charge, reason string) (*dispute, *apiError) {
	if ch.Disputed || ch.Status != "succeeded" {
		return nil, bad("", "", "Charge %s cannot be disputed.", ch.ID)
	}
	d := &dispute{base: e.made(newID("du_1", 23), "dispute"), Amount: ch.Amount, Charge: ch.ID, Currency: ch.Currency, Intent: ch.Intent,
		Reason: orDefault(reason, "fraudulent"), Status: "needs_response", BalanceTxns: []*balanceTxn{}}
	d.EvidenceInfo.DueBy = e.now() + 7*86400
	d.Details.Type, d.Details.Card.Brand, d.Details.Card.CaseType, d.Details.Card.Code = "card", "visa", "chargeback", "10.4"
	if ch.Details.Card != nil {
		d.Details.Card.Brand = ch.Details.Card.Brand
	}
	d.Details.Card.Network = d.Details.Card.Brand
	e.st.Disputes.add(d)
	before := e.before(ch)
	ch.Disputed = true
	e.emit("charge.dispute.created", d)
	e.bookDispute(d, -d.Amount, "charge.dispute.funds_withdrawn")
	e.updated("charge.updated", ch, before)
	return d, nil
}

func (e *Engine) bookDispute(d *dispute, amount int64, kind string) {
	t, _ := e.st.Balance.get(e.book(amount, d.Currency, "adjustment", d.ID))
	d.BalanceTxns = append(d.BalanceTxns, t)
	e.emit(kind, d)
}

// closeDispute decides a dispute: won, lost.
func (e *Engine) closeDispute(d *dispute, status string) *apiError {
	if slices.Contains([]string{"won", "lost"}, d.Status) {
		return bad("", "", "This dispute is already closed.")
	}
	before := e.before(d)
	d.Status = status
	e.updated("charge.dispute.closed", d, before)
	if status == "won" {
		e.bookDispute(d, d.Amount, "charge.dispute.funds_reinstated")
	}
	return nil
}

func (e *Engine) getDispute(c *call) (any, *apiError) {
	if d, ok := e.st.Disputes.get(c.id); ok {
		return d, nil
	}
	return nil, missing("dispute", c.id, "dispute")
}

func (e *Engine) loseDispute(c *call) (any, *apiError) {
	d, ok := e.st.Disputes.get(c.id)
	if !ok {
		return nil, missing("dispute", c.id, "dispute")
	}
	return d, e.closeDispute(d, "lost")
}

func (e *Engine) listDisputes(c *call) (any, *apiError) {
	c.filters("charge", "payment_intent", "created")
	return page(c, "dispute", "/v1/disputes", e.st.Disputes.where(func(d *dispute) bool {
		return c.is("charge", d.Charge) && c.is("payment_intent", d.Intent) && c.inTime("created", d.Created)
	}))
}
