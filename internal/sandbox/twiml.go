package sandbox

import (
	"bytes"
	"encoding/xml"
	"io"
	"mime"
	"strings"
	"unicode/utf8"
)

// twimlReply is a text that an answer to a webhook asks for.
type twimlReply struct {
	To       string
	Body     string
	Media    []string
	Callback string
}

// Twilio's codes for an answer that it cannot use.
const (
	twimlUnreadable  = 12100 // no XML, or not <Response>
	twimlUnknown     = 12200 // an element that it does not know
	twimlContentType = 12300
)

type twimlMessage struct {
	XMLName        xml.Name
	To             string   `xml:"to,attr"`
	Action         string   `xml:"action,attr"`
	StatusCallback string   `xml:"statusCallback,attr"`
	Text           string   `xml:",chardata"`
	Body           []string `xml:"Body"`
	Media          []string `xml:"Media"`
}

// readTwiML reads the answer to a message webhook. code is 0, or Twilio's for
// what is wrong with it; texts before the fault are sent all the same, unless
// the document as a whole cannot be read.
func readTwiML(contentType, body string) (replies []twimlReply, code int) {
	if strings.TrimSpace(body) == "" {
		return nil, 0
	}
	switch kind, _, _ := mime.ParseMediaType(contentType); kind {
	case "text/xml", "application/xml", "text/html": // as generous as Twilio
	case "text/plain": // the whole answer is the text
		return []twimlReply{{Body: strings.TrimSpace(body)}}, 0
	default:
		return nil, twimlContentType
	}
	var doc struct {
		XMLName xml.Name
		Verbs   []twimlMessage `xml:",any"`
	}
	d := xml.NewDecoder(strings.NewReader(body))
	if err := d.Decode(&doc); err != nil || doc.XMLName.Local != "Response" || !utf8.ValidString(body) {
		return nil, twimlUnreadable
	}
	if !onlyBlank(d) {
		return nil, twimlUnreadable
	}
	for _, v := range doc.Verbs {
		if v.XMLName.Local != "Message" && v.XMLName.Local != "Sms" {
			code = twimlUnknown
			continue
		}
		r := twimlReply{To: v.To, Media: v.Media, Callback: v.StatusCallback, Body: strings.Join(v.Body, "")}
		if len(v.Body) == 0 {
			r.Body = strings.TrimSpace(v.Text)
		}
		if r.Callback == "" {
			r.Callback = v.Action
		}
		replies = append(replies, r)
	}
	return replies, code
}

// onlyBlank reports whether nothing but white space and comments follows.
func onlyBlank(d *xml.Decoder) bool {
	for {
		token, err := d.Token()
		if err != nil {
			return err == io.EOF
		}
		switch t := token.(type) {
		case xml.Comment, xml.ProcInst:
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return false
			}
		default:
			return false
		}
	}
}

// obey does what the product's answer to a text asks for, and returns Twilio's
// code for what it could not do. The caller holds the lock.
func (s *Sandbox) obey(d *Delivery, out outcome) int {
	replies, code := readTwiML(out.kind, out.body)
	for _, r := range replies {
		n := s.number(d.Params["To"])
		if r.To == "" {
			r.To = d.Params["From"]
		}
		switch {
		case n == nil:
			code = 21606
		case r.Body == "" && len(r.Media) == 0:
			code = 14103 // Message: invalid body
		case utf8.RuneCountInString(r.Body) > maxBody:
			code = 21617
		case !isE164(r.To) || r.To == n.Number:
			code = 14101 // Message: invalid to attribute
		case s.st.OptOuts[pair(n.Number, r.To)]:
			code = 21610
		default:
			if !isWebAddress(r.Callback) {
				r.Callback = ""
			}
			s.outgoing(*n, "outbound-reply", r.To, r.Body, r.Media, r.Callback)
		}
	}
	return code
}
