package stripe

import (
	"net/http"
	"strings"
)

// Route is one operation of the API: its name, by which faults are ordered, and
// where it is, in the words of Stripe's description.
type Route struct{ Name, Method, Path string }

// apiRoute is an operation with what does it.
type apiRoute struct {
	Route
	handle func(*Engine, *call) (any, *apiError)
	// alone names what two requests may not do at the same time; nil: anything.
	alone func(*call) string
}

// Routes returns every operation of the API.
func Routes() []Route {
	var out []Route
	for _, rt := range apiRoutes() {
		out = append(out, rt.Route)
	}
	return out
}

// Operations returns the names of all operations, for faults.
func Operations() []string {
	var out []string
	for _, rt := range apiRoutes() {
		out = append(out, rt.Name)
	}
	return out
}

// apiRoutes is the map of the API.
func apiRoutes() []apiRoute {
	var out []apiRoute
	add := func(name, at string, handle func(*Engine, *call) (any, *apiError)) {
		method, path, _ := strings.Cut(at, " ")
		out = append(out, apiRoute{Route: Route{name, method, path}, handle: handle})
	}
	add("customers.create", "POST /v1/customers", (*Engine).createCustomer)
	add("customers.list", "GET /v1/customers", (*Engine).listCustomers)
	add("customers.search", "GET /v1/customers/search", (*Engine).searchCustomers)
	add("customers.retrieve", "GET /v1/customers/{customer}", (*Engine).getCustomer)
	add("customers.update", "POST /v1/customers/{customer}", (*Engine).updateCustomer)
	add("customers.delete", "DELETE /v1/customers/{customer}", (*Engine).deleteCustomer)
	add("products.create", "POST /v1/products", (*Engine).createProduct)
	add("products.list", "GET /v1/products", (*Engine).listProducts)
	add("products.search", "GET /v1/products/search", (*Engine).searchProducts)
	add("products.retrieve", "GET /v1/products/{id}", (*Engine).getProduct)
	add("products.update", "POST /v1/products/{id}", (*Engine).updateProduct)
	add("products.delete", "DELETE /v1/products/{id}", (*Engine).deleteProduct)
	add("prices.create", "POST /v1/prices", (*Engine).createPrice)
	add("prices.list", "GET /v1/prices", (*Engine).listPrices)
	add("prices.retrieve", "GET /v1/prices/{price}", (*Engine).getPrice)
	add("prices.update", "POST /v1/prices/{price}", (*Engine).updatePrice)
	add("coupons.create", "POST /v1/coupons", (*Engine).createCoupon)
	add("coupons.list", "GET /v1/coupons", (*Engine).listCoupons)
	add("coupons.retrieve", "GET /v1/coupons/{coupon}", (*Engine).getCoupon)
	add("coupons.update", "POST /v1/coupons/{coupon}", (*Engine).updateCoupon)
	add("coupons.delete", "DELETE /v1/coupons/{coupon}", (*Engine).deleteCoupon)
	add("promotion_codes.create", "POST /v1/promotion_codes", (*Engine).createPromo)
	add("promotion_codes.list", "GET /v1/promotion_codes", (*Engine).listPromos)
	add("promotion_codes.retrieve", "GET /v1/promotion_codes/{promotion_code}", (*Engine).getPromo)
	add("promotion_codes.update", "POST /v1/promotion_codes/{promotion_code}", (*Engine).updatePromo)
	add("events.list", "GET /v1/events", (*Engine).listEvents)
	add("events.retrieve", "GET /v1/events/{id}", (*Engine).getEvent)
	add("webhook_endpoints.create", "POST /v1/webhook_endpoints", (*Engine).createEndpoint)
	add("webhook_endpoints.list", "GET /v1/webhook_endpoints", (*Engine).listEndpoints)
	add("webhook_endpoints.retrieve", "GET /v1/webhook_endpoints/{webhook_endpoint}", (*Engine).getEndpoint)
	add("webhook_endpoints.update", "POST /v1/webhook_endpoints/{webhook_endpoint}", (*Engine).updateEndpoint)
	add("webhook_endpoints.delete", "DELETE /v1/webhook_endpoints/{webhook_endpoint}", (*Engine).deleteEndpoint)
	return out
}

// idOf returns the identifier in a request's path.
func (rt apiRoute) idOf(r *http.Request) string {
	_, name, ok := strings.Cut(rt.Path, "{")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "}")
	return r.PathValue(name)
}

// routes is everything that the engine answers.
func (e *Engine) routes() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range apiRoutes() {
		mux.HandleFunc(rt.Method+" "+rt.Path, func(w http.ResponseWriter, r *http.Request) { e.serve(rt, w, r) })
	}
	mux.HandleFunc("/v1/test_helpers/test_clocks", e.noTestClocks)
	mux.HandleFunc("/v1/test_helpers/test_clocks/", e.noTestClocks)
	mux.HandleFunc("/", e.nowhere)
	return mux
}

// nowhere answers what is not in the API.
func (e *Engine) nowhere(w http.ResponseWriter, r *http.Request) {
	c := &call{moment: moment{request: newID("req_", 14)}}
	e.refuse(w, c, &apiError{Status: http.StatusNotFound, Type: invalidRequest,
		Message: "Unrecognized request URL (" + r.Method + ": " + r.URL.Path + "). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."})
}

// noTestClocks sends people who look for test clocks to the one clock that there
// is: it moves the product and all vendors together.
func (e *Engine) noTestClocks(w http.ResponseWriter, r *http.Request) {
	c := &call{moment: moment{request: newID("req_", 14)}}
	e.refuse(w, c, bad("", "", "Test clocks are not available: the sandbox has one clock for everything. Move it at /sandbox/api/clock, or on the inspector's pages."))
}
