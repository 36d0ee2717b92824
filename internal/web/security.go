package web

import (
	"net/http"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

const securityPath = home + "/security"

// security is what the page about an account's safety shows.
type security struct {
	frame
	user     account.User
	now      time.Time
	current  string // the id of the session that looks at the page
	sessions []account.Session
	pending  *account.EmailPending // nil: no change of address waits

	notice                      string // what was just done
	password, address, username form
}

func (s *site) showSecurity(w http.ResponseWriter, r *http.Request, session account.Session) error {
	v, err := s.security(r, session)
	if err != nil {
		return err
	}
	v.notice = securityNotices[r.URL.Query().Get("done")]
	s.show(w, r, http.StatusOK, securityPage(v))
	return nil
}

var securityNotices = map[string]string{
	"password-changed": "Your password is changed. Every other device is signed out.",
	"device-ended":     "That device is signed out.",
	"others-ended":     "Every other device is signed out.",
	"address-asked":    "We have sent a link to each of the two addresses. When both are used, the new one counts.",
	"address-dropped":  "The change is dropped. Your address stays as it is.",
	"username-changed": "Your username is changed. The old one stays reserved for you for a year.",
}

// security gathers what the page shows.
func (s *site) security(r *http.Request, session account.Session) (security, error) {
	v := security{
		user: session.User, now: s.Now(), current: session.ID,
		password: form{prefix: "password-"}, address: form{prefix: "address-"}, username: form{prefix: "username-"},
	}
	var err error
	if v.frame, err = s.memberFrame(r, session.User, "Security"); err != nil {
		return v, err
	}
	v.path = securityPath
	if v.sessions, err = s.Accounts.Sessions(r.Context(), session.User.ID); err != nil {
		return v, err
	}
	pending, err := s.Accounts.PendingEmail(r.Context(), session.User.ID)
	switch {
	case err == nil:
		v.pending = &pending
	case !fault.Is(err, fault.NotFound):
		return v, err
	}
	return v, nil
}

// securityFailed shows the page with the form in one of its places as it was sent,
// and what was wrong with it.
func (s *site) securityFailed(w http.ResponseWriter, r *http.Request, session account.Session, f form, err error,
	place func(*security) *form, names ...string) error {
	f, status, err := s.blame(w, f, err, names...)
	if err != nil {
		return err
	}
	v, err := s.security(r, session)
	if err != nil {
		return err
	}
	at := place(&v)
	f.prefix = at.prefix
	*at = f
	s.show(w, r, status, securityPage(v))
	return nil
}

// secured sends the browser back to the page, which says what was done.
func secured(w http.ResponseWriter, r *http.Request, done string) error {
	http.Redirect(w, r, securityPath+"?done="+done, http.StatusSeeOther)
	return nil
}

func (s *site) changePassword(w http.ResponseWriter, r *http.Request, session account.Session) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	fresh, err := s.Accounts.ChangePassword(r.Context(), session, account.PasswordChange{
		Current: f.typed.Get("current_password"), New: f.typed.Get("new_password"),
		Client: s.Client(r), Device: s.device(r),
	})
	if err != nil {
		return s.securityFailed(w, r, session, f, err, func(v *security) *form { return &v.password }, "current_password", "new_password")
	}
	s.keep(w, r, fresh)
	return secured(w, r, "password-changed")
}

// endSession signs a device out. If it is this one, it is a sign-out.
func (s *site) endSession(w http.ResponseWriter, r *http.Request, session account.Session) error {
	id := r.PathValue("id")
	if err := s.Accounts.EndSession(r.Context(), session, id); err != nil {
		return err
	}
	if id == session.ID {
		s.forget(w)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	return secured(w, r, "device-ended")
}

// endOthers signs every other device out.
func (s *site) endOthers(w http.ResponseWriter, r *http.Request, session account.Session) error {
	if err := s.Accounts.EndOtherSessions(r.Context(), session); err != nil {
		return err
	}
	return secured(w, r, "others-ended")
}

func (s *site) changeUsername(w http.ResponseWriter, r *http.Request, session account.Session) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	if _, err := s.Accounts.ChangeUsername(r.Context(), session, f.value("username"), s.Client(r)); err != nil {
		return s.securityFailed(w, r, session, f, err, func(v *security) *form { return &v.username }, "username")
	}
	return secured(w, r, "username-changed")
}

// others is how many devices are signed in beside this one.
func (v security) others() int {
	n := 0
	for _, s := range v.sessions {
		if s.ID != v.current {
			n++
		}
	}
	return n
}

// at returns a moment as the user's clock shows it.
func (v security) at(t time.Time) string { return clock(t, v.now, v.user.Location()) }
