package web

import "net/http"

// landing is the front page: what it is, and what it costs.
func (s *site) landing(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, no-cache") // it differs for who is signed in
	s.show(w, r, http.StatusOK, landingPage(s.frame(r, "An assistant you can text")))
	return nil
}
