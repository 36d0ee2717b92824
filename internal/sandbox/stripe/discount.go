package stripe

import (
	"math/big"
	"slices"
)

// discount is a coupon at work.
type discount struct {
	ID           string         `json:"id"`
	Object       string         `json:"object"`
	Session      string         `json:"checkout_session,omitempty"`
	Customer     string         `json:"customer,omitempty"`
	End          int64          `json:"end,omitempty"`
	Promo        string         `json:"promotion_code,omitempty"`
	Source       discountSource `json:"source"`
	Start        int64          `json:"start"`
	Subscription string         `json:"subscription,omitempty"`
}

func (d *discount) ident() string { return d.ID }

type discountSource struct {
	Coupon string `json:"coupon"`
	Type   string `json:"type"`
}

// newDiscount redeems a coupon, by itself or by a promotion code.
func (e *Engine) newDiscount(cp *coupon, pc *promotionCode, sub *subscription) *discount {
	d := &discount{ID: id24("di_"), Object: "discount", Customer: sub.Customer, Subscription: sub.ID, Start: e.now(),
		Source: discountSource{cp.ID, "coupon"}}
	if cp.Duration == "repeating" {
		d.End = addMonths(d.Start, int(cp.Months))
	}
	cp.Redeemed++
	cp.Valid = cp.usable(e.now())
	if pc != nil {
		d.Promo = pc.ID
		pc.Redeemed++
	}
	e.st.Discounts.add(d)
	e.emit("customer.discount.created", d)
	return d
}

// reduction is a coupon that a request names, and the promotion code if it was
// named by that.
type reduction struct {
	coupon *coupon
	promo  *promotionCode
	kept   *discount // one that is there already
}

// readDiscounts reads the parameter discounts.
func (e *Engine) readDiscounts(p params, customer string) ([]reduction, *apiError) {
	var out []reduction
	if p.cleared("discounts") {
		p.mark("discounts") // none are left, which is an effect
	}
	for _, in := range p.list("discounts") {
		r, refused := e.readDiscount(in, customer)
		if refused != nil {
			return nil, refused
		}
		out = append(out, r)
	}
	return out, nil
}

func (e *Engine) readDiscount(in params, customer string) (reduction, *apiError) {
	if id := in.str("discount"); id != "" {
		d, ok := e.st.Discounts.get(id)
		if !ok {
			return reduction{}, unknownID("discount", id, in.name("discount"))
		}
		cp, _ := e.st.Coupons.get(d.Source.Coupon)
		return reduction{coupon: cp, kept: d}, nil
	}
	couponID, param := in.str("coupon"), in.name("coupon")
	var pc *promotionCode
	if id := in.str("promotion_code"); id != "" {
		var ok bool
		param = in.name("promotion_code")
		if pc, ok = e.st.Promos.get(id); !ok {
			return reduction{}, unknownID("promotion code", id, param)
		}
		if !pc.usable(e.now(), customer) {
			return reduction{}, bad(param, "promotion_code_invalid", "This promotion code cannot be redeemed because it is no longer active, or not for this customer.")
		}
		couponID = pc.Promotion.Coupon
	}
	cp, refused := e.theCoupon(couponID, param)
	if refused != nil {
		return reduction{}, refused
	}
	if !cp.usable(e.now()) {
		return reduction{}, bad(param, "coupon_expired", "Coupon expired: %s", cp.ID)
	}
	return reduction{coupon: cp, promo: pc}, nil
}

// redeem gives a subscription its discounts, in place of those it has.
func (e *Engine) redeem(sub *subscription, reductions []reduction) {
	sub.Discounts = []string{}
	for _, r := range reductions {
		d := r.kept
		if d == nil {
			d = e.newDiscount(r.coupon, r.promo, sub)
		}
		sub.Discounts = append(sub.Discounts, d.ID)
	}
}

// spendDiscounts returns the discounts that an invoice of now gets, and takes
// those away from the subscription that are used up by it or over. A trial, which
// costs nothing, uses none up.
func (e *Engine) spendDiscounts(sub *subscription) []string {
	get := []string{}
	sub.Discounts = slices.DeleteFunc(slices.Clone(sub.Discounts), func(id string) bool {
		d, ok := e.st.Discounts.get(id)
		if !ok || d.End != 0 && d.End <= e.now() {
			return true
		}
		get = append(get, id)
		cp, ok := e.st.Coupons.get(d.Source.Coupon)
		if ok && cp.Duration == "once" && sub.Status != "trialing" {
			d.End = e.now()
			return true
		}
		return false
	})
	return get
}

// discountAmount is what a discount takes off.
type discountAmount struct {
	Amount   int64  `json:"amount"`
	Discount string `json:"discount"`
}

// reduce takes an invoice's discounts off its lines, one after the other.
func (e *Engine) reduce(in *invoice) {
	in.DiscountAmounts = []discountAmount{}
	for _, l := range in.Lines.Data {
		l.DiscountAmounts = []discountAmount{}
	}
	for _, id := range in.Discounts {
		d, ok := e.st.Discounts.get(id)
		if !ok {
			continue
		}
		if cp, ok := e.st.Coupons.get(d.Source.Coupon); ok {
			in.DiscountAmounts = append(in.DiscountAmounts, discountAmount{cp.takeOff(id, in.Lines.Data), id})
		}
	}
}

// takeOff takes a coupon off the lines that it is for, and returns how much that
// is together.
func (cp *coupon) takeOff(id string, lines []*line) int64 {
	var eligible []*line
	var sum int64
	for _, l := range lines {
		if left := l.net(); l.Discountable && left > 0 && oneOrAny(cp.Own.Products, l.product()) {
			eligible = append(eligible, l)
			sum += left
		}
	}
	off, percent := cp.AmountOff, cp.percent()
	var taken, seen int64
	for _, l := range eligible {
		left := l.net()
		var part int64
		if percent.Sign() > 0 {
			part = roundHalfUp(new(big.Rat).Mul(big.NewRat(left, 1), percent))
		} else { // every line its share, so that the shares add up
			seen += left
			part = share(min(off, sum), seen, sum) - taken
		}
		taken += part
		l.DiscountAmounts = append(l.DiscountAmounts, discountAmount{part, id})
	}
	return taken
}

// percent is the part that a coupon takes off; 0 if it takes off an amount.
func (cp *coupon) percent() *big.Rat {
	text := string(cp.PercentOff)
	if text == "" {
		return new(big.Rat)
	}
	return new(big.Rat).Quo(rat(&text), big.NewRat(100, 1))
}
