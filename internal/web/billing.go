package web

import (
	"net/http"
	"net/url"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// billsShown is how many invoices are shown at once.
const billsShown = 10

// billingPage is what the page about somebody's plan and money shows.
type billingPage struct {
	frame
	st    standing
	usage billing.Usage
	cap   plan.Cap
	bills []billing.Invoice
	more  string // the cursor of what follows, "" at the end
	later bool   // there are newer ones than are shown

	notice  string // what was just done
	capping form
}

func (s *site) showBilling(w http.ResponseWriter, r *http.Request, session account.Session) error {
	v, err := s.billing(r, session.User)
	if err != nil {
		return err
	}
	v.notice = billingNotices[r.URL.Query().Get("done")]
	s.show(w, r, http.StatusOK, billingPageView(v))
	return nil
}

// billingNotices are what an action says when it is done, by the word in the address
// that it leads to.
var billingNotices = map[string]string{
	"changed":        "Your plan is changed.",
	"change-planned": "Your plan will change when the month that you paid for is over. You can take that back until then.",
	"cancelled":      "Your plan will end when the month that you paid for is over. You can take that back until then.",
	"kept":           "Your plan goes on, as if nothing had been asked for.",
	"cap-set":        "Your spending cap is set.",
	"cap-default":    "Your spending cap is the plan’s again.",
}

// billing gathers what the page shows.
func (s *site) billing(r *http.Request, u account.User) (billingPage, error) {
	ctx, cursor := r.Context(), r.URL.Query().Get("invoices")
	v := billingPage{st: s.standing(u), cap: s.Billing.Cap(u), capping: form{prefix: "cap-"}, later: cursor != ""}
	var err error
	if v.frame, err = s.memberFrame(r, u, "Plan, usage and invoices"); err != nil {
		return v, err
	}
	v.path = billing.PagePath
	v.capping.typed = url.Values{"limit": {typed(max(v.cap.Limit, 0))}, "kind": {v.cap.Mode()}}
	if v.usage, err = s.Billing.Usage(ctx, u); err != nil {
		return v, err
	}
	v.bills, v.more, err = s.Billing.Invoices(ctx, u, cursor, billsShown)
	return v, err
}

// invoicesAddress is where the list of invoices goes on.
func invoicesAddress(cursor string) string {
	return billing.PagePath + "?invoices=" + url.QueryEscape(cursor) + "#invoices"
}

// projected is what the period's extra usage costs in the end if it goes on like this.
func (v billingPage) projected() plan.MicroDollars {
	sum := v.usage.Earlier
	for _, f := range v.usage.Features {
		if f.Feature != plan.PhoneNumbers {
			sum += f.Projected
		}
	}
	return sum
}

// billStatus says what became of an invoice, and whether that is bad news.
func billStatus(b billing.Invoice) (words string, bad bool) {
	switch {
	case b.Refunded > 0 && b.Refunded >= b.Paid:
		return "Refunded", false
	case b.Refunded > 0:
		return "Paid, " + cents(b.Refunded, b.Currency) + " refunded", false
	case b.Status == "paid":
		return "Paid", false
	case b.Status == "open" && b.Attempted:
		return "Payment failed: " + cents(b.Due, b.Currency) + " to pay", true
	case b.Status == "open":
		return "Open: " + cents(b.Due, b.Currency) + " to pay", false
	case b.Status == "void":
		return "Cancelled", false
	case b.Status == "uncollectible":
		return "Not collected", true
	}
	return b.Status, false
}
