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
	v := login{frame: s.frame(r, "Sign in"), next: next, notice: loginNotices[r.URL.Query().Get("why")]}
	v.signedIn = false // by a session that has ended
	s.show(w, r, http.StatusOK, loginPage(v, form{}))
	return nil
}

// login is what the page shows around its form.
type login struct {
	frame
	next       string // where people go from here
	notice     string
	unverified bool // the password was right, the address is not confirmed
}

// loginNotices say why somebody is asked to sign in, by the word in the address.
var loginNotices = map[string]string{
	"ended": "You were signed out on this device: the session was ended from another one, the password or the account was changed, " +
		"or a week has passed. Please sign in again.",
	"everywhere": "You are signed out on every device.",
}

func (s *site) login(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	next := local(f.value("next"))
	session, err := s.Accounts.Login(r.Context(), account.Credentials{
		Email: f.value("email"), Password: f.typed.Get("password"), Client: s.Client(r), Device: s.device(r),
	})
	if err != nil {
		unverified := errors.Is(err, account.ErrEmailNotVerified)
		f, status, err := s.blame(w, f, err, "email", "password")
		if err != nil {
			return err
		}
		s.show(w, r, status, loginPage(login{frame: s.frame(r, "Sign in"), next: next, unverified: unverified}, f))
		return nil
	}
	s.keep(w, r, session)
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
	target := "/"
	if f.value("all") != "" {
		target = "/login?why=everywhere"
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}
