package stripe

import (
	"math/big"
	"slices"
)

// itemChange is what becomes of one item of a subscription. Without an
// identifier it is a new one.
type itemChange struct {
	id       string
	price    *price
	quantity *int64
	deleted  bool
	metadata labels
}

// proration is how a change within a period is charged. What is paid in advance is
// reckoned as of a moment that may be another than now; usage is split now.
type proration struct {
	behavior string // create_prorations, always_invoice, none
	at       int64
}

func (p proration) none() bool { return p.behavior == "none" }

// readProration reads how a change is charged, and as of when.
func (e *Engine) readProration(sub *subscription, p params) (proration, *apiError) {
	pr := proration{p.or("proration_behavior", "create_prorations"), e.now()}
	if !p.has("proration_date") {
		return pr, nil
	}
	pr.at = p.int("proration_date")
	if period := sub.period(); pr.at < period.Start || pr.at > period.End {
		return pr, bad(p.name("proration_date"), "", "Invalid proration date: must be within the current period of the subscription, from %d to %d.", period.Start, period.End)
	}
	return pr, nil
}

// readChanges reads what a request makes of a subscription's items.
func (e *Engine) readChanges(sub *subscription, p params) ([]itemChange, *apiError) {
	var out []itemChange
	for _, in := range p.list("items") {
		ch, refused := e.readChange(sub, in)
		if refused != nil {
			return nil, refused
		}
		out = append(out, ch)
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, checkChanges(sub, out)
}

func (e *Engine) readChange(sub *subscription, in params) (itemChange, *apiError) {
	ch := itemChange{id: in.str("id"), deleted: in.flag("deleted")}
	if in.flag("clear_usage") && sub.BillingMode.Type == "flexible" {
		return ch, bad(in.name("clear_usage"), "", "`clear_usage` is not supported for subscriptions with `billing_mode[type]=flexible`.")
	}
	var was *subItem
	if ch.id != "" {
		if was = sub.item(ch.id); was == nil {
			return ch, unknownID("subscription item", ch.id, in.name("id"))
		}
		ch.price, ch.quantity, ch.metadata = was.Price, was.Quantity, was.Metadata
		if ch.deleted {
			return ch, nil
		}
	}
	if was == nil || in.has("price") || in.has("price_data") {
		p, refused := e.priceOf(in)
		if refused != nil {
			return ch, refused
		}
		if was == nil || p.metered() != was.Price.metered() {
			ch.quantity = nil
		}
		ch.price = p
	}
	if in.has("quantity") || ch.quantity == nil {
		n, refused := quantityOf(in, ch.price)
		if refused != nil {
			return ch, refused
		}
		ch.quantity = n
	}
	return ch, in.metadata(&ch.metadata)
}

// checkChanges refuses changes after which the items could not be billed
// together.
func checkChanges(sub *subscription, changes []itemChange) *apiError {
	var after []orderItem
	for _, it := range sub.Items.Data {
		i := slices.IndexFunc(changes, func(ch itemChange) bool { return ch.id == it.ID })
		switch {
		case i < 0:
			after = append(after, orderItem{price: it.Price})
		case !changes[i].deleted:
			after = append(after, orderItem{price: changes[i].price})
		}
	}
	for _, ch := range changes {
		if ch.id == "" {
			after = append(after, orderItem{price: ch.price})
		}
	}
	if len(after) == 0 {
		return bad("items", "", "A subscription must have at least one active plan. To cancel the subscription, use the cancellation API.")
	}
	for i, a := range after {
		for _, b := range after[:i] {
			if a.price.ID == b.price.ID {
				return bad("items", "", "Cannot add multiple subscription items with the same price: %s", a.price.ID)
			}
		}
	}
	return sameRhythm(after)
}

// resets reports whether changes bill in another rhythm, which begins a new
// period.
func resets(sub *subscription, changes []itemChange) bool {
	for _, ch := range changes {
		if r := ch.price.Recurring; !ch.deleted && (r.Interval != sub.rhythm().Interval || r.Count != sub.rhythm().Count) {
			return true
		}
	}
	return false
}

// apply changes a subscription's items. What was paid and is not used is given
// back, what is bought is charged for the rest of the period, and usage so far is
// charged at the old price: all as items that wait for the next invoice. With
// reset a new period begins, so that everything is given back and nothing
// charged here.
func (e *Engine) apply(sub *subscription, changes []itemChange, pr proration, reset bool) {
	var items []*subItem
	for _, it := range sub.Items.Data {
		i := slices.IndexFunc(changes, func(ch itemChange) bool { return ch.id == it.ID })
		if i < 0 {
			if reset {
				e.leave(sub, it, pr)
			}
			items = append(items, it)
			continue
		}
		ch := changes[i]
		same := ch.price.ID == it.Price.ID && equal(ch.quantity, it.Quantity) && !ch.deleted
		if !same || reset {
			e.leave(sub, it, pr)
		}
		if ch.deleted {
			continue
		}
		it.Price, it.Quantity, it.Metadata = ch.price, ch.quantity, ch.metadata
		if !same && !reset {
			e.enter(sub, it, pr)
		}
		items = append(items, it)
	}
	for _, ch := range changes {
		if ch.id == "" {
			it := e.newSubItem(sub, orderItem{ch.price, ch.quantity, ch.metadata}, sub.period())
			if !reset {
				e.enter(sub, it, pr)
			}
			items = append(items, it)
		}
	}
	sub.Items.Data = items
}

func equal(a, b *int64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// leave charges what an item was used, or gives back what of it was not. Usage is
// charged as it was reported until the change is made, whatever moment the rest of the
// period is reckoned by
// (https://docs.stripe.com/billing/subscriptions/usage-based/manage-billing-setup).
func (e *Engine) leave(sub *subscription, it *subItem, pr proration) {
	if pr.none() || sub.Status == "trialing" {
		return
	}
	if it.Price.metered() {
		if sub.BillingMode.Type == "flexible" {
			e.chargeUsage(sub, it, e.now())
		}
		return
	}
	gross := roundHalfUp(it.Price.cost(ratOf(it.quantity())))
	left := -share(e.netOf(sub, it, gross), it.PeriodEnd-pr.at, it.PeriodEnd-it.PeriodStart)
	e.prorate(sub, it, pr.at, left, "Unused time on ")
}

// enter charges an item for the rest of the period, or begins to count its usage.
func (e *Engine) enter(sub *subscription, it *subItem, pr proration) {
	if it.Price.metered() {
		it.Own.UsageFrom = e.now()
		return
	}
	if pr.none() || sub.Status == "trialing" {
		return
	}
	gross := roundHalfUp(it.Price.cost(ratOf(it.quantity())))
	e.prorate(sub, it, pr.at, share(e.discounted(sub, gross), it.PeriodEnd-pr.at, it.PeriodEnd-it.PeriodStart), "Remaining time on ")
}

func (e *Engine) prorate(sub *subscription, it *subItem, at, amount int64, what string) {
	if it.PeriodEnd <= at {
		return
	}
	name := e.productName(it.Price)
	if it.quantity() != 1 {
		name = string(decimal(ratOf(it.quantity()))) + " × " + name
	}
	ii := e.newItem(sub, it.ID, it.Price, span{it.PeriodEnd, at}, it.quantity(), amount, what+name+" after "+day(at))
	ii.Proration = true
}

// chargeUsage charges what was used of an item until a moment at its price. Tiers
// are whole, however short the time.
func (e *Engine) chargeUsage(sub *subscription, it *subItem, until int64) {
	n := e.used(it.Price.Recurring.Meter, sub.Customer, it.Own.UsageFrom, until, e.moment.at.UnixNano())
	if n.Sign() < 0 {
		n = new(big.Rat)
	}
	text := string(decimal(n))
	amount := roundHalfUp(it.Price.cost(n))
	ii := e.newItem(sub, it.ID, it.Price, span{until, it.Own.UsageFrom}, roundHalfUp(n), e.discounted(sub, amount), text+" × "+e.productName(it.Price)+" until "+day(until))
	ii.QuantityDecimal = text
}

// discounted is an amount after the subscription's discounts, as far as they are
// of a percentage: in flexible billing a proration contains them.
func (e *Engine) discounted(sub *subscription, amount int64) int64 {
	r := ratOf(amount)
	for _, id := range sub.Discounts {
		d, ok := e.st.Discounts.get(id)
		if !ok || d.End != 0 && d.End <= e.now() {
			continue
		}
		if cp, ok := e.st.Coupons.get(d.Source.Coupon); ok {
			r.Mul(r, new(big.Rat).Sub(ratOf(1), cp.percent()))
		}
	}
	return roundHalfUp(r)
}

// netOf is what was paid for an item in this period: what the line of it says
// that was on the period's invoice, in proportion.
func (e *Engine) netOf(sub *subscription, it *subItem, gross int64) int64 {
	for _, in := range e.st.Invoices.where(func(in *invoice) bool { return in.subscription() == sub.ID }) {
		for _, l := range in.Lines.Data {
			of := l.Parent.SubItem
			if of != nil && of.Item == it.ID && !of.Proration && l.Period.End == it.PeriodEnd && l.Amount > 0 && !l.Own.Usage {
				return share(gross, l.net(), l.Amount)
			}
		}
	}
	return gross
}
