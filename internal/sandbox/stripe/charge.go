package stripe

// charge is one attempt to move money.
type charge struct {
	base
	Amount         int64         `json:"amount"`
	Captured       int64         `json:"amount_captured"`
	Refunded       int64         `json:"amount_refunded"`
	BalanceTxn     string        `json:"balance_transaction,omitempty"`
	Billing        billing       `json:"billing_details"`
	Statement      string        `json:"calculated_statement_descriptor"`
	IsCaptured     bool          `json:"captured"`
	Currency       string        `json:"currency"`
	Customer       string        `json:"customer,omitempty"`
	Description    string        `json:"description,omitempty"`
	Disputed       bool          `json:"disputed"`
	FailureCode    string        `json:"failure_code,omitempty"`
	FailureMessage string        `json:"failure_message,omitempty"`
	Metadata       labels        `json:"metadata"`
	Outcome        *outcome      `json:"outcome"`
	Paid           bool          `json:"paid"`
	Intent         string        `json:"payment_intent,omitempty"`
	Method         string        `json:"payment_method"`
	Details        methodDetails `json:"payment_method_details"`
	ReceiptEmail   string        `json:"receipt_email,omitempty"`
	ReceiptURL     string        `json:"receipt_url,omitempty"`
	IsRefunded     bool          `json:"refunded"`
	Status         string        `json:"status"`
}

type outcome struct {
	NetworkStatus string `json:"network_status"`
	Reason        string `json:"reason,omitempty"`
	RiskLevel     string `json:"risk_level"`
	RiskScore     int64  `json:"risk_score"`
	Seller        string `json:"seller_message"`
	Type          string `json:"type"`
}

type methodDetails struct {
	Card *chargedCard `json:"card,omitempty"`
	Bank *bankAccount `json:"us_bank_account,omitempty"`
	Type string       `json:"type"`
}

type chargedCard struct {
	Brand       string `json:"brand"`
	Checks      checks `json:"checks"`
	Country     string `json:"country"`
	ExpMonth    int64  `json:"exp_month"`
	ExpYear     int64  `json:"exp_year"`
	Fingerprint string `json:"fingerprint"`
	Funding     string `json:"funding"`
	Last4       string `json:"last4"`
	Network     string `json:"network"`
	Authorized  int64  `json:"amount_authorized,omitempty"`
}

// newCharge makes the charge of a payment intent. why is nil if it succeeds.
func (e *Engine) newCharge(pi *paymentIntent, pm *paymentMethod, status string, why *decline) *charge {
	ch := &charge{base: e.made(newID("ch_3", 23), "charge"), Amount: pi.Amount, Billing: pm.Billing, Statement: "SANDBOX",
		Currency: pi.Currency, Customer: pi.Customer, Description: pi.Description, Metadata: pi.Metadata, Intent: pi.ID, Method: pm.ID,
		Status: status, IsCaptured: true, Captured: pi.Amount, Paid: status != "failed",
		Outcome: &outcome{"approved_by_network", "", "normal", 20, "Payment complete.", "authorized"},
		Details: methodDetails{Type: pm.Type, Bank: pm.Bank}}
	if pm.Card != nil {
		k := pm.Card
		ch.Details.Card = &chargedCard{k.Brand, k.Checks, k.Country, k.ExpMonth, k.ExpYear, k.Fingerprint, k.Funding, k.Last4, k.Brand, 0}
	}
	switch status {
	case "failed":
		ch.Outcome = &outcome{"declined_by_network", why.declineCode, "normal", 20, "The bank did not return any further details with this decline.", "issuer_declined"}
		ch.FailureCode, ch.FailureMessage, ch.IsCaptured, ch.Captured = why.code, why.message, false, 0
	case "succeeded":
		ch.BalanceTxn = e.book(ch.Amount, ch.Currency, "charge", ch.ID)
		ch.ReceiptURL = e.opt.PublicURL + "/receipts/" + ch.ID
	}
	pi.LatestCharge = ch.ID
	e.st.Charges.add(ch)
	return ch
}

func (e *Engine) getCharge(c *call) (any, *apiError) {
	if ch, ok := e.st.Charges.get(c.id); ok {
		return ch, nil
	}
	return nil, missing("charge", c.id, "charge")
}

func (e *Engine) listCharges(c *call) (any, *apiError) {
	c.filters("customer", "payment_intent", "created")
	return page(c, "charge", "/v1/charges", e.st.Charges.where(func(ch *charge) bool {
		return c.is("customer", ch.Customer) && c.is("payment_intent", ch.Intent) && c.inTime("created", ch.Created)
	}))
}

// balanceTxn is a movement on the merchant's balance.
type balanceTxn struct {
	plain
	Amount      int64  `json:"amount"`
	AvailableOn int64  `json:"available_on"`
	BalanceType string `json:"balance_type"`
	Currency    string `json:"currency"`
	Fee         int64  `json:"fee"`
	FeeDetails  []fee  `json:"fee_details"`
	Net         int64  `json:"net"`
	Category    string `json:"reporting_category"`
	Source      string `json:"source"`
	Status      string `json:"status"`
	Type        string `json:"type"`
}

type fee struct {
	Amount      int64   `json:"amount"`
	Application *string `json:"application"`
	Currency    string  `json:"currency"`
	Description string  `json:"description"`
	Type        string  `json:"type"`
}

// book moves money on the balance. A charge costs 2.9 % and 30 cents.
func (e *Engine) book(amount int64, currency, kind, source string) string {
	t := &balanceTxn{plain: plain{newID("txn_3", 23), "balance_transaction", e.now()}, Amount: amount, AvailableOn: e.now() + 2*86400,
		BalanceType: "payments", Currency: currency, FeeDetails: []fee{}, Category: kind, Source: source, Status: "available", Type: kind}
	if kind == "charge" {
		t.Fee = share(amount, 29, 1000) + 30
		t.FeeDetails = append(t.FeeDetails, fee{t.Fee, nil, currency, "Stripe processing fees", "stripe_fee"})
	}
	t.Net = t.Amount - t.Fee
	return e.st.Balance.add(t).ID
}

func (e *Engine) getBalance(*call) (any, *apiError) {
	var sum int64
	for _, t := range e.st.Balance.rows {
		sum += t.Net
	}
	amounts := func(n int64) []any {
		return []any{map[string]any{"amount": n, "currency": "usd", "source_types": map[string]any{"card": n}}}
	}
	return map[string]any{"object": "balance", "livemode": false, "available": amounts(sum), "pending": amounts(0), "connect_reserved": []any{}}, nil
}

// accountAge is when the account was made: before anything in it.
const accountAge = 1735689600 // 2025

func (e *Engine) getAccount(*call) (any, *apiError) {
	nothing := map[string]any{"alternatives": []any{}, "current_deadline": nil, "currently_due": []any{}, "disabled_reason": nil,
		"errors": []any{}, "eventually_due": []any{}, "past_due": []any{}, "pending_verification": []any{}}
	return map[string]any{"id": "acct_1sandbox", "object": "account", "charges_enabled": true, "country": "US", "default_currency": "usd",
		"details_submitted": true, "email": "sandbox@example.com", "payouts_enabled": true, "type": "standard", "created": accountAge,
		"capabilities": map[string]any{"card_payments": "active", "transfers": "active"}, "controller": map[string]any{"type": "account"},
		"metadata": map[string]any{}, "requirements": nothing, "future_requirements": nothing, "tos_acceptance": map[string]any{}}, nil
}
