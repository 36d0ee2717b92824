package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"xswarm.ai/server/internal/fault"
)

// drill is an order that one click makes.
type drill struct {
	key, name, words string
	fault            Fault
}

var drills = []drill{
	{"mail_down", "SendGrid is down", "The next 10 mails are answered 503.",
		Fault{Vendor: "sendgrid", Operation: opMailSend, Kind: "503", Next: 10}},
	{"mail_slow", "SendGrid is slow", "The next 5 mails are taken, each after 5 seconds.",
		Fault{Vendor: "sendgrid", Operation: opMailSend, Kind: lateFault, Next: 5, DelayMS: 5000}},
	{"text_lost", "Twilio accepts, and the answer is lost", "The next text is sent, but nobody hears of it.",
		Fault{Vendor: "twilio", Operation: opMessageCreate, Kind: "timeout_after_commit", Next: 1, DelayMS: 1000}},
	{"texts_limited", "Twilio has had enough", "The next 5 requests are answered 429.",
		Fault{Vendor: "twilio", Kind: "429", Next: 5}},
	{"hooks_twice", "Webhooks arrive twice", "The next 10 webhooks are delivered two times.",
		Fault{Vendor: "twilio", Operation: hookAny, Kind: "duplicate", Next: 10}},
	{"hooks_mixed", "Webhooks overtake each other", "Each of the next 3 webhooks falls 3 seconds behind.",
		Fault{Vendor: "twilio", Operation: hookAny, Kind: "reorder", Next: 3}},
	{"hooks_lost", "Status callbacks are lost", "The next 5 reports about texts never come.",
		Fault{Vendor: "twilio", Operation: hookStatus, Kind: "drop", Next: 5}},
	{"card_declined", "A card is declined", "The next payment fails, whatever the card.",
		Fault{Vendor: "stripe", Operation: opPayment, Kind: declined, Next: 1}},
	{"payments_down", "Stripe is down", "The next 10 requests are answered 500.",
		Fault{Vendor: "stripe", Kind: "500", Next: 10}},
	{"payments_unheard", "Stripe does it, and the answer is lost", "The next request is carried out, but nobody hears of it.",
		Fault{Vendor: "stripe", Kind: "timeout_after_commit", Next: 1, DelayMS: 1000}},
	{"events_twice", "Stripe’s events come twice", "The next 10 events are delivered two times.",
		Fault{Vendor: "stripe", Operation: hookAny, Kind: "duplicate", Next: 10}},
	{"events_lost", "Stripe’s events are lost", "The next 10 events never come, until they are sent from their pages.",
		Fault{Vendor: "stripe", Operation: hookAny, Kind: "drop", Next: 10}},
}

func (s *Sandbox) showFaults(w http.ResponseWriter, r *http.Request) { s.faultsPage(w, r, nil) }

func (s *Sandbox) faultsPage(w http.ResponseWriter, r *http.Request, problem error) {
	v, status := s.viewOf(r, "Faults", "faults", problem)
	s.show(w, r, status, faultsPage(v, s.Faults()))
}

// endFault ends a form of the page: back to it, with what was done or why not.
func (s *Sandbox) endFault(w http.ResponseWriter, r *http.Request, note string, err error) {
	if err != nil {
		s.faultsPage(w, r, err)
		return
	}
	done(w, r, "/sandbox/faults", note)
}

func (s *Sandbox) postFault(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	if err == nil {
		err = s.orderFault(r)
	}
	s.endFault(w, r, "ordered", err)
}

func (s *Sandbox) postDrill(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(drills, func(d drill) bool { return d.key == r.PathValue("drill") })
	if i < 0 {
		s.showMissing(w, r)
		return
	}
	_, err := s.AddFault(drills[i].fault)
	s.endFault(w, r, "ordered", err)
}

func (s *Sandbox) postCancelFault(w http.ResponseWriter, r *http.Request) {
	s.endFault(w, r, "cancelled", s.CancelFault(r.PathValue("id")))
}

func (s *Sandbox) postCancelFaults(w http.ResponseWriter, r *http.Request) {
	s.CancelFaults()
	s.endFault(w, r, "cancelled_all", nil)
}

