package web

import (
	"net/http"

	"xswarm.ai/server/internal/account"
)

// addPhone texts a code to a phone. Sent again for the same phone, it is a new code.
func (s *site) addPhone(w http.ResponseWriter, r *http.Request, session account.Session) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	if _, err := s.Phones.AddPhone(r.Context(), session.User, f.value("number"), s.Client(r)); err != nil {
		f, status, err := s.blame(w, f, err, "number")
		if err != nil {
			return err
		}
		return s.accountAgain(w, r, session.User, status, func(v *overview) {
			f.prefix = v.adding.prefix
			v.adding = f
		})
	}
	http.Redirect(w, r, home+"?done=code-sent#phones", http.StatusSeeOther)
	return nil
}

// provePhone takes the code that was texted.
func (s *site) provePhone(w http.ResponseWriter, r *http.Request, session account.Session) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if _, err := s.Phones.VerifyPhone(r.Context(), session.User, id, f.value("code")); err != nil {
		f, status, err := s.blame(w, f, err, "code")
		if err != nil {
			return err
		}
		return s.accountAgain(w, r, session.User, status, func(v *overview) {
			if v.waits(id) {
				v.codes[id] = f
				return
			}
			v.adding.message = f.message // a phone that is not there (any more) has no form
		})
	}
	http.Redirect(w, r, home+"?done=phone-proven#phones", http.StatusSeeOther)
	return nil
}

func (s *site) removePhone(w http.ResponseWriter, r *http.Request, session account.Session) error {
	if err := s.Phones.RemovePhone(r.Context(), session.User, r.PathValue("id")); err != nil {
		return err
	}
	http.Redirect(w, r, home+"?done=phone-removed#phones", http.StatusSeeOther)
	return nil
}

// accountAgain shows the account with a form that could not be taken.
func (s *site) accountAgain(w http.ResponseWriter, r *http.Request, u account.User, status int, put func(*overview)) error {
	v, err := s.overview(r, u)
	if err != nil {
		return err
	}
	put(&v)
	s.show(w, r, status, accountPage(v))
	return nil
}

// waits reports whether the phone is there and waits for its code.
func (v overview) waits(phoneID string) bool {
	for _, p := range v.phones {
		if p.ID == phoneID {
			return p.VerifiedAt.IsZero()
		}
	}
	return false
}
