package stripe

// paymentIntent is the will to collect an amount.
type paymentIntent struct {
	base
	Amount        int64          `json:"amount"`
	Capturable    int64          `json:"amount_capturable"`
	Details       amountDetails  `json:"amount_details"`
	Received      int64          `json:"amount_received"`
	CanceledAt    int64          `json:"canceled_at,omitempty"`
	CancelReason  string         `json:"cancellation_reason,omitempty"`
	CaptureMethod string         `json:"capture_method"`
	ClientSecret  string         `json:"client_secret"`
	Confirmation  string         `json:"confirmation_method"`
	Currency      string         `json:"currency"`
	Customer      string         `json:"customer,omitempty"`
	Description   string         `json:"description,omitempty"`
	LastError     *apiError      `json:"last_payment_error,omitempty"`
	LatestCharge  string         `json:"latest_charge,omitempty"`
	Metadata      labels         `json:"metadata"`
	NextAction    *nextAction    `json:"next_action,omitempty"`
	Method        string         `json:"payment_method,omitempty"`
	MethodOptions map[string]any `json:"payment_method_options"`
	MethodTypes   []string       `json:"payment_method_types"`
	FutureUsage   string         `json:"setup_future_usage,omitempty"`
	Status        string         `json:"status"`
	Own           struct {
		Invoice string `json:"invoice,omitempty"`
		Settles int64  `json:"settles,omitempty"` // when a bank account's money comes
	} `json:"_"`
}

// amountDetails are of what an amount consists, of which nothing is kept here.
type amountDetails struct {
	Tip struct{} `json:"tip"`
}

type nextAction struct {
	Type     string `json:"type"`
	Redirect struct {
		URL string `json:"url"`
	} `json:"redirect_to_url"`
}

// bankDelay is how long a bank account's money takes.
const bankDelay = 24 * 3600

// newIntent begins to collect what an invoice asks for.
func (e *Engine) newIntent(in *invoice) *paymentIntent {
	id := newID("pi_3", 23)
	pi := &paymentIntent{base: e.made(id, "payment_intent"), Amount: in.AmountRemaining, CaptureMethod: "automatic",
		ClientSecret: id + "_secret_" + newID("", 25), Confirmation: "automatic", Currency: in.Currency, Customer: in.Customer,
		Description: describe(in), MethodOptions: map[string]any{}, MethodTypes: []string{"card"}, FutureUsage: "off_session",
		Status: "requires_payment_method"}
	pi.Own.Invoice = in.ID
	e.st.Intents.add(pi)
	ip := &invoicePayment{base: e.made(id24("inpay_"), "invoice_payment"), Requested: pi.Amount, Currency: in.Currency, Invoice: in.ID,
		IsDefault: true, Status: "open", Payment: invoicePaid{Intent: pi.ID, Type: "payment_intent"}}
	e.st.Payments.add(ip)
	e.emit("payment_intent.created", pi)
	return pi
}

// intentOf is the payment intent that an invoice is paid with, nil if none.
func (e *Engine) intentOf(in *invoice) *paymentIntent {
	if ip := e.paymentOf(in); ip != nil {
		pi, _ := e.st.Intents.get(ip.Payment.Intent)
		return pi
	}
	return nil
}

// paymentOf is an invoice's default payment, nil if there is none.
func (e *Engine) paymentOf(in *invoice) *invoicePayment {
	ip, _ := e.st.Payments.first(func(ip *invoicePayment) bool { return ip.Invoice == in.ID && ip.IsDefault })
	return ip
}

func describe(in *invoice) string {
	switch in.BillingReason {
	case "subscription_create":
		return "Subscription creation"
	case "subscription_cycle", "subscription_update":
		return "Subscription update"
	}
	return "Payment for Invoice"
}

func (e *Engine) getIntent(c *call) (any, *apiError) {
	if pi, ok := e.st.Intents.get(c.id); ok {
		return pi, nil
	}
	return nil, missing("payment_intent", c.id, "intent")
}

func (e *Engine) listIntents(c *call) (any, *apiError) {
	c.filters("customer", "created")
	return page(c, "payment_intent", "/v1/payment_intents", e.st.Intents.where(func(pi *paymentIntent) bool {
		return c.is("customer", pi.Customer) && c.inTime("created", pi.Created)
	}))
}

// invoicePayment ties a payment to an invoice.
type invoicePayment struct {
	base
	Paid        int64       `json:"amount_paid,omitempty"`
	Requested   int64       `json:"amount_requested"`
	Currency    string      `json:"currency"`
	Invoice     string      `json:"invoice"`
	IsDefault   bool        `json:"is_default"`
	Payment     invoicePaid `json:"payment"`
	Status      string      `json:"status"`
	Transitions struct {
		CanceledAt int64 `json:"canceled_at,omitempty"`
		PaidAt     int64 `json:"paid_at,omitempty"`
	} `json:"status_transitions"`
}

type invoicePaid struct {
	Intent string `json:"payment_intent,omitempty"`
	Type   string `json:"type"`
}

func (e *Engine) getPayment(c *call) (any, *apiError) {
	if ip, ok := e.st.Payments.get(c.id); ok {
		return ip, nil
	}
	return nil, missing("invoice payment", c.id, "invoice_payment")
}

func (e *Engine) listPayments(c *call) (any, *apiError) {
	c.filters("invoice", "status", "payment")
	by := c.sub("payment")
	return page(c, "invoice payment", "/v1/invoice_payments", e.st.Payments.where(func(ip *invoicePayment) bool {
		return c.is("invoice", ip.Invoice) && c.is("status", ip.Status) && by.is("payment_intent", ip.Payment.Intent) && by.is("type", ip.Payment.Type)
	}))
}
