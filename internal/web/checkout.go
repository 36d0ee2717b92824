package web

import (
	"net/http"
	"net/url"
	"strconv"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
	"xswarm.ai/server/internal/plan"
)

// Where buying begins, and where it goes back to when somebody thinks better of it.
const (
	checkoutPath = billing.PagePath + "/checkout"
	plansPath    = "/plans"
)

// checkout leads to the page where a plan is paid for.
func (s *site) checkout(w http.ResponseWriter, r *http.Request, session account.Session) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	c, err := s.Billing.Checkout(r.Context(), session.User, billing.CheckoutRequest{
		Tier: plan.Tier(f.value("tier")), CancelPath: plansPath,
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, c.URL, http.StatusSeeOther)
	return nil
}

// portal leads to where cards and invoices are looked after. Links in mails lead here.
func (s *site) portal(w http.ResponseWriter, r *http.Request, session account.Session) error {
	address, err := s.Billing.Portal(r.Context(), session.User, "")
	if err != nil {
		return err
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// returned is what somebody sees who comes back from paying.
type returned struct {
	frame
	order  billing.Checkout
	plan   plan.Plan
	asked  bool   // the payment service answered
	looks  bool   // the page looks again by itself
	again  string // where to look again
	phones bool   // there is a carrier
}

const (
	looksAfterPaying = 5   // how often the page looks again by itself
	pauseBetween     = "3" // seconds
)

// showReturn says how an order ended. One that is still open is looked at again a few
// times, since the payment may take a moment.
func (s *site) showReturn(w http.ResponseWriter, r *http.Request, session account.Session) error {
	query := r.URL.Query()
	id := query.Get("order")
	c, err := s.Billing.CheckoutReturn(r.Context(), session.User, id)
	status, asked := http.StatusOK, true
	if fault.Is(err, fault.Unavailable) {
		status, asked = httpkit.Status(fault.Unavailable), false
	} else if err != nil {
		return err
	}
	if asked && c.State == billing.CheckoutComplete && c.SuccessPath != "" && c.SuccessPath != billing.PagePath {
		http.Redirect(w, r, local(c.SuccessPath), http.StatusSeeOther)
		return nil
	}
	v := returned{order: c, asked: asked, phones: !s.TextsOff, again: billing.ReturnPath + "?order=" + url.QueryEscape(id)}
	v.plan, _ = plan.Of(c.Tier)
	if v.frame, err = s.memberFrame(r, session.User, v.title()); err != nil {
		return err
	}
	if v.waits() {
		look, _ := strconv.Atoi(query.Get("look"))
		if v.looks = look >= 0 && look < looksAfterPaying; v.looks {
			w.Header().Set("Refresh", pauseBetween+"; url="+v.again+"&look="+strconv.Itoa(look+1))
		}
	}
	s.show(w, r, status, returnPage(v))
	return nil
}

// waits reports whether it is not known yet how the order ends.
func (v returned) waits() bool { return !v.asked || v.order.State == billing.CheckoutOpen }

// title is what the page is called.
func (v returned) title() string {
	switch {
	case v.waits():
		return "Waiting for your payment"
	case v.order.State == billing.CheckoutComplete:
		return "Welcome to " + v.plan.Name
	}
	return "This order has ended"
}
