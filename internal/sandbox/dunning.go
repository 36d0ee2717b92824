package sandbox

import (
	"net/http"
	"slices"

	"xswarm.ai/server/internal/fault"
)

// dunningEnds are what can become of a subscription whose last payment attempt
// failed. It is a setting of the account's.
var dunningEnds = []string{"cancel", "unpaid", "past_due"}

// SetDunning says what becomes of such a subscription.
func (s *Sandbox) SetDunning(end string) error {
	if !slices.Contains(dunningEnds, end) {
		return fault.Body("end", "must be cancel, unpaid or past_due")
	}
	return refusedBy(s.payments.SetDunning(end))
}

func (s *Sandbox) postDunning(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	if err == nil {
		err = s.SetDunning(r.PostForm.Get("end"))
	}
	if err != nil {
		s.paymentsPage(w, r, err)
		return
	}
	done(w, r, "/sandbox/payments", "dunning")
}

func (s *Sandbox) apiDunning(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, map[string]any{"end": s.payments.Dunning()}, nil
}

func (s *Sandbox) apiSetDunning(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var in struct {
		End string `json:"end"`
	}
	if err := decode(w, r, &in); err != nil {
		return 0, nil, err
	}
	if err := s.SetDunning(in.End); err != nil {
		return 0, nil, err
	}
	return s.apiDunning(w, r)
}

// dunningWords says what an end is.
func dunningWords(end string) string {
	return map[string]string{
		"cancel": "the subscription ends", "unpaid": "it goes on, and invoices stay drafts", "past_due": "it goes on, past due",
	}[end]
}
