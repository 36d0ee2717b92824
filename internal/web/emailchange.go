package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/httpkit"
)

// changeEmail answers the same whether or not the new address is known; the mail
// says the rest to its owner.
func (s *site) changeEmail(w http.ResponseWriter, r *http.Request, session account.Session) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	err = s.Accounts.ChangeEmail(r.Context(), session, account.EmailChange{
		Email: f.value("email"), Password: f.typed.Get("password"), Client: s.Client(r),
	})
	if err != nil {
		return s.securityFailed(w, r, session, f, err, func(v *security) *form { return &v.address }, "email", "password")
	}
	return secured(w, r, "address-asked")
}

func (s *site) dropEmailChange(w http.ResponseWriter, r *http.Request, session account.Session) error {
	if err := s.Accounts.DropEmailChange(r.Context(), session); err != nil {
		return err
	}
	return secured(w, r, "address-dropped")
}

// showConfirmEmail shows a button and leaves the token alone.
func (s *site) showConfirmEmail(w http.ResponseWriter, r *http.Request) error {
	return s.showEmailLink(w, r, "Confirm the new address", confirmEmailPage)
}

func (s *site) confirmEmail(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	pending, done, err := s.Accounts.ConfirmEmailChange(r.Context(), f.value("token"), s.Client(r))
	if err != nil {
		return s.emailLinkFailed(w, r, err)
	}
	title := "One link is left"
	if done {
		title = "Your address is changed"
	}
	s.show(w, r, http.StatusOK, emailConfirmedPage(s.frame(r, title), pending, done))
	return nil
}

// showCancelEmail shows a button and leaves the token alone.
func (s *site) showCancelEmail(w http.ResponseWriter, r *http.Request) error {
	return s.showEmailLink(w, r, "Stop the change of address", cancelEmailPage)
}

func (s *site) cancelEmail(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	if err := s.Accounts.CancelEmailChange(r.Context(), f.value("token"), s.Client(r)); err != nil {
		return s.emailLinkFailed(w, r, err)
	}
	s.show(w, r, http.StatusOK, emailCancelledPage(s.frame(r, "The change is stopped")))
	return nil
}

func (s *site) showEmailLink(w http.ResponseWriter, r *http.Request, title string, page func(frame, string) templ.Component) error {
	token := r.URL.Query().Get("token")
	if token == "" {
		return s.emailLinkFailed(w, r, account.ErrInvalidToken)
	}
	s.show(w, r, http.StatusOK, page(s.frame(r, title), token))
	return nil
}

// emailLinkFailed is for people whose link does not work: only somebody signed in
// can ask for a change again.
func (s *site) emailLinkFailed(w http.ResponseWriter, r *http.Request, err error) error {
	if !errors.Is(err, account.ErrInvalidToken) {
		return err
	}
	s.show(w, r, httpkit.Status(account.ErrInvalidToken.Kind), emailLinkFailedPage(s.frame(r, "This link does not work")))
	return nil
}
