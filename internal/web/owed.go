package web

import (
	"net/http"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
)

// owed is what is said on every page to somebody whose payment failed.
type owed struct {
	plan   string    // the name of what it was for
	amount string    // "" if no bill says
	until  string    // when the plan stops; "" if it has, or does not
	stops  time.Time // the same, for programs
	held   bool      // it has stopped
}

// failure says what failed.
func (o owed) failure() string {
	if o.amount == "" {
		return "The payment for " + o.plan + " failed."
	}
	return "The payment of " + o.amount + " for " + o.plan + " failed."
}

// memberFrame is what a page has around it for somebody who is signed in.
func (s *site) memberFrame(r *http.Request, u account.User, title string) (frame, error) {
	f := s.frame(r, title)
	st := s.standing(u)
	if !st.on || !st.subscribed() || !st.Paid.Owes() {
		return f, nil
	}
	bills, _, err := s.Billing.Invoices(r.Context(), u, "", billsShown)
	if err != nil {
		return f, err
	}
	f.owed = &owed{plan: st.paidFor().Name, amount: outstanding(bills)}
	switch st.situation() {
	case owing:
		f.owed.stops, f.owed.until = st.Paid.GraceUntil, st.at(st.Paid.GraceUntil)
	case held:
		f.owed.held = true
	}
	return f, nil
}

// outstanding is the sum of the bills that are open; "" if there are none, or if it
// cannot be said in one currency.
func outstanding(bills []billing.Invoice) string {
	var sum int64
	currency := ""
	for _, b := range bills {
		if b.Status != "open" || b.Due <= 0 {
			continue
		}
		if currency != "" && b.Currency != currency {
			return ""
		}
		sum, currency = sum+b.Due, b.Currency
	}
	if sum == 0 {
		return ""
	}
	return cents(sum, currency)
}
