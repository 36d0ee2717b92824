package web

import (
	"errors"
	"net/http"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

// showLogin lets people pass who are signed in already.
func (s *site) showLogin(w http.ResponseWriter, r *http.Request) error {
	next := local(r.URL.Query().Get("next"))
	if token := s.token(r); token != "" {
		if _, err := s.Accounts.Authenticate(r.Context(), token); err == nil {
			http.Redirect(w, r, next, http.StatusSeeOther)
			return nil
		}
	}
	s.show(w, r, http.StatusOK, loginPage(s.frame(r, "Sign in"), form{}, next, false))
	return nil
}

func (s *site) login(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	next := local(f.value("next"))
	session, err := s.Accounts.Login(r.Context(), account.Credentials{
		Email: f.value("email"), Password: f.typed.Get("password"), Client: s.Client(r),
	})
	if err != nil {
		unverified := errors.Is(err, account.ErrEmailNotVerified)
		f, status, err := s.blame(w, f, err, "email", "password")
		if err != nil {
			return err
		}
		s.show(w, r, status, loginPage(s.frame(r, "Sign in"), f, next, unverified))
		return nil
	}
	s.keep(w, session)
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// logout ends the session, or every session of the account. Who has none any more
// is signed out already.
func (s *site) logout(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	session, err := s.Accounts.Authenticate(r.Context(), s.token(r))
	if err == nil {
		err = s.Accounts.Logout(r.Context(), session, f.value("all") != "")
	}
	if err != nil && fault.From(err).Kind != fault.Unauthenticated {
		return err // the cookie stays: it would still be good
	}
	s.forget(w)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
