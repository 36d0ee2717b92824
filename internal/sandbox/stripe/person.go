package stripe

import (
	"net/http"
	"strings"
)

// Pay does what somebody does on the page of a checkout session: it enters the
// number of a test card and presses the button. Where the card's bank asks, they
// agree or they do not; whoever would not agree and is not asked has not paid
// either. It returns where the page leads them then.
func (e *Engine) Pay(session, card string, agrees bool) (to string, err error) {
	e.do(moment{}, func() {
		s, ok := e.st.Sessions.get(session)
		switch {
		case !ok:
			err = refusal(missing("checkout.session", session, "session"))
			return
		case s.Status != "open":
			err = refusal(bad("", "", "This page is no longer open."))
			return
		}
		en := entry{Card: card, Email: "person@example.com", Name: "A Person", Country: "US", Postal: "10001"}
		if pm := e.method(en); !agrees && pm != nil {
			if how, _ := foresee(pm, false); how == paid || how == processing || pm.Own.Acts == failsLater {
				err = refusal(bad("card", "", "This card pays."))
				return
			}
		}
		ask, why := e.completeSession(s, en, false)
		switch {
		case ask && agrees:
			_, why = e.completeSession(s, en, true)
		case ask:
			s.Own.Reference, why = nil, "We are unable to authenticate your payment method. Please choose a different payment method and try again."
		}
		if why != "" {
			err = &Refusal{Status: http.StatusPaymentRequired, Message: string(why)}
			return
		}
		to = strings.ReplaceAll(s.SuccessURL, "{CHECKOUT_SESSION_ID}", s.ID)
	})
	return to, err
}

// Leave goes back from the page of a checkout session, which stays open.
func (e *Engine) Leave(session string) (to string, err error) {
	e.look(func() {
		s, ok := e.st.Sessions.get(session)
		if !ok {
			err = refusal(missing("checkout.session", session, "session"))
			return
		}
		to = s.CancelURL
	})
	return to, err
}
