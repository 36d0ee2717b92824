package sandbox

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// mailRequest is the part of a mail/send request that makes a mail. It is read
// after the request has been checked.
type mailRequest struct {
	Personalizations []personalization `json:"personalizations"`
	From             mailAddress       `json:"from"`
	ReplyTo          *mailAddress      `json:"reply_to"`
	ReplyToList      []mailAddress     `json:"reply_to_list"`
	Subject          string            `json:"subject"`
	Content          []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"content"`
	Attachments []struct {
		Filename string `json:"filename"`
	} `json:"attachments"`
	Headers      map[string]string `json:"headers"`
	Categories   []string          `json:"categories"`
	CustomArgs   map[string]any    `json:"custom_args"`
	MailSettings struct {
		SandboxMode struct {
			Enable bool `json:"enable"`
		} `json:"sandbox_mode"`
	} `json:"mail_settings"`
}

type personalization struct {
	From          *mailAddress      `json:"from"`
	To            []mailAddress     `json:"to"`
	Cc            []mailAddress     `json:"cc"`
	Bcc           []mailAddress     `json:"bcc"`
	Subject       string            `json:"subject"`
	Headers       map[string]string `json:"headers"`
	Substitutions map[string]string `json:"substitutions"`
	CustomArgs    map[string]any    `json:"custom_args"`
}

type mailAddress struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

// mails makes the mails that the recipients of a request get. What a
// personalization says goes before what the request says.
func (q mailRequest) mails(id string, now time.Time) []Mail {
	var list []Mail
	for i, p := range q.Personalizations {
		from := q.From
		if p.From != nil {
			from = *p.From
		}
		m := Mail{
			ID: fmt.Sprintf("%s.%d", id, i), From: from.Email, FromName: from.Name,
			To: emails(p.To), Cc: emails(p.Cc), Bcc: emails(p.Bcc), ReplyTo: emails(q.ReplyToList),
			Subject: q.Subject, Headers: map[string]string{}, CustomArgs: map[string]string{},
			Categories: q.Categories, At: now,
		}
		if q.ReplyTo != nil {
			m.ReplyTo = []string{q.ReplyTo.Email}
		}
		if p.Subject != "" {
			m.Subject = p.Subject
		}
		for _, c := range q.Content {
			switch c.Type {
			case "text/plain":
				m.Text = c.Value
			case "text/html":
				m.HTML = c.Value
			}
		}
		for tag, value := range p.Substitutions {
			for _, s := range []*string{&m.Subject, &m.Text, &m.HTML} {
				*s = strings.ReplaceAll(*s, tag, value)
			}
		}
		for _, a := range q.Attachments {
			m.Files = append(m.Files, a.Filename)
		}
		maps.Copy(m.Headers, q.Headers)
		maps.Copy(m.Headers, p.Headers)
		for _, args := range []map[string]any{q.CustomArgs, p.CustomArgs} {
			for name, value := range args {
				m.CustomArgs[name] = fmt.Sprint(value)
			}
		}
		list = append(list, m)
	}
	return list
}

func emails(list []mailAddress) []string {
	out := make([]string, 0, len(list))
	for _, a := range list {
		out = append(out, a.Email)
	}
	return out
}
