package sandbox

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The webhooks of the vendors, as faults name them.
const (
	hookSMS    = "webhook.sms"    // Twilio: somebody texts
	hookStatus = "webhook.status" // Twilio: a text came further
	hookEvent  = "webhook.event"  // Stripe: an event with the object that it is about
	hookThin   = "webhook.thin"   // Stripe: an event of the /v2 API, which only names it
	hookAny    = "webhook.any"    // of a fault: any of the vendor's
)

// isHook reports whether an operation is one of a vendor's webhooks.
func isHook(operation string) bool { return strings.HasPrefix(operation, "webhook.") }

// Delivery is one webhook: what is told, to whom, and how that went. Twilio tells
// it in parameters, Stripe in a body of JSON.
type Delivery struct {
	ID     string            `json:"id"`
	Token  string            `json:"token"` // the same at every attempt, and in a duplicate
	Vendor string            `json:"vendor"`
	Kind   string            `json:"kind"`
	URL    string            `json:"url"` // as it was set, connection overrides included
	Method string            `json:"method"`
	Params map[string]string `json:"params"`
	Event  *HookEvent        `json:"event,omitempty"`
	// Fallback is asked when the address itself does not answer.
	Fallback string `json:"fallback"`
	// FallbackMethod goes with Fallback.
	FallbackMethod string    `json:"fallback_method"`
	SID            string    `json:"sid"`   // what it is about: a text, or an object of Stripe's
	Loose          bool      `json:"loose"` // does not wait for earlier ones about the same
	At             time.Time `json:"at"`
	NextAt         time.Time `json:"next_at"`
	State          string    `json:"state"`
	Attempts       []Attempt `json:"attempts"`
	Tries          int       `json:"tries"` // since it was last sent off: a resend begins anew
	ErrorCode      int       `json:"error"` // Twilio's: 11200, 11205, 12100, …
	FellBack       bool      `json:"fell_back"`
	// Failure is the code that the fallback is told of.
	Failure int `json:"failure"`
}

// HookEvent is the body of a webhook of Stripe's, and what signs it.
type HookEvent struct {
	ID     string `json:"id"`   // evt_…
	Type   string `json:"type"` // invoice.paid
	Body   string `json:"body"`
	Secret string `json:"secret"` // the endpoint's
}

// The states of a delivery.
const (
	hookPending   = "pending"
	hookDelivered = "delivered"
	hookFailed    = "failed"
	hookDropped   = "dropped" // by a fault
)

// hookStates are all of them, in the order in which a page offers them.
var hookStates = []string{hookPending, hookDelivered, hookFailed, hookDropped}

// Attempt is one request to the product.
type Attempt struct {
	At         time.Time   `json:"at"`
	Method     string      `json:"method"`
	URL        string      `json:"url"`
	Headers    [][2]string `json:"headers"` // as they went over the wire
	Signature  string      `json:"signature"`
	Fallback   bool        `json:"fallback"` // it went to the fallback, which is told of the failure
	Status     int         `json:"status"`   // 0: no answer
	Error      string      `json:"error"`
	Answer     string      `json:"answer"` // the beginning of what came back
	AnswerType string      `json:"answer_type"`
	DurationMS int64       `json:"duration_ms"`
}

// Limits of what is kept of a delivery that is sent again and again.
const (
	maxAttempts = 50
	maxAnswer   = 2000 // characters
)

// Answer is the beginning of what the product answered last.
func (d Delivery) Answer() string {
	if len(d.Attempts) == 0 {
		return ""
	}
	return d.Attempts[len(d.Attempts)-1].Answer
}

// told are the parameters of an attempt: the fallback is also told why it is
// asked.
func (d Delivery) told(fallback bool) map[string]string {
	if !fallback {
		return d.Params
	}
	p := maps.Clone(d.Params)
	p["ErrorCode"], p["ErrorUrl"] = strconv.Itoa(d.Failure), d.URL
	return p
}

