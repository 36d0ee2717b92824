package sandbox

import (
	"slices"
	"strings"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/sandbox/stripe"
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

// The kinds that befall requests to a vendor, those that befall a vendor's
// webhooks, and those that befall people's payments. A delay befalls requests or
// webhooks, as the operation says: everything goes well, only late.
var (
	requestFaults = []string{"429", "500", "503", "timeout", "timeout_after_commit", lateFault}
	webhookFaults = []string{"duplicate", "reorder", "drop", lateFault}
	paymentFaults = []string{declined}
)

const (
	lateFault = "delay"
	declined  = "declined"
)

// opPayment is what befalls a payment, whoever begins it: a request, a person, or
// the clock.
const opPayment = "payment"

// faultyVendors are whom a fault can name.
var faultyVendors = []string{"twilio", "sendgrid", "stripe"}

// operationsOf are what a fault of a vendor's can name.
func operationsOf(vendor string) []string {
	switch vendor {
	case "sendgrid":
		return []string{opMailSend, opScopes}
	case "twilio":
		return []string{
			opMessageCreate, opMessageList, opMessageFetch,
			opNumberSearch, opNumberBuy, opNumberList, opNumberFetch, opNumberUpdate, opNumberRelease,
			opVerificationList, opVerificationFetch,
			hookAny, hookSMS, hookStatus,
		}
	case "stripe":
		return append(stripe.Operations(), hookAny, hookEvent, hookThin, opPayment)
	}
	return nil
}

// kindsOf are what can befall a vendor's operation; "" is any of its.
func kindsOf(vendor, operation string) []string {
	switch {
	case operation == opPayment:
		return paymentFaults
	case isHook(operation):
		return webhookFaults
	case operation != "" || vendor == "sendgrid": // which sends no webhooks
		return requestFaults
	}
	return slices.Concat(requestFaults, webhookFaults)
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
	return slices.Concat(requestFaults, webhookFaults[:len(webhookFaults)-1], paymentFaults)
}

func (f Fault) check() error {
	switch {
	case f.ID != "":
		return fault.Body("id", "is given by the sandbox")
	case !slices.Contains(faultyVendors, f.Vendor):
		return fault.Body("vendor", "must be one of "+strings.Join(faultyVendors, ", "))
	case f.Operation != "" && !slices.Contains(operationsOf(f.Vendor), f.Operation):
		return fault.Body("operation", "is not one of this vendor's; leave it out for any")
	case !slices.Contains(allFaults(), f.Kind):
		return fault.Body("kind", "must be one of "+strings.Join(allFaults(), ", "))
	case !slices.Contains(kindsOf(f.Vendor, f.Operation), f.Kind):
		return fault.Body("kind", "befalls "+whatBefalls(f.Kind))
	case f.Next < 1 || f.Next > 1000:
		return fault.Body("next", "must be 1 to 1000")
	case f.DelayMS < 0 || f.DelayMS > 600_000:
		return fault.Body("delay_ms", "must be 0 to 600000")
	}
	return nil
}

// whatBefalls says which operations a kind is for.
func whatBefalls(kind string) string {
	switch {
	case slices.Contains(paymentFaults, kind):
		return "payments: the operation must be " + opPayment
	case slices.Contains(webhookFaults, kind):
		return "webhooks, which this operation is not"
	}
	return "requests to the vendor, which this operation is not"
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
