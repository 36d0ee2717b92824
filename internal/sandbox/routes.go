package sandbox

import (
	"net/http"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
)

// pagePolicy keeps the inspector's pages to what is theirs: no outside
// resource, nothing inline.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// letterPolicy keeps a mail, which anybody may have written, from running
// anything or loading anything. Its links open outside of it.
const letterPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; " +
	"base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"

// routes is the map of everything below /sandbox.
func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	for name, h := range s.vendors {
		prefix := "/sandbox/vendors/" + name
		mux.Handle(prefix+"/", http.StripPrefix(prefix, h))
	}
	s.control(mux)

	mux.HandleFunc("GET /sandbox", s.showOverview)
	mux.Handle("GET /sandbox/{$}", http.RedirectHandler("/sandbox", http.StatusSeeOther))
	mux.HandleFunc("GET /sandbox/mail", s.showMail)
	mux.HandleFunc("GET /sandbox/mail/{id}", s.showMail)
	mux.HandleFunc("GET /sandbox/mail/{id}/html", s.showLetter)
	mux.HandleFunc("GET /sandbox/phone", s.showPhone)
	mux.HandleFunc("POST /sandbox/phone", s.postPhone)
	mux.HandleFunc("GET /sandbox/phone/messages/{sid}", s.showText)
	mux.HandleFunc("GET /sandbox/search", s.showSearch)
	mux.HandleFunc("GET /sandbox/users", s.showUsers)
	mux.HandleFunc("POST /sandbox/users/{id}/grant", s.postGrant)
	s.jobRoutes(mux)
	s.payPages(mux)
	mux.HandleFunc("GET /sandbox/webhooks", s.showWebhooks)
	mux.HandleFunc("GET /sandbox/webhooks/{id}", s.showWebhook)
	mux.HandleFunc("POST /sandbox/webhooks/{id}/resend", s.postResend)
	mux.HandleFunc("POST /sandbox/webhooks/resend", s.postResendAll)
	mux.HandleFunc("GET /sandbox/numbers", s.showNumbers)
	mux.HandleFunc("POST /sandbox/numbers", s.postNumber)
	mux.HandleFunc("GET /sandbox/faults", s.showFaults)
	mux.HandleFunc("POST /sandbox/faults", s.postFault)
	mux.HandleFunc("POST /sandbox/drills/{drill}", s.postDrill)
	mux.HandleFunc("POST /sandbox/faults/cancel", s.postCancelFaults)
	mux.HandleFunc("POST /sandbox/faults/{id}/cancel", s.postCancelFault)
	mux.HandleFunc("GET /sandbox/violations", s.showViolations)
	mux.HandleFunc("GET /sandbox/clock", s.showClock)
	mux.HandleFunc("POST /sandbox/clock", s.postClock)
	mux.HandleFunc("POST /sandbox/reset", s.postReset)
	mux.HandleFunc("GET /sandbox/events", s.events)
	mux.HandleFunc("GET /sandbox/assets/{file}", s.asset)
	mux.HandleFunc("/sandbox/", s.showMissing)

	// Another site's page must not make this machine's browser do anything here.
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpkit.WriteProblem(w, r, s.opt.Log, fault.New(fault.Forbidden, "cross_origin",
			"This request came from another site and was refused."))
	}))
	return httpkit.Harden(false)(protection.Handler(mux))
}
