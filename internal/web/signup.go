package web

import (
	"net/http"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/plan"
)

func (s *site) showSignUp(w http.ResponseWriter, r *http.Request) error {
	f := form{typed: map[string][]string{"plan": {string(wish(r.URL.Query().Get("plan")))}}}
	s.show(w, r, http.StatusOK, signUpPage(s.frame(r, "Sign up"), f))
	return nil
}

// signUp answers the same whether or not the address is known; a mail says the
// rest to its owner.
func (s *site) signUp(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	err = s.Accounts.SignUp(r.Context(), account.SignUp{
		Email: f.value("email"), Password: f.typed.Get("password"), Name: f.value("name"),
		TimeZone: zone(f.value("time_zone")), Plan: wish(f.value("plan")), Client: s.Client(r),
	})
	if err != nil {
		f, status, err := s.blame(w, f, err, "email", "password", "name")
		if err != nil {
			return err
		}
		s.show(w, r, status, signUpPage(s.frame(r, "Sign up"), f))
		return nil
	}
	s.show(w, r, http.StatusOK, checkMailPage(s.frame(r, "Check your mail"), f.value("email")))
	return nil
}

// zone is what the browser said, "" if it is not known here: the person did not
// type it and could not mend it.
func zone(name string) string {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return ""
	}
	return name
}

// wish is the plan somebody would like; the first one if it is none of ours.
func wish(key string) plan.Tier {
	if t := plan.Tier(key); t.Valid() {
		return t
	}
	return plan.Buddy
}
