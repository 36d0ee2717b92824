package sandbox

import (
	"net/http"
	"slices"

	"xswarm.ai/server/internal/fault"
)

func (s *Sandbox) apiWebhooks(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	list, err := s.webhooksIn(r.URL.Query().Get("status"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, each(list, webhookJSON), nil
}

func (s *Sandbox) apiWebhook(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	d, ok := s.webhook(r.PathValue("id"))
	if !ok {
		return 0, nil, errNoWebhook
	}
	return http.StatusOK, deliveryJSON(d, wholeAttempt), nil
}

// webhookJSON is a delivery as lists have it.
func webhookJSON(d Delivery) any { return deliveryJSON(d, attemptJSON) }

func deliveryJSON(d Delivery, of func(Delivery, Attempt) map[string]any) any {
	attempts := []any{}
	for _, a := range d.Attempts {
		attempts = append(attempts, of(d, a))
	}
	return map[string]any{
		"id": d.ID, "vendor": d.Vendor, "kind": d.Kind, "url": d.URL, "method": d.Method, "params": d.Params,
		"token": d.Token, "text_id": d.SID, "status": d.State, "error_code": d.ErrorCode, "answer": d.Answer(),
		"verification": d.Verification(), "attempts": attempts, "at": d.At,
	}
}

func attemptJSON(_ Delivery, a Attempt) map[string]any {
	return map[string]any{
		"at": a.At, "method": a.Method, "url": a.URL, "signature": a.Signature, "status": a.Status, "error": a.Error,
		"duration_ms": a.DurationMS,
	}
}

// wholeAttempt adds what went over the wire, which would make a list long.
func wholeAttempt(d Delivery, a Attempt) map[string]any {
	headers, params := map[string]string{}, d.told(a.Fallback)
	for _, h := range a.Headers {
		headers[h[0]] = h[1]
	}
	m := attemptJSON(d, a)
	m["headers"], m["params"], m["signature_base"] = headers, params, signatureBase(a.Method, a.URL, params)
	m["answer"], m["answer_type"] = a.Answer, a.AnswerType
	return m
}

func (s *Sandbox) apiResend(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	if err := s.Resend(r.PathValue("id")); err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, map[string]any{}, nil
}

// apiResendMany sends the named webhooks, or all of a state.
func (s *Sandbox) apiResendMany(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var in struct {
		IDs    []string `json:"ids"`
		Status string   `json:"status"`
	}
	if err := decode(w, r, &in); err != nil {
		return 0, nil, err
	}
	if (len(in.IDs) == 0) == (in.Status == "") {
		return 0, nil, fault.Body("ids", "must be given, or \"status\", but not both")
	}
	var sent int
	var err error
	if in.Status != "" {
		sent, err = s.ResendAll(in.Status)
	} else {
		slices.Sort(in.IDs)
		sent, err = s.ResendThese(slices.Compact(in.IDs))
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, map[string]any{"resent": sent}, nil
}
