package stripe

import (
	"fmt"
	"slices"
)

// invoice is what a customer is asked to pay.
type invoice struct {
	base
	AccountCountry  string           `json:"account_country"`
	AccountName     string           `json:"account_name"`
	AmountDue       int64            `json:"amount_due"`
	AmountPaid      int64            `json:"amount_paid"`
	AmountRemaining int64            `json:"amount_remaining"`
	AttemptCount    int64            `json:"attempt_count"`
	Attempted       bool             `json:"attempted"`
	AutoAdvance     bool             `json:"auto_advance"`
	AutomaticTax    automaticTax     `json:"automatic_tax"`
	FinalizesAt     int64            `json:"automatically_finalizes_at,omitempty"`
	BillingReason   string           `json:"billing_reason"`
	Collection      string           `json:"collection_method"`
	Currency        string           `json:"currency"`
	Customer        string           `json:"customer"`
	CustomerAddress *address         `json:"customer_address,omitempty"`
	CustomerEmail   string           `json:"customer_email,omitempty"`
	CustomerName    string           `json:"customer_name,omitempty"`
	CustomerPhone   string           `json:"customer_phone,omitempty"`
	CustomerExempt  string           `json:"customer_tax_exempt"`
	CustomerTaxIDs  []struct{}       `json:"customer_tax_ids"`
	DefaultMethod   string           `json:"default_payment_method,omitempty"`
	Description     string           `json:"description,omitempty"`
	Discounts       []string         `json:"discounts"`
	DueDate         int64            `json:"due_date,omitempty"`
	EffectiveAt     int64            `json:"effective_at,omitempty"`
	EndingBalance   *int64           `json:"ending_balance"`
	Footer          string           `json:"footer,omitempty"`
	HostedURL       string           `json:"hosted_invoice_url,omitempty"`
	PDF             string           `json:"invoice_pdf,omitempty"`
	Issuer          selfRef          `json:"issuer"`
	LastError       *apiError        `json:"last_finalization_error,omitempty"`
	Lines           inline[*line]    `json:"lines"`
	Metadata        labels           `json:"metadata"`
	NextAttempt     int64            `json:"next_payment_attempt,omitempty"`
	Number          string           `json:"number,omitempty"`
	Parent          *invoiceParent   `json:"parent"`
	Settings        paymentSettings  `json:"payment_settings"`
	PeriodEnd       int64            `json:"period_end"`
	PeriodStart     int64            `json:"period_start"`
	StartingBalance int64            `json:"starting_balance"`
	Status          string           `json:"status"`
	Transitions     transitions      `json:"status_transitions"`
	Subtotal        int64            `json:"subtotal"`
	SubtotalNoTax   int64            `json:"subtotal_excluding_tax"`
	Total           int64            `json:"total"`
	DiscountAmounts []discountAmount `json:"total_discount_amounts"`
	TotalNoTax      int64            `json:"total_excluding_tax"`
	Pretax          []struct{}       `json:"total_pretax_credit_amounts"`
	Taxes           []tax            `json:"total_taxes"`
	DeliveredAt     int64            `json:"webhooks_delivered_at,omitempty"`
	Own             struct {
		Windows []usageWindow `json:"windows,omitempty"` // whose usage is on it
		Retries int           `json:"retries,omitempty"`
	} `json:"_"`
}

type selfRef struct {
	Type string `json:"type"`
}

type automaticTax struct {
	DisabledReason string   `json:"disabled_reason,omitempty"`
	Enabled        bool     `json:"enabled"`
	Liability      *selfRef `json:"liability"`
	Provider       string   `json:"provider,omitempty"`
	Status         string   `json:"status,omitempty"`
}

type transitions struct {
	FinalizedAt     int64 `json:"finalized_at,omitempty"`
	UncollectibleAt int64 `json:"marked_uncollectible_at,omitempty"`
	PaidAt          int64 `json:"paid_at,omitempty"`
	VoidedAt        int64 `json:"voided_at,omitempty"`
}

type invoiceParent struct {
	Details parentDetails `json:"subscription_details"`
	Type    string        `json:"type"`
}

type parentDetails struct {
	Metadata     labels `json:"metadata"`
	Subscription string `json:"subscription"`
}

type paymentSettings struct {
	MethodTypes []string `json:"payment_method_types,omitempty"`
}

// subscription is what the invoice is of, "" if of none.
func (in *invoice) subscription() string {
	if in.Parent == nil {
		return ""
	}
	return in.Parent.Details.Subscription
}

// newInvoice begins a draft for a subscription, with nothing on it.
func (e *Engine) newInvoice(sub *subscription, reason string) *invoice {
	cu, _ := e.st.Customers.get(sub.Customer)
	id := id24("in_")
	in := &invoice{base: e.made(id, "invoice"), AccountCountry: "US", AccountName: "Sandbox", AutoAdvance: true, BillingReason: reason,
		Collection: sub.Collection, Currency: sub.Currency, Customer: sub.Customer, CustomerExempt: cu.TaxExempt, CustomerTaxIDs: []struct{}{},
		CustomerAddress: cu.Address, CustomerEmail: cu.Email, CustomerName: cu.Name, CustomerPhone: cu.Phone, Description: sub.Description,
		Discounts: []string{}, Issuer: selfRef{"self"}, Lines: inline[*line]{URL: "/v1/invoices/" + id + "/lines"}, PeriodStart: e.now(),
		PeriodEnd: e.now(), Status: "draft", Parent: &invoiceParent{parentDetails{sub.Metadata, sub.ID}, "subscription_details"},
		Pretax: []struct{}{}, Taxes: []tax{}}
	in.AutomaticTax.Enabled = sub.AutomaticTax.Enabled
	if in.AutomaticTax.Enabled {
		in.AutomaticTax.Liability, in.AutomaticTax.Provider = &selfRef{"self"}, "stripe"
	}
	return in
}

