package sandbox

import (
	"encoding/json"
	"net/http"
)

const opScopes = "scopes.list"

// scopes tells what the key may do: here it is enough to send mail.
func (s *Sandbox) scopes(w http.ResponseWriter, r *http.Request) {
	if e, ok := s.sgAuth(r); !ok {
		sgRefuse(w, http.StatusUnauthorized, e)
		return
	}
	s.faulty("sendgrid", opScopes, w, r, sgOutage(w), func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"scopes": []string{"mail.send", "sender_verification_eligible"}}) // the client may be gone
	})
}
