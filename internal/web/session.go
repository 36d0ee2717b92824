package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
)

// CookieName is the name of the session cookie.
func CookieName(secure bool) string { return cookieName("session", secure) }

// cookieName is the name of one of our cookies. Where people come by HTTPS its
// prefix makes browsers refuse it from other hosts and without encryption.
func cookieName(what string, secure bool) string {
	if secure {
		return "__Host-xswarm_" + what
	}
	return "xswarm_" + what
}

// deviceTime is how long a device stays known after a sign-in with it: as long as
// browsers keep a cookie.
const deviceTime = 400 * 24 * time.Hour

// token is the request's session token, or "".
func (s *site) token(r *http.Request) string {
	return s.shown(r, "session")
}

// shown is what a cookie of ours holds, or "".
func (s *site) shown(r *http.Request, what string) string {
	c, err := r.Cookie(cookieName(what, s.Secure))
	if err != nil {
		return ""
	}
	return c.Value
}

// device is what the browser says of itself.
func (s *site) device(r *http.Request) account.Device {
	return account.Device{UserAgent: r.UserAgent(), Token: s.shown(r, "device")}
}

// keep gives the browser the session, and what it will be known by as a device:
// the secret it has, for longer, or the one that comes with the session.
func (s *site) keep(w http.ResponseWriter, r *http.Request, session account.Session) {
	http.SetCookie(w, s.cookie("session", session.Token, session.ExpiresAt.Sub(s.Now())))
	if token := cmp.Or(session.DeviceToken, s.shown(r, "device")); token != "" {
		http.SetCookie(w, s.cookie("device", token, deviceTime))
	}
}

// forget takes the session from the browser.
func (s *site) forget(w http.ResponseWriter) {
	http.SetCookie(w, s.cookie("session", "", -time.Second))
}

func (s *site) cookie(what, value string, holds time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: cookieName(what, s.Secure), Value: value, MaxAge: int(holds.Seconds()), Path: "/",
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
		next := home
		if r.Method == http.MethodGet {
			next = r.URL.RequestURI()
		}
		target := "/login?next=" + url.QueryEscape(local(next))
		if s.token(r) != "" {
			s.forget(w)
			target += "&why=ended" // people who were signed in are told why they are asked again
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
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
