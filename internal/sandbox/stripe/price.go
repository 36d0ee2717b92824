package stripe

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// price is what a product costs.
type price struct {
	base
	Active        bool       `json:"active"`
	BillingScheme string     `json:"billing_scheme"`
	Currency      string     `json:"currency"`
	LookupKey     string     `json:"lookup_key,omitempty"`
	Metadata      labels     `json:"metadata"`
	Nickname      string     `json:"nickname,omitempty"`
	Product       string     `json:"product"`
	Recurring     *recurring `json:"recurring,omitempty"`
	TaxBehavior   string     `json:"tax_behavior"`
	TiersMode     string     `json:"tiers_mode,omitempty"`
	Transform     *transform `json:"transform_quantity,omitempty"`
	Type          string     `json:"type"`
	UnitAmount    *int64     `json:"unit_amount"`
	UnitDecimal   *string    `json:"unit_amount_decimal"`
	Own           struct {
		Tiers []tier `json:"tiers,omitempty"`
	} `json:"_"`
}

type recurring struct {
	Interval  string `json:"interval"`
	Count     int64  `json:"interval_count"`
	Meter     string `json:"meter,omitempty"`
	TrialDays *int64 `json:"-"`
	UsageType string `json:"usage_type"`
}

type transform struct {
	DivideBy int64  `json:"divide_by"`
	Round    string `json:"round"`
}

type tier struct {
	FlatAmount  *int64  `json:"flat_amount"`
	FlatDecimal *string `json:"flat_amount_decimal"`
	UnitAmount  *int64  `json:"unit_amount"`
	UnitDecimal *string `json:"unit_amount_decimal"`
	UpTo        *int64  `json:"up_to"` // nil: without end
}

// metered reports whether the price is of usage.
func (p *price) metered() bool { return p.Recurring != nil && p.Recurring.UsageType == "metered" }

func (e *Engine) thePrice(id, param string) (*price, *apiError) {
	if p, ok := e.st.Prices.get(id); ok {
		return p, nil
	}
	return nil, unknownID("price", id, param)
}

func (e *Engine) createPrice(c *call) (any, *apiError) {
	productID := c.str("product")
	var fresh *product
	switch {
	case c.isObject("product_data"):
		p, refused := e.newProduct(c.sub("product_data"), c.sub("product_data").or("id", newID("prod_", 14)))
		if refused != nil {
			return nil, refused
		}
		fresh, productID = p, p.ID
	case productID == "":
		return nil, bad("", "", "You must specify either `product` or `product_data` when creating a price.")
	default:
		if _, ok := e.st.Products.get(productID); !ok {
			return nil, unknownID("product", productID, "product")
		}
	}
	p, refused := e.newPrice(c.params, productID)
	if refused != nil {
		return nil, refused
	}
	if refused := e.takeLookupKey(c.params, p); refused != nil {
		return nil, refused
	}
	if fresh != nil {
		e.st.Products.add(fresh)
		e.emit("product.created", fresh)
	}
	e.st.Prices.add(p)
	e.emit("price.created", p)
	return p, nil
}

// newPrice reads a price, of a request of its own or inside of another.
func (e *Engine) newPrice(in params, productID string) (*price, *apiError) {
	p := &price{base: e.made(id24("price_"), "price"), Active: true, Currency: strings.ToLower(in.str("currency")), Product: productID,
		Type: "one_time", BillingScheme: in.or("billing_scheme", "per_unit"), TaxBehavior: in.or("tax_behavior", "unspecified")}
	in.setFlag("active", &p.Active)
	in.set("nickname", &p.Nickname)
	if refused := in.metadata(&p.Metadata); refused != nil {
		return nil, refused
	}
	if in.isObject("recurring") {
		r, refused := e.readRecurring(in.sub("recurring"))
		if refused != nil {
			return nil, refused
		}
		p.Type, p.Recurring = "recurring", r
	}
	if in.isObject("transform_quantity") {
		t := in.sub("transform_quantity")
		p.Transform = &transform{t.int("divide_by"), t.str("round")}
	}
	return p, e.setAmounts(in, p)
}

