package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"xswarm.ai/server/internal/fault"
)

// pair names a number of the account and a person's phone, for opt-outs.
func pair(number, person string) string { return number + " " + person }

// Incoming is a text that a person's phone sends.
type Incoming struct {
	From  string   `json:"from"`
	To    string   `json:"to"`
	Body  string   `json:"body"`
	Media []string `json:"media"`
}

// check returns what keeps a phone from sending the text.
func (in Incoming) check() error {
	badMedia := func(m string) bool { return !isWebAddress(m) }
	switch {
	case !isE164(in.From):
		return fault.Body("from", "must be a telephone number like +14155550123")
	case !isE164(in.To):
		return fault.Body("to", "must be one of the account's numbers, like +18335550199")
	case in.From == in.To:
		return fault.Body("to", "must differ from the number that sends")
	case in.Body == "" && len(in.Media) == 0:
		return fault.Body("body", "must not be empty, unless there is media")
	case !utf8.ValidString(in.Body) || utf8.RuneCountInString(in.Body) > maxBody:
		return fault.Body("body", "must be at most 1600 characters")
	case len(in.Media) > 10 || slices.ContainsFunc(in.Media, badMedia):
		return fault.Body("media", "must be at most ten absolute http or https addresses")
	}
	return nil
}

// Receive lets a person's phone send a text to a number of the account, which
// hears of it by its webhook.
func (s *Sandbox) Receive(in Incoming) (Text, error) {
	if err := in.check(); err != nil {
		return Text{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.number(in.To)
	if n == nil {
		return Text{}, fault.Body("to", "is not a number of this account")
	}
	now := s.now()
	t := Text{
		SID: newSID("SM"), Direction: "inbound", From: in.From, To: in.To, Body: in.Body, Media: in.Media,
		Status: "received", Segments: segments(in.Body), At: now, UpdatedAt: now, SentAt: now,
		History: []Step{{Status: "received", At: now}},
	}
	if len(in.Media) > 0 {
		t.SID, t.Segments = "MM"+t.SID[2:], 1
	}
	s.st.Texts = trim(append(s.st.Texts, t))
	s.keyword(t)
	if n.SMSURL != "" {
		s.enqueue(Delivery{
			Vendor: "twilio", Kind: hookSMS, URL: n.SMSURL, Method: n.SMSMethod, Params: s.inboundParams(t), SID: t.SID,
			Fallback: n.SMSFallbackURL, FallbackMethod: n.SMSFallbackMethod,
		})
	}
	s.changed("texts")
	return t, nil
}

// inboundParams is what the webhook of a text says.
func (s *Sandbox) inboundParams(t Text) map[string]string {
	p := map[string]string{
		"MessageSid": t.SID, "SmsSid": t.SID, "SmsMessageSid": t.SID, "AccountSid": s.opt.AccountSID,
		"ApiVersion": apiVersion, "From": t.From, "To": t.To, "Body": t.Body, "SmsStatus": "received",
		"NumMedia": strconv.Itoa(len(t.Media)), "NumSegments": strconv.Itoa(t.Segments),
		"FromCountry": country(t.From), "ToCountry": country(t.To),
	}
	for _, name := range []string{"City", "State", "Zip"} {
		p["From"+name], p["To"+name] = "", ""
	}
	for i, m := range t.Media {
		p["MediaUrl"+strconv.Itoa(i)], p["MediaContentType"+strconv.Itoa(i)] = m, mediaType(m)
	}
	return p
}

func country(number string) string {
	if strings.HasPrefix(number, "+1") {
		return "US"
	}
	return ""
}

// mediaType goes by the address's ending: the sandbox fetches nothing.
func mediaType(address string) string {
	switch {
	case strings.HasSuffix(address, ".png"):
		return "image/png"
	case strings.HasSuffix(address, ".gif"):
		return "image/gif"
	case strings.HasSuffix(address, ".mp3"):
		return "audio/mpeg"
	}
	return "image/jpeg"
}

// keyword does what the network and Twilio do with STOP and its like, before
// the account hears of them, and answers the person. On toll-free numbers STOP,
// START and UNSTOP belong to the network, which nobody can turn off; the other
// words are Twilio's own. The caller holds the lock.
func (s *Sandbox) keyword(t Text) {
	key := pair(t.To, t.From)
	free, out := isTollFree(t.To), s.st.OptOuts[key]
	word := strings.ToUpper(strings.TrimSpace(t.Body))
	switch word {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		if out {
			return
		}
		s.st.OptOuts[key] = true
		if free && word == "STOP" {
			s.network(t, `NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. Text back "unstop" to receive messages again.`)
		} else {
			s.network(t, "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.")
		}
	case "START", "UNSTOP", "YES":
		if !out || free && word == "YES" {
			return
		}
		delete(s.st.OptOuts, key)
		if free {
			s.network(t, `NETWORK MSG: You have replied "`+strings.ToLower(word)+`" and will begin receiving messages again from this number.`)
		} else {
			s.network(t, "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.")
		}
	case "HELP", "INFO":
		if !out {
			s.network(t, "Reply STOP to unsubscribe. Msg&Data Rates May Apply.")
		}
	}
}

// network stores an answer of the network's own. The caller holds the lock.
func (s *Sandbox) network(t Text, body string) {
	now := s.now().Add(time.Millisecond) // after what it answers
	s.st.Texts = trim(append(s.st.Texts, Text{
		SID: newSID("SM"), Direction: "outbound-reply", From: t.To, To: t.From, Body: body, Status: "delivered",
		Segments: segments(body), At: now, UpdatedAt: now, SentAt: now, Network: true,
		History: []Step{{Status: "delivered", At: now}},
	}))
}
