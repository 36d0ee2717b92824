package sandbox

import "net/http"

// showSearch shows what was found, by kind.
func (s *Sandbox) showSearch(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query().Get("q")
	list, err := s.search(r.Context(), query)
	v, status := s.viewOf(r, "Search", "", err)
	if v.Query = query; err != nil {
		v.Query = "" // not what was refused, once more
	}
	s.show(w, r, status, searchPage(v, list))
}

func (s *Sandbox) apiSearch(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	list, err := s.search(r.Context(), r.URL.Query().Get("q"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, listed(list), nil
}

// foundAny reports whether there is anything to show.
func foundAny(list []found) bool {
	for _, f := range list {
		if f.Total > 0 {
			return true
		}
	}
	return false
}

// kindTitle is what the results of a kind are called.
func kindTitle(kind string) string {
	return map[string]string{"mail": "Mails", "text": "Texts", "webhook": "Webhooks", "user": "Users", "customer": "Customers", "invoice": "Invoices", "event": "Events"}[kind]
}
