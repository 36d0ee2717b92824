package sandbox

import "net/http"

func (s *Sandbox) apiTexts(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, each(s.Texts(), func(t Text) any { return textJSON(t) }), nil
}

// apiText tells of one text all that its page shows.
func (s *Sandbox) apiText(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	t, ok := s.textOf(r.PathValue("id"))
	if !ok {
		return 0, nil, errNoText
	}
	body := textJSON(t)
	body["history"], body["encoding"], body["price"] = t.History, encoding(t.Body), orNull(t.Price)
	hooks := []any{}
	for _, d := range s.hooksAbout(t.SID) {
		hooks = append(hooks, webhookJSON(d))
	}
	body["webhooks"] = hooks
	return http.StatusOK, body, nil
}

func textJSON(t Text) map[string]any {
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
