package sendgrid

import (
	"strings"

	v3 "github.com/sendgrid/sendgrid-go/helpers/mail"

	"xswarm.ai/server/internal/mail"
)

// messageIDArg is the custom argument that carries our id into every event that
// SendGrid reports about a mail.
const messageIDArg = "msg_id"

// compose puts a mail into SendGrid's words. What goes out is the product's own
// writing to one person, so nothing of it is tracked or rewritten: a rewritten
// link would take a reset token through somebody else's server.
func (c *Client) compose(m mail.Message) *v3.SGMailV3 {
	to := v3.NewPersonalization()
	to.AddTos(v3.NewEmail(displayName(m.ToName), m.To))
	to.SetCustomArg(messageIDArg, m.ID)

	out := v3.NewV3Mail()
	out.SetFrom(v3.NewEmail(displayName(c.options.FromName), c.options.FromEmail))
	out.Subject = m.Subject
	out.AddPersonalizations(to)
	out.AddContent(v3.NewContent("text/plain", m.Text), v3.NewContent("text/html", m.HTML)) // in this order, or it is refused
	out.AddCategories(m.Kind)
	out.SetHeader("Message-ID", "<"+m.ID+"@"+c.domain()+">")
	out.SetHeader("Auto-Submitted", "auto-generated") // keeps holiday notices from answering
	off := false
	out.SetTrackingSettings(&v3.TrackingSettings{
		ClickTracking:        &v3.ClickTrackingSetting{Enable: &off, EnableText: &off},
		OpenTracking:         &v3.OpenTrackingSetting{Enable: &off},
		SubscriptionTracking: &v3.SubscriptionTrackingSetting{Enable: &off},
	})
	return out
}

// domain is that of the sender's address: Message-IDs are unique within it.
func (c *Client) domain() string {
	return c.options.FromEmail[strings.LastIndexByte(c.options.FromEmail, '@')+1:]
}

// displayName returns a name without what SendGrid takes for the end of it unless
// it is quoted.
func displayName(name string) string {
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return r == ' ' || r == ',' || r == ';' || r == '"'
	}), " ")
}
