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
	return http.StatusOK, webhookJSON(d), nil
}

func webhookJSON(d Delivery) any {
	attempts := []any{}
	for _, a := range d.Attempts {
		headers := map[string]string{}
		for _, h := range a.Headers {
			headers[h[0]] = h[1]
		}
		attempts = append(attempts, map[string]any{
			"at": a.At, "method": a.Method, "url": a.URL, "headers": headers, "params": d.told(a.Fallback),
			"signature": a.Signature, "signature_base": signatureBase(a.Method, a.URL, d.told(a.Fallback)),
			"status": a.Status, "error": a.Error, "answer": a.Answer, "answer_type": a.AnswerType, "duration_ms": a.DurationMS,
		})
	}
	return map[string]any{
		"id": d.ID, "vendor": d.Vendor, "kind": d.Kind, "url": d.URL, "method": d.Method, "params": d.Params,
		"token": d.Token, "text_id": d.SID, "status": d.State, "error_code": d.ErrorCode, "answer": d.Answer(),
		"verification": d.Verification(), "attempts": attempts, "at": d.At,
	}
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
