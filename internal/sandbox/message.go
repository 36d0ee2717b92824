package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Text is one message, as the carrier knows it.
type Text struct {
	SID            string    `json:"sid"`
	Direction      string    `json:"direction"` // inbound, outbound-api, outbound-reply
	From           string    `json:"from"`
	To             string    `json:"to"`
	Body           string    `json:"body"`
	Media          []string  `json:"media"`
	Status         string    `json:"status"`
	ErrorCode      int       `json:"error_code"`
	Segments       int       `json:"segments"`
	Price          string    `json:"price"`
	StatusCallback string    `json:"status_callback"`
	At             time.Time `json:"at"`
	UpdatedAt      time.Time `json:"updated_at"`
	SentAt         time.Time `json:"sent_at"`
	// Network marks the network's own answer to a keyword, of which the account
	// knows nothing.
	Network bool `json:"network"`
	// Steps are the states that the text has still to go through, History those that
	// it has taken on.
	Steps   []Step `json:"steps"`
	History []Step `json:"history"`
}

// Step is a state that a text takes on at a time of the sandbox's clock.
type Step struct {
	Status    string    `json:"status"`
	ErrorCode int       `json:"error_code"`
	At        time.Time `json:"at"`
}

// How long after it was accepted a text reaches a state.
const (
	sendingAfter   = 100 * time.Millisecond
	sentAfter      = 300 * time.Millisecond
	deliveredAfter = 800 * time.Millisecond
)

const maxBody = 1600 // characters of a message

func (s *Sandbox) createMessage(c twilioCall) (int, any, *twilioError) {
	from, to, body, media := c.get("From"), c.get("To"), c.get("Body"), c.params["MediaUrl"]
	if e := checkMessage(c); e != nil {
		return 0, nil, e
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	number := s.number(from)
	switch {
	case number == nil:
		return 0, nil, refuse(http.StatusBadRequest, 21606, "The 'From' phone number %s is not a valid, message-capable Twilio phone number for this destination/account.", from)
	case s.st.OptOuts[pair(from, to)]:
		return 0, nil, refuse(http.StatusBadRequest, 21610, "Attempt to send to unsubscribed recipient")
	}
	t := s.outgoing(*number, "outbound-api", to, body, media, c.get("StatusCallback"))
	return http.StatusCreated, s.messageJSON(t), nil
}

// checkMessage refuses what needs no look at the account.
func checkMessage(c twilioCall) *twilioError {
	from, to, callback := c.get("From"), c.get("To"), c.get("StatusCallback")
	media := c.params["MediaUrl"]
	bad := func(code int, format string, args ...any) *twilioError {
		return refuse(http.StatusBadRequest, code, format, args...)
	}
	switch {
	case to == "":
		return bad(21604, "A 'To' phone number is required.")
	case !isE164(to):
		return bad(21211, "Invalid 'To' Phone Number: %s", masked(to))
	case c.get("MessagingServiceSid") != "":
		return bad(21705, "The Messaging Service Sid %s is invalid.", c.get("MessagingServiceSid"))
	case from == "":
		return bad(21603, "A 'From' phone number is required.")
	case !isE164(from):
		return bad(21212, "Invalid From Number (caller ID): %s", masked(from))
	case from == to:
		return bad(21266, "'To' and 'From' number cannot be the same: %s", masked(to))
	case c.get("Body") == "" && len(media) == 0:
		return bad(21602, "Message body is required.")
	case utf8.RuneCountInString(c.get("Body")) > maxBody:
		return bad(21617, "The concatenated message body exceeds the 1600 character limit")
	case len(media) > 10:
		return bad(21623, "Number of media files exceeds allowed limit")
	case slices.ContainsFunc(media, func(m string) bool { return !isWebAddress(m) }):
		return bad(21620, "Invalid media URL(s)")
	case callback != "" && !isWebAddress(callback):
		return bad(21609, "The 'StatusCallback' URL is not a valid URL.")
	}
	return nil
}

// masked hides the end of a number, as Twilio does in its messages.
func masked(number string) string {
	r := []rune(number)
	if len(r) <= 4 {
		return "XXXX"
	}
	return string(r[:len(r)-4]) + "XXXX"
}

// outgoing stores a text that the account sends, and plans its way. The caller
// holds the lock and has checked everything.
func (s *Sandbox) outgoing(n Number, direction, to, body string, media []string, callback string) Text {
	now := s.now()
	t := Text{
		SID: newSID("SM"), Direction: direction, From: n.Number, To: to, Body: body, Media: media,
		Status: "queued", Segments: segments(body), StatusCallback: callback, At: now, UpdatedAt: now,
		History: []Step{{Status: "queued", At: now}},
	}
	if len(media) > 0 {
		t.SID, t.Segments = "MM"+t.SID[2:], 1
	}
	t.Steps = []Step{
		{Status: "sending", At: now.Add(sendingAfter)},
		{Status: "sent", At: now.Add(sentAfter)},
		{Status: "delivered", At: now.Add(deliveredAfter)},
	}
	if n.mayNotText(to) {
		t.Steps = []Step{{Status: "undelivered", ErrorCode: 30032, At: now.Add(sentAfter)}}
	}
	s.st.Texts = trim(append(s.st.Texts, t))
	s.announce(t)
	s.changed("texts")
	return t
}

// moveTexts lets every text take the steps that are due, and announces them.
// The caller holds the lock.
func (s *Sandbox) moveTexts(now time.Time) {
	for i := range s.st.Texts {
		t := &s.st.Texts[i]
		for len(t.Steps) > 0 && !t.Steps[0].At.After(now) {
			step := t.Steps[0]
			t.Steps = t.Steps[1:]
			t.Status, t.ErrorCode, t.UpdatedAt = step.Status, step.ErrorCode, step.At
			t.History = append(t.History, step)
			if step.Status == "sent" {
				t.SentAt = step.At
				t.Price = "-" + strconv.FormatFloat(0.0079*float64(t.Segments), 'f', 5, 64)
			}
			s.announce(*t)
			s.changed("texts")
		}
	}
}

// messageJSON is a text in Twilio's words.
func (s *Sandbox) messageJSON(t Text) map[string]any {
	uri := "/" + apiVersion + "/Accounts/" + s.opt.AccountSID + "/Messages/" + t.SID
	m := map[string]any{
		"account_sid": s.opt.AccountSID, "api_version": apiVersion, "sid": t.SID, "body": t.Body,
		"from": t.From, "to": t.To, "direction": t.Direction, "status": t.Status,
		"num_media": strconv.Itoa(len(t.Media)), "num_segments": strconv.Itoa(t.Segments),
		"date_created": rfc2822(t.At), "date_updated": rfc2822(t.UpdatedAt), "date_sent": rfc2822(t.SentAt),
		"error_code": nil, "error_message": nil, "messaging_service_sid": nil,
		"price": orNull(t.Price), "price_unit": "USD", "uri": uri + ".json",
		"subresource_uris": map[string]any{"media": uri + "/Media.json"},
	}
	if t.ErrorCode != 0 {
		m["error_code"], m["error_message"] = t.ErrorCode, errorMessages[t.ErrorCode]
	}
	return m
}

var errorMessages = map[int]string{
	30032: "Toll-Free Number Has Not Been Verified",
}
