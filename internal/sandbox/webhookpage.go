package sandbox

import (
	"net/http"
	"slices"
	"strconv"

	"xswarm.ai/server/internal/fault"
)

const maxShown = 100 // deliveries on a page

var errNoWebhook = fault.New(fault.NotFound, "not_found", "There is no such webhook.")

// hookHref is the address of a webhook's page.
func hookHref(id string) string { return "/sandbox/webhooks/" + id }

// webhook returns a webhook by its identifier.
func (s *Sandbox) webhook(id string) (Delivery, bool) {
	list := s.Webhooks()
	i := slices.IndexFunc(list, func(d Delivery) bool { return d.ID == id })
	if i < 0 {
		return Delivery{}, false
	}
	return list[i], true
}

// webhooksIn returns the webhooks of a state, oldest first; "" is any.
func (s *Sandbox) webhooksIn(state string) ([]Delivery, error) {
	if state != "" && !slices.Contains(hookStates, state) {
		return nil, fault.Query("status", "must be pending, delivered, failed or dropped")
	}
	return slices.DeleteFunc(s.Webhooks(), func(d Delivery) bool { return state != "" && d.State != state }), nil
}

func (s *Sandbox) showWebhooks(w http.ResponseWriter, r *http.Request) {
	s.webhooksPage(w, r, r.URL.Query().Get("status"), nil)
}

func (s *Sandbox) webhooksPage(w http.ResponseWriter, r *http.Request, state string, problem error) {
	list, err := s.webhooksIn(state)
	if err != nil {
		state, problem = "", err
	}
	slices.Reverse(list)
	v, status := s.viewOf(r, "Webhooks", "webhooks", problem)
	s.show(w, r, status, webhooksPage(v, list[:min(len(list), maxShown)], state, len(list)))
}

func (s *Sandbox) showWebhook(w http.ResponseWriter, r *http.Request) {
	d, ok := s.webhook(r.PathValue("id"))
	if !ok {
		s.showMissing(w, r)
		return
	}
	s.show(w, r, http.StatusOK, webhookPage(s.view(r, hookTitle(d), "webhooks"), d, s.triedOf(d)))
}

// postResend sends a webhook again and shows it, or the list, where the button
// was.
func (s *Sandbox) postResend(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	if err == nil {
		err = s.Resend(r.PathValue("id"))
	}
	switch {
	case err != nil:
		s.webhooksPage(w, r, "", err)
	case r.PostForm.Get("back") == "page":
		done(w, r, hookHref(r.PathValue("id")), "resent")
	default:
		done(w, r, "/sandbox/webhooks", "resent")
	}
}

func (s *Sandbox) postResendAll(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	if err == nil {
		_, err = s.ResendAll(r.PostForm.Get("status"))
	}
	if err != nil {
		s.webhooksPage(w, r, "", err)
		return
	}
	done(w, r, "/sandbox/webhooks", "resent_all")
}

// tried is an attempt with what its page shows beside it.
type tried struct {
	Attempt
	Number int
	Params [][2]string
	Base   string
}

// triedOf are the attempts of a delivery, latest first.
func (s *Sandbox) triedOf(d Delivery) []tried {
	var out []tried
	for i, a := range slices.Backward(d.Attempts) {
		out = append(out, tried{a, i + 1, sortedFields(d.told(a.Fallback)), s.courier(d).base(d, a)})
	}
	return out
}

// attemptWords says how an attempt ended.
func attemptWords(a Attempt) string {
	if a.Status == 0 {
		return a.Error
	}
	return "answered " + strconv.Itoa(a.Status) + " " + http.StatusText(a.Status)
}

// verificationWords says what the answers tell of the signature.
func verificationWords(d Delivery) string {
	return map[string]string{
		"accepted": "accepted, as far as the answer tells",
		"refused":  "refused: the answer was 401 or 403",
		"unknown":  "unknown: no answer tells",
	}[d.Verification()]
}

// hookErrors are Twilio's words for its codes.
var hookErrors = map[int]string{
	11200: "the answer was an error", 11205: "no connection", 12100: "the answer is not TwiML",
	12200: "the answer has an element that TwiML does not know", 12300: "the answer has a type that is not TwiML’s",
	14101: "a message of the answer has no valid recipient", 14103: "a message of the answer has no body",
	21606: "the number may not send", 21610: "the person has opted out", 21617: "a message of the answer is too long",
}
