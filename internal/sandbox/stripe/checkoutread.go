package stripe

// readSession reads what is said of the page itself.
func (e *Engine) readSession(c *call, s *checkoutSession) *apiError {
	if ui := c.str("ui_mode"); ui != "" && ui != "hosted_page" && ui != "hosted" {
		return bad("ui_mode", "", "The sandbox has hosted pages only.")
	}
	if s.SuccessURL == "" {
		return required("success_url")
	}
	c.set("payment_method_collection", &s.Collection)
	if types := c.strs("payment_method_types"); len(types) > 0 {
		s.MethodTypes = types
	}
	if c.has("allow_promotion_codes") {
		allow := c.flag("allow_promotion_codes")
		s.AllowPromos = &allow
	}
	s.Phone.Enabled = c.sub("phone_number_collection").flag("enabled")
	if s.AutomaticTax.Enabled = c.sub("automatic_tax").flag("enabled"); s.AutomaticTax.Enabled {
		s.AutomaticTax.Liability, s.AutomaticTax.Provider = &selfRef{"self"}, "stripe"
		s.AutomaticTax.Status = "requires_location_inputs"
	}
	if c.has("expires_at") {
		s.ExpiresAt = c.int("expires_at")
		if s.ExpiresAt < e.now()+shortestSession || s.ExpiresAt > e.now()+sessionAge {
			return bad("expires_at", "", "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.")
		}
	}
	return c.metadata(&s.Metadata)
}

func (e *Engine) readLineItems(c *call, s *checkoutSession) *apiError {
	list := c.list("line_items")
	if len(list) == 0 {
		return required("line_items")
	}
	var items []orderItem
	for _, in := range list {
		if q := in.sub("adjustable_quantity"); q.flag("enabled") {
			return bad(q.name("enabled"), "", "The sandbox's pages cannot change quantities.")
		}
		it, refused := e.readItem(in)
		if refused != nil {
			return refused
		}
		if it.quantity != nil && !in.has("quantity") {
			return bad(in.name("quantity"), "parameter_missing", "Quantity is required. Add `quantity` to `%s`", in.path)
		}
		items = append(items, it)
		s.Own.Items = append(s.Own.Items, phaseItem{[]struct{}{}, it.metadata, it.price.ID, it.quantity, []struct{}{}})
	}
	s.Currency = items[0].price.Currency
	return sameRhythm(items)
}

// readSubData reads what is said of the subscription that the page makes.
func (e *Engine) readSubData(c *call, s *checkoutSession) *apiError {
	in := c.sub("subscription_data")
	if in.has("trial_period_days") && in.int("trial_period_days") < 1 {
		return bad(in.name("trial_period_days"), "", "The minimum number of trial period days is 1.")
	}
	end, refused := e.readTrial(in)
	if refused != nil {
		return refused
	}
	if in.has("trial_end") && end < e.now()+48*3600 {
		return bad(in.name("trial_end"), "", "The `trial_end` date has to be at least 2 days in the future.")
	}
	s.Own.TrialDays, s.Own.Description = in.int("trial_period_days"), in.str("description")
	if s.Own.TrialDays == 0 {
		s.Own.TrialEnd = end
	}
	s.Own.Missing = in.sub("trial_settings").sub("end_behavior").or("missing_payment_method", "create_invoice")
	if s.Own.Mode, refused = e.readMode(in); refused != nil {
		return refused
	}
	return in.metadata(&s.Own.Metadata)
}

func (e *Engine) readSessionCustomer(c *call, s *checkoutSession) *apiError {
	update := c.sub("customer_update")
	s.Own.KeepAddress, s.Own.KeepName = update.str("address") == "auto", update.str("name") == "auto"
	if !c.has("customer") {
		if c.has("customer_update") {
			return bad("customer_update", "", "`customer_update` can only be used with `customer`.")
		}
		s.CustomerCreation, s.Own.KeepAddress, s.Own.KeepName = "always", true, true
		if s.Email != "" {
			s.Details = &customerDetails{Email: s.Email, TaxExempt: "none", TaxIDs: []struct{}{}}
		}
		return nil
	}
	if s.Email != "" {
		return bad("customer_email", "", "You may only specify one of these parameters: customer, customer_email.")
	}
	cu, refused := e.theCustomer(c.str("customer"), "customer")
	if refused != nil {
		return refused
	}
	if s.AutomaticTax.Enabled && !cu.located() && !s.Own.KeepAddress {
		return bad("customer_update[address]", "customer_tax_location_invalid", "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.")
	}
	s.Customer = cu.ID
	s.Details = detailsOf(cu)
	return nil
}

func detailsOf(cu *customer) *customerDetails {
	return &customerDetails{Address: cu.Address, Email: cu.Email, Name: cu.Name, Phone: cu.Phone, TaxExempt: cu.TaxExempt, TaxIDs: []struct{}{}}
}

func (e *Engine) readSessionDiscounts(c *call, s *checkoutSession) *apiError {
	if c.has("discounts") && c.has("allow_promotion_codes") {
		return bad("discounts", "", "You may only specify one of these parameters: allow_promotion_codes, discounts.")
	}
	if len(c.list("discounts")) > 1 {
		return bad("discounts", "", "Only one discount can be applied to a Checkout Session.")
	}
	reductions, refused := e.readDiscounts(c.params, s.Customer)
	for _, r := range reductions {
		s.discount(r)
	}
	return refused
}

func (s *checkoutSession) discount(r reduction) {
	d := sessionDiscount{Coupon: r.coupon.ID}
	if r.promo != nil {
		d = sessionDiscount{Promo: r.promo.ID}
	}
	s.Discounts = []sessionDiscount{d}
}
