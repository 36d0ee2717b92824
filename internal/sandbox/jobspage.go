package sandbox

import (
	"net/http"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/operator"
)

func (s *Sandbox) showJobs(w http.ResponseWriter, r *http.Request) {
	state := jobs.State(r.URL.Query().Get("state"))
	var list []operator.Job
	var err error
	if p := s.theProduct(); p != nil {
		list, err = p.Jobs(r.Context(), state)
	}
	v, status := s.viewOf(r, "Jobs", "jobs", err)
	s.show(w, r, status, jobsPage(v, state, list))
}

// jobForm answers a form about jobs: it has the product do something, and shows
// the jobs again with the notice that it was done.
func (s *Sandbox) jobForm(notice string, do func(p Product, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var err error = errNoProduct
		if p := s.theProduct(); p != nil {
			err = do(p, r)
		}
		if err != nil {
			s.showProblem(w, r, "Jobs", "jobs", err)
			return
		}
		done(w, r, "/sandbox/jobs", notice)
	}
}

// jobRoutes are the page of the jobs, and what its buttons send.
func (s *Sandbox) jobRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/jobs", s.showJobs)
	mux.HandleFunc("POST /sandbox/jobs/retry", s.jobForm("retried", func(p Product, r *http.Request) error {
		return p.RetryJobs(r.Context())
	}))
	mux.HandleFunc("POST /sandbox/jobs/{id}/retry", s.jobForm("retried", func(p Product, r *http.Request) error {
		return p.RetryJob(r.Context(), r.PathValue("id"))
	}))
	mux.HandleFunc("POST /sandbox/jobs/{id}/discard", s.jobForm("discarded", func(p Product, r *http.Request) error {
		return p.DiscardJob(r.Context(), r.PathValue("id"))
	}))
}
