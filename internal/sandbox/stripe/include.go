package stripe

import "strings"

// include returns what an object holds only when it is asked for, by the key of
// an expansion.
func (e *Engine) include(m map[string]any, key string) (any, bool) {
	kind, _ := m["object"].(string)
	id, _ := m["id"].(string)
	switch kind + " " + key {
	case "price tiers":
		if p, ok := e.st.Prices.get(id); ok && p.Own.Tiers != nil {
			return e.render(p.Own.Tiers), true
		}
	case "price currency_options", "coupon currency_options":
		return map[string]any{}, true
	case "coupon applies_to":
		if cp, ok := e.st.Coupons.get(id); ok && cp.Own.Products != nil {
			return map[string]any{"products": cp.Own.Products}, true
		}
	case "customer sources", "customer tax_ids":
		return map[string]any{"object": "list", "data": []any{}, "has_more": false, "url": "/v1/customers/" + id + "/" + strings.TrimPrefix(key, "customer ")}, true
	}
	return nil, false
}
