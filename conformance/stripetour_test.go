package conformance_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/conformance"
)

// tourStripe makes a request of every operation of the emulator of Stripe's in every
// state that its answers tell apart. All of them are to be carried out.
func (w *world) tourStripe() {
	w.t.Helper()
	s := &sights{world: w}
	s.catalogue()
	s.discounts()
	s.account()
	s.cards()
	s.checkouts()
	s.subscriptions()
	s.trials()
	s.trouble()
	s.changes()
	s.schedules()
	s.bills()
	s.refunds()
	s.usage()
	s.survey()
	s.farewell()
}

// sights are what the tour has come by.
type sights struct {
	*world
	meter, metered, monthly, large, yearly, once string
	coupon, promo                                string
	n                                            int
}

// make makes a request and returns the identifier of what is answered.
func (s *sights) make(operation string, pairs ...string) string {
	s.t.Helper()
	return text(s.payment(operation, pairs...), "id")
}

// customer makes somebody who pays with a test card; "" is none.
func (s *sights) customer(card string, more ...string) string {
	s.t.Helper()
	s.n++
	id := s.make("POST /v1/customers", append([]string{
		"email", "ada" + strconv.Itoa(s.n) + "@example.com", "name", "Ada", "metadata[user_id]", userID,
	}, more...)...)
	if card != "" {
		s.pays(id, card)
	}
	return id
}

// pays has a customer pay with a test card from now on.
func (s *sights) pays(customer, card string) string {
	s.t.Helper()
	method := s.make("POST /v1/payment_methods/"+card+"/attach", "customer", customer)
	s.payment("POST /v1/customers/"+customer, "invoice_settings[default_payment_method]", method)
	return method
}

// subscribe subscribes a customer to the plan.
func (s *sights) subscribe(customer string, more ...string) string {
	s.t.Helper()
	return s.make("POST /v1/subscriptions", append([]string{"customer", customer, "items[0][price]", s.monthly}, more...)...)
}

// bill returns the latest invoice of a subscription.
func (s *sights) bill(subscription string) string {
	s.t.Helper()
	return text(s.payment("GET /v1/subscriptions/"+subscription), "latest_invoice")
}

// look reads something, with all that may be expanded in it.
func (s *sights) look(path string, expand ...string) object {
	s.t.Helper()
	return s.payment("GET "+path, expansions(expand)...)
}

func expansions(fields []string) []string {
	var pairs []string
	for _, f := range fields {
		pairs = append(pairs, "expand[]", f)
	}
	return pairs
}

func (s *sights) catalogue() {
	s.t.Helper()
	product := s.make("POST /v1/products", "name", "AI Secretary", "description", "Voice & texts, 24/7", "active", "true", "metadata[tier]", "ai_secretary",
		"tax_code", "txcd_10103001", "unit_label", "minute", "statement_descriptor", "XSWARM", "images[0]", "https://example.com/a.png", "url", "https://example.com")
	s.make("POST /v1/products", "id", "xswarm_else", "name", "With a price", "default_price_data[currency]", "usd", "default_price_data[unit_amount]", "500", "default_price_data[recurring][interval]", "month")
	s.payment("POST /v1/products/"+product, "name", "AI Secretary", "metadata[tier]", "", "active", "true")
	s.look("/v1/products/"+product, "default_price")
	s.payment("GET /v1/products", "active", "true", "ids[0]", product)
	s.payment("GET /v1/products", "limit", "1", "expand[]", "data.default_price")
	s.payment("GET /v1/products/search", "query", `active:"true" AND name~"AI"`, "limit", "1")
	s.payment("DELETE /v1/products/" + s.make("POST /v1/products", "id", "xswarm_gone", "name", "Gone"))
	for _, formula := range []string{"count", "last", "sum"} {
		form := []string{"display_name", "Voice", "event_name", "voice_" + formula, "default_aggregation[formula]", formula,
			"customer_mapping[type]", "by_id", "customer_mapping[event_payload_key]", "stripe_customer_id"}
		if formula != "count" {
			form = append(form, "value_settings[event_payload_key]", "value")
		}
		s.meter = s.make("POST /v1/billing/meters", form...)
	}
	s.payment("POST /v1/billing/meters/"+s.meter, "display_name", "Voice minutes")
	s.payment("POST /v1/billing/meters/" + s.meter + "/deactivate")
	s.payment("GET /v1/billing/meters", "status", "inactive")
	s.payment("POST /v1/billing/meters/" + s.meter + "/reactivate")
	s.look("/v1/billing/meters/" + s.meter)
	s.prices(product)
}

