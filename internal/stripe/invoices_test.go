package stripe

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

func TestABillIsReadWithItsLinesAndWhatWasGivenBack(t *testing.T) {
	a := newAccount(t)
	a.answers("GET /v1/invoices/{id}", "invoice.json")
	a.answers("GET /v1/charges", "charges.json")
	got, err := a.Invoice(t.Context(), "in_1SwarmFebruary")
	if err != nil {
		t.Fatal(err)
	}
	march1 := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	want := billing.Invoice{
		ID: "in_1SwarmFebruary", CustomerID: customer, SubscriptionID: subID, Number: "ABC123-0002", Status: "paid", Currency: "usd",
		Total: 4770, Paid: 4770, Refunded: 1000, Period: billing.Period{Start: jan1, End: feb1}, IssuedAt: feb1.Add(time.Hour),
		URL: "https://invoice.stripe.com/i/acct_1/test_february", Attempted: true,
		Lines: []billing.InvoiceLine{
			{Description: "1 × AI Secretary (at $40.00 / month)", Amount: 4000, Quantity: 1, Start: feb1, End: march1},
			{Description: "Minutes of calls (Tier 1 at $0.00)", Quantity: 500, Feature: plan.VoiceMinutes, Start: jan1, End: feb1},
			{Description: "Minutes of calls (Tier 2 at $0.013)", Amount: 130, Quantity: 100, Feature: plan.VoiceMinutes, Start: jan1, End: feb1},
			{Description: "Text messages (Tier 2 at $0.008)", Amount: 240, Quantity: 300, Feature: plan.SMSMessages, Start: jan1, End: feb1},
			{Description: "2 × Phone numbers (at $2.00 / month)", Amount: 400, Quantity: 2, Feature: plan.PhoneNumbers, Start: feb1, End: march1},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	same(t, a.only("GET", "/v1/invoices/").Query, map[string]string{"expand[0]": "payments"})
	same(t, a.only("GET", "/v1/charges").Query, map[string]string{"customer": customer, "created[gte]": "1769904000", "limit": "100"})
}

func TestADraftHasNothingToGiveBack(t *testing.T) {
	a := newAccount(t)
	a.answers("GET /v1/invoices/{id}", "invoice.json", func(o object) {
		o["status"], o["amount_paid"], o["amount_remaining"], o["number"], o["parent"] = "draft", 0, 4770, nil, nil
		o["status_transitions"], o["attempted"] = object{"finalized_at": nil}, false
	})
	got, err := a.Invoice(t.Context(), "in_1SwarmFebruary")
	if err != nil || got.Status != "draft" || got.Due != 4770 || got.Number != "" || got.SubscriptionID != "" || !got.IssuedAt.Equal(feb1) || got.Refunded != 0 || got.Attempted {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestALongBillIsReadToItsEnd(t *testing.T) {
	a := newAccount(t)
	a.answers("GET /v1/invoices/{id}", "invoice.json", func(o object) {
		o["amount_paid"] = 0
		o["lines"].(object)["has_more"] = true
	})
	lines := ""
	for i := range 12 {
		if i > 0 {
			lines += ","
		}
		lines += fmt.Sprintf(`{"id":"il_%d","object":"line_item","amount":%d,"period":{"start":1,"end":2}}`, i, i)
	}
	a.says("GET /v1/invoices/{id}/lines", 200, `{"object":"list","has_more":false,"data":[`+lines+`]}`)
	got, err := a.Invoice(t.Context(), "in_1SwarmFebruary")
	if err != nil || len(got.Lines) != 12 || got.Lines[11].Amount != 11 {
		t.Errorf("got %d lines, %v", len(got.Lines), err)
	}
}

func TestTheBillsOfACustomerAreRead(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/invoices", 200, listed(t, "invoice.json"))
	a.answers("GET /v1/charges", "charges.json")
	got, err := a.Invoices(t.Context(), customer, jan15)
	if err != nil || len(got) != 1 || got[0].Refunded != 1000 || len(got[0].Lines) != 5 {
		t.Errorf("got %+v, %v", got, err)
	}
	same(t, a.only("GET", "/v1/invoices").Query, map[string]string{
		"customer": customer, "created[gte]": "1768435200", "limit": "100", "expand[0]": "data.payments",
	})
}

func TestADisputeIsItsChargesCustomers(t *testing.T) {
	a := newAccount(t)
	a.answers("GET /v1/disputes/{id}", "dispute.json")
	got, err := a.Dispute(t.Context(), "du_1Swarm")
	want := billing.Dispute{ID: "du_1Swarm", CustomerID: customer, ChargeID: "ch_3SwarmFebruary", Amount: 4770, Reason: "fraudulent", Status: "needs_response"}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	same(t, a.only("GET", "").Query, map[string]string{"expand[0]": "charge"})
}

func TestABillThatIsGoneIsNoSuch(t *testing.T) {
	a := newAccount(t)
	a.says("GET /v1/invoices/{id}", 404, wrong("invalid_request_error", "resource_missing"))
	if _, err := a.Invoice(t.Context(), "in_1"); !errors.Is(err, billing.ErrNoSuch) {
		t.Errorf("got %v", err)
	}
}
