package sandbox

import (
	"slices"
	"strings"
	"time"

	"xswarm.ai/server/internal/fault"
)

// Fault is bad weather on order: the next so many requests or webhooks of a
// vendor go wrong in one way.
type Fault struct {
	ID        string `json:"id"`
	Vendor    string `json:"vendor"`
	Operation string `json:"operation,omitempty"` // "" : any
	Next      int    `json:"next"`                // how many are still to go wrong
	Kind      string `json:"kind"`
	DelayMS   int    `json:"delay_ms,omitempty"`
}

// The kinds that befall requests to a vendor, and those that befall a vendor's
// webhooks. A delay befalls either, as the operation says: everything goes well,
// only late.
var (
	requestFaults = []string{"429", "500", "503", "timeout", "timeout_after_commit", lateFault}
	webhookFaults = []string{"duplicate", "reorder", "drop", lateFault}
)

const lateFault = "delay"

// operations are what a fault can name, by vendor.
var operations = map[string][]string{
	"sendgrid": {opMailSend, opScopes},
	"twilio": {
		opMessageCreate, opMessageList, opMessageFetch,
		opNumberSearch, opNumberBuy, opNumberList, opNumberFetch, opNumberUpdate, opNumberRelease,
		opVerificationList, opVerificationFetch,
		hookSMS, hookStatus, hookAny,
	},
}

const (
	longestHang = 30 * time.Second // a request that times out is cut then
	usualDelay  = 3 * time.Second  // how late an answer is, or how far a webhook falls behind, unless said
)

// AddFault orders a fault and returns it with its identifier.
func (s *Sandbox) AddFault(f Fault) (Fault, error) {
	if err := f.check(); err != nil {
		return Fault{}, err
	}
	f.ID = newSID("FA")
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.st.Faults) >= keep {
		return Fault{}, fault.New(fault.Conflict, "too_many_faults", "A thousand faults are ordered already: cancel some first.")
	}
	s.st.Faults = append(s.st.Faults, f)
	s.changed("faults")
	return f, nil
}

// CancelFault takes back what is left of a fault.
func (s *Sandbox) CancelFault(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.st.Faults, func(f Fault) bool { return f.ID == id })
	if i < 0 {
		return fault.New(fault.NotFound, "not_found", "There is no such fault: it was cancelled, or it is used up.")
	}
	s.st.Faults = slices.Delete(s.st.Faults, i, i+1)
	s.changed("faults")
	return nil
}

// CancelFaults takes back everything that was ordered.
func (s *Sandbox) CancelFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.Faults = nil
	s.changed("faults")
}

// allFaults are the kinds that can be ordered, each once.
func allFaults() []string {
	return slices.Concat(requestFaults, webhookFaults[:len(webhookFaults)-1])
}

func (f Fault) check() error {
	ops, ok := operations[f.Vendor]
	isRequest, isWebhook := slices.Contains(requestFaults, f.Kind), slices.Contains(webhookFaults, f.Kind)
	ofWebhook := isHook(f.Operation)
	switch {
	case f.ID != "":
		return fault.Body("id", "is given by the sandbox")
	case !ok:
		return fault.Body("vendor", "must be twilio or sendgrid")
	case f.Operation != "" && !slices.Contains(ops, f.Operation):
		return fault.Body("operation", "is not one of this vendor's; leave it out for any")
	case !isRequest && !isWebhook:
		return fault.Body("kind", "must be one of "+strings.Join(allFaults(), ", "))
	case !isRequest && (f.Vendor != "twilio" || f.Operation != "" && !ofWebhook):
		return fault.Body("kind", "befalls webhooks, which this operation is not")
	case !isWebhook && ofWebhook:
		return fault.Body("kind", "befalls requests to the vendor, not its webhooks")
	case f.Next < 1 || f.Next > 1000:
		return fault.Body("next", "must be 1 to 1000")
	case f.DelayMS < 0 || f.DelayMS > 600_000:
		return fault.Body("delay_ms", "must be 0 to 600000")
	}
	return nil
}

// isHook reports whether an operation is one of the vendor's webhooks.
func isHook(operation string) bool {
	return operation == hookSMS || operation == hookStatus || operation == hookAny
}

// befalls reports whether the fault is meant for an operation.
func (f Fault) befalls(operation string) bool {
	switch f.Operation {
	case "":
		return f.Kind != lateFault || !isHook(operation) // other kinds are of one side only
	case hookAny:
		return isHook(operation)
	}
	return f.Operation == operation
}

// delay is how long a fault of this kind makes wait.
func (f Fault) delay() time.Duration {
	if f.DelayMS == 0 && (f.Kind == lateFault || f.Kind == "reorder") {
		return usualDelay
	}
	return time.Duration(f.DelayMS) * time.Millisecond
}

// takeFault uses up one fault of the given kinds, if one was ordered. The caller
// holds the lock.
func (s *Sandbox) takeFault(vendor, operation string, kinds []string) (Fault, bool) {
	i := slices.IndexFunc(s.st.Faults, func(f Fault) bool {
		return f.Vendor == vendor && f.befalls(operation) && slices.Contains(kinds, f.Kind)
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
