package sandbox

import (
	"net/http"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
)

// local lets through only what one person does on one machine.
func (s *Sandbox) local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !httpkit.Local(r) {
			httpkit.WriteProblem(w, r, s.opt.Log, fault.New(fault.Forbidden, "sandbox_is_local",
				"The sandbox answers only to this machine, called localhost."))
			return
		}
		next.ServeHTTP(w, r)
	})
}
