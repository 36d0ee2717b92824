package api

import (
	"log/slog"
	"net/http"
	"strings"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
)

// Folders is where the API is: every path below one of these is the API's.
var Folders = []string{"/auth/", "/billing/", "/api/", "/healthz", "/readyz", "/openapi.json", "/openapi.yaml"}

// NotFound answers, as problems, requests that match no route of mux: 405 where
// another method would, else 404.
func NotFound(mux *http.ServeMux, log *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		allowed := methods(mux, r)
		if len(allowed) == 0 {
			httpkit.WriteProblem(w, r, log, fault.New(fault.NotFound, "no_such_route",
				"There is no such route; /docs lists them."))
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		httpkit.WriteMethodProblem(w)
	}
}

// methods lists the methods for which there is a route at the request's path.
func methods(mux *http.ServeMux, r *http.Request) []string {
	var list []string
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := mux.Handler(probe); strings.HasPrefix(pattern, method+" ") {
			list = append(list, method)
		}
	}
	return list
}
