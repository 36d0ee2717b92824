package stripe

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
)

// shop is a world with something to buy: two plans of a base price, metered
// voice with an allowance, and extra numbers.
type shop struct {
	*world
	meter                *sdk.BillingMeter
	small, large         *sdk.Price // the base prices: $40 and $280
	smallVoice, bigVoice *sdk.Price // 500 and 2000 for nothing, then 1.3 cents each
	number               *sdk.Price // $2
}

func newShop(t *testing.T, day string, change ...func(*Options)) *shop {
	t.Helper()
	s := &shop{world: newWorld(t, day, change...)}
	m, err := s.client.V1BillingMeters.Create(t.Context(), &sdk.BillingMeterCreateParams{DisplayName: sdk.String("Voice"), EventName: sdk.String("voice_minutes"),
		DefaultAggregation: &sdk.BillingMeterCreateDefaultAggregationParams{Formula: sdk.String("sum")}})
	s.meter = must(s.world, m, err)
	s.small, s.large, s.number = s.licensed("Secretary", 4000), s.licensed("Manager", 28000), s.licensed("Number", 200)
	s.smallVoice, s.bigVoice = s.metered("Secretary voice", 500), s.metered("Manager voice", 2000)
	return s
}

func (s *shop) licensed(name string, cents int64) *sdk.Price {
	s.t.Helper()
	p, err := s.client.V1Prices.Create(s.t.Context(), &sdk.PriceCreateParams{Currency: sdk.String("usd"), UnitAmount: sdk.Int64(cents),
		Recurring:   &sdk.PriceCreateRecurringParams{Interval: sdk.String("month")},
		ProductData: &sdk.PriceCreateProductDataParams{Name: sdk.String(name)}})
	return must(s.world, p, err)
}

func (s *shop) metered(name string, allowance int64) *sdk.Price {
	s.t.Helper()
	p, err := s.client.V1Prices.Create(s.t.Context(), &sdk.PriceCreateParams{Currency: sdk.String("usd"), BillingScheme: sdk.String("tiered"), TiersMode: sdk.String("graduated"),
		Recurring: &sdk.PriceCreateRecurringParams{Interval: sdk.String("month"), UsageType: sdk.String("metered"), Meter: sdk.String(s.meter.ID)},
		Tiers: []*sdk.PriceCreateTierParams{{UpTo: sdk.Int64(allowance), UnitAmount: sdk.Int64(0)},
			{UpToInf: sdk.Bool(true), UnitAmountDecimal: sdk.Float64(1.3)}},
		ProductData: &sdk.PriceCreateProductDataParams{Name: sdk.String(name)}})
	return must(s.world, p, err)
}

// customer makes a customer who pays with a card; "" is none.
func (s *shop) customer(card string) *sdk.Customer {
	s.t.Helper()
	p := &sdk.CustomerCreateParams{Email: sdk.String("ada@example.com"), Name: sdk.String("Ada")}
	cu, err := s.client.V1Customers.Create(s.t.Context(), p)
	must(s.world, cu, err)
	if card != "" {
		s.pays(cu, card)
	}
	return cu
}

// pays gives a customer a card to pay with from now on.
func (s *shop) pays(cu *sdk.Customer, card string) *sdk.PaymentMethod {
	s.t.Helper()
	pm, err := s.client.V1PaymentMethods.Attach(s.t.Context(), card, &sdk.PaymentMethodAttachParams{Customer: &cu.ID})
	must(s.world, pm, err)
	up, err := s.client.V1Customers.Update(s.t.Context(), cu.ID, &sdk.CustomerUpdateParams{
		InvoiceSettings: &sdk.CustomerUpdateInvoiceSettingsParams{DefaultPaymentMethod: &pm.ID}})
	must(s.world, up, err)
	return pm
}

func items(prices ...*sdk.Price) []*sdk.SubscriptionCreateItemParams {
	var out []*sdk.SubscriptionCreateItemParams
	for _, p := range prices {
		out = append(out, &sdk.SubscriptionCreateItemParams{Price: &p.ID})
	}
	return out
}

// subscribe subscribes a customer to prices, one of each.
func (s *shop) subscribe(cu *sdk.Customer, prices ...*sdk.Price) *sdk.Subscription {
	s.t.Helper()
	sub, err := s.client.V1Subscriptions.Create(s.t.Context(), &sdk.SubscriptionCreateParams{Customer: &cu.ID, Items: items(prices...)})
	return must(s.world, sub, err)
}

// sub fetches a subscription.
func (s *shop) sub(id string) *sdk.Subscription {
	s.t.Helper()
	sub, err := s.client.V1Subscriptions.Retrieve(s.t.Context(), id, nil)
	return must(s.world, sub, err)
}

// invoice fetches an invoice.
func (s *shop) invoice(id string) *sdk.Invoice {
	s.t.Helper()
	in, err := s.client.V1Invoices.Retrieve(s.t.Context(), id, nil)
	return must(s.world, in, err)
}

// invoices fetches all of a subscription, oldest first.
func (s *shop) invoices(sub string) []*sdk.Invoice {
	s.t.Helper()
	var out []*sdk.Invoice
	for in, err := range s.client.V1Invoices.List(s.t.Context(), &sdk.InvoiceListParams{Subscription: &sub}).All(s.t.Context()) {
		out = append([]*sdk.Invoice{must(s.world, in, err)}, out...)
	}
	return out
}

// latest fetches a subscription's latest invoice.
func (s *shop) latest(sub *sdk.Subscription) *sdk.Invoice {
	s.t.Helper()
	return s.invoice(s.sub(sub.ID).LatestInvoice.ID)
}

// use reports usage of now.
func (s *shop) use(cu *sdk.Customer, value string) {
	s.t.Helper()
	s.useAt(cu, value, s.clock())
}

func (s *shop) useAt(cu *sdk.Customer, value string, at time.Time) {
	s.t.Helper()
	ev, err := s.client.V1BillingMeterEvents.Create(s.t.Context(), &sdk.BillingMeterEventCreateParams{EventName: sdk.String("voice_minutes"),
		Payload: map[string]string{"stripe_customer_id": cu.ID, "value": value}, Timestamp: sdk.Int64(at.Unix())})
	must(s.world, ev, err)
}

// lines writes an invoice's lines: amount, then description.
func lines(in *sdk.Invoice) string {
	var out []string
	for _, l := range in.Lines.Data {
		out = append(out, dollars(l.Amount)+" "+l.Description)
	}
	return strings.Join(out, "\n")
}

// item returns the item of a subscription that has a price.
func item(t *testing.T, sub *sdk.Subscription, p *sdk.Price) *sdk.SubscriptionItem {
	t.Helper()
	for _, it := range sub.Items.Data {
		if it.Price.ID == p.ID {
			return it
		}
	}
	t.Fatalf("the subscription has no item of %s", p.ID)
	return nil
}

// moment writes a time as tests do.
func when(unix int64) string { return time.Unix(unix, 0).UTC().Format("2006-01-02 15:04:05") }