// orderFault reads the page's forms. What befalls is one choice there: the vendor
// and the operation, with a blank between.
func (s *Sandbox) orderFault(r *http.Request) error {
	next, err := strconv.Atoi(r.PostForm.Get("next"))
	if err != nil {
		return fault.Body("next", "must be a whole number")
	}
	delay := 0
	if d := r.PostForm.Get("delay_ms"); d != "" {
		if delay, err = strconv.Atoi(d); err != nil {
			return fault.Body("delay_ms", "must be a whole number")
		}
	}
	vendor, operation, _ := strings.Cut(r.PostForm.Get("what"), " ")
	_, err = s.AddFault(Fault{Vendor: vendor, Operation: operation, Kind: r.PostForm.Get("kind"), Next: next, DelayMS: delay})
	return err
}

// choice is an option of a list.
type choice struct{ value, words string }

// faultForms are what the page lets go wrong, each with the kinds that can befall
// it.
func faultForms() []faultForm {
	requests := faultForm{id: "requests", title: "A request goes wrong", kinds: requestFaults}
	hooks := faultForm{id: "webhooks", title: "A webhook goes wrong", kinds: webhookFaults}
	payments := faultForm{id: "payments", title: "A payment fails", kinds: paymentFaults}
	for _, vendor := range faultyVendors {
		requests.targets = append(requests.targets, choice{vendor, vendorName(vendor) + ": any request"})
		for _, op := range operationsOf(vendor) {
			form := &requests
			switch {
			case op == opPayment:
				form = &payments
			case isHook(op):
				form = &hooks
			}
			form.targets = append(form.targets, choice{vendor + " " + op, vendorName(vendor) + ": " + operationWords(op)})
		}
	}
	return []faultForm{requests, hooks, payments}
}

// faultForm is a form of the page.
type faultForm struct {
	id, title string
	targets   []choice
	kinds     []string
}

func vendorName(vendor string) string {
	return map[string]string{"twilio": "Twilio", "sendgrid": "SendGrid", "stripe": "Stripe"}[vendor]
}

// operationWords says what an operation is for. Those of Stripe say it themselves.
func operationWords(op string) string {
	words, ok := map[string]string{
		"": "anything", hookAny: "any webhook", opMailSend: "send a mail", opScopes: "ask what the key may do", opMessageCreate: "send a text", opMessageList: "list texts",
		opMessageFetch: "look at a text", opNumberSearch: "search numbers on sale", opNumberBuy: "buy a number",
		opNumberList: "list our numbers", opNumberFetch: "look at a number", opNumberUpdate: "change a number",
		opNumberRelease: "give a number back", opVerificationList: "list toll-free verifications",
		opVerificationFetch: "look at a verification", hookSMS: "texts that people send", hookStatus: "reports about texts that we sent",
		hookEvent: "events", hookThin: "thin events", opPayment: "a payment with a card",
	}[op]
	if !ok {
		words = strings.NewReplacer(".", " ", "_", " ").Replace(op)
	}
	return words
}

// faultWords says what a kind is, in a word or two, and what it does.
func faultWords(kind string) (name, words string) {
	w := map[string][2]string{
		"429":                  {"429 too many requests", "refused: come back in a second. Nothing was done."},
		"500":                  {"500 server error", "refused: the vendor failed. Nothing was done."},
		"503":                  {"503 unavailable", "refused: the vendor is down. Nothing was done."},
		"timeout":              {"no answer, nothing done", "the connection stays open for the delay (30 seconds, if none is given) and is then cut."},
		"timeout_after_commit": {"no answer, though it was done", "it is done, but the connection is cut before the answer."},
		lateFault:              {"late", "everything goes well, but only after the delay (3 seconds, if none is given)."},
		"duplicate":            {"delivered twice", "the same webhook comes a second time, after the delay."},
		"reorder":              {"overtaken by later ones", "it comes after the delay (3 seconds, if none is given), and later ones do not wait for it."},
		"drop":                 {"never delivered", "nobody is told. It can be sent from its page."},
		declined:               {"declined", "the bank refuses the card, whichever it is."},
	}[kind]
	return w[0], w[1]
}

func faultName(kind string) string {
	name, _ := faultWords(kind)
	return name
}

// faultDelay is the delay of an ordered fault in words, or "".
func faultDelay(f Fault) string {
	if d := f.delay(); d > 0 {
		return "delay " + d.String()
	}
	return ""
}
