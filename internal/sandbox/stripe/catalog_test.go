package stripe

import (
	"encoding/json"
	"strings"
	"testing"

	sdk "github.com/stripe/stripe-go/v85"
)

func TestCustomersAreMadeChangedAndDeleted(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	w.listen()
	cu, err := w.client.V1Customers.Create(t.Context(), &sdk.CustomerCreateParams{Email: sdk.String("ada@example.com"), Metadata: map[string]string{"user_id": "usr_1", "old": "x"}})
	must(w, cu, err)
	w.the("customer.created")
	up, err := w.client.V1Customers.Update(t.Context(), cu.ID, &sdk.CustomerUpdateParams{Name: sdk.String("Ada"), Metadata: map[string]string{"old": "", "new": "y"}})
	must(w, up, err)
	if up.Name != "Ada" || up.Email != "ada@example.com" || up.Metadata["user_id"] != "usr_1" || up.Metadata["new"] != "y" {
		t.Errorf("got %+v", up)
	}
	if _, ok := up.Metadata["old"]; ok {
		t.Error("metadata that was set to nothing is still there")
	}
	var ev struct {
		Data struct {
			Previous map[string]any `json:"previous_attributes"`
		}
	}
	if err := json.Unmarshal(w.the("customer.updated").Body, &ev); err != nil {
		t.Fatal(err)
	}
	if was, ok := ev.Data.Previous["name"]; !ok || was != nil || len(ev.Data.Previous) != 2 {
		t.Errorf("got %v as what was before", ev.Data.Previous)
	}
	for found, err := range w.client.V1Customers.Search(t.Context(), &sdk.CustomerSearchParams{SearchParams: sdk.SearchParams{Query: `metadata["user_id"]:"usr_1" AND email:"ada@example.com"`}}).All(t.Context()) {
		if must(w, found, err).ID != cu.ID {
			t.Errorf("found %s", found.ID)
		}
	}
	del, err := w.client.V1Customers.Delete(t.Context(), cu.ID, nil)
	must(w, del, err)
	got, err := w.client.V1Customers.Retrieve(t.Context(), cu.ID, nil)
	if must(w, got, err); !got.Deleted {
		t.Error("what was deleted does not say so")
	}
	_, err = w.client.V1Customers.Update(t.Context(), cu.ID, &sdk.CustomerUpdateParams{Name: sdk.String("B")})
	if got := refused(t, err); got.HTTPStatusCode != 404 || got.Code != "resource_missing" || got.Msg != "No such customer: '"+cu.ID+"'" {
		t.Errorf("got %d %s %q", got.HTTPStatusCode, got.Code, got.Msg)
	}
}

func TestDeletingACustomerEndsTheirSubscriptions(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.small)
	del, err := s.client.V1Customers.Delete(t.Context(), cu.ID, nil)
	must(s.world, del, err)
	if got := s.sub(sub.ID); got.Status != "canceled" {
		t.Errorf("got %s", got.Status)
	}
	s.the("customer.subscription.deleted")
	s.the("customer.deleted")
	s.until("2026-03-10T13:00:00Z")
	if n := len(s.invoices(sub.ID)); n != 1 {
		t.Errorf("got %d invoices", n)
	}
}

func TestPricesAreFoundByTheirLookupKeysWhichMove(t *testing.T) {
	s := newShop(t, "2026-01-10")
	make := func(more ...string) (int, map[string]any) {
		status, _, body := s.raw("POST", "/v1/prices", form(append([]string{"currency", "USD", "product", s.small.Product.ID, "lookup_key", "secretary_monthly",
			"recurring[interval]", "month", "unit_amount", "4100"}, more...)...))
		return status, body
	}
	_, first := make()
	if status, body := make(); status != 400 || !strings.Contains(errorOf(body)["message"].(string), "already uses that lookup key") {
		t.Errorf("got %d %v", status, body)
	}
	_, second := make("transfer_lookup_key", "true")
	n := 0
	for p, err := range s.client.V1Prices.List(t.Context(), &sdk.PriceListParams{LookupKeys: []*string{sdk.String("secretary_monthly")}}).All(t.Context()) {
		if must(s.world, p, err); p.ID != second["id"] || p.Currency != "usd" {
			t.Errorf("got %s, want %v and not %v", p.ID, second["id"], first["id"])
		}
		n++
	}
	if n != 1 {
		t.Errorf("found %d", n)
	}
}