func (e *Engine) readRecurring(in params) (*recurring, *apiError) {
	r := &recurring{Interval: in.str("interval"), Count: 1, UsageType: in.or("usage_type", "licensed"), Meter: in.str("meter")}
	in.setInt("interval_count", &r.Count)
	most := map[string]int64{"day": 1095, "week": 156, "month": 36, "year": 3}[r.Interval]
	if r.Count < 1 || r.Count > most {
		return nil, bad(in.name("interval_count"), "", "Invalid interval count: a price can be billed at most every three years.")
	}
	if r.UsageType == "licensed" && r.Meter != "" {
		return nil, bad(in.name("meter"), "", "You may only specify `recurring[meter]` when `recurring[usage_type]` is `metered`.")
	}
	if r.UsageType == "metered" {
		if r.Meter == "" {
			return nil, bad(in.name("meter"), "", "Starting with Stripe version 2025-03-31.basil, all metered prices must be backed by a Billing Meter. Please specify `recurring[meter]`.")
		}
		m, ok := e.st.Meters.get(r.Meter)
		if !ok {
			return nil, unknownID("meter", r.Meter, in.name("meter"))
		}
		if m.Status != "active" {
			return nil, bad(in.name("meter"), "", "The meter %s is inactive. A price can only be backed by an active meter.", r.Meter)
		}
	}
	return r, nil
}

// setAmounts reads what a price costs: an amount, a decimal one, or tiers.
func (e *Engine) setAmounts(in params, p *price) *apiError {
	if p.BillingScheme == "tiered" {
		if p.Transform != nil {
			return bad("transform_quantity", "", "`transform_quantity` cannot be combined with tiers.")
		}
		if p.TiersMode = in.str("tiers_mode"); p.TiersMode == "" {
			return bad("tiers_mode", "parameter_missing", "You must specify `tiers_mode` when `billing_scheme=tiered`.")
		}
		tiers, refused := readTiers(in)
		p.Own.Tiers = tiers
		return refused
	}
	if in.has("tiers") || in.has("tiers_mode") {
		return bad("tiers", "", "You may only specify tiers when `billing_scheme=tiered`.")
	}
	if in.has("unit_amount") == in.has("unit_amount_decimal") {
		return bad("unit_amount", "parameter_missing", "You must specify exactly one of `unit_amount` or `unit_amount_decimal`.")
	}
	amount, decimal, refused := in.amount("unit_amount")
	p.UnitAmount, p.UnitDecimal = amount, decimal
	return refused
}

