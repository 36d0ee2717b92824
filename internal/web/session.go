package web

import (
	"net/http"
	"net/url"
	"strings"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

// CookieName is the name of the session cookie. Where people come by HTTPS its
// prefix makes browsers refuse it from other hosts and without encryption.
func CookieName(secure bool) string {
	if secure {
		return "__Host-xswarm_session"
	}
	return "xswarm_session"
}

// token is the request's session token, or "".
func (s *site) token(r *http.Request) string {
	c, err := r.Cookie(CookieName(s.Secure))
	if err != nil {
		return ""
	}
	return c.Value
}

// keep gives the browser the session.
func (s *site) keep(w http.ResponseWriter, session account.Session) {
	http.SetCookie(w, s.cookie(session.Token, int(session.ExpiresAt.Sub(s.Now()).Seconds())))
}

// forget takes the session from the browser.
func (s *site) forget(w http.ResponseWriter) { http.SetCookie(w, s.cookie("", -1)) }

func (s *site) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: CookieName(s.Secure), Value: value, MaxAge: maxAge, Path: "/",
		HttpOnly: true, Secure: s.Secure,
		SameSite: http.SameSiteLaxMode, // a link in a mail finds people signed in
	}
}

// memberAction answers a request of somebody who is signed in.
type memberAction func(w http.ResponseWriter, r *http.Request, session account.Session) error

// member registers an action for people who are signed in. Others are sent to
// sign in, and come back to where they wanted to go.
func (s *site) member(pattern string, do memberAction) {
	s.page(pattern, func(w http.ResponseWriter, r *http.Request) error {
		session, err := s.Accounts.Authenticate(r.Context(), s.token(r))
		if err == nil {
			return do(w, r, session)
		}
		if fault.From(err).Kind != fault.Unauthenticated {
			return err
		}
		if s.token(r) != "" {
			s.forget(w)
		}
		next := home
		if r.Method == http.MethodGet {
			next = r.URL.RequestURI()
		}
		http.Redirect(w, r, "/login?next="+url.QueryEscape(local(next)), http.StatusSeeOther)
		return nil
	})
}

// home is where people go who are signed in.
const home = "/app"

// local returns target if it is a path of this site, else home: a link to us must
// not be a way to somewhere else.
func local(target string) string {
	u, err := url.Parse(target)
	switch {
	case err != nil, u.Scheme != "", u.Host != "", u.User != nil, u.Opaque != "":
		return home
	case !strings.HasPrefix(target, "/"), strings.HasPrefix(target, "//"), strings.HasPrefix(u.Path, "//"):
		return home
	case strings.ContainsFunc(target, func(r rune) bool { return r == '\\' || r <= ' ' || r == 0x7f }):
		return home // browsers take a backslash for a slash, and drop control characters
	}
	return target
}
