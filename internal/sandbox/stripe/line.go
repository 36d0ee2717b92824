package stripe

import (
	"fmt"
	"math/big"
)

// line is one line of an invoice.
type line struct {
	ID              string           `json:"id"`
	Object          string           `json:"object"`
	Amount          int64            `json:"amount"`
	Currency        string           `json:"currency"`
	Description     string           `json:"description,omitempty"`
	DiscountAmounts []discountAmount `json:"discount_amounts"`
	Discountable    bool             `json:"discountable"`
	Discounts       []string         `json:"discounts"`
	Invoice         string           `json:"invoice,omitempty"`
	Livemode        bool             `json:"livemode"`
	Metadata        labels           `json:"metadata"`
	Parent          lineParent       `json:"parent"`
	Period          span             `json:"period"`
	Pretax          []struct{}       `json:"pretax_credit_amounts"`
	Pricing         *pricing         `json:"pricing"`
	Quantity        *int64           `json:"quantity"`
	QuantityDecimal *string          `json:"quantity_decimal"`
	Subscription    string           `json:"subscription,omitempty"`
	Subtotal        int64            `json:"subtotal"`
	Taxes           []tax            `json:"taxes"`
	Own             struct {
		Usage bool `json:"usage,omitempty"` // it is made anew until the invoice is final
	} `json:"_"`
}

func (l *line) ident() string { return l.ID }

// net is what is left of a line after its discounts.
func (l *line) net() int64 {
	n := l.Amount
	for _, d := range l.DiscountAmounts {
		n -= d.Amount
	}
	return n
}

// product is what the line is of, "" if of nothing that is sold.
func (l *line) product() string {
	if l.Pricing == nil {
		return ""
	}
	return l.Pricing.Details.Product
}

type span struct {
	End   int64 `json:"end"`
	Start int64 `json:"start"`
}

type lineParent struct {
	Item    *itemParent    `json:"invoice_item_details"`
	SubItem *subItemParent `json:"subscription_item_details"`
	Type    string         `json:"type"`
}

type itemParent struct {
	Item         string   `json:"invoice_item"`
	Proration    bool     `json:"proration"`
	Details      *details `json:"proration_details"`
	Subscription string   `json:"subscription,omitempty"`
}

type subItemParent struct {
	InvoiceItem  string   `json:"invoice_item,omitempty"`
	Proration    bool     `json:"proration"`
	Details      *details `json:"proration_details"`
	Subscription string   `json:"subscription"`
	Item         string   `json:"subscription_item"`
}

// details name what a proration gives back; nothing of that is kept here.
type details struct {
	Credited *struct{} `json:"credited_items"`
}

type pricing struct {
	Details     priceDetails `json:"price_details"`
	Type        string       `json:"type"`
	UnitDecimal *string      `json:"unit_amount_decimal"`
}

type priceDetails struct {
	Price   string `json:"price"`
	Product string `json:"product"`
}

func priced(p *price) *pricing {
	return &pricing{priceDetails{p.ID, p.Product}, "price_details", p.UnitDecimal}
}

// tax is what is added to a line.
type tax struct {
	Amount   int64   `json:"amount"`
	Behavior string  `json:"tax_behavior"`
	Details  taxRate `json:"tax_rate_details"`
	Reason   string  `json:"taxability_reason"`
	Taxable  int64   `json:"taxable_amount"`
	Type     string  `json:"type"`
}

type taxRate struct {
	Rate string `json:"tax_rate"`
}

// newLine begins a line of a subscription's item.
func newLine(sub *subscription, item string, p *price, of span) *line {
	l := &line{ID: id24("il_"), Object: "line_item", Currency: p.Currency, DiscountAmounts: []discountAmount{}, Discountable: true,
		Discounts: []string{}, Period: of, Pretax: []struct{}{}, Pricing: priced(p), Subscription: sub.ID, Taxes: []tax{},
		Metadata: sub.Metadata}
	l.Parent.Type = "subscription_item_details"
	l.Parent.SubItem = &subItemParent{Subscription: sub.ID, Item: item, Details: &details{}}
	return l
}

func (l *line) counts(n int64) {
	text := fmt.Sprint(n)
	l.Quantity, l.QuantityDecimal = &n, &text
}

