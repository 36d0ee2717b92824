package store_test

import (
	"fmt"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/storetest"
)

func invoice(clock *storetest.Clock, invoiceID string) billing.Invoice {
	now := clock.Now()
	p := billing.Period{Start: now, End: now.AddDate(0, 1, 0)}
	return billing.Invoice{
		ID: invoiceID, CustomerID: "cus_1", SubscriptionID: "sub_1", Number: "XS-1", Status: "open", Currency: "usd",
		Total: 4080, Due: 4080, Paid: 1, Refunded: 2, Period: p, IssuedAt: now, URL: "https://pay.example/in_1", Attempted: true,
		Lines: []billing.InvoiceLine{
			{Description: "AI Secretary", Amount: 4000, Quantity: 1, Start: p.Start, End: p.End},
			{Description: "Texts", Amount: 80, Quantity: 600, Feature: plan.SMSMessages, Start: p.Start, End: p.End},
		},
	}
}

func TestAnInvoiceIsKeptAsItWasReadLast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		open, paid := invoice(clock, "in_1"), invoice(clock, "in_1")
		paid.Status, paid.Due, paid.Lines, paid.SubscriptionID = "paid", 0, paid.Lines[:1], ""
		at := clock.Now()
		for _, c := range []struct {
			i      billing.Invoice
			readAt time.Time
			want   billing.Invoice
		}{
			{open, at, open},
			{open, at, open},
			{paid, at.Add(time.Second), paid},
			{open, at.Add(time.Second / 2), paid}, // late
		} {
			must(t, s.SaveInvoice(t.Context(), ada.ID, c.i, c.readAt))
			list, err := s.Invoices(t.Context(), ada.ID, billing.Place{}, 10)
			must(t, err)
			if fmt.Sprintf("%+v", list) != fmt.Sprintf("%+v", []billing.Invoice{c.want}) {
				t.Errorf("got  %+v\nwant %+v", list, c.want)
			}
		}
		must(t, s.SaveInvoice(t.Context(), bob.ID, open, at.Add(time.Hour)))
		if list, err := s.Invoices(t.Context(), bob.ID, billing.Place{}, 10); err != nil || len(list) != 0 {
			t.Errorf("a bill became somebody else's: %+v, %v", list, err)
		}
	})
}

func TestInvoicesAreListedNewestFirstWithoutDrafts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		ada, bob := person(t, s, clock, "ada"), person(t, s, clock, "bob")
		for _, invoiceID := range []string{"in_5", "in_4", "in_3"} { // the first two at one moment
			if invoiceID == "in_3" {
				clock.Advance(time.Second)
			}
			must(t, s.SaveInvoice(t.Context(), ada.ID, invoice(clock, invoiceID), clock.Now()))
		}
		draft := invoice(clock, "in_draft")
		draft.Status, draft.Number, draft.Lines = "draft", "", nil
		must(t, s.SaveInvoice(t.Context(), ada.ID, draft, clock.Now()))
		must(t, s.SaveInvoice(t.Context(), bob.ID, invoice(clock, "in_bob"), clock.Now()))
		var got []string
		var place billing.Place
		for range 5 {
			page, err := s.Invoices(t.Context(), ada.ID, place, 1)
			must(t, err)
			for _, i := range page {
				got, place = append(got, i.ID), billing.Place{At: i.IssuedAt, ID: i.ID}
			}
		}
		if fmt.Sprint(got) != "[in_3 in_5 in_4]" {
			t.Errorf("got %v", got)
		}
		draft.Status = "open"
		must(t, s.SaveInvoice(t.Context(), ada.ID, draft, clock.Now()))
		if list, err := s.Invoices(t.Context(), ada.ID, billing.Place{}, 1); err != nil || len(list) != 1 || list[0].ID != "in_draft" || len(list[0].Lines) != 0 {
			t.Errorf("got %+v, %v, want what was a draft", list, err)
		}
	})
}
