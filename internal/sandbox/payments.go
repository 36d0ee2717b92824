package sandbox

import (
	"net/http"
	"net/url"
	"strings"

	"xswarm.ai/server/internal/sandbox/stripe"
)

// Where the product is told of Stripe's events.
const (
	eventsPath = "/webhooks/stripe"
	thinPath   = "/webhooks/stripe/events"
)

// openPayments starts the emulator of Stripe with what it remembered.
func (s *Sandbox) openPayments() error {
	engine, err := stripe.New(stripe.Options{
		Key: s.opt.StripeKey, Now: s.now, PublicURL: s.opt.URL + "/sandbox/vendors/stripe",
		Send: s.sendEvent,
		Changed: func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changed("payments")
		},
		Faulty: func(operation string, w http.ResponseWriter, r *http.Request, refuse func(int), operate func(http.ResponseWriter)) {
			s.faulty("stripe", operation, w, r, refuse, operate)
		},
		Declined: func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			_, ordered := s.takeFault("stripe", opPayment, paymentFaults)
			return ordered
		},
		Violated: func(operation, field, problem, request string) {
			s.violated("stripe", operation, []Violation{{Field: field, Problem: problem, Request: readableForm(request)}})
		},
	}, s.st.Stripe)
	s.payments = engine
	return err
}

// readableForm writes a form one parameter a line. What is no form stays.
func readableForm(request string) string {
	if strings.HasPrefix(request, "{") {
		return request
	}
	params, _ := url.ParseQuery(request) // it may have been cut in the middle
	return excerptOf(params)
}

// seedPayments sees to it that the product is told of everything without having
// asked, and follows it when its address has changed.
func (s *Sandbox) seedPayments() {
	s.mu.Lock()
	old, now := s.st.ProductURL, s.opt.ProductURL
	s.mu.Unlock()
	if old != "" && old != now {
		s.payments.Follow(old+"/", now+"/")
	}
	if now == "" {
		return
	}
	if s.opt.StripeWebhookSecret != "" {
		s.payments.Tell(now+eventsPath, s.opt.StripeWebhookSecret)
	}
	if s.opt.StripeEventsSecret != "" {
		s.payments.TellThin(now+thinPath, s.opt.StripeEventsSecret)
	}
}
