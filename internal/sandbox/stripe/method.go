package stripe

import "strings"

// paymentMethod is a card or a bank account.
type paymentMethod struct {
	base
	AllowRedisplay string       `json:"allow_redisplay"`
	Billing        billing      `json:"billing_details"`
	Card           *card        `json:"card,omitempty"`
	Customer       string       `json:"customer,omitempty"`
	Metadata       labels       `json:"metadata"`
	Type           string       `json:"type"`
	Bank           *bankAccount `json:"us_bank_account,omitempty"`
	Own            struct {
		Acts     behaviour `json:"acts,omitempty"`
		SetUp    bool      `json:"set_up,omitempty"` // its owner was asked
		Detached bool      `json:"detached,omitempty"`
	} `json:"_"`
}

type billing struct {
	Address *address `json:"address"`
	Email   string   `json:"email,omitempty"`
	Name    string   `json:"name,omitempty"`
	Phone   string   `json:"phone,omitempty"`
}

type card struct {
	Brand       string `json:"brand"`
	Checks      checks `json:"checks"`
	Country     string `json:"country"`
	Display     string `json:"display_brand,omitempty"`
	ExpMonth    int64  `json:"exp_month"`
	ExpYear     int64  `json:"exp_year"`
	Fingerprint string `json:"fingerprint"`
	Funding     string `json:"funding"`
	Last4       string `json:"last4"`
	Networks    *struct {
		Available []string `json:"available"`
	} `json:"networks,omitempty"`
	Secure *struct {
		Supported bool `json:"supported"`
	} `json:"three_d_secure_usage,omitempty"`
}

type checks struct {
	CVC string `json:"cvc_check,omitempty"`
}

type bankAccount struct {
	HolderType  string `json:"account_holder_type"`
	Type        string `json:"account_type"`
	Bank        string `json:"bank_name"`
	Fingerprint string `json:"fingerprint"`
	Last4       string `json:"last4"`
	Routing     string `json:"routing_number"`
}

// newCard makes a payment method of a test card.
func (e *Engine) newCard(of testCard) *paymentMethod {
	pm := &paymentMethod{base: e.made(id24("pm_"), "payment_method"), AllowRedisplay: "unspecified", Type: "card",
		Billing: billing{Address: &address{}}}
	pm.Own.Acts = of.acts
	pm.Card = &card{Brand: of.brand, Display: of.brand, Checks: checks{CVC: "pass"}, Country: "US", ExpMonth: 12,
		ExpYear: int64(e.moment.at.Year() + 4), Fingerprint: newID("", 16), Funding: "credit", Last4: of.number[len(of.number)-4:]}
	pm.Card.Networks = &struct {
		Available []string `json:"available"`
	}{[]string{of.brand}}
	pm.Card.Secure = &struct {
		Supported bool `json:"supported"`
	}{true}
	return pm
}

// newBank makes a payment method of a bank account that behaves so.
func (e *Engine) newBank(acts behaviour) *paymentMethod {
	pm := &paymentMethod{base: e.made(id24("pm_"), "payment_method"), AllowRedisplay: "unspecified", Type: "us_bank_account",
		Billing: billing{Address: &address{}}}
	pm.Own.Acts = acts
	pm.Bank = &bankAccount{"individual", "checking", "STRIPE TEST BANK", newID("", 16), "6789", "110000000"}
	return pm
}

// theMethod returns a payment method that can be used; a test token gives a new
// one each time.
func (e *Engine) theMethod(id, param string) (*paymentMethod, *apiError) {
	if of, ok := cardOf(id); ok && strings.HasPrefix(id, "pm_card") {
		return e.st.Methods.add(e.newCard(of)), nil
	}
	pm, ok := e.st.Methods.get(id)
	if !ok {
		return nil, unknownID("PaymentMethod", id, param)
	}
	if pm.Own.Detached {
		return nil, bad(param, "payment_method_unexpected_state", "The payment method %s was detached from a customer before. It cannot be used again.", id)
	}
	return pm, nil
}

func (e *Engine) createMethod(c *call) (any, *apiError) {
	switch c.str("type") {
	case "card":
		return e.createCard(c)
	case "us_bank_account":
		pm, in := e.newBank(settlesLater), c.sub("us_bank_account")
		in.markAll()
		if in.str("account_number") == "000111111116" {
			pm.Own.Acts = bouncesLater
		}
		return e.keepMethod(c, pm)
	case "":
		return nil, required("type")
	}
	return nil, bad("type", "", "The payment method type \"%s\" is not activated in the sandbox: it has card and us_bank_account.", c.str("type"))
}

func (e *Engine) createCard(c *call) (any, *apiError) {
	in := c.sub("card")
	in.markAll() // whatever else it says, a test card is what its number says
	of, ok := cardOf(in.or("number", in.str("token")))
	switch {
	case !in.has("number") && !in.has("token"):
		return nil, required("card")
	case !ok:
		return nil, &apiError{Status: 402, Type: cardError, Code: "incorrect_number", Param: "number", Message: "Your card number is incorrect."}
	}
	pm := e.newCard(of)
	if in.has("exp_month") {
		pm.Card.ExpMonth, pm.Card.ExpYear = in.int("exp_month"), in.int("exp_year")
	}
	if m := pm.Card.ExpMonth; m < 1 || m > 12 {
		return nil, &apiError{Status: 402, Type: cardError, Code: "invalid_expiry_month", Param: "exp_month", Message: "Your card's expiration month is invalid."}
	}
	if pm.Card.ExpYear < int64(e.moment.at.Year()) {
		return nil, &apiError{Status: 402, Type: cardError, Code: "invalid_expiry_year", Param: "exp_year", Message: "Your card's expiration year is invalid."}
	}
	return e.keepMethod(c, pm)
}

