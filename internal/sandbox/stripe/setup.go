package stripe

// setupIntent is the setting up of a payment method for later.
type setupIntent struct {
	base
	ClientSecret string   `json:"client_secret"`
	Customer     string   `json:"customer,omitempty"`
	Description  string   `json:"description,omitempty"`
	Metadata     labels   `json:"metadata"`
	Method       string   `json:"payment_method,omitempty"`
	MethodTypes  []string `json:"payment_method_types"`
	Status       string   `json:"status"`
	Usage        string   `json:"usage"`
	Cancelled    string   `json:"cancellation_reason,omitempty"`
}

func (e *Engine) newSetup(customer, method string) *setupIntent {
	id := id24("seti_")
	return &setupIntent{base: e.made(id, "setup_intent"), ClientSecret: id + "_secret_" + newID("", 14), Customer: customer,
		Method: method, MethodTypes: []string{"card"}, Status: "requires_payment_method", Usage: "off_session"}
}

func (e *Engine) createSetup(c *call) (any, *apiError) {
	si := e.newSetup(c.str("customer"), "")
	if si.Customer != "" {
		if _, refused := e.theCustomer(si.Customer, "customer"); refused != nil {
			return nil, refused
		}
	}
	c.set("description", &si.Description)
	c.set("usage", &si.Usage)
	if refused := c.metadata(&si.Metadata); refused != nil {
		return nil, refused
	}
	if types := c.strs("payment_method_types"); len(types) > 0 {
		si.MethodTypes = types
	}
	if id := c.str("payment_method"); id != "" {
		pm, refused := e.theMethod(id, "payment_method")
		if refused != nil {
			return nil, refused
		}
		si.Method, si.Status = pm.ID, "requires_confirmation"
	}
	e.st.Setups.add(si)
	e.emit("setup_intent.created", si)
	if c.flag("confirm") {
		return si, e.confirm(si)
	}
	return si, nil
}

// confirm attaches the payment method, unless its owner has to be asked.
func (e *Engine) confirm(si *setupIntent) *apiError {
	pm, ok := e.st.Methods.get(si.Method)
	if !ok {
		return bad("payment_method", "parameter_missing", "You cannot confirm this SetupIntent because it's missing a payment method.")
	}
	if (pm.Own.Acts == authenticates || pm.Own.Acts == alwaysAsks) && !pm.Own.SetUp {
		si.Status = "requires_action"
		e.emit("setup_intent.requires_action", si)
		return nil
	}
	return e.finishSetup(si, pm)
}

// finishSetup attaches the payment method of a setup intent that went well.
func (e *Engine) finishSetup(si *setupIntent, pm *paymentMethod) *apiError {
	if cu, ok := e.st.Customers.get(si.Customer); ok {
		if refused := e.attach(pm, cu); refused != nil {
			si.Status, si.Method = "requires_payment_method", ""
			e.emit("setup_intent.setup_failed", si)
			return refused
		}
	}
	pm.Own.SetUp = true
	si.Status = "succeeded"
	e.emit("setup_intent.succeeded", si)
	return nil
}

func (e *Engine) theSetup(c *call) (*setupIntent, *apiError) {
	if si, ok := e.st.Setups.get(c.id); ok {
		return si, nil
	}
	return nil, missing("setupintent", c.id, "intent")
}

func (e *Engine) getSetup(c *call) (any, *apiError) {
	si, refused := e.theSetup(c)
	if refused != nil {
		return nil, refused
	}
	return si, nil
}

func (e *Engine) confirmSetup(c *call) (any, *apiError) {
	si, refused := e.theSetup(c)
	if refused != nil {
		return nil, refused
	}
	if si.Status == "succeeded" || si.Status == "canceled" {
		return nil, bad("", "setup_intent_unexpected_state", "You cannot confirm this SetupIntent because it has a status of %s.", si.Status)
	}
	if id := c.str("payment_method"); id != "" {
		pm, refused := e.theMethod(id, "payment_method")
		if refused != nil {
			return nil, refused
		}
		si.Method = pm.ID
	}
	return si, e.confirm(si)
}

func (e *Engine) cancelSetup(c *call) (any, *apiError) {
	si, refused := e.theSetup(c)
	if refused != nil {
		return nil, refused
	}
	if si.Status == "succeeded" || si.Status == "canceled" {
		return nil, bad("", "setup_intent_unexpected_state", "You cannot cancel this SetupIntent because it has a status of %s.", si.Status)
	}
	si.Status, si.Cancelled = "canceled", c.str("cancellation_reason")
	e.emit("setup_intent.canceled", si)
	return si, nil
}

func (e *Engine) listSetups(c *call) (any, *apiError) {
	c.filters("customer", "payment_method", "created")
	return page(c, "setupintent", "/v1/setup_intents", e.st.Setups.where(func(si *setupIntent) bool {
		return c.is("customer", si.Customer) && c.is("payment_method", si.Method) && c.inTime("created", si.Created)
	}))
}
