package stripe

import (
	"strings"
)

// entry is what somebody entered on a hosted page to pay.
type entry struct {
	Card    string `json:"card"` // the number of a test card, or a bank account: settles, bounces
	Email   string `json:"email,omitempty"`
	Name    string `json:"name,omitempty"`
	Country string `json:"country,omitempty"`
	Postal  string `json:"postal,omitempty"`
}

// bank accounts, as entries have them.
const (
	bankSettles = "bank_settles"
	bankBounces = "bank_bounces"
)

// method makes the payment method that was entered; nil if there is none like
// it.
func (e *Engine) method(en entry) *paymentMethod {
	switch en.Card {
	case bankSettles:
		return e.newBank(settlesLater)
	case bankBounces:
		return e.newBank(bouncesLater)
	}
	if of, ok := cardOf(en.Card); ok {
		return e.newCard(of)
	}
	return nil
}

// trouble is what a hosted page says when something was not right.
type trouble string

// completeSession does what the button of a checkout page does. It reports whether the
// owner of the card has to be asked first.
func (e *Engine) completeSession(s *checkoutSession, en entry, asked bool) (ask bool, why trouble) {
	due := e.due(s, en)
	if why := e.checkEntry(s, en, due); why != "" {
		return false, why
	}
	var pm *paymentMethod
	if e.wantsMethod(s, due) {
		if pm = e.method(en); pm == nil {
			return false, "Your card number is incorrect."
		}
		if pm.Own.Acts != failsLater {
			switch how, d := e.attempt(pm, asked); how {
			case failed:
				return false, trouble(d.message)
			case asks:
				s.Own.Reference = &en
				return true, ""
			}
		}
	}
	return false, e.completeWith(s, e.sessionCustomer(s, en), pm, asked)
}

// due is what would have to be paid today, with the address that was entered.
func (e *Engine) due(s *checkoutSession, en entry) int64 {
	seen := *s
	if en.Country != "" {
		d := customerDetails{}
		if s.Details != nil {
			d = *s.Details
		}
		d.Address = &address{Country: en.Country, PostalCode: en.Postal}
		seen.Details = &d
	}
	return e.today(&seen).AmountDue
}

// wantsMethod reports whether a page asks how somebody pays.
func (e *Engine) wantsMethod(s *checkoutSession, due int64) bool {
	return due > 0 || s.Collection != "if_required"
}

func (e *Engine) checkEntry(s *checkoutSession, en entry, due int64) trouble {
	_, known := e.st.Customers.get(s.Customer)
	switch {
	case s.Status != "open":
		return "This page is no longer open."
	case !known && s.Email == "" && !strings.Contains(en.Email, "@"):
		return "Please enter your email address."
	case s.asksAddress() && en.Country == "":
		return "Please choose your country."
	}
	for _, r := range e.reductions(s) {
		if !r.coupon.usable(e.now()) || r.promo != nil && !r.promo.usable(e.now(), s.Customer) {
			return "The discount is no longer available."
		}
	}
	return ""
}

// asksAddress reports whether a page asks where somebody lives.
func (s *checkoutSession) asksAddress() bool {
	return s.AddressCollect == "required" || s.AutomaticTax.Enabled && s.Own.KeepAddress
}

// sessionCustomer is the customer of a session, who is made now if there was none.
func (e *Engine) sessionCustomer(s *checkoutSession, en entry) *customer {
	cu, ok := e.st.Customers.get(s.Customer)
	if !ok {
		cu = &customer{base: e.made(newID("cus_", 14), "customer"), TaxExempt: "none", NextSequence: 1, PreferredLocales: []string{},
			InvoicePrefix: strings.ToUpper(newID("", 8)), Email: orDefault(s.Email, en.Email), Name: en.Name}
		if en.Country != "" {
			cu.Address = &address{Country: en.Country, PostalCode: en.Postal}
		}
		e.st.Customers.add(cu)
		e.emit("customer.created", cu)
		return cu
	}
	before := e.before(cu)
	if s.Own.KeepAddress && en.Country != "" {
		cu.Address = &address{Country: en.Country, PostalCode: en.Postal}
	}
	if s.Own.KeepName && en.Name != "" {
		cu.Name = en.Name
	}
	e.updated("customer.updated", cu, before)
	return cu
}

// completeWith makes what a session sells. The card that is declined at later
// charges lets the one pass with which it is entered here: the sandbox's way to a
// payment that fails a month later.
func (e *Engine) completeWith(s *checkoutSession, cu *customer, pm *paymentMethod, asked bool) trouble {
	o := e.orderOf(s, cu)
	o.asked = asked
	if pm != nil {
		acts := pm.Own.Acts
		if acts == failsLater {
			pm.Own.Acts = pays
		}
		pm.Billing.Email, pm.Billing.Name = cu.Email, cu.Name
		e.st.Methods.add(pm)
		e.attach(pm, cu)
		pm.Own.SetUp = asked || pm.Own.SetUp
		o.method = pm.ID
		defer func() { pm.Own.Acts = acts }()
	}
	sub, refused := e.subscribe(o)
	if refused != nil {
		return trouble(refused.Message)
	}
	in, _ := e.st.Invoices.get(sub.LatestInvoice)
	s.Status, s.Customer, s.Subscription, s.URL, s.Own.Reference = "complete", cu.ID, sub.ID, "", nil
	s.Details = detailsOf(cu)
	s.Invoice, s.Subtotal, s.Total = in.ID, in.Subtotal, in.Total
	switch {
	case in.Total == 0:
		s.PaymentStatus = "no_payment_required"
	case in.Status == "paid":
		s.PaymentStatus = "paid"
	}
	if s.AutomaticTax.Enabled {
		s.AutomaticTax.Status = in.AutomaticTax.Status
	}
	e.emit("checkout.session.completed", s)
	return ""
}
