package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/httpkit"
)

// apiHandler is a route of the control plane: what it returns is the answer.
type apiHandler func(w http.ResponseWriter, r *http.Request) (status int, body any, err error)

// control adds the control plane: everything that the inspector can do, for
// programs.
func (s *Sandbox) control(mux *http.ServeMux) {
	routes := map[string]apiHandler{
		"GET /sandbox/api/mails":                 s.apiMails,
		"GET /sandbox/api/mails/{id}":            s.apiMail,
		"GET /sandbox/api/texts":                 s.apiTexts,
		"POST /sandbox/api/texts":                s.apiSendText,
		"GET /sandbox/api/texts/{id}":            s.apiText,
		"GET /sandbox/api/webhooks":              s.apiWebhooks,
		"GET /sandbox/api/webhooks/{id}":         s.apiWebhook,
		"POST /sandbox/api/webhooks/{id}/resend": s.apiResend,
		"POST /sandbox/api/webhooks/resend":      s.apiResendMany,
		"GET /sandbox/api/faults":                s.apiFaults,
		"POST /sandbox/api/faults":               s.apiAddFault,
		"DELETE /sandbox/api/faults":             s.apiCancelFaults,
		"DELETE /sandbox/api/faults/{id}":        s.apiCancelFault,
		"GET /sandbox/api/clock":                 s.apiClock,
		"POST /sandbox/api/clock":                s.apiAdvance,
		"GET /sandbox/api/violations":            s.apiViolations,
		"GET /sandbox/api/search":                s.apiSearch,
		"GET /sandbox/api/numbers":               s.apiNumbers,
		"POST /sandbox/api/numbers/{number}":     s.apiSetNumber,
		"POST /sandbox/api/reset":                s.apiReset,
	}
	maps.Copy(routes, s.payRoutes())
	for pattern, h := range routes {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			status, body, err := h(w, r)
			if err != nil {
				httpkit.WriteProblem(w, r, s.opt.Log, err)
				return
			}
			w.Header().Set("Cache-Control", "no-store")
			if body == nil {
				w.WriteHeader(status)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(body) // the client may be gone
		})
	}
	mux.HandleFunc("/sandbox/api/", func(w http.ResponseWriter, r *http.Request) {
		httpkit.WriteProblem(w, r, s.opt.Log, fault.New(fault.NotFound, "not_found", "The sandbox has no such route."))
	})
}

// listed is a list as every list of the API looks, newest first. The sandbox's
// are short enough for one page.
func listed[T any](items []T) any {
	if items == nil {
		items = []T{}
	}
	return map[string]any{"data": items, "next_cursor": nil}
}

// each makes a list of what f makes of the items, newest first.
func each[T any](items []T, f func(T) any) any {
	out := make([]any, 0, len(items))
	for _, item := range slices.Backward(items) {
		out = append(out, f(item))
	}
	return listed(out)
}

func (s *Sandbox) apiClock(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, map[string]any{"now": s.now().UTC().Format(time.RFC3339Nano)}, nil
}

func (s *Sandbox) apiAdvance(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var in struct {
		Advance string `json:"advance"` // a duration: 72h, 90m
		To      string `json:"to"`      // or a time, RFC 3339, or next_invoice, next_due
	}
	if err := decode(w, r, &in); err != nil {
		return 0, nil, err
	}
	if in.Advance == "" && (in.To == toNextInvoice || in.To == toNextDue) {
		if err := s.moveTo(in.To); err != nil {
			return 0, nil, err
		}
		return s.apiClock(w, r)
	}
	d, err := time.ParseDuration(in.Advance)
	switch {
	case (in.Advance == "") == (in.To == ""):
		return 0, nil, fault.Body("advance", "must be given, or \"to\", but not both")
	case in.To != "":
		at, err := time.Parse(time.RFC3339, in.To)
		if err != nil {
			return 0, nil, fault.Body("to", "must be a time like 2026-11-22T14:00:00Z, or next_invoice, or next_due")
		}
		if d = at.Sub(s.now()); d <= 0 {
			return 0, nil, fault.Body("to", "must lie ahead: the clock only goes forward")
		}
	case err != nil:
		return 0, nil, fault.Body("advance", "must be a duration like 72h, 90m or 30s")
	}
	if err := s.Advance(d); err != nil {
		return 0, nil, err
	}
	return s.apiClock(w, r)
}

func (s *Sandbox) apiViolations(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, each(s.Violations(), func(v Violation) any { return v }), nil
}

func (s *Sandbox) apiNumbers(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, each(s.Numbers(), func(n Number) any {
		return map[string]any{
			"number": n.Number, "sid": n.SID, "friendly_name": n.FriendlyName, "sms_url": n.SMSURL,
			"verification": n.Verification, "at": n.CreatedAt,
		}
	}), nil
}

func (s *Sandbox) apiSetNumber(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var in struct {
		Verification string `json:"verification"`
	}
	if err := decode(w, r, &in); err != nil {
		return 0, nil, err
	}
	if err := s.SetVerification(r.PathValue("number"), in.Verification); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, in, nil
}

func (s *Sandbox) apiReset(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, s.Reset()
}

// orEmpty keeps null out of the answers.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