func (s *sights) prices(product string) {
	s.t.Helper()
	price := func(form ...string) string {
		return s.make("POST /v1/prices", append([]string{"currency", "usd", "product", product}, form...)...)
	}
	s.monthly = price("unit_amount", "4000", "recurring[interval]", "month", "recurring[usage_type]", "licensed", "lookup_key", "secretary", "nickname", "a month",
		"tax_behavior", "exclusive", "metadata[tier]", "ai_secretary")
	s.large = price("unit_amount", "28000", "recurring[interval]", "month", "lookup_key", "secretary", "transfer_lookup_key", "true")
	s.yearly = price("unit_amount", "40000", "recurring[interval]", "year", "recurring[interval_count]", "1")
	s.metered = price("billing_scheme", "tiered", "tiers_mode", "graduated", "recurring[interval]", "month", "recurring[usage_type]", "metered", "recurring[meter]", s.meter,
		"tiers[0][up_to]", "500", "tiers[0][unit_amount]", "0", "tiers[1][up_to]", "inf", "tiers[1][unit_amount_decimal]", "1.3", "expand[]", "tiers")
	price("billing_scheme", "tiered", "tiers_mode", "volume", "recurring[interval]", "month", "tiers[0][up_to]", "5", "tiers[0][flat_amount]", "100",
		"tiers[1][up_to]", "inf", "tiers[1][unit_amount]", "10")
	price("unit_amount_decimal", "0.8", "recurring[interval]", "month", "recurring[usage_type]", "metered", "recurring[meter]", s.meter)
	s.once = price("unit_amount", "100")
	s.payment("POST /v1/prices", "currency", "usd", "unit_amount", "100", "product_data[name]", "Made with its price", "expand[]", "product")
	s.payment("POST /v1/prices/"+s.yearly, "active", "false", "metadata[old]", "true", "nickname", "a year")
	s.look("/v1/prices/"+s.metered, "tiers", "product", "currency_options")
	s.payment("GET /v1/prices", "lookup_keys[0]", "secretary", "active", "true", "expand[]", "data.tiers", "expand[]", "data.product")
	s.payment("GET /v1/prices", "active", "false", "product", product, "type", "recurring", "limit", "100", "expand[]", "data.tiers")
}

func (s *sights) discounts() {
	s.t.Helper()
	s.coupon = s.make("POST /v1/coupons", "id", "HALF", "percent_off", "50", "duration", "repeating", "duration_in_months", "2", "name", "Half", "max_redemptions", "100", "metadata[a]", "b")
	s.make("POST /v1/coupons", "amount_off", "500", "currency", "usd", "duration", "once", "applies_to[products][0]", "xswarm_else", "redeem_by", seconds(s.now.Add(time.Hour)))
	s.payment("POST /v1/coupons/"+s.coupon, "name", "Half price", "metadata[a]", "")
	s.look("/v1/coupons/"+s.coupon, "applies_to", "currency_options")
	s.payment("GET /v1/coupons", "limit", "100", "expand[]", "data.applies_to")
	s.payment("DELETE /v1/coupons/" + s.make("POST /v1/coupons", "percent_off", "1", "duration", "forever"))
	s.promo = s.make("POST /v1/promotion_codes", "promotion[type]", "coupon", "promotion[coupon]", s.coupon, "code", "FRIENDS", "max_redemptions", "9",
		"restrictions[first_time_transaction]", "true", "expires_at", seconds(s.now.AddDate(1, 0, 0)), "metadata[a]", "b")
	s.payment("POST /v1/promotion_codes/"+s.promo, "active", "true", "metadata[a]", "c")
	s.look("/v1/promotion_codes/"+s.promo, "promotion.coupon")
	s.payment("GET /v1/promotion_codes", "code", "FRIENDS", "active", "true")
}

