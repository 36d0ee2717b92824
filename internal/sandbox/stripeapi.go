package sandbox

import (
	"encoding/json"
	"net/http"
	"time"

	"xswarm.ai/server/internal/fault"
)

// payRoutes are the routes of the control plane for payments.
func (s *Sandbox) payRoutes() map[string]apiHandler {
	return map[string]apiHandler{
		"GET /sandbox/api/payments/customers":           s.apiListed("/v1/customers"),
		"GET /sandbox/api/payments/subscriptions":       s.apiListed("/v1/subscriptions"),
		"GET /sandbox/api/payments/invoices":            s.apiListed("/v1/invoices"),
		"GET /sandbox/api/payments/charges":             s.apiListed("/v1/charges"),
		"GET /sandbox/api/payments/disputes":            s.apiListed("/v1/disputes"),
		"GET /sandbox/api/payments/events":              s.apiListed("/v1/events"),
		"GET /sandbox/api/payments/meters":              s.apiMeters,
		"GET /sandbox/api/payments/dunning":             s.apiDunning,
		"POST /sandbox/api/payments/dunning":            s.apiSetDunning,
		"GET /sandbox/api/payments/checkouts":           s.apiListed("/v1/checkout/sessions"),
		"POST /sandbox/api/payments/checkout/{id}":      s.apiCheckout,
		"POST /sandbox/api/payments/{kind}/{id}/{deed}": s.apiDeed,
	}
}

// listedBy are the filters that a list of the control plane takes.
var listedBy = map[string][]string{
	"/v1/subscriptions": {"customer", "status"}, "/v1/invoices": {"customer", "status", "subscription"}, "/v1/charges": {"customer"},
	"/v1/disputes": {"charge"}, "/v1/events": {"type"}, "/v1/customers": {"email"},
	"/v1/checkout/sessions": {"customer", "status"},
}

// apiListed answers with a list of Stripe's, newest first, its objects just as
// Stripe writes them.
func (s *Sandbox) apiListed(path string) apiHandler {
	return func(_ http.ResponseWriter, r *http.Request) (int, any, error) {
		form := ofCustomer("")
		for _, name := range listedBy[path] {
			if v := r.URL.Query().Get(name); v != "" {
				form.Set(name, v)
			}
		}
		if path == "/v1/subscriptions" && !form.Has("status") {
			form.Set("status", "all")
		}
		list, err := askAll(s, path, form, idOf)
		if err != nil {
			return 0, nil, err
		}
		return http.StatusOK, listed(list), nil
	}
}

// idOf is the identifier of any object of Stripe's.
func idOf(raw json.RawMessage) string {
	var o struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &o) != nil {
		return ""
	}
	return o.ID
}

func (s *Sandbox) apiDeed(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var o order
	if r.ContentLength != 0 {
		if err := decode(w, r, &o); err != nil {
			return 0, nil, err
		}
	}
	out, err := s.does(r.PathValue("kind"), r.PathValue("id"), r.PathValue("deed"), o)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, out, nil
}

// apiCheckout lets a person pay, or not, without a browser.
func (s *Sandbox) apiCheckout(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var in struct {
		Card    string `json:"card"`
		Outcome string `json:"outcome"`
	}
	if err := decode(w, r, &in); err != nil {
		return 0, nil, err
	}
	if !stripeID.MatchString(r.PathValue("id")) {
		return 0, nil, fault.New(fault.NotFound, "not_found", "There is no such checkout.")
	}
	came, err := s.checkOut(r.PathValue("id"), in.Card, in.Outcome)
	if err != nil {
		return 0, nil, err
	}
	session, err := s.seen("/v1/checkout/sessions/" + r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]any{"redirect": came.Redirect, "declined": came.Declined, "session": session}, nil
}

// usedBy is what a customer has used in their current period, as a meter counts it.
type usedBy struct {
	Customer string    `json:"customer"`
	Since    time.Time `json:"since"`
	Value    string    `json:"value"`
}

// counted is a meter with who used what.
type counted struct {
	ID    string   `json:"id"`
	Event string   `json:"event_name"`
	Used  []usedBy `json:"used"`
}

// apiMeters answers with what the meters count.
func (s *Sandbox) apiMeters(http.ResponseWriter, *http.Request) (int, any, error) {
	views, err := s.meterViews()
	if err != nil {
		return 0, nil, err
	}
	list := make([]counted, len(views))
	for i, v := range views {
		list[i] = counted{ID: v.ID, Event: v.Event, Used: []usedBy{}}
		for _, by := range v.By {
			list[i].Used = append(list[i].Used, usedBy{by.Customer.ID, by.Since, by.Value})
		}
	}
	return http.StatusOK, listed(list), nil
}
