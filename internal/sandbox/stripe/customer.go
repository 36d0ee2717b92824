package stripe

import "strings"

// customer is somebody who pays.
type customer struct {
	base
	Address          *address        `json:"address,omitempty"`
	Balance          int64           `json:"balance"`
	Currency         string          `json:"currency,omitempty"`
	Delinquent       bool            `json:"delinquent"`
	Description      string          `json:"description,omitempty"`
	Discount         *discount       `json:"discount,omitempty"`
	Email            string          `json:"email,omitempty"`
	InvoicePrefix    string          `json:"invoice_prefix"`
	InvoiceSettings  invoiceSettings `json:"invoice_settings"`
	Metadata         labels          `json:"metadata"`
	Name             string          `json:"name,omitempty"`
	NextSequence     int64           `json:"next_invoice_sequence"`
	Phone            string          `json:"phone,omitempty"`
	PreferredLocales []string        `json:"preferred_locales"`
	TaxExempt        string          `json:"tax_exempt"`
	Own              struct {
		Deleted bool `json:"deleted,omitempty"`
	} `json:"_"`
}

type invoiceSettings struct {
	DefaultPaymentMethod string `json:"default_payment_method,omitempty"`
	Footer               string `json:"footer,omitempty"`
}

// theCustomer returns the customer that a parameter names, who must not have been
// deleted.
func (e *Engine) theCustomer(id, param string) (*customer, *apiError) {
	cu, ok := e.st.Customers.get(id)
	if !ok || cu.Own.Deleted {
		return nil, unknownID("customer", id, param)
	}
	return cu, nil
}

func (e *Engine) createCustomer(c *call) (any, *apiError) {
	cu := &customer{base: e.made(newID("cus_", 14), "customer"), TaxExempt: "none", NextSequence: 1, PreferredLocales: []string{}}
	cu.InvoicePrefix = strings.ToUpper(newID("", 8))
	if refused := e.setCustomer(c.params, cu); refused != nil {
		return nil, refused
	}
	if id := c.str("payment_method"); id != "" {
		pm, refused := e.theMethod(id, "payment_method")
		if refused != nil {
			return nil, refused
		}
		if refused := e.attach(pm, cu); refused != nil {
			return nil, refused
		}
	}
	e.st.Customers.add(cu)
	e.emit("customer.created", cu)
	return cu, nil
}

// setCustomer takes over what a request says of a customer.
func (e *Engine) setCustomer(p params, cu *customer) *apiError {
	if email := p.str("email"); email != "" && !strings.Contains(email, "@") {
		return bad("email", "email_invalid", "Invalid email address: %s", email)
	}
	if refused := p.metadata(&cu.Metadata); refused != nil {
		return refused
	}
	p.set("email", &cu.Email)
	p.set("name", &cu.Name)
	p.set("phone", &cu.Phone)
	p.set("description", &cu.Description)
	p.set("tax_exempt", &cu.TaxExempt)
	p.setInt("balance", &cu.Balance)
	p.address("address", &cu.Address)
	if p.has("preferred_locales") {
		cu.PreferredLocales = p.strs("preferred_locales")
	}
	in := p.sub("invoice_settings")
	in.set("footer", &cu.InvoiceSettings.Footer)
	if id := in.str("default_payment_method"); id != "" {
		pm, ok := e.st.Methods.get(id)
		if !ok || pm.Customer != cu.ID {
			return bad(in.name("default_payment_method"), "resource_missing",
				"The customer does not have a payment method with the ID %s. The payment method must be attached to the customer.", id)
		}
	}
	in.set("default_payment_method", &cu.InvoiceSettings.DefaultPaymentMethod)
	return nil
}

func (e *Engine) getCustomer(c *call) (any, *apiError) {
	cu, ok := e.st.Customers.get(c.id)
	if !ok {
		return nil, missing("customer", c.id, "id")
	}
	if cu.Own.Deleted {
		return gone{c.id, "customer", true}, nil
	}
	return cu, nil
}

func (e *Engine) updateCustomer(c *call) (any, *apiError) {
	cu, refused := e.theCustomer(c.id, "id")
	if refused != nil {
		return nil, missing("customer", c.id, "id")
	}
	before, changed := e.before(cu), *cu
	if refused := e.setCustomer(c.params, &changed); refused != nil {
		return nil, refused
	}
	*cu = changed
	e.updated("customer.updated", cu, before)
	return cu, nil
}

// deleteCustomer ends all that a customer has: subscriptions end at once.
func (e *Engine) deleteCustomer(c *call) (any, *apiError) {
	cu, refused := e.theCustomer(c.id, "id")
	if refused != nil {
		return nil, missing("customer", c.id, "id")
	}
	for _, sub := range e.st.Subs.where(func(s *subscription) bool { return s.Customer == cu.ID && !s.over() }) {
		e.endSubscription(sub, "")
	}
	e.emit("customer.deleted", cu)
	cu.Own.Deleted = true
	return gone{cu.ID, "customer", true}, nil
}

func (e *Engine) listCustomers(c *call) (any, *apiError) {
	c.filters("email", "created")
	return page(c, "customer", "/v1/customers", e.st.Customers.where(func(cu *customer) bool {
		return !cu.Own.Deleted && c.is("email", cu.Email) && c.inTime("created", cu.Created)
	}))
}

func (e *Engine) searchCustomers(c *call) (any, *apiError) {
	match, refused := readSearch(c.str("query"))
	if refused != nil {
		return nil, refused
	}
	return searched(c, "/v1/customers/search", e.st.Customers.where(func(cu *customer) bool {
		return !cu.Own.Deleted && match(func(field string) string {
			switch field {
			case "email":
				return cu.Email
			case "name":
				return cu.Name
			case "phone":
				return cu.Phone
			}
			return cu.Metadata.field(field)
		})
	}))
}