func TestTiersAreShownWhenTheyAreAskedFor(t *testing.T) {
	s := newShop(t, "2026-01-10")
	_, _, plain := s.raw("GET", "/v1/prices/"+s.smallVoice.ID, "")
	if _, ok := plain["tiers"]; ok {
		t.Error("tiers are there without being asked for")
	}
	p, err := s.client.V1Prices.Retrieve(t.Context(), s.smallVoice.ID, &sdk.PriceRetrieveParams{Expand: []*string{sdk.String("tiers")}})
	must(s.world, p, err)
	if len(p.Tiers) != 2 || p.Tiers[0].UpTo != 500 || p.Tiers[1].UnitAmountDecimal != 1.3 || p.Recurring.Meter != s.meter.ID {
		t.Errorf("got %+v", p.Tiers)
	}
}

func TestPricesThatCannotBeAreRefused(t *testing.T) {
	s := newShop(t, "2026-01-10")
	base := []string{"currency", "usd", "product", s.small.Product.ID, "recurring[interval]", "month"}
	for name, more := range map[string][]string{
		"no amount":                      nil,
		"two amounts":                    {"unit_amount", "1", "unit_amount_decimal", "1"},
		"13 decimals":                    {"unit_amount_decimal", "1.1234567890123"},
		"an amount below zero":           {"unit_amount", "-1"},
		"usage without a meter":          {"unit_amount", "1", "recurring[usage_type]", "metered"},
		"a meter without usage":          {"unit_amount", "1", "recurring[meter]", s.meter.ID},
		"a meter that is not there":      {"unit_amount", "1", "recurring[usage_type]", "metered", "recurring[meter]", "mtr_none"},
		"tiers without an end":           {"billing_scheme", "tiered", "tiers_mode", "graduated", "tiers[0][up_to]", "5", "tiers[0][unit_amount]", "1"},
		"tiers in the wrong order":       {"billing_scheme", "tiered", "tiers_mode", "graduated", "tiers[0][up_to]", "5", "tiers[0][unit_amount]", "1", "tiers[1][up_to]", "5", "tiers[1][unit_amount]", "1", "tiers[2][up_to]", "inf", "tiers[2][unit_amount]", "1"},
		"tiers of a price by the unit":   {"unit_amount", "1", "tiers[0][up_to]", "inf", "tiers[0][unit_amount]", "1"},
		"packages of a price with tiers": {"billing_scheme", "tiered", "tiers_mode", "graduated", "tiers[0][up_to]", "inf", "tiers[0][unit_amount]", "1", "transform_quantity[divide_by]", "5", "transform_quantity[round]", "up"},
		"once in five years":             {"unit_amount", "1", "recurring[interval_count]", "60"},
	} {
		if status, _, body := s.raw("POST", "/v1/prices", form(append(append([]string{}, base...), more...)...)); status != 400 {
			t.Errorf("%s: got %d %v", name, status, body)
		}
	}
}

func TestVolumeAndPackagesArePricedAsAWhole(t *testing.T) {
	two, five := "2", "5"
	ten := int64(10)
	volume := &price{BillingScheme: "tiered", TiersMode: "volume"}
	volume.Own.Tiers = []tier{{UnitDecimal: &five, UpTo: &ten}, {UnitDecimal: &two, FlatDecimal: &five}}
	packages := &price{BillingScheme: "per_unit", UnitDecimal: &five, Transform: &transform{DivideBy: 10, Round: "up"}}
	for _, tt := range []struct {
		p        *price
		quantity int64
		want     int64
	}{{volume, 10, 50}, {volume, 11, 27}, {packages, 10, 5}, {packages, 11, 10}, {packages, 0, 0}} {
		if got := roundHalfUp(tt.p.cost(ratOf(tt.quantity))); got != tt.want {
			t.Errorf("%d of %s: got %d, want %d", tt.quantity, tt.p.BillingScheme, got, tt.want)
		}
	}
}

