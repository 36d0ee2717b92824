package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"xswarm.ai/server/internal/fault"
)

// Fault is bad weather on order: the next so many requests or webhooks of a
// vendor go wrong in one way.
type Fault struct {
	Vendor    string `json:"vendor"`
	Operation string `json:"operation,omitempty"` // "" : any
	Next      int    `json:"next"`                // how many are still to go wrong
	Kind      string `json:"kind"`
	DelayMS   int    `json:"delay_ms,omitempty"`
}

// The kinds that befall requests to a vendor, and those that befall a vendor's
// webhooks.
var (
	requestFaults = []string{"429", "500", "503", "timeout", "timeout_after_commit"}
	webhookFaults = []string{"duplicate", "reorder", "drop"}
)

// operations are what a fault can name, by vendor.
var operations = map[string][]string{
	"sendgrid": {opMailSend},
	"twilio": {
		opMessageCreate, opMessageList, opMessageFetch,
		opNumberSearch, opNumberBuy, opNumberList, opNumberFetch, opNumberUpdate, opNumberRelease,
		opVerificationList, opVerificationFetch,
		hookSMS, hookStatus,
	},
}

const (
	longestHang  = 30 * time.Second // a request that times out is cut then
	reorderDelay = 3 * time.Second  // how far a webhook falls behind, unless said
)

// AddFault orders a fault.
func (s *Sandbox) AddFault(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.Faults = trim(append(s.st.Faults, f))
	s.changed("faults")
	return nil
}

func (f Fault) check() error {
	ops, ok := operations[f.Vendor]
	isRequest, isWebhook := slices.Contains(requestFaults, f.Kind), slices.Contains(webhookFaults, f.Kind)
	ofWebhook := f.Operation == hookSMS || f.Operation == hookStatus
	switch {
	case !ok:
		return fault.Body("vendor", "must be twilio or sendgrid")
	case f.Operation != "" && !slices.Contains(ops, f.Operation):
		return fault.Body("operation", "is not one of this vendor's; leave it out for any")
	case !isRequest && !isWebhook:
		return fault.Body("kind", "must be 429, 500, 503, timeout, timeout_after_commit, duplicate, reorder or drop")
	case isWebhook && (f.Vendor != "twilio" || f.Operation != "" && !ofWebhook):
		return fault.Body("kind", "befalls webhooks, which this operation is not")
	case isRequest && ofWebhook:
		return fault.Body("kind", "befalls requests to the vendor, not its webhooks")
	case f.Next < 1 || f.Next > 1000:
		return fault.Body("next", "must be 1 to 1000")
	case f.DelayMS < 0 || f.DelayMS > 600_000:
		return fault.Body("delay_ms", "must be 0 to 600000")
	}
	return nil
}

// takeFault uses up one fault of the given kinds, if one was ordered. The caller
// holds the lock.
func (s *Sandbox) takeFault(vendor, operation string, kinds []string) (Fault, bool) {
	i := slices.IndexFunc(s.st.Faults, func(f Fault) bool {
		return f.Vendor == vendor && (f.Operation == "" || f.Operation == operation) && slices.Contains(kinds, f.Kind)
	})
	if i < 0 {
		return Fault{}, false
	}
	f := s.st.Faults[i]
	if s.st.Faults[i].Next--; s.st.Faults[i].Next == 0 {
		s.st.Faults = slices.Delete(s.st.Faults, i, i+1)
	}
	s.changed("faults")
	return f, true
}

// faulty runs a vendor's operation with the fault that was ordered for it.
// refuse writes the vendor's own words for a status.
func (s *Sandbox) faulty(vendor, operation string, w http.ResponseWriter, r *http.Request,
	refuse func(status int), operate func(http.ResponseWriter)) {
	s.mu.Lock()
	f, ok := s.takeFault(vendor, operation, requestFaults)
	s.mu.Unlock()
	if !ok {
		operate(w)
		return
	}
	delay := time.Duration(f.DelayMS) * time.Millisecond
	switch f.Kind {
	case "timeout_after_commit":
		operate(discard{http.Header{}})
		s.hang(w, r, delay)
	case "timeout":
		s.hang(w, r, delay)
	default:
		s.pause(r, delay)
		status, err := strconv.Atoi(f.Kind)
		if err != nil {
			status = http.StatusInternalServerError
		}
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		refuse(status)
	}
}

// discard is an answer that nobody gets.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// pause waits on the real clock: the program that asked does, too.
func (s *Sandbox) pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	stop, leave := s.feed.subscribe()
	defer leave()
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-t.C:
			return
		case _, open := <-stop:
			if !open { // the sandbox is stopping
				return
			}
		}
	}
}

// hang keeps the client waiting and then cuts the connection without an answer.
func (s *Sandbox) hang(w http.ResponseWriter, r *http.Request, d time.Duration) {
	if d == 0 {
		d = longestHang
	}
	s.pause(r, d)
	conn, _, err := http.NewResponseController(w).Hijack()
	if errors.Is(err, http.ErrNotSupported) || conn == nil {
		panic(http.ErrAbortHandler) // HTTP/2: the stream is reset
	}
	conn.Close()
}
