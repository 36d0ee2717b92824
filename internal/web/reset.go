package web

import (
	"errors"
	"net/http"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/httpkit"
)

func (s *site) showForgot(w http.ResponseWriter, r *http.Request) error {
	s.show(w, r, http.StatusOK, forgotPage(s.frame(r, "Forgot your password?"), form{}))
	return nil
}

// forgot answers the same whether or not the address is known.
func (s *site) forgot(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	if err := s.Accounts.ForgotPassword(r.Context(), f.value("email"), s.Client(r)); err != nil {
		f, status, err := s.blame(w, f, err, "email")
		if err != nil {
			return err
		}
		s.show(w, r, status, forgotPage(s.frame(r, "Forgot your password?"), f))
		return nil
	}
	s.show(w, r, http.StatusOK, resetSentPage(s.frame(r, "Check your mail"), f.value("email")))
	return nil
}

// showReset shows the form and leaves the token alone.
func (s *site) showReset(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if token == "" {
		return s.resetAgain(w, r)
	}
	s.show(w, r, http.StatusOK, resetPage(s.frame(r, "Choose a new password"), form{}, token))
	return nil
}

func (s *site) reset(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	token := f.value("token")
	_, err = s.Accounts.ResetPassword(r.Context(), token, f.typed.Get("password"), s.Client(r))
	if errors.Is(err, account.ErrInvalidToken) {
		return s.resetAgain(w, r)
	}
	if err != nil {
		f, status, err := s.blame(w, f, err, "password")
		if err != nil {
			return err
		}
		s.show(w, r, status, resetPage(s.frame(r, "Choose a new password"), f, token))
		return nil
	}
	s.show(w, r, http.StatusOK, resetDonePage(s.frame(r, "Your password is changed")))
	return nil
}

// resetAgain is for people whose link does not work: they can ask for a new one.
func (s *site) resetAgain(w http.ResponseWriter, r *http.Request) error {
	f := form{message: account.ErrInvalidToken.Message}
	s.show(w, r, httpkit.Status(account.ErrInvalidToken.Kind), forgotPage(s.frame(r, "Ask for a new link"), f))
	return nil
}
