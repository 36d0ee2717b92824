package stripe

import (
	"fmt"
	"strings"
)

// invoiceItem is something that waits for the next invoice.
type invoiceItem struct {
	ID              string      `json:"id"`
	Object          string      `json:"object"`
	Amount          int64       `json:"amount"`
	Currency        string      `json:"currency"`
	Customer        string      `json:"customer"`
	Date            int64       `json:"date"`
	Description     string      `json:"description,omitempty"`
	Discountable    bool        `json:"discountable"`
	Discounts       []string    `json:"discounts"`
	Invoice         string      `json:"invoice,omitempty"`
	Livemode        bool        `json:"livemode"`
	Metadata        labels      `json:"metadata"`
	NetAmount       int64       `json:"net_amount"`
	Parent          *itemOrigin `json:"parent"`
	Period          span        `json:"period"`
	Pricing         *pricing    `json:"pricing"`
	Proration       bool        `json:"proration"`
	Quantity        int64       `json:"quantity"`
	QuantityDecimal string      `json:"quantity_decimal"`
	TaxRates        []struct{}  `json:"tax_rates"`
}

func (ii *invoiceItem) ident() string { return ii.ID }

type itemOrigin struct {
	Details struct {
		Subscription string `json:"subscription"`
		Item         string `json:"subscription_item,omitempty"`
	} `json:"subscription_details"`
	Type string `json:"type"`
}

// subscription is what the item belongs to, "" if to none.
func (ii *invoiceItem) subscription() string {
	if ii.Parent == nil {
		return ""
	}
	return ii.Parent.Details.Subscription
}

// newItem begins an item that waits for a subscription's next invoice.
func (e *Engine) newItem(sub *subscription, item string, p *price, of span, quantity, amount int64, description string) *invoiceItem {
	ii := &invoiceItem{ID: id24("ii_"), Object: "invoiceitem", Amount: amount, NetAmount: amount, Currency: p.Currency, Customer: sub.Customer,
		Date: e.now(), Description: description, Discounts: []string{}, Parent: &itemOrigin{Type: "subscription_details"}, Period: of,
		Pricing: priced(p), Quantity: quantity, QuantityDecimal: fmt.Sprint(quantity), TaxRates: []struct{}{}, Metadata: sub.Metadata}
	ii.Parent.Details.Subscription, ii.Parent.Details.Item = sub.ID, item
	e.st.Items.add(ii)
	e.emit("invoiceitem.created", ii)
	return ii
}

// lineOf makes the line of an item on an invoice.
func lineOf(ii *invoiceItem) *line {
	l := &line{ID: id24("il_"), Object: "line_item", Amount: ii.Amount, Currency: ii.Currency, Description: ii.Description,
		DiscountAmounts: []discountAmount{}, Discountable: ii.Discountable, Discounts: []string{}, Metadata: ii.Metadata, Period: ii.Period,
		Pretax: []struct{}{}, Pricing: ii.Pricing, Subscription: ii.subscription(), Taxes: []tax{}}
	l.counts(ii.Quantity)
	if ii.Parent != nil && ii.Parent.Details.Item != "" {
		l.Parent = lineParent{Type: "subscription_item_details", SubItem: &subItemParent{InvoiceItem: ii.ID, Proration: ii.Proration,
			Details: &details{}, Subscription: ii.subscription(), Item: ii.Parent.Details.Item}}
	} else {
		l.Parent = lineParent{Type: "invoice_item_details", Item: &itemParent{Item: ii.ID, Proration: ii.Proration, Details: &details{}, Subscription: ii.subscription()}}
	}
	return l
}

// pendingItems are those that wait for a subscription's invoice, oldest first:
// its own, and those of the customer that belong to none.
func (e *Engine) pendingItems(sub *subscription) []*invoiceItem {
	var out []*invoiceItem
	for _, ii := range e.st.Items.rows {
		if ii.Invoice == "" && ii.Customer == sub.Customer && (ii.subscription() == sub.ID || ii.subscription() == "") {
			out = append(out, ii)
		}
	}
	return out
}