// decimalAmount is an amount in cents with at most 12 decimals.
var decimalAmount = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,12})?$`)

// amount reads an amount that may be given in whole cents or as a decimal, and
// returns it as both: as whole cents only when it is.
func (p params) amount(k string) (whole *int64, decimal *string, refused *apiError) {
	text := p.or(k+"_decimal", p.str(k))
	if text == "" {
		return nil, nil, nil
	}
	if !decimalAmount.MatchString(text) {
		return nil, nil, bad(p.name(k+"_decimal"), "", "Invalid decimal: %s; must contain at maximum 12 decimal places.", text)
	}
	if strings.HasPrefix(text, "-") {
		return nil, nil, bad(p.name(k), "parameter_invalid_integer", "This value must be greater than or equal to 0.")
	}
	r, _ := new(big.Rat).SetString(text)
	shown := strings.TrimRight(strings.TrimRight(r.FloatString(12), "0"), ".")
	if r.IsInt() {
		n := r.Num().Int64()
		return &n, &shown, nil
	}
	return nil, &shown, nil
}

func readTiers(in params) ([]tier, *apiError) {
	list := in.list("tiers")
	if len(list) == 0 {
		return nil, bad("tiers", "parameter_missing", "You must specify at least one tier when `billing_scheme=tiered`.")
	}
	var out []tier
	var last int64
	for i, t := range list {
		var next tier
		var refused *apiError
		if next.UnitAmount, next.UnitDecimal, refused = t.amount("unit_amount"); refused != nil {
			return nil, refused
		}
		if next.FlatAmount, next.FlatDecimal, refused = t.amount("flat_amount"); refused != nil {
			return nil, refused
		}
		if next.UnitDecimal == nil && next.FlatDecimal == nil {
			return nil, bad(t.name("unit_amount"), "parameter_missing", "Each tier must have at least one of `unit_amount`, `unit_amount_decimal`, `flat_amount` or `flat_amount_decimal`.")
		}
		isLast := i == len(list)-1
		if (t.str("up_to") == "inf") != isLast {
			return nil, bad(t.name("up_to"), "", "Only the last tier must have `up_to` set to `inf`.")
		}
		if !isLast {
			n := t.int("up_to")
			if n <= last {
				return nil, bad(t.name("up_to"), "", "The `up_to` of each tier must be greater than that of the tier before.")
			}
			last, next.UpTo = n, &n
		}
		out = append(out, next)
	}
	return out, nil
}

// takeLookupKey gives a price its lookup key, from the price that has it if the
// request says so.
func (e *Engine) takeLookupKey(in params, p *price) *apiError {
	key, transfer := in.str("lookup_key"), in.flag("transfer_lookup_key")
	if !in.has("lookup_key") || key == p.LookupKey {
		return nil
	}
	if key != "" {
		if other, ok := e.st.Prices.first(func(o *price) bool { return o.LookupKey == key }); ok {
			if !transfer {
				return bad("lookup_key", "", "A price (`%s`) already uses that lookup key.", other.ID)
			}
			before := e.before(other)
			other.LookupKey = ""
			e.updated("price.updated", other, before)
		}
	}
	p.LookupKey = key
	return nil
}

func (e *Engine) getPrice(c *call) (any, *apiError) {
	if p, ok := e.st.Prices.get(c.id); ok {
		return p, nil
	}
	return nil, missing("price", c.id, "price")
}

func (e *Engine) updatePrice(c *call) (any, *apiError) {
	p, ok := e.st.Prices.get(c.id)
	if !ok {
		return nil, missing("price", c.id, "price")
	}
	before, changed := e.before(p), *p
	if refused := c.metadata(&changed.Metadata); refused != nil {
		return nil, refused
	}
	if refused := e.takeLookupKey(c.params, &changed); refused != nil {
		return nil, refused
	}
	c.setFlag("active", &changed.Active)
	c.set("nickname", &changed.Nickname)
	c.set("tax_behavior", &changed.TaxBehavior)
	*p = changed
	e.updated("price.updated", p, before)
	return p, nil
}

func (e *Engine) listPrices(c *call) (any, *apiError) {
	c.filters("active", "currency", "product", "type", "created", "recurring")
	keys, rec := c.strs("lookup_keys"), c.sub("recurring")
	return page(c, "price", "/v1/prices", e.st.Prices.where(func(p *price) bool {
		r := p.Recurring
		if r == nil {
			r = &recurring{}
		}
		return (!c.has("active") || p.Active == c.flag("active")) && c.is("currency", p.Currency) && c.is("product", p.Product) &&
			c.is("type", p.Type) && c.inTime("created", p.Created) && oneOrAny(keys, p.LookupKey) &&
			rec.is("interval", r.Interval) && rec.is("usage_type", r.UsageType) && rec.is("meter", r.Meter)
	}))
}

// oneOrAny reports whether a value is one of a filter's, if there are any.
func oneOrAny(filter []string, v string) bool { return len(filter) == 0 || slices.Contains(filter, v) }

func truth(b bool) string { return strconv.FormatBool(b) }
