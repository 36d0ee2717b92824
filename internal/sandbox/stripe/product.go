package stripe

import "net/http"

// product is something that is sold.
type product struct {
	base
	Active       bool     `json:"active"`
	DefaultPrice string   `json:"default_price,omitempty"`
	Description  string   `json:"description,omitempty"`
	Images       []string `json:"images"`
	Metadata     labels   `json:"metadata"`
	Name         string   `json:"name"`
	Statement    string   `json:"statement_descriptor,omitempty"`
	TaxCode      string   `json:"tax_code,omitempty"`
	UnitLabel    string   `json:"unit_label,omitempty"`
	Updated      int64    `json:"updated"`
	URL          string   `json:"url,omitempty"`
}

func (e *Engine) createProduct(c *call) (any, *apiError) {
	id := c.or("id", newID("prod_", 14))
	if _, ok := e.st.Products.get(id); ok {
		return nil, bad("id", "resource_already_exists", "Product already exists.")
	}
	p, refused := e.newProduct(c.params, id)
	if refused != nil {
		return nil, refused
	}
	if c.isObject("default_price_data") {
		in := c.sub("default_price_data")
		pr, refused := e.newPrice(in, p.ID)
		if refused != nil {
			return nil, refused
		}
		e.st.Prices.add(pr)
		p.DefaultPrice = pr.ID
		defer e.emit("price.created", pr)
	}
	e.st.Products.add(p)
	e.emit("product.created", p)
	return p, nil
}

func (e *Engine) newProduct(in params, id string) (*product, *apiError) {
	p := &product{base: e.made(id, "product"), Active: true, Images: []string{}}
	return p, e.setProduct(in, p)
}

func (e *Engine) setProduct(in params, p *product) *apiError {
	if in.has("name") && in.cleared("name") {
		return unsettable("name")
	}
	if refused := in.metadata(&p.Metadata); refused != nil {
		return refused
	}
	in.set("name", &p.Name)
	in.set("description", &p.Description)
	in.set("statement_descriptor", &p.Statement)
	in.set("tax_code", &p.TaxCode)
	in.set("unit_label", &p.UnitLabel)
	in.set("url", &p.URL)
	in.set("default_price", &p.DefaultPrice)
	in.setFlag("active", &p.Active)
	if in.has("images") {
		p.Images = in.strs("images")
	}
	p.Updated = e.now()
	return nil
}

// unsettable refuses an empty value for what cannot be empty.
func unsettable(param string) *apiError {
	return bad(param, "parameter_invalid_empty",
		"You passed an empty string for '%[1]s'. We assume empty values are an attempt to unset a parameter; however '%[1]s' cannot be unset. You should remove '%[1]s' from your request or supply a non-empty value.", param)
}

func (e *Engine) getProduct(c *call) (any, *apiError) {
	if p, ok := e.st.Products.get(c.id); ok {
		return p, nil
	}
	return nil, missing("product", c.id, "id")
}

func (e *Engine) updateProduct(c *call) (any, *apiError) {
	p, ok := e.st.Products.get(c.id)
	if !ok {
		return nil, missing("product", c.id, "id")
	}
	before, changed := e.before(p), *p
	if refused := e.setProduct(c.params, &changed); refused != nil {
		return nil, refused
	}
	*p = changed
	e.updated("product.updated", p, before)
	return p, nil
}

func (e *Engine) deleteProduct(c *call) (any, *apiError) {
	p, ok := e.st.Products.get(c.id)
	if !ok {
		return nil, missing("product", c.id, "id")
	}
	if _, used := e.st.Prices.first(func(pr *price) bool { return pr.Product == p.ID }); used {
		refused := bad("", "", "This product cannot be deleted because it has one or more user-created prices.")
		refused.Status = http.StatusBadRequest
		return nil, refused
	}
	e.st.Products.remove(p.ID)
	e.emit("product.deleted", p)
	return gone{p.ID, "product", true}, nil
}

func (e *Engine) listProducts(c *call) (any, *apiError) {
	c.filters("active", "created")
	ids := c.strs("ids")
	return page(c, "product", "/v1/products", e.st.Products.where(func(p *product) bool {
		return (!c.has("active") || p.Active == c.flag("active")) && c.inTime("created", p.Created) && oneOrAny(ids, p.ID)
	}))
}

func (e *Engine) searchProducts(c *call) (any, *apiError) {
	match, refused := readSearch(c.str("query"))
	if refused != nil {
		return nil, refused
	}
	return searched(c, "/v1/products/search", e.st.Products.where(func(p *product) bool {
		return match(func(field string) string {
			switch field {
			case "name":
				return p.Name
			case "description":
				return p.Description
			case "active":
				return truth(p.Active)
			}
			return p.Metadata.field(field)
		})
	}))
}
