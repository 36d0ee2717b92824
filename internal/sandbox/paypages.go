package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"xswarm.ai/server/internal/fault"
)

var errNoPayer = fault.New(fault.NotFound, "not_found", "There is no such customer.")

// The addresses of the pages about payments.
func payerHref(id string) string { return "/sandbox/payments/customers/" + id }
func eventHref(id string) string { return "/sandbox/payments/events/" + id }

// objectHref is where an object of Stripe's is shown; "" if nowhere.
func objectHref(id string) string {
	prefix, _, _ := strings.Cut(id, "_")
	switch {
	case prefix == "cus":
		return payerHref(id)
	case objectPath(id) != "":
		return "/sandbox/payments/objects/" + id
	}
	return ""
}

// objectPath is where Stripe has an object that belongs to a customer.
func objectPath(id string) string {
	prefix, _, _ := strings.Cut(id, "_")
	path := map[string]string{
		"in": "/v1/invoices/", "sub": "/v1/subscriptions/", "ch": "/v1/charges/", "pi": "/v1/payment_intents/",
		"cs": "/v1/checkout/sessions/", "pm": "/v1/payment_methods/",
	}[prefix]
	if path == "" || strings.HasPrefix(id, "sub_sched_") {
		return ""
	}
	return path + id
}

func (s *Sandbox) payPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/payments", s.showPayments)
	mux.HandleFunc("POST /sandbox/payments/dunning", s.postDunning)
	mux.HandleFunc("GET /sandbox/payments/customers/{id}", s.showPayer)
	mux.HandleFunc("GET /sandbox/payments/objects/{id}", s.showObject)
	mux.HandleFunc("GET /sandbox/payments/events", s.showEvents)
	mux.HandleFunc("GET /sandbox/payments/events/{id}", s.showEvent)
	mux.HandleFunc("GET /sandbox/payments/meters", s.showMeters)
	mux.HandleFunc("POST /sandbox/payments/customers/{id}/clock", s.postPayerClock)
	mux.HandleFunc("POST /sandbox/payments/{kind}/{id}/{deed}", s.postDeed)
}

func (s *Sandbox) showPayments(w http.ResponseWriter, r *http.Request) { s.paymentsPage(w, r, nil) }

func (s *Sandbox) paymentsPage(w http.ResponseWriter, r *http.Request, problem error) {
	list, err := s.payerRows()
	open, err2 := s.openCheckouts()
	v, status := s.viewOf(r, "Payments", "payments", cmp.Or(problem, err, err2))
	s.show(w, r, status, paymentsPage(v, list[:min(len(list), maxShown)], len(list), open, s.payments.Dunning()))
}

func (s *Sandbox) showPayer(w http.ResponseWriter, r *http.Request) {
	s.payerPage(w, r, r.PathValue("id"), nil)
}

// payerPage shows a customer, with why something was not done, if so.
func (s *Sandbox) payerPage(w http.ResponseWriter, r *http.Request, id string, problem error) {
	p, err := s.payerView(id)
	if err != nil && fault.From(err).Kind == fault.NotFound {
		s.showMissing(w, r)
		return
	}
	if problem == nil {
		problem = err
	}
	v, status := s.viewOf(r, payerName(p.payer), "payments", problem)
	s.show(w, r, status, payerPage(v, p))
}

// showObject leads to the customer whom an object belongs to.
func (s *Sandbox) showObject(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	var o struct {
		Customer nameOnly `json:"customer"`
	}
	path := objectPath(id)
	if path == "" || !stripeID.MatchString(id) || s.ask("GET "+path, nil, &o) != nil || o.Customer == "" {
		s.showMissing(w, r)
		return
	}
	http.Redirect(w, r, payerHref(string(o.Customer))+"#li-"+id, http.StatusSeeOther)
}

// postDeed does what a button says and shows the customer again.
func (s *Sandbox) postDeed(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	customer, o := r.PostForm.Get("customer"), order{Card: r.PostForm.Get("card")}
	if amount := strings.TrimSpace(r.PostForm.Get("amount")); err == nil && amount != "" {
		o.Amount, err = cents(amount)
	}
	if err == nil {
		_, err = s.does(r.PathValue("kind"), r.PathValue("id"), r.PathValue("deed"), o)
	}
	if err != nil {
		s.payerPage(w, r, customer, err)
		return
	}
	done(w, r, payerHref(customer), r.PathValue("deed"))
}

// postPayerClock moves the clock to what comes next for a customer.
func (s *Sandbox) postPayerClock(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	if err == nil {
		err = s.moveToPayers(r.PathValue("id"), r.PostForm.Get("to"))
	}
	if err != nil {
		s.payerPage(w, r, r.PathValue("id"), err)
		return
	}
	done(w, r, payerHref(r.PathValue("id")), "moved")
}

func (s *Sandbox) showEvents(w http.ResponseWriter, r *http.Request) {
	about := r.URL.Query().Get("about")
	limit := maxShown
	if about != "" {
		limit = longestList
	}
	list, err := s.stripeEvents(limit)
	if about != "" {
		list = slices.DeleteFunc(list, func(e stripeEvent) bool {
			return e.Data.Object.ID != about && string(e.Data.Object.Customer) != about
		})
	}
	v, status := s.viewOf(r, "Events", "payments", err)
	s.show(w, r, status, eventsPage(v, about, list[:min(len(list), maxShown)]))
}

func (s *Sandbox) showEvent(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	path := "/v1/events/"
	if strings.HasPrefix(id, "evt_test_") { // a thin one
		path = "/v2/core/events/"
	}
	raw, err := s.seen(path + id)
	if err != nil || !stripeID.MatchString(id) {
		s.showMissing(w, r)
		return
	}
	hooks := slices.DeleteFunc(s.Webhooks(), func(d Delivery) bool { return d.Event == nil || d.Event.ID != id })
	s.show(w, r, http.StatusOK, eventPage(s.view(r, "Event", "payments"), eventOf(raw), indented(raw), hooks))
}

func (s *Sandbox) showMeters(w http.ResponseWriter, r *http.Request) {
	list, err := s.meterViews()
	v, status := s.viewOf(r, "Meters", "payments", err)
	s.show(w, r, status, metersPage(v, list))
}