func (s *sights) account() {
	s.t.Helper()
	s.look("/v1/account")
	s.look("/v1/balance")
	hook := s.make("POST /v1/webhook_endpoints", "url", s.product+"/again", "enabled_events[0]", "invoice.paid", "api_version", conformance.StripeVersion, "description", "xSwarm", "metadata[app]", "xswarm")
	s.payment("POST /v1/webhook_endpoints/"+hook, "disabled", "true", "enabled_events[0]", "*")
	s.look("/v1/webhook_endpoints/" + hook)
	s.payment("GET /v1/webhook_endpoints", "limit", "1")
	s.payment("DELETE /v1/webhook_endpoints/" + hook)
	const destinations = "/v2/core/event_destinations"
	to := text(s.secondPayment("POST "+destinations, `{"name": "xSwarm", "description": "usage", "type": "webhook_endpoint", "event_payload": "thin",
		"enabled_events": ["v1.billing.meter.error_report_triggered"], "metadata": {"app": "xswarm"}, "webhook_endpoint": {"url": "`+s.product+`/again"},
		"include": ["webhook_endpoint.signing_secret", "webhook_endpoint.url"]}`), "id")
	s.secondPayment("POST "+destinations+"/"+to, `{"name": "xSwarm", "enabled_events": ["v1.billing.meter.no_meter_found"], "include": ["webhook_endpoint.url"]}`)
	for _, how := range []string{"/disable", "/enable"} {
		s.secondPayment("POST "+destinations+"/"+to+how, `{}`)
		s.payment("GET "+destinations+"/"+to, "include[0]", "webhook_endpoint.url")
	}
	s.payment("GET "+destinations, "limit", "1", "include[0]", "webhook_endpoint.url")
	s.payment("GET " + destinations)
	s.secondPayment("DELETE "+destinations+"/"+to, ``)
	configuration := s.make("POST /v1/billing_portal/configurations", "business_profile[privacy_policy_url]", "https://example.com/p", "business_profile[headline]", "Hello",
		"default_return_url", billingURL, "features[customer_update][enabled]", "true", "features[customer_update][allowed_updates][0]", "address",
		"features[invoice_history][enabled]", "true", "features[payment_method_update][enabled]", "true", "features[subscription_cancel][enabled]", "true",
		"features[subscription_cancel][mode]", "at_period_end", "features[subscription_cancel][cancellation_reason][enabled]", "true",
		"features[subscription_cancel][cancellation_reason][options][0]", "other", "metadata[app]", "xswarm")
	s.payment("POST /v1/billing_portal/configurations/"+configuration, "active", "true", "features[invoice_history][enabled]", "false")
	s.look("/v1/billing_portal/configurations/" + configuration)
	s.payment("GET /v1/billing_portal/configurations", "active", "true", "is_default", "false")
	for _, flow := range [][]string{
		nil, {"flow_data[type]", "payment_method_update", "flow_data[after_completion][type]", "redirect", "flow_data[after_completion][redirect][return_url]", billingURL},
	} {
		s.payment("POST /v1/billing_portal/sessions", append([]string{"customer", s.customer(""), "configuration", configuration, "return_url", billingURL}, flow...)...)
	}
}

