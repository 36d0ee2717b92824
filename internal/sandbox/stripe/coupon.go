package stripe

import (
	"encoding/json"
	"strings"
)

// coupon is a reduction.
type coupon struct {
	base
	AmountOff      int64       `json:"amount_off,omitempty"`
	Currency       string      `json:"currency,omitempty"`
	Duration       string      `json:"duration"`
	Months         int64       `json:"duration_in_months,omitempty"`
	MaxRedemptions int64       `json:"max_redemptions,omitempty"`
	Metadata       labels      `json:"metadata"`
	Name           string      `json:"name,omitempty"`
	PercentOff     json.Number `json:"percent_off,omitempty"`
	RedeemBy       int64       `json:"redeem_by,omitempty"`
	Redeemed       int64       `json:"times_redeemed"`
	Valid          bool        `json:"valid"`
	Own            struct {
		Products []string `json:"products,omitempty"`
		Deleted  bool     `json:"deleted,omitempty"`
	} `json:"_"`
}

// promotionCode is a word that customers type to get a coupon.
type promotionCode struct {
	base
	Active         bool         `json:"active"`
	Code           string       `json:"code"`
	Customer       string       `json:"customer,omitempty"`
	ExpiresAt      int64        `json:"expires_at,omitempty"`
	MaxRedemptions int64        `json:"max_redemptions,omitempty"`
	Metadata       labels       `json:"metadata"`
	Promotion      promotion    `json:"promotion"`
	Restrictions   restrictions `json:"restrictions"`
	Redeemed       int64        `json:"times_redeemed"`
}

type promotion struct {
	Coupon string `json:"coupon"`
	Type   string `json:"type"`
}

type restrictions struct {
	FirstTime       bool   `json:"first_time_transaction"`
	MinimumAmount   int64  `json:"minimum_amount,omitempty"`
	MinimumCurrency string `json:"minimum_amount_currency,omitempty"`
}

// usable reports whether a coupon can still be redeemed.
func (cp *coupon) usable(now int64) bool {
	return !cp.Own.Deleted && (cp.MaxRedemptions == 0 || cp.Redeemed < cp.MaxRedemptions) && (cp.RedeemBy == 0 || now < cp.RedeemBy)
}

// usable reports whether a promotion code can still be redeemed by a customer.
func (pc *promotionCode) usable(now int64, customer string) bool {
	return pc.Active && (pc.MaxRedemptions == 0 || pc.Redeemed < pc.MaxRedemptions) &&
		(pc.ExpiresAt == 0 || now < pc.ExpiresAt) && (pc.Customer == "" || pc.Customer == customer)
}

func (e *Engine) createCoupon(c *call) (any, *apiError) {
	cp := &coupon{base: e.made(c.or("id", newID("", 8)), "coupon"), Duration: c.or("duration", "once"), Valid: true,
		AmountOff: c.int("amount_off"), Currency: strings.ToLower(c.str("currency")), PercentOff: json.Number(c.str("percent_off")),
		Months: c.int("duration_in_months"), MaxRedemptions: c.int("max_redemptions"), Name: c.str("name"), RedeemBy: c.int("redeem_by")}
	cp.Own.Products = c.sub("applies_to").strs("products")
	if _, ok := e.st.Coupons.get(cp.ID); ok {
		return nil, bad("", "resource_already_exists", "Coupon already exists.")
	}
	if refused := c.metadata(&cp.Metadata); refused != nil {
		return nil, refused
	}
	switch {
	case c.has("percent_off") == c.has("amount_off"):
		return nil, bad("", "", "Must provide either percent_off or amount_off, but not both.")
	case c.has("amount_off") && cp.Currency == "":
		return nil, bad("currency", "parameter_missing", "Missing required param: currency.")
	case cp.Duration == "repeating" && cp.Months < 1:
		return nil, bad("duration_in_months", "parameter_missing", "You must pass duration_in_months when passing duration=repeating.")
	case cp.Duration != "repeating" && c.has("duration_in_months"):
		return nil, bad("duration_in_months", "", "You cannot pass duration_in_months unless duration=repeating.")
	}
	if n, _ := cp.PercentOff.Float64(); c.has("percent_off") && (n <= 0 || n > 100) {
		return nil, bad("percent_off", "", "Invalid percent_off: must be greater than 0 and less than or equal to 100.")
	}
	e.st.Coupons.add(cp)
	e.emit("coupon.created", cp)
	return cp, nil
}

