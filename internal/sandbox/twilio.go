package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The operations of Twilio that are emulated.
const (
	opMessageCreate     = "messages.create"
	opMessageList       = "messages.list"
	opMessageFetch      = "messages.fetch"
	opNumberSearch      = "available_numbers.list"
	opNumberBuy         = "numbers.create"
	opNumberList        = "numbers.list"
	opNumberFetch       = "numbers.fetch"
	opNumberUpdate      = "numbers.update"
	opNumberRelease     = "numbers.delete"
	opVerificationList  = "verifications.list"
	opVerificationFetch = "verifications.fetch"
)

const apiVersion = "2010-04-01"

// twilioError is a refusal in Twilio's shape.
type twilioError struct {
	Status  int
	Code    int
	Message string
}

// refuse returns a refusal.
func refuse(status, code int, format string, args ...any) *twilioError {
	return &twilioError{status, code, fmt.Sprintf(format, args...)}
}

// twilioCall is one authenticated request.
type twilioCall struct {
	r      *http.Request
	params url.Values
}

// sid returns the identifier in the path, without the ending that the older API
// has.
func (c twilioCall) sid() string { return strings.TrimSuffix(c.r.PathValue("sid"), ".json") }

// get returns a parameter.
func (c twilioCall) get(name string) string { return c.params.Get(name) }

// twilioRoute is one operation: its path, the parameters that the official
// description names, and what does it. The answer nil is 204.
type twilioRoute struct {
	name, pattern string
	params        map[string]paramRule
	operate       func(twilioCall) (status int, body any, refused *twilioError)
}

// twilio is the emulator of Twilio's APIs at their own paths: api.twilio.com
// and messaging.twilio.com have none in common, so one root serves both.
func (s *Sandbox) twilio() http.Handler {
	const account = "/2010-04-01/Accounts/{account}/"
	mux := http.NewServeMux()
	for _, rt := range []twilioRoute{
		{opMessageCreate, "POST " + account + "Messages.json", messageParams, s.createMessage},
		{opMessageList, "GET " + account + "Messages.json", messageFilters, s.listMessages},
		{opMessageFetch, "GET " + account + "Messages/{sid}", nil, s.fetchMessage},
		{opNumberSearch, "GET " + account + "AvailablePhoneNumbers/{country}/TollFree.json", searchParams, s.searchNumbers},
		{opNumberBuy, "POST " + account + "IncomingPhoneNumbers.json", buyParams, s.buyNumber},
		{opNumberBuy, "POST " + account + "IncomingPhoneNumbers/TollFree.json", buyParams, s.buyNumber},
		{opNumberList, "GET " + account + "IncomingPhoneNumbers.json", numberFilters, s.listNumbers},
		{opNumberList, "GET " + account + "IncomingPhoneNumbers/TollFree.json", numberFilters, s.listNumbers},
		{opNumberFetch, "GET " + account + "IncomingPhoneNumbers/{sid}", nil, s.fetchNumber},
		{opNumberUpdate, "POST " + account + "IncomingPhoneNumbers/{sid}", numberParams, s.updateNumber},
		{opNumberRelease, "DELETE " + account + "IncomingPhoneNumbers/{sid}", nil, s.releaseNumber},
		{opVerificationList, "GET /v1/Tollfree/Verifications", verificationFilters, s.listVerifications},
		{opVerificationFetch, "GET /v1/Tollfree/Verifications/{sid}", nil, s.fetchVerification},
	} {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) { s.serveTwilio(w, r, rt) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { writeTwilioError(w, notFound(r)) })
	return mux
}

func (s *Sandbox) serveTwilio(w http.ResponseWriter, r *http.Request, rt twilioRoute) {
	if !s.twilioAuth(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
		writeTwilioError(w, refuse(http.StatusUnauthorized, 20003, "Authenticate"))
		return
	}
	call, refused := readCall(w, r)
	if refused != nil {
		writeTwilioError(w, refused)
		return
	}
	violations := checkParams(rt.params, call.params)
	s.violated("twilio", rt.name, violations)
	if refused := refuseValues(violations); refused != nil {
		writeTwilioError(w, refused)
		return
	}
	s.faulty("twilio", rt.name, w, r, func(status int) { twilioOutage(w, status) }, func(w http.ResponseWriter) {
		status, body, refused := rt.operate(call)
		switch {
		case refused != nil:
			writeTwilioError(w, refused)
		case body == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			writeTwilio(w, status, body)
		}
	})
}

// twilioAuth checks the account's credentials, and that the path is the
// account's.
func (s *Sandbox) twilioAuth(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	account := r.PathValue("account")
	return ok && same(user, s.opt.AccountSID) && same(password, s.opt.AuthToken) &&
		(account == "" || account == s.opt.AccountSID)
}

// readCall reads the parameters: of a GET or DELETE from the query, of a POST
// from the form. Twilio takes forms only; what comes as anything else is not
// seen.
func readCall(w http.ResponseWriter, r *http.Request) (twilioCall, *twilioError) {
	c := twilioCall{r: r, params: url.Values{}}
	if r.Method != http.MethodPost {
		c.params = r.URL.Query()
		return c, nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return c, nil
	}
	if err := r.ParseForm(); err != nil {
		return c, refuse(http.StatusBadRequest, 20001, "The request body cannot be read as a form.")
	}
	c.params = r.PostForm
	return c, nil
}

func notFound(r *http.Request) *twilioError {
	return refuse(http.StatusNotFound, 20404, "The requested resource %s was not found", strings.TrimPrefix(r.URL.Path, "/sandbox/vendors/twilio"))
}

func writeTwilio(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Twilio-Request-Id", newSID("RQ"))
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // the client may be gone
}

func writeTwilioError(w http.ResponseWriter, e *twilioError) {
	writeTwilio(w, e.Status, map[string]any{
		"code": e.Code, "message": e.Message, "status": e.Status,
		"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", e.Code),
	})
}

// twilioOutage answers as Twilio does when it cannot: from the application in
// JSON, from the balancer before it in HTML.
func twilioOutage(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusTooManyRequests:
		writeTwilioError(w, refuse(status, 20429, "Too Many Requests"))
	case http.StatusInternalServerError:
		writeTwilioError(w, refuse(status, 20500, "An internal server error has occurred"))
	default:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html><head><title>%d %[2]s</title></head><body><h1>%[2]s</h1></body></html>\n", status, http.StatusText(status))
	}
}

// rfc2822 is how the older API writes times; nil for none.
func rfc2822(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700")
}

// orNull is JSON's null for an empty string.
func orNull(v string) any {
	if v == "" {
		return nil
	}
	return v
}