// put adds a line to a draft.
func (in *invoice) put(l *line) {
	l.Invoice = in.ID
	in.Lines.Data = append(in.Lines.Data, l)
}

// takePending puts what waits for a subscription's invoice on it.
func (e *Engine) takePending(in *invoice, sub *subscription) {
	for _, ii := range e.pendingItems(sub) {
		ii.Invoice = in.ID
		in.put(lineOf(ii))
	}
}

// taxPercent is how high the tax is where the customer's postal code begins
// with 9.
const taxPercent = 10

// compute adds an invoice up.
func (e *Engine) compute(in *invoice) {
	e.usageLines(in)
	e.reduce(in)
	cu, _ := e.st.Customers.get(in.Customer)
	e.addTax(in, cu)
	in.Subtotal, in.Total = 0, 0
	for _, l := range in.Lines.Data {
		l.Subtotal = l.Amount
		in.Subtotal += l.Amount
		in.Total += l.net()
	}
	in.SubtotalNoTax, in.TotalNoTax = in.Subtotal, in.Total
	for _, t := range in.Taxes {
		in.Total += t.Amount
	}
	in.StartingBalance = cu.Balance
	in.AmountDue = max(0, in.Total+in.StartingBalance)
	in.AmountRemaining = in.AmountDue - in.AmountPaid
}

func (e *Engine) addTax(in *invoice, cu *customer) {
	in.Taxes = []tax{}
	for _, l := range in.Lines.Data {
		l.Taxes = []tax{}
	}
	if !in.AutomaticTax.Enabled {
		return
	}
	if !cu.located() {
		in.AutomaticTax.Status = "requires_location_inputs"
		return
	}
	in.AutomaticTax.Status = "complete"
	if !cu.taxed() {
		return
	}
	sum := tax{Behavior: "exclusive", Details: taxRate{"txr_1sandbox"}, Reason: "standard_rated", Type: "tax_rate_details"}
	for _, l := range in.Lines.Data {
		t := sum
		t.Taxable = l.net()
		t.Amount = share(t.Taxable, taxPercent, 100)
		l.Taxes = append(l.Taxes, t)
	}
	for _, l := range in.Lines.Data {
		sum.Amount += l.Taxes[0].Amount
		sum.Taxable += l.Taxes[0].Taxable
	}
	in.Taxes = append(in.Taxes, sum)
}

// located reports whether it is known where a customer is, for tax.
func (cu *customer) located() bool { return cu.Address != nil && cu.Address.Country != "" }

// taxed reports whether there is tax where a customer is.
func (cu *customer) taxed() bool {
	return cu.TaxExempt == "none" && cu.Address != nil && len(cu.Address.PostalCode) > 0 && cu.Address.PostalCode[0] == '9'
}

// draft stores an invoice as one that can still change.
func (e *Engine) draft(in *invoice) {
	e.compute(in)
	in.FinalizesAt = e.now() + draftAge
	e.st.Invoices.add(in)
	if cu, ok := e.st.Customers.get(in.Customer); ok && cu.Currency == "" {
		cu.Currency = in.Currency
	}
	e.emit("invoice.created", in)
}

func (e *Engine) theInvoice(c *call) (*invoice, *apiError) {
	if in, ok := e.st.Invoices.get(c.id); ok {
		return in, nil
	}
	return nil, missing("invoice", c.id, "invoice")
}

func (e *Engine) getInvoice(c *call) (any, *apiError) {
	in, refused := e.theInvoice(c)
	if refused != nil {
		return nil, refused
	}
	return in, nil
}

func (e *Engine) listInvoices(c *call) (any, *apiError) {
	c.filters("customer", "subscription", "status", "collection_method", "created", "due_date")
	return page(c, "invoice", "/v1/invoices", e.st.Invoices.where(func(in *invoice) bool {
		return c.is("customer", in.Customer) && c.is("subscription", in.subscription()) && c.is("status", in.Status) &&
			c.is("collection_method", in.Collection) && c.inTime("created", in.Created) && c.inTime("due_date", in.DueDate)
	}))
}

func (e *Engine) listLines(c *call) (any, *apiError) {
	in, refused := e.theInvoice(c)
	if refused != nil {
		return nil, refused
	}
	return page(c, "line item", "/v1/invoices/"+in.ID+"/lines", in.Lines.Data)
}

func (e *Engine) updateInvoice(c *call) (any, *apiError) {
	in, refused := e.theInvoice(c)
	if refused != nil {
		return nil, refused
	}
	before := e.before(in)
	if refused := c.metadata(&in.Metadata); refused != nil {
		return nil, refused
	}
	c.set("description", &in.Description)
	c.set("footer", &in.Footer)
	c.set("default_payment_method", &in.DefaultMethod)
	c.setFlag("auto_advance", &in.AutoAdvance)
	if in.Status == "draft" {
		e.compute(in)
	}
	e.updated("invoice.updated", in, before)
	return in, nil
}

// number gives an invoice its number in the order of its customer's.
func (e *Engine) number(in *invoice) {
	if cu, ok := e.st.Customers.get(in.Customer); ok {
		in.Number = fmt.Sprintf("%s-%04d", cu.InvoicePrefix, cu.NextSequence)
		cu.NextSequence++
	}
}

// mustBe refuses an operation on an invoice whose state is none of those.
func (in *invoice) mustBe(doing string, states ...string) *apiError {
	if slices.Contains(states, in.Status) {
		return nil
	}
	return bad("", "invoice_not_editable", "You cannot %s this invoice because its status is %s.", doing, in.Status)
}
