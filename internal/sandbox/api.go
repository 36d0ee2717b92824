package sandbox

import (
	"encoding/json"
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
	for pattern, h := range map[string]apiHandler{
		"GET /sandbox/api/mails":                 s.apiMails,
		"GET /sandbox/api/texts":                 s.apiTexts,
		"POST /sandbox/api/texts":                s.apiSendText,
		"GET /sandbox/api/webhooks":              s.apiWebhooks,
		"POST /sandbox/api/webhooks/{id}/resend": s.apiResend,
		"GET /sandbox/api/faults":                s.apiFaults,
		"POST /sandbox/api/faults":               s.apiAddFault,
		"GET /sandbox/api/clock":                 s.apiClock,
		"POST /sandbox/api/clock":                s.apiAdvance,
		"GET /sandbox/api/violations":            s.apiViolations,
		"GET /sandbox/api/numbers":               s.apiNumbers,
		"POST /sandbox/api/numbers/{number}":     s.apiSetNumber,
		"POST /sandbox/api/reset":                s.apiReset,
	} {
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

func (s *Sandbox) apiMails(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, each(s.Mails(), func(m Mail) any {
		return map[string]any{
			"id": m.ID, "from": m.From, "from_name": m.FromName, "to": m.To, "cc": m.Cc, "bcc": m.Bcc,
			"reply_to": m.ReplyTo, "subject": m.Subject, "text": m.Text, "html": m.HTML, "headers": m.Headers,
			"custom_args": m.CustomArgs, "categories": orEmpty(m.Categories), "attachments": orEmpty(m.Files), "at": m.At,
		}
	}), nil
}

func (s *Sandbox) apiTexts(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, each(s.Texts(), textJSON), nil
}

func textJSON(t Text) any {
	direction := "outbound"
	if t.Direction == "inbound" {
		direction = "inbound"
	}
	m := map[string]any{
		"id": t.SID, "direction": direction, "from": t.From, "to": t.To, "body": t.Body, "media": orEmpty(t.Media),
		"status": t.Status, "error_code": nil, "segments": t.Segments, "network": t.Network, "at": t.At,
	}
	if t.ErrorCode != 0 {
		m["error_code"] = t.ErrorCode
	}
	return m
}

func (s *Sandbox) apiSendText(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var in Incoming
	if err := decode(w, r, &in); err != nil {
		return 0, nil, err
	}
	t, err := s.Receive(in)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, textJSON(t), nil
}

func (s *Sandbox) apiWebhooks(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, each(s.Webhooks(), webhookJSON), nil
}

func webhookJSON(d Delivery) any {
	attempts := []any{}
	for _, a := range d.Attempts {
		attempts = append(attempts, map[string]any{
			"at": a.At, "url": a.URL, "signature": a.Signature, "status": a.Status, "error": a.Error, "duration_ms": a.DurationMS,
		})
	}
	return map[string]any{
		"id": d.ID, "vendor": d.Vendor, "kind": d.Kind, "url": d.URL, "method": d.Method, "params": d.Params,
		"token": d.Token, "text_id": d.SID, "status": d.State, "error_code": d.ErrorCode, "answer": d.Answer,
		"verification": d.Verification(), "attempts": attempts, "at": d.At,
	}
}

func (s *Sandbox) apiResend(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	if err := s.Resend(r.PathValue("id")); err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, map[string]any{}, nil
}

func (s *Sandbox) apiFaults(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, listed(s.Faults()), nil
}

func (s *Sandbox) apiAddFault(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var f Fault
	if err := decode(w, r, &f); err != nil {
		return 0, nil, err
	}
	if err := s.AddFault(f); err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, f, nil
}

func (s *Sandbox) apiClock(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, map[string]any{"now": s.now().UTC().Format(time.RFC3339Nano)}, nil
}

func (s *Sandbox) apiAdvance(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var in struct {
		Advance string `json:"advance"` // a duration: 72h, 90m
		To      string `json:"to"`      // or a time, RFC 3339
	}
	if err := decode(w, r, &in); err != nil {
		return 0, nil, err
	}
	d, err := time.ParseDuration(in.Advance)
	switch {
	case (in.Advance == "") == (in.To == ""):
		return 0, nil, fault.Body("advance", "must be given, or \"to\", but not both")
	case in.To != "":
		at, err := time.Parse(time.RFC3339, in.To)
		if err != nil {
			return 0, nil, fault.Body("to", "must be a time like 2026-11-22T14:00:00Z")
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
