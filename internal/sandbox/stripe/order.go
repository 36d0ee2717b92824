package stripe

// readItems reads the items of a new subscription.
func (e *Engine) readItems(p params) ([]orderItem, *apiError) {
	list := p.list("items")
	if len(list) == 0 {
		return nil, required("items")
	}
	if len(list) > 20 {
		return nil, bad("items", "", "A subscription can have at most 20 items.")
	}
	var out []orderItem
	for _, in := range list {
		it, refused := e.readItem(in)
		if refused != nil {
			return nil, refused
		}
		out = append(out, it)
	}
	return out, sameRhythm(out)
}

func (e *Engine) readItem(in params) (orderItem, *apiError) {
	p, refused := e.priceOf(in)
	if refused != nil {
		return orderItem{}, refused
	}
	it := orderItem{price: p}
	if refused := in.metadata(&it.metadata); refused != nil {
		return it, refused
	}
	it.quantity, refused = quantityOf(in, p)
	return it, refused
}

// priceOf reads an item's price, by its identifier or made for the occasion.
func (e *Engine) priceOf(in params) (*price, *apiError) {
	if in.isObject("price_data") {
		data := in.sub("price_data")
		product := data.str("product")
		if _, ok := e.st.Products.get(product); !ok {
			if !data.isObject("product_data") {
				return nil, unknownID("product", product, data.name("product"))
			}
			pr, refused := e.newProduct(data.sub("product_data"), newID("prod_", 14))
			if refused != nil {
				return nil, refused
			}
			product = e.st.Products.add(pr).ID
		}
		p, refused := e.newPrice(data, product)
		if refused != nil {
			return nil, refused
		}
		p.Active = false
		return e.st.Prices.add(p), nil
	}
	if !in.has("price") {
		return nil, required(in.name("price"))
	}
	p, refused := e.thePrice(in.str("price"), in.name("price"))
	switch {
	case refused != nil:
		return nil, refused
	case p.Recurring == nil:
		return nil, bad(in.name("price"), "", "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.")
	case !p.Active:
		return nil, bad(in.name("price"), "", "The price specified is inactive. This field only accepts active prices.")
	}
	return p, nil
}

// quantityOf reads an item's quantity, which metered ones do not have.
func quantityOf(in params, p *price) (*int64, *apiError) {
	if p.metered() {
		if in.has("quantity") {
			return nil, bad(in.name("quantity"), "", "You can't specify a quantity for a price with `usage_type=metered`: `%s`.", p.ID)
		}
		return nil, nil
	}
	n := int64(1)
	in.setInt("quantity", &n)
	if n < 0 {
		return nil, bad(in.name("quantity"), "parameter_invalid_integer", "This value must be greater than or equal to 0.")
	}
	return &n, nil
}

// sameRhythm refuses prices that cannot be billed together.
func sameRhythm(items []orderItem) *apiError {
	for _, it := range items[1:] {
		a, b := items[0].price, it.price
		if a.Currency != b.Currency {
			return bad("items", "", "All prices on a subscription must have the same currency.")
		}
		if a.Recurring.Interval != b.Recurring.Interval || a.Recurring.Count != b.Recurring.Count {
			return bad("items", "", "Currently, all of the prices on a subscription must have the same `recurring.interval` and `recurring.interval_count`.")
		}
		if a.ID == b.ID {
			return bad("items", "", "Cannot add multiple subscription items with the same price: %s", a.ID)
		}
	}
	return nil
}

// readTrial reads when a trial ends; 0 if there is none.
func (e *Engine) readTrial(p params) (int64, *apiError) {
	if days := p.int("trial_period_days"); days > 0 {
		if p.has("trial_end") {
			return 0, bad("trial_end", "", "You may only specify one of these parameters: trial_end, trial_period_days.")
		}
		return e.now() + days*86400, nil
	}
	end := p.str("trial_end")
	if end == "" || end == "now" {
		return 0, nil
	}
	at := p.int("trial_end")
	if at <= e.now() {
		return 0, bad("trial_end", "timestamp_in_past", "Invalid timestamp: must be an integer Unix timestamp in the future.")
	}
	if at > e.now()+730*86400 {
		return 0, bad("trial_end", "", "Invalid timestamp: can be no more than two years in the future.")
	}
	return at, nil
}

func (e *Engine) readMode(p params) (billingMode, *apiError) {
	in := p.sub("billing_mode")
	m := billingMode{Type: in.or("type", "flexible")}
	if m.Type == "flexible" {
		m.Flexible = &flexible{in.sub("flexible").or("proration_discounts", "included")}
		m.UpdatedAt = e.now()
	}
	return m, nil
}
