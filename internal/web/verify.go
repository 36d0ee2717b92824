package web

import (
	"errors"
	"net/http"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/httpkit"
)

// showVerify shows a button and leaves the token alone.
func (s *site) showVerify(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if token == "" {
		return s.verifyAgain(w, r)
	}
	s.show(w, r, http.StatusOK, verifyPage(s.frame(r, "Confirm your address"), token))
	return nil
}

func (s *site) verify(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	_, err = s.Accounts.VerifyEmail(r.Context(), f.value("token"))
	if errors.Is(err, account.ErrInvalidToken) {
		return s.verifyAgain(w, r)
	}
	if err != nil {
		return err
	}
	s.show(w, r, http.StatusOK, verifiedPage(s.frame(r, "Your address is confirmed")))
	return nil
}

// verifyAgain is for people whose link does not work: they can ask for a new one.
func (s *site) verifyAgain(w http.ResponseWriter, r *http.Request) error {
	f := form{message: account.ErrInvalidToken.Message}
	s.show(w, r, httpkit.Status(account.ErrInvalidToken.Kind), resendPage(s.frame(r, "Ask for a new link"), f))
	return nil
}

func (s *site) showResend(w http.ResponseWriter, r *http.Request) error {
	s.show(w, r, http.StatusOK, resendPage(s.frame(r, "Ask for a new link"), form{}))
	return nil
}

// resend answers the same whether or not somebody waits for the mail.
func (s *site) resend(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	if err := s.Accounts.ResendVerification(r.Context(), f.value("email"), s.Client(r)); err != nil {
		f, status, err := s.blame(w, f, err, "email")
		if err != nil {
			return err
		}
		s.show(w, r, status, resendPage(s.frame(r, "Ask for a new link"), f))
		return nil
	}
	s.show(w, r, http.StatusOK, checkMailPage(s.frame(r, "Check your mail"), f.value("email")))
	return nil
}