func (e *Engine) createItem(c *call) (any, *apiError) {
	cu, refused := e.theCustomer(c.str("customer"), "customer")
	if refused != nil {
		return nil, refused
	}
	ii := &invoiceItem{ID: id24("ii_"), Object: "invoiceitem", Currency: strings.ToLower(c.or("currency", orDefault(cu.Currency, "usd"))), Customer: cu.ID,
		Date: e.now(), Description: c.str("description"), Discountable: true, Discounts: []string{}, Period: span{e.now(), e.now()},
		Quantity: 1, TaxRates: []struct{}{}}
	c.setInt("quantity", &ii.Quantity)
	c.setFlag("discountable", &ii.Discountable)
	if c.isObject("period") {
		ii.Period = span{c.sub("period").int("end"), c.sub("period").int("start")}
	}
	if refused := c.metadata(&ii.Metadata); refused != nil {
		return nil, refused
	}
	if id := c.str("subscription"); id != "" {
		sub, ok := e.st.Subs.get(id)
		if !ok || sub.Customer != cu.ID {
			return nil, unknownID("subscription", id, "subscription")
		}
		ii.Parent = &itemOrigin{Type: "subscription_details"}
		ii.Parent.Details.Subscription = sub.ID
	}
	if refused := e.itemAmount(c, ii); refused != nil {
		return nil, refused
	}
	ii.QuantityDecimal, ii.NetAmount = fmt.Sprint(ii.Quantity), ii.Amount
	e.st.Items.add(ii)
	e.emit("invoiceitem.created", ii)
	return ii, nil
}

// itemAmount reads what an item costs: an amount, or a price that was made
// before.
func (e *Engine) itemAmount(c *call, ii *invoiceItem) *apiError {
	id := c.sub("pricing").str("price")
	switch {
	case id != "":
		p, refused := e.thePrice(id, "pricing[price]")
		if refused != nil {
			return refused
		}
		if p.Recurring != nil {
			return bad("pricing[price]", "", "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.")
		}
		ii.Pricing, ii.Currency = priced(p), p.Currency
		ii.Amount = roundHalfUp(p.cost(ratOf(ii.Quantity)))
	case c.has("amount"):
		ii.Amount = c.int("amount")
		if ii.Quantity != 1 {
			return bad("quantity", "", "You may only specify one of these parameters: amount, quantity.")
		}
	case c.has("unit_amount_decimal"):
		text := c.str("unit_amount_decimal")
		ii.Amount = roundHalfUp(ratOf(ii.Quantity).Mul(ratOf(ii.Quantity), rat(&text)))
	default:
		return bad("amount", "parameter_missing", "You must specify one of these parameters: amount, unit_amount_decimal, or pricing[price].")
	}
	return nil
}

func (e *Engine) getItem(c *call) (any, *apiError) {
	if ii, ok := e.st.Items.get(c.id); ok {
		return ii, nil
	}
	return nil, missing("invoiceitem", c.id, "invoiceitem")
}

func (e *Engine) deleteItem(c *call) (any, *apiError) {
	ii, ok := e.st.Items.get(c.id)
	if !ok {
		return nil, missing("invoiceitem", c.id, "invoiceitem")
	}
	if ii.Invoice != "" {
		return nil, bad("", "", "This invoice item is attached to an invoice and cannot be deleted.")
	}
	e.st.Items.remove(ii.ID)
	e.emit("invoiceitem.deleted", ii)
	return gone{ii.ID, "invoiceitem", true}, nil
}

func (e *Engine) listItems(c *call) (any, *apiError) {
	c.filters("customer", "invoice", "pending", "created")
	return page(c, "invoiceitem", "/v1/invoiceitems", e.st.Items.where(func(ii *invoiceItem) bool {
		return c.is("customer", ii.Customer) && c.is("invoice", ii.Invoice) && (!c.has("pending") || c.flag("pending") == (ii.Invoice == "")) &&
			c.inTime("created", ii.Date)
	}))
}
