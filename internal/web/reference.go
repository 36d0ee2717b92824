package web

import "net/http"

// showReference shows the API's documentation in the site's frame.
func (s *site) showReference(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, no-cache") // its frame differs for who is signed in
	s.show(w, r, http.StatusOK, referencePage(s.frame(r, "API documentation"), s.Reference))
	return nil
}
