package stripe

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
)

func TestTheOwnerAsksWithoutAKeyAndNothingBefallsThem(t *testing.T) {
	befell, violated := 0, 0
	w := newWorld(t, "2026-01-10", func(o *Options) {
		o.Faulty = func(_ string, _ http.ResponseWriter, _ *http.Request, refuse func(int), _ func(http.ResponseWriter)) {
			befell++
			refuse(500)
		}
		o.Violated = func(string, string, string, string) { violated++ }
	})
	var made struct{ ID, Email string }
	if err := w.engine.Ask("POST /v1/customers", url.Values{"email": {"ada@example.com"}}, &made); err != nil || made.Email != "ada@example.com" {
		t.Fatalf("got %+v %v, want a customer", made, err)
	}
	var again struct{ ID string }
	if err := w.engine.Ask("GET /v1/customers/"+made.ID, nil, &again); err != nil || again.ID != made.ID {
		t.Errorf("got %+v %v, want the same", again, err)
	}
	var found struct{ Data []struct{ ID string } }
	err := w.engine.Ask("GET /v1/customers/search", url.Values{"query": {"email:'ada@example.com'"}}, &found)
	if err != nil || len(found.Data) != 1 || found.Data[0].ID != made.ID {
		t.Errorf("got %+v %v, want what the search finds, not a customer of that name", found, err)
	}
	var refused *Refusal
	if err := w.engine.Ask("GET /v1/customers/cus_none", nil, nil); !errors.As(err, &refused) || refused.Status != 404 {
		t.Errorf("got %v, want 404 in Stripe's words", err)
	}
	if err := w.engine.Ask("POST /v1/customers", url.Values{"colour": {"blue"}}, nil); !errors.As(err, &refused) || refused.Status != 400 {
		t.Errorf("got %v, want 400 in Stripe's words", err)
	}
	if err := w.engine.Ask("GET /v1/planets", nil, nil); err == nil || errors.As(err, &refused) {
		t.Errorf("got %v, want an error of the program's", err)
	}
	if befell+violated != 0 {
		t.Errorf("%d faults and %d violations befell the owner", befell, violated)
	}
}

func TestADeclineByOrderIsAskedForOncePerPayment(t *testing.T) {
	asked, decline := 0, false
	s := newShop(t, "2026-01-10")
	s.engine.opt.Declined = func() bool { asked++; return decline }
	cu := s.customer("pm_card_visa")
	s.subscribe(cu, s.small)
	if asked != 1 {
		t.Errorf("asked %d times for one payment", asked)
	}
	decline = true
	s.until("2026-02-10T13:00:00Z")
	if in := s.engine.Invoices()[0]; in.Status != "open" || asked != 2 {
		t.Errorf("got %s after %d questions, want an invoice that was not paid", in.Status, asked)
	}
	decline = false
	s.until("2026-02-13T13:00:01Z")
	if in := s.engine.Invoices()[0]; in.Status != "paid" || asked != 3 {
		t.Errorf("got %s after %d questions, want it paid at the next attempt", in.Status, asked)
	}
}

func TestAnOpenInvoiceIsPaidWithTheCardThatTookTheOldOnesPlace(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	s.subscribe(cu, s.small)
	if err := s.engine.FailCard(s.engine.Customers()[0].Cards[0].ID, true); err != nil {
		t.Fatal(err)
	}
	s.until("2026-02-10T13:00:00Z")
	var card struct{ ID string }
	if err := s.engine.Ask("POST /v1/payment_methods/pm_card_mastercard/attach", url.Values{"customer": {cu.ID}}, &card); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Ask("POST /v1/customers/"+cu.ID, url.Values{"invoice_settings[default_payment_method]": {card.ID}}, nil); err != nil {
		t.Fatal(err)
	}
	s.until("2026-02-13T13:00:01Z")
	if in := s.engine.Invoices()[0]; in.Status != "paid" {
		t.Errorf("got %s, want it paid with the new card", in.Status)
	}
}

func TestAddressesThatMoveAreFollowed(t *testing.T) {
	w := newWorld(t, "2026-01-10")
	for range 2 { // once more changes nothing
		w.engine.Tell("http://a.test/hooks", "whsec_one")
		w.engine.TellThin("http://a.test/thin", "whsec_two")
	}
	w.engine.Follow("http://a.test/", "http://b.test/")
	w.engine.Tell("http://b.test/hooks", "whsec_three")
	var hooks struct {
		Data []struct {
			URL    string
			Events []string `json:"enabled_events"`
		}
	}
	if err := w.engine.Ask("GET /v1/webhook_endpoints", nil, &hooks); err != nil || len(hooks.Data) != 1 || hooks.Data[0].URL != "http://b.test/hooks" || hooks.Data[0].Events[0] != "*" {
		t.Errorf("got %+v %v, want one endpoint, moved", hooks, err)
	}
	if we := w.engine.st.Endpoints.rows[0]; we.Own.Secret != "whsec_three" {
		t.Error("the secret is not the one that was told last")
	}
	if d := w.engine.st.Dests.rows; len(d) != 1 || d[0].Own.URL != "http://b.test/thin" || d[0].Own.Secret != "whsec_two" {
		t.Errorf("got %+v, want one destination, moved", d)
	}
}
