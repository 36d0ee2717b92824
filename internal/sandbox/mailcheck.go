package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Sentences of SendGrid's, word for word, as programs may look for them.
const (
	sgFromMissing     = `The from object must be provided for every email send. It is an object that requires the email parameter, but may also contain a name parameter.  e.g. {"email" : "example@example.com"}  or {"email" : "example@example.com", "name" : "Example Recipient"}.`
	sgBadAddress      = "Does not contain a valid address."
	sgNobody          = "The personalizations field is required and must have at least one personalization."
	sgToMissing       = "The to array is required for all personalization objects, and must have at least one email object with a valid email address."
	sgSubjectMissing  = "The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined."
	sgContentMissing  = "Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required."
	sgContentEmpty    = "The content value must be a string at least one character in length."
	sgContentOrder    = "If present, text/plain and text/html may only be provided once, with text/plain first, then text/html, and then any other content."
	sgTooMany         = "There is a limit of 1000 total recipients (to + cc + bcc) per request."
	sgReservedHeader  = "Headers cannot be any of the reserved keywords."
	sgTooLate         = "Scheduling more than 72 hours in advance is forbidden."
	sgTemplateUnknown = "The template_id must be a valid GUID, you provided an unknown one."
)

// reservedHeaders are SendGrid's own to set.
var reservedHeaders = []string{
	"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding",
	"to", "from", "subject", "reply-to", "cc", "bcc",
}

// mailCheck gathers what is wrong with a request.
type mailCheck struct {
	errs []sgError
	now  time.Time
}

func (c *mailCheck) refuse(field, message string) { c.errs = append(c.errs, sgFault(field, message)) }

// checkMail returns why SendGrid would refuse the body, and in what else it
// differs from the description.
func checkMail(body any, now time.Time) (errs []sgError, violations []Violation) {
	c := &mailCheck{now: now}
	for _, m := range aMail.compare("", body) {
		violations = append(violations, Violation{Field: m.field, Problem: m.problem, Request: around(body, m.field)})
		// What else is missing is told below, in SendGrid's words.
		if !m.extra && (m.problem != "is required" || m.field == "asm.group_id") {
			c.refuse(m.field, m.problem)
		}
	}
	if len(c.errs) > 0 { // the rest needs the types to be right
		return c.errs, violations
	}
	top := body.(map[string]any)
	c.from(top)
	c.recipients(top)
	c.content(top)
	c.extras("", top)
	return c.errs, violations
}

func (c *mailCheck) from(top map[string]any) {
	from, ok := top["from"].(map[string]any)
	if !ok || str(from, "email") == "" {
		c.refuse("from.email", sgFromMissing)
		return
	}
	c.address("from", from)
	if r, ok := top["reply_to"].(map[string]any); ok {
		c.address("reply_to", r)
	}
	for i, r := range objects(top, "reply_to_list") {
		c.address(fmt.Sprintf("reply_to_list.%d", i), r)
	}
}

func (c *mailCheck) address(field string, a map[string]any) {
	email := str(a, "email")
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || !strings.Contains(email[strings.LastIndex(email, "@"):], ".") {
		c.refuse(field+".email", sgBadAddress)
	}
}

func (c *mailCheck) recipients(top map[string]any) {
	people := objects(top, "personalizations")
	if len(people) == 0 {
		c.refuse("personalizations", sgNobody)
	}
	total, subjects := 0, 0
	for i, p := range people {
		field := fmt.Sprintf("personalizations.%d", i)
		if len(objects(p, "to")) == 0 {
			c.refuse(field+".to", sgToMissing)
		}
		seen := map[string]bool{}
		for _, kind := range []string{"to", "cc", "bcc"} {
			for j, a := range objects(p, kind) {
				total++
				c.address(fmt.Sprintf("%s.%s.%d", field, kind, j), a)
				key := strings.ToLower(str(a, "email"))
				if seen[key] {
					c.refuse(field, fmt.Sprintf("Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [%s] in the %s.%s field.", key, field, kind))
				}
				seen[key] = true
			}
		}
		if from, ok := p["from"].(map[string]any); ok {
			c.address(field+".from", from)
		}
		if str(p, "subject") != "" {
			subjects++
		}
		c.extras(field+".", p)
	}
	if total > 1000 {
		c.refuse("personalizations", sgTooMany)
	}
	if str(top, "subject") == "" && (subjects == 0 || subjects < len(people)) {
		c.refuse("subject", sgSubjectMissing)
	}
}

func (c *mailCheck) content(top map[string]any) {
	blocks := objects(top, "content")
	if str(top, "template_id") != "" {
		c.refuse("template_id", sgTemplateUnknown) // this account has none
	} else if len(blocks) == 0 {
		c.refuse("content", sgContentMissing)
	}
	last := 0
	for i, b := range blocks {
		field := fmt.Sprintf("content.%d.", i)
		kind, value := str(b, "type"), str(b, "value")
		if value == "" {
			c.refuse(field+"value", sgContentEmpty)
		}
		rank := map[string]int{"text/plain": 1, "text/html": 2}[kind]
		switch {
		case kind == "":
			c.refuse(field+"type", "The content type must be a string at least one character in length.")
		case strings.ContainsAny(kind, ";\r\n"):
			c.refuse(field+"type", "The content type cannot contain ';', or CRLF characters.")
		case rank == 0:
			rank = 3
		}
		if rank < last || rank == last && rank < 3 {
			c.refuse("content", sgContentOrder)
		}
		last = rank
	}
	for i, a := range objects(top, "attachments") {
		field := fmt.Sprintf("attachments.%d.", i)
		if b, err := base64.StdEncoding.DecodeString(str(a, "content")); err != nil || len(b) == 0 {
			c.refuse(field+"content", "The attachment content must be base64 encoded.")
		}
		if str(a, "filename") == "" {
			c.refuse(field+"filename", "The attachment filename is required.")
		}
	}
}

// extras checks what a request and each personalization may both have.
func (c *mailCheck) extras(prefix string, o map[string]any) {
	headers, _ := o["headers"].(map[string]any)
	for name, value := range headers {
		for _, reserved := range reservedHeaders {
			if strings.EqualFold(name, reserved) {
				c.refuse(prefix+"headers", sgReservedHeader)
			}
		}
		if v, ok := value.(string); !ok {
			c.refuse(prefix+"headers", "The header values must be strings.")
		} else if strings.ContainsAny(name+v, "\r\n") {
			c.refuse(prefix+"headers", "The headers cannot contain CRLF characters.")
		}
	}
	if subs, ok := o["substitutions"].(map[string]any); ok {
		for _, v := range subs {
			if _, ok := v.(string); !ok {
				c.refuse(prefix+"substitutions", "The substitution values must be strings.")
			}
		}
	}
	if args, err := json.Marshal(o["custom_args"]); err == nil && len(args) >= 10_000 {
		c.refuse(prefix+"custom_args", "Custom arguments may not be 10000 bytes or more per personalization block.")
	}
	if at, ok := o["send_at"].(json.Number); ok {
		if n, err := at.Int64(); err == nil && time.Unix(n, 0).Sub(c.now) > 72*time.Hour {
			c.refuse(prefix+"send_at", sgTooLate)
		}
	}
}

func str(o map[string]any, name string) string {
	s, _ := o[name].(string)
	return s
}

// objects returns the objects of an array; the shapes have been checked.
func objects(o map[string]any, name string) []map[string]any {
	array, _ := o[name].([]any)
	var out []map[string]any
	for _, v := range array {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