func (s *sights) cards() {
	s.t.Helper()
	customer := s.customer("", "phone", "+12025550101", "description", "d", "address[country]", "US", "address[postal_code]", "90001", "address[city]", "LA",
		"preferred_locales[0]", "en", "balance", "-500", "tax_exempt", "none")
	card := s.make("POST /v1/payment_methods", "type", "card", "card[number]", "4242424242424242", "card[exp_month]", "12", "card[exp_year]", "2034", "card[cvc]", "123",
		"billing_details[name]", "Ada", "billing_details[email]", "ada@example.com", "billing_details[address][country]", "US", "metadata[a]", "b")
	s.payment("POST /v1/payment_methods/"+card+"/attach", "customer", customer)
	s.payment("POST /v1/payment_methods/"+card, "card[exp_month]", "11", "card[exp_year]", "2035", "billing_details[phone]", "+12025550101")
	bank := s.make("POST /v1/payment_methods", "type", "us_bank_account", "us_bank_account[account_holder_type]", "individual",
		"us_bank_account[account_number]", "000123456789", "us_bank_account[routing_number]", "110000000", "billing_details[name]", "Ada")
	s.payment("POST /v1/payment_methods/"+bank+"/attach", "customer", customer)
	s.look("/v1/payment_methods/"+card, "customer")
	s.payment("GET /v1/payment_methods", "customer", customer, "type", "card")
	s.payment("GET /v1/customers/"+customer+"/payment_methods", "limit", "1")
	s.payment("POST /v1/payment_methods/"+bank+"/detach", "expand[]", "customer")
	s.payment("POST /v1/customers/"+customer, "invoice_settings[default_payment_method]", card, "name", "", "metadata", "")
	s.look("/v1/customers/"+customer, "invoice_settings.default_payment_method", "subscriptions", "sources", "tax_ids", "tax")
	s.payment("GET /v1/customers", "email", "ada1@example.com", "created[gte]", "1")
	s.payment("GET /v1/customers/search", "query", `metadata["user_id"]:"`+userID+`"`, "limit", "1")
	intent := func(method string) string {
		return s.make("POST /v1/setup_intents", "customer", s.customer(""), "payment_method_types[0]", "card", "usage", "off_session", "payment_method", method, "metadata[a]", "b")
	}
	waits := s.make("POST /v1/setup_intents", "customer", s.customer(""), "description", "d")
	s.payment("POST /v1/setup_intents/"+intent("pm_card_visa")+"/confirm", "expand[]", "payment_method")
	s.payment("POST /v1/setup_intents/" + intent("pm_card_authenticationRequired") + "/confirm")
	s.payment("POST /v1/setup_intents/"+intent("pm_card_visa")+"/cancel", "cancellation_reason", "abandoned")
	intent("pm_card_visa")
	s.tryPayment("POST /v1/setup_intents/" + intent("pm_card_chargeDeclined") + "/confirm")
	s.look("/v1/setup_intents/"+waits, "customer")
	s.payment("GET /v1/setup_intents", "limit", "100", "expand[]", "data.payment_method")
}

func (s *sights) farewell() {
	s.t.Helper()
	customer := s.customer("pm_card_visa")
	s.subscribe(customer)
	s.payment("DELETE /v1/customers/" + customer)
	s.payment("GET /v1/customers/" + customer)
	s.payment("GET /v1/subscriptions", "customer", customer, "status", "all", "expand[]", "data.customer")
}

func TestTheTourOfStripeItselfAsksAsItDescribes(t *testing.T) {
	b := book(t)
	for _, x := range distinct(t, toured(t).exchanges) {
		if found := b.CheckRequest(x.Request); len(found) > 0 {
			t.Errorf("%s:%s\nin %v %s", x, conformance.List(found), x.Query, x.Request.Body)
		}
		if strings.HasPrefix(x.Path, "/v1/") {
			if got := repeated(t, x.Request); got.Status != http.StatusOK {
				t.Errorf("%s: stripe-mock answers %d %s\nto %v %s", x, got.Status, got.Answer.Body, x.Query, x.Request.Body)
			}
		}
	}
}
