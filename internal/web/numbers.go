package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/once"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
)

const numbersPath = home + "/numbers"

// giveUpPath is where giving a number up is looked at before it is done.
func giveUpPath(numberID string) string { return numbersPath + "/" + numberID + "/give-up" }

// buyNumber gets the assistant another number. Each showing of the form has a key of
// its own, so that a button that is pressed twice buys one.
func (s *site) buyNumber(w http.ResponseWriter, r *http.Request, session account.Session) error {
	f, err := s.readForm(w, r)
	if err != nil {
		return err
	}
	if f.value("key") == "" {
		return errFormBroken
	}
	request := once.Request{UserID: session.User.ID, Route: "POST " + numbersPath, Key: f.value("key")}
	_, _, err = s.Once.Do(r.Context(), request, func() (once.Answer, error) {
		_, err := s.Phones.BuyNumber(r.Context(), session.User)
		return once.Answer{Status: http.StatusSeeOther}, err
	})
	done := "number-bought"
	switch {
	case errors.Is(err, once.ErrInProgress):
		done = "number-coming"
	case err != nil:
		return err
	}
	http.Redirect(w, r, home+"?done="+done+"#numbers", http.StatusSeeOther)
	return nil
}

// givingUp is what the page shows before a number is given up.
type givingUp struct {
	frame
	number phone.Number
	last   bool // it is the only one
	paid   bool // one is paid for by the month, and then no more
}

func (s *site) showGiveUp(w http.ResponseWriter, r *http.Request, session account.Session) error {
	numbers, err := s.Phones.Numbers(r.Context(), session.User.ID)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n.ID != r.PathValue("id") {
			continue
		}
		st := s.standing(session.User)
		v := givingUp{
			number: n, last: len(numbers) == 1,
			paid: st.capped() && int64(len(numbers)) > st.Plan.Included[plan.PhoneNumbers],
		}
		if v.frame, err = s.memberFrame(r, session.User, "Give up a number"); err != nil {
			return err
		}
		s.show(w, r, http.StatusOK, giveUpPage(v))
		return nil
	}
	return fault.ErrNotFound
}

func (s *site) giveUp(w http.ResponseWriter, r *http.Request, session account.Session) error {
	if err := s.Phones.ReleaseNumber(r.Context(), session.User, r.PathValue("id")); err != nil {
		return err
	}
	http.Redirect(w, r, home+"?done=number-given-up#numbers", http.StatusSeeOther)
	return nil
}

// saved says what giving it up saves.
func (v givingUp) saved() string {
	if !v.paid {
		return "It costs nothing beyond your plan, so giving it up saves nothing."
	}
	return fmt.Sprintf("You pay %s a month less. What you have paid for the rest of this month is taken off your next invoice.",
		plan.UnitPrices[plan.PhoneNumbers].String())
}

// nextNumber is on which terms somebody may have one more number.
type nextNumber int

const (
	nextNone     nextNumber = iota // the plan has none
	nextIncluded                   // at no cost
	nextPaid                       // by the month
	nextRefused                    // not under this plan, or not now
	nextTooMany
)

func (v overview) next() nextNumber {
	l := v.standing.Entitlement.Check(plan.PhoneNumbers, int64(len(v.numbers)))
	switch {
	case !v.hasNumbers():
		return nextNone
	case len(v.numbers) >= phone.MaxNumbers:
		return nextTooMany
	case l.Overage:
		return nextPaid
	case l.Allowed:
		return nextIncluded
	}
	return nextRefused
}

// hasNumbers reports whether the plan includes any.
func (v overview) hasNumbers() bool {
	return plan.HasFeature(v.standing.Plan.Tier, plan.PhoneNumbers)
}

func (v overview) numbersTitle() string {
	if len(v.numbers) > 1 {
		return "Your assistant’s numbers"
	}
	return "Your assistant’s number"
}

// another is what the next number would be.
func (v overview) another() string {
	if len(v.numbers) == 0 {
		return "a number"
	}
	return "another number"
}

// includedWords say how many numbers the plan includes.
func (v overview) includedWords() string {
	return fmt.Sprintf("%s includes %s.", v.standing.Plan.Name, count(plan.PhoneNumbers, v.standing.Plan.Included[plan.PhoneNumbers]))
}

// formKey is what makes a form be acted on once, however often it is sent.
func formKey() string { return rand.Text() }
