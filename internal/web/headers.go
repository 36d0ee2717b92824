package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"xswarm.ai/server/internal/httpkit"
)

// policy lets a page load our own style sheet, script and pictures, and send its
// forms to us. Nothing else: no inline style or script, no other site, no frame.
//
// The answer to a form may lead on to where people pay: browsers hold redirects to
// form-action too, so those origins are named. What is no origin is left out, lest
// it become another directive.
func policy(payment []string) string {
	forms := "'self'"
	for _, address := range payment {
		u, err := url.Parse(address)
		if err == nil && slices.Contains([]string{"https", "http"}, u.Scheme) && u.Host != "" && !strings.ContainsAny(u.Host, ";, '\"") {
			forms += " " + u.Scheme + "://" + u.Host
		}
	}
	return "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
		"form-action " + forms + "; frame-ancestors 'none'; base-uri 'none'"
}

// hardened replaces what pages need otherwise among the headers that every answer
// of the product carries.
func (s *site) hardened(next http.Handler) http.Handler {
	return httpkit.Harden(s.Secure)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", s.policy)
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	}))
}

// sameOrigin refuses forms that another site's page sent. The browser says which
// site that was; what is no browser has no cookies to be abused.
func (s *site) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.BaseURL); err == nil && u.Host != "" {
		// An address that parses with a host is always a valid origin.
		_ = guard.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.show(w, r, http.StatusForbidden, problemPage(s.frame(r, "That came from elsewhere"),
			"For your safety, forms are only taken from our own pages. Please open the page here and try again.", ""))
	}))
	return guard.Handler(next)
}