func (e *Engine) keepMethod(c *call, pm *paymentMethod) (any, *apiError) {
	if refused := e.setMethod(c.params, pm); refused != nil {
		return nil, refused
	}
	return e.st.Methods.add(pm), nil
}

func (e *Engine) setMethod(p params, pm *paymentMethod) *apiError {
	p.set("allow_redisplay", &pm.AllowRedisplay)
	in := p.sub("billing_details")
	in.set("email", &pm.Billing.Email)
	in.set("name", &pm.Billing.Name)
	in.set("phone", &pm.Billing.Phone)
	in.address("address", &pm.Billing.Address)
	if pm.Billing.Address == nil {
		pm.Billing.Address = &address{}
	}
	return p.metadata(&pm.Metadata)
}

// attach makes a payment method a customer's. Cards that would be declined are
// declined now.
func (e *Engine) attach(pm *paymentMethod, cu *customer) *apiError {
	if pm.Customer == cu.ID {
		return nil
	}
	if pm.Customer != "" {
		return bad("", "resource_already_exists", "The payment method you provided has already been attached to a customer.")
	}
	if pm.Own.Acts != failsLater && pm.Own.Acts != bouncesLater {
		if d := declineOf(pm.Own.Acts); d != nil {
			return d.refusal("")
		}
	}
	pm.Customer = cu.ID
	e.emit("payment_method.attached", pm)
	return nil
}

func (e *Engine) attachMethod(c *call) (any, *apiError) {
	pm, refused := e.theMethod(c.id, "payment_method")
	if refused != nil {
		refused.Status = 404
		return nil, refused
	}
	cu, refused := e.theCustomer(c.str("customer"), "customer")
	if refused != nil {
		return nil, refused
	}
	return pm, e.attach(pm, cu)
}

// detachMethod takes a payment method from its customer, for good.
func (e *Engine) detachMethod(c *call) (any, *apiError) {
	pm, ok := e.st.Methods.get(c.id)
	if !ok {
		return nil, missing("PaymentMethod", c.id, "payment_method")
	}
	if pm.Customer == "" {
		return nil, bad("", "", "The payment method you provided is not attached to a customer so detachment is impossible.")
	}
	e.detach(pm)
	return pm, nil
}

func (e *Engine) detach(pm *paymentMethod) {
	before := e.before(pm)
	if cu, ok := e.st.Customers.get(pm.Customer); ok && cu.InvoiceSettings.DefaultPaymentMethod == pm.ID {
		was := e.before(cu)
		cu.InvoiceSettings.DefaultPaymentMethod = ""
		e.updated("customer.updated", cu, was)
	}
	for _, sub := range e.st.Subs.where(func(s *subscription) bool { return s.DefaultMethod == pm.ID }) {
		sub.DefaultMethod = ""
	}
	pm.Customer, pm.Own.Detached = "", true
	e.updated("payment_method.detached", pm, before)
}

func (e *Engine) getMethod(c *call) (any, *apiError) {
	if pm, ok := e.st.Methods.get(c.id); ok {
		return pm, nil
	}
	return nil, missing("PaymentMethod", c.id, "payment_method")
}

func (e *Engine) updateMethod(c *call) (any, *apiError) {
	pm, ok := e.st.Methods.get(c.id)
	if !ok {
		return nil, missing("PaymentMethod", c.id, "payment_method")
	}
	before := e.before(pm)
	if refused := e.setMethod(c.params, pm); refused != nil {
		return nil, refused
	}
	in := c.sub("card")
	in.setInt("exp_month", &pm.Card.ExpMonth)
	in.setInt("exp_year", &pm.Card.ExpYear)
	e.updated("payment_method.updated", pm, before)
	return pm, nil
}

func (e *Engine) listMethods(c *call) (any, *apiError) {
	return e.methodsOf(c, c.str("customer"), "/v1/payment_methods")
}

func (e *Engine) listCustomerMethods(c *call) (any, *apiError) {
	if _, refused := e.theCustomer(c.id, "customer"); refused != nil {
		return nil, missing("customer", c.id, "customer")
	}
	return e.methodsOf(c, c.id, "/v1/customers/"+c.id+"/payment_methods")
}

func (e *Engine) methodsOf(c *call, customer, url string) (any, *apiError) {
	c.filters("type")
	return page(c, "payment method", url, e.st.Methods.where(func(pm *paymentMethod) bool {
		return pm.Customer != "" && (customer == "" || pm.Customer == customer) && c.is("type", pm.Type)
	}))
}

// methodFor is what a customer pays with, "" if nothing: what a subscription
// says, else the customer's own choice.
func (e *Engine) methodFor(cu *customer, chosen ...string) *paymentMethod {
	for _, id := range append(chosen, cu.InvoiceSettings.DefaultPaymentMethod) {
		if pm, ok := e.st.Methods.get(id); ok && pm.Customer == cu.ID {
			return pm
		}
	}
	return nil
}
