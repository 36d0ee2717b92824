package twilio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/phone"
)

// Phones is what the webhooks tell.
type Phones interface {
	Receive(ctx context.Context, in phone.Incoming) error
	Status(ctx context.Context, u phone.Update) error
}

// WebhookOptions is what Webhooks needs.
type WebhookOptions struct {
	// AccountSID is ours: what is about another account is not for us.
	AccountSID string
	// Tokens are the auth tokens that may sign, several while they are rotated.
	Tokens []string
	// BaseURL is our public address, without a slash at the end. Twilio signs the
	// address that it was given, which is made of it; what a request says about its
	// host is anybody's to write.
	BaseURL string
	Phones  Phones
	// Fail answers a request with an error.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
}

// Webhooks takes in what Twilio tells us. Nothing is stored, and nothing told about
// the reason, unless Twilio has signed it.
type Webhooks struct{ o WebhookOptions }

// NewWebhooks returns Webhooks.
func NewWebhooks(o WebhookOptions) *Webhooks { return &Webhooks{o} }

// maxForm is how large a webhook may be; Twilio's are a few kilobytes.
const maxForm = 64 << 10

var (
	errSignature = fault.New(fault.Forbidden, "invalid_signature", "The signature is missing or wrong.")
	errTooLarge  = fault.New(fault.TooLarge, "too_large", "The form is too large: 64 KiB are the most.")
)

var (
	messageSID = regexp.MustCompile(`^(SM|MM)[0-9a-f]{32}$`)
	messageID  = regexp.MustCompile(`^msg_[0-9a-z]{26}$`)
	errorForm  = regexp.MustCompile(`^[0-9]{1,10}$`)
)

// SMS takes in a text that somebody sent to a number of ours.
func (h *Webhooks) SMS(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(ctx context.Context, form url.Values) error {
		in, err := incoming(form)
		if err != nil {
			return err
		}
		return h.o.Phones.Receive(ctx, in)
	})
}

// Status takes in what became of a text of ours.
func (h *Webhooks) Status(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(ctx context.Context, form url.Values) error {
		u, known, err := update(form)
		if err != nil || !known {
			return err
		}
		if id := r.URL.Query().Get("message"); messageID.MatchString(id) {
			u.MessageID = id
		}
		return h.o.Phones.Status(ctx, u)
	})
}

// serve verifies a webhook, hands it on and answers it with nothing to do: what
// there is to say goes out as a text of its own.
func (h *Webhooks) serve(w http.ResponseWriter, r *http.Request, handle func(context.Context, url.Values) error) {
	form, err := h.verified(w, r)
	if err == nil {
		err = handle(r.Context(), form)
	}
	if err != nil {
		h.o.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Response/>`) // Twilio may be gone: nothing to do about it
}

// verified reads a form that Twilio has signed.
func (h *Webhooks) verified(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, errSignature
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "cut_off", "The request was cut off. Please send it again.").With(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errSignature
	}
	address := h.o.BaseURL + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	if !signed(h.o.Tokens, address, form, r.Header.Get("X-Twilio-Signature")) || form.Get("AccountSid") != h.o.AccountSID {
		return nil, errSignature
	}
	return form, nil
}

// maxMedia is how many pictures a message can have.
const maxMedia = 10

// incoming reads the form of a text that came in.
func incoming(form url.Values) (phone.Incoming, error) {
	in := phone.Incoming{
		SID: form.Get("MessageSid"), From: form.Get("From"), To: form.Get("To"),
		Body: storable(form.Get("Body")), OptOut: optOut(form.Get("OptOutType")),
	}
	if !messageSID.MatchString(in.SID) {
		return in, fault.Body("MessageSid", "must be the id of a message")
	}
	for _, name := range []string{"From", "To"} {
		if v := form.Get(name); v == "" || len(v) > 64 || v != storable(v) {
			return in, fault.Body(name, "must be a number")
		}
	}
	n := 0
	if s := form.Get("NumMedia"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 0 || n > maxMedia {
			return in, fault.Body("NumMedia", fmt.Sprintf("must be a number from 0 to %d", maxMedia))
		}
	}
	for i := range n {
		name := "MediaUrl" + strconv.Itoa(i)
		u, err := url.Parse(form.Get(name))
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return in, fault.Body(name, "must be an address")
		}
		in.Media = append(in.Media, u.String())
	}
	return in, nil
}

// update reads the form of a text's state. A state that we do not know is not
// wrong: Twilio may add some.
func update(form url.Values) (u phone.Update, known bool, err error) {
	u.SID = form.Get("MessageSid")
	if !messageSID.MatchString(u.SID) {
		return u, false, fault.Body("MessageSid", "must be the id of a message")
	}
	state := form.Get("MessageStatus")
	if state == "" {
		return u, false, fault.Body("MessageStatus", "must be there")
	}
	u.ErrorCode = form.Get("ErrorCode")
	if u.ErrorCode == "0" {
		u.ErrorCode = ""
	}
	if u.ErrorCode != "" && !errorForm.MatchString(u.ErrorCode) {
		return u, false, fault.Body("ErrorCode", "must be a number")
	}
	u.State, known = states[state]
	return u, known, nil
}

// optOut reads what Twilio says of a keyword that it has answered itself.
func optOut(s string) string {
	switch s = strings.ToUpper(s); s {
	case "STOP", "START", "HELP":
		return s
	}
	return ""
}

// storable makes text what a database takes: valid UTF-8 without zero bytes.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}
