package web

import (
	"net/http"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

const capPath = billing.PagePath + "/cap"

// setCap stores which spending cap somebody chose, or that they leave it to the plan.
func (s *site) setCap(w http.ResponseWriter, r *http.Request, session account.Session) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	c, done := plan.Cap{}, "cap-default"
	if f.value("default") == "" {
		done = "cap-set"
		c, err = chosenCap(f)
	}
	if err == nil {
		_, err = s.Billing.SetCap(r.Context(), session.User, c)
	}
	if err != nil {
		return s.capFailed(w, r, session, f, err)
	}
	http.Redirect(w, r, billing.PagePath+"?done="+done+"#cap", http.StatusSeeOther)
	return nil
}

// capFailed shows the page with the form as it was sent, and what was wrong with it. To
// whom nothing is charged there is no form, and so a page of its own.
func (s *site) capFailed(w http.ResponseWriter, r *http.Request, session account.Session, f form, cause error) error {
	if !s.standing(session.User).capped() {
		return cause
	}
	f, status, err := s.blame(w, f, cause, "limit")
	if err != nil {
		return err
	}
	v, err := s.billing(r, session.User)
	if err != nil {
		return err
	}
	f.prefix = v.capping.prefix
	v.capping = f
	s.show(w, r, status, billingPageView(v))
	return nil
}

// chosenCap reads the form.
func chosenCap(f form) (plan.Cap, error) {
	limit, ok := amount(f.value("limit"))
	if !ok {
		return plan.Cap{}, fault.Body("limit", "must be an amount of dollars, like 80 or 120.50")
	}
	return plan.Cap{Limit: limit, Soft: f.value("kind") == "soft", Chosen: true}, nil
}