// licensedLine is what an item costs in advance. In a trial that is nothing.
func (e *Engine) licensedLine(sub *subscription, it *subItem, of span, free bool) *line {
	l := newLine(sub, it.ID, it.Price, of)
	n := it.quantity()
	l.counts(n)
	name := e.productName(it.Price)
	if free {
		l.Description = "Trial period for " + name
		return l
	}
	l.Amount = roundHalfUp(it.Price.cost(big.NewRat(n, 1)))
	l.Description = fmt.Sprintf("%d × %s (at %s)", n, name, it.Price.label())
	return l
}

// usageWindow is a time in which an item's usage is counted at one price.
type usageWindow struct {
	Item     string `json:"item"`
	Price    string `json:"price"`
	From, To int64
}

// usageLines makes the lines of an invoice's usage from all that was received
// until now. Of a graduated price every tier has a line of its own.
func (e *Engine) usageLines(in *invoice) {
	kept := in.Lines.Data[:0:0]
	for _, l := range in.Lines.Data {
		if !l.Own.Usage {
			kept = append(kept, l)
		}
	}
	in.Lines.Data = kept
	sub, ok := e.st.Subs.get(in.subscription())
	if !ok {
		return
	}
	for _, w := range in.Own.Windows {
		p, ok := e.st.Prices.get(w.Price)
		if !ok {
			continue
		}
		n := e.used(p.Recurring.Meter, sub.Customer, w.From, w.To, e.moment.at.UnixNano())
		for _, part := range p.parts(n) {
			l := newLine(sub, w.Item, p, span{w.To, w.From})
			l.Own.Usage, l.Invoice = true, in.ID
			l.Amount = roundHalfUp(part.cost)
			l.counts(roundHalfUp(part.units))
			text := string(decimal(part.units))
			l.QuantityDecimal, l.Pricing.UnitDecimal = &text, part.unit
			l.Description = fmt.Sprintf("%s × %s%s", text, e.productName(p), part.label)
			in.Lines.Data = append(in.Lines.Data, l)
		}
	}
}

// part is what of a quantity is charged at one rate.
type part struct {
	units, cost *big.Rat
	unit        *string
	label       string
}

// parts splits a quantity as a price's lines do.
func (p *price) parts(n *big.Rat) []part {
	if n.Sign() < 0 {
		n = new(big.Rat)
	}
	if p.TiersMode != "graduated" {
		return []part{{n, p.cost(n), p.UnitDecimal, fmt.Sprintf(" (at %s)", p.label())}}
	}
	var out []part
	from := new(big.Rat)
	for i, t := range p.Own.Tiers {
		if i > 0 && n.Cmp(from) <= 0 {
			break
		}
		to := n
		if t.UpTo != nil && n.Cmp(big.NewRat(*t.UpTo, 1)) > 0 {
			to = big.NewRat(*t.UpTo, 1)
		}
		units := new(big.Rat).Sub(to, from)
		cost := new(big.Rat).Add(new(big.Rat).Mul(units, rat(t.UnitDecimal)), rat(t.FlatDecimal))
		out = append(out, part{units, cost, t.UnitDecimal, fmt.Sprintf(" (Tier %d at %s)", i+1, perUnit(t.UnitDecimal))})
		from = to
	}
	return out
}

// label says what a price is, for people.
func (p *price) label() string {
	if p.Recurring == nil {
		return perUnit(p.UnitDecimal)
	}
	every := p.Recurring.Interval
	if p.Recurring.Count > 1 {
		every = fmt.Sprintf("%d %ss", p.Recurring.Count, every)
	}
	if p.UnitDecimal == nil {
		return "tiers / " + every
	}
	return perUnit(p.UnitDecimal) + " / " + every
}

// perUnit writes an amount in cents, which may have decimals, in dollars.
func perUnit(cents *string) string {
	r := rat(cents)
	if r.IsInt() {
		return dollars(r.Num().Int64())
	}
	return "$" + string(decimal(new(big.Rat).Quo(r, big.NewRat(100, 1))))
}

func (e *Engine) productName(p *price) string {
	if pr, ok := e.st.Products.get(p.Product); ok {
		return pr.Name
	}
	return p.Product
}
