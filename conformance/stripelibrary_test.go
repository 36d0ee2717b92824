package conformance_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v85"
)

// libraryTypes are what the vendor's library reads answers into, by what the
// answer says that it is.
var libraryTypes = map[string]reflect.Type{
	"account":                        reflect.TypeFor[stripe.Account](),
	"billing.meter":                  reflect.TypeFor[stripe.BillingMeter](),
	"billing.meter_event":            reflect.TypeFor[stripe.BillingMeterEvent](),
	"billing.meter_event_adjustment": reflect.TypeFor[stripe.BillingMeterEventAdjustment](),
	"billing.meter_event_summary":    reflect.TypeFor[stripe.BillingMeterEventSummary](),
	"billing_portal.configuration":   reflect.TypeFor[stripe.BillingPortalConfiguration](),
	"billing_portal.session":         reflect.TypeFor[stripe.BillingPortalSession](),
	"charge":                         reflect.TypeFor[stripe.Charge](),
	"checkout.session":               reflect.TypeFor[stripe.CheckoutSession](),
	"coupon":                         reflect.TypeFor[stripe.Coupon](),
	"customer":                       reflect.TypeFor[stripe.Customer](),
	"dispute":                        reflect.TypeFor[stripe.Dispute](),
	"event":                          reflect.TypeFor[stripe.Event](),
	"invoice":                        reflect.TypeFor[stripe.Invoice](),
	"line_item":                      reflect.TypeFor[stripe.InvoiceLineItem](),
	"payment_method":                 reflect.TypeFor[stripe.PaymentMethod](),
	"price":                          reflect.TypeFor[stripe.Price](),
	"product":                        reflect.TypeFor[stripe.Product](),
	"subscription":                   reflect.TypeFor[stripe.Subscription](),
	"subscription_item":              reflect.TypeFor[stripe.SubscriptionItem](),
	"subscription_schedule":          reflect.TypeFor[stripe.SubscriptionSchedule](),
	"v2.core.event_destination":      reflect.TypeFor[stripe.V2CoreEventDestination](),
	"webhook_endpoint":               reflect.TypeFor[stripe.WebhookEndpoint](),
}

func libraryType(t *testing.T, value any) reflect.Type {
	t.Helper()
	object, _ := value.(map[string]any)
	name, _ := object["object"].(string)
	if libraryTypes[name] == nil {
		t.Fatalf("what does the library read %v into? Add it to libraryTypes", name)
	}
	return libraryTypes[name]
}

// forget takes out of a value what a type of the library's has no field for.
func forget(value any, into reflect.Type) {
	for into.Kind() == reflect.Pointer {
		into = into.Elem()
	}
	switch v := value.(type) {
	case map[string]any:
		if into.Kind() != reflect.Struct {
			return
		}
		fields := jsonFields(into)
		for key, inner := range v {
			if field, ok := fields[key]; ok {
				forget(inner, field)
			} else if key != "object" { // which lists have, and the library does not read
				delete(v, key)
			}
		}
	case []any:
		if into.Kind() == reflect.Slice {
			for _, inner := range v {
				forget(inner, into.Elem())
			}
		}
	}
}

// jsonFields returns the types of a struct's fields by their names in JSON.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			out[name] = f.Type
		}
	}
	return out
}