func (e *Engine) theCoupon(id, param string) (*coupon, *apiError) {
	if cp, ok := e.st.Coupons.get(id); ok && !cp.Own.Deleted {
		return cp, nil
	}
	return nil, unknownID("coupon", id, param)
}

func (e *Engine) getCoupon(c *call) (any, *apiError) {
	cp, refused := e.theCoupon(c.id, "coupon")
	if refused != nil {
		return nil, missing("coupon", c.id, "coupon")
	}
	return cp, nil
}

func (e *Engine) updateCoupon(c *call) (any, *apiError) {
	cp, refused := e.theCoupon(c.id, "coupon")
	if refused != nil {
		return nil, missing("coupon", c.id, "coupon")
	}
	before := e.before(cp)
	if refused := c.metadata(&cp.Metadata); refused != nil {
		return nil, refused
	}
	c.set("name", &cp.Name)
	e.updated("coupon.updated", cp, before)
	return cp, nil
}

// deleteCoupon takes a coupon away from new customers; who has it keeps it.
func (e *Engine) deleteCoupon(c *call) (any, *apiError) {
	cp, refused := e.theCoupon(c.id, "coupon")
	if refused != nil {
		return nil, missing("coupon", c.id, "coupon")
	}
	cp.Own.Deleted, cp.Valid = true, false
	e.emit("coupon.deleted", cp)
	return gone{cp.ID, "coupon", true}, nil
}

func (e *Engine) listCoupons(c *call) (any, *apiError) {
	c.filters("created")
	return page(c, "coupon", "/v1/coupons", e.st.Coupons.where(func(cp *coupon) bool {
		return !cp.Own.Deleted && c.inTime("created", cp.Created)
	}))
}

func (e *Engine) createPromo(c *call) (any, *apiError) {
	in := c.sub("promotion")
	cp, refused := e.theCoupon(in.str("coupon"), in.name("coupon"))
	if refused != nil {
		return nil, refused
	}
	limits := c.sub("restrictions")
	pc := &promotionCode{base: e.made(id24("promo_"), "promotion_code"), Active: true, Code: c.or("code", strings.ToUpper(newID("", 8))),
		Customer: c.str("customer"), ExpiresAt: c.int("expires_at"), MaxRedemptions: c.int("max_redemptions"),
		Promotion: promotion{cp.ID, in.str("type")},
		Restrictions: restrictions{limits.flag("first_time_transaction"), limits.int("minimum_amount"),
			strings.ToLower(limits.str("minimum_amount_currency"))}}
	c.setFlag("active", &pc.Active)
	if refused := c.metadata(&pc.Metadata); refused != nil {
		return nil, refused
	}
	if _, taken := e.promoNamed(pc.Code); taken && pc.Active {
		return nil, bad("code", "", "An active promotion code with `code: %s` already exists.", pc.Code)
	}
	e.st.Promos.add(pc)
	e.emit("promotion_code.created", pc)
	return pc, nil
}

// promoNamed returns the active promotion code of a word, however it is written.
func (e *Engine) promoNamed(word string) (*promotionCode, bool) {
	return e.st.Promos.first(func(pc *promotionCode) bool { return pc.Active && strings.EqualFold(pc.Code, word) })
}

func (e *Engine) getPromo(c *call) (any, *apiError) {
	if pc, ok := e.st.Promos.get(c.id); ok {
		return pc, nil
	}
	return nil, missing("promotion code", c.id, "promotion_code")
}

func (e *Engine) updatePromo(c *call) (any, *apiError) {
	pc, ok := e.st.Promos.get(c.id)
	if !ok {
		return nil, missing("promotion code", c.id, "promotion_code")
	}
	before := e.before(pc)
	if refused := c.metadata(&pc.Metadata); refused != nil {
		return nil, refused
	}
	c.setFlag("active", &pc.Active)
	e.updated("promotion_code.updated", pc, before)
	return pc, nil
}

func (e *Engine) listPromos(c *call) (any, *apiError) {
	c.filters("active", "code", "coupon", "customer", "created")
	return page(c, "promotion code", "/v1/promotion_codes", e.st.Promos.where(func(pc *promotionCode) bool {
		return (!c.has("active") || pc.Active == c.flag("active")) && (!c.has("code") || strings.EqualFold(c.str("code"), pc.Code)) &&
			c.is("coupon", pc.Promotion.Coupon) && c.is("customer", pc.Customer) && c.inTime("created", pc.Created)
	}))
}
