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
	add("account.retrieve", "GET /v1/account", (*Engine).getAccount)
	add("balance.retrieve", "GET /v1/balance", (*Engine).getBalance)
	add("meters.create", "POST /v1/billing/meters", (*Engine).createMeter)
	add("meters.list", "GET /v1/billing/meters", (*Engine).listMeters)
	add("meters.retrieve", "GET /v1/billing/meters/{id}", (*Engine).getMeter)
	add("meters.update", "POST /v1/billing/meters/{id}", (*Engine).updateMeter)
	add("meters.deactivate", "POST /v1/billing/meters/{id}/deactivate", (*Engine).deactivateMeter)
	add("meters.reactivate", "POST /v1/billing/meters/{id}/reactivate", (*Engine).reactivateMeter)
	add("meter_event_summaries.list", "GET /v1/billing/meters/{id}/event_summaries", (*Engine).listSummaries)
	add("meter_events.create", "POST /v1/billing/meter_events", (*Engine).createMeterEvent)
	out[len(out)-1].alone = func(c *call) string { return c.str("event_name") + " " + c.sub("payload").str("stripe_customer_id") }
	add("meter_event_adjustments.create", "POST /v1/billing/meter_event_adjustments", (*Engine).createAdjustment)
	add("checkout.sessions.create", "POST /v1/checkout/sessions", (*Engine).createSession)
	add("checkout.sessions.list", "GET /v1/checkout/sessions", (*Engine).listSessions)
	add("checkout.sessions.retrieve", "GET /v1/checkout/sessions/{session}", (*Engine).getSession)
	add("checkout.sessions.update", "POST /v1/checkout/sessions/{session}", (*Engine).updateSession)
	add("checkout.sessions.expire", "POST /v1/checkout/sessions/{session}/expire", (*Engine).expireSession)
	add("checkout.sessions.line_items", "GET /v1/checkout/sessions/{session}/line_items", (*Engine).listSessionLines)
	add("billing_portal.configurations.create", "POST /v1/billing_portal/configurations", (*Engine).createPortal)
	add("billing_portal.configurations.list", "GET /v1/billing_portal/configurations", (*Engine).listPortals)
	add("billing_portal.configurations.retrieve", "GET /v1/billing_portal/configurations/{configuration}", (*Engine).getPortal)
	add("billing_portal.configurations.update", "POST /v1/billing_portal/configurations/{configuration}", (*Engine).updatePortal)
	add("billing_portal.sessions.create", "POST /v1/billing_portal/sessions", (*Engine).createVisit)
	add("payment_methods.create", "POST /v1/payment_methods", (*Engine).createMethod)
	add("payment_methods.list", "GET /v1/payment_methods", (*Engine).listMethods)
	add("payment_methods.retrieve", "GET /v1/payment_methods/{payment_method}", (*Engine).getMethod)
	add("payment_methods.update", "POST /v1/payment_methods/{payment_method}", (*Engine).updateMethod)
	add("payment_methods.attach", "POST /v1/payment_methods/{payment_method}/attach", (*Engine).attachMethod)
	add("payment_methods.detach", "POST /v1/payment_methods/{payment_method}/detach", (*Engine).detachMethod)
	add("customers.payment_methods", "GET /v1/customers/{customer}/payment_methods", (*Engine).listCustomerMethods)
	add("setup_intents.create", "POST /v1/setup_intents", (*Engine).createSetup)
	add("setup_intents.list", "GET /v1/setup_intents", (*Engine).listSetups)
	add("setup_intents.retrieve", "GET /v1/setup_intents/{intent}", (*Engine).getSetup)
	add("setup_intents.confirm", "POST /v1/setup_intents/{intent}/confirm", (*Engine).confirmSetup)
	add("setup_intents.cancel", "POST /v1/setup_intents/{intent}/cancel", (*Engine).cancelSetup)
	add("payment_intents.list", "GET /v1/payment_intents", (*Engine).listIntents)
	add("payment_intents.retrieve", "GET /v1/payment_intents/{intent}", (*Engine).getIntent)
	add("charges.list", "GET /v1/charges", (*Engine).listCharges)
	add("charges.retrieve", "GET /v1/charges/{charge}", (*Engine).getCharge)
	add("refunds.create", "POST /v1/refunds", (*Engine).createRefund)
	add("refunds.list", "GET /v1/refunds", (*Engine).listRefunds)
	add("refunds.retrieve", "GET /v1/refunds/{refund}", (*Engine).getRefund)
	add("disputes.list", "GET /v1/disputes", (*Engine).listDisputes)
	add("disputes.retrieve", "GET /v1/disputes/{dispute}", (*Engine).getDispute)
	add("disputes.close", "POST /v1/disputes/{dispute}/close", (*Engine).loseDispute)
	add("subscriptions.create", "POST /v1/subscriptions", (*Engine).createSub)
	add("subscriptions.list", "GET /v1/subscriptions", (*Engine).listSubs)
	add("subscriptions.retrieve", "GET /v1/subscriptions/{subscription_exposed_id}", (*Engine).getSub)
	add("subscriptions.update", "POST /v1/subscriptions/{subscription_exposed_id}", (*Engine).updateSub)
	add("subscriptions.cancel", "DELETE /v1/subscriptions/{subscription_exposed_id}", (*Engine).cancelSub)
	add("subscriptions.resume", "POST /v1/subscriptions/{subscription}/resume", (*Engine).resumeSub)
	add("subscription_items.create", "POST /v1/subscription_items", (*Engine).createSubItem)
	add("subscription_items.list", "GET /v1/subscription_items", (*Engine).listSubItems)
	add("subscription_items.retrieve", "GET /v1/subscription_items/{item}", (*Engine).getSubItem)
	add("subscription_items.update", "POST /v1/subscription_items/{item}", (*Engine).updateSubItem)
	add("subscription_items.delete", "DELETE /v1/subscription_items/{item}", (*Engine).deleteSubItem)
	add("subscription_schedules.create", "POST /v1/subscription_schedules", (*Engine).createSchedule)
	add("subscription_schedules.list", "GET /v1/subscription_schedules", (*Engine).listSchedules)
	add("subscription_schedules.retrieve", "GET /v1/subscription_schedules/{schedule}", (*Engine).getSchedule)
	add("subscription_schedules.update", "POST /v1/subscription_schedules/{schedule}", (*Engine).updateSchedule)
	add("subscription_schedules.release", "POST /v1/subscription_schedules/{schedule}/release", (*Engine).releaseSchedule)
	add("subscription_schedules.cancel", "POST /v1/subscription_schedules/{schedule}/cancel", (*Engine).cancelSchedule)
	add("invoices.list", "GET /v1/invoices", (*Engine).listInvoices)
	add("invoices.create_preview", "POST /v1/invoices/create_preview", (*Engine).createPreview)
	add("invoices.retrieve", "GET /v1/invoices/{invoice}", (*Engine).getInvoice)
	add("invoices.update", "POST /v1/invoices/{invoice}", (*Engine).updateInvoice)
	add("invoices.finalize", "POST /v1/invoices/{invoice}/finalize", (*Engine).finalizeInvoice)
	add("invoices.pay", "POST /v1/invoices/{invoice}/pay", (*Engine).payInvoice)
	add("invoices.void", "POST /v1/invoices/{invoice}/void", (*Engine).voidInvoice)
	add("invoices.mark_uncollectible", "POST /v1/invoices/{invoice}/mark_uncollectible", (*Engine).markUncollectible)
	add("invoices.lines", "GET /v1/invoices/{invoice}/lines", (*Engine).listLines)
	add("invoiceitems.create", "POST /v1/invoiceitems", (*Engine).createItem)
	add("invoiceitems.list", "GET /v1/invoiceitems", (*Engine).listItems)
	add("invoiceitems.retrieve", "GET /v1/invoiceitems/{invoiceitem}", (*Engine).getItem)
	add("invoiceitems.delete", "DELETE /v1/invoiceitems/{invoiceitem}", (*Engine).deleteItem)
	add("invoice_payments.list", "GET /v1/invoice_payments", (*Engine).listPayments)
	add("invoice_payments.retrieve", "GET /v1/invoice_payments/{invoice_payment}", (*Engine).getPayment)
	add("event_destinations.create", "POST /v2/core/event_destinations", (*Engine).createDestination)
	add("event_destinations.list", "GET /v2/core/event_destinations", (*Engine).listDestinations)
	add("event_destinations.retrieve", "GET /v2/core/event_destinations/{id}", (*Engine).getDestination)
	add("event_destinations.update", "POST /v2/core/event_destinations/{id}", (*Engine).updateDestination)
	add("event_destinations.enable", "POST /v2/core/event_destinations/{id}/enable", (*Engine).enableDestination)
	add("event_destinations.disable", "POST /v2/core/event_destinations/{id}/disable", (*Engine).disableDestination)
	add("event_destinations.delete", "DELETE /v2/core/event_destinations/{id}", (*Engine).deleteDestination)
	add("thin_events.list", "GET /v2/core/events", (*Engine).listThin)
	add("thin_events.retrieve", "GET /v2/core/events/{id}", (*Engine).getThin)
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
	for path, page := range map[string]http.HandlerFunc{
		"/c/pay/{id}": e.checkoutPage, "/p/session/{token}": e.portalPage, "/i/{id}": e.invoicePage, "/i/{id}/pdf": e.invoicePage,
	} {
		mux.HandleFunc("GET "+path, page)
		mux.HandleFunc("POST "+path, page)
	}
	mux.HandleFunc("/v1/test_helpers/test_clocks", e.noTestClocks)
	mux.HandleFunc("/v1/test_helpers/test_clocks/", e.noTestClocks)
	mux.HandleFunc("/", e.nowhere)
	return mux
}

// nowhere answers what is not in the API.
func (e *Engine) nowhere(w http.ResponseWriter, r *http.Request) {
	e.refuse(w, stray(w, r), &apiError{Status: http.StatusNotFound, Type: invalidRequest,
		Message: "Unrecognized request URL (" + r.Method + ": " + r.URL.Path + "). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."})
}

// noTestClocks sends people who look for test clocks to the one clock that there
// is: it moves the product and all vendors together.
func (e *Engine) noTestClocks(w http.ResponseWriter, r *http.Request) {
	e.refuse(w, stray(w, r), bad("", "", "Test clocks are not available: the sandbox has one clock for everything. Move it at /sandbox/api/clock, or on the inspector's pages."))
}

// stray is a request that is for no operation.
func stray(w http.ResponseWriter, r *http.Request) *call {
	c := &call{moment: moment{request: newID("req_", 14)}, second: ofSecond(r.URL.Path)}
	w.Header().Set("Request-Id", c.moment.request)
	return c
}
