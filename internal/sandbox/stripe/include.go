package stripe

import "strings"

// include returns what an object holds only when it is asked for, by the key of
// an expansion, and whether there is such a key. It is nil where an object of
// this kind has none.
func (e *Engine) include(m map[string]any, key string) (any, bool) {
	kind, _ := m["object"].(string)
	id, _ := m["id"].(string)
	switch kind + " " + key {
	case "price tiers":
		if p, ok := e.st.Prices.get(id); ok && p.Own.Tiers != nil {
			return e.render(p.Own.Tiers), true
		}
		return nil, true
	case "price currency_options", "coupon currency_options":
		return map[string]any{}, true
	case "coupon applies_to":
		if cp, ok := e.st.Coupons.get(id); ok && cp.Own.Products != nil {
			return map[string]any{"products": cp.Own.Products}, true
		}
		return nil, true
	case "customer sources", "customer tax_ids":
		return map[string]any{"object": "list", "data": []any{}, "has_more": false, "url": "/v1/customers/" + id + "/" + strings.TrimPrefix(key, "customer ")}, true
	case "customer cash_balance":
		return nil, true
	case "customer invoice_credit_balance":
		return map[string]any{}, true
	case "customer subscriptions":
		list := inline[*subscription]{URL: "/v1/customers/" + id + "/subscriptions"}
		list.Data = e.st.Subs.where(func(s *subscription) bool { return s.Customer == id && !s.over() })
		return e.render(list), true
	case "customer tax":
		return e.customerTax(id), true
	case "checkout.session line_items":
		if s, ok := e.st.Sessions.get(id); ok {
			return e.render(inline[*sessionLine]{URL: "/v1/checkout/sessions/" + id + "/line_items", Data: e.linesOf(s)}), true
		}
	case "invoice payments":
		list := inline[*invoicePayment]{URL: "/v1/invoice_payments?invoice=" + id}
		list.Data = e.st.Payments.where(func(ip *invoicePayment) bool { return ip.Invoice == id })
		return e.render(list), true
	case "invoice confirmation_secret":
		in, ok := e.st.Invoices.get(id)
		if !ok {
			return nil, true
		}
		if pi := e.intentOf(in); pi != nil {
			return map[string]any{"client_secret": pi.ClientSecret, "type": "payment_intent"}, true
		}
		return nil, true
	case "charge refunds":
		list := inline[*refund]{URL: "/v1/charges/" + id + "/refunds"}
		list.Data = e.st.Refunds.where(func(r *refund) bool { return r.Charge == id })
		return e.render(list), true
	}
	return nil, false
}

// customerTax says where a customer is, as far as tax is concerned.
func (e *Engine) customerTax(id string) map[string]any {
	out := map[string]any{"automatic_tax": "unrecognized_location", "ip_address": nil, "location": nil, "provider": "stripe"}
	if cu, ok := e.st.Customers.get(id); ok && cu.located() {
		out["automatic_tax"] = "not_collecting"
		if cu.taxed() {
			out["automatic_tax"] = "supported"
		}
		out["location"] = map[string]any{"country": cu.Address.Country, "source": "billing_address", "state": orNil(cu.Address.State)}
	}
	return out
}