// Verification says what the product thought of the signature, as far as its
// answer tells: accepted, refused, or unknown.
func (d Delivery) Verification() string {
	if len(d.Attempts) == 0 {
		return "unknown"
	}
	switch status := d.Attempts[len(d.Attempts)-1].Status; {
	case status >= 200 && status < 300:
		return "accepted"
	case status == 401 || status == 403:
		return "refused"
	}
	return "unknown"
}

// enqueue stores a webhook of a vendor's to deliver, with whatever was ordered to
// befall it. The caller holds the lock.
func (s *Sandbox) enqueue(d Delivery) {
	now := s.now()
	d.ID, d.At, d.NextAt, d.State = newSID("WH"), now, now, hookPending
	d.Token = d.ID
	f, ok := s.takeFault(d.Vendor, d.Kind, webhookFaults)
	switch {
	case ok && f.Kind == "drop":
		d.State = hookDropped
	case ok && f.Kind == "reorder":
		d.NextAt, d.Loose = now.Add(f.delay()), true
	case ok && f.Kind == lateFault: // those about the same text wait behind it
		d.NextAt = now.Add(f.delay())
	}
	s.st.Webhooks = append(s.st.Webhooks, d)
	if ok && f.Kind == "duplicate" {
		d.ID, d.NextAt, d.Loose = newSID("WH"), now.Add(f.delay()), true // the same webhook: the same token
		s.st.Webhooks = append(s.st.Webhooks, d)
	}
	s.st.Webhooks = trimHooks(s.st.Webhooks)
	s.changed("webhooks")
}

// trimHooks drops the oldest webhooks of a list that grew too long. Events that
// wait to be delivered stay: a clock that jumps by a year makes many at once.
func trimHooks(list []Delivery) []Delivery {
	excess := len(list) - keep
	if excess <= 0 || len(list) <= keepPending && !slices.ContainsFunc(list, mayGo) {
		return list
	}
	kept := make([]Delivery, 0, len(list))
	for _, d := range list {
		if excess > 0 && mayGo(d) {
			excess--
			continue
		}
		kept = append(kept, d)
	}
	return kept[max(len(kept)-keepPending, 0):]
}

// mayGo reports whether a webhook makes room for newer ones.
func mayGo(d Delivery) bool { return d.State != hookPending || d.Event == nil }

// delivery returns a webhook, or nil. The caller holds the lock.
func (s *Sandbox) delivery(id string) *Delivery {
	for i := range s.st.Webhooks {
		if s.st.Webhooks[i].ID == id {
			return &s.st.Webhooks[i]
		}
	}
	return nil
}

// claim lets everything happen that has become due, and takes the webhooks that
// are, marking them as under way. Webhooks about one text go out one after the
// other.
func (s *Sandbox) claim() []Delivery {
	s.payments.CatchUp()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.moveTexts(now)
	var due []Delivery
	busy := map[string]bool{} // what has an earlier webhook still open
	for _, d := range s.st.Webhooks {
		if d.State != hookPending {
			continue
		}
		free := d.Loose || !busy[d.SID]
		if !d.Loose {
			busy[d.SID] = true
		}
		if free && !s.running[d.ID] && !d.NextAt.After(now) && len(s.running) < maxDeliveries {
			s.running[d.ID] = true
			due = append(due, d)
		}
	}
	return due
}

// nextDue is how long Run may rest: until the next step or delivery, and not
// longer than the state may stay unsaved.
func (s *Sandbox) nextDue() time.Duration {
	billing, billed := s.payments.NextDue()
	s.mu.Lock()
	defer s.mu.Unlock()
	wait, now := time.Second, s.now()
	if billed {
		wait = min(wait, billing.Sub(now))
	}
	for _, t := range s.st.Texts {
		if len(t.Steps) > 0 {
			wait = min(wait, t.Steps[0].At.Sub(now))
		}
	}
	for _, d := range s.st.Webhooks {
		if d.State == hookPending && !s.running[d.ID] && d.NextAt.After(now) {
			wait = min(wait, d.NextAt.Sub(now))
		}
	}
	if s.dirty {
		wait = min(wait, s.saveRest())
	}
	return max(wait, 5*time.Millisecond)
}
