package sandbox

import "net/http"

func (s *Sandbox) apiMails(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, each(s.Mails(), func(m Mail) any { return mailJSON(m) }), nil
}

// apiMail tells of one mail, with the request that it was made of.
func (s *Sandbox) apiMail(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	m, ok := s.mail(r.PathValue("id"))
	if !ok {
		return 0, nil, errNoMail
	}
	body, source := mailJSON(m), s.source(m)
	body["source"], body["source_bytes"] = source.Raw, source.Bytes
	return http.StatusOK, body, nil
}

func mailJSON(m Mail) map[string]any {
	return map[string]any{
		"id": m.ID, "from": m.From, "from_name": m.FromName, "to": m.To, "cc": m.Cc, "bcc": m.Bcc,
		"reply_to": m.ReplyTo, "subject": m.Subject, "text": m.Text, "html": m.HTML, "headers": m.Headers,
		"custom_args": m.CustomArgs, "categories": orEmpty(m.Categories), "attachments": orEmpty(m.Files),
		"status": "delivered", "at": m.At,
	}
}