func TestHalvesAreRoundedAwayFromZero(t *testing.T) {
	for text, want := range map[string]int64{"0.5": 1, "-0.5": -1, "0.499999999999": 0, "2.5": 3, "-2.4": -2, "7": 7} {
		if got := roundHalfUp(rat(&text)); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}

func TestAnAmountThatIsTakenOffIsSpreadWithoutRest(t *testing.T) {
	cp := &coupon{AmountOff: 100}
	lines := []*line{{Amount: 333, Discountable: true}, {Amount: 333, Discountable: true}, {Amount: 334, Discountable: true}, {Amount: 1000}}
	if got := cp.takeOff("di_1", lines); got != 100 {
		t.Errorf("got %d", got)
	}
	var sum int64
	for _, l := range lines {
		sum += l.Amount - l.net()
	}
	if sum != 100 || lines[3].net() != 1000 {
		t.Errorf("got %d from the lines, %d left of what cannot be reduced", sum, lines[3].net())
	}
}

func TestExpansionsReachIntoLists(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	s.subscribe(cu, s.small)
	_, _, body := s.raw("GET", "/v1/subscriptions?"+form("expand[]", "data.latest_invoice.payments", "expand[]", "data.customer", "expand[]", "data.items.data.price"), "")
	sub := body["data"].([]any)[0].(map[string]any)
	if c, ok := sub["customer"].(map[string]any); !ok || c["email"] != "ada@example.com" {
		t.Errorf("got customer %v", sub["customer"])
	}
	in, _ := sub["latest_invoice"].(map[string]any)
	if payments, _ := in["payments"].(map[string]any); payments["object"] != "list" {
		t.Errorf("got payments %v", in["payments"])
	}
	for _, path := range []string{"data.nothing", "data.a.b.c.d"} {
		if status, _, _ := s.raw("GET", "/v1/subscriptions?"+form("expand[]", path), ""); status != 400 {
			t.Errorf("%s got %d, want 400", path, status)
		}
	}
}

func TestProductsAreKeptAsLongAsTheyHavePrices(t *testing.T) {
	s := newShop(t, "2026-01-10")
	_, err := s.client.V1Products.Delete(t.Context(), s.small.Product.ID, nil)
	if got := refused(t, err); got.HTTPStatusCode != 400 {
		t.Errorf("got %d", got.HTTPStatusCode)
	}
	p, err := s.client.V1Products.Create(t.Context(), &sdk.ProductCreateParams{ID: sdk.String("mine"), Name: sdk.String("Mine"), Metadata: map[string]string{"tier": "x"}})
	must(s.world, p, err)
	n := 0
	for found, err := range s.client.V1Products.Search(t.Context(), &sdk.ProductSearchParams{SearchParams: sdk.SearchParams{Query: `metadata["tier"]:"x"`}}).All(t.Context()) {
		if must(s.world, found, err); found.ID == "mine" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("found it %d times", n)
	}
	if status, _, _ := s.raw("GET", "/v1/products/search?query=tier+is+x", ""); status != 400 {
		t.Errorf("a query that cannot be read got %d", status)
	}
	del, err := s.client.V1Products.Delete(t.Context(), "mine", nil)
	must(s.world, del, err)
}

func TestAListThatIsEmptyHasLookedAtItsFiltersToo(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	for _, path := range []string{
		"/v1/customers?email=a@example.com&created[gte]=1", "/v1/subscriptions?customer=cus_1&price=price_1", "/v1/prices?active=true&recurring[interval]=month",
		"/v1/invoices?customer=cus_1&status=open", "/v1/charges?customer=cus_1", "/v1/billing/meters?status=active",
	} {
		if status, _, body := w.raw("GET", path, ""); status != 200 || len(body["data"].([]any)) != 0 {
			t.Errorf("%s: got %d %v, want an empty list", path, status, body)
		}
	}
	if len(w.wrong) != 0 {
		t.Errorf("got %v, want nothing said of filters that are looked at", w.wrong)
	}
}
