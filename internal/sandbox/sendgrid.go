package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

const opMailSend = "mail.send"

// mailLimit is SendGrid's: the whole request, attachments included.
const mailLimit = 30 << 20

// Mail is one mail as its recipients got it: one for each personalization of a
// request.
type Mail struct {
	ID         string            `json:"id"` // as in X-Message-Id, with the personalization's index behind a dot
	From       string            `json:"from"`
	FromName   string            `json:"from_name"`
	To         []string          `json:"to"`
	Cc         []string          `json:"cc"`
	Bcc        []string          `json:"bcc"`
	ReplyTo    []string          `json:"reply_to"`
	Subject    string            `json:"subject"`
	Text       string            `json:"text"`
	HTML       string            `json:"html"`
	Headers    map[string]string `json:"headers"`
	CustomArgs map[string]string `json:"custom_args"`
	Categories []string          `json:"categories"`
	Files      []string          `json:"files"` // names of the attachments; their bytes are not kept
	At         time.Time         `json:"at"`
}

// sgError is one error in SendGrid's shape.
type sgError struct {
	Message string  `json:"message"`
	Field   *string `json:"field"`
	Help    *string `json:"help"`
}

// sendgrid is the emulator of SendGrid's API v3 at its own paths.
func (s *Sandbox) sendgrid() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v3/mail/send", s.mailSend)
	mux.HandleFunc("GET /v3/scopes", s.scopes)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sgRefuse(w, http.StatusNotFound, sgError{Message: "not found"})
	})
	return mux
}

func (s *Sandbox) mailSend(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		sgRefuse(w, http.StatusMethodNotAllowed, sgError{Message: "method not allowed"})
		return
	}
	if e, ok := s.sgAuth(r); !ok {
		sgRefuse(w, http.StatusUnauthorized, e)
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		sgRefuse(w, http.StatusUnsupportedMediaType, sgError{Message: "Content-Type should be application/json."})
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mailLimit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		sgRefuse(w, http.StatusRequestEntityTooLarge, sgError{Message: "content too large"})
		return
	} else if err != nil {
		return // the client went away in the middle
	}
	s.faulty("sendgrid", opMailSend, w, r, sgOutage(w), func(w http.ResponseWriter) { s.acceptMail(w, raw) })
}

// sgOutage answers as SendGrid does when it is not well.
func sgOutage(w http.ResponseWriter) func(status int) {
	return func(status int) { sgRefuse(w, status, sgError{Message: strings.ToLower(http.StatusText(status))}) }
}

func (s *Sandbox) acceptMail(w http.ResponseWriter, raw []byte) {
	var body any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&body); err != nil || d.More() {
		sgRefuse(w, http.StatusBadRequest, sgError{Message: "Bad Request"})
		return
	}
	errs, violations := checkMail(body, s.now())
	s.violated("sendgrid", opMailSend, violations)
	if len(errs) > 0 {
		sgRefuse(w, http.StatusBadRequest, errs...)
		return
	}
	var req mailRequest
	if err := json.Unmarshal(raw, &req); err != nil {
		sgRefuse(w, http.StatusBadRequest, sgError{Message: "Bad Request"})
		return
	}
	if !s.mayMailFrom(req.From.Email) {
		sgRefuse(w, http.StatusForbidden, sgFault("from",
			"The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved."))
		return
	}
	if req.MailSettings.SandboxMode.Enable {
		w.WriteHeader(http.StatusOK) // valid, and not delivered
		return
	}
	var b [16]byte
	rand.Read(b[:])
	id := base64.RawURLEncoding.EncodeToString(b[:])
	s.storeMails(id, req.mails(id, s.now()), raw)
	w.Header().Set("X-Message-Id", id)
	w.WriteHeader(http.StatusAccepted)
}

// sgAuth checks the API key.
func (s *Sandbox) sgAuth(r *http.Request) (sgError, bool) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !ok:
		return sgError{Message: "Permission denied, wrong credentials"}, false
	case subtle.ConstantTimeCompare([]byte(key), []byte(s.opt.SendGridKey)) != 1:
		return sgError{Message: "The provided authorization grant is invalid, expired, or revoked"}, false
	}
	return sgError{}, true
}

// mayMailFrom reports whether the domain of an address is authenticated.
func (s *Sandbox) mayMailFrom(address string) bool {
	_, domain, _ := strings.Cut(address, "@")
	for _, d := range s.opt.MailDomains {
		if strings.EqualFold(d, domain) || strings.HasSuffix(strings.ToLower(domain), "."+strings.ToLower(d)) {
			return true
		}
	}
	return len(s.opt.MailDomains) == 0
}

func sgRefuse(w http.ResponseWriter, status int, errs ...sgError) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"errors": errs}) // the client may be gone
}

// sgFault is an error about a field, with the link to SendGrid's own list.
func sgFault(field, message string) sgError {
	if field == "" { // the body as a whole
		return sgError{Message: message}
	}
	help := "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message." + withoutIndexes(field)
	return sgError{Message: message, Field: &field, Help: &help}
}

// withoutIndexes turns personalizations.0.to.1 into personalizations.to.
func withoutIndexes(field string) string {
	var parts []string
	for _, p := range strings.Split(field, ".") {
		if strings.Trim(p, "0123456789") != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ".")
}
