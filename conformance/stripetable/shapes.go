package main

import (
	"fmt"
	"maps"
	"slices"
)

// shape is what the description says of an object's keys.
type shape struct {
	// Defaults are the keys that every answer has, with what they hold when there
	// is nothing to say.
	Defaults map[string]any `json:"d,omitempty"`
	// Required are those for which there is no such value, Optional the others.
	Required []string `json:"r,omitempty"`
	Optional []string `json:"o,omitempty"`
	// Expandable are the keys over which an expansion may lead.
	Expandable []string `json:"x,omitempty"`
	// Nested are the shapes of keys that hold an object or a list of them.
	Nested map[string]*shape `json:"n,omitempty"`
}

// kinds are the objects that the sandbox's Stripe has.
var kinds = []string{
	"account", "balance", "balance_transaction", "billing.meter", "billing.meter_event", "billing.meter_event_adjustment",
	"billing.meter_event_summary", "billing_portal.configuration", "billing_portal.session", "charge", "checkout.session",
	"coupon", "customer", "discount", "dispute", "event", "invoice", "invoice_payment", "invoiceitem", "item", "line_item",
	"payment_intent", "payment_method", "price", "product", "promotion_code", "refund", "setup_intent", "subscription",
	"subscription_item", "subscription_schedule", "tax_rate", "webhook_endpoint",
}

// onDemand are keys that an answer has only if they are asked for. The description
// does not tell them from others that hold nothing.
var onDemand = []string{"cash_balance", "confirmation_secret", "refunds"}

func shapeTable(d description) (map[string]*shape, error) {
	out := map[string]*shape{}
	for _, kind := range kinds {
		s, ok := d.Components.Schemas[kind]
		if !ok {
			return nil, fmt.Errorf("the description has no %s", kind)
		}
		out[kind] = d.shape(s, nil)
	}
	return out, nil
}

// shape describes one object; within are the schemas that it is part of.
func (d description) shape(s *schema, within []*schema) *shape {
	out := &shape{Defaults: map[string]any{}, Nested: map[string]*shape{}}
	for _, key := range s.Expandable {
		if !slices.Contains(otherMethods, key) {
			out.Expandable = append(out.Expandable, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(otherMethods, key) {
			continue
		}
		p := s.Properties[key]
		required := slices.Contains(s.Required, key)
		if n := d.nested(p); n != nil && key != "payment_method_options" && !slices.Contains(within, n) {
			out.Nested[key] = d.shape(n, append(slices.Clone(within), s))
		}
		v, ok := d.nothing(p)
		switch {
		case slices.Contains(onDemand, key) && p.Nullable && !required:
			out.Optional = append(out.Optional, key)
		case p.Nullable:
			out.Defaults[key] = nil
		case required && ok:
			out.Defaults[key] = v
		case required:
			out.Required = append(out.Required, key)
		default:
			out.Optional = append(out.Optional, key)
		}
	}
	return out
}

// nested is the schema of what a key holds, or its list does, unless that is an
// object of its own kind.
func (d description) nested(p *schema) *schema {
	if p.Type == "array" && p.Items != nil {
		p = p.Items
	}
	for _, s := range append([]*schema{p}, p.AnyOf...) {
		if s.Ref != "" {
			s = d.Components.Schemas[refName(s.Ref)]
		}
		if s.Properties != nil && s.Properties["object"] == nil {
			return s
		}
	}
	return nil
}

// nothing is what a required key holds when there is nothing to say.
func (d description) nothing(p *schema) (any, bool) {
	switch {
	case p.Ref != "":
		return map[string]any{}, d.Components.Schemas[refName(p.Ref)].Properties["object"] == nil
	case p.Type == "array":
		return []any{}, true
	case p.Type == "boolean" && len(p.Enum) == 0:
		return false, true
	case p.Type == "integer":
		return 0, true
	case p.Type == "object" && p.Properties == nil:
		return map[string]any{}, true
	case p.Type == "object" && p.Properties["object"] != nil && p.Properties["data"] != nil:
		return map[string]any{"object": "list", "data": []any{}, "has_more": false, "url": "/v1/"}, true
	case len(p.Enum) == 1:
		return p.Enum[0], true
	}
	return nil, false
}
