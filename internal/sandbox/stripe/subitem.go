package stripe

import "maps"

func (e *Engine) getSubItem(c *call) (any, *apiError) {
	if _, it := e.subOf(c.id); it != nil {
		return it, nil
	}
	return nil, missing("subscription item", c.id, "item")
}

func (e *Engine) listSubItems(c *call) (any, *apiError) {
	sub, refused := e.theSub(c.str("subscription"), "subscription")
	if refused != nil {
		return nil, refused
	}
	return page(c, "subscription item", "/v1/subscription_items", sub.Items.Data)
}

func (e *Engine) createSubItem(c *call) (any, *apiError) {
	sub, ok := e.st.Subs.get(c.str("subscription"))
	if !ok {
		return nil, unknownID("subscription", c.str("subscription"), "subscription")
	}
	had := map[string]bool{}
	for _, it := range sub.Items.Data {
		had[it.ID] = true
	}
	if refused := e.update(sub, asUpdate(c.params, "")); refused != nil {
		return nil, refused
	}
	for _, it := range sub.Items.Data {
		if !had[it.ID] {
			return it, nil
		}
	}
	return nil, bad("", "", "The item waits for a payment of the subscription.")
}

func (e *Engine) updateSubItem(c *call) (any, *apiError) {
	sub, it := e.subOf(c.id)
	if it == nil {
		return nil, missing("subscription item", c.id, "item")
	}
	if refused := e.update(sub, asUpdate(c.params, c.id)); refused != nil {
		return nil, refused
	}
	return sub.item(c.id), nil
}

func (e *Engine) deleteSubItem(c *call) (any, *apiError) {
	sub, it := e.subOf(c.id)
	if it == nil {
		return nil, missing("subscription item", c.id, "item")
	}
	c.m["deleted"] = "true"
	if refused := e.update(sub, asUpdate(c.params, c.id)); refused != nil {
		return nil, refused
	}
	return gone{c.id, "subscription_item", true}, nil
}

// asUpdate turns the parameters about one item into those of an update of its
// subscription.
func asUpdate(p params, id string) params {
	item := maps.Clone(p.m)
	p.markAll()
	out := params{m: map[string]any{}}
	for _, k := range []string{"proration_behavior", "proration_date", "payment_behavior", "off_session"} {
		if v, ok := item[k]; ok {
			out.m[k] = v
			delete(item, k)
		}
	}
	delete(item, "subscription")
	delete(item, "expand")
	if id != "" {
		item["id"] = id
	}
	out.m["items"] = []any{item}
	return out
}
