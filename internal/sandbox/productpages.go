package sandbox

import (
	"net/http"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

func (s *Sandbox) showUsers(w http.ResponseWriter, r *http.Request) {
	var users []UserRow
	var err error
	if p := s.theProduct(); p != nil {
		users, err = p.Users(r.Context())
	}
	v, status := s.viewOf(r, "Users", "users", err)
	s.show(w, r, status, usersPage(v, users))
}

func (s *Sandbox) postGrant(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	if p := s.theProduct(); p == nil {
		err = errNoProduct
	} else if err == nil {
		err = p.Grant(r.Context(), r.PathValue("id"), r.PostForm.Get("tier"), 0)
	}
	if err != nil {
		s.showProblem(w, r, "Users", "users", err)
		return
	}
	s.feed.publish("users")
	done(w, r, "/sandbox/users", "granted")
}

// errNoProduct answers the forms of pages that a sandbox by itself does not
// fill.
var errNoProduct = fault.New(fault.NotFound, "no_product",
	"This sandbox runs by itself: use the inspector of the server.")

// grantTier is what a button sends: the free plan is no grant at all.
func grantTier(t plan.Tier) string {
	if t == plan.Buddy {
		return ""
	}
	return string(t)
}
