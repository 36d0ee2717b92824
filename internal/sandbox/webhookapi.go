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
	return http.StatusOK, wholeDelivery(d, s.courier(d)), nil
}

// webhookJSON is a delivery as lists have it.
func webhookJSON(d Delivery) any { return deliveryJSON(d) }

func deliveryJSON(d Delivery) map[string]any {
	attempts := []any{}
	for _, a := range d.Attempts {
		attempts = append(attempts, attemptJSON(a))
	}
	m := map[string]any{
		"id": d.ID, "vendor": d.Vendor, "kind": d.Kind, "url": d.URL, "method": d.Method,
		"about": d.SID, "status": d.State, "error_code": d.ErrorCode, "answer": d.Answer(),
		"verification": d.Verification(), "attempts": attempts, "at": d.At, "next_at": nil,
	}
	if d.State == hookPending {
		m["next_at"] = d.NextAt
	}
	if d.Event != nil {
		m["event_id"], m["event_type"] = d.Event.ID, d.Event.Type
		return m
	}
	m["params"], m["token"], m["text_id"] = d.Params, d.Token, d.SID
	return m
}

func attemptJSON(a Attempt) map[string]any {
	return map[string]any{
		"at": a.At, "method": a.Method, "url": a.URL, "signature": a.Signature, "status": a.Status, "error": a.Error,
		"duration_ms": a.DurationMS,
	}
}

// wholeDelivery adds what went over the wire, which would make a list long.
func wholeDelivery(d Delivery, c courier) map[string]any {
	m, attempts := deliveryJSON(d), []any{}
	for _, a := range d.Attempts {
		headers := map[string]string{}
		for _, h := range a.Headers {
			headers[h[0]] = h[1]
		}
		whole := attemptJSON(a)
		whole["headers"], whole["signature_base"] = headers, c.base(d, a)
		whole["answer"], whole["answer_type"] = a.Answer, a.AnswerType
		if d.Event == nil {
			whole["params"] = d.told(a.Fallback)
		}
		attempts = append(attempts, whole)
	}
	if m["attempts"] = attempts; d.Event != nil {
		m["body"] = d.Event.Body
	}
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
